// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// at is the middle of a cell of a made-up town near Potsdam, in degrees.
func at(t *testing.T, x, y int) (projection.Coordinate, geo.Point) {
	t.Helper()
	c := projection.Coordinate{Easting: 4_530_050 + 100*float64(x), Northing: 3_260_050 + 100*float64(y)}
	p, err := projection.LAEAEurope.Inverse(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// hamlet is two rows of ten cells, 2 km apart, in two Gemeinden.
func hamlet(t *testing.T) Inputs {
	t.Helper()
	var cells []population.Cell
	for x := range 10 {
		for _, y := range []int{0, 20} {
			c, _ := at(t, x, y)
			cells = append(cells, population.Cell{Centre: c, People: 10 + y})
		}
	}
	grid, err := population.New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	box := func(low, high int) geo.MultiPolygon {
		var ring geo.Ring
		for _, corner := range [][2]int{{-5, low}, {15, low}, {15, high}, {-5, high}, {-5, low}} {
			_, p := at(t, corner[0], corner[1])
			ring = append(ring, p)
		}
		return geo.MultiPolygon{{ring}}
	}
	regions, err := geo.NewRegions([]geo.Region{
		{ARS: "120690001001", Name: "Unterdorf", Outline: box(-5, 5)},
		{ARS: "120690001002", Name: "Oberdorf", Outline: box(15, 25)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, p := at(t, 5, 0)
	return Inputs{Grid: grid, Regions: regions, Sirens: []siren.Siren{{ID: "u-1", Position: p, Equipment: siren.Equipment{Level: 109}}}}
}

func TestCover(t *testing.T) {
	c, err := Cover(context.Background(), hamlet(t), CoverageQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	// 109 dB(A) at 30 m are 70 at 448 m by CPG 1-17: all of the lower row but one end.
	if c.People != 400 || c.Covered != 90 || c.Share != 0.225 || c.GapCount != 2 {
		t.Errorf("%d of %d covered, %g, %d gaps", c.Covered, c.People, c.Share, c.GapCount)
	}
	var rows []string
	for _, r := range append(c.Regions, c.Kreise...) {
		rows = append(rows, string(r.ARS)+" "+r.Name)
	}
	if diff := cmp.Diff([]string{"120690001001 Unterdorf", "120690001002 Oberdorf", "12069 "}, rows); diff != "" {
		t.Error(diff)
	}
	if c.Kreise[0].People != 400 || c.Kreise[0].Covered != 90 {
		t.Errorf("Kreis: %+v", c.Kreise[0])
	}
	if g := c.Gaps[0]; g.People != 300 || g.Region != "Oberdorf" || !strings.HasPrefix(g.UTMREF, "33U ") {
		t.Errorf("largest gap: %+v", g)
	}
	if c.Other.Covered <= c.Covered || !strings.HasPrefix(c.Other.Model, "ISO 9613-2") {
		t.Errorf("by the other model: %+v", c.Other)
	}
	if len(c.Findings) != 0 {
		t.Errorf("findings: %+v", c.Findings)
	}
}

// Boundaries of another area, or read in another zone, hold nobody.
func TestRegionsElsewhere(t *testing.T) {
	in := hamlet(t)
	elsewhere, err := geo.NewRegions([]geo.Region{{ARS: "120690001001", Name: "Unterdorf", Outline: geo.MultiPolygon{{
		{{Lat: 52.4, Lon: 7.0}, {Lat: 52.4, Lon: 7.1}, {Lat: 52.5, Lon: 7.1}, {Lat: 52.4, Lon: 7.0}},
	}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in.Regions = elsewhere
	c, err := Cover(context.Background(), in, CoverageQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Findings) != 1 || c.Findings[0].Message != "None of the 400 people live in the regions given" || !strings.Contains(c.Findings[0].Remedy, ".prj") {
		t.Errorf("findings: %+v", c.Findings)
	}
}

func TestWhatAPlannerIsTold(t *testing.T) {
	in := hamlet(t)
	in.Sirens = append(in.Sirens, siren.Siren{ID: "sea", Position: geo.Point{Lat: 54.8, Lon: 7.2}})
	c, err := Cover(context.Background(), in, CoverageQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Findings) != 2 || c.Findings[0].Siren != "sea" || !strings.Contains(c.Findings[1].Message, "1 of 2") {
		t.Errorf("findings: %+v", c.Findings)
	}
	in.Sirens[1].Position = geo.Point{Lat: 7.2, Lon: 54.8}
	var refusal *problem.Error
	if _, err := Cover(context.Background(), in, CoverageQuestion{}); !errors.As(err, &refusal) || len(refusal.Faults) != 1 {
		t.Errorf("a siren beyond Europe: %v", err)
	}
}

func TestChoose(t *testing.T) {
	in := hamlet(t)
	candidates, err := sites.Inhabited(in.Grid, 200, 100)
	if err != nil {
		t.Fatal(err)
	}
	q := SitesQuestion{Candidates: candidates, Kinds: sites.DefaultKinds(), Budget: 12_000}
	s, err := Choose(context.Background(), in, q)
	if err != nil {
		t.Fatal(err)
	}
	// One roof siren of 109 dB(A) in the middle of the upper row covers 9 of its 10 cells.
	if s.Before != 90 || s.Covered != 360 || s.Gap != 0 || s.Cost != 10_850 || len(s.Sites) != 1 {
		t.Fatalf("%+v", s)
	}
	if site := s.Sites[0]; site.Gains != 270 || site.Region != "Oberdorf" || site.Zone != 33 || site.Kind != "roof-600" || site.UTMREF == "" {
		t.Errorf("%+v", site)
	}
	want := []Gain{{"120690001001", "Unterdorf", 100, 90, 90}, {"120690001002", "Oberdorf", 300, 0, 270}}
	if diff := cmp.Diff(want, s.Regions); diff != "" {
		t.Error(diff)
	}
	q.Budget, q.Share = 0, 1
	if s, err = Choose(context.Background(), in, q); err != nil || s.Covered != 400 || s.Gap != 0 {
		t.Errorf("everyone: %+v, %v", s, err)
	}
	q.Share = 0
	var refusal *problem.Error
	if _, err = Choose(context.Background(), in, q); !errors.As(err, &refusal) {
		t.Errorf("no money: %v", err)
	}
}

// TestBrandenburg covers the Land with sirens at its most peopled cells.
func TestBrandenburg(t *testing.T) {
	name := filepath.Join("..", "..", "..", "shared", "data", "population", "brandenburg_100m.csv.gz")
	if _, err := os.Stat(name); err != nil {
		t.Skipf("the population of Brandenburg is not here: %v", err)
	}
	grid, _, err := population.ReadFile(context.Background(), name, population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stands, err := sites.Inhabited(grid, 3500, 5000)
	if err != nil {
		t.Fatal(err)
	}
	in := Inputs{Grid: grid}
	for _, s := range stands {
		p, err := projection.LAEAEurope.Inverse(s.Position)
		if err != nil {
			t.Fatal(err)
		}
		in.Sirens = append(in.Sirens, siren.Siren{ID: s.ID, Position: p, Equipment: siren.Equipment{Level: 109}})
	}
	c, err := Cover(context.Background(), in, CoverageQuestion{Level: 65})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sirens: %d of %d covered (%.1f %%), by the other model %.1f %%", c.Sirens, c.Covered, c.People, 100*c.Share, 100*c.Other.Share)
	if c.People != grid.Residents() || c.At65 != c.Covered || c.Covered < c.People/10 || c.Other.Covered < c.Covered {
		t.Errorf("%+v", c.Count)
	}
	m, err := earshot.Compute(context.Background(), grid, nil, earshot.Options{})
	if err != nil || m.Total().Covered != 0 {
		t.Errorf("no siren: %+v, %v", m, err)
	}
}

// The licence of the boundaries is shown with what is made of them.
func TestLicences(t *testing.T) {
	in := hamlet(t)
	const borders = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"ARS":"120690001001","GEN":"Unterdorf"},
		"geometry":{"type":"Polygon","coordinates":[[[13,52],[13.2,52],[13.2,52.5],[13,52.5],[13,52]]]}}]}`
	regions, _, err := geo.ImportGeoJSON(strings.NewReader(borders), geo.ImportOptions{Licence: "© GeoBasis-DE / BKG 2024"})
	if err != nil {
		t.Fatal(err)
	}
	in.Regions = regions
	c, err := Cover(context.Background(), in, CoverageQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Licence != "© GeoBasis-DE / BKG 2024" {
		t.Errorf("the licence is %q", c.Licence)
	}
}
