// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// delivery is an order on its way, and what it reported.
type delivery struct {
	t     *testing.T
	began time.Time
	ended chan error
	stop  context.CancelFunc

	mu       sync.Mutex
	last     map[string]siren.Progress
	sounding map[string]time.Duration // from the order to the acknowledgement
}

func deliver(t *testing.T, r *sirentest.Rig, o siren.Order) *delivery {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	d := &delivery{
		t: t, began: time.Now(), ended: make(chan error, 1), stop: stop,
		last: map[string]siren.Progress{}, sounding: map[string]time.Duration{},
	}
	go func() { d.ended <- r.Link.Deliver(ctx, o, d.report) }()
	t.Cleanup(stop)
	return d
}

func (d *delivery) report(p siren.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last[p.Siren] = p
	if p.Status == siren.StatusSounding {
		d.sounding[p.Siren] = time.Since(d.began)
	}
}

func (d *delivery) wait() error {
	d.t.Helper()
	return eventually.Receive(d.t, "the delivery ends", d.ended)
}

func (d *delivery) counts() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	counts := map[string]int{}
	for _, p := range d.last {
		counts[string(p.Status)+" "+p.Reason]++
	}
	return counts
}

func (d *delivery) progress(id string) siren.Progress {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last[id]
}

// alarm is a fresh frame that sounds the warning.
func alarm(counter uint64) siren.Frame {
	return siren.Frame{
		Epoch: 1, Counter: counter, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute),
		TTL: 11 * time.Minute, Action: siren.ActionSound, Signal: 1, Target: siren.All(),
	}
}

func order(t *testing.T, r *sirentest.Rig, f siren.Frame) siren.Order {
	t.Helper()
	b, err := f.Sign(r.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	o := siren.Order{Frames: [][]byte{b}, Until: time.Now().Add(12 * time.Minute)}
	for _, s := range r.Sirens {
		if f.Target.Holds(s.Number, s.ARS) {
			o.Sirens = append(o.Sirens, s.ID)
		}
	}
	return o
}

// wantOnce checks that no siren ever sounded twice for one frame.
func wantOnce(t *testing.T, sounded []simulator.Sounded) {
	t.Helper()
	seen := map[string]bool{}
	for _, s := range sounded {
		key := s.Siren + " " + s.Frame
		if seen[key] {
			t.Errorf("%s sounded twice for %s", s.Siren, s.Frame)
		}
		seen[key] = true
	}
}

// brokers runs a test with the embedded broker and with mosquitto.
func brokers(t *testing.T, run func(t *testing.T, o sirentest.Options)) {
	for name, mosquitto := range map[string]bool{"embedded": false, "mosquitto": true} {
		t.Run(name, func(t *testing.T) { run(t, sirentest.Options{Mosquitto: mosquitto, TLS: true}) })
	}
}

func TestFleetSounds(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens, o.FaultyShare = 200, 0.03
		r := sirentest.Start(t, o)
		faults := r.Simulator.Faults()
		if len(faults) != 6 {
			t.Fatalf("%d faulty sirens, want one of each kind: %v", len(faults), faults)
		}
		// The one that never answers is waited for apart, so that the others have all
		// the time that they need.
		all := order(t, r, alarm(16))
		answering, mute := all, all
		mute.Sirens = slices.DeleteFunc(slices.Clone(all.Sirens), func(id string) bool { return faults[id] != simulator.FaultMute })
		answering.Sirens = slices.DeleteFunc(slices.Clone(all.Sirens), func(id string) bool { return faults[id] == simulator.FaultMute })
		d := deliver(t, r, answering)
		if err := d.wait(); err != nil {
			t.Fatal(err)
		}
		mute.Until = time.Now().Add(time.Second)
		silent := deliver(t, r, mute)
		if err := silent.wait(); err != nil {
			t.Fatal(err)
		}
		slowest := time.Duration(0)
		for _, s := range r.Sirens {
			p := d.progress(s.ID)
			want, reason := siren.StatusDone, ""
			switch faults[s.ID] {
			case simulator.FaultMute:
				p, want, reason = silent.progress(s.ID), siren.StatusNotReached, siren.KeyNoAnswer
			case simulator.FaultClock:
				want, reason = siren.StatusRefused, siren.ReasonExpired.Key()
			case simulator.FaultHorn:
				want, reason = siren.StatusRefused, siren.ReasonFault.Key()
			}
			if p.Status != want || p.Reason != reason {
				t.Errorf("%s with fault %q ended as %s %q, want %s %q", s.ID, faults[s.ID], p.Status, p.Reason, want, reason)
			}
			slowest = max(slowest, d.sounding[s.ID])
		}
		t.Logf("the last of %d sirens acknowledged after %v", len(d.sounding), slowest)
		if sounded := r.Simulator.Sounded(); len(sounded) != 197 {
			t.Errorf("%d sirens sounded, want 197", len(sounded))
		}
		wantOnce(t, r.Simulator.Sounded())
		for id, fault := range faults {
			wantState(t, r, id, fault)
		}
	})
}

