// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// keptStates is how many of a siren's states are kept for its page.
const keptStates = 50

// fleet is the registry of sirens with the last that was heard of each, and how
// their states changed since this process began. It is for use by several
// goroutines: the registry comes from the journal, the states from telemetry.
type fleet struct {
	*siren.Fleet
	mu sync.Mutex
	// past holds the states of each siren, oldest first, without those that
	// differ in nothing but the time of contact.
	past map[string][]siren.State
}

func newFleet() *fleet { return &fleet{Fleet: siren.NewFleet(), past: map[string][]siren.State{}} }

// take folds one telemetry message in. It reports false for what is no state
// and for what says nothing new. Telemetry may come from a role that errs, and
// must not bring this one down.
func (f *fleet) take(data []byte) (siren.State, bool) {
	var state siren.State
	if json.Unmarshal(data, &state) != nil || state.Siren == "" {
		return siren.State{}, false
	}
	f.ObserveState(state)
	f.mu.Lock()
	defer f.mu.Unlock()
	past := f.past[state.Siren]
	if len(past) > 0 && sameState(past[len(past)-1], state) {
		return state, false
	}
	past = append(past, state)
	f.past[state.Siren] = past[max(0, len(past)-keptStates):]
	return state, true
}

// sameState reports whether two states differ in contact and clock alone.
func sameState(a, b siren.State) bool {
	return a.Condition == b.Condition && a.Mains == b.Mains && a.Battery == b.Battery && a.Detail == b.Detail &&
		a.Frame == b.Frame && a.Signal == b.Signal && a.SoundingUntil.Equal(b.SoundingUntil)
}

// history gives a siren's states, newest first.
func (f *fleet) history(id string) []siren.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	past := slices.Clone(f.past[id])
	slices.Reverse(past)
	return listed(past)
}
