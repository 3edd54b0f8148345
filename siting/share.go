// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// cheapest covers a share of the demand for least cost. A choice that is cheaper
// than the best one is a choice that covers the share within a smaller budget: so
// the work is that of most, with a budget just below the cost reached.
func cheapest(ctx context.Context, p Problem, o Options) (Solution, error) {
	whole, required := newInstance(&p)
	in := whole.reduce()
	c := &cheap{
		in: in, target: p.Target(), unit: unit(&p), fixed: costOf(&p, required),
		run: run{ctx: ctx, options: o, required: required, value: p.Value},
	}
	c.solve()
	return c.best, nil
}

// cheap is one solving for least cost. Of run it uses the clock of steps, and the
// solution, whose bound is of the cost.
type cheap struct {
	run
	in     *instance
	target float64 // demand to cover, the instance's base included
	unit   float64 // all costs are multiples of it; 0 if of none
	fixed  float64 // cost of what is required
}

// unit is the greatest number of which all costs are multiples, if they are whole.
func unit(p *Problem) float64 {
	u := 0.0
	for _, s := range p.Sites {
		if s.Cost != math.Trunc(s.Cost) || s.Cost > 1<<52 {
			return 0
		}
		for b := s.Cost; b != 0; {
			u, b = b, math.Mod(u, b)
		}
	}
	return u
}

// below is the greatest cost that is less than one, raise the least that is not
// less than a bound.
func (c *cheap) below(cost float64) float64 {
	if c.unit > 0 {
		return cost - c.unit
	}
	return cost * (1 - 1e-9)
}

func (c *cheap) raise(bound float64) float64 {
	if c.unit > 0 {
		return math.Ceil(bound/c.unit-1e-6) * c.unit
	}
	return bound
}

func (c *cheap) enough(covered float64) bool { return c.in.base+covered >= c.target*(1-1e-12) }

// accept keeps a cheaper choice, given by the instance's sites.
func (c *cheap) accept(list []int32) bool {
	cost := c.fixed
	for _, j := range list {
		cost += c.in.cost[j]
	}
	if c.best.Sites != nil && cost >= c.best.Cost {
		return false
	}
	sites := slices.Clone(c.required)
	for _, j := range list {
		sites = append(sites, c.in.origin[j])
	}
	slices.Sort(sites)
	c.best.Sites = append([]int{}, sites...)
	c.best.Covered, c.best.Cost = c.value(sites)
	c.update()
	return true
}

func (c *cheap) lower(bound float64) bool {
	if bound = min(bound, c.best.Cost); bound <= c.bound {
		return false
	}
	c.bound = bound
	c.update()
	return true
}

func (c *cheap) update() {
	c.best.Bound, c.best.Gap, c.best.Steps = min(c.bound, c.best.Cost), 0, c.steps
	if c.best.Cost > 0 {
		c.best.Gap = (c.best.Cost - c.best.Bound) / c.best.Cost
	}
}

func (c *cheap) solve() {
	c.bound = c.fixed
	if c.enough(0) {
		c.accept(nil)
		c.lower(c.fixed)
		c.step(true)
		return
	}
	first := newCover(c.in)
	first.reach(func(covered float64) bool { return c.enough(covered) })
	c.accept(first.list)

	relaxed, tight := *c.in, *c.in
	s := newSearch(&tight, c.options.Seed)
	retry := func(list []int32) {
		tight.budget = max(0, c.below(c.best.Cost)-c.fixed)
		s.best = nil
		s.begin(affordable(&tight, list), nil)
	}
	retry(first.list)
	relaxed.budget = c.best.Cost - c.fixed
	d := newDual(&relaxed)
	d.start(make([]float64, len(relaxed.cost)), make([]float64, len(relaxed.demand)))
	least := 0.0
	for better, k := true, 0; ; k++ {
		if !c.step(better) {
			return
		}
		size := rounds(k)
		c.beside(func() { d.run(c.ctx, iterations(&relaxed, size)) }, func() { s.iterate(size) })
		better = false
		for c.enough(s.value) {
			trimmed := newCover(c.in)
			trimmed.become(s.best)
			trimmed.trim(func(covered float64) bool { return c.enough(covered) })
			better = c.accept(trimmed.list) || better
			retry(trimmed.list)
		}
		before := least
		least = max(least, d.leastBudget(c.target-c.in.base))
		better = c.lower(c.raise(c.fixed+least*(1-1e-9))) || better
		if k > 4 && least <= before*(1+1e-5) || k > patience {
			break
		}
		// The relaxation is wanted at the budget where it just reaches the demand.
		if least > 0 && least != relaxed.budget {
			relaxed.budget = least
			d.bound, d.value = math.Inf(1), math.Inf(-1)
		}
	}
	for c.prove() {
	}
}

