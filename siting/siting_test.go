// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/siting"
	"github.com/tocsin-alert/tocsin/siting/sitingtest"
)

// small draws a problem that can be decided by looking at every choice.
func small(t *rapid.T) siting.Problem {
	cells := rapid.IntRange(1, 14).Draw(t, "cells")
	p := siting.Problem{}
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
		s := siting.Site{Cost: 1, Cells: rapid.SliceOfN(rapid.Int32Range(0, int32(cells-1)), 0, 6).Draw(t, "covers")}
		if dear {
			s.Cost = float64(rapid.IntRange(1, 12).Draw(t, "cost"))
		}
		if rapid.IntRange(0, 5).Draw(t, "special") == 0 {
			s.State = siting.State(rapid.IntRange(0, 3).Draw(t, "state"))
		}
		p.Sites = append(p.Sites, s)
	}
	for _, s := range p.Sites {
		if s.State == siting.Required {
			p.Budget += s.Cost
		}
	}
	p.Budget += float64(rapid.IntRange(0, 20).Draw(t, "budget"))
	return p
}

// choices calls with every choice that the states allow.
func choices(p *siting.Problem, with func(sites []int, covered, cost float64)) {
	for mask := range 1 << len(p.Sites) {
		var sites []int
		allowed := true
		for j, s := range p.Sites {
			in := mask>>j&1 == 1
			allowed = allowed && (!in || s.State == siting.Free || s.State == siting.Required) && (in || s.State != siting.Required)
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
		got, err := siting.Solve(context.Background(), p, siting.Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		check(t, &p, got)
		if math.Abs(got.Covered-best) > 1e-9 || got.Gap > 1e-9 || got.Bound < best-1e-9 {
			t.Errorf("covers %g with bound %g, the best is %g", got.Covered, got.Bound, best)
		}
	})
}

// TestNoMomentsBoundIsBelowTheBest looks at the bound at every moment, and where
// the work was cut off early.
func TestNoMomentsBoundIsBelowTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := small(t)
		best := 0.0
		choices(&p, func(_ []int, covered, cost float64) {
			if cost <= p.Budget {
				best = max(best, covered)
			}
		})
		look := func(s siting.Solution) {
			if s.Bound < best-1e-9 || s.Covered > best+1e-9 || s.Gap < 0 {
				t.Errorf("after %d steps covers %g with bound %g and gap %g, the best is %g", s.Steps, s.Covered, s.Bound, s.Gap, best)
			}
		}
		got, err := siting.Solve(context.Background(), p, siting.Options{Steps: rapid.IntRange(1, 4).Draw(t, "steps"), Progress: look})
		if err != nil {
			t.Fatal(err)
		}
		look(got)
	})
}

func TestCheapestAgreesWithEveryChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := small(t)
		p.Share = float64(rapid.IntRange(1, 100).Draw(t, "per cent")) / 100
		best := math.Inf(1)
		choices(&p, func(_ []int, covered, cost float64) {
			if covered >= p.Target()*(1-1e-12) {
				best = min(best, cost)
			}
		})
		got, err := siting.Solve(context.Background(), p, siting.Options{})
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
		if got.Covered < p.Target()*(1-1e-12) || math.Abs(got.Cost-best) > 1e-9 || got.Gap > 1e-6 || got.Bound > best+1e-9 {
			t.Errorf("costs %g with bound %g, the cheapest costs %g", got.Cost, got.Bound, best)
		}
	})
}

// check reckons a solution anew.
func check(t interface {
	Helper()
	Errorf(string, ...any)
}, p *siting.Problem, got siting.Solution) {
	t.Helper()
	covered, cost := p.Value(got.Sites)
	if math.Abs(covered-got.Covered) > 1e-9*covered+1e-9 || math.Abs(cost-got.Cost) > 1e-9 {
		t.Errorf("said to cover %g for %g, covers %g for %g", got.Covered, got.Cost, covered, cost)
	}
	if !slices.IsSorted(got.Sites) {
		t.Errorf("sites %v are not in order", got.Sites)
	}
	for j, s := range p.Sites {
		if in := slices.Contains(got.Sites, j); in && (s.State == siting.Forbidden || s.State == siting.Existing) || !in && s.State == siting.Required {
			t.Errorf("site %d of state %d, chosen %v", j, s.State, in)
		}
	}
	if p.Share > 0 {
		return
	}
	if cost > p.Budget*(1+1e-9) {
		t.Errorf("costs %g of %g", cost, p.Budget)
	}
	for j, s := range p.Sites {
		if got.Gap > 0 || s.State != siting.Free || cost+s.Cost > p.Budget || slices.Contains(got.Sites, j) {
			continue
		}
		if more, _ := p.Value(append(slices.Clone(got.Sites), j)); more > covered+1e-6 {
			t.Errorf("proved to be the best, but site %d can be added and covers %g more", j, more-covered)
		}
	}
}

