// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sites

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/siting"
)

func district(t *testing.T) *population.Grid {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 1))
	taken := map[projection.Coordinate]bool{}
	var cells []population.Cell
	for len(cells) < 900 {
		at := projection.Coordinate{Easting: 4_500_050 + 100*float64(random.IntN(80)), Northing: 3_200_050 + 100*float64(random.IntN(80))}
		if !taken[at] {
			taken[at] = true
			cells = append(cells, population.Cell{Centre: at, People: 1 + random.IntN(100)})
		}
	}
	grid, err := population.New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	return grid
}

func existing(t *testing.T, grid *population.Grid, sources ...earshot.Source) *earshot.Map {
	t.Helper()
	m, err := earshot.Compute(context.Background(), grid, sources, earshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTheAnswerIsWhatBuildingItGives reckons who hears the sirens that were
// chosen, in their order: every step gains what the answer says.
func TestTheAnswerIsWhatBuildingItGives(t *testing.T) {
	grid := district(t)
	old := earshot.Source{ID: "old", Position: projection.Coordinate{Easting: 4_504_000, Northing: 3_204_000}, Rating: 101}
	before := existing(t, grid, old)
	candidates, err := Inhabited(grid, 400, MaxCandidates)
	if err != nil {
		t.Fatal(err)
	}
	candidates[3].State, candidates[4].State = siting.Required, siting.Forbidden
	candidates[3].Kinds = []string{"roof-600"}
	candidates[5].Cost, candidates[6].Kinds = 1000, []string{"mast-600"}
	question := Question{Grid: grid, Existing: before, Candidates: candidates, Kinds: DefaultKinds(), Budget: 200_000}
	problem, err := question.Pose(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	solution, err := siting.Solve(context.Background(), problem.Siting, siting.Options{Steps: 300})
	if err != nil {
		t.Fatal(err)
	}
	order := problem.Order(solution)
	if len(order) == 0 || len(order) != len(solution.Sites) {
		t.Fatalf("%d sites in order, %d chosen", len(order), len(solution.Sites))
	}
	sources, covered, spent := []earshot.Source{old}, float64(before.Total().Covered), 0.0
	required := 0
	for n, c := range order {
		sources = append(sources, earshot.Source{ID: c.Candidate.ID, Position: c.Candidate.Position, Rating: c.Kind.Rating, Height: c.Kind.Height})
		covered += c.Gains
		spent += c.Cost
		if now := float64(existing(t, grid, sources...).Total().Covered); now != covered || c.Covered != covered || c.Spent != spent {
			t.Fatalf("step %d: %g covered for %g, the answer says %g for %g", n, now, spent, c.Covered, c.Spent)
		}
		if c.Candidate.State == siting.Forbidden {
			t.Error("a forbidden site was chosen")
		}
		if c.Candidate.State == siting.Required {
			required++
		}
		if c.Candidate.ID == candidates[6].ID && c.Kind.ID != "mast-600" {
			t.Errorf("a %s stands where only mast-600 can", c.Kind.ID)
		}
	}
	if covered != solution.Covered || spent != solution.Cost || spent > question.Budget {
		t.Errorf("%g covered for %g, the solver says %g for %g", covered, spent, solution.Covered, solution.Cost)
	}
	if required != 1 {
		t.Errorf("%d required sites were chosen", required)
	}
}

func TestInhabitedTakesTheMostPeopledCell(t *testing.T) {
	grid := district(t)
	candidates, err := Inhabited(grid, 1000, 1000)
	if err != nil {
		t.Fatal(err)
	}
	most := map[[2]int]int{}
	square := func(c projection.Coordinate) [2]int {
		return [2]int{int(math.Floor(c.Easting / 1000)), int(math.Floor(c.Northing / 1000))}
	}
	for _, cell := range grid.All() {
		s := square(cell.Centre)
		most[s] = max(most[s], cell.People)
	}
	if len(candidates) != len(most) {
		t.Fatalf("%d candidates in %d squares", len(candidates), len(most))
	}
	for _, c := range candidates {
		i, ok := grid.At(c.Position)
		if !ok || grid.People(i) != most[square(c.Position)] {
			t.Errorf("%s is not where most people live", c.ID)
		}
	}
	if _, err := Inhabited(grid, 1000, len(most)-1); err == nil {
		t.Error("more candidates than possible: no error")
	}
	if _, err := Inhabited(grid, 10, 1000); err == nil {
		t.Error("a spacing below the cells': no error")
	}
}

func TestQuestionsWithoutAnswer(t *testing.T) {
	grid := district(t)
	good := func() Question {
		return Question{
			Grid: grid, Existing: existing(t, grid), Kinds: DefaultKinds(), Budget: 1e6,
			Candidates: []Candidate{{ID: "a", Position: grid.Cell(0).Centre}},
		}
	}
	for _, test := range []struct {
		name   string
		change func(*Question)
		says   string
	}{
		{"good", func(*Question) {}, ""},
		{"no candidate", func(q *Question) { q.Candidates = nil }, "no candidate"},
		{"no money", func(q *Question) { q.Budget = 0 }, "buys nothing"},
		{"share over one", func(q *Question) { q.Share = 1.5 }, "share"},
		{"no kind", func(q *Question) { q.Kinds = nil }, "no kind"},
		{"unknown kind", func(q *Question) { q.Candidates[0].Kinds = []string{"steam"} }, "steam"},
		{"kind twice", func(q *Question) { q.Kinds = append(q.Kinds, q.Kinds[0]) }, "twice"},
		{"required without kind", func(q *Question) { q.Candidates[0].State = siting.Required }, "of which kind"},
		{"free siren", func(q *Question) { q.Kinds[0].Cost = 0 }, "cost"},
		{"cost below nothing", func(q *Question) { q.Candidates[0].Cost = -1 }, "cost"},
		{"silent siren", func(q *Question) { q.Kinds[0].Rating = 0 }, "no level"},
		{"loud siren", func(q *Question) { q.Kinds[0].Rating = 190 }, "190 dB(A)"},
		{"negative money", func(q *Question) { q.Budget = -1 }, "A budget of -1 euros is none"},
		{"no number of euros", func(q *Question) { q.Budget = math.NaN() }, "none"},
		{"negative share", func(q *Question) { q.Share = -0.1 }, "share"},
		{"a tree for a mount", func(q *Question) { q.Kinds[0].Mount = "tree" }, `"tree"`},
		{"all forbidden", func(q *Question) { q.Candidates[0].State = siting.Forbidden }, "All 1 candidates are forbidden"},
		{"required and too dear", func(q *Question) {
			q.Budget, q.Candidates[0].State, q.Candidates[0].Kinds = 10_000, siting.Required, []string{"mast-600"}
		}, "The 1 required sites cost 17350 euros; the budget is 10000"},
		{"too far from everyone for the share", func(q *Question) { q.Budget, q.Share = 0, 1 }, "% of the people; 100 % are asked for"},
		{"a horn that points nowhere", func(q *Question) { q.Kinds[0].Directivity = acoustics.Beam{0, 3, 9} }, "does not say to which"},
		{"a horn that points there", func(q *Question) {
			north := 360.0
			q.Kinds[0].Directivity, q.Candidates[0].Axis = acoustics.Beam{0, 3, 9}, &north
		}, ""},
		{"an axis that is no bearing", func(q *Question) { q.Candidates[0].Axis = new(-3.0) }, "axis"},
		{"spectrum and level that differ", func(q *Question) { q.Kinds[0].Spectrum = acoustics.Spectrum{3: 100} }, "its spectrum makes"},
		{"a spectrum for a level", func(q *Question) { q.Kinds[0].Rating, q.Kinds[0].Spectrum = 0, acoustics.Spectrum{3: 110} }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := good()
			test.change(&q)
			_, err := q.Pose(context.Background())
			if got := fmt.Sprint(err); test.says == "" && err != nil || !strings.Contains(got, test.says) {
				t.Errorf("%v, want %q", err, test.says)
			}
			if said, ok := errors.AsType[*problem.Error](err); err != nil && (!ok || said.Remedy == "") {
				t.Errorf("%v has no remedy", err)
			}
		})
	}
}