// prove looks for a cheaper choice until it has one, or there is none. It says
// whether to look again.
func (c *cheap) prove() bool {
	in := *c.in
	in.budget = c.below(c.best.Cost) - c.fixed
	if in.budget <= 0 {
		c.lower(c.best.Cost)
		c.step(true)
		return false
	}
	r := &run{ctx: c.ctx, options: c.options, value: func([]int) (covered, cost float64) { return 0, 0 }, steps: c.steps}
	r.options.Progress = nil
	r.options.Gap = 0
	// One less than the target is reached already, as it were: what is found covers more.
	r.reached = math.Nextafter(c.target*(1-1e-12), 0)
	if in.whole {
		r.reached = math.Ceil(c.target*(1-1e-12)) - 1
	}
	r.best.Sites = []int{}
	r.bound = in.base
	for _, demand := range in.demand {
		r.bound += demand
	}
	r.update()
	r.enough = func() bool { return r.reached >= c.target*(1-1e-12) }
	r.root(&in)
	c.steps = r.steps
	better := false
	if r.enough() {
		place := make(map[int]int32, len(in.origin))
		for j, from := range in.origin {
			place[from] = int32(j)
		}
		found := newCover(c.in)
		for _, from := range r.best.Sites {
			found.add(int(place[from]))
		}
		found.trim(func(covered float64) bool { return c.enough(covered) })
		better = c.accept(found.list)
	} else if r.best.Gap == 0 {
		better = c.lower(c.best.Cost)
	}
	return c.step(better) && better
}

// affordable leaves out sites from the end until the rest is within the budget.
func affordable(in *instance, list []int32) []int32 {
	sum := 0.0
	for k, j := range list {
		if sum += in.cost[j]; sum > in.budget*(1+slack) {
			return list[:k]
		}
	}
	return list
}

// reach adds greedily until it is enough, and takes away again what is not needed.
func (c *cover) reach(enough func(covered float64) bool) {
	for !enough(c.covered) {
		best := -1
		for j := range c.gain {
			if !c.chosen[j] && c.gain[j] > 0 && (best < 0 || c.gain[j]*c.in.cost[best] > c.gain[best]*c.in.cost[j]) {
				best = j
			}
		}
		if best < 0 {
			break
		}
		c.add(best)
	}
	c.trim(enough)
}

// trim takes away sites that are not needed, the dearest first.
func (c *cover) trim(enough func(covered float64) bool) {
	order := slices.Clone(c.list)
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.in.cost[b], c.in.cost[a]), cmp.Compare(c.loss[a], c.loss[b]), cmp.Compare(a, b))
	})
	for _, j := range order {
		if enough(c.covered - c.loss[j]) {
			c.remove(int(j))
		}
	}
}

// leastBudget is a cost that every choice has which covers the demand, by the
// prices that the dual has come to: the budget at which their bound is the demand.
func (d *dual) leastBudget(demand float64) float64 {
	least := 0.0
	for _, prices := range [][2][]float64{{d.l, d.atl}, {d.best, d.worth}} {
		left := demand
		for i, full := range d.in.demand {
			left -= full - prices[0][i]
		}
		order := d.knapsack.order[:0]
		for j, w := range prices[1] {
			if w > 0 {
				order = append(order, int32(j))
			}
		}
		worth, cost := prices[1], d.in.cost
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Or(cmp.Compare(worth[b]*cost[a], worth[a]*cost[b]), cmp.Compare(a, b))
		})
		d.knapsack.order = order
		spent := 0.0
		for _, j := range order {
			if left <= 0 {
				break
			}
			part := min(1, left/worth[j])
			spent += part * cost[j]
			left -= part * worth[j]
		}
		least = max(least, spent)
	}
	return least
}
