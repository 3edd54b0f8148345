// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

func TestNumberRanges(t *testing.T) {
	for _, c := range []struct {
		text string
		want NumberRanges
	}{
		{"", nil},
		{"7", NumberRanges{{7, 7}}},
		{"1-12,14,20-4294967295", NumberRanges{{1, 12}, {14, 14}, {20, 4294967295}}},
	} {
		var got NumberRanges
		if err := got.UnmarshalText([]byte(c.text)); err != nil {
			t.Errorf("%q: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
	for _, text := range []string{"x", "1-", "-1", "2-1", "1,2", "1-3,4", "3,1", "01", "1-1", "1,,3", "4294967296", " 1"} {
		var got NumberRanges
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	set := NumberSet(9, 1, 3, 2, 3)
	if text, _ := set.MarshalText(); string(text) != "1-3,9" || set.Len() != 4 || !set.Holds(2) || set.Holds(4) {
		t.Errorf("%s has %d", text, set.Len())
	}
}

func FuzzNumberRanges(f *testing.F) {
	for _, seed := range []string{"", "1", "1-12,14,20-40", "4294967295", "1-2-3"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var set NumberRanges
		if set.UnmarshalText(text) != nil {
			return
		}
		if back, err := set.MarshalText(); err != nil || !bytes.Equal(back, text) {
			t.Errorf("%q is written as %q, %v", text, back, err)
		}
	})
}

// A siren that did not pass its last test is a fault until it passes one.
func TestFleetAfterTests(t *testing.T) {
	f := NewFleet()
	at := time.Date(2026, 3, 5, 3, 31, 0, 0, time.UTC)
	seq := uint64(0)
	apply := func(event journal.Event) {
		seq++
		if err := f.Apply(journal.Record{Seq: seq, Time: at, Events: []journal.Event{event}}); err != nil {
			t.Fatal(err)
		}
	}
	tested := func(id string, results ...TestResult) {
		apply(journal.NewEvent(EventTested, Tested{Test: id, Signal: "silent-test", Results: results}))
	}
	apply(journal.NewEvent(EventRegistered, Registered{Sirens: []Siren{{ID: "a", Number: 1}, {ID: "b", Number: 2}, {ID: "c", Number: 3}}}))
	for _, id := range []string{"a", "b"} {
		f.ObserveState(State{Siren: id, Condition: ConditionReady, Mains: true, Battery: true})
	}
	f.ObserveState(State{Siren: "c", Condition: ConditionOffline, Detail: DetailOffline})
	tested("test-1", TestResult{TestPassed, "", NumberSet(1)}, TestResult{TestNoAnswer, "reason.no-answer", NumberSet(2, 3)})
	conditions := func(want ...Condition) {
		t.Helper()
		var got []Condition
		for _, s := range f.States() {
			got = append(got, s.Condition)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("conditions (-want +got):\n%s", diff)
		}
	}
	conditions(ConditionReady, ConditionFault, ConditionOffline)
	if s := f.State("b"); s.Detail != DetailTest || !s.Since.Equal(at) {
		t.Errorf("b is %+v", s)
	}
	tested("test-2", TestResult{TestNotTested, "siren-test.reason.alarm", NumberSet(1, 2, 3)})
	conditions(ConditionReady, ConditionFault, ConditionOffline)
	f.ObserveState(State{Siren: "b", Condition: ConditionTriggered})
	conditions(ConditionReady, ConditionTriggered, ConditionOffline)
	f.ObserveState(State{Siren: "b", Condition: ConditionReady})
	tested("test-3", TestResult{TestPassed, "", NumberSet(1, 2)})
	conditions(ConditionReady, ConditionReady, ConditionOffline)
	if last, _ := f.LastTest("c"); last.Test != "test-1" || last.Reason != "reason.no-answer" {
		t.Errorf("last test of c: %+v", last)
	}
}
