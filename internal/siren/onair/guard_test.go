// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package onair

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/radio"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/pocsag"
)

// telemetry is a bus for states in memory.
type telemetry struct {
	mu     sync.Mutex
	last   map[string][]byte
	states chan siren.State
}

func (m *telemetry) PutState(_ context.Context, subject string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last[subject] = data
	return nil
}

func (m *telemetry) WatchState(ctx context.Context, _ string, yield func(string, []byte) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case s := <-m.states:
			data, err := json.Marshal(s)
			if err != nil {
				return err
			}
			if err := yield(siren.StateSubject(s.Siren), data); err != nil {
				return err
			}
		}
	}
}

// post is a node's part that listens: journal, route and guard.
type post struct {
	t         *testing.T
	ledger    *journal.Ledger
	rogues    *siren.Rogues
	route     *route.Route
	guard     *Guard
	telemetry *telemetry
	fleet     *siren.Fleet
}

func newPost(t *testing.T, callers ...route.Caller) *post {
	t.Helper()
	book, orders := &route.Book{}, NewOrders(1)
	p := &post{t: t, rogues: siren.NewRogues(), fleet: siren.NewFleet(), telemetry: &telemetry{last: map[string][]byte{}, states: make(chan siren.State)}}
	p.ledger = journal.NewLedger(memory.New(), journal.Projections{book, orders, p.rogues, p.fleet}, time.Now)
	log := slog.New(slog.DiscardHandler)
	p.route = route.New(route.Options{Callers: callers, Recorder: route.Recorder{Book: book, Ledger: p.ledger}, Log: log})
	p.guard = NewGuard(GuardOptions{
		Ledger: p.ledger, Fleet: p.fleet, Book: book, Orders: orders, Confirm: p.route.Heard, Telemetry: p.telemetry, Now: time.Now, Log: log,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = p.guard.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	p.put(journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{
		{ID: "s1", Number: 1, Paths: []siren.Path{{Kind: siren.PathPOCSAG, Address: "0001234", Group: "20008"}}},
		{ID: "s2", Number: 2, Paths: []siren.Path{{Kind: siren.PathPOCSAG, Address: "1235", Group: "20008"}, {Kind: siren.PathTones, Address: "12345"}}},
	}}))
	return p
}

