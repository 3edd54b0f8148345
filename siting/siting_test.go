// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// small draws a problem that can be decided by looking at every choice.
func small(t *rapid.T) Problem {
	cells := rapid.IntRange(1, 14).Draw(t, "cells")
	p := Problem{}
	for range cells {
		p.Demand = append(p.Demand, float64(rapid.IntRange(0, 30).Draw(t, "demand")))
	}
	if rapid.Bool().Draw(t, "fractions") {
		for i := range p.Demand {
			p.Demand[i] += 0.37
		}
	}
	dear := rapid.Bool().Draw(t, "unequal costs")
	for range rapid.IntRange(1, 9).Draw(t, "sites") {
		s := Site{Cost: 1, Cells: rapid.SliceOfN(rapid.Int32Range(0, int32(cells-1)), 0, 6).Draw(t, "covers")}
		if dear {
			s.Cost = float64(rapid.IntRange(1, 12).Draw(t, "cost"))
		}
		if rapid.IntRange(0, 5).Draw(t, "special") == 0 {
			s.State = State(rapid.IntRange(0, 3).Draw(t, "state"))
		}
		p.Sites = append(p.Sites, s)
	}
	for _, s := range p.Sites {
		if s.State == Required {
			p.Budget += s.Cost
		}
	}
	p.Budget += float64(rapid.IntRange(0, 20).Draw(t, "budget"))
	return p
}

// choices calls with every choice that the states allow.
func choices(p *Problem, with func(sites []int, covered, cost float64)) {
	for mask := range 1 << len(p.Sites) {
		var sites []int
		allowed := true
		for j, s := range p.Sites {
			in := mask>>j&1 == 1
			allowed = allowed && (!in || s.State == Free || s.State == Required) && (in || s.State != Required)
			if in {
				sites = append(sites, j)
			}
		}
		if allowed {
			covered, cost := p.Value(sites)
			with(sites, covered, cost)
		}
	}
}

func TestMostAgreesWithEveryChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := small(t)
		best := 0.0
		choices(&p, func(_ []int, covered, cost float64) {
			if cost <= p.Budget {
				best = max(best, covered)
			}
		})
		got, err := Solve(context.Background(), p, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		check(t, &p, got)
		if math.Abs(got.Covered-best) > 1e-9 || got.Gap > 1e-9 || got.Bound < best-1e-9 {
			t.Errorf("covers %g with bound %g, the best is %g", got.Covered, got.Bound, best)
		}
	})
}

func TestCheapestAgreesWithEveryChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := small(t)
		p.Share = float64(rapid.IntRange(1, 100).Draw(t, "per cent")) / 100
		best := math.Inf(1)
		choices(&p, func(_ []int, covered, cost float64) {
			if covered >= p.target()*(1-1e-12) {
				best = min(best, cost)
			}
		})
		got, err := Solve(context.Background(), p, Options{})
		if math.IsInf(best, 1) {
			if err == nil {
				t.Fatalf("no choice is enough, and it gives %+v", got)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		check(t, &p, got)
		if got.Covered < p.target()*(1-1e-12) || math.Abs(got.Cost-best) > 1e-9 || got.Gap > 1e-6 || got.Bound > best+1e-9 {
			t.Errorf("costs %g with bound %g, the cheapest costs %g", got.Cost, got.Bound, best)
		}
	})
}

// check reckons a solution anew.
func check(t interface {
	Helper()
	Errorf(string, ...any)
}, p *Problem, got Solution) {
	t.Helper()
	covered, cost := p.Value(got.Sites)
	if math.Abs(covered-got.Covered) > 1e-9*covered+1e-9 || math.Abs(cost-got.Cost) > 1e-9 {
		t.Errorf("said to cover %g for %g, covers %g for %g", got.Covered, got.Cost, covered, cost)
	}
	if !slices.IsSorted(got.Sites) {
		t.Errorf("sites %v are not in order", got.Sites)
	}
	for j, s := range p.Sites {
		if in := slices.Contains(got.Sites, j); in && (s.State == Forbidden || s.State == Existing) || !in && s.State == Required {
			t.Errorf("site %d of state %d, chosen %v", j, s.State, in)
		}
	}
	if p.Share == 0 && cost > p.Budget*(1+1e-9) {
		t.Errorf("costs %g of %g", cost, p.Budget)
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	p := scattered(scatter{sites: 60, cells: 400, reach: 3, budget: 8, seed: 3})
	var got [2]Solution
	for k := range got {
		var err error
		if got[k], err = Solve(context.Background(), p, Options{Workers: 1 + 2*k, Seed: 7, Steps: 30}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Error(diff)
	}
}

func TestProgressNeverGetsWorse(t *testing.T) {
	p := scattered(scatter{sites: 150, cells: 1500, reach: 3, budget: 12, seed: 5})
	last := Solution{Bound: math.Inf(1)}
	told := 0
	got, err := Solve(context.Background(), p, Options{Workers: 2, Steps: 60, Progress: func(s Solution) {
		told++
		if s.Covered < last.Covered || s.Bound > last.Bound || s.Covered > s.Bound {
			t.Errorf("%g of %g after %g of %g", s.Covered, s.Bound, last.Covered, last.Bound)
		}
		check(t, &p, s)
		last = s
	}})
	if err != nil || told < 2 {
		t.Fatalf("told %d times, %v", told, err)
	}
	check(t, &p, got)
}

func TestCancelledAtOnceGivesAChoice(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := scattered(scatter{sites: 100, cells: 1000, reach: 3, budget: 10, seed: 1})
	for _, share := range []float64{0, 0.5} {
		p.Share = share
		got, err := Solve(ctx, p, Options{})
		if err != nil || len(got.Sites) == 0 || got.Gap <= 0 {
			t.Errorf("share %g: %+v, %v", share, got, err)
		}
		check(t, &p, got)
	}
}

func TestWhatAProblemCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(*Problem){
		"demand":    func(p *Problem) { p.Demand[0] = -1 },
		"no number": func(p *Problem) { p.Demand[0] = math.NaN() },
		"cell":      func(p *Problem) { p.Sites[0].Cells = []int32{9} },
		"cost":      func(p *Problem) { p.Sites[0].Cost = 0 },
		"state":     func(p *Problem) { p.Sites[0].State = 9 },
		"budget":    func(p *Problem) { p.Budget = math.Inf(1) },
		"share":     func(p *Problem) { p.Share = 1.5 },
		"too much":  func(p *Problem) { p.Share = 1 },
		"required":  func(p *Problem) { p.Sites[0].State, p.Budget = Required, 0.5 },
	} {
		p := Problem{Demand: []float64{3, 4}, Sites: []Site{{Cells: []int32{0}, Cost: 1}}, Budget: 1}
		spoil(&p)
		if _, err := Solve(context.Background(), p, Options{}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestNothingToChoose(t *testing.T) {
	for name, p := range map[string]Problem{
		"no sites":  {Demand: []float64{3}, Budget: 5},
		"no people": {Demand: []float64{0}, Sites: []Site{{Cells: []int32{0}, Cost: 1}}, Budget: 5},
		"no money":  {Demand: []float64{3}, Sites: []Site{{Cells: []int32{0}, Cost: 1}}},
		"nothing":   {},
	} {
		got, err := Solve(context.Background(), p, Options{})
		if err != nil || len(got.Sites) != 0 || got.Covered != 0 || got.Bound != 0 || got.Gap != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
