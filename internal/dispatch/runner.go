// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Options are what a runner needs; Orders and Also may be nil, all others are required.
type Options struct {
	Journal  journal.Journal
	Channels []Channel
	// Orders go out beside the messages, and before them.
	Orders Orders
	// Also is kept in step with the runner's own state, so that a channel plans
	// on what was true when the message was released: the siren registry.
	Also   journal.Projections
	Now    func() time.Time
	Logger *slog.Logger
}

// Runner is the gateway role: it follows the journal, plans a job per channel
// for every released message, delivers, and records what comes back.
type Runner struct {
	ledger   *journal.Ledger
	book     *warning.Book
	jobs     *Jobs
	channels []Channel
	orders   Orders
	now      func() time.Time
	logger   *slog.Logger

	receipts chan receipt
	work     sync.WaitGroup
	// running holds the ids of jobs with a goroutine; only Run's goroutine touches it.
	running map[string]bool
}

type receipt struct {
	job string
	Receipt
}

// NewRunner makes a runner.
func NewRunner(o Options) *Runner {
	r := &Runner{
		book: warning.NewBook(), jobs: NewJobs(), channels: o.Channels, orders: o.Orders, now: o.Now, logger: o.Logger,
		receipts: make(chan receipt, 4096), running: map[string]bool{},
	}
	r.jobs.brief = true // the runner asks nothing about jobs that have ended
	all := append(journal.Projections{r.book, r.jobs}, o.Also...)
	if o.Orders != nil {
		all = append(all, o.Orders)
	}
	r.ledger = journal.NewLedger(o.Journal, all, o.Now)
	return r
}

// Run works until the context ends, and then waits for deliveries to stop. It
// calls ready once it knows all that is durable now. It returns early only when
// the journal can no longer be followed.
func (r *Runner) Run(ctx context.Context, ready func()) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if err := r.ledger.CatchUp(ctx); err != nil {
		return err
	}
	ready()
	r.work.Go(func() {
		if err := r.ledger.Follow(ctx); err != nil && ctx.Err() == nil {
			stop(fmt.Errorf("dispatch cannot follow the journal: %w", err))
		}
	})
	r.work.Go(func() { r.record(ctx) })
	defer r.work.Wait()
	for {
		_, changed := r.ledger.Changed()
		if err := r.advance(ctx); err != nil && ctx.Err() == nil {
			r.logger.LogAttrs(ctx, slog.LevelError, "dispatch plan not recorded, trying again", slog.Any("error", err))
			select {
			case <-ctx.Done():
			case <-time.After(retryPause):
			}
			continue
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

// retryPause is the wait before a failed step of the runner's own is repeated.
const retryPause = time.Second

// advance plans what is released and unplanned, and starts what is planned and idle.
func (r *Runner) advance(ctx context.Context) error {
	for planned := true; planned; {
		// One at a time: each takes its frames' counters from the number of its own record.
		if _, err := r.ledger.Do(ctx, "node", func(now time.Time, serial uint64) ([]journal.Event, error) {
			events := r.plan(ctx, now, serial)
			planned = len(events) > 0
			return events, nil
		}); err != nil {
			return err
		}
	}
	var start []Job
	r.ledger.View(func() {
		for _, state := range r.jobs.Unfinished() {
			if r.running[state.ID] {
				continue
			}
			start = append(start, r.job(state))
		}
	})
	for _, job := range start {
		r.running[job.ID] = true
		r.work.Go(func() { r.deliver(ctx, job) })
	}
	return nil
}

// plan gives the Planned events of the first order or message that has no job
// yet on some channel. Orders go first: whoever asks for silence cannot wait.
func (r *Runner) plan(ctx context.Context, now time.Time, serial uint64) []journal.Event {
	if r.orders != nil {
		for _, order := range r.orders.Open(now) {
			id := JobID(order.ID, order.Channel)
			if _, planned := r.jobs.Job(id); planned {
				continue
			}
			plan, err := order.Plan(serial)
			return []journal.Event{r.planned(ctx, Planned{Job: id, Warning: order.Warning, Message: order.ID, Channel: order.Channel, Plan: plan}, err)}
		}
	}
	for _, w := range r.book.Unsettled(now) {
		var events []journal.Event
		message := w.Last()
		for _, channel := range r.channels {
			id := JobID(message.Identifier, channel.Name())
			if _, planned := r.jobs.Job(id); planned {
				continue
			}
			plan, err := channel.Plan(ctx, w.ID, message, serial)
			events = append(events, r.planned(ctx, Planned{Job: id, Warning: w.ID, Message: message.Identifier, Channel: channel.Name(), Plan: plan}, err))
		}
		if len(events) > 0 {
			return events
		}
	}
	return nil
}

// planned is the event of a plan, or of the error that came in its place.
func (r *Runner) planned(ctx context.Context, body Planned, err error) journal.Event {
	if err != nil {
		body.Plan, body.Error = Plan{}, err.Error()
		r.logger.LogAttrs(ctx, slog.LevelError, "channel cannot plan", slog.String("job", body.Job), slog.Any("error", err))
	}
	return journal.NewEvent(EventPlanned, body)
}

// job joins a job's state with its message; that of an order has none.
func (r *Runner) job(state *JobState) Job {
	job := Job{ID: state.ID, Channel: state.Channel, Warning: state.Warning, Plan: state.Plan, Outcomes: make(map[string]Outcome, len(state.Latest))}
	if w, ok := r.book.ByMessage(state.Message); ok {
		job.Message, _ = w.Message(state.Message)
	}
	for target, latest := range state.Latest {
		job.Outcomes[target] = latest.Outcome
	}
	return job
}

func (r *Runner) channel(name string) (Channel, bool) {
	for _, c := range r.channels {
		if c.Name() == name {
			return c, true
		}
	}
	return nil, false
}

// deliver works on a job until it is finished or the runner stops.
func (r *Runner) deliver(ctx context.Context, job Job) {
	channel, ok := r.channel(job.Channel)
	for ok && len(job.Plan.Targets) > 0 && r.now().Before(job.Plan.Deadline) {
		err := channel.Deliver(ctx, job, func(back Receipt) { r.report(ctx, job.ID, back) })
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			break
		}
		r.logger.LogAttrs(ctx, slog.LevelError, "delivery failed, trying again", slog.String("job", job.ID), slog.Any("error", err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryPause):
		}
	}
	r.report(ctx, job.ID, Receipt{})
}

func (r *Runner) report(ctx context.Context, job string, back Receipt) {
	if back.Target != "" && back.At.IsZero() {
		back.At = r.now().UTC()
	}
	select {
	case r.receipts <- receipt{job, back}:
	case <-ctx.Done():
	}
}
