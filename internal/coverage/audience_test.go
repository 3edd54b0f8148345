// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// TestHearIsWhatTheMapSays holds the live count against the map of the same
// sirens, in an area of a region, a circle and a polygon that overlap.
func TestHearIsWhatTheMapSays(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	taken := map[projection.Coordinate]bool{}
	var cells []population.Cell
	for len(cells) < 3000 {
		at := projection.Coordinate{Easting: 4_530_050 + 100*float64(random.IntN(100)), Northing: 3_260_050 + 100*float64(random.IntN(100))}
		if !taken[at] {
			taken[at] = true
			cells = append(cells, population.Cell{Centre: at, People: 1 + random.IntN(90)})
		}
	}
	grid, err := population.New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	point := func(x, y float64) geo.Point {
		p, err := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: 4_530_000 + x, Northing: 3_260_000 + y})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ring := func(west, south, east, north float64) geo.Ring {
		return geo.Ring{point(west, south), point(east, south), point(east, north), point(west, north), point(west, south)}
	}
	regions, err := geo.NewRegions([]geo.Region{
		{ARS: "120690001001", Name: "Westdorf", Outline: geo.MultiPolygon{{ring(0, 0, 5000, 10_000)}}},
		{ARS: "120690001002", Name: "Ostdorf", Outline: geo.MultiPolygon{{ring(5000, 0, 10_000, 10_000)}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	audience := &Audience{Grid: grid, Regions: regions}
	area := geo.Area{
		ARS:      []geo.ARS{"120690001001"},
		Circles:  []geo.Circle{{Center: point(6000, 5000), Radius: 2000}},
		Polygons: []geo.Ring{ring(4000, 0, 7000, 2000)},
	}
	inside, known := audience.Cells(area)
	if !known {
		t.Fatal("the area is not known")
	}
	if _, known := audience.Cells(geo.Area{ARS: []geo.ARS{"13"}}); known {
		t.Error("a region without outline is known")
	}
	in := map[int32]bool{}
	for _, i := range inside {
		in[i] = true
	}
	people := int64(0)
	for i, cell := range grid.All() {
		p := cell.Point()
		region, _ := regions.At(p)
		want := regions.Covers(area, p, region.ARS)
		if want != in[int32(i)] {
			t.Fatalf("cell at %v in the area: %v, want %v", p, in[int32(i)], want)
		}
		if want {
			people += int64(cell.People)
		}
	}
	var fleet []siren.Siren
	var sounding []earshot.Source
	for i := range 40 {
		s := siren.Siren{ID: fmt.Sprint(i), Position: point(10_000*random.Float64(), 10_000*random.Float64()), Equipment: siren.Equipment{Level: 101 + float64(random.IntN(15))}}
		fleet = append(fleet, s)
		if i%2 == 0 {
			at, err := projection.LAEAEurope.Forward(s.Position)
			if err != nil {
				t.Fatal(err)
			}
			sounding = append(sounding, earshot.Source{ID: s.ID, Position: at, Rating: s.Equipment.Level})
		}
	}
	even := func(s siren.Siren) bool { return len(s.ID) > 0 && (s.ID[len(s.ID)-1]-'0')%2 == 0 }
	got, err := audience.Hear(inside, fleet, even)
	if err != nil {
		t.Fatal(err)
	}
	m, err := earshot.Compute(context.Background(), grid, sounding, earshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reached := int64(0)
	for _, i := range inside {
		if m.Heard[i] > 0 {
			reached += int64(grid.People(int(i)))
		}
	}
	if got.People != people || got.Reached != reached || reached == 0 || reached == people {
		t.Errorf("%d of %d reached, want %d of %d", got.Reached, got.People, reached, people)
	}
	bereft, err := audience.Bereft(fleet, func(s siren.Siren) bool { return !even(s) })
	if err != nil {
		t.Fatal(err)
	}
	var all []earshot.Source
	for _, s := range fleet {
		at, err := projection.LAEAEurope.Forward(s.Position)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, earshot.Source{ID: s.ID, Position: at, Rating: s.Equipment.Level})
	}
	whole, err := earshot.Compute(context.Background(), grid, all, earshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := whole.Total().Covered - m.Total().Covered; bereft != want || want == 0 {
		t.Errorf("%d people are bereft, want %d", bereft, want)
	}
	if got.MissedCount == 0 || got.Missed[0].Region == "" || got.Missed[0].UTMREF == "" {
		t.Errorf("missed: %+v", got.Missed)
	}
	if none, err := audience.Hear([]int32{}, fleet, even); err != nil || none.People != 0 {
		t.Errorf("nowhere: %+v, %v", none, err)
	}
}
