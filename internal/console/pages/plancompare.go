// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"html/template"
	"math"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// compareData is some studies side by side; the others are compared with the first.
type compareData struct {
	catalogue.Language
	Studies []studyData
}

// Letter names the study of a column.
func (compareData) Letter(n int) string { return string(rune('A' + n)) }

// figure is one number of each study.
type figure struct {
	// Key is the number's name in the catalogue, Unit that of its unit.
	Key    string
	Values []float64
	// Percent, Gap and Euros say how the values are written: with one decimal, as a
	// gap, as money; else they are people or things.
	Percent, Gap, Euros bool
}

// asked is a number that only studies with new sirens have.
func asked(s study.Study, value float64) float64 {
	if s.Question.Kind == study.Coverage {
		return math.NaN()
	}
	return value
}

// Figures are the rows of the table.
func (d compareData) Figures() (rows []figure) {
	add := func(f figure, of func(study.Study, *study.Answer) float64) {
		for _, s := range d.Studies {
			f.Values = append(f.Values, of(s.Study, s.Answer))
		}
		rows = append(rows, f)
	}
	share := func(part, whole float64) float64 {
		if whole <= 0 {
			return 0
		}
		return 100 * part / whole
	}
	add(figure{Key: "people"}, func(s study.Study, _ *study.Answer) float64 { return s.Summary.People })
	add(figure{Key: "sirens"}, func(s study.Study, _ *study.Answer) float64 { return float64(s.Summary.Sirens) })
	add(figure{Key: "before"}, func(s study.Study, _ *study.Answer) float64 { return s.Summary.Before })
	add(figure{Key: "covered"}, func(s study.Study, _ *study.Answer) float64 { return s.Summary.Covered })
	add(figure{Key: "share", Percent: true}, func(s study.Study, _ *study.Answer) float64 { return share(s.Summary.Covered, s.Summary.People) })
	add(figure{Key: "missed"}, func(s study.Study, _ *study.Answer) float64 { return s.Summary.People - s.Summary.Covered })
	add(figure{Key: "too-loud"}, func(_ study.Study, a *study.Answer) float64 {
		if a.After != nil {
			return float64(a.After.TooLoud)
		}
		return float64(a.Coverage.TooLoud)
	})
	add(figure{Key: "sites"}, func(s study.Study, _ *study.Answer) float64 { return asked(s, float64(s.Summary.Sites)) })
	add(figure{Key: "cost", Euros: true}, func(s study.Study, _ *study.Answer) float64 { return asked(s, s.Summary.Cost) })
	add(figure{Key: "gap", Gap: true}, func(s study.Study, _ *study.Answer) float64 { return asked(s, s.Summary.Gap) })
	add(figure{Key: "other"}, func(s study.Study, _ *study.Answer) float64 { return s.Summary.OtherCovered })
	return rows
}

// Write writes a number of a row as its unit needs it.
func (d compareData) Write(f figure, value float64) string {
	switch {
	case math.IsNaN(value):
		return "–"
	case f.Gap:
		return gapPercent(d.Language, value) + " %"
	case f.Percent:
		return d.Decimal(value) + " %"
	case f.Euros:
		return d.Number(int(value+0.5)) + " €"
	}
	return d.Number(int(value + 0.5))
}

// Difference is how a number differs from that of the first study.
func (d compareData) Difference(f figure, n int) string {
	by := f.Values[n] - f.Values[0]
	switch {
	case math.IsNaN(by):
		return ""
	case by > 0:
		return "+" + d.Write(f, by)
	case by < 0:
		return "−" + d.Write(f, -by)
	}
	return "±0"
}

// Curves draws what each study makes of its money; empty where none builds.
func (d compareData) Curves() template.HTML {
	var lines []plotLine
	for n, s := range d.Studies {
		if points := curveOf(s.Answer); len(points) > 1 {
			lines = append(lines, plotLine{d.Letter(n), points})
		}
	}
	return plot(d.Language, "curves-title", lines)
}

func (s *server) comparePlans(c *call) error {
	ids := c.r.URL.Query()["study"]
	if len(ids) < 2 || len(ids) > mostCompared {
		return s.showPlan(c, problem.New(problem.Invalid, c.T("console.plan.compare.some"), c.T("console.plan.compare.some.remedy")))
	}
	data := compareData{Language: c.Language}
	for _, id := range ids {
		one, err := s.studyData(c, id)
		if err != nil {
			return err
		}
		if one.Answer == nil {
			return s.showPlan(c, problem.New(problem.Conflict, c.T("console.plan.compare.unfinished", one.Question.Title), c.T("console.plan.compare.some.remedy")))
		}
		data.Studies = append(data.Studies, one)
	}
	return c.show(view{Template: "plan-compare", Title: c.T("console.plan.compare.title"), Data: data})
}
