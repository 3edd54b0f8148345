// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"cmp"
	"slices"

	"github.com/tocsin-alert/tocsin/cap"
)

// mostPairs is how many pairs of edges crossing compares in one polygon. Real
// outlines of 20,000 points need fewer; only a tangle needs more.
const mostPairs = 4_000_000

// edge is a side of a polygon from its point number at, counted from 1.
type edge struct {
	a, b cap.Point
	at   int
}

// crossing finds two edges of a closed ring that meet elsewhere than at a point
// that both have, and gives the numbers of the points at which they start. It
// compares edges whose longitudes overlap, from west to east. Not complete
// means that it gave up before it had found any.
func crossing(p cap.Polygon) (one, other int, found, complete bool) {
	edges := make([]edge, 0, len(p)-1)
	for i := 1; i < len(p); i++ {
		if a, b := p[i-1], p[i]; a != b {
			if a.Lon > b.Lon {
				a, b = b, a
			}
			edges = append(edges, edge{a, b, i})
		}
	}
	slices.SortFunc(edges, func(x, y edge) int { return cmp.Compare(x.a.Lon, y.a.Lon) })
	pairs := 0
	var open []edge
	for _, next := range edges {
		open = slices.DeleteFunc(open, func(e edge) bool { return e.b.Lon < next.a.Lon })
		for _, e := range open {
			if pairs++; pairs > mostPairs {
				return 0, 0, false, false
			}
			if meet(e, next) {
				return min(e.at, next.at), max(e.at, next.at), true, true
			}
		}
		open = append(open, next)
	}
	return 0, 0, false, true
}

// meet reports whether two edges have a point in common, other than an end that
// both have.
func meet(e, f edge) bool {
	if max(e.a.Lat, e.b.Lat) < min(f.a.Lat, f.b.Lat) || max(f.a.Lat, f.b.Lat) < min(e.a.Lat, e.b.Lat) {
		return false
	}
	if e.a == f.a || e.a == f.b || e.b == f.a || e.b == f.b {
		return overlap(e, f)
	}
	s1, s2 := side(e.a, e.b, f.a), side(e.a, e.b, f.b)
	s3, s4 := side(f.a, f.b, e.a), side(f.a, f.b, e.b)
	if s1*s2 < 0 && s3*s4 < 0 {
		return true
	}
	return s1 == 0 && within(e, f.a) || s2 == 0 && within(e, f.b) || s3 == 0 && within(f, e.a) || s4 == 0 && within(f, e.b)
}

// overlap reports whether two edges with a common end run along each other.
func overlap(e, f edge) bool {
	common, p, q := e.a, e.b, f.b
	switch {
	case e.a == f.a:
	case e.a == f.b:
		q = f.a
	case e.b == f.a:
		common, p = e.b, e.a
	default:
		common, p, q = e.b, e.a, f.a
	}
	along := (p.Lat-common.Lat)*(q.Lat-common.Lat) + (p.Lon-common.Lon)*(q.Lon-common.Lon)
	return along > 0 && side(common, p, q) == 0
}

// side is on which side of the line from a to b the point lies: 1, -1, or 0 on it.
func side(a, b, point cap.Point) int {
	left := (b.Lon - a.Lon) * (point.Lat - a.Lat)
	right := (b.Lat - a.Lat) * (point.Lon - a.Lon)
	return cmp.Compare(left, right)
}

// within reports whether a point on the line of an edge lies between its ends.
func within(e edge, p cap.Point) bool {
	return p.Lon >= e.a.Lon && p.Lon <= e.b.Lon &&
		p.Lat >= min(e.a.Lat, e.b.Lat) && p.Lat <= max(e.a.Lat, e.b.Lat)
}
