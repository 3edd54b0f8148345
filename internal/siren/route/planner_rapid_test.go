// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// radio is a caller that prepares calls and sends none: the simulation does.
type radio struct {
	kind    siren.PathKind
	airtime time.Duration
	rest    time.Duration
	refuses string // the signal for which there is no call
}

func (r radio) Name() string            { return "radio-" + string(r.kind) }
func (r radio) Kind() siren.PathKind    { return r.kind }
func (r radio) Serves(siren.Siren) bool { return true }
func (r radio) Rest() time.Duration     { return r.rest }
func (r radio) Prepare(_, signal string) (siren.Call, bool) {
	return siren.Call{Command: signal, Airtime: r.airtime}, signal != r.refuses
}
func (r radio) Transmit(context.Context, Priority, func(int) []siren.Call) []error { return nil }

var radios = []Caller{
	radio{kind: siren.PathTETRA, airtime: time.Second},
	radio{kind: siren.PathPOCSAG, airtime: 2 * time.Second},
	radio{kind: siren.PathTones, airtime: 8 * time.Second, rest: 2 * time.Minute},
}

// world is a fleet whose sirens answer, or not, as was drawn.
type world struct {
	now      time.Time
	begin    time.Time
	order    Order
	planner  *planner
	sending  map[int]time.Time // place of a call: when it is over
	sentAt   map[string][]time.Time
	lost     map[string]bool // calls whose end the node never learned
	answered map[string]bool
	finals   map[string]siren.Progress
	record   []siren.Called
}

func (w *world) restart() {
	w.order.Sounding = maps.Clone(w.answered)
	w.planner = newPlanner(w.order, DefaultWaits(), radios, map[siren.PathKind]Bearer{siren.PathMQTT: nil, siren.PathHTTP: nil})
	for _, called := range w.record {
		for _, c := range called.Calls {
			w.planner.recall(c, called.Stage, called.At)
		}
	}
	var open []string
	for _, id := range w.order.Sirens {
		if _, final := w.finals[id]; !final {
			open = append(open, id)
		}
	}
	w.order.Sirens = open
	o := w.order
	w.planner.ordered = slices.DeleteFunc(w.planner.ordered, func(j *journey) bool { _, final := w.finals[j.siren]; return final })
	for id := range w.finals {
		delete(w.planner.journeys, id)
	}
	w.planner.open = len(o.Sirens)
}

// Whatever answers come, whatever fails and however often the node restarts:
// every siren ends with a final status and the way of it, no call that went out
// goes out again, none reaches a siren that is not meant, and none goes out when
// all whom it reaches have answered.
func TestPlannerUnderRandomAnswersAndRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := registry(t)
		split := rapid.IntRange(1, len(all)).Draw(t, "meant")
		meant := map[string]bool{}
		w := &world{
			begin: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC), sending: map[int]time.Time{}, sentAt: map[string][]time.Time{},
			lost: map[string]bool{}, answered: map[string]bool{}, finals: map[string]siren.Progress{},
		}
		w.now = w.begin
		for _, s := range all[:split] {
			meant[s.ID] = true
			w.order.Sirens = append(w.order.Sirens, s.ID)
		}
		w.order.Ways = Survey(all, all[:split], "warning", radios)
		w.order.Latest, w.order.Until = w.begin.Add(10*time.Minute), w.begin.Add(12*time.Minute)
		for _, c := range w.order.Ways.Calls {
			for _, s := range all {
				if !meant[s.ID] && slices.ContainsFunc(s.Paths, func(p siren.Path) bool {
					return p.Kind == c.Kind && (p.Address == c.Address || p.Group == c.Address)
				}) {
					t.Fatalf("%v would sound %s, which is not meant", c, s.ID)
				}
			}
		}
		w.restart()
		for w.now.Before(w.order.Until.Add(time.Second)) && len(w.finals) < split {
			w.turn(t)
		}
		w.planner.step(w.now.Add(w.order.Until.Sub(w.begin)))
		w.news(t)
		for id := range meant {
			if _, final := w.finals[id]; !final {
				t.Fatalf("%s has no final status; calls %v", id, w.sentAt)
			}
		}
	})
}

// registry draws sirens with all kinds of ways, some of whose addresses are shared.
func registry(t *rapid.T) []siren.Siren {
	all := make([]siren.Siren, rapid.IntRange(1, 7).Draw(t, "sirens"))
	for i := range all {
		all[i].ID = fmt.Sprintf("s%d", i)
		kinds := rapid.Permutation(siren.PathKinds).Draw(t, "kinds")
		for _, kind := range kinds[:rapid.IntRange(1, 4).Draw(t, "ways")] {
			p := siren.Path{Kind: kind}
			if !kind.Authenticated() {
				p.Address = fmt.Sprintf("1234%d", rapid.IntRange(0, len(all)-1).Draw(t, "address"))
				p.Group = rapid.SampledFrom([]string{"", "90001", "90002"}).Draw(t, "group")
			}
			all[i].Paths = append(all[i].Paths, p)
		}
	}
	return all
}

