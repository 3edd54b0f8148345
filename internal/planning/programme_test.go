// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func programme(t *testing.T, in Inputs) ProgrammeQuestion {
	t.Helper()
	candidates, err := sites.Inhabited(in.Grid, 200, 100)
	if err != nil {
		t.Fatal(err)
	}
	return ProgrammeQuestion{
		SitesQuestion: SitesQuestion{Candidates: candidates, Kinds: sites.DefaultKinds(), Steps: 40},
		Title:         "Ausbau", Years: []Year{{2027, 8_000}, {2028, 8_000}, {2029, 40_000}},
		Areas: []geo.ARS{"120690001001", "120690001002"}, Split: ByNeed,
	}
}

func TestPlan(t *testing.T) {
	in := hamlet(t)
	q := programme(t, in)
	for _, key := range Keys {
		t.Run(string(key), func(t *testing.T) {
			q.Split, q.Shares = key, nil
			if key == ByShares || key == ByKoenigstein {
				q.Shares = map[geo.ARS]float64{"120690001001": 1, "120690001002": 3}
			}
			p, err := Plan(context.Background(), in, q)
			if err != nil {
				t.Fatal(err)
			}
			share, spent, gained := 0.0, 0.0, p.Before
			for _, a := range p.Areas {
				share += a.Share
				spent += a.Spent
				if a.Spent > a.Budget+0.01 {
					t.Errorf("%s spends %g of %g", a.Name, a.Spent, a.Budget)
				}
			}
			left := 0.0
			for _, y := range p.Years {
				left += y.Budget - y.Spent
				gained += y.Gains
				if y.Spent < 0 || left < -0.01 || math.Abs(y.Left-left) > 0.01 || y.Covered != gained {
					t.Errorf("%d: %+v, with %g left", y.Year, y, left)
				}
			}
			if math.Abs(share-1) > 1e-9 || spent != p.Spent || p.Covered != gained || p.Covered <= p.Before {
				t.Errorf("shares %g, spent %g, covered %g: %+v", share, spent, gained, p)
			}
			if again, err := Plan(context.Background(), in, q); err != nil || cmp.Diff(p, again) != "" {
				t.Errorf("the same question has another answer: %v, %s", err, cmp.Diff(p, again))
			}
		})
	}
}

// Need is 10 people in Unterdorf and 300 in Oberdorf: one part of 31 and thirty.
func TestNeedDecides(t *testing.T) {
	in := hamlet(t)
	p, err := Plan(context.Background(), in, programme(t, in))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(p.Areas[0].Share-1.0/31) > 1e-9 || p.Areas[0].Sites != 0 || p.Areas[1].Sites == 0 {
		t.Errorf("%+v", p.Areas)
	}
	if s := p.Sites[0]; s.Year != 2028 || s.Area != "120690001002" || s.Region != "Oberdorf" {
		t.Errorf("the first site: %+v", s)
	}
}

func TestProgrammesThatCannotBe(t *testing.T) {
	in := hamlet(t)
	for _, test := range []struct {
		name   string
		change func(*ProgrammeQuestion, *Inputs)
		field  string
	}{
		{"no year", func(q *ProgrammeQuestion, _ *Inputs) { q.Years = nil }, "years"},
		{"years out of order", func(q *ProgrammeQuestion, _ *Inputs) { q.Years[1].Year = 2027 }, "years[1].year"},
		{"money below nothing", func(q *ProgrammeQuestion, _ *Inputs) { q.Years[0].Budget = -1 }, "years[0].budget"},
		{"no such key", func(q *ProgrammeQuestion, _ *Inputs) { q.Split = "luck" }, "split"},
		{"no area", func(q *ProgrammeQuestion, _ *Inputs) { q.Areas = nil }, "areas"},
		{"area elsewhere", func(q *ProgrammeQuestion, _ *Inputs) { q.Areas[0] = "09" }, "areas[0]"},
		{"area in area", func(q *ProgrammeQuestion, _ *Inputs) { q.Areas[1] = "12069" }, "areas[1]"},
		{"no key at all", func(q *ProgrammeQuestion, _ *Inputs) { q.Areas[0] = "1206900010" }, "areas[0]"},
		{"no share", func(q *ProgrammeQuestion, _ *Inputs) {
			q.Split, q.Shares = ByShares, map[geo.ARS]float64{"120690001001": 1}
		}, "areas[1]"},
		{"Königstein in a village", func(q *ProgrammeQuestion, _ *Inputs) { q.Split = ByKoenigstein }, "areas[0]"},
		{"no boundaries", func(_ *ProgrammeQuestion, in *Inputs) { in.Regions = nil }, "regions"},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, in := programme(t, in), in
			test.change(&q, &in)
			var refusal *problem.Error
			if _, err := Plan(context.Background(), in, q); !errors.As(err, &refusal) || len(refusal.Faults) == 0 || refusal.Faults[0].Field != test.field {
				t.Errorf("%+v, want a fault in %s", err, test.field)
			}
		})
	}
}