func (p *post) put(events ...journal.Event) {
	p.t.Helper()
	if _, err := p.ledger.Do(p.t.Context(), "node", func(time.Time, uint64) ([]journal.Event, error) { return events, nil }); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) kinds() (kinds []siren.RogueKind) {
	for _, r := range p.rogues.Open() {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

// times is how often an alarm was noticed, by telemetry.
func (p *post) times(id string) int {
	p.telemetry.mu.Lock()
	defer p.telemetry.mu.Unlock()
	var s siren.RogueSighting
	if data := p.telemetry.last[siren.RogueSubject(id)]; data != nil && json.Unmarshal(data, &s) != nil {
		p.t.Error("a sighting cannot be read")
	}
	return s.Times
}

func frame(t *testing.T, counter uint64) ([]byte, string) {
	t.Helper()
	f := siren.Frame{Epoch: 1, Counter: counter, NotBefore: time.Now().UTC().Truncate(time.Second), TTL: time.Minute, Action: siren.ActionSound, Signal: 1, Target: siren.All()}
	signed, err := f.Sign(siren.NewSigner(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))
	if err != nil {
		t.Fatal(err)
	}
	read, err := siren.ParseFrame(signed)
	if err != nil {
		t.Fatal(err)
	}
	return signed, read.ID().String()
}

// planned is a plan of a dispatch with a frame for siren s1.
func planned(signed []byte, until time.Time) journal.Event {
	payload, _ := json.Marshal(map[string]any{"frames": [][]byte{signed}})
	return journal.NewEvent("dispatch.planned", map[string]any{"plan": map[string]any{
		"targets": []map[string]string{{"id": "s1"}}, "payload": json.RawMessage(payload), "deadline": until,
	}})
}

func TestGuardHoldsStatesAgainstOrders(t *testing.T) {
	now := time.Now()
	ours, id := frame(t, 16)
	tested, testID := frame(t, 32)
	_, foreign := frame(t, 17)
	for _, c := range []struct {
		name   string
		state  siren.State
		until  time.Duration // of the plan with our frame, from now
		expect siren.RogueKind
	}{
		{"ready", siren.State{Condition: siren.ConditionReady}, time.Minute, ""},
		{"sounds our frame", siren.State{Condition: siren.ConditionTriggered, Frame: id}, time.Minute, ""},
		{"gave our test", siren.State{Condition: siren.ConditionReady, Frame: testID}, time.Minute, ""},
		{"was called by radio", siren.State{Condition: siren.ConditionTriggered, Path: siren.PathTETRA}, time.Minute, ""},
		{"sounds on when all is over", siren.State{Condition: siren.ConditionTriggered, Frame: id}, -time.Hour, siren.RogueSounding},
		{"acted on a frame that nobody planned", siren.State{Condition: siren.ConditionReady, Frame: foreign}, time.Minute, siren.RogueFrame},
		{"acted on one before the journal was restored", siren.State{Condition: siren.ConditionReady, Frame: strings.Replace(foreign, "-1-", "-0-", 1)}, time.Minute, ""},
		{"is sounded at the site", siren.State{Condition: siren.ConditionTriggered, Detail: siren.DetailLocal}, time.Minute, siren.RogueLocal},
		{"sounds by itself", siren.State{Condition: siren.ConditionTriggered, Detail: siren.DetailRogue}, time.Minute, siren.RogueSounding},
		{"sounds without any order", siren.State{Siren: "s2", Condition: siren.ConditionTriggered}, time.Minute, siren.RogueSounding},
		{"said so long ago", siren.State{Siren: "s2", Condition: siren.ConditionTriggered, LastContact: now.Add(-time.Hour)}, time.Minute, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPost(t)
			p.put(planned(ours, now.Add(c.until)), journal.NewEvent("siren-test.planned", map[string]any{"frames": [][]byte{tested}, "deadline": now.Add(c.until)}))
			s := c.state
			if s.Siren == "" {
				s.Siren = "s1"
			}
			if s.LastContact.IsZero() {
				s.LastContact = now
			}
			s.Since = now
			// Twice, and then something harmless: when that was taken, the others were judged.
			for range 2 {
				p.telemetry.states <- s
			}
			p.telemetry.states <- siren.State{Siren: "other"}
			got := p.kinds()
			if c.expect == "" && len(got) > 0 || c.expect != "" && (len(got) != 1 || got[0] != c.expect) {
				t.Fatalf("%v, want %q", got, c.expect)
			}
			if c.expect != "" {
				if times := p.times(p.rogues.Open()[0].ID); times != 2 {
					t.Errorf("it was noticed %d times, not twice", times)
				}
			}
			if p.fleet.State(s.Siren).LastContact.IsZero() {
				t.Error("the state is not kept")
			}
		})
	}
}

// A flood of foreign calls fills neither the journal nor memory.
func TestGuardOutlivesAFlood(t *testing.T) {
	p := newPost(t)
	for i := range 3 * mostAnHour {
		p.guard.call(t.Context(), Hearing{Receiver: "tower", At: time.Now().Add(time.Duration(i) * episode),
			Call: siren.Call{Kind: siren.PathPOCSAG, Address: "1234", Command: "C"}})
	}
	if got := len(p.rogues.Open()); got != mostAnHour {
		t.Errorf("%d alarms are on record, want %d", got, mostAnHour)
	}
	p.guard.call(t.Context(), Hearing{Receiver: "tower", At: time.Now(), Call: siren.Call{Kind: siren.PathPOCSAG, Address: "777", Command: "C"}})
	if got := len(p.rogues.Open()); got != mostAnHour {
		t.Error("a stranger's pager raises an alarm")
	}
}

// The whole way, with real programs: our call goes through a transmitter process
// and sox into a pipe, multimon-ng hears it, and the receipt says so. A foreign
// call on the same channel is a rogue alarm, once.
func TestOurCallIsConfirmedAndAForeignOneIsRogue(t *testing.T) {
	need(t, "multimon-ng", "sox", "sh")
	air := filepath.Join(t.TempDir(), "air")
	if err := syscall.Mkfifo(air, 0o600); err != nil {
		t.Skip(err)
	}
	// The transmitter plays what it gets and a second of silence.
	transmit := []string{"sh", "-c", "sox -t wav - -t raw -e signed -b 16 -c 1 -r 22050 - pad 0 1 > " + air}
	north, err := radio.NewPOCSAG(radio.POCSAGOptions{Name: "north", Output: radio.Process{Command: transmit, WAV: true, Timeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	p := newPost(t, north)
	receiver := NewReceiver(ReceiverOptions{
		Name: "tower", Samples: air, Demodulators: []string{"POCSAG1200", "ZVEI1"}, Hear: p.guard.Hear, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = receiver.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })

	sirens := p.fleet.All()
	until := time.Now().Add(time.Hour)
	order := route.Order{
		Order: siren.Order{Sirens: []string{"s1", "s2"}, Until: until}, ID: "message/siren",
		Latest: until, Ways: route.Survey(sirens, sirens, "warning", p.route.Callers()),
	}
	var mu sync.Mutex
	last := map[string]siren.Progress{}
	ordering, stop := context.WithCancel(t.Context())
	delivered := make(chan error, 1)
	go func() {
		delivered <- p.route.Deliver(ordering, order, func(news siren.Progress) {
			mu.Lock()
			defer mu.Unlock()
			last[news.Siren] = news
		})
	}()
	eventually.Holds(t, "our call is confirmed", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return last["s1"].Reason == route.KeyHeard && last["s2"].Reason == route.KeyHeard
	})
	stop()
	if err := <-delivered; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, id := range order.Sirens {
		if got := last[id]; got.Path != siren.PathPOCSAG || !strings.HasPrefix(got.Detail, "tower, ") {
			t.Errorf("%s ended as %+v", id, got)
		}
	}
	if got := p.rogues.Open(); len(got) > 0 {
		t.Fatalf("our own call is a rogue: %+v", got)
	}

	foreign := file(t, pocsagSound(t, 1234, pocsag.D))
	for n := 1; n <= 2; n++ {
		if out, err := exec.Command("sh", "-c", fmt.Sprintf("sox %s -t raw -e signed -b 16 -c 1 -r 22050 - > %s", foreign, air)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		eventually.Holds(t, "the foreign call raises an alarm", func() bool {
			open := p.rogues.Open()
			return len(open) == 1 && p.times(open[0].ID) == n
		})
	}
	rogue := p.rogues.Open()[0]
	if rogue.Kind != siren.RogueCall || rogue.Receiver != "tower" || rogue.Call != "1234 D" || len(rogue.Sirens) != 1 || rogue.Sirens[0] != "s1" {
		t.Errorf("%+v", rogue)
	}
}

// Our order to be silent is no reason to sound: a siren that sounds after it does so
// for somebody else.
func TestAStopExcusesNothing(t *testing.T) {
	now := time.Now()
	f := siren.Frame{Epoch: 1, Counter: 48, NotBefore: now.UTC().Truncate(time.Second), TTL: time.Minute, Action: siren.ActionStop, Target: siren.All()}
	signed, err := f.Sign(siren.NewSigner(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))
	if err != nil {
		t.Fatal(err)
	}
	read, err := siren.ParseFrame(signed)
	if err != nil {
		t.Fatal(err)
	}
	orders := NewOrders(1)
	if err := orders.Apply(journal.Record{Seq: 1, Time: now, Events: []journal.Event{planned(signed, now.Add(time.Hour))}}); err != nil {
		t.Fatal(err)
	}
	silent := siren.State{Siren: "s1", Condition: siren.ConditionReady, Frame: read.ID().String(), Since: now, LastContact: now}
	if rogue, ok := orders.judge(silent, now); ok {
		t.Errorf("a siren that took the stop: %+v", rogue)
	}
	silent.Condition = siren.ConditionTriggered
	if rogue, ok := orders.judge(silent, now); !ok || rogue.Kind != siren.RogueSounding {
		t.Errorf("a siren that sounds after the stop: %+v %v", rogue, ok)
	}
}
