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
	key, _ = g.gazetteer.Locate(p)
	if key != "" && g.own(key) {
		return key, true
	}
	for _, near := range around(p, g.accuracy) {
		if region, ok := g.gazetteer.Regions().At(near); ok && g.own(region.ARS) {
			other, _ := g.gazetteer.Locate(near)
			return other, true
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

// place is the name of the nearest place, empty if none is within 20 km.
func (g *Ground) place(p geo.Point) string {
	if g.places == nil {
		g.places = g.gazetteer.Places()
		slices.SortFunc(g.places, func(a, b geo.Place) int { return cmp.Compare(a.Point.Lat, b.Point.Lat) })
	}
	best, name := 20_000.0, ""
	first, _ := slices.BinarySearchFunc(g.places, p.Lat-best/metresPerDegree, func(a geo.Place, lat float64) int { return cmp.Compare(a.Point.Lat, lat) })
	for _, place := range g.places[first:] {
		if (place.Point.Lat-p.Lat)*metresPerDegree > best {
			break
		}
		if d := p.DistanceTo(place.Point); d < best {
			best, name = d, place.Name
		}
	}
	return name
}
