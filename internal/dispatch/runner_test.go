// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loudspeakers is a channel in memory whose targets remember how often each
// payload made them sound.
type loudspeakers struct {
	mu      sync.Mutex
	targets []string
	silent  map[string]bool
	sounded map[string]int // target and payload -> times
	// stopAfter ends the node's context after so many receipts, as a crash would.
	stopAfter int
	stop      context.CancelFunc
	// broken makes Plan fail.
	broken bool
	orders Orders
}

func (l *loudspeakers) Name() string { return "loudspeaker" }

func (l *loudspeakers) Plan(_ context.Context, _ string, m *warning.Message, serial uint64) (Plan, error) {
	if l.broken {
		return Plan{}, errors.New("no loudspeaker answers")
	}
	plan := Plan{Payload: fmt.Appendf(nil, "%d", serial), Deadline: time.Now().Add(time.Hour)}
	for _, id := range l.targets {
		plan.Targets = append(plan.Targets, Target{ID: id})
	}
	return plan, nil
}

func (l *loudspeakers) Deliver(ctx context.Context, job Job, report func(Receipt)) error {
	for _, target := range job.Plan.Targets {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if job.Outcomes[target.ID].Final() || l.silent[target.ID] {
			continue
		}
		l.mu.Lock()
		once := target.ID + " " + string(job.Plan.Payload)
		if l.sounded[once] == 0 {
			l.sounded[once]++
		}
		l.stopAfter--
		stop := l.stopAfter == 0
		l.mu.Unlock()
		report(Receipt{Target: target.ID, Outcome: Done})
		if stop {
			l.stop()
		}
	}
	return nil
}

