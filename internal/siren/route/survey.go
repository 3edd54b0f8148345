// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Ways is what an order may use to reach its sirens. It is part of the plan, so
// that a delivery that is taken up again makes the same calls.
type Ways struct {
	// Calls are those that the steps name.
	Calls []siren.Call `json:"calls,omitempty"`
	// Sirens are those that have other ways than MQTT alone.
	Sirens []Steps `json:"sirens,omitempty"`
}

// Steps are the ways to one siren in their order.
type Steps struct {
	Siren string `json:"siren"`
	Steps []Step `json:"steps"`
}

// Step is one way to one siren.
type Step struct {
	Kind siren.PathKind `json:"kind"`
	// Own and Group are places in Ways.Calls, from 1: the call to the siren's own
	// address, and the one that it shares. Zero for none.
	Own   int `json:"own,omitempty"`
	Group int `json:"group,omitempty"`
	// Reason says why the way cannot be used; a catalogue key.
	Reason string `json:"reason,omitempty"`
}

// Catalogue keys of why a way cannot be used, or what became of it.
const (
	KeyNoTransmitter = "siren.reason.no-transmitter" // none is set up that serves the siren
	KeyNoCall        = "siren.reason.no-call"        // none is set for the signal
	KeyShared        = "siren.reason.shared-call"    // it would sound sirens that are not meant
	KeyTransmitter   = "siren.reason.transmitter"    // it did not go out
	KeyCalled        = "siren.reason.called"         // it went out; nobody answers on this way
	KeyHeard         = "siren.reason.heard"          // and a receiver heard it
	KeyAsked         = "siren.reason.asked"          // it went out; the answer is awaited
	KeyNotTriggered  = "siren.reason.not-triggered"  // the siren's radio says that it does not sound
)

// Survey finds the ways to the sirens that are meant. all is the whole registry:
// no call is taken that a siren outside of those meant listens to. The same
// registry and callers give the same ways.
func Survey(all, meant []siren.Siren, signal string, callers []Caller) Ways {
	s := surveyor{listeners: map[string][]siren.Siren{}, meant: map[string]bool{}, known: map[string]int{}, callers: callers, signal: signal}
	for _, one := range meant {
		s.meant[one.ID] = true
	}
	for _, one := range all {
		for _, p := range one.Ways() {
			for _, address := range slices.Compact([]string{p.Address, p.Group}) {
				if !p.Kind.Authenticated() && address != "" {
					k := key(p.Kind, address)
					s.listeners[k] = append(s.listeners[k], one)
				}
			}
		}
	}
	for _, one := range meant {
		ways := one.Ways()
		if len(ways) == 1 && ways[0].Kind == siren.PathMQTT {
			continue
		}
		steps := make([]Step, len(ways))
		for i, p := range ways {
			steps[i] = s.step(one, p)
		}
		s.ways.Sirens = append(s.ways.Sirens, Steps{one.ID, steps})
	}
	return s.ways
}

// key brings an address into its one form: leading zeros do not make another.
func key(kind siren.PathKind, address string) string {
	if kind != siren.PathTones {
		address = strings.TrimLeft(address, "0")
	}
	return string(kind) + " " + address
}

type surveyor struct {
	callers   []Caller
	signal    string
	meant     map[string]bool
	listeners map[string][]siren.Siren // by kind and address
	known     map[string]int           // transmitter, kind and address: place in ways.Calls
	ways      Ways
}

func (s *surveyor) step(one siren.Siren, p siren.Path) Step {
	step := Step{Kind: p.Kind}
	if p.Kind.Authenticated() {
		return step
	}
	i := slices.IndexFunc(s.callers, func(c Caller) bool { return c.Kind() == p.Kind && c.Serves(one) })
	if i < 0 {
		step.Reason = KeyNoTransmitter
		return step
	}
	var why string
	step.Own, why = s.call(s.callers[i], p.Address)
	if p.Group != "" && key(p.Kind, p.Group) != key(p.Kind, p.Address) {
		step.Group, _ = s.call(s.callers[i], p.Group)
	}
	if step.Own == 0 && step.Group == 0 {
		step.Reason = why
	}
	return step
}

// call gives the place of a call, or why there is none.
func (s *surveyor) call(c Caller, address string) (place int, why string) {
	k := key(c.Kind(), address)
	if place, known := s.known[c.Name()+" "+k]; known {
		return place, KeyShared
	}
	call, ok := c.Prepare(address, s.signal)
	if !ok {
		return 0, KeyNoCall
	}
	call.Kind, call.Transmitter, call.Address = c.Kind(), c.Name(), address
	for _, listener := range s.listeners[k] {
		if !s.meant[listener.ID] {
			s.known[c.Name()+" "+k] = 0
			return 0, KeyShared
		}
		if c.Serves(listener) {
			call.Sirens = append(call.Sirens, listener.ID)
		}
	}
	call.Group = len(call.Sirens) > 1
	s.ways.Calls = append(s.ways.Calls, call)
	s.known[c.Name()+" "+k] = len(s.ways.Calls)
	return len(s.ways.Calls), ""
}

// Airtime is how long the calls of the ways occupy each transmitter if all
// sirens have to be called, group calls in place of those that they cover.
func (w Ways) Airtime() map[string]time.Duration {
	needed := map[int]bool{}
	for _, s := range w.Sirens {
		for _, step := range s.Steps {
			if place := max(step.Group, step.Own); step.Group > 0 || step.Own > 0 {
				if step.Group > 0 {
					place = step.Group
				}
				needed[place-1] = true
			}
		}
	}
	airtime := map[string]time.Duration{}
	for i := range needed {
		airtime[w.Calls[i].Transmitter] += w.Calls[i].Airtime
	}
	return airtime
}
