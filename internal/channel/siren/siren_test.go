// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/channel/channeltest"
	"github.com/tocsin-alert/tocsin/internal/channel/siren"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	sirens "github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func channel(r *sirentest.Rig) *siren.Channel {
	return siren.New(siren.Options{Fleet: r.Fleet, Issuer: r.Issuer, Epoch: 1, Route: overMQTT(r.Link)})
}

// overMQTT is the route of a node that has no other way.
func overMQTT(link route.Bearer) *route.Route {
	return route.New(route.Options{Bearers: map[sirens.PathKind]route.Bearer{sirens.PathMQTT: link}, Log: slog.New(slog.DiscardHandler)})
}

func message(number int, signal string, area geo.Area) *warning.Message {
	return &warning.Message{
		Number: number, Identifier: fmt.Sprintf("message-%d", number), Sent: time.Now().UTC(),
		Content: warning.Content{Signal: signal, Area: area},
	}
}

var everywhere = geo.Area{Name: "Brandenburg", ARS: []geo.ARS{"12"}}

// planner remembers which frames each message became.
type planner struct {
	dispatch.Channel
	mu     *sync.Mutex
	frames map[string][]string
}

func (p planner) Plan(ctx context.Context, id string, m *warning.Message, serial uint64) (dispatch.Plan, error) {
	plan, err := p.Channel.Plan(ctx, id, m, serial)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frames[m.Identifier] = nil
	for _, f := range frames(plan) {
		p.frames[m.Identifier] = append(p.frames[m.Identifier], f.ID().String())
	}
	return plan, err
}

// frames reads the frames of a plan.
func frames(plan dispatch.Plan) (frames []sirens.Frame) {
	var payload struct{ Frames [][]byte }
	if json.Unmarshal(plan.Payload, &payload) != nil {
		return nil
	}
	for _, b := range payload.Frames {
		f, err := sirens.ParseFrame(b)
		if err != nil {
			panic(err)
		}
		frames = append(frames, f)
	}
	return frames
}

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Harness {
		r := sirentest.Start(t, sirentest.Options{Sirens: 6, Speed: 300})
		p := planner{channel(r), &sync.Mutex{}, map[string][]string{}}
		number := 0
		release := func(signal string) (string, *warning.Message) {
			number++
			return "warning", message(number, signal, everywhere)
		}
		return channeltest.Harness{
			Channel: p,
			Reopen: func() dispatch.Channel {
				r.StopLink()
				r.StartLink()
				return planner{channel(r), p.mu, p.frames}
			},
			Release: func() (string, *warning.Message) { return release("warning") },
			Nobody:  func() (string, *warning.Message) { return release("") },
			Cut:     r.Simulator.Cut,
			Effects: func(target string, m *warning.Message) (n int) {
				p.mu.Lock()
				defer p.mu.Unlock()
				for _, s := range r.Simulator.Sounded() {
					if s.Siren == target && slices.Contains(p.frames[m.Identifier], s.Frame) {
						n++
					}
				}
				return n
			},
		}
	})
}

// registry is a channel over a registry without any siren connected.
func registry(t *testing.T, entries []sirens.Siren) *siren.Channel {
	t.Helper()
	fleet := sirens.NewFleet()
	event := journal.NewEvent(sirens.EventRegistered, sirens.Registered{Sirens: entries})
	if err := fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	return siren.New(siren.Options{Fleet: fleet, Issuer: sirens.NewSigner(key), Epoch: 3, Route: overMQTT(nil)})
}

func TestPlan(t *testing.T) {
	entries := sirentest.Registry(2400)
	everySecond := slices.Clone(entries)
	for i := range everySecond {
		if i%2 == 1 {
			everySecond[i].Position = geo.Point{Lat: 53.9, Lon: 12}
		}
	}
	potsdam := geo.Circle{Center: geo.Point{Lat: 52.4, Lon: 13.06}, Radius: 10_000}
	for _, c := range []struct {
		name    string
		entries []sirens.Siren
		signal  string
		area    geo.Area
		targets int
		frames  []sirens.TargetType
		window  time.Duration
	}{
		{"a Land", entries, "warning", everywhere, 2400, []sirens.TargetType{sirens.TargetRegions}, 200 * time.Millisecond},
		{"a Kreis written out", entries, "all-clear", geo.Area{ARS: []geo.ARS{"120540000000"}}, 1200,
			[]sirens.TargetType{sirens.TargetRegions}, 100 * time.Millisecond},
		{"a circle", entries, "warning", geo.Area{Circles: []geo.Circle{potsdam}}, 1200,
			[]sirens.TargetType{sirens.TargetRanges}, 100 * time.Millisecond},
		{"a circle and a Kreis", entries, "warning", geo.Area{ARS: []geo.ARS{"12052"}, Circles: []geo.Circle{potsdam}}, 2400,
			[]sirens.TargetType{sirens.TargetRanges}, 200 * time.Millisecond},
		{"scattered sirens", everySecond, "warning", geo.Area{Circles: []geo.Circle{potsdam}}, 600,
			[]sirens.TargetType{sirens.TargetRanges, sirens.TargetRanges}, 0},
		{"nobody there", entries, "warning", geo.Area{ARS: []geo.ARS{"12072"}}, 0, nil, 0},
		{"no signal", entries, "", everywhere, 0, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			channel := registry(t, c.entries)
			m := message(1, c.signal, c.area)
			plan, err := channel.Plan(t.Context(), "warning", m, 5)
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Targets) != c.targets {
				t.Errorf("%d targets, want %d", len(plan.Targets), c.targets)
			}
			var types []sirens.TargetType
			held := 0
			for i, f := range frames(plan) {
				types = append(types, f.Target.Type)
				for _, s := range c.entries {
					if f.Target.Holds(s.Number, s.ARS) {
						held++
					}
				}
				if f.Counter != 80+uint64(i) || f.Epoch != 3 || f.ReplyWindow != c.window {
					t.Errorf("frame %d: %+v", i, f)
				}
				if f.NotBefore.After(m.Sent.Add(-59*time.Second)) || !f.Expires().Equal(m.Sent.Truncate(time.Second).Add(siren.DefaultValidity)) {
					t.Errorf("frame %d is valid from %v to %v; sent %v", i, f.NotBefore, f.Expires(), m.Sent)
				}
				if wait := plan.Deadline.Sub(f.Expires()); wait < time.Minute || wait > 2*time.Minute {
					t.Errorf("the deadline is %v after the frame expires", wait)
				}
			}
			if diff := cmp.Diff(c.frames, types); diff != "" {
				t.Errorf("frames (-want +got):\n%s", diff)
			}
			if held != c.targets {
				t.Errorf("the frames hold %d sirens, the plan names %d", held, c.targets)
			}
		})
	}
}

