// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package testrun is the part of the gateway that carries out tests of sirens.
// It follows the journal, turns a test that has begun into signed frames, records
// them before it sends them, asks the sirens over the link, and reports once, at
// the end, what each of them did. A test that was cut short by the end of the
// process is taken up again with the same frames.
package testrun

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

// Link brings frames to sirens; *mqtt.Link and route.Frames do.
type Link interface {
	Deliver(ctx context.Context, order siren.Order, report func(siren.Progress)) error
}

// Options are what a runner needs. All fields but Signals are required.
type Options struct {
	Journal journal.Journal
	// Fleet is kept in step with the journal by somebody else.
	Fleet *siren.Fleet
	Link  Link
	// Issuer signs the frames, in its Epoch.
	Issuer siren.Signer
	Epoch  uint16
	// Signals is the table that the sirens give; the German one when nil.
	Signals siren.Signals
	Now     func() time.Time
	Logger  *slog.Logger
}

const (
	// Validity is how long after its beginning a test may still be given: a siren
	// that is away for a moment is asked when it comes back.
	Validity = 2 * time.Minute
	// slack is by how much a frame is valid before the test began, so that a
	// device whose clock is a little behind does not take it for one of the future.
	slack = time.Minute
	// framesPerPlan is how many counters one record may use, as in every channel
	// that takes its counters from the journal.
	framesPerPlan = 16
	// Nobody waits for a test, so that its answers are spread wider than an alarm's.
	answersPerStep = 200
	windowStep     = 100 * time.Millisecond
	// grace is for the last answers.
	grace = 10 * time.Second
	// retryPause is the wait before a failed step is repeated.
	retryPause = time.Second
)

// Runner carries out one test at a time.
type Runner struct {
	o      Options
	book   *testplan.Book
	ledger *journal.Ledger
}

// New makes a runner.
func New(o Options) *Runner {
	if o.Signals == nil {
		o.Signals = siren.GermanSignals()
	}
	book := testplan.NewBook()
	return &Runner{o: o, book: book, ledger: journal.NewLedger(o.Journal, book, o.Now)}
}

// Run works until the context ends. It calls ready once it knows all that is
// durable now. It returns early only when the journal can no longer be followed.
func (r *Runner) Run(ctx context.Context, ready func()) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if err := r.ledger.CatchUp(ctx); err != nil {
		return err
	}
	ready()
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		if err := r.ledger.Follow(ctx); err != nil && ctx.Err() == nil {
			stop(fmt.Errorf("tests of sirens cannot follow the journal: %w", err))
		}
	})
	for {
		_, changed := r.ledger.Changed()
		if open := r.open(); open != nil {
			if err := r.carryOut(ctx, open); err != nil && ctx.Err() == nil {
				r.o.Logger.LogAttrs(ctx, slog.LevelError, "test of sirens failed, trying again", slog.String("test", open.Test), slog.Any("error", err))
				pause(ctx, retryPause)
			}
			if ctx.Err() == nil {
				continue
			}
		}
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			return nil
		case <-changed:
		}
	}
}

func pause(ctx context.Context, wait time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}

// open is the test that has not ended; nil for none.
func (r *Runner) open() (open *testplan.Test) {
	r.ledger.View(func() { open = r.book.Open() })
	return open
}

// carryOut brings a test to its end, as far as the context allows.
func (r *Runner) carryOut(ctx context.Context, t *testplan.Test) error {
	if t.Status == testplan.StatusBegun {
		// The registry must know what the test was decided on.
		for r.o.Fleet.Applied() < t.Seq && ctx.Err() == nil {
			pause(ctx, 20*time.Millisecond)
		}
		_, err := r.ledger.Do(ctx, operator.Node, func(now time.Time, serial uint64) ([]journal.Event, error) {
			if open := r.book.Open(); open == nil || open.Status != testplan.StatusBegun {
				return nil, nil
			}
			return []journal.Event{r.plan(t, now, serial)}, nil
		})
		return err
	}
	event, err := r.ask(ctx, t)
	if err != nil {
		return err
	}
	_, err = r.ledger.Do(ctx, operator.Node, func(time.Time, uint64) ([]journal.Event, error) {
		if open := r.book.Open(); open == nil || open.Test != t.Test {
			return nil, nil // the core has ended it meanwhile
		}
		return []journal.Event{event}, nil
	})
	return err
}

// plan signs what is to be sent, or ends a test that cannot be.
func (r *Runner) plan(t *testplan.Test, now time.Time, serial uint64) journal.Event {
	ended := func(reason string) journal.Event {
		return journal.NewEvent(siren.EventTested, siren.Tested{Test: t.Test, Signal: t.Signal, Error: reason})
	}
	signal, _ := r.o.Signals.Named(t.Signal)
	var asked, unasked []uint32
	for _, s := range t.Scope.Of(r.o.Fleet) {
		if slices.ContainsFunc(s.Ways(), func(p siren.Path) bool { return p.Kind.Authenticated() }) {
			asked = append(asked, s.Number)
		} else {
			unasked = append(unasked, s.Number)
		}
	}
	if len(asked)+len(unasked) == 0 {
		return ended(testplan.ReasonNobody)
	}
	window := min(windowStep*time.Duration(len(asked)/answersPerStep), siren.MaxReplyWindow)
	planned := testplan.Planned{
		Test: t.Test, Sirens: siren.NumberSet(asked...), Unasked: siren.NumberSet(unasked...), Frames: [][]byte{},
		Deadline: now.Add(Validity + signal.Duration() + 2*window + grace),
	}
	parts := r.target(t.Scope, asked).Split()
	if len(parts) > framesPerPlan || serial > siren.MaxCounter/framesPerPlan-1 {
		return ended(testplan.ReasonTooMany)
	}
	for i, part := range parts {
		frame, err := siren.Frame{
			Epoch: r.o.Epoch, Counter: serial*framesPerPlan + uint64(i),
			NotBefore: now.UTC().Truncate(time.Second).Add(-slack), TTL: slack + Validity,
			Action: siren.ActionTest, Signal: signal.Number, ReplyWindow: window, Target: part,
		}.Sign(r.o.Issuer)
		if err != nil {
			r.o.Logger.Error("cannot sign a test", slog.String("test", t.Test), slog.Any("error", err))
			return ended(testplan.ReasonTooMany)
		}
		planned.Frames = append(planned.Frames, frame)
	}
	return journal.NewEvent(testplan.EventPlanned, planned)
}

