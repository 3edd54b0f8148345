// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	planreport "github.com/tocsin-alert/tocsin/internal/planning/report"
)

type planSites struct {
	planInputs `embed:""`
	Candidates string        `required:"" help:"Where sirens could stand: a list, or cells:SPACING for the most peopled cell of each square of so many metres." placeholder:"FILE|cells:SPACING"`
	Kinds      string        `help:"Kinds of sirens with their costs, as YAML; those of docs/formats/plan.md unless given." placeholder:"FILE" type:"path"`
	Budget     float64       `xor:"aim" required:"" help:"Money in euros." placeholder:"EUR"`
	Share      float64       `xor:"aim" required:"" help:"Share of all people to be covered, for least money, such as 0.9." placeholder:"SHARE"`
	Time       time.Duration `default:"60s" help:"When to stop, if the best is not proved before."`
	Steps      int           `help:"Stop after so many steps of search in place of the time: the same on every machine." placeholder:"N"`
	Seed       uint64        `help:"Another seed tries other choices; the same one tries the same."`
	planFiles  `embed:""`
	output     `embed:""`
}

// Run implements the command.
func (c *planSites) Run(ctx context.Context) error {
	if err := c.check(".html", ".pdf", ".png", ".csv"); err != nil {
		return err
	}
	in, err := c.open(ctx)
	if err != nil {
		return err
	}
	kinds := sites.DefaultKinds()
	if c.Kinds != "" {
		if kinds, err = planning.ReadKinds(c.Kinds); err != nil {
			return err
		}
	}
	candidates, notes, err := in.Candidates(c.Candidates, kinds)
	tell(notes)
	if err != nil {
		return err
	}
	question := planning.SitesQuestion{
		CoverageQuestion: c.question(), Candidates: candidates, Kinds: kinds, Budget: c.Budget, Share: c.Share,
		Time: c.Time, Steps: c.Steps, Seed: c.Seed,
	}
	if c.Steps > 0 {
		question.Time = 0
	}
	if isTerminal(os.Stderr) {
		began := time.Now()
		question.Found = func(covered, bound, gap, cost float64) {
			fmt.Fprintf(os.Stderr, "\r\x1b[K%.0f s: %s people for %s euros, gap %.2f %%", time.Since(began).Seconds(), number(covered), number(cost), 100*gap)
		}
	}
	answer, err := planning.Choose(ctx, in, question)
	if question.Found != nil {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	forms := reportForms(planreport.Report{Title: c.Title, Language: c.Language, Inputs: in, Sites: answer})
	forms[".csv"] = answer.WriteCSV
	if err := c.write(forms); err != nil {
		return err
	}
	return c.print(answer, func(w io.Writer) {
		table(w, [][]string{
			{"model", answer.Model},
			{"people", number(answer.People)},
			{fmt.Sprintf("hear %g dB(A) before", answer.Level), fmt.Sprintf("%s (%.1f %%)", number(answer.Before), percent(answer.Before, answer.People))},
			{"and afterwards", fmt.Sprintf("%s (%.1f %%)", number(answer.Covered), percent(answer.Covered, answer.People))},
			{"euros", number(answer.Cost)},
			{"sirens", fmt.Sprint(len(answer.Sites))},
			{"at most below the best by", fmt.Sprintf("%.2f %%", 100*answer.Gap)},
			{"seconds", fmt.Sprintf("%.1f", answer.Seconds)},
		})
		rows := [][]string{{"", "SITE", "KIND", "UTMREF", "REGION", "EUROS", "GAINS"}}
		for n, s := range answer.Sites[:min(len(answer.Sites), listedSites)] {
			rows = append(rows, []string{fmt.Sprint(n + 1), s.ID, s.Kind, s.UTMREF, s.Region, number(s.Cost), number(s.Gains)})
		}
		if len(answer.Sites) > 0 {
			fmt.Fprintln(w, "\nin the order in which to build them:")
			table(w, rows)
		}
		if more := len(answer.Sites) - listedSites; more > 0 {
			fmt.Fprintf(w, "and %d more: -o FILE.csv or --json has them all\n", more)
		}
		for _, f := range answer.Findings {
			fmt.Fprintf(os.Stderr, "note: %s. %s\n", f.Message, f.Remedy)
		}
		if answer.Licence != "" {
			fmt.Fprintln(w, "\n"+answer.Licence)
		}
	})
}

// listedSites is how many sites people are shown.
const listedSites = 30

func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * part / whole
}
