// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// search improves a choice by swaps, and goes on from there by tearing down a
// part of it and building that up again.
type search struct {
	in     *instance
	c      *cover
	random *rand.Rand

	best     []int32 // the best choice so far
	value    float64 // and what it covers, without the instance's base
	work     int     // items of lists looked at
	log      []int32 // changes since the last point to go back to: j+1 added, -j-1 removed
	overlap  []float64
	touched  []int32
	cheapest []int32 // those chosen whose loss is least
	queue    []int32 // sites to look at
	queued   []bool
	pending  bool // the choice has not been improved yet as far as swaps go
	found    int  // the work when the best was found
	wandered bool // the last round was allowed to take less
}

func newSearch(in *instance, seed uint64) *search {
	return &search{
		in: in, c: newCover(in), random: rand.New(rand.NewPCG(seed, 0x70c51)),
		overlap: make([]float64, len(in.cost)), queued: make([]bool, len(in.cost)),
	}
}

func (s *search) add(j int) {
	s.c.add(j)
	s.log = append(s.log, int32(j)+1)
	s.disturb(j)
}

func (s *search) remove(j int) {
	s.c.remove(j)
	s.log = append(s.log, -int32(j)-1)
	s.disturb(j)
}

// disturb puts every site in the queue whose worth the site may have changed.
func (s *search) disturb(j int) {
	for _, i := range s.in.cells.of(j) {
		near := s.in.sites.of(int(i))
		s.work += len(near)
		for _, k := range near {
			if !s.queued[k] {
				s.queued[k] = true
				s.queue = append(s.queue, k)
			}
		}
	}
}

// back undoes what the log has.
func (s *search) back() {
	for k := len(s.log) - 1; k >= 0; k-- {
		if j := s.log[k]; j > 0 {
			s.c.remove(int(j - 1))
		} else {
			s.c.add(int(-j - 1))
		}
	}
	s.log = s.log[:0]
	s.settle()
}

func (s *search) settle() {
	for _, j := range s.queue {
		s.queued[j] = false
	}
	s.queue = s.queue[:0]
}

// keep makes the choice the one to go back to, and remembers it if it is the best.
func (s *search) keep() {
	s.log = s.log[:0]
	if s.best == nil || s.c.covered > s.value {
		s.value = s.c.covered
		s.best = append(s.best[:0], s.c.list...)
		s.found = s.work
	}
}

// begin takes a choice and adds greedily what still fits; improving it is left to
// the next rounds, since it may take long.
func (s *search) begin(sites []int32, weight []float64) {
	s.c.become(sites)
	s.c.greedy(weight)
	s.c.greedy(nil)
	s.work += 4 * len(s.in.cells.items)
	for j := range s.in.cost {
		s.queue = append(s.queue, int32(j))
		s.queued[j] = true
	}
	s.pending = true
	s.keep()
}

// improve swaps and adds until no swap or addition of a site in the queue helps,
// or until so much work is done in all; then the rest stays in the queue.
func (s *search) improve(until int) {
	s.rank()
	for at := 0; at < len(s.queue); at++ {
		if s.work >= until {
			s.queue = s.queue[:copy(s.queue, s.queue[at:])]
			return
		}
		j := int(s.queue[at])
		s.queued[j] = false
		if s.c.chosen[j] || !(s.c.gain[j] > 0) {
			continue
		}
		if s.c.fits(s.c.spent + s.in.cost[j]) {
			s.add(j)
			s.rank()
			continue
		}
		if out := s.partner(j); out >= 0 {
			s.remove(out)
			s.add(j)
			s.rank()
		}
	}
	s.queue = s.queue[:0]
}

// rank finds the few chosen sites whose loss is least.
func (s *search) rank() {
	const few = 12
	s.cheapest = s.cheapest[:0]
	less := func(a, b int32) int { return cmp.Or(cmp.Compare(s.c.loss[a], s.c.loss[b]), cmp.Compare(a, b)) }
	for _, k := range s.c.list {
		if len(s.cheapest) == few && less(k, s.cheapest[few-1]) >= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(s.cheapest, k, less)
		s.cheapest = slices.Insert(s.cheapest, at, k)
		if len(s.cheapest) > few {
			s.cheapest = s.cheapest[:few]
		}
	}
	s.work += len(s.c.list)
}

