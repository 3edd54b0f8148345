// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// The colours of cells by when a siren is heard in them.
var (
	deafFill  = color.NRGBA{0xF4, 0xF2, 0xEC, 0xFF}
	todayFill = color.NRGBA{0xBD, 0xBC, 0xB4, 0xFF}
)

// sites is the report of where the next sirens should stand.
func (w words) sites(r Report, a *planning.Sites) (*document, error) {
	d := w.begin(r, "plan.report.sites.title", a.Generated)
	d.say(w.T("plan.report.sites.proposed", len(a.Sites), int(math.Round(a.Cost)), w.mounts(a.Sites)))
	d.say(w.T("plan.report.sites.gain", int(a.Before), w.percent(a.Before, a.People), int(a.People), w.level(a.Level), int(a.Covered), w.percent(a.Covered, a.People)))
	d.say(w.proof(a))
	if half := halfWay(a); half >= 0 {
		d.say(w.T("plan.report.sites.half", half+1, int(math.Round(a.Sites[half].Spent))))
	}
	d.say(w.other(a.Basis, a.People))
	chart := w.heard(r.Inputs, a)
	d.Picture = w.beforeAndAfter(chart, a)

	if len(a.Sites) > 0 {
		points := []spending{{0, a.Before, w.T("plan.report.today")}}
		for n, s := range a.Sites {
			points = append(points, spending{s.Spent, s.Covered, ""})
			if n == len(a.Sites)-1 {
				points[n+1].label = whole(w, s.Covered)
			}
		}
		d.add(section{Title: w.T("plan.report.curve"), Texts: []string{w.T("plan.report.curve.text")}, Figures: []figure{{w.curve(a.People, points), w.T("plan.report.curve"), ""}}})
	}
	list := table{Columns: append([]column{numbers(w.T("plan.report.order"))}, w.siteColumns()...)}
	for n, s := range a.Sites {
		list.Rows = append(list.Rows, append([]string{order(n)}, w.siteCells(s)...))
	}
	d.add(section{Title: w.T("plan.report.list"), Texts: []string{w.T("plan.report.list.text")}, Figures: []figure{w.afterwards(chart, a)}, Table: list})
	d.gains(a.Regions)
	d.basis(a.Basis)
	return d, nil
}

// proof says in words how far from the best the choice can be at most.
func (w words) proof(a *planning.Sites) string {
	switch {
	case a.Share > 0 && a.Gap == 0:
		return w.T("plan.report.sites.cheapest", w.percent(a.Share, 1))
	case a.Share > 0:
		return w.T("plan.report.sites.cheaper", w.percent(a.Share, 1), int(math.Ceil(a.Bound-1e-6)), w.decimal(100*a.Gap, 2))
	case a.Gap == 0:
		return w.T("plan.report.sites.best", a.Candidates)
	}
	return w.T("plan.report.sites.proof", a.Candidates, int(math.Floor(a.Bound+1e-6)), int(math.Floor(a.Bound-a.Covered+1e-6)), w.decimal(100*a.Gap, 2))
}

// mounts counts the sites by where the sirens are mounted: "12 on roofs and 3 on
// masts".
func (w words) mounts(sites []planning.Site) string {
	counts := map[string]int{}
	var mounts []string
	for _, s := range sites {
		if counts[s.Mount]++; counts[s.Mount] == 1 {
			mounts = append(mounts, s.Mount)
		}
	}
	for i, mount := range mounts {
		if key := "plan.report.mounts." + mount; w.Has(key) {
			mounts[i] = w.T(key, counts[mount])
		} else {
			mounts[i] = fmt.Sprintf("%s %s", w.Number(counts[mount]), mount)
		}
	}
	return cmp.Or(w.list(mounts), w.T("plan.report.none"))
}

// kind says what stands on a site: "roof, 109 dB(A)".
func (w words) kind(s planning.Site) string {
	mount := s.Mount
	if key := "plan.report.mount." + mount; w.Has(key) {
		mount = w.T(key)
	}
	return fmt.Sprintf("%s, %s\u00a0dB(A)", cmp.Or(mount, s.Kind), w.level(s.Rating))
}

