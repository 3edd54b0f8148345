// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
)

// numbered is how many places a sketch numbers.
const numbered = 10

// sketch puts positions on a drawing, north at the top.
type sketch struct {
	box                   geo.Box
	middle, scale, margin float64
	width, height         float64
}

// newSketch fits a box into a square of so many pixels.
func newSketch(box geo.Box, most, margin float64) sketch {
	s := sketch{box: box, margin: margin}
	if box.Empty() {
		s.box = geo.Box{}
	}
	s.middle = math.Cos((s.box.South + s.box.North) / 2 * math.Pi / 180)
	width, height := (s.box.East-s.box.West)*s.middle, s.box.North-s.box.South
	s.scale = (most - 2*margin) / max(width, height, 1e-6)
	s.width, s.height = width*s.scale+2*margin, height*s.scale+2*margin
	return s
}

func (s sketch) at(p geo.Point) (x, y float64) {
	return s.margin + (p.Lon-s.box.West)*s.middle*s.scale, s.margin + (s.box.North-p.Lat)*s.scale
}

// path writes rings as SVG, without points that fall on the one before.
func (s sketch) path(out *strings.Builder, ring geo.Ring) {
	lastX, lastY := math.Inf(1), math.Inf(1)
	for i, p := range ring {
		x, y := s.at(p)
		if math.Hypot(x-lastX, y-lastY) < 0.5 && i > 0 {
			continue
		}
		lastX, lastY = x, y
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(out, "%s%.1f %.1f", command, x, y)
	}
	out.WriteString("Z")
}

// UnheardSketch draws where nobody hears a siren: the area, what is not reached
// hatched, and the first places with their numbers in the list.
func (p *page) UnheardSketch(h coverage.Hearing) template.HTML {
	box := h.Outline.Box()
	for _, stop := range h.Stops {
		for _, ring := range stop.Shape {
			box = box.Union(ring.Box())
		}
	}
	s := newSketch(box, 420, 14)
	var out strings.Builder
	fmt.Fprintf(&out, `<figure><svg class="sketch" width="%.0f" height="%.0f" viewBox="0 0 %[1]f %[2]f" role="img" aria-labelledby="unheard-title">`, s.width, s.height)
	out.WriteString(`<defs><pattern id="unheard-hatch" width="5" height="5" patternUnits="userSpaceOnUse"><path class="sketch-hatch" d="M0 2.5h5"></path></pattern></defs><path class="sketch-area" d="`)
	for _, polygon := range h.Outline {
		for _, ring := range polygon {
			s.path(&out, ring)
		}
	}
	out.WriteString(`"></path><path class="sketch-unheard" fill="url(#unheard-hatch)" d="`)
	for _, stop := range h.Stops {
		for _, ring := range stop.Shape {
			s.path(&out, ring)
		}
	}
	out.WriteString(`"></path>`)
	for n, m := range h.Missed[:min(numbered, len(h.Missed))] {
		s.label(&out, m.Position, fmt.Sprint(n+1))
	}
	out.WriteString(`</svg><figcaption id="unheard-title"><small>` + template.HTMLEscapeString(p.T("console.hearing.sketch")) + `</small></figcaption></figure>`)
	return template.HTML(out.String())
}

// labelRadius is that of the circle around a number, in pixels.
const labelRadius = 11.0

// label draws a number in a circle.
func (s sketch) label(out *strings.Builder, at geo.Point, number string) {
	x, y := s.at(at)
	fmt.Fprintf(out, `<circle class="sketch-mark" cx="%.1f" cy="%.1f" r="%.0f"></circle><text class="sketch-number" x="%.1f" y="%.1f" text-anchor="middle" font-size="10">%s</text>`, x, y, labelRadius, x, y+3.5, number)
}

// Place is what people call a missed place.
func (p *page) Place(m coverage.Missed) string {
	return cmp.Or(m.Name, m.Region, p.T("console.hearing.nowhere"))
}

// Beside is the region of a missed place, where it says more than its name.
func (p *page) Beside(m coverage.Missed) string {
	if m.Region == p.Place(m) {
		return ""
	}
	return m.Region
}

// Less is what is left of a number.
func (p *page) Less(n, part int) int { return n - part }

// RegionNames lists regions by name.
func (p *page) RegionNames(keys []geo.ARS) string {
	var names []string
	for _, key := range keys {
		names = append(names, p.region(key))
	}
	return strings.Join(names, ", ")
}

// PercentOf is the share of the people reached, in whole per cent; not 100 while
// anyone is missed.
func (p *page) PercentOf(h coverage.Hearing) string {
	return fmt.Sprintf("%.0f", math.Floor(100*h.Share()))
}

// Whole writes a number of people.
func (p *page) Whole(n int64) string { return p.Number(int(n)) }

// unheardFeature is where nobody hears a siren, as the maps take it.
type unheardFeature struct {
	Type       string         `json:"type"`
	Properties map[string]any `json:"properties"`
	Geometry   unheardShape   `json:"geometry"`
}

// unheardShape is a GeoJSON geometry (RFC 7946): its coordinates are made ready.
type unheardShape struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

// unheard gives where nobody hears a warning's sirens: a feature for each stop,
// with the people there and the name under which the list has them.
func (s *server) unheard(c *call) error {
	stops, err := s.Service.Unheard(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	p := &page{Language: c.Language}
	features := []unheardFeature{}
	for _, stop := range stops {
		features = append(features, unheardFeature{
			Type: "Feature", Properties: map[string]any{"name": p.Place(stop.Missed), "people": stop.People},
			Geometry: unheardShape{"MultiPolygon", rectangles(stop.Shape)},
		})
	}
	return c.writeCollection(features)
}

// positions writes points as GeoJSON does, longitude first, to a metre.
func positions(points []geo.Point) string {
	var out strings.Builder
	for i, p := range points {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(position(p))
	}
	return "[" + out.String() + "]"
}

// rectangles writes the coordinates of a MultiPolygon.
func rectangles(shape []geo.Ring) json.RawMessage {
	parts := make([]string, len(shape))
	for i, ring := range shape {
		parts[i] = "[" + positions(ring) + "]"
	}
	return json.RawMessage("[" + strings.Join(parts, ",") + "]")
}

func position(p geo.Point) string { return fmt.Sprintf("[%.5f,%.5f]", p.Lon, p.Lat) }

func (c *call) writeCollection(features []unheardFeature) error {
	return c.writeJSON(struct {
		Type     string           `json:"type"`
		Features []unheardFeature `json:"features"`
	}{"FeatureCollection", features})
}
