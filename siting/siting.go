// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package siting chooses sites so that they cover most people for a budget, or
// a share of the people for least money, and says how far the choice can be from
// the best one that there is.
//
// The problem is maximal covering (Church and ReVelle 1974). Cells with the same
// sites around them count as one; sites that another one replaces at no greater
// cost fall away. A lazy greedy choice (Minoux 1978) is improved by swaps and by
// tearing down and building up parts of it. The bound is that of the linear
// relaxation, from its Lagrangian dual by a primal-dual method with restarts:
// every iterate gives a bound that is true. Sites that cannot be, or must be, in
// any better choice are fixed by their reduced costs; branch and bound decides
// the rest.
//
// Solve can be stopped at any time and has a choice and a bound at every time.
// What it does depends on the problem and the seed alone, not on the clock, on
// the number of processors or on chance: two runs that are stopped after as much
// work give the same.
package siting

import (
	"context"
	"fmt"
	"math"
)

// State is what is known of a site beforehand.
type State int

// The states.
const (
	Free      State = iota // may be chosen
	Existing               // is there already, and costs nothing
	Required               // must be chosen, and paid for
	Forbidden              // must not be chosen
)

// Site is a place for a siren.
type Site struct {
	Cells []int32 // that it covers, by their index in Problem.Demand
	Cost  float64 // in any unit, greater than 0; that of the budget
	State State
}

// Problem is what to decide. With Share 0 it is: cover the greatest demand for at
// most Budget. With a Share it is: cover at least that share of all demand for
// least cost; Budget then has no meaning.
//
// A number of sites in place of money is a Budget of so many and a Cost of 1.
type Problem struct {
	Demand []float64 // people in each cell, not negative
	Sites  []Site
	Budget float64
	Share  float64 // 0 to 1, of the sum of Demand
}

// Options are how to go about it. The zero value works until the context ends or
// the choice is proved to be the best.
type Options struct {
	Seed uint64
	// Workers is the number of goroutines; 0 means 1. It changes the speed alone.
	Workers int
	// Gap ends the work when the proved gap is not greater; 0 means go on to the best.
	Gap float64
	// Steps ends the work after so many steps; 0 means no end. As many steps give
	// the same result on every machine.
	Steps int
	// Progress is told whenever the choice or the bound became better, from the
	// goroutine that called Solve. It must not keep the solver long.
	Progress func(Solution)
}

// Solution is a choice with what is proved of it.
type Solution struct {
	// Sites are those chosen, by their index in Problem.Sites, ascending: required
	// and free ones, not the existing.
	Sites []int
	// Covered is the demand that the existing and the chosen sites cover, Cost
	// what the chosen ones cost.
	Covered, Cost float64
	// Bound is what no choice can be better than: no choice within the budget
	// covers more, or, if a share was asked for, none that covers it costs less.
	Bound float64
	// Gap is how far the choice can be from the best: (Bound-Covered)/Bound, or
	// (Cost-Bound)/Cost if a share was asked for. 0 is proved to be the best.
	Gap float64
	// Steps is the work done so far.
	Steps int
}

// Solve works until the best choice is proved, the options say to stop, or the
// context ends, and gives the best choice that it has. Errors are of problems
// that cannot be: they name the site or cell and what would be right.
func Solve(ctx context.Context, p Problem, o Options) (Solution, error) {
	if err := p.Validate(); err != nil {
		return Solution{}, err
	}
	if p.Share > 0 {
		return cheapest(ctx, p, o)
	}
	return most(ctx, p, o)
}

// Validate says what is wrong with a problem.
func (p *Problem) Validate() error {
	for i, d := range p.Demand {
		if !(d >= 0) || math.IsInf(d, 1) {
			return fmt.Errorf("demand of cell %d is %g: give a number of people, 0 or more", i, d)
		}
	}
	spent := 0.0
	for j, s := range p.Sites {
		if !(s.Cost > 0) || math.IsInf(s.Cost, 1) {
			return fmt.Errorf("cost of site %d is %g: give one greater than 0", j, s.Cost)
		}
		if s.State < Free || s.State > Forbidden {
			return fmt.Errorf("site %d has the state %d, which there is not", j, s.State)
		}
		for _, c := range s.Cells {
			if c < 0 || int(c) >= len(p.Demand) {
				return fmt.Errorf("site %d covers cell %d: there are %d cells", j, c, len(p.Demand))
			}
		}
		if s.State == Required {
			spent += s.Cost
		}
	}
	switch {
	case math.IsNaN(p.Share) || p.Share < 0 || p.Share > 1:
		return fmt.Errorf("share %g: give one from 0 to 1", p.Share)
	case p.Share > 0:
		if reachable := p.reachable(); reachable < p.Target()*(1-slack) {
			return fmt.Errorf("share %g: all sites together cover %g of %g; ask for at most %g, or give more sites", p.Share, reachable, p.total(), reachable/p.total())
		}
		return nil
	case !(p.Budget >= 0) || math.IsInf(p.Budget, 1):
		return fmt.Errorf("budget %g: give a sum, 0 or more", p.Budget)
	case spent > p.Budget*(1+slack):
		return fmt.Errorf("budget %g: the required sites alone cost %g; raise it, or require fewer", p.Budget, spent)
	}
	return nil
}

// slack is the relative error that sums of costs may have.
const slack = 1e-12

func (p *Problem) total() float64 {
	sum := 0.0
	for _, d := range p.Demand {
		sum += d
	}
	return sum
}

// Target is the demand that the share asks for. Sums of people are whole, so that
// rounding errors of the share are cut off.
func (p *Problem) Target() float64 {
	target := p.Share * p.total()
	if whole := math.Round(target); math.Abs(target-whole) < 1e-9*whole {
		return whole
	}
	return target
}

func (p *Problem) reachable() float64 {
	covered := make([]bool, len(p.Demand))
	sum := 0.0
	for _, s := range p.Sites {
		if s.State == Forbidden {
			continue
		}
		for _, c := range s.Cells {
			if !covered[c] {
				covered[c] = true
				sum += p.Demand[c]
			}
		}
	}
	return sum
}

// Value is what a choice of sites covers and costs, reckoned anew from the
// problem: what any solver's answer can be checked with. Existing sites count
// without being named; Required ones do not.
func (p *Problem) Value(sites []int) (covered, cost float64) {
	chosen := make([]bool, len(p.Sites))
	for _, j := range sites {
		chosen[j] = true
	}
	seen := make([]bool, len(p.Demand))
	cover := func(s *Site) {
		for _, c := range s.Cells {
			if !seen[c] {
				seen[c] = true
				covered += p.Demand[c]
			}
		}
	}
	for j := range p.Sites {
		s := &p.Sites[j]
		switch {
		case s.State == Existing:
			cover(s)
		case chosen[j]:
			cover(s)
			cost += s.Cost
		}
	}
	return covered, cost
}
