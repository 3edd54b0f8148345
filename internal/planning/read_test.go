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
