// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
)

// moneyPoint is how many people hear a siren once so much is spent.
type moneyPoint struct {
	Money, People float64
	// Sites is how many new sirens stand then, Year the year where there are years.
	Sites, Year int
}

// curveOf is the people covered against the money, from what stands on; nil where
// nothing is built.
func curveOf(a *study.Answer) []moneyPoint {
	switch {
	case a.Sites != nil:
		points := []moneyPoint{{People: a.Sites.Before}}
		for n, s := range a.Sites.Sites {
			points = append(points, moneyPoint{Money: s.Spent, People: s.Covered, Sites: n + 1})
		}
		return points
	case a.Programme != nil:
		points := []moneyPoint{{People: a.Programme.Before}}
		money, built := 0.0, 0
		for _, y := range a.Programme.Years {
			money += y.Spent
			built += y.Sites
			points = append(points, moneyPoint{Money: money, People: y.Covered, Sites: built, Year: y.Year})
		}
		return points
	}
	return nil
}

// sampled is at most so many points, the first and the last among them.
func sampled(points []moneyPoint, most int) []moneyPoint {
	if len(points) <= most {
		return points
	}
	few := make([]moneyPoint, 0, most)
	for i := range most {
		few = append(few, points[i*(len(points)-1)/(most-1)])
	}
	return few
}

// The measures of a plot in units of SVG.
const (
	plotWidth, plotHeight       = 640.0, 320.0
	plotLeft, plotRight         = 84.0, 30.0
	plotTop, plotBottom         = 14.0, 52.0
	plotMarkers                 = 40 // more would run together
	plotTicksMoney, plotTicksUp = 5, 5
)

// plotLine is one curve of a plot, with the letter that stands at its end.
type plotLine struct {
	Letter string
	Points []moneyPoint
}

// plot draws curves of people against money. The lines differ in dashes and in
// their letters; the page's styles give the colours.
func plot(l catalogue.Language, titleID string, lines []plotLine) template.HTML {
	most, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, line := range lines {
		for _, p := range line.Points {
			most = max(most, p.Money)
			low, high = min(low, p.People), max(high, p.People)
		}
	}
	if most == 0 {
		return ""
	}
	money, people := ticks(0, most, plotTicksMoney), ticks(low, max(high, low+1), plotTicksUp)
	most, low, high = max(most, money[len(money)-1]), people[0], people[len(people)-1]
	x := func(money float64) float64 { return plotLeft + money/most*(plotWidth-plotLeft-plotRight) }
	y := func(people float64) float64 {
		return plotHeight - plotBottom - (people-low)/(high-low)*(plotHeight-plotBottom-plotTop)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="plot" viewBox="0 0 %g %g" role="img" aria-labelledby="%s">`, plotWidth, plotHeight, template.HTMLEscapeString(titleID))
	for _, t := range people {
		fmt.Fprintf(&out, `<path class="grid" d="M%g %.1fH%g"></path><text class="end" x="%g" y="%.1f">%s</text>`, plotLeft, y(t), plotWidth-plotRight, plotLeft-6, y(t)+4, template.HTMLEscapeString(l.Number(int(t))))
	}
	unit, word := moneyUnit(most)
	for _, t := range money {
		fmt.Fprintf(&out, `<path class="grid" d="M%.1f %gV%g"></path><text x="%.1f" y="%g">%s</text>`, x(t), plotTop, plotHeight-plotBottom, x(t), plotHeight-plotBottom+18, template.HTMLEscapeString(short(l, t/unit)))
	}
	fmt.Fprintf(&out, `<text x="%g" y="%g">%s</text>`, (plotLeft+plotWidth-plotRight)/2, plotHeight-8, template.HTMLEscapeString(l.T(word)))
	fmt.Fprintf(&out, `<text transform="translate(14 %g) rotate(-90)">%s</text>`, (plotTop+plotHeight-plotBottom)/2, template.HTMLEscapeString(l.T("console.plan.curve.people")))
	for n, line := range lines {
		fmt.Fprintf(&out, `<polyline class="line line-%d" points="`, n)
		for _, p := range line.Points {
			fmt.Fprintf(&out, "%.1f,%.1f ", x(p.Money), y(p.People))
		}
		out.WriteString(`"></polyline>`)
		if len(line.Points) <= plotMarkers {
			for _, p := range line.Points {
				fmt.Fprintf(&out, `<circle class="mark mark-%d" cx="%.1f" cy="%.1f" r="3.5"></circle>`, n, x(p.Money), y(p.People))
			}
		}
		if last := line.Points[len(line.Points)-1]; line.Letter != "" {
			fmt.Fprintf(&out, `<text class="letter" x="%.1f" y="%.1f">%s</text>`, x(last.Money)+12, y(last.People)+4, line.Letter)
		}
	}
	out.WriteString("</svg>")
	return template.HTML(out.String())
}

// ticks are round numbers from at or below low to at or above high, about so many.
func ticks(low, high float64, about int) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/float64(about))))
	for _, times := range []float64{1, 2, 5, 10} {
		if (high-low)/(step*times) <= float64(about) {
			step *= times
			break
		}
	}
	var list []float64
	for n := math.Floor(low / step); ; n++ {
		list = append(list, n*step)
		if n*step >= high {
			return list
		}
	}
}

// moneyUnit is in what a plot counts money, and the key of its name.
func moneyUnit(most float64) (unit float64, word string) {
	if most >= 1e6 {
		return 1e6, "console.plan.curve.millions"
	}
	return 1e3, "console.plan.curve.thousands"
}

// short writes a number with at most one decimal.
func short(l catalogue.Language, value float64) string {
	if math.Abs(value-math.Round(value)) < 0.01 {
		return l.Number(int(math.Round(value)))
	}
	return l.Decimal(value)
}
