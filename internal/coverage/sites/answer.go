// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sites

import (
	"slices"

	"github.com/tocsin-alert/tocsin/siting"
)

// Chosen is one siren of an answer, at its place in the order of building.
type Chosen struct {
	Choice
	// Gains is how many people it adds to those before it, Covered how many are
	// covered once it stands, Spent what it and those before it cost.
	Gains   float64
	Covered float64
	Spent   float64
}

// Order puts the sites that were chosen in the order in which to build them:
// always the one that gains most people for a euro next. The curve of people
// against money goes along it.
func (p *Problem) Order(solution siting.Solution) []Chosen {
	covered := make([]bool, len(p.Siting.Demand))
	total := 0.0
	take := func(cells []int32) (gained float64) {
		for _, i := range cells {
			if !covered[i] {
				covered[i] = true
				gained += p.Siting.Demand[i]
			}
		}
		return gained
	}
	if p.First == 1 {
		total = take(p.Siting.Sites[0].Cells)
	}
	gain := func(site int) (gained float64) {
		for _, i := range p.Siting.Sites[site].Cells {
			if !covered[i] {
				gained += p.Siting.Demand[i]
			}
		}
		return gained
	}
	left := slices.Clone(solution.Sites)
	spent := 0.0
	var order []Chosen
	for len(left) > 0 {
		best, most := 0, -1.0
		for n, site := range left {
			if value := gain(site) / p.Siting.Sites[site].Cost; value > most {
				best, most = n, value
			}
		}
		site := left[best]
		left = slices.Delete(left, best, best+1)
		gained := take(p.Siting.Sites[site].Cells)
		total += gained
		spent += p.Siting.Sites[site].Cost
		order = append(order, Chosen{p.Choices[site-p.First], gained, total, spent})
	}
	return order
}
