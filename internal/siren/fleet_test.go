// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func entry(id string, number uint32) Siren {
	return Siren{
		ID: id, Number: number, Name: "Feuerwache " + id, ARS: "12054",
		Position: geo.Point{Lat: 52.4, Lon: 13}, PublicKey: public(deviceKey), Signals: []string{"warning", "all-clear"},
	}
}

func apply(t *testing.T, f *Fleet, events ...journal.Event) {
	t.Helper()
	if err := f.Apply(journal.Record{Seq: 1, Events: events}); err != nil {
		t.Fatal(err)
	}
}

func TestFleet(t *testing.T) {
	f := NewFleet()
	far := entry("c", 1)
	far.ARS, far.Position = "12052", geo.Point{Lat: 51.7, Lon: 14.3}
	apply(t, f,
		journal.NewEvent("warning.released", nil),
		journal.NewEvent(EventRegistered, Registered{Sirens: []Siren{entry("a", 3), entry("b", 2), far}}))
	renamed := entry("a", 4)
	renamed.Name = "Rathaus"
	apply(t, f, journal.NewEvent(EventRegistered, Registered{Sirens: []Siren{renamed}}))

	var order []string
	for _, s := range f.All() {
		order = append(order, s.ID)
	}
	if diff := cmp.Diff([]string{"c", "b", "a"}, order); diff != "" {
		t.Errorf("by number (-want +got):\n%s", diff)
	}
	if s, ok := f.Siren("a"); !ok || s.Name != "Rathaus" {
		t.Errorf("found %+v, %v", s, ok)
	}
	if in := f.In(func(p geo.Point, ars geo.ARS) bool { return ars == "12052" && p.Lon > 14 }); len(in) != 1 || in[0].ID != "c" {
		t.Errorf("in the area: %+v", in)
	}

	state := State{Siren: "b", Condition: ConditionReady, Since: epochTime}
	raw, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Observe(raw); err != nil {
		t.Fatal(err)
	}
	if err := f.Observe([]byte("{")); err == nil {
		t.Error("half a state was taken")
	}
	if diff := cmp.Diff(state, f.State("b")); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[Condition]int{ConditionReady: 1, ConditionUnknown: 2}, f.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if err := f.Apply(journal.Record{Seq: 9, Events: []journal.Event{{Kind: EventRegistered, Body: []byte("[]")}}}); err == nil {
		t.Error("a spoilt event was applied")
	}
}

func TestRegister(t *testing.T) {
	existing := []Siren{entry("a", 1), entry("b", 2)}
	events, err := Register(existing, []Siren{entry("b", 3), entry("c", 2)})
	if err != nil {
		t.Fatal(err)
	}
	f := NewFleet()
	apply(t, f, events...)
	if len(f.All()) != 2 || f.All()[0].ID != "c" {
		t.Errorf("registered %+v", f.All())
	}
	for _, c := range []struct {
		name  string
		spoil func(*Siren)
		rule  string
	}{
		{"no id", func(s *Siren) { s.ID = "" }, "siren.id"},
		{"an id with a slash", func(s *Siren) { s.ID = "a/b" }, "siren.id"},
		{"an id of 41 letters", func(s *Siren) { s.ID = strings.Repeat("a", 41) }, "siren.id"},
		{"no number", func(s *Siren) { s.Number = 0 }, "siren.number"},
		{"a number that is taken", func(s *Siren) { s.Number = 1 }, "siren.number-twice"},
		{"no name", func(s *Siren) { s.Name = " " }, "siren.name"},
		{"no region", func(s *Siren) { s.ARS = "" }, "siren.ars"},
		{"a region written out", func(s *Siren) { s.ARS = "120540000000" }, "siren.ars"},
		{"beyond the pole", func(s *Siren) { s.Position.Lat = 90.1 }, "siren.position"},
		{"nowhere", func(s *Siren) { s.Position.Lon = math.NaN() }, "siren.position"},
		{"half a key", func(s *Siren) { s.PublicKey = s.PublicKey[:16] }, "siren.key"},
		{"no signals", func(s *Siren) { s.Signals = nil }, "siren.signals"},
		{"a signal that is none", func(s *Siren) { s.Signals = []string{"opera"} }, "siren.signals"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := entry("c", 3)
			c.spoil(&s)
			_, err := Register(existing, []Siren{s})
			p, ok := errors.AsType[*problem.Error](err)
			if !ok || p.Kind != problem.Invalid || len(p.Faults) != 1 || p.Faults[0].Rule != c.rule {
				t.Fatalf("got %v, want the rule %s broken", err, c.rule)
			}
			if p.Faults[0].Field == "" || p.Faults[0].Remedy == "" {
				t.Errorf("the fault names no field or remedy: %+v", p.Faults[0])
			}
		})
	}
	for name, sirens := range map[string][]Siren{
		"an id twice":       {entry("c", 3), entry("c", 4)},
		"a number twice":    {entry("c", 3), entry("d", 3)},
		"none":              {},
		"more than allowed": make([]Siren, MaxRegister+1),
	} {
		t.Run(name, func(t *testing.T) {
			if events, err := Register(existing, sirens); err == nil || events != nil {
				t.Errorf("registered %v", events)
			}
		})
	}
}

func TestStateHears(t *testing.T) {
	at := epochTime
	ready := Answer{Kind: AnswerState, Time: at, Condition: ConditionReady}
	sounding := Answer{Kind: AnswerAck, Time: at, Condition: ConditionTriggered, Signal: 2, Remaining: 30 * time.Second,
		Frame: FrameID{Counter: 16}, Outcome: OutcomeAccepted}
	for _, c := range []struct {
		name string
		say  func(*Answer)
		want State
	}{
		{"ready", func(*Answer) {}, State{Condition: ConditionReady, Mains: true, Battery: true}},
		{"a clock three hours fast", func(a *Answer) { a.Time = at.Add(3 * time.Hour) },
			State{Condition: ConditionFault, Detail: DetailClock, ClockOffset: 3 * time.Hour, Mains: true, Battery: true}},
		{"a clock three hours slow", func(a *Answer) { a.Time = at.Add(-3 * time.Hour) },
			State{Condition: ConditionReady, ClockOffset: -3 * time.Hour, Mains: true, Battery: true}},
		{"on battery", func(a *Answer) { a.Contacts.MainsFailed = true },
			State{Condition: ConditionReady, Detail: DetailMains, Battery: true}},
		{"sounding", func(a *Answer) { *a = sounding }, State{Condition: ConditionTriggered, Mains: true, Battery: true,
			Frame: "00000000-0-16", Signal: "all-clear", SoundingUntil: at.Add(30 * time.Second)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ready
			c.say(&a)
			c.want.Siren, c.want.Since, c.want.LastContact = "a", at, at
			if diff := cmp.Diff(c.want, State{Siren: "a"}.Hear(a, GermanSignals(), at)); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
		})
	}
	s := State{Siren: "a"}.Hear(ready, GermanSignals(), at).Hear(ready, GermanSignals(), at.Add(time.Minute))
	if !s.Since.Equal(at) || !s.LastContact.Equal(at.Add(time.Minute)) {
		t.Errorf("the same condition again: %+v", s)
	}
	lost := s.Lost(DetailOffline, at.Add(time.Hour)).Lost(DetailSilent, at.Add(2*time.Hour))
	if lost.Condition != ConditionOffline || lost.Detail != DetailOffline || !lost.Since.Equal(at.Add(time.Hour)) {
		t.Errorf("lost twice: %+v", lost)
	}
}
