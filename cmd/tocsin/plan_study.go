// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type planStudy struct {
	Folder string `arg:"" help:"The folder of a study, with study.json and its files; see docs/formats/study.md." type:"path"`
	Check  bool   `help:"Change nothing, and say which files come out differently."`
	JSON   bool   `name:"json" help:"Say on standard output, a line of JSON each, how far it is and what came out."`
}

// Run implements the command.
func (c *planStudy) Run(ctx context.Context) error {
	if c.JSON {
		lines := study.NewLines(os.Stdout)
		err := study.Run(ctx, c.Folder, lines.Progress)
		lines.Finish(nil, err)
		return quietly(err)
	}
	progress, done := terminalProgress()
	defer done()
	if !c.Check {
		return study.Run(ctx, c.Folder, progress)
	}
	differ, err := study.Again(ctx, c.Folder, progress)
	done()
	if err != nil {
		return err
	}
	if len(differ) > 0 {
		return problem.New(problem.Conflict, "These files come out differently: "+strings.Join(differ, ", ")+".", "Compare the version of tocsin with the one that made them; docs/formats/study.md says what else may be.")
	}
	fmt.Println("every file comes out as it is")
	return nil
}

type planInspect struct {
	File string `arg:"" help:"The file." type:"path"`
	Role string `required:"" enum:"population,regions,sirens,candidates,terrain" help:"What it is for: population, regions, sirens, candidates or terrain." placeholder:"ROLE"`
	JSON bool   `name:"json" help:"Say on standard output, a line of JSON each, how far it is and what came out."`
}

// Run implements the command.
func (c *planInspect) Run(ctx context.Context) error {
	if c.JSON {
		lines := study.NewLines(os.Stdout)
		d, err := study.Inspect(ctx, c.File, study.Role(c.Role), lines.Progress)
		lines.Finish(&d, err)
		return quietly(err)
	}
	progress, done := terminalProgress()
	d, err := study.Inspect(ctx, c.File, study.Role(c.Role), progress)
	done()
	if err != nil {
		return err
	}
	describe(os.Stdout, filepath.Base(c.File), d)
	return nil
}

// planCommandLine is how a node begins processes of this program that plan. Where
// the program's own file is not known, the node plans in its own process.
func planCommandLine() []string {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{self, "plan"}
}

// describe says what is in a file.
func describe(w io.Writer, name string, d study.Dataset) {
	var counts []string
	for what := range d.Counts {
		counts = append(counts, what)
	}
	slices.Sort(counts)
	rows := [][]string{{"file", name}}
	for _, what := range counts {
		rows = append(rows, []string{what, fmt.Sprint(d.Counts[what])})
	}
	table(w, rows)
	licenceLine(w, d.Licence, false)
	for _, n := range d.Notes {
		n.File = name
		fmt.Fprintln(os.Stderr, n)
	}
	if more := d.NotesTotal - len(d.Notes); more > 0 {
		fmt.Fprintf(os.Stderr, "and %d more that were not taken\n", more)
	}
}

// quietly ends with the exit code of an error that was said already.
func quietly(err error) error {
	if err == nil {
		return nil
	}
	return exitCode(problem.KindOf(err).ExitCode())
}

// terminalProgress shows on a terminal how far it is, until done.
func terminalProgress() (progress func(study.Progress), done func()) {
	if !isTerminal(os.Stderr) {
		return nil, func() {}
	}
	return func(p study.Progress) {
			switch {
			case p.Bound > 0:
				fmt.Fprintf(os.Stderr, "\r\x1b[K%s: %s people for %s euros, gap %.2f %%", p.Stage, number(p.Covered), number(p.Cost), 100*p.Gap)
			case p.Total > 0:
				fmt.Fprintf(os.Stderr, "\r\x1b[K%s: %d %%", p.Stage, 100*p.Done/p.Total)
			}
		}, func() {
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		}
}
