// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package geo holds points, areas, the Amtlicher Regionalschlüssel (ARS) and
// the questions a warning asks of them: does an area lie in a territory, which
// points and how many people does it hold.
//
// Positions are WGS 84 in degrees. Lengths are metres, unless a name says km.
package geo

// Point is a WGS 84 position in degrees.
type Point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Ring is a closed ring: at least four points, the last equal to the first.
type Ring []Point

// Polygon is an outer ring followed by its holes.
type Polygon []Ring

// MultiPolygon is a set of polygons, such as the outline of a Land.
type MultiPolygon []Polygon

// Circle is a centre and a radius in metres.
type Circle struct {
	Center Point   `json:"center"`
	Radius float64 `json:"radius"`
}

// Area is where a warning applies: the union of everything named in it.
// The three ways to set an area (by name, by coordinates, by drawing) all end here.
type Area struct {
	// Name is what people call the area, in the authority's own language.
	Name     string   `json:"name"`
	ARS      []ARS    `json:"ars,omitempty"`
	Circles  []Circle `json:"circles,omitempty"`
	Polygons []Ring   `json:"polygons,omitempty"`
}

// Empty reports whether the area names nothing at all.
func (a Area) Empty() bool {
	return len(a.ARS) == 0 && len(a.Circles) == 0 && len(a.Polygons) == 0
}
