// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/channel/siren"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	sirens "github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/radio"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// station is the gateway of a fleet whose sirens have MQTT and then POCSAG, with
// a transmitter process that notes each of its runs. The journal outlives it.
type station struct {
	t       *testing.T
	rig     *sirentest.Rig
	journal journal.Journal
	runs    string
	script  string        // what the transmitter does after its note
	timeout time.Duration // of the transmitter
}

func newStation(t *testing.T, count int, script string) *station {
	t.Helper()
	s := &station{t: t, rig: sirentest.Start(t, sirentest.Options{Sirens: count}), journal: memory.New(), runs: filepath.Join(t.TempDir(), "runs"), script: script, timeout: eventually.Patience}
	entries := sirentest.Registry(count)
	for i := range entries {
		entries[i].Paths = []sirens.Path{{Kind: sirens.PathMQTT}, {Kind: sirens.PathPOCSAG, Address: fmt.Sprint(1000 + i), Group: "20008"}}
	}
	event := journal.NewEvent(sirens.EventRegistered, sirens.Registered{Sirens: entries})
	if err := s.rig.Fleet.Apply(journal.Record{Seq: 2, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// open gives the channel as a gateway that has just started has it.
func (s *station) open() *siren.Channel {
	s.t.Helper()
	north, err := radio.NewPOCSAG(radio.POCSAGOptions{Name: "north", Output: radio.Process{
		Command: []string{"sh", "-c", "cat > /dev/null; echo run >> " + s.runs + "; " + s.script}, Timeout: s.timeout,
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	book := &route.Book{}
	ways := route.New(route.Options{
		Bearers: map[sirens.PathKind]route.Bearer{sirens.PathMQTT: s.rig.Link}, Callers: []route.Caller{north},
		Waits:    route.Waits{sirens.PathMQTT: eventually.Patience}, // a siren that is offline is called at once
		Recorder: route.Recorder{Book: book, Ledger: journal.NewLedger(s.journal, book, time.Now)}, Log: slog.New(slog.DiscardHandler),
	})
	return siren.New(siren.Options{Fleet: s.rig.Fleet, Issuer: s.rig.Issuer, Epoch: 1, Route: ways})
}

// sent is how often the transmitter ran.
func (s *station) sent() int {
	raw, _ := os.ReadFile(s.runs)
	return bytes.Count(raw, []byte("run"))
}

// log keeps the receipts of deliveries, as the dispatch does.
type log struct {
	mu   sync.Mutex
	last map[string]dispatch.Receipt
}

func (l *log) report(r dispatch.Receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last[r.Target] = r
}

func (l *log) count(outcome dispatch.Outcome) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.last {
		if r.Outcome == outcome {
			n++
		}
	}
	return n
}

func (l *log) of(id string) dispatch.Receipt {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last[id]
}

func (s *station) plan(c *siren.Channel) dispatch.Job {
	s.t.Helper()
	m := message(1, "warning", everywhere)
	plan, err := c.Plan(s.t.Context(), "warning", m, 1)
	if err != nil {
		s.t.Fatal(err)
	}
	return dispatch.Job{ID: "message-1/siren", Message: m, Plan: plan}
}

// deliver has a gateway deliver the job and kills it when that is so; the job is
// then as the next one takes it up.
func (s *station) deliver(c *siren.Channel, job *dispatch.Job, receipts *log, what string, so func() bool) {
	s.t.Helper()
	ctx, kill := context.WithCancel(s.t.Context())
	defer kill()
	done := make(chan error, 1)
	go func() { done <- c.Deliver(ctx, *job, receipts.report) }()
	s.rig.Wait(what, so)
	kill()
	if err := <-done; err == nil {
		s.t.Fatal("a killed delivery ends well")
	}
	job.Outcomes = map[string]dispatch.Outcome{}
	for id, r := range receipts.last {
		job.Outcomes[id] = r.Outcome
	}
}

// end has the next gateway find that the job's time is over.
func (s *station) end(job dispatch.Job, receipts *log) {
	s.t.Helper()
	job.Plan.Deadline = time.Now()
	if err := s.open().Deliver(s.t.Context(), job, receipts.report); err != nil {
		s.t.Fatal(err)
	}
}

// cut takes sirens away and waits until that is known.
func (s *station) cut(away ...sirens.Siren) {
	s.t.Helper()
	for _, target := range away {
		s.rig.Simulator.Cut(target.ID)
	}
	s.rig.Wait("they are known to be offline", func() bool { return s.rig.Fleet.Counts()[sirens.ConditionOffline] == len(away) })
}

// Who answers over MQTT is not called by radio; who does not is, alone, and the
// receipt says honestly how far that goes.
func TestOnlyWhoDoesNotAnswerIsCalled(t *testing.T) {
	s := newStation(t, 4, "exit 0")
	cut := s.rig.Sirens[2].ID
	s.cut(s.rig.Sirens[2])
	c := s.open()
	job, receipts := s.plan(c), &log{last: map[string]dispatch.Receipt{}}
	s.deliver(c, &job, receipts, "all but one answer, and that one is called", func() bool {
		return receipts.of(cut).Reason == route.KeyCalled && receipts.count(dispatch.Done) == 3
	})
	if r := receipts.of(cut); r.Detail != "north: 1002 C, 0.9 s on the air" {
		t.Errorf("the siren that was called: %+v", r)
	}
	s.end(job, receipts)
	for _, target := range s.rig.Sirens {
		r := receipts.of(target.ID)
		switch {
		case target.ID == cut && (r.Outcome != dispatch.Unconfirmed || r.Path != "pocsag" || !r.Unauthenticated || r.Reason != route.KeyCalled):
			t.Errorf("the siren that was called: %+v", r)
		case target.ID != cut && (r.Outcome != dispatch.Done || r.Path != "mqtt" || r.Unauthenticated):
			t.Errorf("a siren that answered: %+v", r)
		}
	}
	if s.sent() != 1 {
		t.Errorf("%d transmissions", s.sent())
	}
}

// A gateway that is killed between two ways takes the delivery up again: what
// went out by radio does not go out again, what perhaps went out does, and no
// siren stays unreported.
func TestAGatewayKilledBetweenTwoWays(t *testing.T) {
	for _, test := range []struct {
		name, script string
		killed       func(*station, *log) bool
		runs         int
	}{
		{"before the call", "exit 0", func(s *station, l *log) bool { return l.of(s.rig.Sirens[0].ID).Reason != "" }, 1},
		{"after the call", "exit 0", func(s *station, l *log) bool { return l.of(s.rig.Sirens[0].ID).Reason == route.KeyCalled }, 1},
		{"during the call", "[ $(wc -l < RUNS) -lt 2 ] && sleep 60; exit 0", func(s *station, _ *log) bool { return s.sent() == 1 }, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStation(t, 3, "")
			s.script = string(bytes.ReplaceAll([]byte(test.script), []byte("RUNS"), []byte(s.runs)))
			s.cut(s.rig.Sirens...)
			c := s.open()
			job, receipts := s.plan(c), &log{last: map[string]dispatch.Receipt{}}
			s.deliver(c, &job, receipts, "it is killed", func() bool { return test.killed(s, receipts) })
			again := &log{last: map[string]dispatch.Receipt{}}
			s.deliver(s.open(), &job, again, "all are called", func() bool {
				return !slices.ContainsFunc(s.rig.Sirens, func(target sirens.Siren) bool { return again.of(target.ID).Reason != route.KeyCalled })
			})
			receipts = again
			s.end(job, receipts)
			if s.sent() != test.runs {
				t.Errorf("%d transmissions, want %d", s.sent(), test.runs)
			}
			for _, target := range s.rig.Sirens {
				if r := receipts.of(target.ID); r.Outcome != dispatch.Unconfirmed || r.Path != "pocsag" {
					t.Errorf("%s ends as %+v", target.ID, r)
				}
			}
		})
	}
}

// A transmitter that hangs or dies reaches nobody, and the receipts say so.
func TestATransmitterThatFails(t *testing.T) {
	for name, script := range map[string]string{"hangs": "sleep 60", "dies": "kill -9 $$", "refuses": "echo no carrier >&2; exit 1"} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t, 2, script)
			s.timeout = time.Second
			s.cut(s.rig.Sirens...)
			c := s.open()
			job, receipts := s.plan(c), &log{last: map[string]dispatch.Receipt{}}
			s.deliver(c, &job, receipts, "it has failed", func() bool { return receipts.of(s.rig.Sirens[0].ID).Reason == route.KeyTransmitter })
			s.end(job, receipts)
			for _, target := range s.rig.Sirens {
				if r := receipts.of(target.ID); r.Outcome != dispatch.NotReached || r.Reason == "" {
					t.Errorf("%s ends as %+v", target.ID, r)
				}
			}
		})
	}
}

