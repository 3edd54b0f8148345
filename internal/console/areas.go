// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// maxHits is how many regions and places a search gives.
const maxHits = 20

// SearchAreas finds regions and places by name or key, those of the authority's
// own territory first.
func (s *Service) SearchAreas(query string) []AreaHit {
	var own, foreign []AreaHit
	regions := s.o.Gazetteer.Regions()
	for _, m := range s.o.Gazetteer.Search(query, geo.Federation, 5*maxHits) {
		hit := AreaHit{Name: m.Name, Type: m.Kind, Within: m.Within, ARS: m.ARS, Population: m.Population, Own: s.own(m.ARS)}
		if m.Point != nil {
			hit.Kind, hit.Position = "place", *m.Point
			hit.Area = geo.Area{Name: m.Name, Circles: []geo.Circle{{Center: *m.Point, Radius: placeRadius(m.Population)}}}
		} else {
			hit.Kind = regionKind(m.ARS)
			hit.Area = geo.Area{Name: regionTitle(m.Kind, m.Name), ARS: []geo.ARS{m.ARS}}
			if region, ok := regions.Lookup(m.ARS); ok && len(region.Outline) > 0 {
				hit.Position = center(region.Outline.Box())
			} else if places := s.o.Gazetteer.PlacesIn(hit.Area); len(places) > 0 {
				hit.Position = places[0].Point
			}
		}
		if hit.Own {
			own = append(own, hit)
		} else {
			foreign = append(foreign, hit)
		}
	}
	hits := append(own, foreign...)
	return listed(hits[:min(maxHits, len(hits))])
}

func (s *Service) own(key geo.ARS) bool {
	return slices.ContainsFunc(s.o.Authority.Territory, func(t geo.ARS) bool { return t.Contains(key) })
}

func regionKind(key geo.ARS) string {
	switch key.Level() {
	case geo.LevelLand, geo.LevelFederation:
		return "land"
	case geo.LevelRegierungsbezirk, geo.LevelKreis:
		return "kreis"
	default:
		return "gemeinde"
	}
}

// regionTitle is what people call a region: a Kreis by its kind, others by name.
func regionTitle(kind, name string) string {
	if kind == "Landkreis" || kind == "Kreis" {
		return kind + " " + name
	}
	return name
}

// placeRadius is a first radius around a place in metres: that of a disc in which
// its people live at 1,000 per square kilometre, at least 2 km, in steps of 500 m.
func placeRadius(population int) float64 {
	radius := 1000 * math.Sqrt(float64(population)/1000/math.Pi)
	return min(max(math.Ceil(radius/500)*500, 2000), 30_000)
}

func center(b geo.Box) geo.Point {
	return geo.Point{Lat: (b.South + b.North) / 2, Lon: (b.West + b.East) / 2}
}

// CheckArea says what an area is and holds, and what forbids it.
func (s *Service) CheckArea(area geo.Area) AreaCheck {
	check := AreaCheck{Area: area, Faults: listed(s.o.Rules.Areas.CheckArea(area))}
	if area.Empty() && len(check.Faults) == 0 {
		check.Faults = append(check.Faults, problem.Fault{Field: "area", Rule: geo.CodeAreaEmpty, Message: "The area is empty.", Remedy: "Choose at least one region, circle or polygon."})
	}
	check.Reach, check.Touches = s.reach(area, "")
	for _, fault := range geo.ValidateArea(area) {
		if !fault.Warning {
			return check // a shape that is not in order has no outline
		}
	}
	check.Outline = outline(area, s.o.Gazetteer.Regions())
	return check
}

// outline gives the area as a GeoJSON MultiPolygon. A region without an outline
// is left out, since the map cannot show it.
func outline(area geo.Area, regions *geo.Regions) json.RawMessage {
	shape := regions.Shape(area)
	if len(shape) == 0 {
		return nil
	}
	raw, err := json.Marshal(geometryOf(shape))
	if err != nil {
		// Coordinates are finite: the area has been checked.
		panic(fmt.Sprintf("console: outline does not marshal: %v", err))
	}
	return raw
}

// geometry is a GeoJSON geometry (RFC 7946, section 3.1.7).
type geometry struct {
	Type        string          `json:"type"`
	Coordinates [][][][2]degree `json:"coordinates"`
}

// degree is written with five decimals: about a metre.
type degree float64

// MarshalJSON implements json.Marshaler.
func (d degree) MarshalJSON() ([]byte, error) {
	return json.Marshal(math.Round(float64(d)*1e5) / 1e5)
}

// geometryOf writes longitude first, as GeoJSON does.
func geometryOf(shape geo.MultiPolygon) geometry {
	g := geometry{Type: "MultiPolygon", Coordinates: [][][][2]degree{}}
	for _, polygon := range shape {
		rings := make([][][2]degree, len(polygon))
		for i, ring := range polygon {
			rings[i] = make([][2]degree, len(ring))
			for j, p := range ring {
				rings[i][j] = [2]degree{degree(p.Lon), degree(p.Lat)}
			}
		}
		g.Coordinates = append(g.Coordinates, rings)
	}
	return g
}