func TestPlanRefuses(t *testing.T) {
	entries := sirentest.Registry(16000)
	for i := range entries {
		if i%2 == 1 {
			entries[i].Position = geo.Point{Lat: 53.9, Lon: 12}
		}
	}
	channel := registry(t, entries)
	for _, c := range []struct {
		name   string
		m      *warning.Message
		serial uint64
		want   problem.Kind
	}{
		{"an unknown signal", message(1, "air raid", everywhere), 1, problem.Invalid},
		{"more frames than counters", message(1, "warning", geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: 52, Lon: 13.5}, Radius: 100_000}}}), 1, problem.TooLarge},
		{"a serial beyond all counters", message(1, "warning", everywhere), 1 << 44, problem.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := channel.Plan(t.Context(), "warning", c.m, c.serial)
			if err == nil || problem.KindOf(err) != c.want {
				t.Errorf("got %d targets, %v; want %s", len(plan.Targets), err, c.want)
			}
		})
	}
}

func TestReceiptsSayWhatToRepair(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 60, FaultyShare: 0.1})
	faults := r.Simulator.Faults()
	offline := r.Sirens[slices.IndexFunc(r.Sirens, func(s sirens.Siren) bool { return faults[s.ID] == simulator.FaultNone })].ID
	r.Simulator.Cut(offline)
	r.Wait("the siren is known to be offline", func() bool {
		return r.Fleet.State(offline).Condition == sirens.ConditionOffline
	})
	c := channel(r)
	m := message(1, "warning", everywhere)
	plan, err := c.Plan(t.Context(), "warning", m, 1)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got, final := map[string][]dispatch.Receipt{}, map[string]dispatch.Outcome{}
	report := func(receipt dispatch.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		got[receipt.Target] = append(got[receipt.Target], receipt)
		if receipt.Outcome.Final() {
			final[receipt.Target] = receipt.Outcome
		}
	}
	// Two never answer. The others have all the time that they need; then it is over.
	ctx, enough := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Deliver(ctx, dispatch.Job{ID: "message-1/siren", Message: m, Plan: plan}, report) }()
	r.Wait("all that answer have answered", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(final) == len(r.Sirens)-2 && len(got) == len(r.Sirens)
	})
	enough()
	<-done
	plan.Deadline = time.Now().Add(time.Second)
	if err := c.Deliver(t.Context(), dispatch.Job{ID: "message-1/siren", Message: m, Plan: plan, Outcomes: maps.Clone(final)}, report); err != nil {
		t.Fatal(err)
	}
	wantLast := map[simulator.Fault][2]string{
		simulator.FaultNone:     {"done", ""},
		simulator.FaultMains:    {"done", ""},
		simulator.FaultBattery:  {"done", ""},
		simulator.FaultSabotage: {"done", ""},
		simulator.FaultHorn:     {"refused", "reason.fault"},
		simulator.FaultClock:    {"refused", "siren.reason.wrong-clock"},
		simulator.FaultMute:     {"not-reached", "reason.no-answer"},
	}
	for _, s := range r.Sirens {
		last := got[s.ID][len(got[s.ID])-1]
		want := wantLast[faults[s.ID]]
		if s.ID == offline {
			want = [2]string{"not-reached", "reason.offline"}
			if first := got[s.ID][0]; first.Outcome != dispatch.Sent || first.Reason != "reason.offline" || first.Detail == "" {
				t.Errorf("the offline siren is first reported as %+v", first)
			}
		}
		if string(last.Outcome) != want[0] || last.Reason != want[1] {
			t.Errorf("%s with fault %q ended as %s %s, want %v", s.ID, faults[s.ID], last.Outcome, last.Reason, want)
		}
	}
}

func TestDeliverRefusesASpoiltPlan(t *testing.T) {
	c := registry(t, sirentest.Registry(1))
	job := dispatch.Job{ID: "message-1/siren", Plan: dispatch.Plan{
		Targets: []dispatch.Target{{ID: "siren-00001"}}, Payload: json.RawMessage(`"x"`),
	}}
	if err := c.Deliver(t.Context(), job, nil); err == nil {
		t.Error("delivered")
	}
}
