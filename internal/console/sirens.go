// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// SirenFilter says which sirens a list holds, and in which order; empty members
// hold all.
type SirenFilter struct {
	// Query is part of an id, a name or a region's name.
	Query     string          `query:"q" maxLength:"100" doc:"Part of an id, a name or a region's name"`
	Condition siren.Condition `query:"condition" maxLength:"20"`
	// Trouble is one of SirenTroubles, or "any".
	Trouble string `query:"trouble" maxLength:"40" doc:"A code of a siren's troubles, or any"`
	// ARS is a prefix.
	ARS   geo.ARS        `query:"ars" maxLength:"12" doc:"Prefix of the regional key"`
	Path  siren.PathKind `query:"path" maxLength:"20" doc:"A kind of path to the siren"`
	Power string         `query:"power" maxLength:"20" doc:"mains, mains-battery, solar, or unknown"`
	Age   Age            `query:"age" maxLength:"20" doc:"Years since it was put up: under-10, 10-30, over-30, or unknown"`
	Sort  SirenOrder     `query:"sort" maxLength:"20" doc:"number, name, condition, region, contact, test or built"`
	// Descending turns the order round.
	Descending bool `query:"descending"`
	// Offset and Limit cut a part out of the list; a Limit of zero takes all.
	Offset int `query:"offset" minimum:"0"`
	Limit  int `query:"limit" minimum:"0" doc:"0 for all"`
}

// Age is how long ago a siren was put up, in steps.
type Age string

// The ages. What was put up thirty years ago comes from the cold war and finds
// no spare parts; the funding rules ask for what is younger than ten.
const (
	AgeNew     Age = "under-10"
	AgeMiddle  Age = "10-30"
	AgeOld     Age = "over-30"
	AgeUnknown Age = "unknown"
)

// Ages lists the ages, the youngest first.
var Ages = []Age{AgeNew, AgeMiddle, AgeOld, AgeUnknown}

func ageOf(built, year int) Age {
	switch age := year - built; {
	case built == 0:
		return AgeUnknown
	case age < 10:
		return AgeNew
	case age <= 30:
		return AgeMiddle
	default:
		return AgeOld
	}
}

// SirenOrder is what a list of sirens is sorted by.
type SirenOrder string

// The orders.
const (
	ByNumber    SirenOrder = "number"
	ByName      SirenOrder = "name"
	ByCondition SirenOrder = "condition"
	ByRegion    SirenOrder = "region"
	ByContact   SirenOrder = "contact"
	ByTest      SirenOrder = "test"
	ByBuilt     SirenOrder = "built"
)

// orders compare rows; what is equal stays in the order of the numbers.
var orders = map[SirenOrder]func(a, b SirenRow) int{
	ByNumber:    func(a, b SirenRow) int { return cmp.Compare(a.Number, b.Number) },
	ByName:      func(a, b SirenRow) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) },
	ByCondition: func(a, b SirenRow) int { return cmp.Compare(urgency(a), urgency(b)) },
	ByRegion:    func(a, b SirenRow) int { return cmp.Compare(a.Region, b.Region) },
	ByContact:   func(a, b SirenRow) int { return a.State.LastContact.Compare(b.State.LastContact) },
	ByTest:      func(a, b SirenRow) int { return tested(a).Compare(tested(b)) },
	ByBuilt:     func(a, b SirenRow) int { return cmp.Compare(a.Equipment.Built, b.Equipment.Built) },
}

// tested is when a siren was tested last; zero for never.
func tested(r SirenRow) time.Time {
	if r.LastTest == nil {
		return time.Time{}
	}
	return r.LastTest.At
}

// urgency puts what needs somebody first: what cannot sound, then what sounds,
// then what has a trouble but sounds, then the rest.
func urgency(r SirenRow) int {
	switch {
	case !r.Ready:
		return slices.Index(gravest, r.State.Condition)
	case r.State.Condition != siren.ConditionReady:
		return len(gravest)
	case len(r.Troubles) > 0:
		return len(gravest) + 1
	default:
		return len(gravest) + 2
	}
}

// gravest lists the conditions in which a siren does not sound, the gravest first.
var gravest = []siren.Condition{
	siren.ConditionSabotage, siren.ConditionFault, siren.ConditionOffline, siren.ConditionOff, siren.ConditionUnknown,
}

