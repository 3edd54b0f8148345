// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

func (s *Service) registerSirenTests(api huma.API) {
	register(s, api, operation{method: http.MethodGet, path: "/siren-tests", id: "list-siren-tests", summary: "List tests of sirens, newest first"},
		func(_ context.Context, _ asked, in *struct {
			Offset int `query:"offset" minimum:"0"`
			Limit  int `query:"limit" minimum:"0" doc:"0 for all"`
		}) (*body[SirenTests], error) {
			return answer(s.SirenTests(in.Offset, in.Limit), nil)
		})
	register(s, api, operation{
		method: http.MethodPost, path: "/siren-tests", id: "start-siren-test", summary: "Test sirens now (author, releaser or administrator)", status: http.StatusCreated,
		note: "Name all, regions or single sirens. 409 means that a warning is in force, or that another test runs.",
	}, func(ctx context.Context, a asked, in *in[testplan.Start]) (*body[Accepted], error) {
		return answer(s.StartSirenTest(ctx, a.who, in.Body))
	})
	register(s, api, operation{
		method: http.MethodGet, path: "/siren-tests/{id}", id: "get-siren-test", summary: "Get one test with its sirens",
		note: "Without an outcome the sirens are those that have not passed.",
	}, func(_ context.Context, _ asked, in *struct {
		ID      string            `path:"id" maxLength:"100"`
		Outcome siren.TestOutcome `query:"outcome" enum:"asked,passed,failed,no-answer,not-tested"`
		Offset  int               `query:"offset" minimum:"0"`
		Limit   int               `query:"limit" minimum:"0" doc:"0 for all"`
	}) (*body[SirenTestDetail], error) {
		return answer(s.SirenTest(in.ID, TestedFilter{Outcome: in.Outcome, Offset: in.Offset, Limit: in.Limit}))
	})
	register(s, api, operation{method: http.MethodGet, path: "/siren-test-schedules", id: "list-siren-test-schedules", summary: "List the schedules of tests"},
		func(context.Context, asked, *noIn) (*body[SirenTestSchedules], error) {
			return answer(s.SirenTestSchedules(), nil)
		})
	register(s, api, operation{
		method: http.MethodPost, path: "/siren-test-schedules", id: "set-siren-test-schedule", summary: "Set a schedule of tests (administrator)", status: http.StatusCreated,
		note: "It replaces the schedule of the same id. Without a signal it reminds people of a live trial, which they release themselves.",
	}, func(ctx context.Context, a asked, in *in[testplan.Schedule]) (*body[Accepted], error) {
		return answer(s.SetSirenTestSchedule(ctx, a.who, in.Body))
	})
	register(s, api, operation{method: http.MethodDelete, path: "/siren-test-schedules/{id}", id: "remove-siren-test-schedule", summary: "Remove a schedule of tests (administrator)"},
		func(ctx context.Context, a asked, in *idIn) (*body[Accepted], error) {
			return answer(s.RemoveSirenTestSchedule(ctx, a.who, in.ID))
		})
}

// SirenTests lists tests, newest first; a limit of zero takes all.
func (s *Service) SirenTests(offset, limit int) SirenTests {
	out := SirenTests{Tests: []SirenTest{}, Notes: []SirenTestNote{}}
	s.ledger.View(func() {
		for _, t := range s.view.tests.Tests() {
			if out.Total++; out.Total > offset && (limit <= 0 || len(out.Tests) < limit) {
				out.Tests = append(out.Tests, s.sirenTest(t))
			}
		}
		for _, n := range s.view.tests.Notes() {
			out.Notes = append(out.Notes, sirenTestNote(n))
		}
	})
	return out
}

func sirenTestNote(n testplan.Note) SirenTestNote {
	return SirenTestNote{
		At: n.At, Kind: strings.TrimPrefix(n.Kind, "siren-test."), Schedule: n.Schedule,
		From: n.From, Until: n.Until, Count: n.Count, Reason: n.Reason,
	}
}

// sirenTest is called within View.
func (s *Service) sirenTest(t *testplan.Test) SirenTest {
	out := SirenTest{
		ID: t.Test, Signal: t.Signal, Scope: t.Scope, Status: t.Status, Schedule: t.Schedule, For: t.For, Due: t.Due,
		Begun: t.At, Deadline: t.Planned.Deadline, Ended: t.Ended, Counts: t.Counts, Reason: t.Reason,
		Total: t.Planned.Sirens.Len() + t.Planned.Unasked.Len(),
	}
	if t.By != operator.Node {
		out.By = s.person(t.By)
	}
	if t.Status == testplan.StatusEnded {
		out.Total = 0
		for _, n := range t.Counts {
			out.Total += n
		}
	}
	return out
}

// TestedFilter says which sirens of a test are listed. Without an outcome they
// are those that have not passed.
type TestedFilter struct {
	Outcome siren.TestOutcome
	// Offset and Limit cut a part out of the list; a Limit of zero takes all.
	Offset, Limit int
}

// testAsked is the outcome of a siren of which nothing is reported yet.
const testAsked siren.TestOutcome = "asked"

