// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"cmp"
	"math"
	"slices"
)

// instance is a problem in the form that the solver works on: free sites only,
// cells that some of them cover and nothing yet, cells with the same sites
// merged.
type instance struct {
	demand []float64
	cost   []float64
	sites  lists // of cells, the sites that cover them, ascending
	cells  lists // of sites, the cells that they cover, ascending
	origin []int // of sites, their index in the problem
	budget float64
	// base is the demand that is covered whatever is chosen.
	base float64
	// whole says that every demand is a whole number, so that bounds round down.
	whole bool
}

// lists are many short lists of indices in one piece.
type lists struct {
	start []int
	items []int32
}

func (l *lists) of(i int) []int32 { return l.items[l.start[i]:l.start[i+1]] }
func (l *lists) len() int         { return len(l.start) - 1 }

// transpose turns lists of cells by site into lists of sites by cell.
func (l *lists) transpose(n int) lists {
	t := lists{start: make([]int, n+1), items: make([]int32, len(l.items))}
	for _, i := range l.items {
		t.start[i+1]++
	}
	for i := range n {
		t.start[i+1] += t.start[i]
	}
	next := slices.Clone(t.start[:n])
	for j := range l.len() {
		for _, i := range l.of(j) {
			t.items[next[i]] = int32(j)
			next[i]++
		}
	}
	return t
}

// grain is the power of two of which all numbers are multiples that the solver
// adds and takes away again millions of times: then no sum of them, up to the
// total, is ever rounded, and none drifts away from what it stands for. Whole
// numbers are such multiples as they are.
type grain float64

func newGrain(total float64) grain {
	_, exponent := math.Frexp(total)
	return grain(math.Ldexp(1, min(0, exponent-50)))
}

// up is the nearest multiple that is not less.
func (g grain) up(v float64) float64 { return math.Ceil(v/float64(g)) * float64(g) }

// newInstance leaves out what is decided already.
func newInstance(p *Problem) (in *instance, required []int) {
	in = &instance{budget: p.Budget, whole: true}
	if p.Share > 0 {
		in.budget = math.Inf(1)
	}
	costs := 0.0
	for _, s := range p.Sites {
		costs += s.Cost
	}
	people, money := newGrain(p.total()), newGrain(costs)
	covered := make([]bool, len(p.Demand))
	for j, s := range p.Sites {
		if s.State != Existing && s.State != Required {
			continue
		}
		if s.State == Required {
			required = append(required, j)
			in.budget -= s.Cost
		}
		for _, c := range s.Cells {
			if !covered[c] {
				covered[c] = true
				in.base += people.up(p.Demand[c])
			}
		}
	}
	in.budget = max(0, in.budget)
	in.demand = make([]float64, len(p.Demand))
	for i, d := range p.Demand {
		in.whole = in.whole && d == math.Trunc(d)
		if !covered[i] {
			in.demand[i] = people.up(d)
		}
	}
	in.cells.start = []int{0}
	for j, s := range p.Sites {
		if s.State != Free || s.Cost > in.budget*(1+slack) {
			continue
		}
		from := len(in.cells.items)
		for _, c := range s.Cells {
			if in.demand[c] > 0 {
				in.cells.items = append(in.cells.items, c)
			}
		}
		slices.Sort(in.cells.items[from:])
		in.cells.items = in.cells.items[:from+len(slices.Compact(in.cells.items[from:]))]
		if len(in.cells.items) == from {
			continue // it would add nobody
		}
		in.cells.start = append(in.cells.start, len(in.cells.items))
		in.cost = append(in.cost, money.up(s.Cost))
		in.origin = append(in.origin, j)
	}
	in.sites = in.cells.transpose(len(in.demand))
	return in, required
}

// reduce merges cells and drops sites until neither helps.
func (in *instance) reduce() *instance {
	in, _ = in.merge()
	for range 3 {
		keep, dropped := in.undominated()
		if !dropped {
			break
		}
		in = in.restrict(keep, nil).in
	}
	return in
}

// gone marks a cell or site that is no more.
const gone = -1

