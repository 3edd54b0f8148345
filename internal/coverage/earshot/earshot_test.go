// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// town is a made-up settlement of cells of 100 m around a place in Germany.
func town(t interface{ Fatal(...any) }, seed uint64, cells int) *population.Grid {
	random := rand.New(rand.NewPCG(seed, 1))
	taken := map[projection.Coordinate]bool{}
	var list []population.Cell
	for len(list) < cells {
		at := projection.Coordinate{Easting: 4_500_050 + 100*float64(random.IntN(120)), Northing: 3_200_050 + 100*float64(random.IntN(120))}
		if !taken[at] {
			taken[at] = true
			list = append(list, population.Cell{Centre: at, People: 1 + random.IntN(200)})
		}
	}
	grid, err := population.New(100, list)
	if err != nil {
		t.Fatal(err)
	}
	return grid
}

func fleet(seed uint64, count int) []Source {
	random := rand.New(rand.NewPCG(seed, 2))
	ratings := []float64{0, 101, 109, 115}
	sources := make([]Source, count)
	for i := range sources {
		sources[i] = Source{
			ID:       fmt.Sprintf("s-%d", i),
			Position: projection.Coordinate{Easting: 4_499_000 + 14_000*random.Float64(), Northing: 3_199_000 + 14_000*random.Float64()},
			Rating:   ratings[random.IntN(len(ratings))], Height: float64(random.IntN(3) * 10),
		}
	}
	return sources
}

var bothModels = []Assumptions{{}, {Model: ISO9613}}

// TestComputeIsWhatOneByOneGives holds the map of any town and fleet against every
// siren in every cell.
func TestComputeIsWhatOneByOneGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		grid := town(t, rapid.Uint64().Draw(t, "town"), rapid.IntRange(1, 400).Draw(t, "cells"))
		sources := fleet(rapid.Uint64().Draw(t, "fleet"), rapid.IntRange(0, 40).Draw(t, "sirens"))
		level := rapid.Float64Range(40, 90).Draw(t, "level")
		for _, assumptions := range bothModels {
			hearings := make([]hearing, len(sources))
			for i, s := range sources {
				h, err := assumptions.hearing(s)
				if err != nil {
					t.Fatal(err)
				}
				hearings[i] = h
			}
			m, err := Compute(context.Background(), grid, sources, Options{Assumptions: assumptions, Level: level, Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			want := Count{People: grid.Residents()}
			alone := map[string]int64{}
			for i, cell := range grid.All() {
				loudest, heard, only := 0.0, 0, ""
				for j, s := range sources {
					l := hearings[j].Level(max(distance(s.Position, cell.Centre), 1))
					loudest = max(loudest, l)
					if l >= level {
						heard++
						only = s.ID
					}
				}
				if loudest < quietest {
					loudest = 0
				}
				if m.Levels[i] != notAbove(loudest) || int(m.Heard[i]) != heard {
					t.Fatalf("cell %d: %g dB of %d sirens, want %g of %d", i, m.Levels[i], m.Heard[i], loudest, heard)
				}
				if heard > 0 {
					want.Covered += int64(cell.People)
				}
				if heard == 1 {
					alone[only] += int64(cell.People)
				}
				for limit, count := range map[float64]*int64{65: &want.At65, 70: &want.At70, 75: &want.At75} {
					if loudest >= limit {
						*count += int64(cell.People)
					}
				}
				if notAbove(loudest) > Bearable {
					want.TooLoud += int64(cell.People)
				}
			}
			if diff := cmp.Diff(want, m.Total()); diff != "" {
				t.Error(diff)
			}
			var loudest int64
			for _, s := range m.Sirens() {
				loudest += s.Loudest
				if s.Alone != alone[s.ID] {
					t.Errorf("%s alone is heard by %d, want %d", s.ID, s.Alone, alone[s.ID])
				}
			}
			if level >= quietest && loudest != want.Covered {
				t.Errorf("the sirens share %d people, want %d", loudest, want.Covered)
			}
			var gaps int64
			for _, g := range m.Gaps() {
				gaps += g.People
			}
			if gaps != want.People-want.Covered {
				t.Errorf("%d people in gaps, want %d", gaps, want.People-want.Covered)
			}
		}
	})
}

