// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"math"
	"math/big"
)

// turn tells on which side of the line a-b the point c lies: 1 left, -1 right,
// 0 exactly on it. It is exact: where float64 cannot decide, rational numbers do.
func turn(a, b, c Point) int {
	left := (b.Lon - a.Lon) * (c.Lat - a.Lat)
	right := (b.Lat - a.Lat) * (c.Lon - a.Lon)
	det := left - right
	// The bound of Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997),
	// section 4.3: above it the sign of det is right. Below the normal range the
	// bound does not hold.
	const bound = 3.3306690738754716e-16
	if size := math.Abs(left) + math.Abs(right); math.Abs(det) > bound*size && size > 1e-290 {
		return sign(det)
	}
	rat := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	diff := func(x, y float64) *big.Rat { return new(big.Rat).Sub(rat(x), rat(y)) }
	exactLeft := new(big.Rat).Mul(diff(b.Lon, a.Lon), diff(c.Lat, a.Lat))
	exactRight := new(big.Rat).Mul(diff(b.Lat, a.Lat), diff(c.Lon, a.Lon))
	return exactLeft.Cmp(exactRight)
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	default:
		return 0
	}
}

// onSegment reports whether c, known to be on the line a-b, lies between them.
func onSegment(a, b, c Point) bool {
	return min(a.Lon, b.Lon) <= c.Lon && c.Lon <= max(a.Lon, b.Lon) &&
		min(a.Lat, b.Lat) <= c.Lat && c.Lat <= max(a.Lat, b.Lat)
}

// segmentsMeet reports whether the closed segments a-b and c-d share a point.
func segmentsMeet(a, b, c, d Point) bool {
	if max(a.Lon, b.Lon) < min(c.Lon, d.Lon) || max(c.Lon, d.Lon) < min(a.Lon, b.Lon) ||
		max(a.Lat, b.Lat) < min(c.Lat, d.Lat) || max(c.Lat, d.Lat) < min(a.Lat, b.Lat) {
		return false
	}
	c1, d1 := turn(a, b, c), turn(a, b, d)
	a2, b2 := turn(c, d, a), turn(c, d, b)
	if c1*d1 < 0 && a2*b2 < 0 {
		return true
	}
	return c1 == 0 && onSegment(a, b, c) || d1 == 0 && onSegment(a, b, d) ||
		a2 == 0 && onSegment(c, d, a) || b2 == 0 && onSegment(c, d, b)
}

// crossing finds the first place where a closed ring crosses or touches itself,
// or runs back along itself: the numbers of two edges, counted from 0 by their
// first point. Points repeated one after another do no harm. It looks at every
// pair of edges: meant for the rings people draw, up to some thousand points.
func (r Ring) crossing() (first, second int, found bool) {
	points := make([]Point, 0, len(r))
	index := make([]int, 0, len(r))
	for i := range len(r) - 1 {
		if len(points) == 0 || points[len(points)-1] != r[i] {
			points, index = append(points, r[i]), append(index, i)
		}
	}
	for len(points) > 1 && points[len(points)-1] == points[0] {
		points, index = points[:len(points)-1], index[:len(index)-1]
	}
	n := len(points)
	at := func(i int) Point { return points[i%n] }
	for i := range n {
		for j := i + 1; j < n; j++ {
			a, b, c, d := at(i), at(i+1), at(j), at(j+1)
			var meet bool
			switch {
			case j == i+1: // the edges share b
				meet = runsBack(a, b, d)
			case i == 0 && j == n-1: // they share a
				meet = runsBack(c, d, b)
			default:
				meet = segmentsMeet(a, b, c, d)
			}
			if meet {
				return index[i], index[j], true
			}
		}
	}
	return 0, 0, false
}

// runsBack reports whether the way a-b-c turns round at b and covers a part of
// itself again.
func runsBack(a, b, c Point) bool {
	if turn(a, b, c) != 0 {
		return false
	}
	// On one line the way goes on if b lies between its neighbours.
	return !onSegment(a, c, b)
}
