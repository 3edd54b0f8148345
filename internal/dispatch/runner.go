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

// Options are what a runner needs; Also may be nil, all others are required.
type Options struct {
	Journal  journal.Journal
	Channels []Channel
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
		book: warning.NewBook(), jobs: NewJobs(), channels: o.Channels, now: o.Now, logger: o.Logger,
		receipts: make(chan receipt, 4096), running: map[string]bool{},
	}
	r.jobs.brief = true // the runner asks nothing about jobs that have ended
	r.ledger = journal.NewLedger(o.Journal, append(journal.Projections{r.book, r.jobs}, o.Also...), o.Now)
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
	if _, err := r.ledger.Do(ctx, "node", func(now time.Time, serial uint64) ([]journal.Event, error) {
		return r.plan(ctx, now, serial), nil
	}); err != nil {
		return err
	}
	var start []Job
	r.ledger.View(func() {
		for _, state := range r.jobs.Unfinished() {
			if r.running[state.ID] {
				continue
			}
			if job, ok := r.job(state); ok {
				start = append(start, job)
			}
		}
	})
	for _, job := range start {
		r.running[job.ID] = true
		r.work.Go(func() { r.deliver(ctx, job) })
	}
	return nil
}

// plan gives the Planned events of every message that has no job yet on some channel.
func (r *Runner) plan(ctx context.Context, now time.Time, serial uint64) []journal.Event {
	var events []journal.Event
	for _, w := range r.book.Unsettled(now) {
		message := w.Last()
		for _, channel := range r.channels {
			id := JobID(message.Identifier, channel.Name())
			if _, planned := r.jobs.Job(id); planned {
				continue
			}
			body := Planned{Job: id, Warning: w.ID, Message: message.Identifier, Channel: channel.Name()}
			plan, err := channel.Plan(ctx, w.ID, message, serial)
			if err != nil {
				body.Error = err.Error()
				r.logger.LogAttrs(ctx, slog.LevelError, "channel cannot plan", slog.String("job", id), slog.Any("error", err))
			} else {
				body.Plan = plan
			}
			events = append(events, journal.NewEvent(EventPlanned, body))
		}
	}
	return events
}

// job joins a job's state with its message.
func (r *Runner) job(state *JobState) (Job, bool) {
	w, ok := r.book.ByMessage(state.Message)
	if !ok {
		return Job{}, false
	}
	message, ok := w.Message(state.Message)
	if !ok {
		return Job{}, false
	}
	outcomes := make(map[string]Outcome, len(state.Latest))
	for target, latest := range state.Latest {
		outcomes[target] = latest.Outcome
	}
	return Job{ID: state.ID, Channel: state.Channel, Message: message, Warning: w.ID, Plan: state.Plan, Outcomes: outcomes}, true
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
