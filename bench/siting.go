// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/siting"
	"github.com/tocsin-alert/tocsin/siting/sitingtest"
)

const (
	// sitingTime is what the solver has for an instance, cbcTime what CBC has.
	sitingTime = time.Minute
	cbcTime    = 2 * time.Minute
)

// sitings solves instances of the sizes of the literature's beside CBC, and a
// Land's with costs alone.
func sitings(ctx context.Context) ([]row, error) {
	var rows []row
	for _, s := range []sitingtest.Scatter{
		{Cells: 324, Towns: 12, Reach: 2.7, Budget: 3}, {Cells: 402, Towns: 12, Reach: 2.7, Budget: 5},
		{Cells: 500, Towns: 12, Reach: 2.7, Budget: 6}, {Cells: 708, Towns: 12, Reach: 2.7, Budget: 8},
		{Cells: 818, Towns: 12, Reach: 2.7, Budget: 10}, {Cells: 818, Reach: 2.7, Budget: 10},
		{Sites: 100, Cells: 1000, Reach: 5.5, Budget: 10}, {Sites: 100, Cells: 10_000, Reach: 5.5, Budget: 10},
		{Sites: 100, Cells: 10_000, Reach: 3.25, Budget: 20}, {Sites: 1000, Cells: 10_000, Reach: 3.25, Budget: 10},
		{Sites: 1000, Cells: 10_000, Reach: 5.5, Budget: 10}, {Sites: 1000, Cells: 10_000, Reach: 4, Budget: 15},
	} {
		name := fmt.Sprintf("siting: %d sites, %d cells, reach %g, %g chosen", cmp.Or(s.Sites, s.Cells), s.Cells, s.Reach, s.Budget)
		if s.Towns > 0 {
			name += ", in towns"
		}
		say("%s", name)
		r, err := besideCBC(ctx, s.Problem())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		r.what = name
		rows = append(rows, r)
	}
	say("siting: Brandenburg")
	r, err := landSited(ctx)
	if err != nil {
		return nil, err
	}
	return append(rows, r), nil
}

// besideCBC solves a problem both ways, and fails where two proofs differ.
func besideCBC(ctx context.Context, p siting.Problem) (row, error) {
	ours, took, err := solve(ctx, p, nil)
	if err != nil {
		return row{}, err
	}
	if covered, _ := p.Value(ours.Sites); covered != ours.Covered {
		return row{}, fmt.Errorf("said to cover %g, covers %g", ours.Covered, covered)
	}
	r := row{median: milliseconds(took), p99: gapOf(ours)}
	cbc, err := sitingtest.CBC.Solve(ctx, &p, cbcTime)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		r.peer = "cbc is not installed"
		return r, nil
	case err != nil:
		return row{}, err
	case cbc.Value > ours.Bound*(1+1e-9), cbc.Proved && ours.Covered > cbc.Value*(1+1e-9):
		return row{}, fmt.Errorf("%g to %g, but CBC has %g (proved: %v)", ours.Covered, ours.Bound, cbc.Value, cbc.Proved)
	case !cbc.Proved && cbc.Value == 0:
		r.peer = fmt.Sprintf("CBC nothing in %.0f s", cbcTime.Seconds())
	case !cbc.Proved:
		r.peer = fmt.Sprintf("CBC no proof in %.0f s, covers %.2f %% of ours", cbcTime.Seconds(), 100*cbc.Value/ours.Covered)
	case math.Abs(cbc.Value-ours.Covered) <= 1e-9*cbc.Value:
		r.peer = fmt.Sprintf("CBC %.2f s, the same optimum", cbc.Took.Seconds())
	default:
		r.peer = fmt.Sprintf("CBC %.2f s, its optimum is %.3f %% more", cbc.Took.Seconds(), 100*(cbc.Value/ours.Covered-1))
	}
	r.ratio = fmt.Sprintf("%.2g", took.Seconds()/cbc.Took.Seconds())
	if !cbc.Proved {
		r.ratio = "below " + r.ratio
	}
	return r, nil
}

func solve(ctx context.Context, p siting.Problem, progress func(siting.Solution)) (siting.Solution, time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, sitingTime)
	defer stop()
	began := time.Now()
	s, err := siting.Solve(ctx, p, siting.Options{Workers: runtime.GOMAXPROCS(0), Progress: progress})
	return s, time.Since(began), err
}

func gapOf(s siting.Solution) string {
	if s.Gap == 0 {
		return "proved to be the best"
	}
	return fmt.Sprintf("gap %.3f %%", 100*s.Gap)
}

// What a Land asks: the candidates and the euros.
const (
	landCandidates = 10_000
	landBudget     = 20e6
	landGap        = 0.01
)

func landSited(ctx context.Context) (row, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return row{}, err
	}
	defer os.RemoveAll(dir)
	l, err := landCensus.with(dir, 0)
	if err != nil {
		return row{}, err
	}
	grid, _, err := l.read(ctx, 1)
	if err != nil {
		return row{}, err
	}
	began := time.Now()
	p, err := landProblem(ctx, grid, landCandidates)
	if err != nil {
		return row{}, err
	}
	posed := time.Since(began)
	within := time.Duration(0)
	s, took, err := solve(ctx, p, func(s siting.Solution) {
		if within == 0 && s.Gap <= landGap {
			within = time.Since(began)
		}
	})
	if err != nil {
		return row{}, err
	}
	if within == 0 {
		return row{}, fmt.Errorf("gap %g after %v", s.Gap, took)
	}
	return row{
		what:   fmt.Sprintf("siting: Brandenburg (%s), %d cells, %d candidates of %d kinds, %.0f million euros: gap of %g %%", l.name, grid.Len(), landCandidates, len(sites.DefaultKinds()), landBudget/1e6, 100*landGap),
		median: milliseconds(within), p99: fmt.Sprintf("%s after %.0f s", gapOf(s), (posed + took).Seconds()),
		peer: "bound 60 s", ratio: fmt.Sprintf("%.2g", within.Seconds()/60),
	}, nil
}

// landProblem has candidates in inhabited cells drawn at random, with all the
// kinds of siren.
func landProblem(ctx context.Context, grid *population.Grid, candidates int) (siting.Problem, error) {
	silent, err := earshot.Compute(ctx, grid, nil, earshot.Options{})
	if err != nil {
		return siting.Problem{}, err
	}
	drawn := rand.New(rand.NewPCG(1, 2)).Perm(grid.Len())[:min(candidates, grid.Len())]
	slices.Sort(drawn)
	q := sites.Question{Grid: grid, Existing: silent, Kinds: sites.DefaultKinds(), Budget: landBudget}
	for _, i := range drawn {
		q.Candidates = append(q.Candidates, sites.Candidate{ID: fmt.Sprint(i), Position: grid.Cell(i).Centre})
	}
	posed, err := q.Pose(ctx)
	if err != nil {
		return siting.Problem{}, err
	}
	return posed.Siting, nil
}
