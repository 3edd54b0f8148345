// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

func at(easting, northing float64) projection.Coordinate {
	return projection.Coordinate{Easting: easting, Northing: northing}
}

func mustNew(t testing.TB, side int, cells []population.Cell) *population.Grid {
	t.Helper()
	g, err := population.New(side, cells)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// shared reads a file of the test data, or skips.
func shared(t testing.TB, name string) *population.Grid {
	t.Helper()
	path := filepath.Join("../../../shared/data/population", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the test data %s is not here", name)
	}
	g, report, err := population.ReadFile(context.Background(), path, population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Refused != 0 {
		t.Errorf("%s: %d rows refused: %v", name, report.Refused, report.Findings)
	}
	return g
}

func TestGridIsFoundByPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.SampledFrom([]int{100, 1000, 10000}).Draw(t, "side")
		// Few places, so that cells meet at the edges of tiles.
		axis := rapid.IntRange(0, 140)
		seen := map[[2]int]bool{}
		var cells []population.Cell
		for range rapid.IntRange(0, 80).Draw(t, "cells") {
			x, y := axis.Draw(t, "x"), axis.Draw(t, "y")
			if side == 10000 {
				x, y = x%90, y%120
			}
			if seen[[2]int{x, y}] {
				continue
			}
			seen[[2]int{x, y}] = true
			cells = append(cells, population.Cell{
				Centre: at(3_900_000+float64(side)*(float64(x)+0.5), 2_500_000+float64(side)*(float64(y)+0.5)),
				People: rapid.IntRange(1, 5000).Draw(t, "people"),
			})
		}
		g, err := population.New(side, cells)
		if err != nil {
			t.Fatal(err)
		}
		var all []population.Cell
		for i, c := range g.All() {
			if i != len(all) {
				t.Fatalf("index %d comes at %d", i, len(all))
			}
			if got := g.Cell(i); got != c {
				t.Fatalf("Cell(%d) is %v, All gives %v", i, got, c)
			}
			if found, ok := g.At(c.Centre); !ok || found != i {
				t.Fatalf("At(%v) is %d, %v, not %d", c.Centre, found, ok, i)
			}
			all = append(all, c)
		}
		order := func(a, b population.Cell) int {
			switch {
			case a.Centre.Northing != b.Centre.Northing:
				return int(math.Copysign(1, a.Centre.Northing-b.Centre.Northing))
			case a.Centre.Easting != b.Centre.Easting:
				return int(math.Copysign(1, a.Centre.Easting-b.Centre.Easting))
			}
			return 0
		}
		slices.SortFunc(cells, order)
		slices.SortFunc(all, order)
		if diff := cmp.Diff(cells, all); diff != "" {
			t.Fatalf("cells changed (-given +held):\n%s", diff)
		}
		metres := rapid.Float64Range(-1.5, 145)
		centre := at(3_900_000+float64(side)*metres.Draw(t, "cx"), 2_500_000+float64(side)*metres.Draw(t, "cy"))
		radius := float64(side) * rapid.Float64Range(0, 90).Draw(t, "radius")
		b := population.Around(centre, radius)
		want := map[int]bool{}
		within := map[int]bool{}
		for i, c := range g.All() {
			if math.Hypot(c.Centre.Easting-centre.Easting, c.Centre.Northing-centre.Northing) <= radius {
				want[i] = true
			}
			if c.Centre.Easting >= b.West && c.Centre.Easting <= b.East && c.Centre.Northing >= b.South && c.Centre.Northing <= b.North {
				within[i] = true
			}
		}
		got := map[int]bool{}
		last := -1
		for i := range g.Near(centre, radius) {
			if i <= last {
				t.Fatalf("index %d comes after %d", i, last)
			}
			last = i
			got[i] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("near (-want +got):\n%s", diff)
		}
		got = map[int]bool{}
		for i := range g.Within(b) {
			got[i] = true
		}
		if diff := cmp.Diff(within, got); diff != "" {
			t.Fatalf("within (-want +got):\n%s", diff)
		}
	})
}

