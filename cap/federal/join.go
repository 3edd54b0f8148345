// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// MaxGeoJSON is the largest GeoJSON that Join reads, in bytes.
const MaxGeoJSON = 4 << 20

// Join gives the areas of a message the outlines out of the GeoJSON file that
// the federal API serves beside it. An area without a polygon takes the shapes
// of the features that have its AreaId; one without AreaId, as in the blocks of
// further languages, takes those of an area of the same name. Holes, which CAP
// has not, are left out, as are shapes of fewer than three corners.
//
// The findings say what was joined, what was left out and which area found no
// shape. The error says that the text is no GeoJSON of this message; the message
// is then as it was.
func Join(a *cap.Alert, geoJSON []byte) ([]cap.Finding, error) {
	if len(geoJSON) > MaxGeoJSON {
		return nil, fmt.Errorf("the GeoJSON has %d bytes, more than the %d allowed", len(geoJSON), MaxGeoJSON)
	}
	var read areas
	if err := json.Unmarshal(geoJSON, &read); err != nil {
		return nil, fmt.Errorf("reading the GeoJSON: %w", err)
	}
	if read.Type != "FeatureCollection" {
		return nil, fmt.Errorf("reading the GeoJSON: it is a %q, not a FeatureCollection", read.Type)
	}
	j := joiner{shapes: map[string][]cap.Polygon{}}
	for n, f := range read.Features {
		if f.Properties.WarnID != a.Identifier {
			return nil, fmt.Errorf("feature %d of the GeoJSON belongs to %q, not to %q", n+1, f.Properties.WarnID, a.Identifier)
		}
		if f.Geometry == nil {
			continue
		}
		id := strings.Trim(string(f.Properties.AreaID), `"`)
		path := fmt.Sprintf("features[%d]", n)
		var polygons [][][]position
		var err error
		switch f.Geometry.Type {
		case "Polygon":
			polygons = make([][][]position, 1)
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons[0])
		case "MultiPolygon":
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons)
		default:
			j.note(path, fmt.Sprintf("is a %q, not a Polygon or MultiPolygon; left out", f.Geometry.Type), "")
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading feature %d of the GeoJSON: %w", n+1, err)
		}
		j.take(path, id, polygons)
	}
	j.join(a)
	return j.findings, nil
}

// position is a point in GeoJSON: longitude, latitude, and perhaps a height.
type position cap.Point

// UnmarshalJSON implements json.Unmarshaler.
func (p *position) UnmarshalJSON(raw []byte) error {
	var numbers []float64
	if err := json.Unmarshal(raw, &numbers); err != nil {
		return err
	}
	if len(numbers) < 2 {
		return fmt.Errorf("a position needs longitude and latitude, this has %d numbers", len(numbers))
	}
	p.Lon, p.Lat = numbers[0]+0, numbers[1]+0 // -0 becomes 0
	return nil
}

// joiner holds the shapes by AreaId.
type joiner struct {
	shapes   map[string][]cap.Polygon
	findings []cap.Finding
}

func (j *joiner) note(path, message, used string) {
	j.findings = append(j.findings, cap.Finding{Rule: RuleArea, Severity: cap.GravityWarning, Path: path, Message: message, Used: used})
}

// take keeps the outer rings of a feature's polygons.
func (j *joiner) take(path, id string, polygons [][][]position) {
	holes := 0
	for _, polygon := range polygons {
		if len(polygon) == 0 {
			continue
		}
		holes += len(polygon) - 1
		ring := make(cap.Polygon, 0, len(polygon[0]))
		for _, p := range polygon[0] {
			ring = append(ring, cap.Point(p))
		}
		if len(ring) > 0 && ring[0] != ring[len(ring)-1] {
			ring = append(ring, ring[0])
		}
		if _, err := cap.ParsePolygon(ring.String()); err != nil {
			j.note(path, err.Error()+"; left out", "")
			continue
		}
		j.shapes[id] = append(j.shapes[id], ring)
	}
	if holes > 0 {
		j.note(path, fmt.Sprintf("has %d holes, which CAP cannot say; the areas are larger by them", holes), "")
	}
}

// join gives every area without a polygon its shapes.
func (j *joiner) join(a *cap.Alert) {
	byName := map[string]string{}
	for _, i := range a.Info {
		for k := range i.Area {
			if id := geocode(&i.Area[k]); id != "" && byName[i.Area[k].AreaDesc] == "" {
				byName[i.Area[k].AreaDesc] = id
			}
		}
	}
	for n := range a.Info {
		for k := range a.Info[n].Area {
			area := &a.Info[n].Area[k]
			if len(area.Polygon) > 0 {
				continue
			}
			id := geocode(area)
			if id == "" {
				id = byName[area.AreaDesc]
			}
			path := fmt.Sprintf("alert/info[%d]/area[%d]", n+1, k+1)
			shapes := j.shapes[id]
			if len(shapes) == 0 {
				if len(area.Circle) == 0 {
					j.note(path, "has no shape in the GeoJSON", "")
				}
				continue
			}
			area.Polygon = slices.Clone(shapes)
			j.note(path, fmt.Sprintf("has its shape from %d polygons of the GeoJSON", len(shapes)), areaID+" "+id)
		}
	}
}