// target names everybody or whole regions where that is meant: such a frame is short.
func (r *Runner) target(s testplan.Scope, asked []uint32) siren.Target {
	switch {
	case s.All:
		return siren.All()
	case len(s.Regions) > 0:
		return siren.Regions(s.Regions...)
	default:
		return siren.Numbers(asked...)
	}
}

// ask sends the frames, waits for the answers, and gives the event that ends the test.
func (r *Runner) ask(ctx context.Context, t *testplan.Test) (journal.Event, error) {
	order := siren.Order{Frames: t.Planned.Frames, Until: t.Planned.Deadline}
	numbers := map[string]uint32{}
	for _, s := range r.o.Fleet.All() {
		if t.Planned.Sirens.Holds(s.Number) {
			order.Sirens = append(order.Sirens, s.ID)
			numbers[s.ID] = s.Number
		}
	}
	answers := tally{}
	for _, s := range t.Planned.Unasked {
		for n := uint64(s.First); n <= uint64(s.Last); n++ {
			answers.add(siren.TestNotTested, testplan.ReasonNoWay, uint32(n))
		}
	}
	if !r.o.Now().Before(t.Planned.Deadline) {
		// What they answered to whoever asked before is lost with that process.
		for _, n := range numbers {
			answers.add(siren.TestNotTested, testplan.ReasonInterrupted, n)
		}
		return answers.report(t), nil
	}
	var mu sync.Mutex
	last := map[string]siren.Progress{}
	err := r.o.Link.Deliver(ctx, order, func(p siren.Progress) {
		mu.Lock()
		defer mu.Unlock()
		last[p.Siren] = p
	})
	switch {
	case problem.KindOf(err) == problem.Conflict:
		return journal.NewEvent(testplan.EventPostponed, testplan.Postponed{
			Schedule: t.Schedule, Due: t.Due, Test: t.Test, Reason: testplan.ReasonAlarm,
		}), nil
	case err != nil:
		return journal.Event{}, err
	}
	mu.Lock()
	defer mu.Unlock()
	for id, n := range numbers {
		outcome, reason := verdict(last[id])
		answers.add(outcome, reason, n)
	}
	return answers.report(t), nil
}

// keyWrongClock is the catalogue key for a device that takes a timely frame for
// an untimely one.
const keyWrongClock = "siren.reason.wrong-clock"

// verdict says what the last that a link said of a siren shows.
func verdict(p siren.Progress) (siren.TestOutcome, string) {
	switch {
	case p.Reason == siren.ReasonStopped.Key():
		return siren.TestNotTested, p.Reason
	case p.Reason == siren.KeySuperseded, p.Reason == siren.ReasonBusy.Key():
		return siren.TestNotTested, testplan.ReasonAlarm
	case p.Status == siren.StatusRefused && p.State.ClockOffset.Abs() > siren.ClockTolerance &&
		(p.Reason == siren.ReasonExpired.Key() || p.Reason == siren.ReasonEarly.Key()):
		return siren.TestFailed, keyWrongClock // what is to be repaired
	case p.Status == siren.StatusDone && p.Reason == "":
		return siren.TestPassed, ""
	case p.Status == siren.StatusDone, p.Status == siren.StatusRefused, p.Status == siren.StatusEndUnknown:
		return siren.TestFailed, p.Reason
	case p.Status == siren.StatusNotReached:
		return siren.TestNoAnswer, p.Reason
	default:
		return siren.TestNoAnswer, siren.KeyNoAnswer
	}
}

// tally gathers sirens by what became of them.
type tally map[verdictOf][]uint32

type verdictOf struct {
	outcome siren.TestOutcome
	reason  string
}

func (t tally) add(outcome siren.TestOutcome, reason string, number uint32) {
	key := verdictOf{outcome, reason}
	t[key] = append(t[key], number)
}

// report is the event that ends the test, the same for the same answers.
func (t tally) report(of *testplan.Test) journal.Event {
	body := siren.Tested{Test: of.Test, Signal: of.Signal, Results: []siren.TestResult{}}
	for key, numbers := range t {
		body.Results = append(body.Results, siren.TestResult{Outcome: key.outcome, Reason: key.reason, Sirens: siren.NumberSet(numbers...)})
	}
	slices.SortFunc(body.Results, func(a, b siren.TestResult) int {
		return cmp.Or(cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason))
	})
	return journal.NewEvent(siren.EventTested, body)
}