// Sirens lists the fleet.
func (s *Service) Sirens(f SirenFilter) (SirenPage, error) {
	rows, err := s.matching(f)
	if err != nil {
		return SirenPage{}, err
	}
	page := SirenPage{Version: s.view.fleet.Version(), Counts: s.fleetCounts(), Matching: len(rows), Sirens: []SirenRow{}}
	rows = rows[min(max(f.Offset, 0), len(rows)):]
	if f.Limit > 0 {
		rows = rows[:min(f.Limit, len(rows))]
	}
	page.Sirens = append(page.Sirens, rows...)
	return page, nil
}

// matching gives all rows of a filter in its order.
func (s *Service) matching(f SirenFilter) ([]SirenRow, error) {
	if f.ARS != "" && f.ARS.Level() == geo.LevelNone {
		return nil, problem.InvalidFaults("The filter is not in order.", []problem.Fault{refusal.Fault("ars", "filter.ars")})
	}
	if f.Condition != "" && !slices.Contains(siren.Conditions, f.Condition) {
		return nil, problem.InvalidFaults("The filter is not in order.", []problem.Fault{refusal.Fault("condition", "filter.condition", string(f.Condition))})
	}
	order, known := orders[cmp.Or(f.Sort, ByNumber)]
	if !known {
		return nil, problem.InvalidFaults("The filter is not in order.", []problem.Fault{refusal.Fault("sort", "filter.sort")})
	}
	query, year := strings.ToLower(strings.TrimSpace(f.Query)), s.o.Now().Year()
	var rows []SirenRow
	for _, registered := range s.view.fleet.All() {
		if f.ARS != "" && !f.ARS.Contains(registered.ARS) {
			continue
		}
		r := s.sirenRow(registered)
		switch {
		case f.Condition != "" && r.State.Condition != f.Condition,
			f.Trouble == "any" && len(r.Troubles) == 0,
			f.Trouble != "" && f.Trouble != "any" && !slices.Contains(r.Troubles, f.Trouble),
			f.Path != "" && !slices.ContainsFunc(r.Paths, func(p SirenPath) bool { return p.Kind == f.Path }),
			f.Power != "" && cmp.Or(r.Equipment.Power, "unknown") != f.Power,
			f.Age != "" && ageOf(r.Equipment.Built, year) != f.Age,
			query != "" && !strings.Contains(strings.ToLower(r.ID+"\n"+r.Name+"\n"+r.Region), query):
			continue
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b SirenRow) int {
		if f.Descending {
			return order(b, a)
		}
		return order(a, b)
	})
	return rows, nil
}

func (s *Service) sirenRow(registered siren.Siren) SirenRow {
	state := s.view.fleet.State(registered.ID)
	row := SirenRow{
		ID: registered.ID, Number: registered.Number, Name: registered.Name, ARS: registered.ARS,
		Region: s.regionName(registered.ARS), Position: registered.Position, Type: registered.Type,
		Signals: listed(registered.Signals), Paths: waysOf(registered), Equipment: registered.Equipment, Generated: registered.Generated,
		State: state, Ready: coverage.Ready(state.Condition), Troubles: listed(s.troubles(registered, state)),
	}
	if last, ok := s.view.fleet.LastTest(registered.ID); ok {
		row.LastTest = &last
	}
	return row
}

// waysOf lists the ways to a siren in their order.
func waysOf(s siren.Siren) []SirenPath {
	paths := []SirenPath{}
	for _, p := range s.Ways() {
		paths = append(paths, SirenPath{Path: p, Unauthenticated: !p.Kind.Authenticated()})
	}
	return paths
}

// keptOutcomes and keptChanges are how many of them a siren's page shows.
const (
	keptOutcomes = 50
	keptChanges  = 50
)

// Siren gives one siren with what it did.
func (s *Service) Siren(id string) (SirenDetail, error) {
	registered, ok := s.view.fleet.Siren(id)
	if !ok {
		return SirenDetail{}, notFound("siren.unknown", id)
	}
	out := SirenDetail{
		SirenRow: s.sirenRow(registered), PublicKey: registered.PublicKey, Public: registered.Public, Documents: listed(registered.Documents),
		Changes: []RegistryChange{}, Outcomes: []SirenOutcome{}, States: s.view.fleet.history(id),
	}
	if square, err := projection.ToUTMREF(registered.Position, 1); err == nil {
		out.UTMREF = square.String()
	}
	out.CertificateUntil, _ = s.view.certificates.Enrolled(id)
	if until, open := s.view.certificates.Open(id, s.o.Now()); open {
		out.EnrolmentUntil = until
	}
	s.ledger.View(func() {
		for _, change := range slices.Backward(s.view.fleet.History(id)) {
			if len(out.Changes) < keptChanges {
				out.Changes = append(out.Changes, RegistryChange{Change: change, Person: s.person(change.By)})
			}
		}
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