// halfWay is the site with which half of what all bring is reached; -1 where that
// says nothing.
func halfWay(a *planning.Sites) int {
	if len(a.Sites) < 4 {
		return -1
	}
	for n, s := range a.Sites {
		if s.Covered-a.Before >= (a.Covered-a.Before)/2 {
			return n
		}
	}
	return -1
}

// heard prepares the maps of who hears a siren now and afterwards.
func (w words) heard(in planning.Inputs, a *planning.Sites) *chart {
	return newChart(w, in, []class{
		{deafFill, true, w.T("plan.report.legend.deaf", w.level(a.Level))},
		{todayFill, false, w.T("plan.report.legend.today")},
		{yearFill(0, 1), false, w.T("plan.report.legend.newly")},
	})
}

// until is the class of a cell once some stages are built.
func until(stages planning.Stages, built int) func(cell int) int {
	return func(cell int) int {
		stage := int(stages[cell])
		if stage > built {
			stage = planning.Never
		}
		return stage + 1
	}
}

// beforeAndAfter shows who hears a siren now and who afterwards, side by side.
func (w words) beforeAndAfter(c *chart, a *planning.Sites) figure {
	d := drawing.Drawing{Width: pictureWidth}
	const wide = (pictureWidth - 1 - mapGutter) / 2
	sites := marked(a.Sites, wide, order, func(int) color.NRGBA { return newFill })
	var s *sheet
	for n, title := range []string{w.T("plan.report.today"), w.T("plan.report.afterwards")} {
		s = c.sheet(&d, 0.5+float64(n)*(wide+mapGutter), 16, wide, mapHeight)
		d.Add(drawing.Text{At: drawing.Point{X: s.frame.X, Y: 10}, Text: title, Size: 10, Bold: true, Color: drawing.Ink})
		s.draw(until(a.Stages, n), sites[:n*len(sites)])
	}
	d.Height = c.legend(&d, s.frame.Y+s.frame.Height+6, s.standingEntry(), s.builtEntry())
	return figure{d, w.T("plan.report.sites.map"), w.T("plan.report.sites.map.caption", w.model(a.Assumptions))}
}

// afterwards shows the sites with their numbers, as large as a page allows.
func (w words) afterwards(c *chart, a *planning.Sites) figure {
	d := drawing.Drawing{Width: pictureWidth}
	s := c.sheet(&d, 0.5, 0.5, pictureWidth-1, mapHeight)
	s.draw(until(a.Stages, 1), marked(a.Sites, pictureWidth, order, func(int) color.NRGBA { return newFill }))
	d.Height = c.legend(&d, s.frame.Y+s.frame.Height+6, s.standingEntry(), s.builtEntry())
	f := figure{Drawing: d, Title: w.T("plan.report.afterwards")}
	if numbered(len(a.Sites), pictureWidth) {
		f.Caption = w.T("plan.report.sites.numbers")
	}
	return f
}

// order is a site's number in the order of building.
func order(n int) string { return strconv.Itoa(n + 1) }

// yearFill is the colour of what one of several years brings: the first is the
// darkest, all are darker than today's.
func yearFill(year, years int) color.NRGBA {
	from, to := color.NRGBA{0x0A, 0x2A, 0x5C, 0xFF}, color.NRGBA{0x86, 0xB0, 0xE0, 0xFF}
	share := 0.0
	if years > 1 {
		share = float64(year) / float64(years-1)
	}
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	return color.NRGBA{mix(from.R, to.R), mix(from.G, to.G), mix(from.B, to.B), 0xFF}
}

// siteColumns and siteCells are a site in a table.
func (w words) siteColumns() []column {
	return []column{
		text(w.T("plan.report.site")), text(w.T("plan.report.region")), text(w.T("plan.report.kind")), text(w.T("plan.report.position")),
		numbers(w.T("plan.report.cost")), numbers(w.T("plan.report.gains")), numbers(w.T("plan.report.covered")),
	}
}

func (w words) siteCells(s planning.Site) []string {
	return []string{cmp.Or(s.Name, s.ID), s.Region, w.kind(s), s.UTMREF, whole(w, s.Cost), whole(w, s.Gains), whole(w, s.Covered)}
}
