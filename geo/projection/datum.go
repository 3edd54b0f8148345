// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import (
	"fmt"
	"math"

	"github.com/tocsin-alert/tocsin/geo"
)

// DHDN is a position in degrees on the Deutsches Hauptdreiecksnetz (EPSG:4314,
// Bessel 1841), on which Gauß-Krüger stands. The same place has other numbers on
// ETRS89, by 90 to 240 m.
//
// The shift is EPSG:1777 (DHDN to WGS 84; 1776 to ETRS89 is the same): seven
// parameters for the former West Germany, where EPSG states 3 m. Against the
// surveyors' grid BETA2007, east and west, it is 1 m off in the middle of all
// cases, below 3 m in 99 of 100, 3.5 m at most. Who needs decimetres needs that
// grid, which is not used here.
type DHDN struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// ToDHDN gives the position on DHDN of one on ETRS89. Outside Germany it fails
// with an OutsideError.
func ToDHDN(p geo.Point) (DHDN, error) {
	if !germany.Contains(p) {
		return DHDN{}, &OutsideError{System: "DHDN", Area: germany, Position: fmt.Sprintf("latitude %.8g, longitude %.8g", p.Lat, p.Lon)}
	}
	return toDHDN(p), nil
}

// ETRS89 gives the position on ETRS89. Outside Germany it fails with an
// OutsideError; d.ETRS89 undoes ToDHDN to within 1e-9 degrees.
func (d DHDN) ETRS89() (geo.Point, error) {
	p := d.etrs89()
	if math.Abs(d.Lat) > 90 || math.Abs(d.Lon) > 180 || !padded(germany).Contains(p) {
		return geo.Point{}, &OutsideError{System: "DHDN", Area: germany, Position: fmt.Sprintf("latitude %.8g, longitude %.8g on DHDN", d.Lat, d.Lon)}
	}
	return p, nil
}

// The parameters of EPSG:1777, a position vector transformation (method 9606).
const (
	shiftX, shiftY, shiftZ = 598.1, 73.7, 418.2 // metres
	arcSecond              = math.Pi / 180 / 3600
	turnX, turnY, turnZ    = 0.202 * arcSecond, 0.045 * arcSecond, -2.455 * arcSecond // radians
	growth                 = 1 + 6.7e-6
)

// etrs89 takes the point as lying on Bessel's ellipsoid and drops the height
// above GRS 80 that it then has, as maps do.
func (d DHDN) etrs89() geo.Point {
	v := bessel.cartesian(d.Lat, d.Lon)
	lat, lon := grs80.geographic([3]float64{
		shiftX + growth*(v[0]-turnZ*v[1]+turnY*v[2]),
		shiftY + growth*(turnZ*v[0]+v[1]-turnX*v[2]),
		shiftZ + growth*(-turnY*v[0]+turnX*v[1]+v[2]),
	})
	return geo.Point{Lat: lat, Lon: lon}
}

// toDHDN undoes etrs89 by iteration. The parameters with their signs turned
// would not: the height that was dropped and the small angles, taken as their
// own sines, leave about a millimetre. The shift hardly changes with the
// place, so each step gains four digits.
func toDHDN(p geo.Point) DHDN {
	d := DHDN(p)
	for range 4 {
		got := d.etrs89()
		d.Lat += p.Lat - got.Lat
		d.Lon += p.Lon - got.Lon
	}
	return d
}
