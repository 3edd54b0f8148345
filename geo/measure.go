// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import "math"

const (
	// earthRadius is the mean radius R1 in metres (IUGG; Moritz, Geodetic Reference System 1980).
	earthRadius = 6371008.8
	// metresPerDegree is the length of one degree of latitude on that sphere.
	metresPerDegree = earthRadius * math.Pi / 180
)

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
func degrees(radians float64) float64 { return radians * 180 / math.Pi }

// Valid reports whether p is a position on the globe: finite, latitude -90 to
// 90, longitude -180 to 180.
func (p Point) Valid() bool {
	return math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180
}

// DistanceTo is the great circle distance in metres on the mean sphere; against
// the ellipsoid it is at most 0.6 % off.
func (p Point) DistanceTo(q Point) float64 {
	sinLat := math.Sin(radians(q.Lat-p.Lat) / 2)
	sinLon := math.Sin(radians(q.Lon-p.Lon) / 2)
	h := sinLat*sinLat + math.Cos(radians(p.Lat))*math.Cos(radians(q.Lat))*sinLon*sinLon
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}

// destination is the point at distance metres from p towards bearing, in
// radians clockwise from north.
func (p Point) destination(bearing, distance float64) Point {
	angle := distance / earthRadius
	sinLat, cosLat := math.Sincos(radians(p.Lat))
	sinAngle, cosAngle := math.Sincos(angle)
	sin := sinLat*cosAngle + cosLat*sinAngle*math.Cos(bearing)
	lon := radians(p.Lon) + math.Atan2(math.Sin(bearing)*sinAngle*cosLat, cosAngle-sinLat*sin)
	return Point{Lat: degrees(math.Asin(max(-1, min(1, sin)))), Lon: degrees(lon)}
}

// Ring is the circle drawn as a closed ring of n different points (at least
// three) on it, counterclockwise. Between its points the ring runs inside the
// circle, by at most radius·(1-cos(π/n)): 0.12 % of the radius for 64 points.
// The circle must pass ValidateArea.
func (c Circle) Ring(n int) Ring {
	n = max(n, 3)
	ring := make(Ring, 0, n+1)
	for i := range n {
		ring = append(ring, c.Center.destination(-2*math.Pi*float64(i)/float64(n), c.Radius))
	}
	return append(ring, ring[0])
}

// AreaKm2 is the circle's surface in square kilometres: a cap of the sphere.
func (c Circle) AreaKm2() float64 {
	half := math.Sin(c.Radius / earthRadius / 2)
	return 4 * math.Pi * earthRadius * earthRadius * half * half / 1e6
}

// AreaKm2 is the surface inside the ring in square kilometres, whichever way
// round it runs. It is measured in the cylindrical equal-area projection.
func (r Ring) AreaKm2() float64 {
	var sum float64
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		// Longitudes count from the ring's first point: small numbers keep their digits.
		ax, bx := radians(a.Lon-r[0].Lon), radians(b.Lon-r[0].Lon)
		sum += ax*math.Sin(radians(b.Lat)) - bx*math.Sin(radians(a.Lat))
	}
	return math.Abs(sum) / 2 * earthRadius * earthRadius / 1e6
}

// AreaKm2 is the surface of the outer ring less the holes.
func (p Polygon) AreaKm2() float64 {
	var sum float64
	for i, ring := range p {
		if i == 0 {
			sum += ring.AreaKm2()
		} else {
			sum -= ring.AreaKm2()
		}
	}
	return max(0, sum)
}

// AreaKm2 is the sum over the polygons, which should not overlap.
func (m MultiPolygon) AreaKm2() float64 {
	var sum float64
	for _, p := range m {
		sum += p.AreaKm2()
	}
	return sum
}

// BorderDistance is the distance in metres from p to the nearest point on any
// ring of m, whether p is inside or outside; +Inf if m has no ring. The ring's
// edges are straight in longitude and latitude (RFC 7946, section 3.1.1). The
// result is within 0.5 % up to 300 km.
func (m MultiPolygon) BorderDistance(p Point) float64 {
	best := math.Inf(1)
	for _, polygon := range m {
		for _, ring := range polygon {
			best = min(best, ring.borderDistance(p, best))
		}
	}
	return best
}

