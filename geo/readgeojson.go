// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

func formatFault(message string) *Fault {
	return &Fault{
		Code: CodeImportFormat, Field: "file", Message: message,
		Remedy: "Give a GeoJSON FeatureCollection (RFC 7946), plain or gzip-compressed.",
	}
}

// feature is one row of a FeatureCollection.
type feature struct {
	Type       string          `json:"type"`
	Properties map[string]any  `json:"properties"`
	Geometry   json.RawMessage `json:"geometry"`
}

func (f feature) row() Row {
	shape, err := parseGeometry(f.Geometry)
	if err != nil {
		return Row{Properties: f.Properties, Fault: err.Error()}
	}
	return Row{Properties: f.Properties, Outline: shape}
}

// readFeatures reads a FeatureCollection one feature at a time, and the licence
// line beside them: not a member of RFC 7946, but one that Regions.GeoJSON writes.
func readFeatures(in io.Reader, take func(feature)) (licence string, err error) {
	decoder := json.NewDecoder(in)
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return "", formatFault("The file does not begin with a JSON object.")
	}
	found := false
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return "", formatFault("The file is not JSON: " + err.Error() + ".")
		}
		switch name {
		case "features":
			found = true
			err = readArray(decoder, take)
		case "crs":
			var crs json.RawMessage
			if err = decoder.Decode(&crs); err == nil {
				err = checkCRS(crs)
			}
		case "type":
			var kind string
			if err = decoder.Decode(&kind); err == nil && kind != "FeatureCollection" {
				err = formatFault(fmt.Sprintf("The file holds a %q, not a FeatureCollection.", clip(kind)))
			}
		case "licence", "license":
			var line any
			err = decoder.Decode(&line)
			if text, ok := line.(string); ok {
				licence = text
			}
		default:
			var skipped json.RawMessage
			err = decoder.Decode(&skipped)
		}
		if err != nil {
			return "", asFormatFault(err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return "", asFormatFault(err)
	}
	if !found {
		return "", formatFault("The file has no features.")
	}
	return licence, nil
}

func readArray(decoder *json.Decoder, take func(feature)) error {
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return formatFault("Its features are not an array.")
	}
	for decoder.More() {
		var f feature
		var wrong *json.UnmarshalTypeError
		if err := decoder.Decode(&f); err != nil && !errors.As(err, &wrong) {
			return err
		}
		// A row of the wrong types is read past; it has no key and is refused as such.
		take(f)
	}
	_, err := decoder.Token()
	return err
}

func asFormatFault(err error) error {
	var fault *Fault
	if errors.As(err, &fault) {
		return fault
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return formatFault("The file ends too early.")
	}
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &wrong) {
		return formatFault("The file is not valid GeoJSON: " + err.Error() + ".")
	}
	return fmt.Errorf("read GeoJSON: %w", err)
}

// checkCRS refuses coordinates that are not longitude and latitude. The member
// is gone from RFC 7946, but exports of older tools carry it.
func checkCRS(raw json.RawMessage) error {
	text := strings.ToUpper(string(raw))
	if text == "NULL" || strings.Contains(text, "CRS84") || strings.Contains(text, "4326") || strings.Contains(text, "4258") {
		return nil
	}
	return &Fault{
		Code: CodeImportCRS, Field: "crs", Message: "The coordinates are not WGS 84: " + clip(string(raw)) + ".",
		Remedy: "Export the file with EPSG:4326 (longitude and latitude in degrees).",
	}
}

// parseGeometry reads a Polygon or MultiPolygon. Its errors are short reasons.
func parseGeometry(raw json.RawMessage) (MultiPolygon, error) {
	var geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil, errors.New("it has no geometry")
	}
	if err := json.Unmarshal(raw, &geometry); err != nil {
		return nil, errors.New("its geometry is not an object with type and coordinates")
	}
	var polygons [][][][]float64
	var err error
	switch geometry.Type {
	case "Polygon":
		polygons = make([][][][]float64, 1)
		err = json.Unmarshal(geometry.Coordinates, &polygons[0])
	case "MultiPolygon":
		err = json.Unmarshal(geometry.Coordinates, &polygons)
	default:
		return nil, fmt.Errorf("its geometry is a %q, not a Polygon or MultiPolygon", clip(geometry.Type))
	}
	if err != nil {
		return nil, errors.New("its coordinates are not those of a " + geometry.Type)
	}
	shape := make(MultiPolygon, 0, len(polygons))
	for _, rings := range polygons {
		polygon := make(Polygon, 0, len(rings))
		for _, positions := range rings {
			ring, err := toRing(positions)
			if err != nil {
				return nil, err
			}
			polygon = append(polygon, ring)
		}
		if len(polygon) == 0 {
			return nil, errors.New("one of its polygons has no ring")
		}
		shape = append(shape, polygon)
	}
	if len(shape) == 0 {
		return nil, errors.New("it has no polygon")
	}
	return shape, nil
}

func toRing(positions [][]float64) (Ring, error) {
	if len(positions) < 4 {
		return nil, fmt.Errorf("one of its rings has %d points; a ring has at least four", len(positions))
	}
	ring := make(Ring, len(positions))
	for i, position := range positions {
		if len(position) < 2 {
			return nil, errors.New("one of its positions has no longitude and latitude")
		}
		ring[i] = Point{Lat: position[1], Lon: position[0]}
		if !ring[i].Valid() {
			return nil, fmt.Errorf("the position %g, %g is not a longitude and latitude in degrees", position[0], position[1])
		}
	}
	if ring[0] != ring[len(ring)-1] {
		return nil, errors.New("one of its rings is open: its last point is not its first")
	}
	return ring, nil
}

// ReadCountries reads countries from a GeoJSON FeatureCollection with the
// property "name". Unlike an import it refuses the whole file for one bad row.
func ReadCountries(in io.Reader) ([]Country, error) {
	var countries []Country
	var bad error
	_, err := readFeatures(in, func(f feature) {
		row := f.row()
		if row.Fault != "" && bad == nil {
			bad = formatFault(fmt.Sprintf("Country %d: %s.", len(countries)+1, row.Fault))
		}
		countries = append(countries, Country{Name: row.text("name"), Outline: row.Outline})
	})
	return countries, errors.Join(err, bad)
}
