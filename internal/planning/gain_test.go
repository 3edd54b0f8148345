// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// afterwards reckons the coverage anew, with sites built as if they were sirens.
func afterwards(t *testing.T, in Inputs, sites []Site, q CoverageQuestion) *Coverage {
	t.Helper()
	for _, s := range sites {
		in.Sirens = append(in.Sirens[:len(in.Sirens):len(in.Sirens)], siren.Siren{ID: s.ID, Position: s.Position, Equipment: siren.Equipment{Level: s.Rating, Height: s.Height}})
	}
	c, err := Cover(context.Background(), in, q)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestGainsAreWhatIsCoveredAfterwards compares what sites gain, stage by stage and
// region by region, with the coverage of all sirens reckoned anew.
func TestGainsAreWhatIsCoveredAfterwards(t *testing.T) {
	in := hamlet(t)
	for _, model := range []earshot.Model{earshot.CPG117, earshot.ISO9613} {
		t.Run(string(model), func(t *testing.T) {
			q := programme(t, in)
			q.Assumptions.Model, q.Level = model, map[earshot.Model]float64{earshot.CPG117: 80, earshot.ISO9613: 92}[model]
			p, err := Plan(context.Background(), in, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Sites) < 2 {
				t.Fatalf("%d sites say too little", len(p.Sites))
			}
			var built []Site
			var stages []int64
			for n, year := range p.Years {
				for _, s := range p.Sites[len(built):] {
					if s.Year == year.Year {
						built = append(built, s.Site)
					}
				}
				after := afterwards(t, in, built, q.CoverageQuestion)
				stages = append(stages, after.Covered)
				if float64(after.Covered) != year.Covered {
					t.Errorf("%d: %g are covered, reckoned anew %d", year.Year, year.Covered, after.Covered)
				}
				for cell, heard := range after.Map.Heard {
					if stage := p.Stages[cell]; (heard > 0) != (stage != Never && int(stage) <= n+1) {
						t.Errorf("%d: cell %d is of stage %d, and %d sirens are heard", year.Year, cell, stage, heard)
					}
				}
			}
			if stages[0] == stages[len(stages)-1] {
				t.Errorf("nothing is gained after the first year: %v", stages)
			}
			before, after := afterwards(t, in, nil, q.CoverageQuestion), afterwards(t, in, built, q.CoverageQuestion)
			var want []Gain
			for i, r := range before.Regions {
				want = append(want, Gain{r.ARS, r.Name, r.People, r.Covered, after.Regions[i].Covered})
			}
			if diff := cmp.Diff(want, p.Regions); diff != "" {
				t.Error(diff)
			}
		})
	}
}
