// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"image/color"
	"math"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// The measures of maps in points.
const (
	pictureWidth = 510.0 // of A4 between its margins
	mapHeight    = 430.0 // at most
	leastHeight  = 90.0  // for the scale, the arrow and some of what lies around
	mapGutter    = 12.0  // between two maps beside each other
	frameMargin  = 8.0   // between the outermost cell and the frame
	// leastCell is the side of the least square that is drawn; smaller cells are
	// put together, and look as most of their people do.
	leastCell = 0.7
)

// class is a kind of cell: how it looks and what the legend says.
type class struct {
	fill    color.NRGBA
	hatched bool
	label   string // none in the legend where empty
}

// chart is what all maps of a report share: the cells, borders and sirens.
type chart struct {
	words
	in      planning.Inputs
	classes []class
	borders []border
	names   []name
	// The part of EPSG:3035 that holds all cells and sirens.
	west, south, east, north float64
}

// newChart prepares the maps of a report.
func newChart(w words, in planning.Inputs, classes []class) *chart {
	c := &chart{words: w, in: in, classes: classes, west: math.Inf(1), south: math.Inf(1), east: math.Inf(-1), north: math.Inf(-1)}
	half := float64(in.Grid.Side()) / 2
	for _, cell := range in.Grid.All() {
		c.west, c.east = min(c.west, cell.Centre.Easting-half), max(c.east, cell.Centre.Easting+half)
		c.south, c.north = min(c.south, cell.Centre.Northing-half), max(c.north, cell.Centre.Northing+half)
	}
	if in.Grid.Len() == 0 {
		c.west, c.south, c.east, c.north = 4_000_000, 3_000_000, 4_010_000, 3_010_000
	}
	if in.Regions != nil {
		c.borders, c.names = divide(in)
	}
	return c
}

// sheet is one map in its frame, in the drawing's points.
type sheet struct {
	*chart
	drawing *drawing.Drawing
	frame   drawing.Rect
	scale   float64 // points for a metre
	// bare maps have no names and no sirens: they are small, and beside others.
	bare bool
}

// sheet lays out a map whose left upper corner is given, at most so wide and high.
func (c *chart) sheet(d *drawing.Drawing, x, y, width, height float64) *sheet {
	scale := min((width-2*frameMargin)/(c.east-c.west), (height-2*frameMargin)/(c.north-c.south))
	// The frame takes all of the width, and what the map needs of the height.
	frame := drawing.Rect{X: x, Y: y, Width: width, Height: max((c.north-c.south)*scale+2*frameMargin, leastHeight)}
	return &sheet{chart: c, drawing: d, frame: frame, scale: scale}
}

// point is where a coordinate is on the sheet: the map stands in the middle.
func (s *sheet) point(at projection.Coordinate) drawing.Point {
	return drawing.Point{
		X: s.frame.X + s.frame.Width/2 + (at.Easting-(s.west+s.east)/2)*s.scale,
		Y: s.frame.Y + s.frame.Height/2 - (at.Northing-(s.south+s.north)/2)*s.scale,
	}
}

// place is where a position is on the sheet, and whether it is within the frame.
func (s *sheet) place(p geo.Point) (drawing.Point, bool) {
	at, err := projection.LAEAEurope.Forward(p)
	if err != nil {
		return drawing.Point{}, false
	}
	on := s.point(at)
	return on, s.holds(on)
}

func (s *sheet) holds(p drawing.Point) bool {
	return p.X >= s.frame.X && p.X <= s.frame.X+s.frame.Width && p.Y >= s.frame.Y && p.Y <= s.frame.Y+s.frame.Height
}

// draw draws the cells, each by its class, the borders, the sirens that stand and
// those to come.
func (s *sheet) draw(class func(cell int) int, sites []built) {
	s.cells(class)
	s.outlines()
	f := s.frame
	s.drawing.Add(drawing.Lines{Paths: [][]drawing.Point{outline(f)}, Color: drawing.Ink, Width: 0.6})
	if s.bare {
		return
	}
	marks := append(s.standing(), s.built(sites)...)
	s.arrow(f.X+f.Width-14, f.Y+8)
	scale := s.bar(f.X+10, f.Y+f.Height-8)
	s.label([]drawing.Rect{scale, {X: f.X + f.Width - 24, Y: f.Y, Width: 24, Height: 36}}, marks)
}

