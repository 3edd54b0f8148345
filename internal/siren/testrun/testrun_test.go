// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package testrun_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
	"github.com/tocsin-alert/tocsin/internal/siren/testrun"
)

// station is a gateway that tests, beside a core that decides on tests.
type station struct {
	*sirentest.Rig
	t       *testing.T
	journal *memory.Journal
	core    *journal.Ledger
	desk    testplan.Desk
	stop    func()
}

func newStation(t *testing.T, o sirentest.Options) *station {
	t.Helper()
	s := &station{Rig: sirentest.Start(t, o), t: t, journal: memory.New()}
	s.desk = testplan.Desk{
		Book: testplan.NewBook(), Fleet: s.Fleet, Operators: operator.NewDirectory(), Zone: "Europe/Berlin",
		Alarm: func(time.Time) bool { return false },
	}
	s.core = journal.NewLedger(s.journal, journal.Projections{s.Fleet, s.desk.Book}, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() { defer close(followed); _ = s.core.Follow(ctx) }()
	t.Cleanup(func() { cancel(); <-followed })
	s.start(s.Link)
	return s
}

// start starts the runner, and stop ends it.
func (s *station) start(link testrun.Link) {
	runner := testrun.New(testrun.Options{
		Journal: s.journal, Fleet: s.Fleet, Link: link, Issuer: s.Issuer, Epoch: 1, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- runner.Run(ctx, func() { close(ready) }) }()
	<-ready
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("runner: %v", err)
		}
	})
	s.t.Cleanup(s.stop)
}

// test begins a test and gives its id.
func (s *station) test(start testplan.Start) string {
	s.t.Helper()
	raw, err := json.Marshal(start)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.core.Do(s.t.Context(), operator.Node, func(now time.Time, _ uint64) ([]journal.Event, error) {
		return s.desk.Step(testplan.CommandStart, operator.Node, raw, now)
	}); err != nil {
		s.t.Fatal(err)
	}
	id := ""
	s.core.View(func() { id = s.desk.Tests()[0].Test })
	return id
}

// ended waits for the end of a test.
func (s *station) ended(id string) (ended *testplan.Test) {
	s.t.Helper()
	s.Wait("the test has ended", func() bool {
		s.core.View(func() { ended, _ = s.desk.Test(id) })
		return ended.Status == testplan.StatusEnded || ended.Status == testplan.StatusPostponed
	})
	return ended
}

