// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
)

// Fleet is all sirens of an authority as a projection: the registry and the last
// tests from the journal, the states from telemetry. It is safe for use by
// several goroutines.
type Fleet struct {
	mu      sync.RWMutex
	sirens  map[string]Siren
	states  map[string]State
	tests   map[string]LastTest
	applied uint64 // the last record
	// revision is the last record that changed the registry or a last test.
	revision uint64
	ordered  []Siren // by number; rebuilt by Apply, never changed in place
	chronicle
}

// NewFleet is a fleet without sirens.
func NewFleet() *Fleet {
	return &Fleet{sirens: map[string]Siren{}, states: map[string]State{}, tests: map[string]LastTest{}, chronicle: chronicle{changes: map[string][]Change{}}}
}

// Apply folds a journal record into the registry; records of other things are passed over.
func (f *Fleet) Apply(record journal.Record) error {
	for _, event := range record.Events {
		switch event.Kind {
		case EventRegistered:
			body, err := journal.Decode[Registered](event)
			if err != nil {
				return fmt.Errorf("record %d: %w", record.Seq, err)
			}
			f.register(body.Sirens, record)
			f.revised(record)
		case EventRemoved:
			body, err := journal.Decode[Removed](event)
			if err != nil {
				return fmt.Errorf("record %d: %w", record.Seq, err)
			}
			f.remove(body, record)
			f.revised(record)
		case EventTested:
			body, err := journal.Decode[Tested](event)
			if err != nil {
				return fmt.Errorf("record %d: %w", record.Seq, err)
			}
			f.tested(body, record.Time)
			f.revised(record)
		}
	}
	f.mu.Lock()
	f.applied = record.Seq
	f.mu.Unlock()
	return nil
}

// Applied is the sequence of the last record that the fleet has taken in.
func (f *Fleet) Applied() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.applied
}

func (f *Fleet) revised(record journal.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revision = record.Seq
}

// Revision is the sequence of the last record that changed the registry or what
// the last test of a siren showed.
func (f *Fleet) Revision() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.revision
}

// tested keeps the last test of every siren of which it says something.
func (f *Fleet) tested(t Tested, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, result := range t.Results {
		if result.Outcome == TestNotTested {
			continue
		}
		last := LastTest{Test: t.Test, Signal: t.Signal, At: at, Outcome: result.Outcome, Reason: result.Reason}
		for _, s := range f.ordered {
			if result.Sirens.Holds(s.Number) {
				f.tests[s.ID] = last
			}
		}
	}
}

// LastTest is the last test of a siren; false if none ever said anything of it.
func (f *Fleet) LastTest(id string) (LastTest, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	last, ok := f.tests[id]
	return last, ok
}

func (f *Fleet) register(sirens []Siren, record journal.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range sirens {
		old, known := f.sirens[s.ID]
		change := Change{Kind: ChangeAdded}
		if known {
			change = Change{Kind: ChangeChanged, Fields: Difference(old, s)}
		}
		f.sirens[s.ID] = s
		f.highest = max(f.highest, s.Number)
		f.note(s.ID, record, change)
	}
	f.order()
}

func (f *Fleet) remove(removed Removed, record journal.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.sirens[removed.Siren]; !known {
		return
	}
	delete(f.sirens, removed.Siren)
	delete(f.states, removed.Siren)
	delete(f.tests, removed.Siren)
	f.note(removed.Siren, record, Change{Kind: ChangeRemoved, Reason: removed.Reason})
	f.order()
}

func (f *Fleet) order() {
	f.ordered = make([]Siren, 0, len(f.sirens))
	for _, s := range f.sirens {
		f.ordered = append(f.ordered, s)
	}
	slices.SortFunc(f.ordered, func(a, b Siren) int { return cmp.Compare(a.Number, b.Number) })
}

// Observe takes the telemetry of one siren: a State as JSON.
func (f *Fleet) Observe(data []byte) error {
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("read siren state: %w", err)
	}
	f.ObserveState(s)
	return nil
}

// ObserveState takes the state of one siren.
func (f *Fleet) ObserveState(s State) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.removed(s.Siren) { // else the last words of a device that is gone
		f.states[s.Siren] = s
	}
}

// Siren finds a siren by its id.
func (f *Fleet) Siren(id string) (Siren, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	s, ok := f.sirens[id]
	return s, ok
}

// All lists the sirens by number. The slice is shared: do not change it.
func (f *Fleet) All() []Siren {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.ordered
}

// In lists the sirens that contains holds, by number.
func (f *Fleet) In(contains func(geo.Point, geo.ARS) bool) []Siren {
	var in []Siren
	for _, s := range f.All() {
		if contains(s.Position, s.ARS) {
			in = append(in, s)
		}
	}
	return in
}

// State is what is known of a siren now; ConditionUnknown if it was never heard.
func (f *Fleet) State(id string) State {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.state(id)
}

func (f *Fleet) state(id string) State {
	s, heard := f.states[id]
	if !heard {
		unknown := State{Siren: id, Condition: ConditionUnknown}
		if s, registered := f.sirens[id]; registered && !s.Enrolled() {
			unknown.Detail = DetailNotEnrolled
		}
		return unknown
	}
	if last, tested := f.tests[id]; tested {
		return s.Tested(last)
	}
	return s
}

// States lists the states of all registered sirens, by number.
func (f *Fleet) States() []State {
	f.mu.RLock()
	defer f.mu.RUnlock()
	states := make([]State, len(f.ordered))
	for i, s := range f.ordered {
		states[i] = f.state(s.ID)
	}
	return states
}

// Counts is the number of registered sirens by condition.
func (f *Fleet) Counts() map[Condition]int {
	counts := map[Condition]int{}
	for _, s := range f.States() {
		counts[s.Condition]++
	}
	return counts
}
