// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package sitingtest makes instances for tests and benchmarks of package siting,
// and has them solved by exact solvers that are programs of their own.
package sitingtest

import (
	"math"
	"math/rand/v2"

	"github.com/tocsin-alert/tocsin/siting"
)

// Side is that of the square over which a Scatter throws its points.
const Side = 30

// Scatter describes sites and cells that are thrown at random over a square, as
// the instances of the literature are.
type Scatter struct {
	// Sites is how many there are; 0 if each cell is a site too.
	Sites, Cells int
	// Towns is around how many places the cells lie; evenly if 0.
	Towns         int
	Reach, Budget float64
	Seed          uint64
	// Dear is with costs of roofs and masts in place of 1.
	Dear bool
}

// Problem throws the points. The same scatter is the same problem.
func (s Scatter) Problem() siting.Problem {
	random := rand.New(rand.NewPCG(s.Seed, 1))
	even := func() [2]float64 { return [2]float64{random.Float64() * Side, random.Float64() * Side} }
	sites := make([][2]float64, s.Sites)
	for j := range sites {
		sites[j] = even()
	}
	towns := make([][3]float64, s.Towns)
	for k := range towns {
		at := even()
		towns[k] = [3]float64{at[0], at[1], Side * (0.02 + 0.1*random.Float64())}
	}
	cells := make([][2]float64, s.Cells)
	for i := range cells {
		if s.Towns == 0 {
			cells[i] = even()
			continue
		}
		town := towns[random.IntN(len(towns))]
		cells[i] = [2]float64{town[0] + town[2]*random.NormFloat64(), town[1] + town[2]*random.NormFloat64()}
	}
	if s.Sites == 0 {
		sites = cells
	}
	p := Discs(sites, cells, s.Reach)
	p.Budget = s.Budget
	for range cells {
		p.Demand = append(p.Demand, float64(1+random.IntN(100)))
	}
	if s.Dear {
		for j := range p.Sites {
			p.Sites[j].Cost = []float64{10_850, 17_350}[random.IntN(2)]
		}
	}
	return p
}

// Discs are sites of cost 1 that cover the cells within reach.
func Discs(sites, cells [][2]float64, reach float64) siting.Problem {
	var p siting.Problem
	for _, at := range sites {
		s := siting.Site{Cost: 1}
		for i, c := range cells {
			if math.Hypot(c[0]-at[0], c[1]-at[1]) <= reach {
				s.Cells = append(s.Cells, int32(i))
			}
		}
		p.Sites = append(p.Sites, s)
	}
	return p
}
