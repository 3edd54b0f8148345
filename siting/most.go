// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"context"
	"math"
	"slices"
	"sync"
)

// most covers the greatest demand for the budget.
func most(ctx context.Context, p Problem, o Options) (Solution, error) {
	whole, required := newInstance(&p)
	in := whole.reduce()
	r := &run{ctx: ctx, options: o, required: required, value: p.Value}
	r.bound = in.base
	for _, d := range in.demand {
		r.bound += d
	}
	r.take(nil, in.base)
	r.root(in)
	return r.best, nil
}

func costOf(p *Problem, sites []int) float64 {
	sum := 0.0
	for _, j := range sites {
		sum += p.Sites[j].Cost
	}
	return sum
}

// run is one solving, from the first choice to the proof.
type run struct {
	ctx      context.Context
	options  Options
	required []int
	value    func(sites []int) (covered, cost float64)
	best     Solution
	// reached is what the best choice covers and bound what none can be better
	// than, both with the base, in the instance's demands: those of the problem
	// may be rounded up to the grain.
	reached, bound float64
	steps          int
	enough         func() bool // ends the work early; nil if nothing does
}

// take keeps a choice if it is the best so far. Sites are the problem's own.
func (r *run) take(sites []int, covered float64) bool {
	if r.best.Sites != nil && covered <= r.reached {
		return false
	}
	chosen := append(slices.Clone(r.required), sites...)
	slices.Sort(chosen)
	r.reached, r.best.Sites = covered, append([]int{}, chosen...)
	r.best.Covered, r.best.Cost = r.value(chosen)
	r.update()
	return true
}

// lower keeps a bound if it is the best so far.
func (r *run) lower(bound float64) bool {
	if bound = max(bound, r.reached); bound >= r.bound {
		return false
	}
	r.bound = bound
	r.update()
	return true
}

func (r *run) update() {
	r.best.Bound, r.best.Gap, r.best.Steps = r.best.Covered, 0, r.steps
	if r.bound > r.reached {
		r.best.Bound = max(r.bound, r.best.Covered)
		r.best.Gap = (r.best.Bound - r.best.Covered) / r.best.Bound
	}
}

// found takes the best choice of a search.
func (r *run) found(s *search) bool {
	if s.best == nil || s.in.base+s.value <= r.reached {
		return false
	}
	sites := make([]int, len(s.best))
	for k, j := range s.best {
		sites[k] = s.in.origin[j]
	}
	return r.take(sites, s.in.base+s.value)
}

// beaten says that no choice with such a bound is better than the best one.
func (r *run) beaten(in *instance, bound float64) bool {
	return in.wholeBound(bound) <= r.reached*(1+1e-12)
}

// step ends one step of work, tells of it, and says whether to go on.
func (r *run) step(better bool) bool {
	r.steps++
	r.best.Steps = r.steps
	if better && r.options.Progress != nil {
		told := r.best
		told.Sites = slices.Clone(r.best.Sites)
		r.options.Progress(told)
	}
	if r.enough != nil && r.enough() {
		return false
	}
	return r.ctx.Err() == nil && r.best.Gap > r.options.Gap && (r.options.Steps == 0 || r.steps < r.options.Steps)
}

// beside runs two pieces of work that share nothing, at once if there are workers.
func (r *run) beside(works ...func()) {
	if r.options.Workers < 2 {
		for _, w := range works {
			w()
		}
		return
	}
	var wait sync.WaitGroup
	free := make(chan struct{}, r.options.Workers)
	for _, w := range works {
		free <- struct{}{}
		wait.Go(func() { w(); <-free })
	}
	wait.Wait()
}

// rounds is how much work, in items of lists looked at, the k-th step is: little
// at first, so that small problems end at once, and never so much that a person
// who cancels has to wait.
func rounds(k int) int { return min(250_000<<min(k, 10), 8_000_000) }

// patience is how many steps the relaxation has at most before dividing begins.
const patience = 200

// iterations is how many of the dual's iterations are so much work.
func iterations(in *instance, work int) int {
	return max(1, work/(2*len(in.cells.items)+4*len(in.cost)+6*len(in.demand)+1)/20) * 20
}

// root closes in on the relaxation while the search goes on, fixes what can be
// fixed, and leaves the rest to branch and bound.
func (r *run) root(in *instance) {
	if len(in.cost) == 0 {
		r.lower(in.base)
		r.step(true)
		return
	}
	s := newSearch(in, r.options.Seed)
	s.begin(nil, nil)
	better := r.found(s)
	if !r.step(better) {
		return
	}
	d := newDual(in)
	x := make([]float64, len(in.cost))
	for _, j := range s.best {
		x[j] = 1
	}
	d.start(x, make([]float64, len(in.demand)))
	d.leave(s.c)
	for k := 0; ; k++ {
		size := rounds(k)
		r.beside(func() { d.run(r.ctx, iterations(in, size)) }, func() { s.iterate(size) })
		if (d.bound-d.value)/d.bound < 0.02 && k%4 == 3 {
			s.begin(nil, d.point)
		}
		better = r.found(s)
		better = r.lower(in.wholeBound(in.base+d.bound)) || better
		if !r.step(better) {
			return
		}
		if gap := d.bound - d.value; gap < 0.3*(r.bound-r.reached) || gap < 1e-7*d.bound || k > patience {
			break
		}
	}
	keep, chosen := r.fix(in, d)
	p := in.restrict(keep, chosen)
	core := newDual(p.in)
	core.start(p.inherit(in, d.point, d.best))
	fixed := make([]int, len(chosen))
	for k, j := range chosen {
		fixed[k] = in.origin[j]
	}
	r.branch(&tree{run: r, root: p.in, fixed: fixed, prices: narrow(core.l), point: narrow(core.x)}, s)
}

// fix finds the sites that no better choice has, or that all of them have: where
// deciding a site otherwise lowers the bound to what is reached already.
func (r *run) fix(in *instance, d *dual) (keep []bool, chosen []int32) {
	keep = make([]bool, len(in.cost))
	for j, worth := range d.worth {
		reduced := worth - d.money*in.cost[j]
		keep[j] = reduced >= 0 || !r.beaten(in, in.base+d.bound+reduced)
		if reduced > 0 && r.beaten(in, in.base+d.bound-reduced) {
			chosen = append(chosen, int32(j))
		}
	}
	return keep, chosen
}

// inherit gives a part the relaxed choice and the prices of the whole.
func (p *part) inherit(in *instance, x, l []float64) (px, pl []float64) {
	px, pl = make([]float64, len(p.sites)), make([]float64, len(p.in.demand))
	for j, from := range p.sites {
		px[j] = x[from]
	}
	for i, to := range p.cells {
		if to != gone {
			pl[to] += l[i]
		}
	}
	for i, demand := range p.in.demand {
		pl[i] = min(pl[i], demand)
	}
	return px, pl
}

// bequeath is the reverse of inherit for prices: each cell has its part of those
// of the cell it was merged into. What is gone keeps its old price.
func (p *part) bequeath(in *instance, l []float64, prices []float32) []float32 {
	out := slices.Clone(prices)
	for i, to := range p.cells {
		if to != gone {
			out[i] = float32(l[to] * in.demand[i] / p.in.demand[to])
		}
	}
	return out
}

// fractional is how far a part of a site is from being decided.
func fractional(x float64) float64 { return math.Min(x, 1-x) }
