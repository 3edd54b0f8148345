// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting_test

import (
	"errors"
	"math"
	"os/exec"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/siting"
	"github.com/tocsin-alert/tocsin/siting/sitingtest"
)

// exactly is the optimum by another solver.
func exactly(t *testing.T, solver sitingtest.Solver, p *siting.Problem) float64 {
	t.Helper()
	proof, err := solver.Solve(t.Context(), p, 5*time.Minute)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		t.Skipf("without %s: %v", solver, err)
	case err != nil:
		t.Fatal(err)
	case !proof.Proved:
		t.Skipf("%s proved nothing within five minutes", solver)
	}
	return proof.Value
}

func TestAgreesWithExactSolvers(t *testing.T) {
	for _, solver := range []sitingtest.Solver{sitingtest.CBC, sitingtest.GLPK} {
		for name, p := range map[string]siting.Problem{
			"count":     sitingtest.Scatter{Sites: 50, Cells: 300, Reach: 4, Budget: 8, Seed: 11}.Problem(),
			"many":      sitingtest.Scatter{Sites: 120, Cells: 400, Reach: 2, Budget: 25, Seed: 12}.Problem(),
			"towns":     sitingtest.Scatter{Sites: 60, Cells: 500, Towns: 8, Reach: 3, Budget: 9, Seed: 16}.Problem(),
			"all sites": sitingtest.Scatter{Cells: 150, Towns: 5, Reach: 3, Budget: 6, Seed: 17}.Problem(),
			"one place": onePlace(sitingtest.Scatter{Cells: 120, Reach: 4, Budget: 5, Seed: 18}.Problem()),
			"too many":  sitingtest.Scatter{Sites: 20, Cells: 200, Reach: 8, Budget: 30, Seed: 19}.Problem(),
			"euros":     sitingtest.Scatter{Sites: 40, Cells: 250, Reach: 4, Budget: 100_000, Seed: 13, Dear: true}.Problem(),
			"share":     withShare(sitingtest.Scatter{Sites: 40, Cells: 200, Reach: 4, Seed: 14}.Problem(), 0.8),
			"dear half": withShare(sitingtest.Scatter{Sites: 30, Cells: 200, Reach: 4, Seed: 15, Dear: true}.Problem(), 0.5),
		} {
			t.Run(string(solver)+"/"+name, func(t *testing.T) {
				want := exactly(t, solver, &p)
				got, err := siting.Solve(t.Context(), p, siting.Options{Workers: 2})
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

func withShare(p siting.Problem, share float64) siting.Problem {
	p.Share = share
	return p
}

// onePlace has a third of the cells without people, and a third of the sites
// where others are.
func onePlace(p siting.Problem) siting.Problem {
	for i := range p.Demand {
		switch i % 3 {
		case 0:
			p.Demand[i] = 0
		case 1:
			p.Sites[i].Cells = p.Sites[i-1].Cells
		}
	}
	return p
}
