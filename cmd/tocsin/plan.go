// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/siting"
	"github.com/tocsin-alert/tocsin/siting/points"
)

type planCommand struct {
	Coverage  planCoverage  `cmd:"" help:"Say who hears which siren, where the gaps are, and how loud it is."`
	Sites     planSites     `cmd:"" help:"Choose where the next sirens should stand, with a proved bound."`
	Programme planProgramme `cmd:"" help:"Plan years of building for several areas, with a report to print."`
	Study     planStudy     `cmd:"" help:"Reckon a study of the console again, from its folder, and compare what comes out."`
	Inspect   planInspect   `cmd:"" help:"Say what is in a file of people, boundaries, sirens or candidates, and what cannot be taken."`
	Covering  planCovering  `cmd:"" help:"Choose sites from a point file of the literature, with a proved bound."`
}

type planCovering struct {
	File   string        `arg:"" help:"Lines x y demand after a first line that counts them, or lines F id x y cost and C id x y demand." type:"path"`
	Radius float64       `required:"" help:"How far a site covers, in the unit of the file." placeholder:"R"`
	P      int           `name:"p" required:"" help:"How many sites to choose." placeholder:"P"`
	Time   time.Duration `default:"60s" help:"When to stop, if nothing better is proved impossible before."`
	Seed   uint64        `help:"Another seed tries other choices; the same one tries the same."`
	output `embed:""`
}

// covering is the result of a covering.
type covering struct {
	Covered float64  `json:"covered"`
	Bound   float64  `json:"bound"`
	Gap     float64  `json:"gap"`
	Seconds float64  `json:"seconds"`
	Demand  float64  `json:"demand"`
	Sites   []string `json:"sites"`
}

// Run implements the command.
func (c *planCovering) Run(ctx context.Context) error {
	began := time.Now()
	f, err := os.Open(c.File)
	if err != nil {
		return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", c.File), "Check the path and its permissions.")
	}
	defer f.Close()
	file, err := points.Read(f)
	if err != nil {
		return c.fault(err)
	}
	p, err := file.Problem(c.Radius, c.P)
	if err != nil {
		return c.fault(err)
	}
	ctx, stop := context.WithDeadline(ctx, began.Add(c.Time))
	defer stop()
	options := siting.Options{Seed: c.Seed, Workers: runtime.GOMAXPROCS(0)}
	if isTerminal(os.Stderr) {
		options.Progress = func(s siting.Solution) {
			fmt.Fprintf(os.Stderr, "\r\x1b[K%.0f s: covered %.10g, bound %.10g, gap %.3f %%", time.Since(began).Seconds(), s.Covered, s.Bound, 100*s.Gap)
		}
		defer fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	solution, err := siting.Solve(ctx, p, options)
	if err != nil {
		return problem.Wrap(err, problem.Invalid, "This cannot be planned.", "Check the file and the numbers given.")
	}
	result := covering{Covered: solution.Covered, Bound: solution.Bound, Gap: solution.Gap, Seconds: time.Since(began).Seconds(), Sites: []string{}}
	for _, d := range p.Demand {
		result.Demand += d
	}
	for _, j := range solution.Sites {
		result.Sites = append(result.Sites, file.Sites[j].ID)
	}
	return c.print(result, func(w io.Writer) {
		table(w, [][]string{
			{"covered", strconv.FormatFloat(result.Covered, 'f', -1, 64)},
			{"of", strconv.FormatFloat(result.Demand, 'f', -1, 64)},
			{"bound", strconv.FormatFloat(result.Bound, 'f', -1, 64)},
			{"gap", fmt.Sprintf("%.4f %%", 100*result.Gap)},
			{"seconds", fmt.Sprintf("%.1f", result.Seconds)},
			{"sites", fmt.Sprint(result.Sites)},
		})
	})
}

// fault is an error in the file, with its line.
func (c *planCovering) fault(err error) error {
	if e, ok := errors.AsType[*points.Error](err); ok {
		return problem.New(problem.Unreadable, fmt.Sprintf("%s: %s.", c.File, e), e.Remedy+".")
	}
	return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", c.File), "Check the disk.")
}