func (s *station) records() uint64 {
	head, err := s.journal.Head(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return head.Seq
}

func TestSilentTestOfAll(t *testing.T) {
	s := newStation(t, sirentest.Options{Sirens: 40})
	before := s.records()
	got := s.ended(s.test(testplan.Start{Signal: testplan.Silent, Scope: testplan.Scope{All: true}}))
	if diff := cmp.Diff([]siren.TestResult{{Outcome: siren.TestPassed, Sirens: siren.NumberRanges{{First: 1, Last: 40}}}}, got.Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if grew := s.records() - before; grew != 3 {
		t.Errorf("the journal grew by %d records, want its beginning, its plan and its report", grew)
	}
	sounded := s.Simulator.Sounded()
	if len(sounded) != 40 || slices.ContainsFunc(sounded, func(x simulator.Sounded) bool { return x.Signal != testplan.Silent }) {
		t.Errorf("%d starts: %v", len(sounded), sounded[:1])
	}
}

func TestSomeGrowl(t *testing.T) {
	s := newStation(t, sirentest.Options{Sirens: 12})
	ids := []string{s.Sirens[2].ID, s.Sirens[7].ID}
	got := s.ended(s.test(testplan.Start{Signal: testplan.Growl, Scope: testplan.Scope{Sirens: ids}}))
	if got.Counts[siren.TestPassed] != 2 || len(got.Counts) != 1 {
		t.Errorf("counts %v", got.Counts)
	}
	var sounded []string
	for _, x := range s.Simulator.Sounded() {
		sounded = append(sounded, x.Siren+" "+x.Signal)
	}
	slices.Sort(sounded)
	if diff := cmp.Diff([]string{ids[0] + " growl-test", ids[1] + " growl-test"}, sounded); diff != "" {
		t.Errorf("sounded (-want +got):\n%s", diff)
	}
}

// short waits a second for the siren that never answers, when the others have
// answered, instead of minutes.
type short struct {
	testrun.Link
	mute string
}

func (l short) Deliver(ctx context.Context, o siren.Order, report func(siren.Progress)) error {
	others := o
	others.Sirens = slices.DeleteFunc(slices.Clone(o.Sirens), func(id string) bool { return id == l.mute })
	if err := l.Link.Deliver(ctx, others, report); err != nil {
		return err
	}
	o.Sirens, o.Until = []string{l.mute}, time.Now().Add(time.Second)
	return l.Link.Deliver(ctx, o, report)
}

func TestFaultySirensMissTheirTest(t *testing.T) {
	s := newStation(t, sirentest.Options{Sirens: 60, FaultyShare: 0.1})
	s.stop()
	mute := short{Link: s.Link}
	for id, fault := range s.Simulator.Faults() {
		if fault == simulator.FaultMute {
			mute.mute = id
		}
	}
	s.start(mute)
	got := s.ended(s.test(testplan.Start{Signal: testplan.Silent, Scope: testplan.Scope{All: true}}))
	reasons := map[string]string{}
	for _, r := range got.Results {
		for _, one := range s.Sirens {
			if r.Sirens.Holds(one.Number) {
				reasons[one.ID] = string(r.Outcome) + " " + r.Reason
			}
		}
	}
	want := map[simulator.Fault]string{
		simulator.FaultMute: "no-answer reason.no-answer", simulator.FaultClock: "failed siren.reason.wrong-clock", simulator.FaultHorn: "failed reason.fault",
	}
	for _, one := range s.Sirens {
		expected, faulty := want[s.Simulator.Faults()[one.ID]]
		if !faulty {
			expected = "passed "
		}
		if reasons[one.ID] != expected {
			t.Errorf("%s with fault %q: %s, want %s", one.ID, s.Simulator.Faults()[one.ID], reasons[one.ID], expected)
		}
		if state := s.Fleet.State(one.ID); faulty && state.Condition == siren.ConditionReady {
			t.Errorf("%s missed its test and is ready", one.ID)
		}
	}
}

// A gateway that dies in the middle of a test takes it up again with the same
// frames, and no siren growls twice.
func TestTakenUpAgain(t *testing.T) {
	s := newStation(t, sirentest.Options{Sirens: 30})
	restore := s.Simulator.Cut(s.Sirens[4].ID)
	id := s.test(testplan.Start{Signal: testplan.Growl, Scope: testplan.Scope{All: true}})
	s.Wait("29 growl", func() bool { return len(s.Simulator.Sounded()) == 29 })
	s.stop()
	s.StopLink()
	restore()
	s.StartLink()
	s.start(s.Link)
	got := s.ended(id)
	if got.Counts[siren.TestPassed] != 30 {
		t.Errorf("results %v", got.Results)
	}
	if sounded := s.Simulator.Sounded(); len(sounded) != 30 {
		t.Errorf("%d growls of 30 sirens", len(sounded))
	}
}

// An alarm comes before every test: while it is on its way none begins, and one
// that runs gives way and says nothing bad of the sirens.
func TestAlarmFirst(t *testing.T) {
	s := newStation(t, sirentest.Options{Sirens: 10, Speed: 1})
	alarm, err := siren.Frame{
		Epoch: 1, Counter: 1 << 40, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute), TTL: 5 * time.Minute,
		Action: siren.ActionSound, Signal: 1, Target: siren.All(),
	}.Sign(s.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	sounding, ended := make(chan struct{}), make(chan struct{})
	first := sync.OnceFunc(func() { close(sounding) })
	ids := []string{}
	for _, one := range s.Sirens {
		ids = append(ids, one.ID)
	}
	go func() {
		defer close(ended)
		_ = s.Link.Deliver(ctx, siren.Order{Frames: [][]byte{alarm}, Sirens: ids, Until: time.Now().Add(time.Minute)}, func(p siren.Progress) {
			if p.Status == siren.StatusSounding {
				first()
			}
		})
	}()
	<-sounding
	got := s.ended(s.test(testplan.Start{Signal: testplan.Silent, Scope: testplan.Scope{All: true}}))
	if got.Status != testplan.StatusPostponed || got.Reason != testplan.ReasonAlarm {
		t.Errorf("in an alarm the test is %s, %s", got.Status, got.Reason)
	}
	cancel()
	<-ended
	for _, x := range s.Simulator.Sounded() {
		if x.Signal != "warning" {
			t.Errorf("%s gave %s", x.Siren, x.Signal)
		}
	}
	if last, tested := s.Fleet.LastTest(ids[0]); tested {
		t.Errorf("the siren was tested: %+v", last)
	}
}

// A test whose deadline has passed while nobody was there says so, and blames
// no siren.
func TestInterrupted(t *testing.T) {
	s := newStation(t, sirentest.Options{Sirens: 3})
	s.stop()
	id := s.test(testplan.Start{Signal: testplan.Silent, Scope: testplan.Scope{All: true}})
	if _, err := s.core.Do(t.Context(), operator.Node, func(now time.Time, _ uint64) ([]journal.Event, error) {
		return []journal.Event{journal.NewEvent(testplan.EventPlanned, testplan.Planned{
			Test: id, Sirens: siren.NumberSet(1, 2), Unasked: siren.NumberSet(3), Deadline: now.Add(-time.Minute),
		})}, nil
	}); err != nil {
		t.Fatal(err)
	}
	s.start(s.Link)
	want := []siren.TestResult{
		{Outcome: siren.TestNotTested, Reason: testplan.ReasonInterrupted, Sirens: siren.NumberSet(1, 2)},
		{Outcome: siren.TestNotTested, Reason: testplan.ReasonNoWay, Sirens: siren.NumberSet(3)},
	}
	if diff := cmp.Diff(want, s.ended(id).Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if len(s.Simulator.Sounded()) != 0 {
		t.Error("something was sent")
	}
}
