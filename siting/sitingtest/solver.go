// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sitingtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/siting"
)

// Write writes a problem without states in the LP format that solvers read: x
// are sites, z covers people. With a share, target is the demand to be covered.
func Write(w io.Writer, p *siting.Problem) error {
	out := bufio.NewWriter(w)
	sites := make([][]int, len(p.Demand))
	for j, s := range p.Sites {
		for _, i := range s.Cells {
			sites[i] = append(sites[i], j)
		}
	}
	people := func() {
		for i, d := range p.Demand {
			fmt.Fprintf(out, " + %g z%d\n", d, i)
		}
	}
	money := func() {
		for j, s := range p.Sites {
			fmt.Fprintf(out, " + %g x%d\n", s.Cost, j)
		}
	}
	if p.Share > 0 {
		fmt.Fprint(out, "Minimize\n obj:")
		money()
		fmt.Fprint(out, "Subject To\n share:")
		people()
		fmt.Fprintf(out, " >= %.10g\n", p.Target())
	} else {
		fmt.Fprint(out, "Maximize\n obj:")
		people()
		fmt.Fprint(out, "Subject To\n budget:")
		money()
		fmt.Fprintf(out, " <= %.10g\n", p.Budget)
	}
	for i := range p.Demand {
		fmt.Fprintf(out, " c%d: z%d", i, i)
		for _, j := range sites[i] {
			fmt.Fprintf(out, " - x%d\n", j)
		}
		fmt.Fprint(out, " <= 0\n")
	}
	fmt.Fprint(out, "Bounds\n")
	for i := range p.Demand {
		fmt.Fprintf(out, " 0 <= z%d <= 1\n", i)
	}
	fmt.Fprint(out, "Binary\n")
	for j := range p.Sites {
		fmt.Fprintf(out, " x%d\n", j)
	}
	fmt.Fprint(out, "End\n")
	return out.Flush()
}

// Solver is the name of an exact solver's program.
type Solver string

// The solvers, both Debian packages: coinor-cbc and glpk-utils.
const (
	CBC  Solver = "cbc"
	GLPK Solver = "glpsol"
)

// objective finds the value in the file that a solver writes; the first group is
// there only if it is proved to be the best.
var objective = map[Solver]*regexp.Regexp{
	CBC:  regexp.MustCompile(`(?m)^(?:(Optimal)|Stopped on time) - objective value\s+(\S+)`),
	GLPK: regexp.MustCompile(`(?s)Status:\s+INTEGER (?:(OPTIMAL)|NON-OPTIMAL).*Objective:\s+obj = (\S+)`),
}

// Proof is what an exact solver found.
type Proof struct {
	// Value is the demand covered, or the cost if a share was asked for.
	Value  float64
	Proved bool // that there is none better
	Took   time.Duration
}

// Solve has a problem solved, for as long as the limit at most. Its error wraps
// exec.ErrNotFound where the solver is not installed.
func (s Solver) Solve(ctx context.Context, p *siting.Problem, limit time.Duration) (Proof, error) {
	path, err := exec.LookPath(string(s))
	if err != nil {
		return Proof{}, fmt.Errorf("find the solver: %w", err)
	}
	dir, err := os.MkdirTemp("", "siting")
	if err != nil {
		return Proof{}, fmt.Errorf("write the problem: %w", err)
	}
	defer os.RemoveAll(dir)
	program, solution := filepath.Join(dir, "problem.lp"), filepath.Join(dir, "solution.txt")
	f, err := os.Create(program)
	if err == nil {
		err = Write(f, p)
		if closing := f.Close(); err == nil {
			err = closing
		}
	}
	if err != nil {
		return Proof{}, fmt.Errorf("write the problem: %w", err)
	}
	seconds := strconv.Itoa(int(math.Ceil(limit.Seconds())))
	arguments := []string{"--lp", program, "--tmlim", seconds, "-o", solution}
	if s == CBC {
		arguments = []string{program, "timeMode", "elapsed", "sec", seconds, "ratio", "0", "allow", "0", "solve", "solution", solution}
	}
	// CBC looks at the clock between nodes alone: its first relaxation may take much longer.
	hard, stop := context.WithTimeout(ctx, limit+limit/10)
	defer stop()
	began := time.Now()
	said, err := exec.CommandContext(hard, path, arguments...).CombinedOutput()
	proof := Proof{Took: time.Since(began)}
	if hard.Err() != nil && ctx.Err() == nil {
		return proof, nil
	}
	if err != nil {
		return Proof{}, fmt.Errorf("%s: %w: %.2000s", s, err, said)
	}
	raw, err := os.ReadFile(solution)
	if err != nil {
		return Proof{}, fmt.Errorf("%s wrote no solution: %w: %.2000s", s, err, said)
	}
	found := objective[s].FindSubmatch(raw)
	if found == nil {
		return proof, nil // not even a choice within the time
	}
	value, err := strconv.ParseFloat(string(found[2]), 64)
	if err != nil {
		return Proof{}, fmt.Errorf("%s wrote %q in place of a value", s, found[2])
	}
	proof.Value, proof.Proved = math.Abs(value), len(found[1]) > 0
	return proof, nil
}