// outline is a rectangle as a line.
func outline(r drawing.Rect) []drawing.Point {
	return []drawing.Point{{X: r.X, Y: r.Y}, {X: r.X + r.Width, Y: r.Y}, {X: r.X + r.Width, Y: r.Y + r.Height}, {X: r.X, Y: r.Y + r.Height}, {X: r.X, Y: r.Y}}
}

// cells draws squares of one or more cells, run by run.
func (s *sheet) cells(class func(cell int) int) {
	side := float64(s.in.Grid.Side())
	for side*s.scale < leastCell {
		side *= 2
	}
	columns := int((s.east-s.west)/side) + 2
	rows := int((s.north-s.south)/side) + 2
	west, south := math.Floor(s.west/side)*side, math.Floor(s.south/side)*side
	people := make([]int32, rows*columns*len(s.classes))
	for i, cell := range s.in.Grid.All() {
		x, y := int((cell.Centre.Easting-west)/side), int((cell.Centre.Northing-south)/side)
		people[(y*columns+x)*len(s.classes)+class(i)] += int32(cell.People)
	}
	drawn := make([]drawing.Rects, len(s.classes))
	for y := range rows {
		for x := 0; x < columns; {
			kind := most(people[(y*columns+x)*len(s.classes):][:len(s.classes)])
			first := x
			for x++; x < columns && kind == most(people[(y*columns+x)*len(s.classes):][:len(s.classes)]); x++ {
			}
			if kind >= 0 {
				at := s.point(projection.Coordinate{Easting: west + float64(first)*side, Northing: south + float64(y+1)*side})
				drawn[kind].List = append(drawn[kind].List, drawing.Rect{X: at.X, Y: at.Y, Width: float64(x-first) * side * s.scale, Height: side * s.scale})
			}
		}
	}
	for kind, rects := range drawn {
		if len(rects.List) > 0 {
			rects.Fill, rects.Hatched = s.classes[kind].fill, s.classes[kind].hatched
			s.drawing.Add(rects)
		}
	}
}

// most is the class with most people; -1 where there are none.
func most(people []int32) int {
	kind, count := -1, int32(0)
	for k, n := range people {
		if n > count {
			kind, count = k, n
		}
	}
	return kind
}

// arrow draws an arrow to the north.
func (s *sheet) arrow(x, y float64) {
	s.drawing.Add(
		drawing.Area{Corners: []drawing.Point{{X: x, Y: y}, {X: x + 4, Y: y + 14}, {X: x, Y: y + 11}, {X: x - 4, Y: y + 14}}, Fill: drawing.Ink},
		drawing.Text{At: drawing.Point{X: x, Y: y + 23}, Text: "N", Size: 8, Bold: true, Align: drawing.Middle, Color: drawing.Ink, Halo: true},
	)
}

// bar draws a scale of about a fifth of the frame, in kilometres, and says what
// room it takes.
func (s *sheet) bar(x, y float64) drawing.Rect {
	metres := step(s.frame.Width/s.scale, 5)
	length := metres * s.scale
	digits := 0
	if metres < 1000 {
		digits = 1
	}
	s.drawing.Add(
		drawing.Lines{Paths: [][]drawing.Point{{{X: x, Y: y}, {X: x + length, Y: y}}}, Color: drawing.White, Width: 4},
		drawing.Lines{Paths: [][]drawing.Point{{{X: x, Y: y - 4}, {X: x, Y: y}, {X: x + length, Y: y}, {X: x + length, Y: y - 4}}}, Color: drawing.Ink, Width: 1.2},
		drawing.Text{At: drawing.Point{X: x + length/2, Y: y - 4}, Text: s.decimal(metres/1000, digits) + " km", Size: 8, Align: drawing.Middle, Color: drawing.Ink, Halo: true},
	)
	return drawing.Rect{X: x - 2, Y: y - 13, Width: max(length, 40) + 4, Height: 16}
}

// step is the greatest of 1, 2 and 5 times a power of ten that goes into a range
// so many times or more often.
func step(wide float64, times int) float64 {
	power := math.Pow(10, math.Floor(math.Log10(wide/float64(times))))
	for _, by := range []float64{5, 2} {
		if power*by*float64(times) <= wide {
			return power * by
		}
	}
	return power
}