func TestGridOfOddPlaces(t *testing.T) {
	g := mustNew(t, 1000, []population.Cell{{Centre: at(4_300_500, 3_000_500), People: 7}})
	inf := math.Inf(1)
	for name, b := range map[string]population.Bounds{
		"everything":   {-inf, -inf, inf, inf},
		"the one cell": {4_300_500, 3_000_500, 4_300_500, 3_000_500},
	} {
		n := 0
		for range g.Within(b) {
			n++
		}
		if n != 1 {
			t.Errorf("%s: %d cells, not 1", name, n)
		}
	}
	for name, b := range map[string]population.Bounds{
		"no number":     {math.NaN(), 0, inf, inf},
		"the wrong way": {4_400_000, 0, 4_200_000, inf},
		"west of all":   {-inf, -inf, 0, inf},
		"east of all":   {5_000_000, -inf, inf, inf},
		"beside it":     {4_300_501, 3_000_000, 4_301_000, 3_001_000},
	} {
		for i := range g.Within(b) {
			t.Errorf("%s: holds cell %d", name, i)
		}
	}
	for _, c := range []projection.Coordinate{at(math.NaN(), 0), at(0, 0), at(4_299_999, 3_000_500), at(4_301_000, 3_000_500), at(inf, inf)} {
		if i, ok := g.At(c); ok {
			t.Errorf("At(%v) is cell %d", c, i)
		}
	}
	if i, ok := g.At(at(4_300_000, 3_000_999.9)); !ok || i != 0 {
		t.Errorf("the corner is not in the cell")
	}
}

func TestNewRefuses(t *testing.T) {
	one := population.Cell{Centre: at(4_300_500, 3_000_500), People: 7}
	for name, c := range map[string]struct {
		side  int
		cells []population.Cell
		code  string
	}{
		"cells of 250 m":  {250, nil, population.CodeSide},
		"abroad":          {100, []population.Cell{{Centre: at(500_000, 5_800_000), People: 1}}, population.CodePosition},
		"no number":       {100, []population.Cell{{Centre: at(math.NaN(), 3_000_000), People: 1}}, population.CodePosition},
		"fewer than none": {100, []population.Cell{{Centre: one.Centre, People: -1}}, population.CodeValue},
		"twice":           {1000, []population.Cell{one, one}, population.CodeTwice},
	} {
		_, err := population.New(c.side, c.cells)
		if f, ok := err.(*geo.Fault); !ok || f.Code != c.code {
			t.Errorf("%s: %v, not %s", name, err, c.code)
		}
	}
}

func TestTilesHoldEveryCellOnce(t *testing.T) {
	g := shared(t, "brandenburg_100m.csv.gz")
	if g.Len() != 78_641 || g.Residents() != 2_462_051 || g.Side() != 100 {
		t.Errorf("%d cells of %d m, %d people", g.Len(), g.Side(), g.Residents())
	}
	next := 0
	for _, tile := range g.Tiles() {
		if tile.First != next {
			t.Fatalf("a tile begins with %d, not %d", tile.First, next)
		}
		for i := tile.First; i < tile.End; i++ {
			c := g.Cell(i).Centre
			if c.Easting < tile.Bounds.West || c.Easting > tile.Bounds.East || c.Northing < tile.Bounds.South || c.Northing > tile.Bounds.North {
				t.Fatalf("cell %d is at %v, its tile has %v", i, c, tile.Bounds)
			}
		}
		next = tile.End
	}
	if next != g.Len() {
		t.Errorf("tiles hold %d cells of %d", next, g.Len())
	}
}

func TestCountsOfRealGrids(t *testing.T) {
	for name, want := range map[string]struct {
		side, cells int
		people      int64
		year        int
	}{
		"ahrweiler_100m.csv.gz": {100, 3_836, 127_173, 2022},
		"zensus2011_1km.csv.gz": {1000, 214_633, 80_212_528, 2011},
	} {
		t.Run(name, func(t *testing.T) {
			g := shared(t, name)
			if g.Side() != want.side || g.Len() != want.cells || g.Residents() != want.people || g.Year() != want.year {
				t.Errorf("%d cells of %d m with %d people in %d, not %v", g.Len(), g.Side(), g.Residents(), g.Year(), want)
			}
		})
	}
}

// germany is a grid of as many cells as Germany has inhabited ones at 100 m,
// scattered over towns.
func germany(count int) []population.Cell {
	random := rand.New(rand.NewPCG(1, 2))
	cells := make([]population.Cell, 0, count)
	taken := make(map[[2]int]bool, count)
	for len(cells) < count {
		x, y := 2000+random.IntN(6000), 2500+random.IntN(7500)
		for range 60 {
			dx, dy := int(20*random.NormFloat64()), int(20*random.NormFloat64())
			if k := [2]int{x + dx, y + dy}; !taken[k] {
				taken[k] = true
				cells = append(cells, population.Cell{Centre: at(3_900_050+100*float64(k[0]), 2_500_050+100*float64(k[1])), People: 1 + random.IntN(100)})
			}
		}
	}
	return cells[:count]
}

func BenchmarkNear(b *testing.B) {
	g := mustNew(b, 100, germany(300_000))
	people, sites := 0, 0
	for b.Loop() {
		centre := at(4_100_000+float64(sites%500)*1000, 2_750_000+float64(sites%700)*1000)
		for _, c := range g.Near(centre, 3000) {
			people += c.People
		}
		sites++
	}
}
