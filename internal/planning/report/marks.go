// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"image/color"
	"math"

	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// mostNumbered is how many new sirens have figures on a map: more would cover it.
const mostNumbered = 80

// newFill is the colour of sirens to come, on maps and curves.
var newFill = color.NRGBA{0x05, 0x35, 0x6B, 0xFF}

// standing draws the sirens that stand, as dots.
func (s *sheet) standing() {
	for _, siren := range s.in.Sirens {
		if at, within := s.place(siren.Position); within {
			s.drawing.Add(s.dot(at))
		}
	}
}

// dot is a siren that stands; the more there are the smaller.
func (s *sheet) dot(at drawing.Point) drawing.Circle {
	radius := 2.0
	if len(s.in.Sirens) > 300 {
		radius = 1.2
	}
	return drawing.Circle{Centre: at, Radius: radius, Fill: drawing.Ink, Rim: drawing.White, RimWidth: 0.6}
}

// built draws sirens to come, as squares on their corner, with a label each where
// they are few.
func (s *sheet) built(sites []planning.Site, label func(n int) string) {
	numbered := len(sites) <= mostNumbered
	for n := len(sites) - 1; n >= 0; n-- { // the first ones on top
		at, within := s.place(sites[n].Position)
		if !within {
			continue
		}
		if numbered {
			s.drawing.Add(diamond(at, 6.5, label(n))...)
		} else {
			s.drawing.Add(diamond(at, 2.6, "")...)
		}
	}
}

// diamond is a siren to come, with a label in it.
func diamond(at drawing.Point, radius float64, label string) []drawing.Shape {
	corners := func(r float64) []drawing.Point {
		return []drawing.Point{{X: at.X, Y: at.Y - r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y + r}, {X: at.X - r, Y: at.Y}}
	}
	shapes := []drawing.Shape{
		drawing.Area{Corners: corners(radius + 0.9), Fill: drawing.White},
		drawing.Area{Corners: corners(radius), Fill: newFill},
	}
	if label != "" {
		shapes = append(shapes, drawing.Text{At: drawing.Point{X: at.X, Y: at.Y + 2}, Text: label, Size: 5.6, Bold: true, Align: drawing.Middle, Color: drawing.White})
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
				drawing.Lines{Paths: [][]drawing.Point{{{X: box.X, Y: box.Y}, {X: box.X + 16, Y: box.Y}, {X: box.X + 16, Y: box.Y + 10}, {X: box.X, Y: box.Y + 10}, {X: box.X, Y: box.Y}}}, Color: drawing.Ink, Width: 0.4},
			}
		}, class.label})
	}
	entries = append(entries, more...)
	wide := 0.0
	for _, e := range entries {
		wide = max(wide, 34+drawing.Measure(e.label, legendSize, false))
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
	return entry{func(at drawing.Point) []drawing.Shape { return []drawing.Shape{s.dot(at)} }, s.T("plan.report.legend.stands")}
}

func (s *sheet) builtEntry(label string) entry {
	return entry{func(at drawing.Point) []drawing.Shape { return diamond(at, 5, "") }, label}
}
