// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"image/color"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// newFill is the colour of sirens to come, on maps and curves.
var newFill = color.NRGBA{0x05, 0x35, 0x6B, 0xFF}

// built is a siren to come on a map.
type built struct {
	planning.Site
	label string // in the mark; none where empty
	fill  color.NRGBA
}

// numbered says whether so many marks can have labels on a map so wide: then they
// do not cover much of it.
func numbered(sites int, width float64) bool { return float64(sites) <= width*width/2000 }

// marked is sites as a map shows them, with labels where these are few enough.
func marked(sites []planning.Site, width float64, label func(n int) string, fill func(n int) color.NRGBA) []built {
	list := make([]built, len(sites))
	for n, site := range sites {
		list[n] = built{site, "", fill(n)}
		if numbered(len(sites), width) {
			list[n].label = label(n)
		}
	}
	return list
}

// standing draws the sirens that stand, as dots, and says where; none where they
// would hide the map.
func (s *sheet) standing() []drawing.Rect {
	if s.crowded() {
		return nil
	}
	var marks []drawing.Rect
	for _, siren := range s.in.Sirens {
		if at, within := s.place(siren.Position); within {
			s.drawing.Add(s.dot(at))
			marks = append(marks, around(at, 2))
		}
	}
	return marks
}

// crowded reports whether dots for all sirens would cover more than a tenth of the
// map.
func (s *sheet) crowded() bool {
	radius := s.dot(drawing.Point{}).Radius
	return float64(len(s.in.Sirens))*math.Pi*radius*radius > s.frame.Width*s.frame.Height/10
}

func around(at drawing.Point, radius float64) drawing.Rect {
	return drawing.Rect{X: at.X - radius, Y: at.Y - radius, Width: 2 * radius, Height: 2 * radius}
}

// dot is a siren that stands; the more there are the smaller.
func (s *sheet) dot(at drawing.Point) drawing.Circle {
	radius := 2.0
	if len(s.in.Sirens) > 300 {
		radius = 1.2
	}
	return drawing.Circle{Centre: at, Radius: radius, Fill: drawing.Ink, Rim: drawing.White, RimWidth: 0.6}
}

// built draws sirens to come, as squares on their corner, the first ones on top,
// and says where.
func (s *sheet) built(sites []built) []drawing.Rect {
	var marks []drawing.Rect
	for _, site := range slices.Backward(sites) {
		at, within := s.place(site.Position)
		if !within {
			continue
		}
		radius := 2.4
		switch {
		case site.label != "":
			radius = 6
		case len(sites) > 250:
			radius = 1.9
		}
		s.drawing.Add(diamond(at, radius, site.fill, site.label)...)
		marks = append(marks, around(at, radius))
	}
	return marks
}

// diamond is a siren to come, with a label in it.
func diamond(at drawing.Point, radius float64, fill color.NRGBA, label string) []drawing.Shape {
	corners := func(r float64) []drawing.Point {
		return []drawing.Point{{X: at.X, Y: at.Y - r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y + r}, {X: at.X - r, Y: at.Y}}
	}
	shapes := []drawing.Shape{
		drawing.Area{Corners: corners(radius + min(0.9, radius/4)), Fill: drawing.White},
		drawing.Area{Corners: corners(radius), Fill: fill},
	}
	if label != "" {
		shapes = append(shapes, drawing.Text{At: drawing.Point{X: at.X, Y: at.Y + 1.8}, Text: label, Size: 5, Bold: true, Align: drawing.Middle, Color: drawing.White})
	}
	return shapes
}

// entry is a line of a legend: a mark and what it means.
type entry struct {
	mark  func(at drawing.Point) []drawing.Shape // around its middle
	label string
}

// The measures of a legend.
const (
	legendSize = 8.0
	legendLine = 14.0
)

// legend writes the classes that have a label, and more, below y; it returns
// where it ends.
func (c *chart) legend(d *drawing.Drawing, y float64, more ...entry) float64 {
	var entries []entry
	for _, class := range c.classes {
		if class.label == "" {
			continue
		}
		entries = append(entries, entry{func(at drawing.Point) []drawing.Shape {
			box := drawing.Rect{X: at.X - 8, Y: at.Y - 5, Width: 16, Height: 10}
			return []drawing.Shape{
				drawing.Rects{List: []drawing.Rect{box}, Fill: class.fill, Hatched: class.hatched},
				drawing.Lines{Paths: [][]drawing.Point{outline(box)}, Color: drawing.Ink, Width: 0.4},
			}
		}, class.label})
	}
	entries = append(entries, more...)
	wide := 0.0
	for _, e := range entries {
		wide = max(wide, 46+drawing.Measure(e.label, legendSize, false))
	}
	columns := min(max(int(math.Floor(d.Width/wide)), 1), 4)
	lines := (len(entries) + columns - 1) / columns
	for i, e := range entries {
		// Down the columns, so that classes that follow each other stand together.
		at := drawing.Point{X: 10 + float64(i/lines)*d.Width/float64(columns), Y: y + legendLine*(float64(i%lines)+0.7)}
		d.Add(e.mark(at)...)
		d.Add(drawing.Text{At: drawing.Point{X: at.X + 14, Y: at.Y + 3}, Text: e.label, Size: legendSize, Color: drawing.Ink})
	}
	return y + legendLine*float64(lines) + 4
}

// standingEntry and builtEntry explain the sirens.
func (s *sheet) standingEntry() entry {
	if s.crowded() {
		return entry{func(drawing.Point) []drawing.Shape { return nil }, s.T("plan.report.legend.crowded", len(s.in.Sirens))}
	}
	return entry{func(at drawing.Point) []drawing.Shape { return []drawing.Shape{s.dot(at)} }, s.T("plan.report.legend.stands")}
}

func (s *sheet) builtEntry() entry {
	return entry{func(at drawing.Point) []drawing.Shape { return diamond(at, 4, newFill, "") }, s.T("plan.report.legend.built")}
}
