// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"container/heap"
	"math"

	"github.com/tocsin-alert/tocsin/geo"
)

// simplify gives a closed ring of at most most points, by taking away, again and
// again, the point whose triangle with its neighbours is smallest (Visvalingam
// and Whyatt, Line generalisation by repeated elimination of points, 1993). A
// point whose removal would make the ring cross itself is kept as long as there
// is another; when none is left the ring stays longer than asked.
func simplify(ring geo.Ring, most int) geo.Ring {
	n := len(ring) - 1 // without the closing point
	if n+1 <= most || n < 4 {
		return ring
	}
	nodes := make([]*corner, n)
	for i := range nodes {
		nodes[i] = &corner{point: ring[i]}
	}
	for i, c := range nodes {
		c.before, c.after = nodes[(i+n-1)%n], nodes[(i+1)%n]
	}
	queue := make(corners, 0, n)
	for _, c := range nodes {
		c.area = c.triangle()
		heap.Push(&queue, c)
	}
	left := n
	for left+1 > most && left > 3 && queue.Len() > 0 {
		c := heap.Pop(&queue).(*corner)
		if c.cutCrosses() {
			continue
		}
		c.before.after, c.after.before = c.after, c.before
		c.gone = true
		left--
		for _, neighbour := range []*corner{c.before, c.after} {
			// A neighbour is never smaller than what was taken before it.
			neighbour.area = math.Max(neighbour.triangle(), c.area)
			if neighbour.place >= 0 {
				heap.Fix(&queue, neighbour.place)
			} else {
				heap.Push(&queue, neighbour)
			}
		}
	}
	var simplified geo.Ring
	for _, c := range nodes {
		if !c.gone {
			simplified = append(simplified, c.point)
		}
	}
	return append(simplified, simplified[0])
}

// corner is a point of the ring that is being simplified.
type corner struct {
	point         geo.Point
	before, after *corner
	area          float64
	place         int // in the queue, -1 outside
	gone          bool
}

// triangle is the surface that goes with the corner, in no particular unit.
func (c *corner) triangle() float64 {
	return math.Abs(cross(c.before.point, c.point, c.after.point)) * math.Cos(c.point.Lat*math.Pi/180)
}

// cutCrosses reports whether the line from the point before to the point after
// meets another side of the ring.
func (c *corner) cutCrosses() bool {
	a, b := c.before, c.after
	for side := b.after; side != a && side.after != a; side = side.after {
		if meet(a.point, b.point, side.point, side.after.point) {
			return true
		}
	}
	return false
}

func cross(a, b, c geo.Point) float64 {
	return (b.Lon-a.Lon)*(c.Lat-a.Lat) - (b.Lat-a.Lat)*(c.Lon-a.Lon)
}

// meet reports whether two segments that share no end have a point in common.
func meet(a, b, c, d geo.Point) bool {
	d1, d2 := cross(a, b, c), cross(a, b, d)
	d3, d4 := cross(c, d, a), cross(c, d, b)
	return (d1 > 0) != (d2 > 0) && (d3 > 0) != (d4 > 0) || d1 == 0 && within(a, b, c) || d2 == 0 && within(a, b, d) ||
		d3 == 0 && within(c, d, a) || d4 == 0 && within(c, d, b)
}

func within(a, b, p geo.Point) bool {
	return min(a.Lon, b.Lon) <= p.Lon && p.Lon <= max(a.Lon, b.Lon) && min(a.Lat, b.Lat) <= p.Lat && p.Lat <= max(a.Lat, b.Lat)
}

// corners is a heap, the smallest triangle first.
type corners []*corner

func (q corners) Len() int           { return len(q) }
func (q corners) Less(i, j int) bool { return q[i].area < q[j].area }
func (q corners) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push implements heap.Interface.
func (q *corners) Push(x any) {
	c := x.(*corner)
	c.place = len(*q)
	*q = append(*q, c)
}

// Pop implements heap.Interface.
func (q *corners) Pop() any {
	old := *q
	c := old[len(old)-1]
	*q = old[:len(old)-1]
	c.place = -1
	return c
}