func wantState(t *testing.T, r *sirentest.Rig, id string, fault simulator.Fault) {
	t.Helper()
	want := map[simulator.Fault]struct {
		condition siren.Condition
		detail    string
	}{
		simulator.FaultMute:     {siren.ConditionReady, ""},
		simulator.FaultClock:    {siren.ConditionFault, siren.DetailClock},
		simulator.FaultMains:    {siren.ConditionReady, siren.DetailMains},
		simulator.FaultBattery:  {siren.ConditionReady, siren.DetailBattery},
		simulator.FaultSabotage: {siren.ConditionSabotage, siren.DetailSabotage},
		simulator.FaultHorn:     {siren.ConditionFault, siren.DetailHorn},
	}[fault]
	r.Wait(fmt.Sprintf("the fault %s of %s shows: %+v", fault, id, r.Fleet.State(id)), func() bool {
		s := r.Fleet.State(id)
		return s.Condition == want.condition && s.Detail == want.detail
	})
}

func TestOnlyTheTargetSounds(t *testing.T) {
	for _, c := range []struct {
		name   string
		target siren.Target
		want   int
	}{
		{"a region", siren.Regions("12052"), 10},
		{"ranges, by broadcast", siren.Numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20), 12},
		{"three sirens, each on its own topic", siren.Numbers(3, 4, 17), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sirentest.Start(t, sirentest.Options{Sirens: 20})
			f := alarm(16)
			f.Target = c.target
			request := order(t, r, f)
			if err := deliver(t, r, request).wait(); err != nil {
				t.Fatal(err)
			}
			var sounded []string
			for _, s := range r.Simulator.Sounded() {
				sounded = append(sounded, s.Siren)
			}
			slices.Sort(sounded)
			if !slices.Equal(sounded, request.Sirens) || len(sounded) != c.want {
				t.Errorf("sounded %v, want the %d of %v", sounded, c.want, request.Sirens)
			}
		})
	}
}

func TestDeliverAgainSoundsOnce(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens, o.Speed = 20, 20
		r := sirentest.Start(t, o)
		request := order(t, r, alarm(16))
		for range 3 {
			if err := deliver(t, r, request).wait(); err != nil {
				t.Fatal(err)
			}
		}
		sounded := r.Simulator.Sounded()
		if len(sounded) != 20 {
			t.Errorf("%d starts in all, want 20", len(sounded))
		}
		wantOnce(t, sounded)
	})
}

// The gateway and all sirens restart in the middle of a signal.
func TestRestartInTheMiddleOfASignal(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens, o.Speed = 20, 1
		r := sirentest.Start(t, o)
		request := order(t, r, alarm(16))
		d := deliver(t, r, request)
		r.Wait("the sirens sound", func() bool { return d.counts()["sounding "] == 20 })
		d.stop()
		if err := d.wait(); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled delivery returned %v", err)
		}
		r.StopLink()
		r.StopSimulator()
		r.StartSimulator()
		r.StartLink()
		again := deliver(t, r, request)
		if err := again.wait(); err != nil {
			t.Fatal(err)
		}
		if got := again.counts(); got["done "+siren.ReasonInterrupted.Key()] != 20 {
			t.Errorf("after the restart the sirens said %v", got)
		}
		sounded := r.Simulator.Sounded()
		if len(sounded) != 20 {
			t.Errorf("%d starts in all, want 20", len(sounded))
		}
		wantOnce(t, sounded)
	})
}

func TestSirenThatReturnsSoundsTheFrameInForce(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens = 10
		r := sirentest.Start(t, o)
		id := r.Sirens[0].ID
		restore := r.Simulator.Cut(id)
		r.Wait("the siren is known to be offline", func() bool {
			return r.Fleet.State(id).Condition == siren.ConditionOffline
		})
		d := deliver(t, r, order(t, r, alarm(16)))
		r.Wait("all others are done", func() bool { return d.counts()["done "] == 9 })
		if p := d.progress(id); p.Status != siren.StatusWaiting || p.Reason != siren.KeyOffline || p.State.Since.IsZero() {
			t.Errorf("the absent siren is reported as %+v", p)
		}
		restore()
		if err := d.wait(); err != nil {
			t.Fatal(err)
		}
		if p := d.progress(id); p.Status != siren.StatusDone {
			t.Errorf("the siren that returned ended as %+v", p)
		}
		wantOnce(t, r.Simulator.Sounded())
	})
}

