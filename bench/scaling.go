// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/siting"
)

// curve is how time and memory grow with one number.
type curve struct {
	name, along string
	points      []scaled
}

// scaled is one point of a curve.
type scaled struct {
	N       int
	Seconds float64
	Peak    int // bytes
	Gap     float64
}

// scaling measures the curves of planning, each point in a process of its own on
// made-up data, prints them as a table and draws them.
func scaling(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("scaling", flag.ContinueOnError)
	output := flags.String("o", "", "the plot, .svg")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *output == "" || flags.NArg() > 0 {
		return errors.New("usage: scaling -o FILE.svg")
	}
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var curves []curve
	for _, measure := range []func(context.Context, string) ([]curve, error){bySirens, byCells, byCandidates} {
		found, err := measure(ctx, dir)
		if err != nil {
			return err
		}
		curves = append(curves, found...)
	}
	fmt.Printf("| what | grows | time | memory at most |\n| --- | ---: | ---: | ---: |\n")
	for _, c := range curves {
		for _, p := range c.points {
			what := c.name
			if p.Gap > 0 {
				what = fmt.Sprintf("%s, gap %.2f %%", what, 100*p.Gap)
			}
			fmt.Printf("| %s | %s %s | %.2f s | %d MiB |\n", what, grouped(p.N), c.along, p.Seconds, p.Peak>>20)
		}
	}
	return os.WriteFile(*output, []byte(plot(curves)), 0o644)
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// made is a census that nobody took.
func made(cells int, within ...geo.ARS) census { return census{"none", 100, cells, within} }

func bySirens(ctx context.Context, dir string) ([]curve, error) {
	var curves []curve
	for _, model := range []earshot.Model{earshot.CPG117, earshot.ISO9613} {
		c := curve{name: "coverage, 300,000 cells, " + string(model), along: "sirens"}
		for _, n := range []int{1250, 2500, 5000, 10_000, 20_000, 40_000} {
			l, err := made(300_000).with(dir, n)
			if err != nil {
				return nil, err
			}
			if err := c.add(ctx, n, childReckon, l.population, l.sirens, string(model), "1"); err != nil {
				return nil, err
			}
		}
		curves = append(curves, c)
	}
	return curves, nil
}

func byCells(ctx context.Context, dir string) ([]curve, error) {
	var curves []curve
	for _, model := range []earshot.Model{earshot.CPG117, earshot.ISO9613} {
		c := curve{name: "coverage, 10,000 sirens, " + string(model), along: "cells"}
		for _, n := range []int{100_000, 200_000, 400_000, 800_000, 1_600_000, 3_200_000} {
			l, err := made(n).with(dir, 10_000)
			if err != nil {
				return nil, err
			}
			if err := c.add(ctx, n, childReckon, l.population, l.sirens, string(model), "1"); err != nil {
				return nil, err
			}
		}
		curves = append(curves, c)
	}
	return curves, nil
}

func byCandidates(ctx context.Context, dir string) ([]curve, error) {
	l, err := made(landCensus.cells, landCensus.within...).with(dir, 0)
	if err != nil {
		return nil, err
	}
	c := curve{name: "sites, 78,641 cells, 20 million euros", along: "candidates"}
	for _, n := range []int{1250, 2500, 5000, 10_000, 20_000, 40_000} {
		if err := c.add(ctx, n, childScale, l.population, strconv.Itoa(n)); err != nil {
			return nil, err
		}
	}
	return []curve{c}, nil
}

// add measures a point: the fastest of some rounds, the one that other work on the
// machine disturbed least.
func (c *curve) add(ctx context.Context, n int, kind string, arguments ...string) error {
	say("%s: %d %s", c.name, n, c.along)
	var best scaled
	for range rounds {
		var measured struct {
			reckoned
			Gap float64
		}
		if err := ask(ctx, &measured, kind, arguments...); err != nil {
			return err
		}
		if best.N == 0 || measured.Whole < best.Seconds {
			best = scaled{n, measured.Whole, measured.Peak, measured.Gap}
		}
	}
	c.points = append(c.points, best)
	return nil
}

// scaleChild chooses sites until the gap is landGap, and prints what it took.
func scaleChild(ctx context.Context, arguments []string) error {
	began := time.Now()
	candidates, err := strconv.Atoi(arguments[1])
	if err != nil {
		return err
	}
	grid, _, err := population.ReadFile(ctx, filepath.Clean(arguments[0]), population.Options{})
	if err != nil {
		return err
	}
	p, err := landProblem(ctx, grid, candidates)
	if err != nil {
		return err
	}
	s, err := siting.Solve(ctx, p, siting.Options{Workers: runtime.GOMAXPROCS(0), Gap: landGap})
	if err != nil {
		return err
	}
	answer := struct {
		reckoned
		Gap float64
	}{reckoned{Whole: time.Since(began).Seconds()}, s.Gap}
	if answer.Peak, err = memory(os.Getpid(), "VmHWM"); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

// colours are told apart without seeing colours by the marks beside them.
var colours = []string{"#0b5394", "#b45f06"}

// panel is one of the plot's axes with its curves.
type panel struct {
	title  string
	value  func(scaled) float64
	curves []curve
}

// plot draws the curves, those along the same number together, time above memory.
func plot(curves []curve) string {
	const width, height = 380.0, 250.0
	var columns [][]curve
	for _, c := range curves {
		if n := len(columns); n > 0 && columns[n-1][0].along == c.along && columns[n-1][0].points[0].N == c.points[0].N {
			columns[n-1] = append(columns[n-1], c)
			continue
		}
		columns = append(columns, []curve{c})
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="11" role="img" aria-label="Time and memory of planning">`+"\n", width*float64(len(columns)), 2*height)
	fmt.Fprint(&out, "<!-- SPDX-FileCopyrightText: 2026 The Tocsin Authors -->\n<!-- SPDX-License-Identifier: EUPL-1.2 -->\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n")
	for k, column := range columns {
		for row, p := range []panel{
			{"seconds", func(s scaled) float64 { return s.Seconds }, column},
			{"MiB", func(s scaled) float64 { return float64(s.Peak) / (1 << 20) }, column},
		} {
			fmt.Fprintf(&out, "<g transform=\"translate(%g %g)\">\n", width*float64(k), height*float64(row))
			p.draw(&out, width, height)
			out.WriteString("</g>\n")
		}
	}
	out.WriteString("</svg>\n")
	return out.String()
}