// partner is the chosen site for which it is best to take j instead, or -1. What
// j would cover again of a site's own demand is no loss.
func (s *search) partner(j int) int {
	in, c := s.in, s.c
	cells := in.cells.of(j)
	s.work += len(cells)
	for _, i := range cells {
		if c.count[i] == 1 {
			k := c.sole[i]
			if s.overlap[k] == 0 {
				s.touched = append(s.touched, k)
			}
			s.overlap[k] += in.demand[i]
		}
	}
	least := in.cost[j] + c.spent - in.budget // what the other one must cost at least
	best, out := 1e-9*c.gain[j], -1
	try := func(k int32) {
		if in.cost[k] < least-slack*in.budget {
			return
		}
		if by := c.gain[j] - c.loss[k] + s.overlap[k]; by > best || by == best && out >= 0 && int(k) < out {
			best, out = by, int(k)
		}
	}
	for _, k := range s.touched {
		try(k)
	}
	for _, k := range s.cheapest {
		if s.overlap[k] == 0 {
			try(k)
		}
	}
	for _, k := range s.touched {
		s.overlap[k] = 0
	}
	s.touched = s.touched[:0]
	return out
}

// iterate does rounds of tearing down and building up until it has done so much
// work. When nothing better was found for long, it takes a little less for a
// while, and then goes back to the best.
func (s *search) iterate(work int) {
	const spell = 20_000_000
	end := s.work + work
	if s.pending {
		s.improve(end)
		s.keep()
		if s.pending = len(s.queue) > 0; s.pending {
			return
		}
	}
	for s.work < end {
		s.work += 10
		if len(s.c.list) == 0 {
			return
		}
		wander := (s.work-s.found)/spell%2 == 1
		if s.wandered && !wander {
			s.c.become(s.best)
		}
		s.wandered = wander
		least := s.c.covered
		if u := s.random.Float64(); wander {
			least = min(least, s.value-0.1*u*u*s.value/float64(len(s.c.list)))
		}
		s.tear()
		s.build()
		s.improve(math.MaxInt)
		if s.c.covered >= least {
			s.keep()
		} else {
			s.back()
		}
	}
}

// tear removes a few sites that lie near each other.
func (s *search) tear() {
	few := 1 + s.random.IntN(3)
	if s.random.IntN(4) == 0 {
		few = 2 + s.random.IntN(7)
	}
	few = min(few, len(s.c.list))
	at := int(s.c.list[s.random.IntN(len(s.c.list))])
	s.remove(at)
	for range 4 * few {
		if few--; few <= 0 {
			return
		}
		// From cell to site to cell: whoever covers what is found there is a neighbour.
		for range 12 {
			cells := s.in.cells.of(at)
			near := s.in.sites.of(int(cells[s.random.IntN(len(cells))]))
			next := int(near[s.random.IntN(len(near))])
			cells = s.in.cells.of(next)
			near = s.in.sites.of(int(cells[s.random.IntN(len(cells))]))
			at = int(near[s.random.IntN(len(near))])
			if s.c.chosen[at] {
				s.remove(at)
				break
			}
		}
	}
}

// build adds sites around what was torn down, each time one of the best of a few
// drawn at random.
func (s *search) build() {
	drawn := s.queue
	if len(drawn) == 0 {
		return
	}
	for range 40 {
		best, worth := -1, 0.0
		for range 1 + s.random.IntN(len(drawn)) {
			j := int(drawn[s.random.IntN(len(drawn))])
			s.work++
			if s.c.chosen[j] || !s.c.fits(s.c.spent+s.in.cost[j]) {
				continue
			}
			if w := s.c.gain[j] / s.in.cost[j]; w > worth {
				best, worth = j, w
			}
		}
		if best < 0 {
			return
		}
		s.add(best)
	}
}
