// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/tocsin-alert/tocsin/geo/projection"
)

// The picture's measures in pixels.
const (
	longSide    = 1600
	margin      = 20
	legendWidth = 290
	legendLine  = 22
	leastHeight = 320
)

var (
	ink   = color.NRGBA{0x1A, 0x1A, 0x1A, 0xFF}
	white = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
)

// picture is a map on its way to a PNG.
type picture struct {
	*image.NRGBA
	west, north float64 // of the left upper corner, in EPSG:3035
	scale       float64 // pixels for a metre
	face        font.Face
}

// WritePNG draws the levels where people live, north up in EPSG:3035, with the
// sirens, a scale and a legend. Where no siren is heard at the level asked for, the
// cells are hatched.
func (c *Coverage) WritePNG(w io.Writer) error {
	p, err := c.canvas()
	if err != nil {
		return fmt.Errorf("draw the map: %w", err)
	}
	side := c.Map.Grid.Side()
	for i, cell := range c.Map.Grid.All() {
		p.cell(cell.Centre, side, Bands[BandOf(c.Map.Levels[i])].Color, c.Map.Heard[i] == 0)
	}
	radius := 3
	if len(c.Map.Sources) > 500 {
		radius = 1 // so many would hide the people
	}
	for _, s := range c.Map.Sources {
		p.siren(s.Position, radius)
	}
	c.legend(p)
	if err := png.Encode(w, p); err != nil {
		return fmt.Errorf("draw the map: %w", err)
	}
	return nil
}

// canvas is a white picture that holds all cells and sirens.
func (c *Coverage) canvas() (*picture, error) {
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	half := float64(c.Map.Grid.Side()) / 2
	hold := func(at projection.Coordinate, around float64) {
		west, east = min(west, at.Easting-around), max(east, at.Easting+around)
		south, north = min(south, at.Northing-around), max(north, at.Northing+around)
	}
	for _, cell := range c.Map.Grid.All() {
		hold(cell.Centre, half)
	}
	if c.Map.Grid.Len() == 0 {
		hold(projection.Coordinate{}, 1000)
	}
	scale := (longSide - 2*margin) / max(east-west, north-south)
	width := int((east-west)*scale) + 2*margin + legendWidth
	height := max(int((north-south)*scale)+2*margin, leastHeight)
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 14, DPI: 72})
	if err != nil {
		return nil, err
	}
	p := &picture{image.NewNRGBA(image.Rect(0, 0, width, height)), west - margin/scale, north + margin/scale, scale, face}
	draw.Draw(p, p.Bounds(), image.NewUniform(white), image.Point{}, draw.Src)
	return p, nil
}

func (p *picture) at(c projection.Coordinate) (x, y float64) {
	return (c.Easting - p.west) * p.scale, (p.north - c.Northing) * p.scale
}

// cell fills a cell, at least a pixel.
func (p *picture) cell(centre projection.Coordinate, side int, fill color.NRGBA, hatched bool) {
	half := float64(side) / 2
	left, top := p.at(projection.Coordinate{Easting: centre.Easting - half, Northing: centre.Northing + half})
	right, bottom := p.at(projection.Coordinate{Easting: centre.Easting + half, Northing: centre.Northing - half})
	x0, y0 := int(left), int(top)
	p.fill(image.Rect(x0, y0, max(int(right), x0+1), max(int(bottom), y0+1)), fill, hatched)
}

func (p *picture) fill(r image.Rectangle, fill color.NRGBA, hatched bool) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if hatched && (x+y)%4 == 0 {
				p.SetNRGBA(x, y, Hatching)
			} else {
				p.SetNRGBA(x, y, fill)
			}
		}
	}
}

// siren draws a dot with a white rim, so that it is seen on every band.
func (p *picture) siren(at projection.Coordinate, radius int) {
	cx, cy := p.at(at)
	for y := int(cy) - radius - 1; y <= int(cy)+radius+1; y++ {
		for x := int(cx) - radius - 1; x <= int(cx)+radius+1; x++ {
			if !(image.Point{x, y}).In(p.Bounds()) {
				continue
			}
			switch d := math.Hypot(float64(x)-cx, float64(y)-cy); {
			case d < float64(radius):
				p.SetNRGBA(x, y, ink)
			case d < float64(radius)+1:
				p.SetNRGBA(x, y, white)
			}
		}
	}
}

// legend explains the picture at its right side.
func (c *Coverage) legend(p *picture) {
	x, y := p.Bounds().Max.X-legendWidth+10, margin+12
	line := func(text string) {
		p.text(x, y, text)
		y += legendLine
	}
	line(c.Model)
	line(fmt.Sprintf("%d sirens, %d people", c.Sirens, c.People))
	line(fmt.Sprintf("%.1f %% hear %g dB(A)", 100*c.Share, c.Level))
	y += legendLine / 2
	for b := range Bands {
		p.fill(image.Rect(x, y-11, x+20, y+3), Bands[b].Color, false)
		p.text(x+28, y, Label(b))
		y += legendLine
	}
	p.fill(image.Rect(x, y-11, x+20, y+3), Bands[0].Color, true)
	p.text(x+28, y, fmt.Sprintf("hatched: under %g dB(A)", c.Level))
	y += 2 * legendLine
	metres := math.Pow(10, math.Floor(math.Log10(200/p.scale)))
	for _, times := range []float64{5, 2} {
		if metres*times*p.scale <= 200 {
			metres *= times
			break
		}
	}
	p.fill(image.Rect(x, y-4, x+int(metres*p.scale), y), ink, false)
	y += legendLine
	line(fmt.Sprintf("%g km", metres/1000))
	for _, part := range p.wrap(c.Licence, legendWidth-20) {
		line(part)
	}
}

func (p *picture) text(x, y int, text string) {
	drawer := font.Drawer{Dst: p, Src: image.NewUniform(ink), Face: p.face, Dot: fixed.P(x, y)}
	drawer.DrawString(text)
}

// wrap cuts a text into lines of at most so many pixels, between words.
func (p *picture) wrap(text string, most int) (lines []string) {
	var line string
	for word := range strings.FieldsSeq(text) {
		if line != "" && font.MeasureString(p.face, line+" "+word).Ceil() > most {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
