// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"cmp"
	"container/heap"
	"math"
)

// node is a part of all choices: those in which some sites are taken and some are
// not.
type node struct {
	state  []decision // of each site of the root
	bound  float64    // of all that is covered
	serial int
	prices []float32 // of the root's cells, where its parent's bound was found; nil for the root's own
	point  []float32 // of the root's sites, the relaxed choice there
}

type decision int8

const (
	undecided decision = iota
	taken
	left
)

// nodes has the one of the greatest bound first.
type nodes []*node

func (n nodes) Len() int { return len(n) }
func (n nodes) Less(a, b int) bool {
	return cmp.Or(-cmp.Compare(n[a].bound, n[b].bound), -cmp.Compare(n[a].serial, n[b].serial)) < 0
}
func (n nodes) Swap(a, b int) { n[a], n[b] = n[b], n[a] }
func (n *nodes) Push(v any)   { *n = append(*n, v.(*node)) }
func (n *nodes) Pop() any {
	old := *n
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*n = old[:len(old)-1]
	return last
}

// tree is a branch and bound.
type tree struct {
	*run
	root   *instance
	fixed  []int // sites that all choices have, by the problem's indices; the root's base has what they cover
	prices []float32
	point  []float32
	queue  nodes
	serial int
	stored int // floats that nodes keep
}

// batch is how many nodes are looked at before their results count. It does not
// depend on the number of workers, so that these change nothing but the time.
const batch = 4

// keepFloats bounds what nodes keep to begin from, at 4 bytes each.
const keepFloats = 100e6

// branch decides what is left of an instance, best bound first, while the search
// goes on beside it.
func (r *run) branch(t *tree, s *search) {
	root := t.root
	t.queue = nodes{{state: make([]decision, len(root.cost)), bound: r.bound}}
	for k := 0; ; k++ {
		var next []*node
		for len(next) < batch && len(t.queue) > 0 {
			n := heap.Pop(&t.queue).(*node)
			t.stored -= len(n.prices) + len(n.point)
			if !r.beaten(root, n.bound) {
				next = append(next, n)
			}
		}
		if len(next) == 0 {
			better := r.lower(r.reached)
			r.step(better)
			return
		}
		results := make([]result, len(next))
		work := []func(){func() { s.iterate(rounds(k)) }}
		for k, n := range next {
			work = append(work, func() { results[k] = t.look(n) })
		}
		r.beside(work...)
		better := r.found(s)
		for _, found := range results {
			if found.sites != nil && r.take(found.sites, found.covered) {
				better = true
			}
			for _, child := range found.children {
				t.serial++
				child.serial = t.serial
				if t.stored < keepFloats {
					t.stored += len(child.prices) + len(child.point)
				} else {
					child.prices, child.point = nil, nil
				}
				heap.Push(&t.queue, child)
			}
		}
		bound := r.reached
		if len(t.queue) > 0 {
			bound = max(bound, root.wholeBound(t.queue[0].bound))
		}
		better = r.lower(bound) || better
		if !r.step(better) {
			return
		}
	}
}

// result is what looking at a node gives.
type result struct {
	sites    []int // a choice, by the problem's indices
	covered  float64
	children []*node
}

// look bounds a node, tries to round what it finds, and divides it.
func (t *tree) look(n *node) result {
	keep := make([]bool, len(n.state))
	var chosen []int32
	spent := 0.0
	for j, s := range n.state {
		keep[j] = s == undecided
		if s == taken {
			chosen = append(chosen, int32(j))
			spent += t.root.cost[j]
		}
	}
	if spent > t.root.budget*(1+slack) {
		return result{} // what all better choices have is too dear
	}
	p := t.root.restrict(keep, chosen)
	whole := append(make([]int, 0, len(t.fixed)+len(chosen)+8), t.fixed...)
	for _, j := range chosen {
		whole = append(whole, t.root.origin[j])
	}
	if len(p.in.cost) == 0 {
		return result{sites: whole, covered: p.in.base}
	}
	prices, point := n.prices, n.point
	if prices == nil {
		prices, point = t.prices, t.point
	}
	d := newDual(p.in)
	d.start(p.inherit(t.root, widen(point), widen(prices)))
	for range 6 {
		d.run(t.ctx, 40)
		if t.ctx.Err() != nil {
			return result{children: []*node{n}}
		}
		if t.beaten(p.in, p.in.base+d.bound) {
			break
		}
		// More iterations help no more than dividing does, once the relaxation is
		// known better than what is left to prove.
		if gap := d.bound - d.value; gap < 0.4*(p.in.base+d.bound-t.reached) || gap < 1e-7*d.bound {
			break
		}
	}
	r := result{}
	c := newCover(p.in)
	c.greedy(d.point)
	c.greedy(nil)
	if r.covered = p.in.base + c.covered; r.covered > t.reached {
		r.sites = whole
		for _, j := range c.list {
			r.sites = append(r.sites, p.in.origin[j])
		}
	}
	bound := min(n.bound, p.in.base+d.bound)
	if t.beaten(p.in, bound) {
		return r
	}
	r.children = t.divide(n, p, d, bound)
	return r
}

// divide makes two nodes of one: with a site and without it.
func (t *tree) divide(n *node, p part, d *dual, bound float64) []*node {
	state := make([]decision, len(n.state))
	for j, s := range n.state {
		if state[j] = s; s == undecided {
			state[j] = left // unless it is in the part
		}
	}
	at, most := -1, math.Inf(-1)
	for j, from := range p.sites {
		state[from] = undecided
		reduced := d.worth[j] - d.money*p.in.cost[j]
		switch {
		case reduced < 0 && t.beaten(p.in, bound+reduced):
			state[from] = left
			continue
		case reduced > 0 && t.beaten(p.in, bound-reduced):
			state[from] = taken
			continue
		}
		if score := fractional(d.point[j]) * d.worth[j]; score > most {
			at, most = j, score
		}
	}
	prices := p.bequeath(t.root, d.best, widthOf(n.prices, t.prices))
	point := append([]float32{}, widthOf(n.point, t.point)...)
	for j, from := range p.sites {
		point[from] = float32(d.point[j])
	}
	child := func(j int, s decision) *node {
		c := &node{state: append([]decision{}, state...), bound: bound, prices: prices, point: point}
		if j >= 0 {
			c.state[p.sites[j]] = s
		}
		return c
	}
	if at < 0 {
		return []*node{child(-1, undecided)} // all were fixed
	}
	with, without := child(at, taken), child(at, left)
	if reduced := d.worth[at] - d.money*p.in.cost[at]; reduced > 0 {
		without.bound = bound - reduced
	} else {
		with.bound = bound + reduced
	}
	return []*node{without, with}
}

func widthOf(own, otherwise []float32) []float32 {
	if own == nil {
		return otherwise
	}
	return own
}

func narrow(v []float64) []float32 {
	w := make([]float32, len(v))
	for k := range v {
		w[k] = float32(v[k])
	}
	return w
}

func widen(v []float32) []float64 {
	w := make([]float64, len(v))
	for k := range v {
		w[k] = float64(v[k])
	}
	return w
}
