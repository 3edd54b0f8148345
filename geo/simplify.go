// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

// Simplify leaves out points so that no ring moves by more than tolerance metres
// (Douglas and Peucker, 1973). Rings keep at least four points. A tolerance of 0
// or less returns m itself. Neighbours that share a border keep no promise of
// still sharing it: for drawing, not for deciding.
func (m MultiPolygon) Simplify(tolerance float64) MultiPolygon {
	if tolerance <= 0 {
		return m
	}
	out := make(MultiPolygon, 0, len(m))
	for _, polygon := range m {
		simple := make(Polygon, 0, len(polygon))
		for _, ring := range polygon {
			simple = append(simple, ring.Simplify(tolerance))
		}
		out = append(out, simple)
	}
	return out
}

// Simplify leaves out points so that the ring moves by at most tolerance metres.
func (r Ring) Simplify(tolerance float64) Ring {
	if len(r) <= 4 || tolerance <= 0 {
		return r
	}
	// The ring is cut at its first point and at the one farthest from it.
	far := 0
	for i := range r {
		if r[0].DistanceTo(r[i]) > r[0].DistanceTo(r[far]) {
			far = i
		}
	}
	keep := make([]bool, len(r))
	keep[0], keep[far], keep[len(r)-1] = true, true, true
	r.thin(keep, 0, far, tolerance)
	r.thin(keep, far, len(r)-1, tolerance)
	var out Ring
	for i, p := range r {
		if keep[i] {
			out = append(out, p)
		}
	}
	if len(out) < 4 {
		return r
	}
	return out
}

// thin marks the points to keep between first and last, which are kept.
func (r Ring) thin(keep []bool, first, last int, tolerance float64) {
	worst, distance := -1, tolerance
	for i := first + 1; i < last; i++ {
		line := Ring{r[first], r[last]}
		if d := line.borderDistance(r[i], maxDistance); d > distance {
			worst, distance = i, d
		}
	}
	if worst >= 0 {
		keep[worst] = true
		r.thin(keep, first, worst, tolerance)
		r.thin(keep, worst, last, tolerance)
	}
}

// maxDistance is longer than any way on Earth, in metres.
const maxDistance = 1e8
