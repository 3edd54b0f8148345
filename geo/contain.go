// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

// Contains reports whether p is inside the ring by the even-odd rule. A point
// exactly on the ring may count as either.
func (r Ring) Contains(p Point) bool {
	inside := false
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if (a.Lat > p.Lat) == (b.Lat > p.Lat) {
			continue
		}
		if p.Lon < a.Lon+(p.Lat-a.Lat)/(b.Lat-a.Lat)*(b.Lon-a.Lon) {
			inside = !inside
		}
	}
	return inside
}

// Contains reports whether p is inside the outer ring and in none of the holes.
func (p Polygon) Contains(q Point) bool {
	if len(p) == 0 || !p[0].Contains(q) {
		return false
	}
	for _, hole := range p[1:] {
		if hole.Contains(q) {
			return false
		}
	}
	return true
}

// Contains reports whether one of the polygons contains q.
func (m MultiPolygon) Contains(q Point) bool {
	for _, p := range m {
		if p.Contains(q) {
			return true
		}
	}
	return false
}

// Contains reports whether p is at most the radius away from the centre.
func (c Circle) Contains(p Point) bool {
	return c.Center.DistanceTo(p) <= c.Radius
}

// ContainsPoint reports whether p is in one of the area's circles or polygons.
// The area's regions are not looked at: see ContainsARS and Regions.Covers.
func (a Area) ContainsPoint(p Point) bool {
	for _, c := range a.Circles {
		if c.Contains(p) {
			return true
		}
	}
	for _, r := range a.Polygons {
		if r.Contains(p) {
			return true
		}
	}
	return false
}

// ContainsARS reports whether one of the area's regions holds ars. The area's
// circles and polygons are not looked at.
func (a Area) ContainsARS(ars ARS) bool {
	return ars.within(a.ARS)
}

// outline is a MultiPolygon with the boxes that make looking at it cheap.
type outline struct {
	polygons MultiPolygon
	boxes    []Box
	box      Box
}

func newOutline(m MultiPolygon) *outline {
	o := &outline{polygons: m, box: m.Box()}
	for _, p := range m {
		o.boxes = append(o.boxes, MultiPolygon{p}.Box())
	}
	return o
}

func (o *outline) contains(p Point) bool {
	if !o.box.Contains(p) {
		return false
	}
	for i, polygon := range o.polygons {
		if o.boxes[i].Contains(p) && polygon.Contains(p) {
			return true
		}
	}
	return false
}

// reaches reports whether a corner of o is in the other outline or at most so
// many metres outside it.
func (o *outline) reaches(other *outline, metres float64) bool {
	for _, polygon := range o.polygons {
		for _, ring := range polygon {
			// One corner in the outline is enough, and nearly always the first is.
			for _, p := range ring {
				if other.contains(p) {
					return true
				}
			}
		}
	}
	for _, polygon := range o.polygons {
		if len(polygon) > 0 && len(polygon[0]) > 0 && other.polygons.BorderDistance(polygon[0][0]) <= metres {
			return true
		}
	}
	return false
}
