// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package drawing

import (
	"fmt"
	"html"
	"image/color"
	"strconv"
	"strings"
)

// SVG is the drawing as an element of a page. Name is unlike that of every other
// drawing on the page, and title says what is to be seen.
func (d Drawing) SVG(name, title string) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %s %s" preserveAspectRatio="xMidYMin" role="img" aria-labelledby="%s-title" font-family="Go, system-ui, sans-serif"><title id="%[3]s-title">%s</title>`,
		short(d.Width), short(d.Height), name, html.EscapeString(title))
	fmt.Fprintf(&out, `<defs><pattern id="%s-hatch" width="%g" height="%g" patternUnits="userSpaceOnUse"><path d="M-1 1L1 -1M-1 %[4]gL%[4]g -1M%[5]g %[4]gL%[4]g %[5]g" stroke="%s" stroke-width="%g"/></pattern></defs>`,
		name, HatchStep, HatchStep, HatchStep+1, HatchStep-1, hex(Hatching), HatchWidth)
	for _, s := range d.Shapes {
		switch s := s.(type) {
		case Rects:
			s.svg(&out, name)
		case Area:
			fmt.Fprintf(&out, `<path d="%sz" fill="%s"/>`, path(s.Corners), hex(s.Fill))
		case Lines:
			out.WriteString(`<path d="`)
			for _, p := range s.Paths {
				out.WriteString(path(p))
			}
			fmt.Fprintf(&out, `" fill="none" stroke="%s" stroke-width="%g" stroke-linejoin="round"/>`, hex(s.Color), s.Width)
		case Circle:
			fmt.Fprintf(&out, `<circle cx="%s" cy="%s" r="%s" fill="%s"`, short(s.Centre.X), short(s.Centre.Y), short(s.Radius), hex(s.Fill))
			if s.RimWidth > 0 {
				fmt.Fprintf(&out, ` stroke="%s" stroke-width="%g"`, hex(s.Rim), s.RimWidth)
			}
			out.WriteString(`/>`)
		case Text:
			s.svg(&out)
		}
	}
	out.WriteString("</svg>")
	return out.String()
}

func (s Rects) svg(out *strings.Builder, name string) {
	var d strings.Builder
	for _, r := range s.List {
		w := short(r.Width)
		fmt.Fprintf(&d, "M%s %sh%sv%sh-%sz", short(r.X), short(r.Y), w, short(r.Height), w)
	}
	fmt.Fprintf(out, `<path d="%s" fill="%s" shape-rendering="crispEdges"/>`, d.String(), hex(s.Fill))
	if s.Hatched {
		fmt.Fprintf(out, `<path d="%s" fill="url(#%s-hatch)"/>`, d.String(), name)
	}
}

func (t Text) svg(out *strings.Builder) {
	fmt.Fprintf(out, `<text x="%s" y="%s" font-size="%g" fill="%s"`, short(t.At.X), short(t.At.Y), t.Size, hex(t.Color))
	if t.Align != Start {
		fmt.Fprintf(out, ` text-anchor="%s"`, [...]string{"start", "middle", "end"}[t.Align])
	}
	if t.Bold {
		out.WriteString(` font-weight="bold"`)
	}
	if t.Halo {
		fmt.Fprintf(out, ` paint-order="stroke" stroke="#fff" stroke-width="%g" stroke-linejoin="round"`, 2*HaloWidth*t.Size)
	}
	fmt.Fprintf(out, `>%s</text>`, html.EscapeString(t.Text))
}

func path(points []Point) string {
	var d strings.Builder
	for i, p := range points {
		d.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		d.WriteString(short(p.X) + " " + short(p.Y))
	}
	return d.String()
}

// short writes a coordinate to a twentieth of a millimetre or better.
func short(f float64) string {
	text := strconv.FormatFloat(f, 'f', 2, 64)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
