// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/planning"
)

// The measures of the pictures in units of SVG.
const (
	mapSide     = 900.0
	curveWidth  = 900.0
	curveHeight = 320.0
	curveLeft   = 90.0
	curveBottom = 45.0
	// mostBlocks is how many squares the ground of the map has at most; cells are
	// put together until there are no more.
	mostBlocks = 6000
)

// siteMap draws where people live, the sirens that stand and those to come.
func siteMap(in planning.Inputs, p *planning.Programme) (template.HTML, error) {
	side, blocks := ground(in)
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, b := range blocks {
		west, east = min(west, float64(b.x)*side), max(east, float64(b.x+1)*side)
		south, north = min(south, float64(b.y)*side), max(north, float64(b.y+1)*side)
	}
	if len(blocks) == 0 {
		return "", nil
	}
	scale := mapSide / max(east-west, north-south)
	x := func(easting float64) float64 { return (easting - west) * scale }
	y := func(northing float64) float64 { return (north - northing) * scale }
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="map-title"><path class="ground" d="`, (east-west)*scale, (north-south)*scale)
	for _, b := range blocks {
		fmt.Fprintf(&out, "M%.1f %.1fh%.1fv%.1fh-%.1fz", x(float64(b.x)*side), y(float64(b.y+1)*side), side*scale, side*scale, side*scale)
	}
	out.WriteString(`"/>`)
	for _, s := range in.Sirens {
		at, err := projection.LAEAEurope.Forward(s.Position)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, `<circle class="stands" cx="%.1f" cy="%.1f" r="3"/>`, x(at.Easting), y(at.Northing))
	}
	for _, s := range p.Sites {
		at, err := projection.LAEAEurope.Forward(s.Position)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, `<circle class="new" cx="%.1f" cy="%.1f" r="7.5"/><text x="%.1f" y="%.1f">%02d</text>`, x(at.Easting), y(at.Northing), x(at.Easting), y(at.Northing)+3.2, s.Year%100)
	}
	out.WriteString("</svg>")
	return template.HTML(out.String()), nil
}

type block struct{ x, y int }

// ground is the squares in which people live, in the side of which there are not
// too many.
func ground(in planning.Inputs) (side float64, blocks []block) {
	for side = float64(in.Grid.Side()); ; side *= 2 {
		found := map[block]bool{}
		for _, cell := range in.Grid.All() {
			found[block{int(math.Floor(cell.Centre.Easting / side)), int(math.Floor(cell.Centre.Northing / side))}] = true
		}
		if len(found) <= mostBlocks {
			for b := range found {
				blocks = append(blocks, b)
			}
			slices.SortFunc(blocks, func(a, b block) int {
				if a.y != b.y {
					return a.y - b.y
				}
				return a.x - b.x
			})
			return side, blocks
		}
	}
}

// curve draws the people covered against the money spent.
func curve(p *planning.Programme, l catalogue.Language) template.HTML {
	v := view{Language: l}
	most := max(p.Spent, 1)
	low, high := p.Before, max(p.Covered, p.Before+1)
	x := func(money float64) float64 { return curveLeft + money/most*(curveWidth-curveLeft-20) }
	y := func(people float64) float64 {
		return curveHeight - curveBottom - (people-low)/(high-low)*(curveHeight-curveBottom-20)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %g %g" role="img" aria-labelledby="curve-title">`, curveWidth, curveHeight)
	for part := range 5 {
		people, money := low+(high-low)*float64(part)/4, most*float64(part)/4
		fmt.Fprintf(&out, `<path class="grid" d="M%.1f %.1fH%g"/><text class="end" x="%.1f" y="%.1f">%s</text>`, curveLeft, y(people), curveWidth-20, curveLeft-6, y(people)+4, v.Whole(people))
		fmt.Fprintf(&out, `<text class="middle" x="%.1f" y="%.1f">%s</text>`, x(money), curveHeight-curveBottom+18, v.Decimal(money/1e6, 2))
	}
	fmt.Fprintf(&out, `<text class="middle" x="%g" y="%g">%s</text>`, curveWidth/2, curveHeight-6, template.HTMLEscapeString(l.T("plan.report.curve.money")))
	fmt.Fprintf(&out, `<polyline points="%.1f,%.1f`, x(0), y(p.Before))
	money := 0.0
	for _, year := range p.Years {
		money += year.Spent
		fmt.Fprintf(&out, " %.1f,%.1f", x(money), y(year.Covered))
	}
	out.WriteString(`"/>`)
	money = 0
	for _, year := range p.Years {
		money += year.Spent
		fmt.Fprintf(&out, `<circle class="new" cx="%.1f" cy="%.1f" r="5"/><text class="end" x="%.1f" y="%.1f">%d</text>`, x(money), y(year.Covered), x(money)-8, y(year.Covered)+16, year.Year)
	}
	out.WriteString("</svg>")
	return template.HTML(out.String())
}
