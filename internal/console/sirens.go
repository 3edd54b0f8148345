// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// SirenFilter says which sirens a list holds; empty members hold all.
type SirenFilter struct {
	// Query is part of an id, a name or a region's name.
	Query     string
	Condition siren.Condition
	// ARS is a prefix.
	ARS geo.ARS
	// Offset and Limit cut a part out of the list; a Limit of zero takes all.
	Offset, Limit int
}

// Sirens lists the fleet by number.
func (s *Service) Sirens(f SirenFilter) (SirenPage, error) {
	if f.ARS != "" && f.ARS.Level() == geo.LevelNone {
		return SirenPage{}, problem.InvalidFaults("The filter is not in order.", []problem.Fault{refusal.Fault("ars", "filter.ars")})
	}
	page := SirenPage{Counts: s.view.fleet.counts(), Sirens: []SirenRow{}}
	query := strings.ToLower(strings.TrimSpace(f.Query))
	for _, registered := range s.view.fleet.All() {
		r := s.sirenRow(registered)
		switch {
		case f.Condition != "" && r.State.Condition != f.Condition,
			f.ARS != "" && !f.ARS.Contains(r.ARS),
			query != "" && !strings.Contains(strings.ToLower(r.ID+"\n"+r.Name+"\n"+r.Region), query):
			continue
		}
		page.Matching++
		if page.Matching > f.Offset && (f.Limit <= 0 || len(page.Sirens) < f.Limit) {
			page.Sirens = append(page.Sirens, r)
		}
	}
	return page, nil
}

func (s *Service) sirenRow(registered siren.Siren) SirenRow {
	state := s.view.fleet.State(registered.ID)
	return SirenRow{
		ID: registered.ID, Number: registered.Number, Name: registered.Name, ARS: registered.ARS,
		Region: s.regionName(registered.ARS), Position: registered.Position, Type: registered.Type,
		Signals: listed(registered.Signals), State: state, Ready: coverage.Ready(state.Condition),
	}
}

// keptOutcomes is how many outcomes a siren's page shows.
const keptOutcomes = 50

// Siren gives one siren with what it did.
func (s *Service) Siren(id string) (SirenDetail, error) {
	registered, ok := s.view.fleet.Siren(id)
	if !ok {
		return SirenDetail{}, notFound("siren.unknown", id)
	}
	out := SirenDetail{
		SirenRow: s.sirenRow(registered), PublicKey: registered.PublicKey,
		Outcomes: []SirenOutcome{}, States: s.view.fleet.history(id),
	}
	s.ledger.View(func() {
		for _, jobID := range slices.Backward(s.view.bySiren[id]) {
			job, ok := s.view.jobs.Job(jobID)
			if !ok {
				continue
			}
			out.Outcomes = append(out.Outcomes, SirenOutcome{
				Warning: job.Warning, Message: job.Message,
				TargetOutcome: outcomeOf(job, dispatch.Target{ID: id, Name: registered.Name}),
			})
			if len(out.Outcomes) == keptOutcomes {
				return
			}
		}
	})
	return out, nil
}
