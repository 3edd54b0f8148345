// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"context"
	"io"

	"github.com/tocsin-alert/tocsin/internal/planning/report"
	"github.com/tocsin-alert/tocsin/internal/planning/tiles"
)

// The files from which tiles are drawn: who hears the sirens that stand, and with
// the new ones.
const (
	LevelsFile = "levels.cells"
	AfterFile  = "after.cells"
)

// mostSquares is how many cells are written as GeoJSON at most: some 60 MB.
const mostSquares = 250_000

// draw writes the maps, lists and reports.
func (r *run) draw(ctx context.Context) error {
	a := r.answer
	type result struct {
		name  string
		write func(io.Writer) error
	}
	shown := a.Coverage
	results := []result{
		{LevelsFile, func(w io.Writer) error { return tiles.Write(w, a.Coverage.Map) }},
		{"gaps.csv", a.Coverage.WriteGapsCSV},
		{"sirens.geojson", a.Coverage.WriteSirens},
	}
	if a.After != nil {
		shown = a.After
		results = append(results, result{AfterFile, func(w io.Writer) error { return tiles.Write(w, a.After.Map) }})
	}
	results = append(results, result{"map.png", r.report("de").WritePNG}, result{"regions.csv", shown.WriteCSV})
	if r.inputs.Grid.Len() <= mostSquares {
		results = append(results, result{"cells.geojson", shown.WriteGeoJSON})
	}
	if a.Sites != nil {
		results = append(results, result{"sites.csv", a.Sites.WriteCSV})
	}
	if a.Programme != nil {
		results = append(results, result{"sites.csv", a.Programme.WriteCSV})
	}
	for _, language := range []string{"de", "en"} {
		made := r.report(language)
		results = append(results, result{"report." + language + ".html", made.WriteHTML}, result{"report." + language + ".pdf", made.WritePDF})
	}
	for n, result := range results {
		r.tell(Progress{Stage: StageDrawing, Done: int64(n), Total: int64(len(results))})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.write(result.name, result.write); err != nil {
			return err
		}
	}
	return nil
}

// report is the answer as people read it.
func (r *run) report(language string) report.Report {
	made := report.Report{Title: r.answer.Question.Title, Language: language, Inputs: r.inputs, Sites: r.answer.Sites, Programme: r.answer.Programme}
	if made.Sites == nil && made.Programme == nil {
		made.Coverage = r.answer.Coverage
	}
	return made
}

// resultFiles are all that a study can have, in the order in which they are listed.
var resultFiles = []string{
	"report.de.html", "report.en.html", "report.de.pdf", "report.en.pdf", "map.png", "regions.csv", "gaps.csv", "sites.csv", "sirens.geojson", "cells.geojson",
	answerFile, questionFile, LevelsFile, AfterFile,
}