// SirenTest gives one test with its sirens: those that failed first, then those
// that did not answer.
func (s *Service) SirenTest(id string, f TestedFilter) (SirenTestDetail, error) {
	var out SirenTestDetail
	var results []siren.TestResult
	found := false
	s.ledger.View(func() {
		var t *testplan.Test
		if t, found = s.view.tests.Test(id); !found {
			return
		}
		out = SirenTestDetail{SirenTest: s.sirenTest(t), Kept: true, Sirens: []TestedSiren{}}
		switch results = t.Results; {
		case t.Status == testplan.StatusRunning:
			results = []siren.TestResult{{Outcome: testAsked, Sirens: t.Planned.Sirens}}
		case t.Status == testplan.StatusEnded && results == nil && out.Total > 0:
			out.Kept = false
		}
	})
	if !found {
		return SirenTestDetail{}, notFound("siren-test.unknown", id)
	}
	order := []siren.TestOutcome{siren.TestFailed, siren.TestNoAnswer, siren.TestNotTested, testAsked, siren.TestPassed}
	results = slices.SortedStableFunc(slices.Values(results), func(a, b siren.TestResult) int {
		return cmp.Compare(slices.Index(order, a.Outcome), slices.Index(order, b.Outcome))
	})
	byNumber := map[uint32]siren.Siren{}
	for _, registered := range s.view.fleet.All() {
		byNumber[registered.Number] = registered
	}
	for _, r := range results {
		if r.Outcome != f.Outcome && (f.Outcome != "" || r.Outcome == siren.TestPassed) {
			continue
		}
		for _, span := range r.Sirens {
			for n := uint64(span.First); n <= uint64(span.Last); n++ {
				if out.Matching++; out.Matching > f.Offset && (f.Limit <= 0 || len(out.Sirens) < f.Limit) {
					out.Sirens = append(out.Sirens, s.testedSiren(uint32(n), byNumber[uint32(n)], r))
				}
			}
		}
	}
	return out, nil
}

func (s *Service) testedSiren(number uint32, registered siren.Siren, r siren.TestResult) TestedSiren {
	out := TestedSiren{ID: registered.ID, Number: number, Name: registered.Name, Position: registered.Position, Outcome: r.Outcome, Reason: r.Reason}
	if registered.ID != "" {
		out.Region = s.regionName(registered.ARS)
	}
	return out
}

// SirenTestSchedules lists the schedules by id.
func (s *Service) SirenTestSchedules() SirenTestSchedules {
	out := SirenTestSchedules{Schedules: []SirenTestSchedule{}, Usual: testplan.Usual(s.o.Authority.TimeZone)}
	now := s.o.Now()
	s.ledger.View(func() {
		for _, standing := range s.view.tests.Schedules() {
			out.Schedules = append(out.Schedules, s.sirenTestSchedule(standing, now))
			out.Usual = slices.DeleteFunc(out.Usual, func(u testplan.Schedule) bool { return u.ID == standing.ID })
		}
	})
	return out
}

// sirenTestSchedule is called within View.
func (s *Service) sirenTestSchedule(standing testplan.Standing, now time.Time) SirenTestSchedule {
	out := SirenTestSchedule{
		Schedule: standing.Schedule, Set: standing.Set, SetBy: s.person(standing.SetBy),
		Next: standing.Next(now), Waits: standing.Reason, Remind: standing.Reminds(now), Last: standing.Last,
	}
	if standing.Missed.Count > 0 {
		missed := sirenTestNote(testplan.Note{Kind: testplan.EventMissed, Missed: standing.Missed})
		out.Missed = &missed
	}
	return out
}

// StartSirenTest begins a test.
func (s *Service) StartSirenTest(ctx context.Context, who Identity, start testplan.Start) (Accepted, error) {
	if err := s.require(who, operator.Author, operator.Releaser, operator.Administrator); err != nil {
		return Accepted{}, err
	}
	accepted, err := s.do(ctx, who, testplan.CommandStart, start)
	if err != nil {
		return Accepted{}, err
	}
	s.ledger.View(func() {
		for _, t := range s.view.tests.Tests() {
			if t.Seq == accepted.Seq {
				accepted.ID = t.Test
			}
		}
	})
	return accepted, nil
}

// SetSirenTestSchedule sets a schedule.
func (s *Service) SetSirenTestSchedule(ctx context.Context, who Identity, schedule testplan.Schedule) (Accepted, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return Accepted{}, err
	}
	accepted, err := s.do(ctx, who, testplan.CommandSchedule, schedule)
	accepted.ID = schedule.ID
	return accepted, err
}

// RemoveSirenTestSchedule removes a schedule.
func (s *Service) RemoveSirenTestSchedule(ctx context.Context, who Identity, id string) (Accepted, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return Accepted{}, err
	}
	return s.do(ctx, who, testplan.CommandUnschedule, testplan.Unscheduled{ID: id})
}

// testTrouble has a line for schedules whose tests were missed, and one for live
// trials that people have to prepare. It is called within View.
func (s *Service) testTrouble() []Trouble {
	missed := Trouble{Code: "siren-test.missed", Things: []string{}}
	remind := Trouble{Code: "siren-test.reminder", Things: []string{}}
	now := s.o.Now()
	for _, standing := range s.view.tests.Schedules() {
		switch {
		case standing.Missed.Count > 0:
			missed.Count += standing.Missed.Count
			missed.Things = append(missed.Things, standing.ID)
			if missed.Since.IsZero() || standing.Missed.From.Before(missed.Since) {
				missed.Since = standing.Missed.From
			}
		case standing.Reminds(now):
			remind.Count++
			remind.Things = append(remind.Things, standing.ID)
			if at := standing.Next(now); remind.Since.IsZero() || at.Before(remind.Since) {
				remind.Since = at
			}
		}
	}
	return slices.DeleteFunc([]Trouble{worded(missed), worded(remind)}, func(t Trouble) bool { return t.Count == 0 })
}
