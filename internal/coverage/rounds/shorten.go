// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package rounds

import (
	"cmp"
	"math"
	"slices"
)

const (
	// tried is how many neighbours of a stop are tried as its next.
	tried = 8
	// trifle in metres keeps rounding from turning a part back and forth.
	trifle = 1e-6
	// longestMove is how many stops in a row are moved at most (Or, 1976).
	longestMove = 3
	// passes bounds the work: each pass goes through all stops once.
	passes = 60
)

// neighbours finds the stops next to each stop, the nearest first.
func neighbours(stops []Stop) [][]int32 {
	byEasting := make([]int32, len(stops))
	for i := range byEasting {
		byEasting[i] = int32(i)
	}
	slices.SortFunc(byEasting, func(a, b int32) int { return cmp.Compare(stops[a].At.Easting, stops[b].At.Easting) })
	near := make([][]int32, len(stops))
	type other struct {
		stop   int32
		square float64
	}
	for at, i := range byEasting {
		var found []other
		// look takes a stop in; false once all further ones are too far east or west.
		look := func(j int32) bool {
			dx, dy := stops[j].At.Easting-stops[i].At.Easting, stops[j].At.Northing-stops[i].At.Northing
			if len(found) == tried && dx*dx > found[tried-1].square {
				return false
			}
			o := other{j, dx*dx + dy*dy}
			where, _ := slices.BinarySearchFunc(found, o, func(a, b other) int {
				return cmp.Or(cmp.Compare(a.square, b.square), cmp.Compare(a.stop, b.stop))
			})
			if where < tried {
				found = slices.Insert(found, where, o)
				found = found[:min(len(found), tried)]
			}
			return true
		}
		for k := at + 1; k < len(byEasting) && look(byEasting[k]); k++ {
		}
		for k := at - 1; k >= 0 && look(byEasting[k]); k-- {
		}
		for _, o := range found {
			near[i] = append(near[i], o.stop)
		}
	}
	return near
}

// nearest is the way that always goes to the nearest stop left, from the most
// western one.
func (p *plan) nearest() []int {
	if len(p.stops) == 0 {
		return nil
	}
	at := 0
	for i, s := range p.stops {
		if s.At.Easting < p.stops[at].At.Easting {
			at = i
		}
	}
	left := make([]int, 0, len(p.stops))
	for i := range p.stops {
		if i != at {
			left = append(left, i)
		}
	}
	way := append(make([]int, 0, len(p.stops)), at)
	for len(left) > 0 {
		next, least := 0, math.Inf(1)
		for k, i := range left {
			dx, dy := p.stops[i].At.Easting-p.stops[at].At.Easting, p.stops[i].At.Northing-p.stops[at].At.Northing
			if d := dx*dx + dy*dy; d < least {
				next, least = k, d
			}
		}
		at = left[next]
		way = append(way, at)
		left[next] = left[len(left)-1]
		left = left[:len(left)-1]
	}
	return way
}

// shorten frees the way, which it changes, of detours: it turns parts around
// (2-opt) and moves up to three stops elsewhere (Or-opt) for as long as that helps.
func (p *plan) shorten(way []int) []int {
	place := make([]int, len(p.stops))
	for i := range place {
		place[i] = -1 // not on this way
	}
	for i, stop := range way {
		place[stop] = i
	}
	w := &walk{p, way, place}
	for range passes {
		better := false
		for _, stop := range slices.Clone(way) {
			better = w.turn(stop) || w.move(stop) || better
		}
		if !better {
			break
		}
	}
	return w.way
}

// walk is a way with the place of each stop on it.
type walk struct {
	*plan
	way, place []int
}

// leg is the distance between the stops at two places of the way; 0 beyond its ends.
func (w *walk) leg(i, j int) float64 {
	if i < 0 || j < 0 || i >= len(w.way) || j >= len(w.way) {
		return 0
	}
	return w.distance(w.way[i], w.way[j])
}

// reverse turns the part from place i to place j around.
func (w *walk) reverse(i, j int) {
	for ; i < j; i, j = i+1, j-1 {
		w.way[i], w.way[j] = w.way[j], w.way[i]
		w.place[w.way[i]], w.place[w.way[j]] = i, j
	}
	if i == j {
		w.place[w.way[i]] = i
	}
}

// turn tries to have the stop next to one of its neighbours by turning the part
// between them around.
func (w *walk) turn(stop int) bool {
	for _, other := range w.near[stop] {
		i, j := w.place[stop], w.place[other]
		if j < 0 {
			continue
		}
		if i > j {
			i, j = j, i
		}
		// The part from i+1 to j, so that i is followed by j; or from i to j-1.
		if w.leg(i, j)+w.leg(i+1, j+1) < w.leg(i, i+1)+w.leg(j, j+1)-trifle {
			w.reverse(i+1, j)
			return true
		}
		if w.leg(i-1, j-1)+w.leg(i, j) < w.leg(i-1, i)+w.leg(j-1, j)-trifle {
			w.reverse(i, j-1)
			return true
		}
	}
	return false
}

// move tries to move the stop, with up to two that follow, to beside one of its
// neighbours, either way around.
func (w *walk) move(stop int) bool {
	for length := 1; length <= longestMove; length++ {
		from := w.place[stop]
		to := from + length - 1
		if to >= len(w.way) {
			return false
		}
		freed := w.leg(from-1, from) + w.leg(to, to+1) - w.leg(from-1, to+1)
		if from == 0 || to == len(w.way)-1 {
			freed = w.leg(from-1, from) + w.leg(to, to+1)
		}
		for _, other := range w.near[stop] {
			at := w.place[other]
			if at < 0 || at >= from && at <= to {
				continue
			}
			// Between at and the stop after it, or between the one before and at.
			for _, gap := range [2][2]int{{at, at + 1}, {at - 1, at}} {
				if gap[0] == to || gap[1] == from {
					continue // it stands there
				}
				opened := w.leg(gap[0], gap[1])
				straight := w.leg(gap[0], from) + w.leg(to, gap[1]) - opened
				turned := w.leg(gap[0], to) + w.leg(from, gap[1]) - opened
				if min(straight, turned) < freed-trifle {
					w.carry(from, to, gap[0], turned < straight)
					return true
				}
			}
		}
	}
	return false
}

// carry moves the part from one place to another to behind the stop at the place
// after, which is -1 for the front.
func (w *walk) carry(from, to, after int, turned bool) {
	part := slices.Clone(w.way[from : to+1])
	if turned {
		slices.Reverse(part)
	}
	length := len(part)
	low, high := from, to
	if after > to {
		copy(w.way[from:], w.way[to+1:after+1])
		copy(w.way[after-length+1:], part)
		high = after
	} else {
		copy(w.way[after+1+length:], w.way[after+1:from])
		copy(w.way[after+1:], part)
		low = after + 1
	}
	for i := low; i <= high; i++ {
		w.place[w.way[i]] = i
	}
}
