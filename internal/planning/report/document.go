// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"cmp"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// document is what a report says, whatever it is written as.
type document struct {
	words
	Title string
	// Mind is what must be seen before all else; may be empty.
	Mind string
	// Answer is the first page's sentences.
	Answer   []string
	Picture  figure
	Sections []section
}

// section is a part after the first page; what it does not have is empty.
type section struct {
	Title   string
	Texts   []string
	Figures []figure
	Table   table
	Points  []string
}

// figure is a picture with its words.
type figure struct {
	drawing.Drawing
	Title   string // for who does not see it
	Caption string
}

// table is rows of as many cells as there are columns.
type table struct {
	Columns []column
	Rows    [][]string
}

// column is one of a table; the first names the row.
type column struct {
	Title   string
	Numbers bool // set to the right
	Long    bool // has words that are broken where there is no room
}

// text and numbers make columns.
func text(title string) column    { return column{Title: title} }
func numbers(title string) column { return column{Title: title, Numbers: true} }

// begin is a report before anything is said in it.
func (w words) begin(r Report, otherwise string, generated int) *document {
	d := &document{words: w, Title: cmp.Or(r.Title, w.T(otherwise))}
	if generated > 0 {
		d.Mind = w.T("plan.report.generated", generated)
	}
	return d
}

func (d *document) say(sentence string) { d.Answer = append(d.Answer, sentence) }
func (d *document) add(s section)       { d.Sections = append(d.Sections, s) }

// basis adds what all of it was made from.
func (d *document) basis(b planning.Basis) {
	files := table{Columns: []column{text(d.T("plan.report.file")), text(d.T("plan.report.name")), {Title: "SHA-256", Long: true}}}
	for _, f := range b.Files {
		files.Rows = append(files.Rows, []string{d.T("plan.report.file." + f.Role), f.Name, f.SHA256})
	}
	s := section{
		Title: d.T("plan.report.basis"),
		Texts: []string{d.T("plan.report.basis.model", d.model(b.Assumptions), d.level(b.Level)), d.T("plan.report.caution"), d.T("plan.report.basis.text")},
		Table: files,
	}
	for _, f := range b.Findings {
		s.Points = append(s.Points, f.Say(d.Language))
	}
	if b.Licence != "" {
		s.Points = append(s.Points, b.Licence)
	}
	d.add(s)
}

// other says what the other model says of today.
func (w words) other(b planning.Basis, people float64) string {
	return w.T("plan.report.other", w.model(b.Other.Assumptions), int(b.Other.Covered), w.percent(float64(b.Other.Covered), people), w.model(b.Assumptions))
}

// mostRows is how many rows of regions a report lists; a table of all of them is
// in the CSV.
const mostRows = 500

// gains says who gains, by region, those first who gain most.
func (d *document) gains(rows []planning.Gain) {
	if len(rows) == 0 {
		return
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b planning.Gain) int { return cmp.Compare(b.After-b.Before, a.After-a.Before) })
	s := section{Title: d.T("plan.report.gain.title"), Table: table{Columns: []column{
		text(d.T("plan.report.region")), text("ARS"), numbers(d.T("plan.report.people")), numbers(d.T("plan.report.before")), numbers(d.T("plan.report.after")), numbers(d.T("plan.report.gains")), numbers(d.T("plan.report.after.share")),
	}}}
	for _, g := range sorted[:min(len(sorted), mostRows)] {
		s.Table.Rows = append(s.Table.Rows, []string{
			d.region(g.Name, g.ARS), string(g.ARS), whole(d.words, g.People), whole(d.words, g.Before), whole(d.words, g.After), whole(d.words, g.After-g.Before), d.percent(float64(g.After), float64(g.People)) + " %",
		})
	}
	if len(sorted) > mostRows {
		s.Texts = append(s.Texts, d.T("plan.report.rows", mostRows, len(sorted)))
	}
	d.add(s)
}