func TestBrokerRestartsMidway(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 50, Speed: 20, NoBroker: true, TLS: true})
	broker := r.StartBroker(r.Endpoint.Address)
	r.WaitConnected(50)
	d := deliver(t, r, order(t, r, alarm(16)))
	r.Wait("the sirens sound, or have sounded", func() bool { return d.counts()["sounding "]+d.counts()["done "] == 50 })
	broker.Stop()
	later := deliver(t, r, order(t, r, alarm(32)))
	r.Wait("the lost broker is reported", func() bool {
		return later.counts()["waiting "+siren.KeyNoBroker] == 50
	})
	if connected, cause := r.Link.Connected(); connected || cause == nil {
		t.Errorf("connected %v, cause %v", connected, cause)
	}
	r.StartBroker(r.Endpoint.Address)
	if err := later.wait(); err != nil {
		t.Fatal(err)
	}
	if got := later.counts(); got["done "] != 50 {
		t.Errorf("after the restart: %v", got)
	}
	if err := d.wait(); err != nil {
		t.Fatal(err)
	}
	wantOnce(t, r.Simulator.Sounded())
}

func TestStop(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 20, Speed: 1})
	d := deliver(t, r, order(t, r, alarm(16)))
	r.Wait("the sirens sound", func() bool { return d.counts()["sounding "] == 20 })
	f := alarm(32)
	f.Action, f.Signal = siren.ActionStop, 0
	stop := deliver(t, r, order(t, r, f))
	for _, one := range []*delivery{stop, d} {
		if err := one.wait(); err != nil {
			t.Fatal(err)
		}
	}
	if got := stop.counts(); got["done "] != 20 {
		t.Errorf("the stop ended as %v", got)
	}
	if got := d.counts(); got["done "+siren.ReasonStopped.Key()] != 20 {
		t.Errorf("the alarm ended as %v", got)
	}
}

func TestNewerOrderSupersedes(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 10, Speed: 1})
	absent := r.Sirens[0].ID
	restore := r.Simulator.Cut(absent)
	first := deliver(t, r, order(t, r, alarm(16)))
	r.Wait("the sirens sound", func() bool { return first.counts()["sounding "] == 9 })

	silent := alarm(24)
	silent.Action, silent.Signal = siren.ActionTest, 16
	if err := deliver(t, r, order(t, r, silent)).wait(); !errors.Is(err, problem.Conflict) {
		t.Errorf("a test during an alarm: %v", err)
	}

	clear := alarm(32)
	clear.Signal = 2
	second := deliver(t, r, order(t, r, clear))
	if err := first.wait(); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"done " + siren.KeySuperseded: 9, "not-reached " + siren.KeySuperseded: 1}
	if got := first.counts(); !maps.Equal(got, want) {
		t.Errorf("the first order ended as %v, want %v", got, want)
	}
	restore()
	r.Wait("the absent siren gives the newer signal", func() bool {
		return second.progress(absent).Status == siren.StatusSounding
	})
	for _, s := range r.Simulator.Sounded() {
		if s.Siren == absent && s.Signal != "all-clear" {
			t.Errorf("the siren that returned gives the older signal: %+v", s)
		}
	}
}

func TestExpiredAndUnknown(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 3})
	old := alarm(16)
	old.NotBefore = old.NotBefore.Add(-time.Hour)
	request := order(t, r, old)
	request.Sirens = append(request.Sirens, "nobody")
	d := deliver(t, r, request)
	if err := d.wait(); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"refused reason.expired": 3, "not-reached " + siren.KeyUnknown: 1}
	if got := d.counts(); !maps.Equal(got, want) {
		t.Errorf("an expired frame ended as %v, want %v", got, want)
	}
	past := order(t, r, alarm(32))
	past.Until = time.Now().Add(-time.Second)
	d = deliver(t, r, past)
	if err := d.wait(); err != nil {
		t.Fatal(err)
	}
	if got := d.counts(); got["not-reached reason.expired"] != 3 {
		t.Errorf("an order that is over ended as %v", got)
	}
	if sounded := r.Simulator.Sounded(); len(sounded) > 0 {
		t.Errorf("sounded %v", sounded)
	}
}
