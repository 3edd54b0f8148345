// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// scatter describes discs around sites thrown at random over a square of 30 by 30.
type scatter struct {
	sites, cells  int
	reach, budget float64
	seed          uint64
	dear          bool // costs as of roofs and masts
}

func scattered(s scatter) Problem {
	random := rand.New(rand.NewPCG(s.seed, 1))
	throw := func(n int) (points [][2]float64) {
		for range n {
			points = append(points, [2]float64{random.Float64() * 30, random.Float64() * 30})
		}
		return points
	}
	sites, cells := throw(s.sites), throw(s.cells)
	demand := make([]float64, s.cells)
	for i := range demand {
		demand[i] = float64(1 + random.IntN(100))
	}
	p := discs(sites, cells, s.reach)
	p.Demand, p.Budget = demand, s.budget
	if s.dear {
		for j := range p.Sites {
			p.Sites[j].Cost = []float64{10_850, 17_350}[random.IntN(2)]
		}
	}
	return p
}

// discs are sites that cover what is within reach.
func discs(sites, cells [][2]float64, reach float64) Problem {
	var p Problem
	for _, at := range sites {
		s := Site{Cost: 1}
		for i, c := range cells {
			if math.Hypot(c[0]-at[0], c[1]-at[1]) <= reach {
				s.Cells = append(s.Cells, int32(i))
			}
		}
		p.Sites = append(p.Sites, s)
	}
	return p
}

// literature reads a file of points, of which each is a cell and a site.
func literature(t *testing.T, name string, reach float64) Problem {
	t.Helper()
	f, err := os.Open(filepath.Join("../../shared/data/siting", name))
	if err != nil {
		t.Skipf("without the literature's points: %v", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Scan()
	var points [][2]float64
	var demand []float64
	for lines.Scan() {
		var x, y, d float64
		if _, err := fmt.Sscan(lines.Text(), &x, &y, &d); err != nil {
			t.Fatal(err)
		}
		points, demand = append(points, [2]float64{x, y}), append(demand, d)
	}
	p := discs(points, points, reach)
	p.Demand = demand
	return p
}
