// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// program writes a problem in the LP format that solvers read: z covers people,
// x sites.
func program(p *Problem) []byte {
	var b bytes.Buffer
	sites := make([][]int, len(p.Demand))
	for j, s := range p.Sites {
		for _, i := range s.Cells {
			sites[i] = append(sites[i], j)
		}
	}
	if p.Share > 0 {
		fmt.Fprint(&b, "Minimize\n obj:")
		for j, s := range p.Sites {
			fmt.Fprintf(&b, " + %g x%d\n", s.Cost, j)
		}
		fmt.Fprint(&b, "Subject To\n share:")
		for i, d := range p.Demand {
			fmt.Fprintf(&b, " + %g z%d\n", d, i)
		}
		fmt.Fprintf(&b, " >= %.10g\n", p.target())
	} else {
		fmt.Fprint(&b, "Maximize\n obj:")
		for i, d := range p.Demand {
			fmt.Fprintf(&b, " + %g z%d\n", d, i)
		}
		fmt.Fprint(&b, "Subject To\n budget:")
		for j, s := range p.Sites {
			fmt.Fprintf(&b, " + %g x%d\n", s.Cost, j)
		}
		fmt.Fprintf(&b, " <= %.10g\n", p.Budget)
	}
	for i := range p.Demand {
		fmt.Fprintf(&b, " c%d: z%d", i, i)
		for _, j := range sites[i] {
			fmt.Fprintf(&b, " - x%d\n", j)
		}
		fmt.Fprint(&b, " <= 0\n")
	}
	fmt.Fprint(&b, "Bounds\n")
	for i := range p.Demand {
		fmt.Fprintf(&b, " 0 <= z%d <= 1\n", i)
	}
	fmt.Fprint(&b, "Binary\n")
	for j := range p.Sites {
		fmt.Fprintf(&b, " x%d\n", j)
	}
	fmt.Fprint(&b, "End\n")
	return b.Bytes()
}

// peers solve a program file and write a solution file that has the objective.
var peers = map[string]struct {
	arguments func(program, solution string) []string
	objective *regexp.Regexp
}{
	"cbc": {
		func(program, solution string) []string {
			return []string{program, "ratio", "0", "allow", "0", "solve", "solution", solution}
		},
		regexp.MustCompile(`(?m)^Optimal - objective value\s+(\S+)`),
	},
	"glpsol": {
		func(program, solution string) []string { return []string{"--lp", program, "-o", solution} },
		regexp.MustCompile(`(?s)Status:\s+INTEGER OPTIMAL.*Objective:\s+obj = (\S+)`),
	},
}

// exactly is the optimum by another solver.
func exactly(t *testing.T, solver string, p *Problem) float64 {
	t.Helper()
	path, err := exec.LookPath(solver)
	if err != nil {
		t.Skipf("without %s: %v", solver, err)
	}
	dir := t.TempDir()
	program0, solution := filepath.Join(dir, "problem.lp"), filepath.Join(dir, "solution.txt")
	if err := os.WriteFile(program0, program(p), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	said, err := exec.CommandContext(ctx, path, peers[solver].arguments(program0, solution)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%.2000s", solver, err, said)
	}
	raw, err := os.ReadFile(solution)
	if err != nil {
		t.Fatal(err)
	}
	found := peers[solver].objective.FindSubmatch(raw)
	if found == nil {
		t.Fatalf("%s proved nothing: %.300s", solver, raw)
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return math.Abs(value)
}

func TestAgreesWithExactSolvers(t *testing.T) {
	for solver := range peers {
		for name, p := range map[string]Problem{
			"count":     scattered(scatter{sites: 50, cells: 300, reach: 4, budget: 8, seed: 11}),
			"many":      scattered(scatter{sites: 120, cells: 400, reach: 2, budget: 25, seed: 12}),
			"euros":     scattered(scatter{sites: 40, cells: 250, reach: 4, budget: 100_000, seed: 13, dear: true}),
			"share":     withShare(scattered(scatter{sites: 40, cells: 200, reach: 4, seed: 14}), 0.8),
			"dear half": withShare(scattered(scatter{sites: 30, cells: 200, reach: 4, seed: 15, dear: true}), 0.5),
		} {
			t.Run(solver+"/"+name, func(t *testing.T) {
				want := exactly(t, solver, &p)
				got, err := Solve(t.Context(), p, Options{Workers: 2})
				if err != nil {
					t.Fatal(err)
				}
				check(t, &p, got)
				value := got.Covered
				if p.Share > 0 {
					value = got.Cost
				}
				if math.Abs(value-want) > 1e-6*want || got.Gap > 1e-9 {
					t.Errorf("%g with gap %g, %s says %g", value, got.Gap, solver, want)
				}
			})
		}
	}
}

func withShare(p Problem, share float64) Problem {
	p.Share = share
	return p
}
