// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// leastFigure is how much a picture may be made smaller to stay on its page.
const leastFigure = 0.6

// figure draws a picture with its caption: smaller where the page has not quite
// enough room, else on the next one.
func (p *pdf) figure(f figure) {
	const captionSize = 9.0
	caption := float64(len(p.wrap(f.Caption, pictureWidth, captionSize, false)))*captionSize*1.35 + 6
	scale := min(1, pictureWidth/f.Width)
	if room := pageBottom - p.y - caption; f.Height*scale > room {
		if room/f.Height >= leastFigure {
			scale = room / f.Height
		} else {
			p.next()
			scale = min(scale, (pageBottom-p.y-caption)/f.Height)
		}
	}
	pen := pen{p, pageMargin + (pictureWidth-f.Width*scale)/2, p.y, scale}
	for _, s := range f.Shapes {
		pen.draw(s)
	}
	p.y += f.Height*scale + 4
	if f.Caption != "" {
		p.paragraph(f.Caption, style{size: captionSize, after: 6})
	}
}

// pen draws shapes on a page: x and y are where the picture's corner is.
type pen struct {
	*pdf
	x, y, scale float64
}

// at is a place in the units and the direction of PDF.
func (p pen) at(q drawing.Point) (x, y float64) {
	return p.x + q.X*p.scale, pageHeight - (p.y + q.Y*p.scale)
}

func (p pen) draw(s drawing.Shape) {
	switch s := s.(type) {
	case drawing.Rects:
		p.rects(s)
	case drawing.Area:
		p.RawWriteStr("q " + paint(s.Fill, "rg") + p.path(s.Corners) + " h f Q")
	case drawing.Lines:
		var out strings.Builder
		fmt.Fprintf(&out, "q %s %.3f w 1 j", paint(s.Color, "RG"), s.Width*p.scale)
		for _, path := range s.Paths {
			out.WriteString(p.path(path))
		}
		p.RawWriteStr(out.String() + " S Q")
	case drawing.Circle:
		p.SetFillColor(int(s.Fill.R), int(s.Fill.G), int(s.Fill.B))
		how := "F"
		if s.RimWidth > 0 {
			p.SetDrawColor(int(s.Rim.R), int(s.Rim.G), int(s.Rim.B))
			p.SetLineWidth(s.RimWidth * p.scale)
			how = "FD"
		}
		p.Circle(p.x+s.Centre.X*p.scale, p.y+s.Centre.Y*p.scale, s.Radius*p.scale, how)
	case drawing.Text:
		p.text(s)
	}
}

// rects fills all rectangles at once, so that no seams are seen between them.
func (p pen) rects(s drawing.Rects) {
	var path strings.Builder
	for _, r := range s.List {
		x, y := p.at(drawing.Point{X: r.X, Y: r.Y + r.Height})
		fmt.Fprintf(&path, " %.2f %.2f %.2f %.2f re", x, y, r.Width*p.scale, r.Height*p.scale)
	}
	p.RawWriteStr("q " + paint(s.Fill, "rg") + path.String() + " f Q")
	if !s.Hatched || len(s.List) == 0 {
		return
	}
	west, north, east, south := s.List[0].X, s.List[0].Y, 0.0, 0.0
	for _, r := range s.List {
		west, north, east, south = min(west, r.X), min(north, r.Y), max(east, r.X+r.Width), max(south, r.Y+r.Height)
	}
	var lines strings.Builder
	fmt.Fprintf(&lines, "q%s W n %s %.3f w", path.String(), paint(drawing.Hatching, "RG"), drawing.HatchWidth*p.scale)
	for sum := west + north; sum < east+south; sum += drawing.HatchStep {
		lines.WriteString(p.path([]drawing.Point{{X: sum - south, Y: south}, {X: sum - north, Y: north}}))
	}
	p.RawWriteStr(lines.String() + " S Q")
}

// path is the operators that go from point to point.
func (p pen) path(points []drawing.Point) string {
	var out strings.Builder
	for i, q := range points {
		x, y := p.at(q)
		fmt.Fprintf(&out, " %.2f %.2f %s", x, y, map[bool]string{true: "m", false: "l"}[i == 0])
	}
	return out.String()
}

// paint sets a colour by the operator rg, to fill, or RG, to draw lines.
func paint(c color.NRGBA, operator string) string {
	return fmt.Sprintf("%.3f %.3f %.3f %s", float64(c.R)/255, float64(c.G)/255, float64(c.B)/255, operator)
}

func (p pen) text(t drawing.Text) {
	size := t.Size * p.scale
	p.font(size, t.Bold)
	x, y := p.x+t.At.X*p.scale, p.y+t.At.Y*p.scale
	switch width := drawing.Measure(t.Text, size, t.Bold); t.Align {
	case drawing.Middle:
		x -= width / 2
	case drawing.End:
		x -= width
	}
	if t.Halo {
		p.RawWriteStr(fmt.Sprintf("q %s %.3f w 1 j 1 Tr", paint(drawing.White, "RG"), 2*drawing.HaloWidth*size))
		p.write(x, y, t.Text)
		p.RawWriteStr("Q")
	}
	p.SetTextColor(int(t.Color.R), int(t.Color.G), int(t.Color.B))
	p.write(x, y, t.Text)
}