// borderDistance is the distance from p to the ring, or limit if that is nearer.
func (r Ring) borderDistance(p Point, limit float64) float64 {
	best := limit
	// Around p the plane of mid-latitude is true to scale: each end's longitude
	// difference shrinks by the cosine half way between p and it.
	flatten := func(q Point) (x, y float64) {
		return (q.Lon - p.Lon) * metresPerDegree * math.Cos(radians((q.Lat+p.Lat)/2)), (q.Lat - p.Lat) * metresPerDegree
	}
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		reach := best / metresPerDegree
		if a.Lat-p.Lat > reach && b.Lat-p.Lat > reach || p.Lat-a.Lat > reach && p.Lat-b.Lat > reach {
			continue
		}
		ax, ay := flatten(a)
		bx, by := flatten(b)
		best = min(best, originToSegment(ax, ay, bx, by))
	}
	return best
}

// originToSegment is the distance from (0, 0) to the segment a-b in the plane.
func originToSegment(ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	length := dx*dx + dy*dy
	t := 0.0
	if length > 0 {
		t = max(0, min(1, -(ax*dx+ay*dy)/length))
	}
	return math.Hypot(ax+t*dx, ay+t*dy)
}

// Box is a bounding box in degrees. The zero Box is not empty: start from
// EmptyBox.
type Box struct {
	South, West, North, East float64
}

// EmptyBox holds no point; Extend makes it grow.
func EmptyBox() Box {
	return Box{South: math.Inf(1), West: math.Inf(1), North: math.Inf(-1), East: math.Inf(-1)}
}

// Empty reports whether the box holds no point.
func (b Box) Empty() bool { return b.South > b.North || b.West > b.East }

// Extend returns the smallest box that holds b and p.
func (b Box) Extend(p Point) Box {
	return Box{min(b.South, p.Lat), min(b.West, p.Lon), max(b.North, p.Lat), max(b.East, p.Lon)}
}

// Union returns the smallest box that holds b and o.
func (b Box) Union(o Box) Box {
	return Box{min(b.South, o.South), min(b.West, o.West), max(b.North, o.North), max(b.East, o.East)}
}

// Contains reports whether p is in the box or on its edge.
func (b Box) Contains(p Point) bool {
	return b.South <= p.Lat && p.Lat <= b.North && b.West <= p.Lon && p.Lon <= b.East
}

// inside reports whether b lies in o.
func (b Box) inside(o Box) bool {
	return o.South <= b.South && b.North <= o.North && o.West <= b.West && b.East <= o.East
}

// Intersects reports whether the boxes share a point.
func (b Box) Intersects(o Box) bool {
	return b.South <= o.North && o.South <= b.North && b.West <= o.East && o.West <= b.East
}

// Box is the ring's bounding box.
func (r Ring) Box() Box {
	box := EmptyBox()
	for _, p := range r {
		box = box.Extend(p)
	}
	return box
}

// Box is the bounding box of all outer rings.
func (m MultiPolygon) Box() Box {
	box := EmptyBox()
	for _, p := range m {
		if len(p) > 0 {
			box = box.Union(p[0].Box())
		}
	}
	return box
}

// Box is the circle's bounding box. It may leave the ranges of latitude and
// longitude; ValidateArea refuses such a circle.
func (c Circle) Box() Box {
	angle := c.Radius / earthRadius
	lat := degrees(angle)
	lon := 180.0
	if s := math.Sin(angle) / math.Cos(radians(c.Center.Lat)); angle < math.Pi/2 && s > 0 && s < 1 {
		lon = degrees(math.Asin(s))
	}
	return Box{c.Center.Lat - lat, c.Center.Lon - lon, c.Center.Lat + lat, c.Center.Lon + lon}
}

// Middle is the centre of gravity of the largest polygon's outer ring, for small
// outlines such as of buildings, where the globe counts as flat. It may lie in a
// courtyard. It is false where nothing is enclosed, or a position cannot be.
func (m MultiPolygon) Middle() (Point, bool) {
	var middle Point
	largest := 0.0
	for _, polygon := range m {
		if len(polygon) == 0 || len(polygon[0]) < 3 {
			continue
		}
		ring := polygon[0]
		// From the first corner on, since the areas are small beside degrees.
		var area, lat, lon float64
		for i, b := range ring {
			a := ring[(i+len(ring)-1)%len(ring)]
			if !b.Valid() {
				return Point{}, false
			}
			ax, ay, bx, by := a.Lon-ring[0].Lon, a.Lat-ring[0].Lat, b.Lon-ring[0].Lon, b.Lat-ring[0].Lat
			cross := ax*by - bx*ay
			area += cross / 2
			lon += (ax + bx) * cross
			lat += (ay + by) * cross
		}
		if math.Abs(area) > largest {
			largest = math.Abs(area)
			middle = Point{Lat: ring[0].Lat + lat/(6*area), Lon: ring[0].Lon + lon/(6*area)}
		}
	}
	return middle, largest > 0 && middle.Valid()
}