// A plan for a whole Land whose sirens all have radio ways fits one record of the
// journal, beside its list of targets.
func TestPlanForALandByRadio(t *testing.T) {
	entries := sirentest.Registry(20_000)
	for i := range entries {
		entries[i].Paths = []sirens.Path{
			{Kind: sirens.PathMQTT}, {Kind: sirens.PathPOCSAG, Address: fmt.Sprint(100_000 + i), Group: fmt.Sprint(8 * (1 + i/50))}, {Kind: sirens.PathTones, Address: fmt.Sprintf("%05d", i)},
		}
	}
	north, err := radio.NewPOCSAG(radio.POCSAGOptions{Name: "north", Output: radio.Folder{Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	south, err := radio.NewTones(radio.TonesOptions{Name: "south", Output: radio.Folder{Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	fleet := sirens.NewFleet()
	event := journal.NewEvent(sirens.EventRegistered, sirens.Registered{Sirens: entries})
	if err := fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	c := siren.New(siren.Options{Fleet: fleet, Issuer: sirentest.Issuer(), Epoch: 1, Route: route.New(route.Options{Callers: []route.Caller{north, south}})})
	began := time.Now()
	plan, err := c.Plan(t.Context(), "warning", message(1, "warning", everywhere), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("planned in %v, %d bytes of payload", time.Since(began), len(plan.Payload))
	if len(plan.Targets) != 20_000 || len(plan.Payload) > 2<<20 {
		t.Errorf("%d targets, %d bytes of payload", len(plan.Targets), len(plan.Payload))
	}
}