func release(t *testing.T, j journal.Journal, id string, expires time.Time) {
	t.Helper()
	head, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	event := journal.NewEvent(warning.EventReleased, warning.Released{Warning: id, Message: warning.Message{
		Number: 1, Kind: warning.KindAlert, Identifier: id + ".1", Sent: time.Now(), Content: warning.Content{Expires: expires},
	}})
	if _, err := j.Append(t.Context(), head.Seq, journal.Draft{Time: time.Now(), By: "cem", Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
}

// run runs a runner until the condition on its jobs holds, and gives all that the
// journal tells of them.
func run(t *testing.T, j journal.Journal, l *loudspeakers, until func(*Jobs) bool) *Jobs {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), eventually.Patience)
	defer cancel()
	l.stop = cancel
	r := NewRunner(Options{Journal: j, Channels: []Channel{l}, Orders: l.orders, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, func() {}) }()
	for reached := false; !reached && ctx.Err() == nil; {
		_, changed := r.ledger.Changed()
		r.ledger.View(func() { reached = until(r.jobs) })
		if !reached {
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}
	cancel()
	if err := <-done; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	records, err := j.Read(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	jobs := NewJobs()
	for _, record := range records {
		if err := jobs.Apply(record); err != nil {
			t.Fatal(err)
		}
	}
	return jobs
}

func finished(id string) func(*Jobs) bool {
	return func(j *Jobs) bool {
		state, ok := j.Job(id)
		return ok && state.Finished
	}
}

func TestRunnerReachesAndNamesWhoIsNotReached(t *testing.T) {
	j := memory.New()
	l := &loudspeakers{targets: []string{"a", "b", "c"}, silent: map[string]bool{"b": true}, sounded: map[string]int{}}
	release(t, j, "de-bb.x", time.Now().Add(time.Hour))
	jobs := run(t, j, l, finished("de-bb.x.1/loudspeaker"))
	state, _ := jobs.Job("de-bb.x.1/loudspeaker")
	if diff := cmp.Diff(map[Outcome]int{Done: 2, NotReached: 1}, state.Counts()); diff != "" {
		t.Error(diff)
	}
	if got := state.Latest["b"].Reason; got != ReasonNoAnswer {
		t.Errorf("reason of the silent target: %q", got)
	}
}

// A node that stops in the middle of a delivery goes on where it was: with the
// same payload, so that nobody sounds twice, and to the end.
func TestRunnerGoesOnAfterAStop(t *testing.T) {
	targets := make([]string, 40)
	for i := range targets {
		targets[i] = fmt.Sprintf("s%02d", i)
	}
	for stopAfter := 1; stopAfter < len(targets); stopAfter += 7 {
		t.Run(fmt.Sprint(stopAfter), func(t *testing.T) {
			j := memory.New()
			release(t, j, "de-bb.x", time.Now().Add(time.Hour))
			l := &loudspeakers{targets: targets, sounded: map[string]int{}, stopAfter: stopAfter}
			run(t, j, l, func(*Jobs) bool { return false })
			jobs := run(t, j, l, finished("de-bb.x.1/loudspeaker"))
			state, _ := jobs.Job("de-bb.x.1/loudspeaker")
			if diff := cmp.Diff(map[Outcome]int{Done: len(targets)}, state.Counts()); diff != "" {
				t.Error(diff)
			}
			if len(l.sounded) != len(targets) {
				t.Errorf("%d different soundings for %d targets: %v", len(l.sounded), len(targets), maps.Keys(l.sounded))
			}
		})
	}
}

func TestRunnerSaysWhenAChannelCannotPlan(t *testing.T) {
	j := memory.New()
	release(t, j, "de-bb.x", time.Now().Add(time.Hour))
	jobs := run(t, j, &loudspeakers{broken: true}, finished("de-bb.x.1/loudspeaker"))
	state, _ := jobs.Job("de-bb.x.1/loudspeaker")
	if state.PlanError == "" {
		t.Error("the failure is not recorded")
	}
}

func TestRunnerLeavesWhatHasRunOut(t *testing.T) {
	j := memory.New()
	release(t, j, "de-bb.old", time.Now().Add(-time.Minute))
	release(t, j, "de-bb.new", time.Now().Add(time.Hour))
	l := &loudspeakers{targets: []string{"a"}, sounded: map[string]int{}}
	jobs := run(t, j, l, finished("de-bb.new.1/loudspeaker"))
	if _, ok := jobs.Job("de-bb.old.1/loudspeaker"); ok {
		t.Error("a message that had run out was sent")
	}
}

// shouts are orders that are always open.
type shouts []string

func (shouts) Apply(journal.Record) error { return nil }

func (s shouts) Open(time.Time) []Order {
	var open []Order
	for _, id := range s {
		open = append(open, Order{ID: id, Channel: "loudspeaker", Plan: func(serial uint64) (Plan, error) {
			return Plan{Targets: []Target{{ID: "a"}}, Payload: fmt.Appendf(nil, "%d", serial), Deadline: time.Now().Add(time.Hour)}, nil
		}})
	}
	return open
}

// Orders go out before messages, and no two plans share a serial: sirens take a
// second frame with the same counter for a repetition of the first.
func TestRunnerPlansOrdersFirstAndOneAtATime(t *testing.T) {
	j := memory.New()
	release(t, j, "de-bb.x", time.Now().Add(time.Hour))
	release(t, j, "de-bb.y", time.Now().Add(time.Hour))
	l := &loudspeakers{targets: []string{"a"}, sounded: map[string]int{}, orders: shouts{"stop-1", "stop-2"}}
	jobs := run(t, j, l, func(jobs *Jobs) bool {
		return finished("de-bb.y.1/loudspeaker")(jobs) && finished("stop-2/loudspeaker")(jobs)
	})
	serials := map[string]string{}
	for i, id := range []string{"stop-1", "stop-2", "de-bb.x.1", "de-bb.y.1"} {
		state, ok := jobs.Job(JobID(id, "loudspeaker"))
		if !ok {
			t.Fatalf("%s was not planned", id)
		}
		serials[string(state.Plan.Payload)] = id
		if want := fmt.Sprint(3 + i); string(state.Plan.Payload) != want && i < 2 {
			t.Errorf("%s was planned in record %s, want %s", id, state.Plan.Payload, want)
		}
	}
	if len(serials) != 4 || len(l.sounded) != 4 {
		t.Errorf("serials %v, sounded %v", serials, l.sounded)
	}
}

func TestFoldKeepsOnlyNews(t *testing.T) {
	jobs := NewJobs()
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	apply := func(events []journal.Event) {
		t.Helper()
		if err := jobs.Apply(journal.Record{Events: events}); err != nil {
			t.Fatal(err)
		}
	}
	apply([]journal.Event{journal.NewEvent(EventPlanned, Planned{Job: "m/siren", Message: "m", Channel: "siren", Plan: Plan{Targets: []Target{{ID: "a"}, {ID: "b"}, {ID: "c"}}}})})
	batch := func(receipts ...Receipt) []receipt {
		var all []receipt
		for _, r := range receipts {
			all = append(all, receipt{"m/siren", r})
		}
		return all
	}
	apply(jobs.fold(batch(Receipt{Target: "a", Outcome: Sounding}, Receipt{Target: "b", Outcome: Sent}), now))
	if again := jobs.fold(batch(Receipt{Target: "a", Outcome: Sent}, Receipt{Target: "a", Outcome: Sounding}), now); len(again) != 0 {
		t.Errorf("what was known is recorded again: %v", again)
	}
	apply(jobs.fold(batch(Receipt{}), now))
	state, _ := jobs.Job("m/siren")
	if diff := cmp.Diff(map[Outcome]int{Reached: 1, NotReached: 2}, state.Counts()); diff != "" {
		t.Error(diff)
	}
	if !state.Finished || state.Latest["a"].Reason != ReasonEndUnknown {
		t.Errorf("job ended as %+v", state)
	}
	if late := jobs.fold(batch(Receipt{Target: "b", Outcome: Done}), now); len(late) != 0 {
		t.Error("a finished job took a receipt")
	}
}
