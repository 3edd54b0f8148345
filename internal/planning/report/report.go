// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package report writes a programme as a page that prints well: one HTML file
// with its pictures in it, without scripts. The same programme makes the same
// bytes.
package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strconv"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
)

//go:embed report.html
var files embed.FS

var page = template.Must(template.New("report.html").ParseFS(files, "report.html"))

// view is the programme as the page shows it.
type view struct {
	catalogue.Language
	*planning.Programme
	Map   template.HTML
	Curve template.HTML
}

// WriteHTML writes the report in a language of the catalogue.
func WriteHTML(w io.Writer, in planning.Inputs, p *planning.Programme, language string) error {
	v := view{Language: catalogue.For(language), Programme: p}
	drawn, err := siteMap(in, p)
	if err != nil {
		return fmt.Errorf("draw the map of the report: %w", err)
	}
	v.Map, v.Curve = drawn, curve(p, v.Language)
	if err := page.Execute(w, v); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Summary is the programme in one sentence.
func (v view) Summary() string {
	return v.T("plan.report.summary", int(v.Before), int(v.People), v.Decimal(v.Level, 0), v.percent(v.Before, v.People),
		int(v.Spent), len(v.Years), int(v.Covered), v.percent(v.Covered, v.People))
}

// Proof is how far the choice can be from the best.
func (v view) Proof() string { return v.T("plan.report.proof", v.Percent(v.Gap, 2)) }

// Words names a model and its settings.
func (v view) Words(a earshot.Assumptions) string {
	a = a.Filled()
	if a.Model == earshot.ISO9613 {
		return v.T("plan.model.iso9613", v.Decimal(*a.Temperature, 0), v.Decimal(*a.Humidity, 0), v.Decimal(*a.Ground, 1))
	}
	return v.T("plan.model.cpg117", v.Decimal(a.PerDoubling, 0))
}

// OtherCovered is how many the other model says are covered today.
func (v view) OtherCovered() int { return int(v.Other.Covered) }

// Whole writes a number of people or euros.
func (v view) Whole(n any) string {
	switch n := n.(type) {
	case int:
		return v.Number(n)
	case int64:
		return v.Number(int(n))
	case float64:
		return v.Number(int(n + 0.5))
	}
	return fmt.Sprint(n)
}

// Percent writes a part of one in per cent.
func (v view) Percent(part float64, digits int) string { return v.Decimal(100*part, digits) }

func (v view) percent(part, whole float64) string {
	if whole == 0 {
		return v.Decimal(0, 1)
	}
	return v.Percent(part/whole, 1)
}

// Decimal writes a number with a comma in German.
func (v view) Decimal(n float64, digits int) string {
	text := strconv.FormatFloat(n, 'f', digits, 64)
	if v.Tag() == "en" {
		return text
	}
	for i := range text {
		if text[i] == '.' {
			return text[:i] + "," + text[i+1:]
		}
	}
	return text
}

// Plain writes a year, without marks between its digits.
func (v view) Plain(n int) string { return strconv.Itoa(n) }
