// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// usualSteps is enough for a gap of some tenths of a per cent in a Land.
const usualSteps = 60

// Filled is the question with everything said that stands for a default, and
// without what does not belong to its kind.
func (q Question) Filled() Question {
	q.Title = strings.TrimSpace(q.Title)
	q.Kind = cmp.Or(q.Kind, Coverage)
	q.Level = cmp.Or(q.Level, earshot.DefaultLevel)
	q.Assumptions = q.Assumptions.Filled()
	if q.Kind == Coverage {
		q.Candidates, q.Kinds, q.Budget, q.Share, q.Steps, q.Seed = "", nil, 0, 0, 0, 0
	} else {
		q.Steps = cmp.Or(q.Steps, usualSteps)
		if len(q.Kinds) == 0 {
			q.Kinds = sites.DefaultKinds()
		}
	}
	if q.Kind == Programme {
		q.Budget, q.Share = 0, 0
		q.Split = cmp.Or(q.Split, planning.ByGain)
		if q.Split == planning.ByGain {
			q.Areas, q.Shares = nil, nil
		}
	} else {
		q.Years, q.Areas, q.Split, q.Shares = nil, nil, "", nil
	}
	return q
}

// files are what the question names, by role: digests, and names of what the node
// knows itself.
func (q Question) files() map[Role]string {
	named := map[Role]string{Population: q.Population, Regions: q.Regions, Sirens: q.Sirens, Terrain: q.Terrain}
	if !strings.HasPrefix(q.Candidates, "cells:") {
		named[Candidates] = q.Candidates
	}
	maps.DeleteFunc(named, func(_ Role, name string) bool { return name == "" })
	return named
}

// with is the question with other names of its files.
func (q Question) with(named map[Role]string) Question {
	q.Population, q.Regions, q.Sirens, q.Terrain = named[Population], named[Regions], named[Sirens], named[Terrain]
	if name, ok := named[Candidates]; ok {
		q.Candidates = name
	}
	return q
}

// Check says everything that is wrong with a filled question, as far as can be
// seen without its files.
func (q Question) Check() error {
	var faults []problem.Fault
	fault := func(field, rule string, args ...string) {
		faults = append(faults, refusal.Fault(field, rule, args...))
	}
	if !slices.Contains(Kinds, q.Kind) {
		fault("kind", "study.kind", string(q.Kind))
	}
	if q.Population == "" {
		fault("population", "study.population")
	}
	if q.Kind != Programme && q.Sirens == "" && q.Kind == Coverage {
		fault("sirens", "study.sirens")
	}
	if !(q.Level >= 30 && q.Level <= 120) {
		fault("level", "study.level", number(q.Level))
	}
	if err := q.Assumptions.Validate(); err != nil {
		f := refusal.Fault("assumptions", "study.assumptions", err.Error())
		faults = append(faults, f)
	}
	if len(q.Within) > 0 && q.Regions == "" {
		fault("regions", "study.within-regions")
	}
	for i, a := range q.Within {
		if ars, err := geo.ParseARS(string(a)); err != nil || ars != a {
			fault(fmt.Sprintf("within[%d]", i), "study.ars", string(a))
		}
	}
	if q.Kind != Coverage {
		faults = append(faults, q.building()...)
	}
	if q.Kind == Programme && len(q.Years) == 0 {
		fault("years", "study.years")
	}
	if len(faults) == 0 {
		return nil
	}
	refused := refusal.New(problem.Invalid, "study.question")
	refused.Faults = faults
	return refused
}

// building are the faults of what is to be built.
func (q Question) building() (faults []problem.Fault) {
	fault := func(field, rule string, args ...string) {
		faults = append(faults, refusal.Fault(field, rule, args...))
	}
	if q.Candidates == "" {
		fault("candidates", "study.candidates")
	}
	if spacing, spaced := strings.CutPrefix(q.Candidates, "cells:"); spaced {
		if metres, err := strconv.ParseFloat(spacing, 64); err != nil || !(metres >= 100 && metres <= 100_000) {
			fault("candidates", "study.spacing", spacing)
		}
	}
	if q.Kind == Sites && !(q.Budget > 0 && q.Budget < 1e12) && !(q.Share > 0 && q.Share <= 1) {
		fault("budget", "study.budget")
	}
	for i, k := range q.Kinds {
		if err := k.Check(); err != nil {
			fault(fmt.Sprintf("kinds[%d]", i), "study.siren-kind", err.Error())
		}
	}
	return faults
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