// TestSitesFixedBeforeDividingAreNamed has instances of which parts are decided
// by reduced costs, and the rest by branch and bound.
func TestSitesFixedBeforeDividingAreNamed(t *testing.T) {
	for _, s := range []sitingtest.Scatter{
		{Cells: 500, Reach: 1.33, Budget: 20, Seed: 9}, {Cells: 500, Reach: 1.33, Budget: 20, Seed: 20},
		{Cells: 300, Reach: 1, Budget: 35, Seed: 10}, {Cells: 300, Reach: 1, Budget: 35, Seed: 18},
	} {
		p := s.Problem()
		for i := range p.Demand {
			p.Demand[i] += 0.125 * float64(i%7)
		}
		got, err := siting.Solve(t.Context(), p, siting.Options{})
		if err != nil {
			t.Fatal(err)
		}
		check(t, &p, got)
		if got.Gap != 0 {
			t.Errorf("%+v: gap %g", s, got.Gap)
		}
	}
}

func TestAllOfFractionsCanBeAskedFor(t *testing.T) {
	p := siting.Problem{Share: 1, Demand: []float64{0.1, 0.2, 0.3, 8.25}, Sites: []siting.Site{{Cells: []int32{3, 2}, Cost: 1}, {Cells: []int32{1, 0}, Cost: 1}}}
	got, err := siting.Solve(t.Context(), p, siting.Options{})
	if err != nil || len(got.Sites) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	p := sitingtest.Scatter{Sites: 60, Cells: 400, Reach: 3, Budget: 8, Seed: 3}.Problem()
	var got [2]siting.Solution
	for k := range got {
		var err error
		if got[k], err = siting.Solve(context.Background(), p, siting.Options{Workers: 1 + 2*k, Seed: 7, Steps: 30}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Error(diff)
	}
}

func TestProgressNeverGetsWorse(t *testing.T) {
	p := sitingtest.Scatter{Sites: 150, Cells: 1500, Reach: 3, Budget: 12, Seed: 5}.Problem()
	last := siting.Solution{Bound: math.Inf(1)}
	told := 0
	got, err := siting.Solve(context.Background(), p, siting.Options{Workers: 2, Steps: 60, Progress: func(s siting.Solution) {
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
	p := sitingtest.Scatter{Sites: 100, Cells: 1000, Reach: 3, Budget: 10, Seed: 1}.Problem()
	for _, share := range []float64{0, 0.5} {
		p.Share = share
		got, err := siting.Solve(ctx, p, siting.Options{})
		if err != nil || len(got.Sites) == 0 || got.Gap <= 0 {
			t.Errorf("share %g: %+v, %v", share, got, err)
		}
		check(t, &p, got)
	}
}

func TestWhatAProblemCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(*siting.Problem){
		"demand":    func(p *siting.Problem) { p.Demand[0] = -1 },
		"no number": func(p *siting.Problem) { p.Demand[0] = math.NaN() },
		"cell":      func(p *siting.Problem) { p.Sites[0].Cells = []int32{9} },
		"cost":      func(p *siting.Problem) { p.Sites[0].Cost = 0 },
		"state":     func(p *siting.Problem) { p.Sites[0].State = 9 },
		"budget":    func(p *siting.Problem) { p.Budget = math.Inf(1) },
		"share":     func(p *siting.Problem) { p.Share = 1.5 },
		"too much":  func(p *siting.Problem) { p.Share = 1 },
		"required":  func(p *siting.Problem) { p.Sites[0].State, p.Budget = siting.Required, 0.5 },
	} {
		p := siting.Problem{Demand: []float64{3, 4}, Sites: []siting.Site{{Cells: []int32{0}, Cost: 1}}, Budget: 1}
		spoil(&p)
		if _, err := siting.Solve(context.Background(), p, siting.Options{}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestNothingToChoose(t *testing.T) {
	for name, p := range map[string]siting.Problem{
		"no sites":  {Demand: []float64{3}, Budget: 5},
		"no people": {Demand: []float64{0}, Sites: []siting.Site{{Cells: []int32{0}, Cost: 1}}, Budget: 5},
		"no money":  {Demand: []float64{3}, Sites: []siting.Site{{Cells: []int32{0}, Cost: 1}}},
		"nothing":   {},
	} {
		got, err := siting.Solve(context.Background(), p, siting.Options{})
		if err != nil || len(got.Sites) != 0 || got.Covered != 0 || got.Bound != 0 || got.Gap != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
