// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// How many places and sirens a report lists.
const (
	listedGaps   = 100
	listedSirens = 200
)

// coverage is the report of who hears which siren.
func (w words) coverage(r Report, c *planning.Coverage) (*document, error) {
	d := w.begin(r, "plan.report.coverage.title", c.Generated)
	d.say(w.T("plan.report.coverage.now", int(c.Covered), int(c.People), w.level(c.Level), w.percent(float64(c.Covered), float64(c.People)), int(c.People-c.Covered)))
	d.say(w.other(c.Basis, float64(c.People)))
	d.say(w.largestGap(c))
	if worst := w.worst(c); worst != "" {
		d.say(worst)
	}
	d.say(w.T("plan.report.coverage.loud", int(c.TooLoud)))
	d.Picture = w.levelMap(r.Inputs, c)

	if len(c.Kreise) > 0 {
		d.add(w.rows("plan.report.kreise", c.Kreise, sums(c.Other.Regions)))
	}
	if len(c.Regions) > 0 {
		d.add(w.rows("plan.report.regions", c.Regions, c.Other.Regions))
	}
	d.add(w.gaps(c))
	if len(c.Each) > 0 {
		d.add(w.each(c.Each))
	}
	d.basis(c.Basis)
	return d, nil
}

// largestGap is where most people hear nothing.
func (w words) largestGap(c *planning.Coverage) string {
	if len(c.Gaps) == 0 {
		return w.T("plan.report.coverage.nogap")
	}
	largest := c.Gaps[0]
	return w.T("plan.report.coverage.gaps", c.GapCount, int(largest.People), where(largest))
}

// where names a gap's place.
func where(g planning.Gap) string {
	whole := strings.ReplaceAll(g.UTMREF, " ", "\u00a0") // on one line
	if g.Region == "" {
		return whole
	}
	return fmt.Sprintf("%s (%s)", g.Region, whole)
}

// worst names the regions in which most people hear nothing.
func (w words) worst(c *planning.Coverage) string {
	var names []string
	for _, r := range planning.Worst(c.Regions) {
		if len(names) == 3 || r.Covered == r.People {
			break
		}
		names = append(names, fmt.Sprintf("%s (%s)", r.Name, whole(w, r.People-r.Covered)))
	}
	if len(names) == 0 {
		return ""
	}
	return w.T("plan.report.coverage.worst", w.list(names))
}

// levelMap shows the levels where people live, and where no siren is heard.
func (w words) levelMap(in planning.Inputs, c *planning.Coverage) figure {
	var classes []class
	for band := range planning.Bands {
		label := ""
		switch from := planning.Bands[band].From; {
		case band == 0:
			label = w.T("plan.report.band.under", w.level(planning.Bands[1].From))
		case band == len(planning.Bands)-1:
			label = w.T("plan.report.band.over", w.level(from))
		default:
			label = w.T("plan.report.band", w.level(from), w.level(planning.Bands[band+1].From))
		}
		classes = append(classes, class{planning.Bands[band].Color, false, label})
	}
	// The same bands again, for where the level is not enough: one of them is explained.
	for band := range planning.Bands {
		classes = append(classes, class{planning.Bands[band].Color, true, ""})
	}
	classes[len(planning.Bands)].label = w.T("plan.report.legend.deaf", w.level(c.Level))
	chart := newChart(w, in, classes)
	d := drawing.Drawing{Width: pictureWidth}
	s := chart.sheet(&d, 0.5, 0.5, pictureWidth-1, mapHeight)
	s.draw(func(cell int) int {
		band := planning.BandOf(c.Map.Levels[cell])
		if c.Map.Heard[cell] == 0 {
			band += len(planning.Bands)
		}
		return band
	}, nil)
	d.Height = chart.legend(&d, s.frame.Y+s.frame.Height+6, s.standingEntry())
	return figure{d, w.T("plan.report.coverage.map"), w.T("plan.report.coverage.map.caption", w.model(c.Assumptions))}
}

// sums adds up regions by their Kreis.
func sums(regions map[geo.ARS]int64) map[geo.ARS]int64 {
	if regions == nil {
		return nil
	}
	kreise := map[geo.ARS]int64{}
	for ars, people := range regions {
		kreise[ars.Kreis()] += people
	}
	return kreise
}

// rows is the table of regions, by their keys; of many, those in which most people
// hear nothing.
func (w words) rows(title string, rows []earshot.RegionCount, other map[geo.ARS]int64) section {
	s := section{Title: w.T(title), Table: table{Columns: []column{
		text(w.T("plan.report.region")), text("ARS"), numbers(w.T("plan.report.people")), numbers(w.T("plan.report.covered")), numbers(w.T("plan.report.share")),
		numbers(w.T("plan.report.othermodel")), numbers("≥ 65"), numbers("≥ 70"), numbers("≥ 75"), numbers("> 97"),
	}}}
	s.Texts = []string{w.T("plan.report.regions.text")}
	if len(rows) > mostRows {
		s.Texts = append(s.Texts, w.T("plan.report.rows", mostRows, len(rows)))
		rows = slices.Clone(planning.Worst(rows)[:mostRows])
		slices.SortFunc(rows, func(a, b earshot.RegionCount) int { return cmp.Compare(a.ARS, b.ARS) })
	}
	for _, r := range rows {
		s.Table.Rows = append(s.Table.Rows, []string{
			w.region(r.Name, r.ARS), string(r.ARS), whole(w, r.People), whole(w, r.Covered), w.percent(float64(r.Covered), float64(r.People)) + " %", whole(w, other[r.ARS]),
			whole(w, r.At65), whole(w, r.At70), whole(w, r.At75), whole(w, r.TooLoud),
		})
	}
	return s
}

// gaps lists the places where no siren is heard.
func (w words) gaps(c *planning.Coverage) section {
	s := section{Title: w.T("plan.report.gaps"), Texts: []string{w.T("plan.report.gaps.text", c.GapCount, w.level(c.Level))}}
	if len(c.Gaps) == 0 {
		return s
	}
	if c.GapCount > listedGaps {
		s.Texts = append(s.Texts, w.T("plan.report.gaps.listed", listedGaps))
	}
	s.Table.Columns = []column{text(w.T("plan.report.position")), text(w.T("plan.report.region")), numbers(w.T("plan.report.people")), numbers(w.T("plan.report.cells"))}
	for _, g := range c.Gaps[:min(len(c.Gaps), listedGaps)] {
		s.Table.Rows = append(s.Table.Rows, []string{g.UTMREF, g.Region, whole(w, g.People), whole(w, g.Cells)})
	}
	return s
}

// each says what each siren adds, those that are missed most first.
func (w words) each(sirens []earshot.SirenCount) section {
	s := section{Title: w.T("plan.report.each"), Texts: []string{w.T("plan.report.each.text")}, Table: table{Columns: []column{
		text(w.T("plan.report.siren")), numbers(w.T("plan.report.each.alone")), numbers(w.T("plan.report.each.loudest")),
	}}}
	sorted := slices.Clone(sirens)
	slices.SortStableFunc(sorted, func(a, b earshot.SirenCount) int {
		return cmp.Or(cmp.Compare(b.Alone, a.Alone), cmp.Compare(b.Loudest, a.Loudest))
	})
	if len(sorted) > listedSirens {
		s.Texts = append(s.Texts, w.T("plan.report.rows", listedSirens, len(sorted)))
		sorted = sorted[:listedSirens]
	}
	for _, siren := range sorted {
		s.Table.Rows = append(s.Table.Rows, []string{siren.ID, whole(w, siren.Alone), whole(w, siren.Loudest)})
	}
	return s
}
