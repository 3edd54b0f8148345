// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package dispatch

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// gatherFor is how long receipts are gathered before they become one durable
// record: a fleet answers within a second, and one write per siren would keep
// the disk busy while the next command waits.
const gatherFor = 50 * time.Millisecond

// record makes what comes back durable, in batches, until the context ends.
// A receipt without a target is a job's end.
func (r *Runner) record(ctx context.Context) {
	for {
		var batch []receipt
		select {
		case <-ctx.Done():
			return
		case first := <-r.receipts:
			batch = append(batch, first)
		}
		gathered := time.After(gatherFor)
	gather:
		for len(batch) < cap(r.receipts) {
			select {
			case next := <-r.receipts:
				batch = append(batch, next)
			case <-gathered:
				break gather
			case <-ctx.Done():
				break gather
			}
		}
		for ctx.Err() == nil {
			_, err := r.ledger.Do(ctx, "node", func(now time.Time, _ uint64) ([]journal.Event, error) {
				return r.jobs.fold(batch, now), nil
			})
			if err == nil {
				break
			}
			r.logger.LogAttrs(ctx, slog.LevelError, "receipts not recorded, trying again", slog.Int("receipts", len(batch)), slog.Any("error", err))
			select {
			case <-ctx.Done():
			case <-time.After(retryPause):
			}
		}
	}
}

// fold gives the events of a batch of receipts: only what tells something new,
// one event per job, and for jobs that end also what became of silent targets.
func (j *Jobs) fold(batch []receipt, now time.Time) []journal.Event {
	byJob := map[string][]receipt{}
	var order []string
	for _, back := range batch {
		if byJob[back.job] == nil {
			order = append(order, back.job)
		}
		byJob[back.job] = append(byJob[back.job], back)
	}
	var events []journal.Event
	for _, id := range order {
		state, ok := j.Job(id)
		if !ok || state.Finished {
			continue
		}
		news, ended := state.news(byJob[id])
		if ended {
			news = append(news, state.silent(news, now)...)
		}
		if len(news) > 0 {
			events = append(events, journal.NewEvent(EventReceipts, Receipts{Job: id, Receipts: news}))
		}
		if ended {
			events = append(events, journal.NewEvent(EventFinished, Finished{Job: id, Counts: state.with(news).Counts()}))
		}
	}
	return events
}

// news keeps, per target, the furthest outcome that is further than what is known.
func (j *JobState) news(batch []receipt) (news []Receipt, ended bool) {
	furthest := map[string]Receipt{}
	for _, back := range batch {
		if back.Target == "" {
			ended = true
			continue
		}
		known, newer := furthest[back.Target]
		if !newer {
			known = j.Latest[back.Target]
		}
		if advances(known, back.Receipt) {
			furthest[back.Target] = back.Receipt
		}
	}
	news = slices.SortedFunc(maps.Values(furthest), func(x, y Receipt) int { return strings.Compare(x.Target, y.Target) })
	return news, ended
}

// The reasons that the runner itself gives; channels have their own.
const (
	// ReasonNoAnswer: nothing came back until the deadline.
	ReasonNoAnswer = "reason.no-answer"
	// ReasonEndUnknown: the siren said that it sounds but not that it ended.
	ReasonEndUnknown = "reason.end-unknown"
	// ReasonNoPlan: the channel could not plan the message.
	ReasonNoPlan = "reason.no-plan"
)

// silent gives final receipts for the targets that have none when a job ends.
func (j *JobState) silent(news []Receipt, now time.Time) []Receipt {
	known := j.with(news)
	var final []Receipt
	for _, t := range j.Plan.Targets {
		switch latest := known.Latest[t.ID]; {
		case latest.Outcome.Final():
		case latest.Outcome == Sounding:
			final = append(final, Receipt{Target: t.ID, Outcome: Reached, Reason: ReasonEndUnknown, At: now})
		default:
			final = append(final, Receipt{Target: t.ID, Outcome: NotReached, Reason: ReasonNoAnswer, At: now})
		}
	}
	return final
}

// with gives the state as it will be once the receipts are applied.
func (j *JobState) with(receipts []Receipt) *JobState {
	next := *j
	next.Latest = make(map[string]Receipt, max(len(j.Latest), len(receipts)))
	maps.Copy(next.Latest, j.Latest)
	for _, r := range receipts {
		if advances(next.Latest[r.Target], r) {
			next.Latest[r.Target] = r
		}
	}
	return &next
}
