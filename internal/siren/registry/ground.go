// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"cmp"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
)

// Ground is what is known of the ground on which sirens stand. It is for use by
// one goroutine.
type Ground struct {
	gazetteer *geo.Gazetteer
	territory []geo.ARS
	accuracy  float64     // of the outlines, in metres
	places    []geo.Place // by latitude; made when asked for
}

// NewGround joins regions and places with an authority's territory.
func NewGround(g *geo.Gazetteer, territory []geo.ARS) *Ground {
	ground := &Ground{gazetteer: g, territory: territory}
	for _, region := range g.Regions().All() {
		ground.accuracy = max(ground.accuracy, region.Accuracy)
	}
	return ground
}

// metresPerDegree is the length of a degree of latitude.
const metresPerDegree = 111_195

// around are points about a distance in metres away from p, on all sides.
func around(p geo.Point, distance float64) []geo.Point {
	const sides = 12
	points := make([]geo.Point, 0, sides)
	for i := range sides {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / sides)
		points = append(points, geo.Point{
			Lat: p.Lat + cos*distance/metresPerDegree,
			Lon: p.Lon + sin*distance/metresPerDegree/max(0.01, math.Cos(p.Lat*math.Pi/180)),
		})
	}
	return points
}

// own reports whether a region lies in the territory.
func (g *Ground) own(key geo.ARS) bool {
	return slices.ContainsFunc(g.territory, func(t geo.ARS) bool { return t.Contains(key) })
}

// at is the region of a position: the smallest one known. Near a border, within
// the accuracy of the outlines, it is the territory's.
func (g *Ground) at(p geo.Point) (key geo.ARS, own bool) {
	key = g.locate(p)
	if key != "" && g.own(key) {
		return key, true
	}
	for _, near := range around(p, g.accuracy) {
		if region, ok := g.gazetteer.Regions().At(near); ok && g.own(region.ARS) {
			return g.locate(near), true
		}
	}
	return key, false
}

// fits reports whether a position can be in a region, as well as the outlines tell.
func (g *Ground) fits(p geo.Point, key geo.ARS) bool {
	for _, near := range append(around(p, g.accuracy), p) {
		region, ok := g.gazetteer.Regions().At(near)
		if ok && (region.ARS.Contains(key) || key.Contains(region.ARS)) {
			return true
		}
	}
	return false
}

// Stands reports whether a siren of a region of the territory can stand at a position.
func (g *Ground) Stands(p geo.Point, key geo.ARS) bool {
	_, own := g.at(p)
	return own && g.fits(p, key)
}

// name is the name of a region, or its key.
func (g *Ground) name(key geo.ARS) string {
	if region, ok := g.gazetteer.Regions().Lookup(key); ok {
		return region.Name
	}
	if region, ok := g.gazetteer.Regions().Lookup(key.Kreis()); ok {
		return region.Name
	}
	return string(key)
}

// locate is the region of a position, as geo.Gazetteer.Locate gives it, for many
// positions.
func (g *Ground) locate(p geo.Point) geo.ARS {
	region, ok := g.gazetteer.Regions().At(p)
	if !ok || region.ARS.Kreis() != "" {
		return region.ARS
	}
	if place, ok := g.nearest(p, region.ARS); ok {
		return place.ARS
	}
	return region.ARS
}

// place is the name of the nearest place, empty if none is within reach.
func (g *Ground) place(p geo.Point) string {
	place, _ := g.nearest(p, geo.Federation)
	return place.Name
}

// reach is how far a place may be that names a siren or its region, in metres.
const reach = 20_000.0

// nearest is the nearest place in a region within reach.
func (g *Ground) nearest(p geo.Point, within geo.ARS) (geo.Place, bool) {
	if g.places == nil {
		g.places = g.gazetteer.Places()
		slices.SortFunc(g.places, func(a, b geo.Place) int { return cmp.Compare(a.Point.Lat, b.Point.Lat) })
	}
	best, found := reach, -1
	look := func(i int) (further bool) {
		place := g.places[i]
		if math.Abs(place.Point.Lat-p.Lat)*metresPerDegree > best {
			return false
		}
		if d := p.DistanceTo(place.Point); d < best && within.Contains(place.ARS) {
			best, found = d, i
		}
		return true
	}
	middle, _ := slices.BinarySearchFunc(g.places, p.Lat, func(a geo.Place, lat float64) int { return cmp.Compare(a.Point.Lat, lat) })
	for i := middle; i < len(g.places) && look(i); i++ {
	}
	for i := middle - 1; i >= 0 && look(i); i-- {
	}
	if found < 0 {
		return geo.Place{}, false
	}
	return g.places[found], true
}
