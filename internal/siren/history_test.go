// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestTheRegistryRemembers(t *testing.T) {
	f := NewFleet()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seq := uint64(10)
	record := func(by string, events []journal.Event, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		seq++
		if err := f.Apply(journal.Record{Seq: seq, Time: at, By: by, Events: events}); err != nil {
			t.Fatal(err)
		}
	}
	add := func(by string, sirens ...Siren) {
		t.Helper()
		events, err := Register(f.All(), sirens)
		record(by, events, err)
	}
	add("anna", entry("a", 7), entry("b", 3))
	moved := entry("a", 7)
	moved.Position.Lat += 0.01
	moved.Equipment.Level = 109
	add("bernd", moved, entry("b", 3))
	if events, err := Register(f.All(), []Siren{moved, entry("b", 3)}); err != nil || events != nil {
		t.Errorf("what stands there already makes %v, %v", events, err)
	}
	events, err := Remove(f.All(), Removed{Siren: "a", Reason: " dismantled "})
	record("anna", events, err)

	want := []Change{
		{Version: 11, At: at, By: "anna", Kind: ChangeAdded},
		{Version: 12, At: at, By: "bernd", Kind: ChangeChanged, Fields: []string{"position", "equipment"}},
		{Version: 13, At: at, By: "anna", Kind: ChangeRemoved, Reason: "dismantled"},
	}
	if diff := cmp.Diff(want, f.History("a")); diff != "" {
		t.Error(diff)
	}
	if h := f.History("b"); len(h) != 1 || h[0].Version != 11 {
		t.Errorf("an entry that did not change: %+v", h)
	}
	if f.Version() != 13 || f.HighestNumber() != 7 || !f.Known("a") || f.Known("c") || len(f.All()) != 1 {
		t.Errorf("version %d, highest %d, %d sirens", f.Version(), f.HighestNumber(), len(f.All()))
	}
	if err := f.Observe([]byte(`{"siren":"a","condition":"ready"}`)); err != nil || f.State("a").Condition != ConditionUnknown {
		t.Errorf("a siren that is gone is %s, %v", f.State("a").Condition, err)
	}
	add("anna", moved)
	if _, err := Remove(f.All(), Removed{Siren: "z", Reason: "x"}); !errors.Is(err, problem.NotFound) {
		t.Errorf("removing a stranger: %v", err)
	}
	if _, err := Remove(f.All(), Removed{Siren: "a", Reason: " "}); !errors.Is(err, problem.Invalid) {
		t.Errorf("removing without a reason: %v", err)
	}
	if h := f.History("a"); len(h) != 4 || h[3].Kind != ChangeAdded || len(f.All()) != 2 {
		t.Errorf("a siren that came back: %+v", h)
	}
}

func TestASirenWithoutKeyIsNotEnrolled(t *testing.T) {
	keyless := entry("a", 1)
	keyless.PublicKey = nil
	pager := entry("b", 2)
	pager.PublicKey, pager.Paths = nil, []Path{{Kind: PathPOCSAG, Address: "1234567"}}
	f := NewFleet()
	events, err := Register(nil, []Siren{keyless, pager})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, f, events...)
	if f.State("a").Detail != DetailNotEnrolled || f.State("b").Detail != "" || keyless.Enrolled() || !pager.Enrolled() {
		t.Errorf("%+v, %+v", f.State("a"), f.State("b"))
	}
}
