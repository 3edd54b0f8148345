// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
	planreport "github.com/tocsin-alert/tocsin/internal/planning/report"
)

// planInputs are the flags of what a plan is about.
type planInputs struct {
	Sirens      string   `help:"Sirens that stand: CSV, GeoJSON or OpenStreetMap; see docs/formats/siren-registry.md." placeholder:"FILE" type:"path"`
	Population  string   `required:"" help:"Where people live: a table of the Zensus 2022 or 2011, also in .gz or .zip." placeholder:"FILE" type:"path"`
	Regions     string   `help:"Boundaries with ARS, for the count by Gemeinde and Kreis." placeholder:"FILE" type:"path"`
	Terrain     []string `help:"Elevations of the ground, files or folders of .hgt, .asc or .tif; it is flat unless they are given." placeholder:"FILE|FOLDER" type:"path" sep:"none"`
	Model       string   `default:"cpg117" enum:"cpg117,iso9613" help:"How sound is lost: cpg117 (cautious) or iso9613 (downwind, no houses)."`
	Level       float64  `default:"70" help:"At how many dB(A) a siren counts as heard." placeholder:"DB"`
	PerDoubling float64  `help:"Loss of cpg117 for each doubling of the distance, 10 unless given." placeholder:"DB"`
	Temperature *float64 `help:"For iso9613, in °C; 10 unless given." placeholder:"C"`
	Humidity    *float64 `help:"For iso9613, in per cent; 70 unless given." placeholder:"PERCENT"`
	Ground      *float64 `help:"For iso9613, from 0 (hard) to 1 (porous); 0.5 unless given." placeholder:"G"`
	Edition     int      `default:"2024" enum:"1996,2024" help:"The edition of ISO 9613-2 by which terrain shades: 1996 or 2024."`
}

func (p planInputs) question() planning.CoverageQuestion {
	return planning.CoverageQuestion{
		Level: p.Level,
		Assumptions: earshot.Assumptions{
			Model: earshot.Model(p.Model), PerDoubling: p.PerDoubling, Temperature: p.Temperature, Humidity: p.Humidity, Ground: p.Ground, Edition: p.Edition,
		},
	}
}

// open reads the files and says on the terminal how far it is.
func (p planInputs) open(ctx context.Context) (planning.Inputs, error) {
	paths := planning.Paths{Sirens: p.Sirens, Population: p.Population, Regions: p.Regions, Terrain: p.Terrain}
	if isTerminal(os.Stderr) {
		paths.Progress = func(what string, done, total int64) {
			fmt.Fprintf(os.Stderr, "\r\x1b[K%s: %d %% read", what, 100*done/max(total, 1))
		}
		defer fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	in, notes, err := planning.Open(ctx, paths)
	tell(notes)
	return in, err
}

// listedNotes is how many notes are told one by one.
const listedNotes = 20

// tell says what of the files was not taken.
func tell(notes []planning.Note) {
	for _, n := range notes[:min(len(notes), listedNotes)] {
		fmt.Fprintln(os.Stderr, n)
	}
	if more := len(notes) - listedNotes; more > 0 {
		fmt.Fprintf(os.Stderr, "and %d more rows that were not taken\n", more)
	}
}

type planCoverage struct {
	planInputs `embed:""`
	planFiles  `embed:""`
	output     `embed:""`
}

// coverageResult is what the command prints.
type coverageResult struct {
	*planning.Coverage
	Seconds float64 `json:"seconds"`
}

// Run implements the command.
func (c *planCoverage) Run(ctx context.Context) error {
	began := time.Now()
	if err := c.check(".html", ".pdf", ".png", ".csv", ".geojson"); err != nil {
		return err
	}
	in, err := c.open(ctx)
	if err != nil {
		return err
	}
	question := c.question()
	if isTerminal(os.Stderr) {
		var mu sync.Mutex
		question.Progress = func(done, total int) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(os.Stderr, "\r\x1b[Kreckoning: %d of %d parts", done, total)
		}
	}
	coverage, err := planning.Cover(ctx, in, question)
	if question.Progress != nil {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	result := coverageResult{coverage, time.Since(began).Seconds()}
	forms := reportForms(planreport.Report{Title: c.Title, Language: c.Language, Inputs: in, Coverage: coverage})
	forms[".csv"], forms[".geojson"] = coverage.WriteCSV, coverage.WriteGeoJSON
	if err := c.write(forms); err != nil {
		return err
	}
	return c.print(result, func(w io.Writer) { result.text(w) })
}

func (r coverageResult) text(w io.Writer) {
	table(w, [][]string{
		{"model", r.Model},
		{"people", number(float64(r.People))},
		{fmt.Sprintf("hear %g dB(A)", r.Level), fmt.Sprintf("%s (%.1f %%)", number(float64(r.Covered)), 100*r.Share)},
		{"at 65 / 70 / 75 dB(A)", fmt.Sprintf("%s / %s / %s", number(float64(r.At65)), number(float64(r.At70)), number(float64(r.At75)))},
		{"above 97 dB(A)", number(float64(r.TooLoud))},
		{"by " + r.Other.Model, fmt.Sprintf("%s (%.1f %%)", number(float64(r.Other.Covered)), 100*r.Other.Share)},
		{"sirens", fmt.Sprint(r.Sirens)},
		{"seconds", fmt.Sprintf("%.2f", r.Seconds)},
	})
	if r.Generated > 0 {
		fmt.Fprintf(w, "mind: %d of the sirens are made up\n", r.Generated)
	}
	if len(r.Gaps) > 0 {
		fmt.Fprintf(w, "\nthe largest of %d gaps:\n", r.GapCount)
		rows := [][]string{{"PEOPLE", "WHERE", "REGION"}}
		for _, g := range r.Gaps[:min(len(r.Gaps), 10)] {
			rows = append(rows, []string{number(float64(g.People)), g.UTMREF, g.Region})
		}
		table(w, rows)
	}
	if len(r.Regions) > 0 {
		fmt.Fprintln(w, "\nregions with most people who hear nothing:")
		rows := [][]string{{"REGION", "", "PEOPLE", "COVERED", "SHARE"}}
		worst := planning.Worst(r.Regions)
		for _, region := range worst[:min(len(worst), 10)] {
			rows = append(rows, []string{string(region.ARS), region.Name, number(float64(region.People)), number(float64(region.Covered)), fmt.Sprintf("%.1f %%", 100*region.Share())})
		}
		table(w, rows)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(os.Stderr, "note: %s. %s\n", f.Message, f.Remedy)
	}
	if r.Licence != "" {
		fmt.Fprintln(w, "\n"+r.Licence)
	}
}

// number writes a whole number with its thousands apart.
func number(n float64) string {
	digits := fmt.Sprintf("%.0f", n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}
