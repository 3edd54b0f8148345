// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package drawing holds pictures of a planner's answers as shapes, so that one
// picture becomes SVG, PNG and a part of a PDF. It knows nothing of plans. The
// same shapes make the same bytes.
package drawing

import (
	"image/color"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// Drawing is a picture of shapes, the later ones over the earlier. Its unit is a
// point, 1/72 inch, from the left upper corner.
type Drawing struct {
	Width, Height float64
	Shapes        []Shape
}

// Add puts shapes over those that are there.
func (d *Drawing) Add(shapes ...Shape) { d.Shapes = append(d.Shapes, shapes...) }

// Shape is one of Rects, Area, Lines, Circle and Text.
type Shape interface{ shape() }

// Point is a place in a drawing.
type Point struct{ X, Y float64 }

// Rect is a rectangle in a drawing: its left upper corner and its measures.
type Rect struct{ X, Y, Width, Height float64 }

// Rects fills rectangles in one colour. Hatched ones have lines over it, in the
// colour Hatching, that go on from one rectangle to the next.
type Rects struct {
	List    []Rect
	Fill    color.NRGBA
	Hatched bool
}

// Area fills a polygon.
type Area struct {
	Corners []Point
	Fill    color.NRGBA
}

// Lines draws lines from point to point.
type Lines struct {
	Paths [][]Point
	Color color.NRGBA
	Width float64
}

// Circle fills a circle, within a rim of the width given.
type Circle struct {
	Centre    Point
	Radius    float64
	Fill, Rim color.NRGBA
	RimWidth  float64
}

// Text writes a line, its foot on At.
type Text struct {
	At    Point
	Text  string
	Size  float64
	Bold  bool
	Align Align
	Color color.NRGBA
	// Halo sets it off from what is under it, in white.
	Halo bool
}

// Align says which part of a text stands where it is put.
type Align int

// The alignments.
const (
	Start Align = iota
	Middle
	End
)

func (Rects) shape()  {}
func (Area) shape()   {}
func (Lines) shape()  {}
func (Circle) shape() {}
func (Text) shape()   {}

// The colours that pictures share.
var (
	Ink      = color.NRGBA{0x1A, 0x1A, 0x1A, 0xFF}
	White    = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
	Hatching = color.NRGBA{0x9A, 0x1F, 0x5E, 0xFF}
)

// HatchStep is how far the lines of a hatching are from each other along an axis,
// and HatchWidth how wide they are.
const (
	HatchStep  = 2.4
	HatchWidth = 0.7
)

// HaloWidth is how far a text's halo reaches around it, as a part of its size.
const HaloWidth = 0.16

// Regular and Bold are the fonts, as TrueType: the Go fonts, which are free and
// have the letters of German.
var (
	Regular = goregular.TTF
	Bold    = gobold.TTF
)

var parsed = sync.OnceValue(func() [2]*opentype.Font {
	var fonts [2]*opentype.Font
	for i, raw := range [][]byte{Regular, Bold} {
		f, err := opentype.Parse(raw)
		if err != nil {
			panic("drawing: the font that is built in cannot be read: " + err.Error())
		}
		fonts[i] = f
	}
	return fonts
})

// Legible is a text as the fonts can write it: without control characters, and
// with a question mark for what they have no letter for.
func Legible(text string) string {
	var buffer sfnt.Buffer
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		if glyph, err := parsed()[0].GlyphIndex(&buffer, r); err != nil || glyph == 0 {
			return '?'
		}
		return r
	}, text)
}

// face is the font at a size in pixels.
func face(size float64, bold bool) font.Face {
	f := parsed()[0]
	if bold {
		f = parsed()[1]
	}
	made, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		panic("drawing: the font that is built in cannot be used: " + err.Error())
	}
	return made
}

// measuring is a face so large that its widths are not rounded by much.
var measuring = sync.OnceValue(func() [2]font.Face { return [2]font.Face{face(256, false), face(256, true)} })

var measured sync.Mutex // a face is for one at a time

// Measure is how wide a line of text is at a size.
func Measure(text string, size float64, bold bool) float64 {
	measured.Lock()
	defer measured.Unlock()
	f := measuring()[0]
	if bold {
		f = measuring()[1]
	}
	return float64(font.MeasureString(f, text)) / 64 / 256 * size
}
