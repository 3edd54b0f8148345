// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// frame is what the background shows: Germany and some 300 km around, as
// longitude and latitude of the south-west and the north-east corner.
var frame = [2]position{{2, 44.5}, {19, 57.5}}

// germanNames are the countries in the frame by ISO 3166-1 numeric code.
var germanNames = map[string]string{
	"040": "Österreich", "056": "Belgien", "070": "Bosnien und Herzegowina", "191": "Kroatien", "203": "Tschechien", "208": "Dänemark",
	"250": "Frankreich", "276": "Deutschland", "348": "Ungarn", "380": "Italien", "438": "Liechtenstein", "442": "Luxemburg",
	"528": "Niederlande", "616": "Polen", "688": "Serbien", "703": "Slowakei", "705": "Slowenien", "752": "Schweden", "756": "Schweiz",
	"826": "Vereinigtes Königreich",
}

type position [2]float64

// topology is the part of TopoJSON 1.0 that the source uses: quantised arcs.
type topology struct {
	Transform struct{ Scale, Translate position }
	Arcs      [][]position
	Objects   struct {
		Countries struct {
			Geometries []struct {
				ID, Type string
				Arcs     json.RawMessage
			}
		}
	}
}

// neighbours cuts the countries to the frame. Coordinates get four decimals, some 10 m.
func neighbours(files map[string][]byte) ([]byte, error) {
	var t topology
	if err := json.Unmarshal(files["countries-10m.json"], &t); err != nil {
		return nil, err
	}
	var features []json.RawMessage
	for _, g := range t.Objects.Countries.Geometries {
		var polygons [][][]int
		var err error
		switch g.Type {
		case "Polygon":
			polygons = make([][][]int, 1)
			err = json.Unmarshal(g.Arcs, &polygons[0])
		case "MultiPolygon":
			err = json.Unmarshal(g.Arcs, &polygons)
		default:
			err = fmt.Errorf("a %s", g.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("country %s: %w", g.ID, err)
		}
		var shape [][][]position
		for _, arcs := range polygons {
			if polygon := t.polygon(arcs); len(polygon) > 0 {
				shape = append(shape, polygon)
			}
		}
		if len(shape) == 0 {
			continue
		}
		name, ok := germanNames[g.ID]
		if !ok {
			return nil, fmt.Errorf("country %s has no German name here", g.ID)
		}
		feature, err := json.Marshal(map[string]any{
			"type": "Feature", "properties": map[string]string{"code": g.ID, "name": name},
			"geometry": map[string]any{"type": "MultiPolygon", "coordinates": shape},
		})
		if err != nil {
			return nil, err
		}
		features = append(features, feature)
	}
	slices.SortFunc(features, func(a, b json.RawMessage) int { return strings.Compare(string(a), string(b)) })
	return collection(features)
}

// polygon joins the arcs of each ring and cuts it to the frame; nil if nothing is left.
func (t *topology) polygon(rings [][]int) [][]position {
	var polygon [][]position
	for i, arcs := range rings {
		var ring []position
		for _, arc := range arcs {
			points := t.arc(arc)
			if len(ring) > 0 {
				points = points[1:] // arcs share their ends
			}
			ring = append(ring, points...)
		}
		ring = tidy(clipRing(ring))
		if len(ring) < 4 {
			if i == 0 {
				return nil
			}
			continue
		}
		polygon = append(polygon, ring)
	}
	return polygon
}

// arc decodes an arc: differences in quanta; a negative number is the arc
// ^number run backwards (TopoJSON, sections 2.1.3 and 2.1.4).
func (t *topology) arc(number int) []position {
	deltas, backwards := t.Arcs[max(number, ^number)], number < 0
	points := make([]position, len(deltas))
	var x, y float64
	for i, d := range deltas {
		x, y = x+d[0], y+d[1]
		points[i] = position{x*t.Transform.Scale[0] + t.Transform.Translate[0], y*t.Transform.Scale[1] + t.Transform.Translate[1]}
	}
	if backwards {
		slices.Reverse(points)
	}
	return points
}

// clipRing cuts a closed ring to the frame, one side after another (Sutherland
// and Hodgman, 1974).
func clipRing(ring []position) []position {
	for axis := range 2 {
		for side, limit := range []float64{frame[0][axis], frame[1][axis]} {
			inside := func(p position) bool { return (p[axis] >= limit) == (side == 0) || p[axis] == limit }
			var kept []position
			for i := 1; i < len(ring); i++ {
				a, b := ring[i-1], ring[i]
				if inside(a) != inside(b) {
					t := (limit - a[axis]) / (b[axis] - a[axis])
					cut := position{a[0] + (b[0]-a[0])*t, a[1] + (b[1]-a[1])*t}
					cut[axis] = limit
					kept = append(kept, cut)
				}
				if inside(b) {
					kept = append(kept, b)
				}
			}
			if len(kept) > 0 {
				kept = append(kept, kept[0])
			}
			ring = kept
		}
	}
	return ring
}

// tidy rounds the points and leaves out repeated ones.
func tidy(ring []position) []position {
	var out []position
	for _, p := range ring {
		p = position{math.Round(p[0]*1e4) / 1e4, math.Round(p[1]*1e4) / 1e4}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out
}
