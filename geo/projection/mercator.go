// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import "math"

// mercator is the transverse Mercator projection (EPSG method 9807) by Krüger's
// series to n^6: C. F. F. Karney, Transverse Mercator with an accuracy of a few
// nanometers, Journal of Geodesy 85 (2011), section 3. Its error is below 5 nm
// up to 3900 km from the central meridian.
type mercator struct {
	ellipsoid    ellipsoid
	meridian     float64    // degrees
	falseEasting float64    // metres
	radius       float64    // of the rectifying sphere, times the scale, in metres
	alpha, beta  [6]float64 // Karney's equations 35 and 36
}

func newMercator(e ellipsoid, meridian, scale, falseEasting float64) *mercator {
	n := e.flattening / (2 - e.flattening)
	return &mercator{
		ellipsoid:    e,
		meridian:     meridian,
		falseEasting: falseEasting,
		radius:       scale * e.semiMajor / (1 + n) * polynomial(n*n, 1, 1./4, 1./64, 1./256),
		alpha: [6]float64{
			polynomial(n, 0, 1./2, -2./3, 5./16, 41./180, -127./288, 7891./37800),
			polynomial(n, 0, 0, 13./48, -3./5, 557./1440, 281./630, -1983433./1935360),
			polynomial(n, 0, 0, 0, 61./240, -103./140, 15061./26880, 167603./181440),
			polynomial(n, 0, 0, 0, 0, 49561./161280, -179./168, 6601661./7257600),
			polynomial(n, 0, 0, 0, 0, 0, 34729./80640, -3418889./1995840),
			polynomial(n, 0, 0, 0, 0, 0, 0, 212378941./319334400),
		},
		beta: [6]float64{
			polynomial(n, 0, 1./2, -2./3, 37./96, -1./360, -81./512, 96199./604800),
			polynomial(n, 0, 0, 1./48, 1./15, -437./1440, 46./105, -1118711./3870720),
			polynomial(n, 0, 0, 0, 17./480, -37./840, -209./4480, 5569./90720),
			polynomial(n, 0, 0, 0, 0, 4397./161280, -11./504, -830251./7257600),
			polynomial(n, 0, 0, 0, 0, 0, 4583./161280, -108847./3991680),
			polynomial(n, 0, 0, 0, 0, 0, 0, 20648693./638668800),
		},
	}
}

// polynomial is c[0] + c[1] x + c[2] x² + ...
func polynomial(x float64, c ...float64) float64 {
	sum := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		sum = sum*x + c[i]
	}
	return sum
}

func (m *mercator) project(lat, lon float64) Coordinate {
	tau := m.ellipsoid.conformal(math.Tan(radians(lat)))
	sin, cos := math.Sincos(radians(lon - m.meridian))
	xi, eta := math.Atan2(tau, cos), math.Asinh(sin/math.Hypot(tau, cos))
	dXi, dEta := series(&m.alpha, xi, eta)
	return Coordinate{Easting: m.falseEasting + m.radius*(eta+dEta), Northing: m.radius * (xi + dXi)}
}

func (m *mercator) unproject(c Coordinate) (lat, lon float64) {
	xi, eta := c.Northing/m.radius, (c.Easting-m.falseEasting)/m.radius
	if math.Abs(xi) > math.Pi/2 || math.Abs(eta) > 1 {
		// Beyond a pole or 6000 km from the meridian the series says nothing,
		// and what it says could lie in the area of use.
		return math.NaN(), math.NaN()
	}
	dXi, dEta := series(&m.beta, xi, eta)
	xi, eta = xi-dXi, eta-dEta
	sinh := math.Sinh(eta)
	sin, cos := math.Sincos(xi)
	tau := m.ellipsoid.geodetic(sin / math.Hypot(sinh, cos))
	return degrees(math.Atan(tau)), m.meridian + degrees(math.Atan2(sinh, cos))
}

// series is the sum over j of c[j] sin(2j(ξ + iη)), real and imaginary part.
func series(c *[6]float64, xi, eta float64) (dXi, dEta float64) {
	for i, factor := range c {
		j := float64(2 * (i + 1))
		sin, cos := math.Sincos(j * xi)
		dXi += factor * sin * math.Cosh(j*eta)
		dEta += factor * cos * math.Sinh(j*eta)
	}
	return dXi, dEta
}
