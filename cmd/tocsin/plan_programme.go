// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/tocsin-alert/tocsin/internal/planning"
	planreport "github.com/tocsin-alert/tocsin/internal/planning/report"
)

type planProgramme struct {
	Config    string `arg:"" help:"The programme, as YAML; see docs/formats/plan.md." type:"path"`
	planFiles `embed:""`
	output    `embed:""`
}

// Run implements the command.
func (c *planProgramme) Run(ctx context.Context) error {
	if err := c.check(".html", ".pdf", ".png", ".csv"); err != nil {
		return err
	}
	var progress func(string, int64, int64)
	terminal := isTerminal(os.Stderr)
	if terminal {
		progress = func(what string, done, total int64) {
			fmt.Fprintf(os.Stderr, "\r\x1b[K%s: %d %% read", what, 100*done/max(total, 1))
		}
		defer fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	in, question, notes, err := planning.OpenProgramme(ctx, c.Config, progress)
	tell(notes)
	if err != nil {
		return err
	}
	if terminal {
		question.Done = func(done, total int) { fmt.Fprintf(os.Stderr, "\r\x1b[Karea %d of %d", done+1, total) }
	}
	programme, err := planning.Plan(ctx, in, question)
	if err != nil {
		return err
	}
	forms := reportForms(planreport.Report{Title: c.Title, Language: c.Language, Inputs: in, Programme: programme})
	forms[".csv"] = programme.WriteCSV
	if err := c.write(forms); err != nil {
		return err
	}
	if terminal {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	return c.print(programme, func(w io.Writer) {
		fmt.Fprintf(w, "%s of %s people hear %g dB(A) today, %s (%.1f %%) afterwards, for %s euros; at most %.2f %% below the best\n",
			number(programme.Before), number(programme.People), programme.Level, number(programme.Covered), percent(programme.Covered, programme.People), number(programme.Spent), 100*programme.Gap)
		if programme.Generated > 0 {
			fmt.Fprintf(w, "mind: %d of the sirens that stand are made up\n", programme.Generated)
		}
		rows := [][]string{{"YEAR", "EUROS", "SPENT", "LEFT", "SIRENS", "GAINS", "COVERED"}}
		for _, y := range programme.Years {
			rows = append(rows, []string{fmt.Sprint(y.Year), number(y.Budget), number(y.Spent), number(y.Left), fmt.Sprint(y.Sites), number(y.Gains), number(y.Covered)})
		}
		table(w, rows)
		rows = [][]string{{"AREA", "", "SHARE", "SPENT", "SIRENS", "PEOPLE", "BEFORE", "AFTER"}}
		for _, a := range programme.Areas {
			rows = append(rows, []string{string(a.ARS), a.Name, fmt.Sprintf("%.2f %%", 100*a.Share), number(a.Spent), fmt.Sprint(a.Sites), number(float64(a.People)), number(float64(a.Before)), number(float64(a.Covered))})
		}
		fmt.Fprintln(w)
		table(w, rows)
		for _, f := range programme.Findings {
			fmt.Fprintf(os.Stderr, "note: %s. %s\n", f.Message, f.Remedy)
		}
	})
}
