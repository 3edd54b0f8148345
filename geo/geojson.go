// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"encoding/json"
	"strconv"
	"strings"
)

// circlePoints is how many points stand for a circle in GeoJSON, which has none.
const circlePoints = 64

// geoFeature is a GeoJSON Feature on its way out.
type geoFeature struct {
	Type       string         `json:"type"`
	Properties map[string]any `json:"properties"`
	Geometry   any            `json:"geometry"`
}

type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

func featureCollection(features []geoFeature) ([]byte, error) {
	return json.Marshal(struct {
		Type     string       `json:"type"`
		Features []geoFeature `json:"features"`
	}{"FeatureCollection", append([]geoFeature{}, features...)})
}

// GeoJSON writes the area as a FeatureCollection: a feature for each region,
// circle and polygon, in that order. The property "part" is its path, such as
// "circles[0]". A region has "ars" and "name", and its outline where regions
// knows it, else a null geometry. A circle is a ring of 64 points with its
// "center" and "radius" in metres. regions may be nil.
func (a Area) GeoJSON(regions *Regions) ([]byte, error) {
	var features []geoFeature
	for i, key := range a.ARS {
		f := geoFeature{"Feature", map[string]any{"part": part("ars", i), "ars": key.Full()}, nil}
		if regions != nil {
			if region, ok := regions.Lookup(key); ok {
				f.Properties["name"] = region.Name
				if region.Outline != nil {
					f.Geometry = region.Outline.geometry()
				}
			}
		}
		features = append(features, f)
	}
	for i, c := range a.Circles {
		features = append(features, geoFeature{"Feature", map[string]any{
			"part": part("circles", i), "center": json.RawMessage(appendPosition(nil, c.Center)), "radius": c.Radius,
		}, MultiPolygon{{c.Ring(circlePoints)}}.geometry()})
	}
	for i, r := range a.Polygons {
		features = append(features, geoFeature{"Feature", map[string]any{"part": part("polygons", i)}, MultiPolygon{{r}}.geometry()})
	}
	return featureCollection(features)
}

func part(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// GeoJSON writes the regions that have an outline, in the form that
// ImportGeoJSON reads: properties ARS (12 digits), GEN, BEZ and, where known, EWZ,
// and beside the features the member "licence", where there are licence lines.
// Outlines are simplified by up to tolerance metres; 0 leaves them as they are.
func (r *Regions) GeoJSON(tolerance float64) ([]byte, error) {
	var features []geoFeature
	for _, region := range r.list {
		if region.Outline == nil {
			continue
		}
		properties := map[string]any{"ARS": region.ARS.Full(), "GEN": region.Name, "BEZ": region.Kind}
		if region.Population > 0 {
			properties["EWZ"] = region.Population
		}
		features = append(features, geoFeature{"Feature", properties, region.Outline.Simplify(tolerance).geometry()})
	}
	if len(r.licences) == 0 {
		return featureCollection(features)
	}
	return json.Marshal(struct {
		Type     string       `json:"type"`
		Licence  string       `json:"licence"`
		Features []geoFeature `json:"features"`
	}{"FeatureCollection", strings.Join(r.licences, "; "), append([]geoFeature{}, features...)})
}

// PlacesGeoJSON writes places as points with name, ars, population and part.
func PlacesGeoJSON(places []Place) ([]byte, error) {
	features := make([]geoFeature, 0, len(places))
	for _, p := range places {
		features = append(features, geoFeature{"Feature",
			map[string]any{"name": p.Name, "ars": p.ARS.Full(), "population": p.Population, "part": p.Part},
			geometry{"Point", appendPosition(nil, p.Point)}})
	}
	return featureCollection(features)
}

func (m MultiPolygon) geometry() geometry {
	if len(m) == 1 {
		return geometry{"Polygon", appendPolygon(nil, m[0])}
	}
	out := []byte{'['}
	for i, p := range m {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendPolygon(out, p)
	}
	return geometry{"MultiPolygon", append(out, ']')}
}

func appendPolygon(out []byte, p Polygon) []byte {
	out = append(out, '[')
	for i, ring := range p {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '[')
		for j, q := range ring {
			if j > 0 {
				out = append(out, ',')
			}
			out = appendPosition(out, q)
		}
		out = append(out, ']')
	}
	return append(out, ']')
}

// appendPosition writes longitude and latitude, rounded to a centimetre.
func appendPosition(out []byte, p Point) []byte {
	out = append(out, '[')
	out = appendDegrees(out, p.Lon)
	out = append(out, ',')
	out = appendDegrees(out, p.Lat)
	return append(out, ']')
}

func appendDegrees(out []byte, x float64) []byte {
	const digits = 7
	out = strconv.AppendFloat(out, x, 'f', digits, 64)
	for out[len(out)-1] == '0' {
		out = out[:len(out)-1]
	}
	if out[len(out)-1] == '.' {
		out = out[:len(out)-1]
	}
	return out
}
