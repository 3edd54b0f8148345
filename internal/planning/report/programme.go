// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// programme is the report of years of building.
func (w words) programme(r Report, p *planning.Programme) (*document, error) {
	r.Title = cmp.Or(r.Title, p.Title)
	d := w.begin(r, "plan.report.title", p.Generated)
	d.say(w.T("plan.report.summary", int(p.Before), int(p.People), w.level(p.Level), w.percent(p.Before, p.People),
		int(math.Round(p.Spent)), len(p.Years), int(p.Covered), w.percent(p.Covered, p.People)))
	first, last := p.Years[0], p.Years[len(p.Years)-1]
	if len(p.Years) > 1 {
		d.say(w.T("plan.report.firstyear", strconv.Itoa(first.Year), int(math.Round(first.Spent)), int(first.Gains), strconv.Itoa(last.Year), int(math.Round(last.Spent)), int(last.Gains)))
	}
	d.say(w.T("plan.report.split." + string(p.Split)))
	d.say(w.T("plan.report.programme.proof", w.decimal(100*p.Gap, 2)))
	d.say(w.other(p.Basis, p.People))
	chart := w.since(r.Inputs, p)
	d.Picture = w.yearMap(chart, p)

	d.add(w.years(chart, p))
	d.add(w.areas(p))
	list := table{Columns: append([]column{text(w.T("plan.report.year"))}, w.siteColumns()[:6]...)}
	for _, s := range p.Sites {
		list.Rows = append(list.Rows, append([]string{strconv.Itoa(s.Year)}, w.siteCells(s.Site)[:6]...))
	}
	d.add(section{Title: w.T("plan.report.list"), Texts: []string{w.T("plan.report.list.text")}, Table: list})
	d.gains(p.Regions)
	d.basis(p.Basis)
	return d, nil
}

// years says what each year buys, as a curve and as a table.
func (w words) years(c *chart, p *planning.Programme) section {
	s := section{Title: w.T("plan.report.years"), Texts: []string{w.T("plan.report.curve.text")}, Table: table{Columns: []column{
		text(w.T("plan.report.year")), numbers(w.T("plan.report.budget")), numbers(w.T("plan.report.spent")), numbers(w.T("plan.report.left")),
		numbers(w.T("plan.report.sites")), numbers(w.T("plan.report.gains")), numbers(w.T("plan.report.covered")),
	}}}
	points := []spending{{0, p.Before, w.T("plan.report.today")}}
	money := 0.0
	for _, y := range p.Years {
		money += y.Spent
		points = append(points, spending{money, y.Covered, strconv.Itoa(y.Year)})
		s.Table.Rows = append(s.Table.Rows, []string{
			strconv.Itoa(y.Year), whole(w, y.Budget), whole(w, y.Spent), whole(w, y.Left), whole(w, y.Sites), whole(w, y.Gains), whole(w, y.Covered),
		})
	}
	s.Figures = []figure{{w.curve(p.People, points), w.T("plan.report.curve"), ""}}
	if len(p.Years) > 1 {
		s.Figures = append(s.Figures, w.yearByYear(c, p))
	}
	return s
}

// areas says how the money is split.
func (w words) areas(p *planning.Programme) section {
	s := section{Title: w.T("plan.report.areas"), Texts: []string{w.T("plan.report.split." + string(p.Split))}, Table: table{Columns: []column{
		text(w.T("plan.report.area")), text("ARS"), numbers(w.T("plan.report.share")), numbers(w.T("plan.report.budget")), numbers(w.T("plan.report.spent")), numbers(w.T("plan.report.sites")),
		numbers(w.T("plan.report.people")), numbers(w.T("plan.report.before")), numbers(w.T("plan.report.after")), numbers(w.T("plan.report.gap")),
	}}}
	for _, a := range p.Areas {
		name := w.T("plan.report.everywhere")
		if a.ARS != "" {
			name = w.region(a.Name, a.ARS)
		}
		s.Table.Rows = append(s.Table.Rows, []string{
			name, string(a.ARS), w.decimal(100*a.Share, 2) + " %", whole(w, a.Budget), whole(w, a.Spent), whole(w, a.Sites),
			whole(w, a.People), whole(w, a.Before), whole(w, a.Covered), w.decimal(100*a.Gap, 2) + " %",
		})
	}
	return s
}

// since prepares the maps of when people hear a siren first.
func (w words) since(in planning.Inputs, p *planning.Programme) *chart {
	classes := []class{
		{deafFill, true, w.T("plan.report.legend.deaf", w.level(p.Level))},
		{todayFill, false, w.T("plan.report.legend.today")},
	}
	for n, y := range p.Years {
		classes = append(classes, class{yearFill(n, len(p.Years)), false, w.T("plan.report.legend.year", strconv.Itoa(y.Year))})
	}
	return newChart(w, in, classes)
}

// yearMap shows since when people hear a siren, and the sites with their years.
func (w words) yearMap(c *chart, p *planning.Programme) figure {
	d := drawing.Drawing{Width: pictureWidth}
	s := c.sheet(&d, 0.5, 0.5, pictureWidth-1, mapHeight)
	sites := make([]planning.Site, len(p.Sites))
	for n, site := range p.Sites {
		sites[n] = site.Site
	}
	s.draw(until(p.Stages, len(p.Years)), marked(sites, pictureWidth,
		func(n int) string { return fmt.Sprintf("%02d", p.Sites[n].Year%100) },
		func(n int) color.NRGBA {
			year := slices.IndexFunc(p.Years, func(y planning.ProgrammeYear) bool { return y.Year == p.Sites[n].Year })
			return yearFill(year, len(p.Years))
		}))
	d.Height = c.legend(&d, s.frame.Y+s.frame.Height+6, s.standingEntry(), s.builtEntry())
	return figure{d, w.T("plan.report.map"), w.T("plan.report.map.caption", w.model(p.Assumptions))}
}

// yearByYear shows how far the network is at the end of each year.
func (w words) yearByYear(c *chart, p *planning.Programme) figure {
	d := drawing.Drawing{Width: pictureWidth}
	columns := 3
	if len(p.Years) == 2 || len(p.Years) == 4 {
		columns = 2
	}
	wide := (pictureWidth - 1 - float64(columns-1)*mapGutter) / float64(columns)
	y := 0.0
	for n, year := range p.Years {
		s := c.sheet(&d, 0.5+float64(n%columns)*(wide+mapGutter), y+16, wide, mapHeight)
		s.bare = true
		d.Add(drawing.Text{At: drawing.Point{X: s.frame.X, Y: y + 10}, Text: strconv.Itoa(year.Year), Size: 10, Bold: true, Color: drawing.Ink})
		s.draw(until(p.Stages, n+1), nil)
		if n%columns == columns-1 || n == len(p.Years)-1 {
			y = s.frame.Y + s.frame.Height + 6
		}
	}
	d.Height = c.legend(&d, y)
	return figure{d, w.T("plan.report.yearbyyear"), w.T("plan.report.yearbyyear.caption")}
}
