// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
)

// Sirens whose degrees are on the old datum stand 145 m beside their villages.
func TestSirensOnTheWrongDatumAreNoted(t *testing.T) {
	people := filepath.Join("../../../shared/data/population", "ahrweiler_100m.csv.gz")
	if _, err := os.Stat(people); err != nil {
		t.Skip("the test data of Ahrweiler are not here")
	}
	grid, _, err := population.ReadFile(context.Background(), people, population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	right, wrong := "id;name;lat;lon\n", "id;name;lat;lon\n"
	for i := 0; i < grid.Len(); i += 40 {
		p := grid.Cell(i).Point()
		old, err := projection.ToDHDN(p)
		if err != nil {
			t.Fatal(err)
		}
		right += fmt.Sprintf("s%d;S;%.6f;%.6f\n", i, p.Lat, p.Lon)
		wrong += fmt.Sprintf("s%d;S;%.6f;%.6f\n", i, old.Lat, old.Lon)
	}
	for list, suspected := range map[string]bool{right: false, wrong: true} {
		path := filepath.Join(t.TempDir(), "sirens.csv")
		if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		_, notes, err := planning.Open(context.Background(), planning.Paths{Population: people, Sirens: path})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, n := range notes {
			found = found || strings.Contains(n.Text, "as DHDN, not ETRS89, 14")
		}
		if found != suspected {
			t.Errorf("suspected %v, not %v: %v", found, suspected, notes)
		}
	}
}

// Metres that were read in another system than they are in put sirens, candidates
// and regions where nobody lives: the notes say in which system they would fit.
func TestListsInTheWrongSystemAreNoted(t *testing.T) {
	people := filepath.Join("../../../shared/data/population", "ahrweiler_100m.csv.gz")
	if _, err := os.Stat(people); err != nil {
		t.Skip("the test data of Ahrweiler are not here")
	}
	grid, _, err := population.ReadFile(context.Background(), people, population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := planning.Inputs{Grid: grid}
	for name, c := range map[string]struct {
		written projection.System
		said    string
		want    string // empty where nothing is wrong
	}{
		"UTM 32":                       {projection.UTM32, "32", ""},
		"UTM 32 read as UTM 33":        {projection.UTM32, "33", "as EPSG:25832, 4"},
		"Gauß-Krüger read as UTM 32":   {projection.GaussKruger2, "32", "as EPSG:31466, 2"},
		"Gauß-Krüger":                  {projection.GaussKruger2, "GK2", ""},
		"Gauß-Krüger without its zone": {projection.GaussKruger2, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			list := "id;name;easting;northing;zone\n"
			for i := 0; i < grid.Len(); i += 40 {
				at, err := c.written.Forward(grid.Cell(i).Point())
				if err != nil {
					t.Fatal(err)
				}
				if c.written == projection.GaussKruger2 && c.said == "32" {
					at.Easting -= 2e6 // as people do who take the zone's digit for a mistake
				}
				list += fmt.Sprintf("s%d;S;%.2f;%.2f;%s\n", i, at.Easting, at.Northing, c.said)
			}
			path := filepath.Join(t.TempDir(), "list.csv")
			if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
				t.Fatal(err)
			}
			_, sirens, err := planning.Open(context.Background(), planning.Paths{Population: people, Sirens: path})
			if err != nil {
				t.Fatal(err)
			}
			_, candidates, err := in.Candidates(path, sites.DefaultKinds())
			if err != nil {
				t.Fatal(err)
			}
			for what, notes := range map[string][]planning.Note{"sirens": sirens, "candidates": candidates} {
				if c.want == "" && len(notes) > 0 || c.want != "" && (len(notes) != 1 || !strings.Contains(notes[0].Text, c.want)) {
					t.Errorf("%s: %v, want %q", what, notes, c.want)
				}
			}
		})
	}
}

// Boundaries whose projection is said wrong run through houses.
func TestBoundariesInTheWrongSystemAreNoted(t *testing.T) {
	people := filepath.Join("../../../shared/data/population", "brandenburg_100m.csv.gz")
	regions := filepath.Join("../../../shared/data/regions", "VG250_GEM_simplified.zip")
	for _, path := range []string{people, regions} {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is not here", path)
		}
	}
	_, notes, err := planning.Open(context.Background(), planning.Paths{Population: people, Regions: regions})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notes {
		if strings.Contains(n.Text, "People live on the borders") {
			t.Errorf("boundaries in their own system: %v", n)
		}
	}
}