// merge makes one cell of all that have the same sites around them, and leaves
// out those without. It says what became of each cell.
func (in *instance) merge() (merged *instance, into []int32) {
	type group struct{ first, last int32 }
	into = make([]int32, len(in.demand))
	next := make([]int32, 0, len(in.demand))
	groups := make(map[uint64]group, len(in.demand))
	out := *in
	out.demand = nil
	var firsts []int32
	for i := range in.demand {
		sites := in.sites.of(i)
		if len(sites) == 0 || in.demand[i] == 0 {
			into[i] = gone
			continue
		}
		hash := uint64(14695981039346656037)
		for _, j := range sites {
			hash = (hash ^ uint64(j)) * 1099511628211
			hash ^= hash >> 29
		}
		g, found := groups[hash]
		same := int32(gone)
		if found {
			for k := g.first; k != gone; k = next[k] {
				if slices.Equal(in.sites.of(int(firsts[k])), sites) {
					same = k
					break
				}
			}
		}
		if same == gone {
			same = int32(len(firsts))
			firsts = append(firsts, int32(i))
			next = append(next, gone)
			out.demand = append(out.demand, 0)
			if found {
				next[g.last] = same
				g.last = same
			} else {
				g = group{same, same}
			}
			groups[hash] = g
		}
		into[i] = same
		out.demand[same] += in.demand[i]
	}
	out.sites = lists{start: []int{0}}
	for _, i := range firsts {
		out.sites.items = append(out.sites.items, in.sites.of(int(i))...)
		out.sites.start = append(out.sites.start, len(out.sites.items))
	}
	out.cells = out.sites.transpose(len(in.cost))
	return &out, into
}

// undominated says which sites no other one replaces: one that covers the same
// cells or more at no greater cost.
func (in *instance) undominated() (keep []bool, dropped bool) {
	// A site's signature has a bit for each cell, so that most that are not
	// contained are known at a glance.
	signature := make([]uint64, len(in.cost))
	for j := range signature {
		for _, i := range in.cells.of(j) {
			signature[j] |= 1 << (uint64(i) * 0x9E3779B97F4A7C15 >> 58)
		}
	}
	keep = make([]bool, len(in.cost))
	for j := range keep {
		keep[j] = true
	}
	work := 40 * (len(in.cells.items) + 1)
	for j := range keep {
		cells := in.cells.of(j)
		if len(cells) == 0 {
			keep[j], dropped = false, true
			continue
		}
		rarest := slices.MinFunc(cells, func(a, b int32) int {
			return cmp.Compare(len(in.sites.of(int(a))), len(in.sites.of(int(b))))
		})
		for _, k32 := range in.sites.of(int(rarest)) {
			k := int(k32)
			others := in.cells.of(k)
			if k == j || !keep[k] || in.cost[k] > in.cost[j] || len(others) < len(cells) || signature[j]&^signature[k] != 0 ||
				len(others) == len(cells) && in.cost[k] == in.cost[j] && k > j {
				continue
			}
			if work -= len(others); work < 0 {
				return keep, dropped
			}
			if contains(others, cells) {
				keep[j], dropped = false, true
				break
			}
		}
	}
	return keep, dropped
}

// contains says whether an ascending list has all of another in it.
func contains(all, some []int32) bool {
	k := 0
	for _, v := range some {
		for k < len(all) && all[k] < v {
			k++
		}
		if k == len(all) || all[k] != v {
			return false
		}
	}
	return true
}

// part is an instance made of another one by deciding some of its sites.
type part struct {
	in    *instance
	cells []int32 // of the other one's cells, the part's; gone if covered or out of reach
	sites []int32 // of the part's sites, the other one's
}

// restrict is what is left to decide when some sites are chosen and only the kept
// ones may still be. A site that is chosen need not be kept.
func (in *instance) restrict(keep []bool, chosen []int32) part {
	out := &instance{budget: in.budget, base: in.base, whole: in.whole}
	p := part{cells: make([]int32, len(in.demand))}
	taken := make([]bool, len(in.cost))
	for _, j := range chosen {
		taken[j] = true
		out.budget -= in.cost[j]
		for _, i := range in.cells.of(int(j)) {
			if p.cells[i] != gone {
				p.cells[i] = gone
				out.base += in.demand[i]
			}
		}
	}
	out.budget = max(0, out.budget)
	for i := range in.demand {
		if p.cells[i] != gone {
			p.cells[i] = int32(len(out.demand))
			out.demand = append(out.demand, in.demand[i])
		}
	}
	out.cells.start = []int{0}
	for j := range in.cost {
		if !keep[j] || taken[j] || in.cost[j] > out.budget*(1+slack) {
			continue
		}
		from := len(out.cells.items)
		for _, i := range in.cells.of(j) {
			if p.cells[i] != gone {
				out.cells.items = append(out.cells.items, p.cells[i])
			}
		}
		if len(out.cells.items) == from {
			continue
		}
		out.cells.start = append(out.cells.start, len(out.cells.items))
		out.cost = append(out.cost, in.cost[j])
		out.origin = append(out.origin, in.origin[j])
		p.sites = append(p.sites, int32(j))
	}
	out.sites = out.cells.transpose(len(out.demand))
	var into []int32
	p.in, into = out.merge()
	for i, c := range p.cells {
		if c != gone {
			p.cells[i] = into[c]
		}
	}
	return p
}
