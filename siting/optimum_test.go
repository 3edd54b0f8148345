// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tocsin-alert/tocsin/siting"
	"github.com/tocsin-alert/tocsin/siting/sitingtest"
)

// Optima that an exact solver proved.
func TestProvedOptima(t *testing.T) {
	for _, c := range []struct {
		file string
		want map[int]float64
	}{
		{"SJC324.txt", map[int]float64{1: 5461, 2: 8790, 3: 11604, 4: 12106, 5: 12152}},
		{"SJC402.txt", map[int]float64{1: 6555, 3: 14690, 5: 15970, 6: 15984}},
	} {
		t.Run(c.file, func(t *testing.T) {
			p := literature(t, c.file, 800)
			for count, want := range c.want {
				p.Budget = float64(count)
				got, err := siting.Solve(t.Context(), p, siting.Options{Workers: 2})
				if err != nil || got.Covered != want || got.Gap != 0 {
					t.Errorf("%d sites: %g with gap %g, want %g proved (%v)", count, got.Covered, got.Gap, want, err)
				}
			}
		})
	}
}

// The two questions agree: what a budget covers at most cannot be covered for less
// than some choice within it costs.
func TestCheapestForWhatTheMostCovers(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := sitingtest.Scatter{Sites: 40, Cells: 300, Reach: 4, Budget: 6, Seed: seed}.Problem()
			most, err := siting.Solve(context.Background(), p, siting.Options{Workers: 2})
			if err != nil || most.Gap != 0 {
				t.Fatalf("gap %g, %v", most.Gap, err)
			}
			p.Share = most.Covered / demand(&p)
			cheapest, err := siting.Solve(context.Background(), p, siting.Options{Workers: 2})
			if err != nil || cheapest.Gap != 0 || cheapest.Cost != most.Cost {
				t.Errorf("%g sites cover %g, but %g cover %g (gap %g, %v)", most.Cost, most.Covered, cheapest.Cost, cheapest.Covered, cheapest.Gap, err)
			}
		})
	}
}