// TestLiveIsWhatComputeGives turns sirens on and off in any order: at every
// moment the count is that of the map of those which sound.
func TestLiveIsWhatComputeGives(t *testing.T) {
	grid, sources := town(t, 3, 1500), fleet(3, 25)
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Assumptions: rapid.SampledFrom(bothModels).Draw(t, "model"), Level: rapid.Float64Range(60, 80).Draw(t, "level")}
		earshots, err := NewEarshots(grid, sources, o)
		if err != nil {
			t.Fatal(err)
		}
		live := earshots.Live(nil)
		on := map[int]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := rapid.IntRange(0, len(sources)-1).Draw(t, "siren")
			on[i] = rapid.Bool().Draw(t, "sounds")
			live.Set(sources[i].ID, on[i])
		}
		live.Set("nobody", true)
		var sounding []Source
		for i, s := range sources {
			if on[i] {
				sounding = append(sounding, s)
			}
		}
		m, err := Compute(context.Background(), grid, sounding, o)
		if err != nil {
			t.Fatal(err)
		}
		total := m.Total()
		reached, people := live.Reached()
		if reached != total.Covered || people != total.People {
			t.Fatalf("%d of %d reached, want %d of %d", reached, people, total.Covered, total.People)
		}
		var missed int64
		for i := range grid.Len() {
			if !live.Hears(int32(i)) {
				missed += int64(grid.People(i))
			}
		}
		if missed != people-reached {
			t.Fatalf("%d people missed, want %d", missed, people-reached)
		}
	})
}

func everywhere(grid *population.Grid) []int32 {
	cells := make([]int32, grid.Len())
	for i := range cells {
		cells[i] = int32(i)
	}
	return cells
}

func TestLiveInAnArea(t *testing.T) {
	grid := town(t, 4, 500)
	sources := []Source{{ID: "a", Position: grid.Cell(0).Centre}}
	earshots, err := NewEarshots(grid, sources, Options{})
	if err != nil {
		t.Fatal(err)
	}
	live := earshots.Live([]int32{0, 1, 1})
	live.Set("a", true)
	reached, people := live.Reached()
	if want := int64(grid.People(0) + grid.People(1)); people != want || reached < int64(grid.People(0)) || reached > want {
		t.Errorf("%d of %d reached, want %d in all", reached, people, want)
	}
	live.Set("a", false)
	if reached, _ = live.Reached(); reached != 0 {
		t.Errorf("%d people hear silence", reached)
	}
}

func TestGapsHangTogether(t *testing.T) {
	cell := func(x, y, people int) population.Cell {
		return population.Cell{Centre: projection.Coordinate{Easting: 4_500_050 + 100*float64(x), Northing: 3_200_050 + 100*float64(y)}, People: people}
	}
	// A ring whose last cell joins two arms, a diagonal pair, and one cell alone.
	grid, err := population.New(100, []population.Cell{
		cell(0, 0, 1), cell(0, 1, 2), cell(0, 2, 3), cell(1, 2, 4), cell(2, 2, 5), cell(2, 1, 6), cell(2, 0, 7), cell(1, 0, 8),
		cell(10, 10, 20), cell(11, 11, 30), cell(50, 50, 49),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]int64
	for _, g := range Clusters(grid, everywhere(grid)) {
		got = append(got, [2]int64{g.People, int64(g.Cells)})
	}
	if diff := cmp.Diff([][2]int64{{50, 2}, {49, 1}, {36, 8}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeReckoned(t *testing.T) {
	grid := town(t, 5, 10)
	hot := 400.0
	for name, o := range map[string]Options{
		"model":   {Assumptions: Assumptions{Model: "guess"}},
		"level":   {Level: 500},
		"loss":    {Assumptions: Assumptions{PerDoubling: 1}},
		"climate": {Assumptions: Assumptions{Model: ISO9613, Temperature: &hot}},
	} {
		if _, err := Compute(context.Background(), grid, fleet(1, 1), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Compute(context.Background(), grid, []Source{{ID: "loud", Rating: 300}}, Options{}); err == nil {
		t.Error("a siren of 300 dB(A): no error")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compute(ended, grid, fleet(1, 1), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
