// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package boundaries

import (
	"math"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/geopackage"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/reference"
)

// ring is a closed ring of a file, with what is asked of it often.
type ring struct {
	points                   []projection.Coordinate
	area                     float64 // above zero if it runs counterclockwise
	west, south, east, north float64
}

// newRing closes the ring and measures it. It is false for a sliver, which
// encloses nothing. The measure is in the file's own unit, metres or degrees.
func newRing(points []projection.Coordinate) (ring, bool) {
	r := ring{west: math.Inf(1), south: math.Inf(1), east: math.Inf(-1), north: math.Inf(-1)}
	if n := len(points); n > 0 && points[0] != points[n-1] {
		points = append(points[:n:n], points[0])
	}
	r.points = points
	if len(points) < 4 {
		return r, false
	}
	length := 0.0
	origin := points[0]
	for i, b := range points {
		r.west, r.east = min(r.west, b.Easting), max(r.east, b.Easting)
		r.south, r.north = min(r.south, b.Northing), max(r.north, b.Northing)
		if i > 0 {
			a := points[i-1]
			length += math.Hypot(b.Easting-a.Easting, b.Northing-a.Northing)
			r.area += ((a.Easting-origin.Easting)*(b.Northing-origin.Northing) - (b.Easting-origin.Easting)*(a.Northing-origin.Northing)) / 2
		}
	}
	width := 2 * math.Abs(r.area) / length // of a long thin ring
	const least = 0.1
	if math.Max(math.Abs(r.east), math.Abs(r.north)) <= 360 {
		width *= 111_000 // degrees
	}
	return r, length != 0 && !(width < least) // what is not a number is refused with its reason later
}

// holds reports whether p is inside the ring.
func (r ring) holds(p projection.Coordinate) bool {
	if p.Easting < r.west || p.Easting > r.east || p.Northing < r.south || p.Northing > r.north {
		return false
	}
	inside := false
	for i := 1; i < len(r.points); i++ {
		a, b := r.points[i-1], r.points[i]
		if (a.Northing > p.Northing) != (b.Northing > p.Northing) && p.Easting < a.Easting+(p.Northing-a.Northing)/(b.Northing-a.Northing)*(b.Easting-a.Easting) {
			inside = !inside
		}
	}
	return inside
}

// nest makes polygons of a shapefile's rings, which does not say which belong
// together: each hole goes to the smallest outer ring that holds it. In a shape
// of holes only, all rings run the wrong way and are outer rings. A hole in no
// outer ring, as coarse simplification leaves it, takes nothing away.
func (r *reading) nest(rings [][]projection.Coordinate) [][]ring {
	var outers, holes []ring
	for _, points := range rings {
		one, ok := newRing(points)
		switch {
		case !ok:
			r.report.Slivers++
		case one.area > 0:
			holes = append(holes, one)
		default:
			outers = append(outers, one)
		}
	}
	if len(outers) == 0 && len(holes) > 0 {
		r.report.Turned++
		outers, holes = holes, nil
	}
	polygons := make([][]ring, 0, len(outers))
	for _, outer := range outers {
		polygons = append(polygons, []ring{outer})
	}
	for _, hole := range holes {
		best := -1
		for i, outer := range outers {
			if (best < 0 || -outer.area < -outers[best].area) && -outer.area >= hole.area && outer.holds(hole.inside()) {
				best = i
			}
		}
		if best < 0 {
			r.report.Strayed++
			continue
		}
		polygons[best] = append(polygons[best], hole)
	}
	return polygons
}

// inside is a point inside the ring or on its edge, but on no corner: corners of
// a hole may lie on the outer ring.
func (r ring) inside() projection.Coordinate {
	a, b := r.points[0], r.points[1]
	return projection.Coordinate{Easting: (a.Easting + b.Easting) / 2, Northing: (a.Northing + b.Northing) / 2}
}

// trim closes the rings of polygons and leaves out slivers.
func (r *reading) trim(polygons []geopackage.Polygon) [][]ring {
	var out [][]ring
	for _, polygon := range polygons {
		var kept []ring
		for i, points := range polygon {
			one, ok := newRing(points)
			if !ok {
				r.report.Slivers++
				if i == 0 {
					break // and its holes with it
				}
				continue
			}
			kept = append(kept, one)
		}
		if len(kept) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

// outline gives the polygons in degrees, or says in a few words why it cannot.
func (r *reading) outline(ref reference.System, polygons [][]ring) (geo.MultiPolygon, string) {
	if len(polygons) == 0 {
		return nil, "it has no geometry"
	}
	outline := make(geo.MultiPolygon, 0, len(polygons))
	for _, rings := range polygons {
		polygon := make(geo.Polygon, 0, len(rings))
		for _, one := range rings {
			points := make(geo.Ring, len(one.points))
			for i, c := range one.points {
				p, err := ref.Point(c)
				if err != nil {
					return nil, err.Error()
				}
				points[i] = p
			}
			points[len(points)-1] = points[0]
			polygon = append(polygon, points)
		}
		outline = append(outline, polygon)
	}
	return outline, ""
}
