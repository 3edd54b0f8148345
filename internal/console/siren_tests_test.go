// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

func TestSirenTests(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1", "p-2", "cb-1")
	for _, id := range []string{"p-1", "p-2"} {
		w.hear(siren.State{Siren: id, Condition: siren.ConditionReady, Mains: true, Battery: true, LastContact: w.clock.Now()})
	}
	all := testplan.Scope{All: true}
	w.refused("deniz", http.MethodPost, "/api/v1/siren-tests", testplan.Start{Signal: testplan.Silent, Scope: all}, problem.Forbidden)
	w.refused("anna", http.MethodPost, "/api/v1/siren-tests", testplan.Start{Signal: testplan.Silent}, problem.Invalid)
	var accepted console.Accepted
	w.must("anna", http.MethodPost, "/api/v1/siren-tests", testplan.Start{Signal: testplan.Silent, Scope: all}, &accepted)
	if accepted.ID != "test-1" {
		t.Fatalf("accepted %+v", accepted)
	}
	w.refused("anna", http.MethodPost, "/api/v1/siren-tests", testplan.Start{Signal: testplan.Silent, Scope: all}, problem.Conflict)
	w.record(journal.NewEvent(testplan.EventPlanned, testplan.Planned{Test: "test-1", Sirens: siren.NumberSet(1, 2, 3), Deadline: w.clock.Now().Add(time.Minute)}))
	var detail console.SirenTestDetail
	w.must("deniz", http.MethodGet, "/api/v1/siren-tests/test-1", nil, &detail)
	if detail.Status != testplan.StatusRunning || detail.Matching != 3 || detail.Total != 3 || detail.Sirens[0].Outcome != "asked" || detail.By.FullName != "Anna Lindow" {
		t.Errorf("while it runs: %+v", detail)
	}
	w.clock.advance(time.Minute)
	w.record(journal.NewEvent(siren.EventTested, siren.Tested{Test: "test-1", Signal: testplan.Silent, Results: []siren.TestResult{
		{Outcome: siren.TestPassed, Sirens: siren.NumberSet(1)},
		{Outcome: siren.TestNoAnswer, Reason: "reason.no-answer", Sirens: siren.NumberSet(2)},
		{Outcome: siren.TestFailed, Reason: "reason.fault", Sirens: siren.NumberSet(3)},
	}}))
	w.must("deniz", http.MethodGet, "/api/v1/siren-tests/test-1", nil, &detail)
	var got []string
	for _, s := range detail.Sirens {
		got = append(got, s.ID+" "+string(s.Outcome)+" "+s.Reason)
	}
	if diff := cmp.Diff([]string{"cb-1 failed reason.fault", "p-2 no-answer reason.no-answer"}, got); diff != "" || !detail.Kept {
		t.Errorf("sirens (-want +got):\n%s", diff)
	}
	w.must("deniz", http.MethodGet, "/api/v1/siren-tests/test-1?outcome=passed", nil, &detail)
	if detail.Matching != 1 || detail.Sirens[0].ID != "p-1" {
		t.Errorf("passed: %+v", detail.Sirens)
	}
	var row console.SirenDetail
	w.must("deniz", http.MethodGet, "/api/v1/sirens/p-2", nil, &row)
	if row.Ready || row.State.Condition != siren.ConditionFault || row.LastTest == nil || row.LastTest.Test != "test-1" {
		t.Errorf("a siren that missed its test: %+v", row.SirenRow)
	}
	board := w.service.Board(console.Identity{})
	found := false
	for _, line := range board.Trouble {
		found = found || line.Code == "siren.test" && line.Count == 1
	}
	if !found || board.Sirens.Ready != 1 {
		t.Errorf("trouble %+v, %d ready", board.Trouble, board.Sirens.Ready)
	}
	w.refused("deniz", http.MethodGet, "/api/v1/siren-tests/test-9", nil, problem.NotFound)
}

func TestSirenTestSchedules(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1")
	var list console.SirenTestSchedules
	w.must("deniz", http.MethodGet, "/api/v1/siren-test-schedules", nil, &list)
	if len(list.Schedules) != 0 || len(list.Usual) != 3 {
		t.Fatalf("at first: %+v", list)
	}
	w.refused("anna", http.MethodPost, "/api/v1/siren-test-schedules", list.Usual[0], problem.Forbidden)
	for _, usual := range list.Usual {
		w.must("clara", http.MethodPost, "/api/v1/siren-test-schedules", usual, nil)
	}
	w.must("deniz", http.MethodGet, "/api/v1/siren-test-schedules", nil, &list)
	if len(list.Schedules) != 3 || len(list.Usual) != 0 || list.Schedules[2].SetBy.Name != "clara" {
		t.Fatalf("set: %+v", list)
	}
	nightly := list.Schedules[2]
	if nightly.ID != "nightly" || !nightly.Next.Equal(time.Date(2026, 3, 5, 2, 30, 0, 0, time.UTC)) {
		t.Errorf("nightly: %+v", nightly)
	}
	// At the time the test begins by itself.
	w.clock.advance(17 * time.Hour)
	var tests console.SirenTests
	eventually.Holds(w, "the nightly test has begun", func() bool {
		w.must("deniz", http.MethodGet, "/api/v1/siren-tests", nil, &tests)
		return tests.Total == 1
	})
	if got := tests.Tests[0]; got.Schedule != "nightly" || got.By.Name != "" || got.Signal != testplan.Silent {
		t.Errorf("test: %+v", got)
	}
	w.refused("anna", http.MethodDelete, "/api/v1/siren-test-schedules/nightly", nil, problem.Forbidden)
	w.must("clara", http.MethodDelete, "/api/v1/siren-test-schedules/nightly", nil, nil)
	w.refused("clara", http.MethodDelete, "/api/v1/siren-test-schedules/nightly", nil, problem.NotFound)
	// The national day is near: people are reminded.
	w.clock.now = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	reminded := false
	for _, line := range w.service.Board(console.Identity{}).Trouble {
		reminded = reminded || line.Code == "siren-test.reminder"
	}
	if !reminded {
		t.Error("nobody is reminded of the national day")
	}
}
