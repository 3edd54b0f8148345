// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import "math"

// ellipsoid is an ellipsoid of revolution.
type ellipsoid struct {
	semiMajor  float64 // metres
	flattening float64
}

var (
	// grs80 is EPSG:7019, of ETRS89. WGS 84's differs by 0.1 mm at the poles.
	grs80 = ellipsoid{6378137, 1 / 298.257222101}
	// bessel is Bessel 1841, EPSG:7004, of DHDN.
	bessel = ellipsoid{6377397.155, 1 / 299.1528128}
)

// squared is the square of the first eccentricity.
func (e ellipsoid) squared() float64 { return e.flattening * (2 - e.flattening) }

// conformal gives the tangent of the conformal latitude from that of the
// geodetic one: Karney 2011, equations 7 to 9.
func (e ellipsoid) conformal(tau float64) float64 {
	eccentricity := math.Sqrt(e.squared())
	secant := math.Hypot(1, tau)
	sigma := math.Sinh(eccentricity * math.Atanh(eccentricity*tau/secant))
	return tau*math.Hypot(1, sigma) - sigma*secant
}

// geodetic undoes conformal by Newton's method: Karney 2011, equations 19 to
// 21. Two steps reach the limit of float64 from this start; the third is cheap.
func (e ellipsoid) geodetic(conformal float64) float64 {
	rest := 1 - e.squared()
	tau := conformal / rest
	for range 3 {
		got := e.conformal(tau)
		tau += (conformal - got) / math.Hypot(1, got) * (1 + rest*tau*tau) / (rest * math.Hypot(1, tau))
	}
	return tau
}

// authalic is Snyder's q (equation 3-12) of a latitude's sine.
func (e ellipsoid) authalic(sin float64) float64 {
	eccentricity := math.Sqrt(e.squared())
	return (1 - e.squared()) * (sin/(1-e.squared()*sin*sin) + math.Atanh(eccentricity*sin)/eccentricity)
}

// fromAuthalic is the latitude in radians whose q is given, by Snyder's
// iteration (equation 3-16), which doubles the right digits with each step.
func (e ellipsoid) fromAuthalic(q float64) float64 {
	lat := math.Asin(q / 2)
	for range 5 {
		sin, cos := math.Sincos(lat)
		rest := 1 - e.squared()*sin*sin
		lat += rest * rest / (2 * cos * (1 - e.squared())) * (q - e.authalic(sin))
	}
	return lat
}

// cartesian gives the geocentric position in metres of a point on the ellipsoid.
func (e ellipsoid) cartesian(lat, lon float64) [3]float64 {
	sinLat, cosLat := math.Sincos(radians(lat))
	sinLon, cosLon := math.Sincos(radians(lon))
	normal := e.semiMajor / math.Sqrt(1-e.squared()*sinLat*sinLat)
	return [3]float64{normal * cosLat * cosLon, normal * cosLat * sinLon, normal * (1 - e.squared()) * sinLat}
}

// geographic gives the latitude and longitude in degrees under a geocentric
// position, by Bowring's formula (Survey Review 23, 1976), which is exact to
// nanometres within kilometres of the ellipsoid.
func (e ellipsoid) geographic(at [3]float64) (lat, lon float64) {
	semiMinor := e.semiMajor * (1 - e.flattening)
	axis := math.Hypot(at[0], at[1])
	sin, cos := math.Sincos(math.Atan2(at[2]*e.semiMajor, axis*semiMinor))
	lat = math.Atan2(at[2]+e.squared()/(1-e.squared())*semiMinor*sin*sin*sin, axis-e.squared()*e.semiMajor*cos*cos*cos)
	return degrees(lat), degrees(math.Atan2(at[1], at[0]))
}
