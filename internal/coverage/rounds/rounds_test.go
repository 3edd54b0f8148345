// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package rounds

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo/projection"
)

func TestEveryStopIsVisitedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.Custom(func(t *rapid.T) projection.Coordinate {
			return projection.Coordinate{Easting: rapid.Float64Range(0, 30e3).Draw(t, "e"), Northing: rapid.Float64Range(0, 30e3).Draw(t, "n")}
		})
		stops := rapid.SliceOfN(coordinate, 0, 60).Draw(t, "stops")
		vehicles := rapid.IntRange(1, 8).Draw(t, "vehicles")
		rounds := Plan(stops, vehicles)
		if len(rounds) != vehicles {
			t.Fatalf("%d rounds for %d vehicles", len(rounds), vehicles)
		}
		visited := slices.Sorted(slices.Values(slices.Concat(rounds...)))
		for i := range stops {
			if i >= len(visited) || visited[i] != i {
				t.Fatalf("visited %v of %d stops", visited, len(stops))
			}
		}
		if len(visited) != len(stops) {
			t.Fatalf("%d visits at %d stops", len(visited), len(stops))
		}
		whole := Length(stops, Plan(stops, 1)[0])
		for _, r := range rounds {
			if Length(stops, r) > whole+1e-6 {
				t.Fatalf("a part of the way is longer than all of it")
			}
		}
	})
}

func TestTwoVillagesTwoVehicles(t *testing.T) {
	at := func(e, n float64) projection.Coordinate { return projection.Coordinate{Easting: e, Northing: n} }
	stops := []projection.Coordinate{at(0, 0), at(9000, 100), at(100, 0), at(9100, 0), at(50, 80), at(9000, 0)}
	if diff := cmp.Diff([][]int{{0, 4, 2}, {1, 5, 3}}, Plan(stops, 2)); diff != "" {
		t.Error(diff)
	}
}
