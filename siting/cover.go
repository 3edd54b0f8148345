// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import "math"

// cover is a choice of sites with what each site adds or would leave uncovered,
// kept up to date with every change.
type cover struct {
	in     *instance
	chosen []bool
	list   []int32 // those chosen, in no order
	place  []int32 // of those chosen, where they are in list
	count  []int32 // of cells, how many chosen sites cover them
	sole   []int32 // of cells, the sum of the chosen sites' indices: where count is 1, that site
	// gain is the uncovered demand around a site, loss the demand that a chosen
	// site alone covers.
	gain, loss []float64
	covered    float64 // without the instance's base
	spent      float64
}

func newCover(in *instance) *cover {
	n, m := len(in.cost), len(in.demand)
	c := &cover{
		in: in, chosen: make([]bool, n), place: make([]int32, n), count: make([]int32, m), sole: make([]int32, m),
		gain: make([]float64, n), loss: make([]float64, n),
	}
	for j := range n {
		for _, i := range in.cells.of(j) {
			c.gain[j] += in.demand[i]
		}
	}
	return c
}

func (c *cover) fits(cost float64) bool { return cost <= c.in.budget*(1+slack) }

func (c *cover) add(j int) {
	in := c.in
	c.chosen[j] = true
	c.place[j] = int32(len(c.list))
	c.list = append(c.list, int32(j))
	c.spent += in.cost[j]
	c.covered += c.gain[j]
	c.loss[j] = 0
	for _, i := range in.cells.of(j) {
		switch c.count[i] {
		case 0:
			d := in.demand[i]
			c.loss[j] += d
			for _, k := range in.sites.of(int(i)) {
				c.gain[k] -= d
			}
		case 1:
			c.loss[c.sole[i]] -= in.demand[i]
		}
		c.count[i]++
		c.sole[i] += int32(j)
	}
}

func (c *cover) remove(j int) {
	in := c.in
	c.chosen[j] = false
	last := c.list[len(c.list)-1]
	c.list[c.place[j]] = last
	c.place[last] = c.place[j]
	c.list = c.list[:len(c.list)-1]
	c.spent -= in.cost[j]
	c.covered -= c.loss[j]
	for _, i := range in.cells.of(j) {
		c.count[i]--
		c.sole[i] -= int32(j)
		switch c.count[i] {
		case 0:
			d := in.demand[i]
			for _, k := range in.sites.of(int(i)) {
				c.gain[k] += d
			}
		case 1:
			c.loss[c.sole[i]] += in.demand[i]
		}
	}
	c.loss[j] = 0
	if len(c.list) == 0 {
		c.spent = 0
	}
}

// become turns the choice into another one.
func (c *cover) become(sites []int32) {
	want := make([]bool, len(c.chosen))
	for _, j := range sites {
		want[j] = true
	}
	for k := len(c.list) - 1; k >= 0; k-- {
		if j := c.list[k]; !want[j] {
			c.remove(int(j))
		}
	}
	for _, j := range sites {
		if !c.chosen[j] {
			c.add(int(j))
		}
	}
}

// greedy adds the site that covers most for its cost until none fits. Gains only
// fall, so that a heap with old gains finds the best by looking again at the
// first few only (Minoux 1978). weight scales a site's worth; nil is 1.
func (c *cover) greedy(weight []float64) {
	in := c.in
	worth := func(j int) float64 {
		if weight != nil {
			return c.gain[j] * weight[j] / in.cost[j]
		}
		return c.gain[j] / in.cost[j]
	}
	var h lazy
	for j := range in.cost {
		if !c.chosen[j] && c.gain[j] > 0 && c.fits(c.spent+in.cost[j]) {
			h.push(worth(j), int32(j))
		}
	}
	for len(h) > 0 {
		j := int(h[0].site)
		now := worth(j)
		if !(now > 0) || !c.fits(c.spent+in.cost[j]) {
			h.pop()
			continue
		}
		if now < h[0].worth {
			h[0].worth = now
			h.down(0)
			continue
		}
		h.pop()
		c.add(j)
	}
}

// lazy is a heap that has the entry of most worth first; among equals, the lowest index, so
// that the order never depends on how it came about.
type lazy []entry

type entry struct {
	worth float64
	site  int32
}

func (e entry) before(o entry) bool {
	return e.worth > o.worth || e.worth == o.worth && e.site < o.site
}

func (h *lazy) push(worth float64, site int32) {
	*h = append(*h, entry{worth, site})
	s := *h
	for k := len(s) - 1; k > 0; {
		up := (k - 1) / 2
		if !s[k].before(s[up]) {
			return
		}
		s[k], s[up] = s[up], s[k]
		k = up
	}
}

func (h *lazy) pop() {
	s := *h
	s[0] = s[len(s)-1]
	*h = s[:len(s)-1]
	h.down(0)
}

func (h lazy) down(k int) {
	for {
		first := k
		for child := 2*k + 1; child <= 2*k+2 && child < len(h); child++ {
			if h[child].before(h[first]) {
				first = child
			}
		}
		if first == k {
			return
		}
		h[k], h[first] = h[first], h[k]
		k = first
	}
}

// wholeBound is a bound as the demands allow it: where all are whole numbers,
// nothing between two can be reached.
func (in *instance) wholeBound(bound float64) float64 {
	if in.whole {
		return math.Floor(bound*(1+1e-12) + 1e-6)
	}
	return bound
}
