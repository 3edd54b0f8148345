// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/osm"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// feature is one row of a FeatureCollection (RFC 7946).
type feature struct {
	ID         any                        `json:"id"`
	Properties map[string]json.RawMessage `json:"properties"`
	Geometry   *struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// readGeoJSON reads a FeatureCollection of points, one feature at a time. The
// properties have the names of the columns, or are the tags of OpenStreetMap.
func (s *Sheet) readGeoJSON(in io.Reader) error {
	limited := &io.LimitedReader{R: in, N: MaxBytes + 1}
	decoder := json.NewDecoder(limited)
	err := s.readCollection(decoder)
	if limited.N <= 0 {
		return refusal.New(problem.TooLarge, "registry.too-large", strconv.Itoa(MaxBytes>>20))
	}
	return err
}

func (s *Sheet) readCollection(decoder *json.Decoder) error {
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return refusal.New(problem.Unreadable, "registry.geojson", "it does not begin with an object")
	}
	found := false
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return badJSON(err)
		}
		switch name {
		case "features":
			found, err = true, s.readFeatures(decoder)
		case "crs":
			var crs json.RawMessage
			if err = decoder.Decode(&crs); err == nil && !degreesOf(string(crs)) {
				return refusal.New(problem.Unreadable, "registry.crs", clip(string(crs)))
			}
		default:
			var skipped json.RawMessage
			err = decoder.Decode(&skipped)
		}
		if err != nil {
			return badJSON(err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return badJSON(err)
	}
	if !found {
		return refusal.New(problem.Unreadable, "registry.geojson", "it has no features")
	}
	return nil
}

// degreesOf reports whether a crs member, as older tools write it, means degrees.
func degreesOf(crs string) bool {
	crs = strings.ToUpper(crs)
	return crs == "NULL" || strings.Contains(crs, "CRS84") || strings.Contains(crs, "4326") || strings.Contains(crs, "4258")
}

func badJSON(err error) error {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return p
	}
	return refusal.New(problem.Unreadable, "registry.geojson", err.Error())
}

func (s *Sheet) readFeatures(decoder *json.Decoder) error {
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return refusal.New(problem.Unreadable, "registry.geojson", "its features are no array")
	}
	for row := 1; decoder.More(); row++ {
		var f feature
		err := decoder.Decode(&f)
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			s.refuse(row, siren.Siren{}, refusal.Fault(wrong.Field, "registry.feature"))
			continue
		}
		if err != nil {
			return err
		}
		if err := s.takeFeature(row, f); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	return err
}

func (s *Sheet) takeFeature(row int, f feature) error {
	values, tags := map[int]string{}, map[string]string{}
	for name, raw := range f.Properties {
		text, ok := plainText(raw)
		if !ok {
			continue
		}
		tags[name] = text
		if column, known := headings[fold(name)]; known {
			values[column] = text
		}
	}
	id := headings["id"]
	if text, isText := f.ID.(string); isText && values[id] == "" {
		values[id] = text
	}
	var at *[2]float64
	if f.Geometry != nil && f.Geometry.Type == "Point" {
		var position []float64
		if json.Unmarshal(f.Geometry.Coordinates, &position) == nil && len(position) >= 2 {
			at = &[2]float64{position[0], position[1]}
		}
	}
	if at == nil && s.others && f.Geometry != nil {
		// A candidate may be a building: its middle counts, and its roof.
		if at = middleOf(f.Geometry.Type, f.Geometry.Coordinates); at != nil {
			if mount := headings["mount"]; values[mount] == "" {
				values[mount] = "roof"
			}
		}
	}
	if at == nil {
		s.refuse(row, siren.Siren{ID: values[id], Name: tags["name"]}, refusal.Fault("geometry", "registry.no-point"))
		return nil
	}
	if tags["emergency"] == "siren" {
		said := osm.Element{Kind: osm.Node, Lat: at[1], Lon: at[0], Located: true, Tags: tags}
		kind, number, _ := strings.Cut(tags["@id"], "/")
		said.Kind, said.ID = osm.Kind(kind), 0
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			said.ID = n
		}
		return s.takeElement(row, said)
	}
	values[headings["lon"]] = strconv.FormatFloat(at[0], 'f', -1, 64)
	values[headings["lat"]] = strconv.FormatFloat(at[1], 'f', -1, 64)
	said, faults := readRow(func(column int) (string, bool) {
		v, has := values[column]
		return v, has
	})
	if err := s.add(row, said, faults); err != nil {
		return err
	}
	s.keep(row, maps.All(tags))
	return nil
}

// middleOf is the middle of a building's outline, of the largest of several.
func middleOf(kind string, coordinates json.RawMessage) *[2]float64 {
	var polygons geo.MultiPolygon
	var raw [][][][]float64
	switch kind {
	case "Polygon":
		raw = make([][][][]float64, 1)
		if json.Unmarshal(coordinates, &raw[0]) != nil {
			return nil
		}
	case "MultiPolygon":
		if json.Unmarshal(coordinates, &raw) != nil {
			return nil
		}
	}
	for _, rings := range raw {
		if len(rings) == 0 {
			continue
		}
		var ring geo.Ring
		for _, position := range rings[0] {
			if len(position) < 2 {
				return nil
			}
			ring = append(ring, geo.Point{Lat: position[1], Lon: position[0]})
		}
		polygons = append(polygons, geo.Polygon{ring})
	}
	p, ok := polygons.Middle()
	if !ok {
		return nil
	}
	return &[2]float64{p.Lon, p.Lat}
}

// plainText is a text, number or truth value as a cell would have it; null is empty.
func plainText(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	word := strings.TrimSpace(string(raw))
	return word, word != "" && word[0] != '{' && word[0] != '['
}
