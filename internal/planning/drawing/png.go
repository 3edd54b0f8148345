// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package drawing

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// dots is how many pixels a point has: 216 to the inch.
const dots = 3

// canvas is a drawing on its way to a PNG.
type canvas struct{ *image.NRGBA }

// WritePNG writes the drawing at 216 pixels to the inch.
func (d Drawing) WritePNG(w io.Writer) error {
	c := canvas{image.NewNRGBA(image.Rect(0, 0, int(math.Ceil(d.Width*dots)), int(math.Ceil(d.Height*dots))))}
	draw.Draw(c, c.Bounds(), image.NewUniform(White), image.Point{}, draw.Src)
	for _, s := range d.Shapes {
		switch s := s.(type) {
		case Rects:
			for _, r := range s.List {
				c.rect(r, s)
			}
		case Area:
			c.fill(s.Fill, s.Corners)
		case Lines:
			c.lines(s)
		case Circle:
			if s.RimWidth > 0 {
				c.fill(s.Rim, round(s.Centre, s.Radius+s.RimWidth/2))
			}
			c.fill(s.Fill, round(s.Centre, s.Radius-s.RimWidth/2))
		case Text:
			c.text(s)
		}
	}
	if err := png.Encode(w, c); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

// rect fills whole pixels, at least one, so that neighbours meet.
func (c canvas) rect(r Rect, s Rects) {
	pixel := func(f float64) int { return int(math.Round(f * dots)) }
	x, y := pixel(r.X), pixel(r.Y)
	box := image.Rect(x, y, max(pixel(r.X+r.Width), x+1), max(pixel(r.Y+r.Height), y+1)).Intersect(c.Bounds())
	draw.Draw(c, box, image.NewUniform(s.Fill), image.Point{}, draw.Src)
	if !s.Hatched {
		return
	}
	const step, width = HatchStep * dots, HatchWidth * dots * math.Sqrt2
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if math.Mod(float64(x+y), step) < width {
				c.SetNRGBA(x, y, Hatching)
			}
		}
	}
}

// fill fills polygons, each with what the others have.
func (c canvas) fill(with color.NRGBA, polygons ...[]Point) {
	bounds := image.Rectangle{}
	for _, polygon := range polygons {
		for _, p := range polygon {
			x, y := int(math.Floor(p.X*dots)), int(math.Floor(p.Y*dots))
			bounds = bounds.Union(image.Rect(x, y, x+2, y+2))
		}
	}
	if bounds = bounds.Intersect(c.Bounds()); bounds.Empty() {
		return
	}
	r := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	for _, polygon := range polygons {
		for i, p := range polygon {
			x, y := float32(p.X*dots)-float32(bounds.Min.X), float32(p.Y*dots)-float32(bounds.Min.Y)
			if i == 0 {
				r.MoveTo(x, y)
			} else {
				r.LineTo(x, y)
			}
		}
		r.ClosePath()
	}
	r.Draw(c, bounds, image.NewUniform(with), image.Point{})
}

// lines draws each piece of a line as a thin rectangle.
func (c canvas) lines(s Lines) {
	for _, path := range s.Paths {
		for i := 1; i < len(path); i++ {
			a, b := path[i-1], path[i]
			length := math.Hypot(b.X-a.X, b.Y-a.Y)
			if length == 0 {
				continue
			}
			dx, dy := (b.Y-a.Y)/length*s.Width/2, (a.X-b.X)/length*s.Width/2
			c.fill(s.Color, []Point{{a.X + dx, a.Y + dy}, {b.X + dx, b.Y + dy}, {b.X - dx, b.Y - dy}, {a.X - dx, a.Y - dy}})
		}
	}
}

// round is a circle as a polygon.
func round(centre Point, radius float64) []Point {
	const corners = 32
	points := make([]Point, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points[i] = Point{centre.X + radius*cos, centre.Y + radius*sin}
	}
	return points
}

func (c canvas) text(t Text) {
	x, y := t.At.X, t.At.Y
	switch width := Measure(t.Text, t.Size, t.Bold); t.Align {
	case Middle:
		x -= width / 2
	case End:
		x -= width
	}
	at := func(dx, dy float64) fixed.Point26_6 {
		return fixed.Point26_6{X: fixed.Int26_6((x + dx) * dots * 64), Y: fixed.Int26_6((y + dy) * dots * 64)}
	}
	d := font.Drawer{Dst: c, Face: face(t.Size*dots, t.Bold)}
	if t.Halo {
		d.Src = image.NewUniform(White)
		for _, p := range round(Point{}, HaloWidth*t.Size) {
			d.Dot = at(p.X, p.Y)
			d.DrawString(t.Text)
		}
	}
	d.Src, d.Dot = image.NewUniform(t.Color), at(0, 0)
	d.DrawString(t.Text)
}
