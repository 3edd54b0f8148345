// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type populationCommand struct {
	Import populationImport `cmd:"" help:"Check a grid of the census and give it to a node, or keep it as a compact file."`
}

type populationImport struct {
	File    string `arg:"" help:"Zensus 2022 or 2011 at 100 m, 1 km or 10 km: .csv, .zip, .gz, or a compact file." type:"path"`
	Dir     string `xor:"into" required:"" help:"The node's directory; the node reads the grid at its next start." placeholder:"DIR" type:"path"`
	Out     string `short:"o" xor:"into" required:"" help:"Write the compact file here instead." placeholder:"FILE" type:"path"`
	Side    int    `help:"Take this grid of an archive: 100, 1000 or 10000 metres; the finest if not given." placeholder:"METRES"`
	Licence string `help:"The line to show with the numbers, in place of the census's." placeholder:"LINE"`
	Memory  int64  `help:"How much memory the import may take, in MiB; what the machine has free unless given." placeholder:"MIB"`
	output  `embed:""`
}

// importedGrid is the result of an import.
type importedGrid struct {
	File string `json:"file"`
	*population.Report
	Seconds float64 `json:"seconds"`
}

// Run implements the command.
func (c *populationImport) Run(ctx context.Context) error {
	began := time.Now()
	options := population.Options{Side: c.Side, Licence: c.Licence, Memory: c.Memory << 20}
	if c.Memory <= 0 {
		options.Memory = planning.Memory()
	}
	if isTerminal(os.Stderr) {
		last := time.Time{}
		options.Progress = func(done, total int64) {
			if time.Since(last) > 200*time.Millisecond && total > 0 {
				last = time.Now()
				fmt.Fprintf(os.Stderr, "\r\x1b[K%d of %d MiB read", done>>20, total>>20)
			}
		}
		defer fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	grid, report, err := population.ReadFile(ctx, c.File, options)
	if errors.Is(err, context.Canceled) {
		return problem.Wrap(err, problem.Unavailable, "The import was stopped.", "Start it again; nothing was changed.")
	}
	if err != nil {
		return fileFault(c.File, err)
	}
	target := c.Out
	if target == "" {
		target = filepath.Join(c.Dir, node.PopulationFile)
	}
	var content bytes.Buffer
	if _, err := grid.WriteTo(&content); err != nil {
		return err
	}
	if err := store(target, content.Bytes()); err != nil {
		return err
	}
	result := importedGrid{File: target, Report: report, Seconds: time.Since(began).Seconds()}
	return c.print(result, func(w io.Writer) {
		fmt.Fprintf(w, "%d people in %d inhabited cells of %d m taken from %d rows into %s\n", report.People, report.Cells, report.Side, report.Rows, target)
		census := "of a year that the file does not tell"
		if report.Year != 0 {
			census = fmt.Sprint(report.Year)
		}
		fmt.Fprintf(w, "census: %s; rows without people: %d; secret: %d; refused: %d\n", census, report.Empty, report.Secret, report.Refused)
		licenceLine(w, report.Licence, report.LicenceAssumed)
		for _, f := range report.Findings {
			fmt.Fprintf(os.Stderr, "refused: %s\n", f)
		}
	})
}