// turn lets some time pass and something happen.
func (w *world) turn(t *rapid.T) {
	start := w.planner.step(w.now)
	w.news(t)
	for kind, ids := range start {
		if !kind.Authenticated() {
			t.Fatalf("frames go by %s", kind)
		}
		for _, id := range ids {
			if w.answered[id] && !w.order.Sounding[id] {
				t.Fatalf("%s has answered and is asked on another way", id)
			}
		}
	}
	for _, c := range radios {
		busy := slices.ContainsFunc(slices.Collect(maps.Keys(w.sending)), func(i int) bool { return w.planner.calls[i].Transmitter == c.Name() })
		if busy {
			continue
		}
		for _, i := range w.planner.take(c.Name(), rapid.IntRange(1, 5).Draw(t, "most"), w.now) {
			w.begun(t, i)
		}
		w.news(t)
	}
	switch rapid.IntRange(0, 9).Draw(t, "event") {
	case 0, 1, 2:
		w.answer(t)
	case 3:
		if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
			for i := range w.sending {
				w.lost[w.planner.calls[i].Transmitter+w.planner.calls[i].Call.String()] = true
			}
			clear(w.sending)
			w.restart()
		}
	}
	w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Second, 4 * time.Second, 30 * time.Second}).Draw(t, "pause"))
	for i, over := range w.sending {
		if w.now.Before(over) {
			continue
		}
		delete(w.sending, i)
		call := w.planner.calls[i].Call
		if rapid.IntRange(0, 4).Draw(t, "fails") == 0 {
			w.record = append(w.record, siren.Called{Stage: siren.CallFailed, Calls: []siren.Call{call}, At: w.now})
			w.planner.transmitted(i, errors.New("no carrier"), w.now)
		} else {
			name := call.Transmitter + call.String()
			w.sentAt[name] = append(w.sentAt[name], w.now)
			w.record = append(w.record, siren.Called{Stage: siren.CallSent, Calls: []siren.Call{call}, At: w.now})
			w.planner.transmitted(i, nil, w.now)
		}
		w.news(t)
	}
}

// begun holds the beginning of a call to the rules.
func (w *world) begun(t *rapid.T, i int) {
	call := w.planner.calls[i].Call
	name := call.Transmitter + call.String()
	if len(w.sentAt[name]) > 0 {
		t.Fatalf("%s went out at %v and goes out again at %v", name, w.sentAt[name], w.now)
	}
	if !slices.ContainsFunc(call.Sirens, func(id string) bool { return w.planner.journeys[id] != nil && !w.answered[id] }) {
		t.Fatalf("%s goes out, though all of %v have answered", name, call.Sirens)
	}
	if !w.now.Before(w.order.Latest) {
		t.Fatalf("%s goes out at %v, after %v", name, w.now, w.order.Latest)
	}
	for _, called := range w.record {
		if called.Stage != siren.CallSent && called.Calls[0].String() == call.String() && called.Calls[0].Transmitter == call.Transmitter &&
			w.now.Sub(called.At) < w.planner.rests[call.Transmitter] {
			t.Fatalf("%s goes out again %v after it began", name, w.now.Sub(called.At))
		}
	}
	w.sending[i] = w.now.Add(call.Airtime)
	w.record = append(w.record, siren.Called{Stage: siren.CallBegun, Calls: []siren.Call{call}, At: w.now})
}

// answer lets a siren say something on one of the ways that were used.
func (w *world) answer(t *rapid.T) {
	var open []*journey
	for _, j := range w.planner.ordered {
		if j.at >= 0 && !j.status.Final() {
			open = append(open, j)
		}
	}
	if len(open) == 0 {
		return
	}
	j := open[rapid.IntRange(0, len(open)-1).Draw(t, "who")]
	step := j.steps[rapid.IntRange(0, j.at).Draw(t, "way")]
	if !step.Kind.Authenticated() && !(step.Kind == siren.PathTETRA && w.planner.asked(j.siren, step.Kind)) {
		return
	}
	news := siren.Progress{Siren: j.siren, Path: step.Kind, At: w.now}
	news.Status = rapid.SampledFrom([]siren.Status{
		siren.StatusWaiting, siren.StatusSounding, siren.StatusDone, siren.StatusRefused, siren.StatusNotReached,
	}).Draw(t, "status")
	news.Reason = rapid.SampledFrom([]string{siren.KeyOffline, siren.KeyNoAnswer, siren.ReasonFault.Key(), siren.ReasonExpired.Key()}).Draw(t, "reason")
	w.planner.answer(news, w.now)
	w.news(t)
}

// news takes what the planner reports.
func (w *world) news(t *rapid.T) {
	for _, news := range w.planner.fetch() {
		if _, final := w.finals[news.Siren]; final {
			t.Fatalf("%+v comes after the final status", news)
		}
		switch news.Status {
		case siren.StatusSounding, siren.StatusDone, siren.StatusRefused:
			w.answered[news.Siren] = true
		case siren.StatusUnconfirmed:
			if news.Path.Authenticated() && len(w.sentAt)+len(w.lost) == 0 {
				t.Fatalf("%+v, but no call was made", news)
			}
		}
		if news.Status.Final() {
			if news.Reason == "" && news.Status != siren.StatusDone {
				t.Fatalf("%+v has no reason", news)
			}
			w.finals[news.Siren] = news
		}
	}
}
