// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import "math"

// equalArea is Lambert's azimuthal equal-area projection of an ellipsoid (EPSG
// method 9820): J. P. Snyder, Map Projections, a Working Manual, USGS
// Professional Paper 1395 (1987), pages 187 to 190. Latitudes come back from
// authalic ones by iteration (equation 3-16), not by the series, which is good
// only to 0.01 mm.
type equalArea struct {
	ellipsoid        ellipsoid
	meridian         float64    // degrees
	origin           Coordinate // false easting and northing
	qPole            float64
	radius           float64 // of the authalic sphere, in metres
	stretch          float64 // Snyder's D
	sinBeta, cosBeta float64 // of the origin's authalic latitude
}

func newEqualArea(e ellipsoid, lat, lon float64, origin Coordinate) *equalArea {
	sin, cos := math.Sincos(radians(lat))
	qPole := e.authalic(1)
	sinBeta := e.authalic(sin) / qPole
	cosBeta := math.Sqrt(1 - sinBeta*sinBeta)
	radius := e.semiMajor * math.Sqrt(qPole/2)
	return &equalArea{
		ellipsoid: e,
		meridian:  lon,
		origin:    origin,
		qPole:     qPole,
		radius:    radius,
		stretch:   e.semiMajor * cos / (math.Sqrt(1-e.squared()*sin*sin) * radius * cosBeta),
		sinBeta:   sinBeta,
		cosBeta:   cosBeta,
	}
}

func (a *equalArea) project(lat, lon float64) Coordinate {
	sinBeta := a.ellipsoid.authalic(math.Sin(radians(lat))) / a.qPole
	cosBeta := math.Sqrt(max(0, 1-sinBeta*sinBeta))
	sin, cos := math.Sincos(radians(lon - a.meridian))
	b := a.radius * math.Sqrt(2/(1+a.sinBeta*sinBeta+a.cosBeta*cosBeta*cos))
	return Coordinate{
		Easting:  a.origin.Easting + b*a.stretch*cosBeta*sin,
		Northing: a.origin.Northing + b/a.stretch*(a.cosBeta*sinBeta-a.sinBeta*cosBeta*cos),
	}
}

func (a *equalArea) unproject(c Coordinate) (lat, lon float64) {
	x, y := (c.Easting-a.origin.Easting)/a.stretch, (c.Northing-a.origin.Northing)*a.stretch
	// With c the angle from the origin, ρ = 2R sin(c/2); beyond the antipode the
	// arc sine is NaN. sin c/ρ is written as cos(c/2)/R, which holds at ρ = 0 too.
	half := math.Asin(math.Hypot(x, y) / (2 * a.radius))
	sinByRho, cos := math.Cos(half)/a.radius, math.Cos(2*half)
	sinBeta := cos*a.sinBeta + y*sinByRho*a.cosBeta
	lat = a.ellipsoid.fromAuthalic(a.qPole * sinBeta)
	return degrees(lat), a.meridian + degrees(math.Atan2(x*sinByRho, a.cosBeta*cos-y*sinByRho*a.sinBeta))
}
