// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package channeltest is the conformance suite for channels. Every
// dispatch.Channel passes it against real targets: HTTP servers, a broker with
// simulated sirens, the public role itself.
package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Harness is one channel with real targets behind it. The suite takes a fresh
// one for every case.
type Harness struct {
	// Channel is the channel under test, set up with at least two targets.
	Channel dispatch.Channel
	// Reopen gives the channel as it is after a restart of the process, with the
	// same settings and targets.
	Reopen func() dispatch.Channel
	// Release makes a new message that addresses every target, ready to be
	// planned and delivered, and returns it with the id of its warning.
	Release func() (warningID string, m *warning.Message)
	// Nobody makes a message that addresses no target; nil for a channel that
	// always has targets.
	Nobody func() (warningID string, m *warning.Message)
	// Cut makes a target unreachable until restore is called.
	Cut func(target string) (restore func())
	// Effects is how many times the message took effect at the target: what its
	// people would notice, not what was sent.
	Effects func(target string, m *warning.Message) int
	// Deadline is how long the suite lets a plan run that cannot reach a target;
	// 2 seconds when zero.
	Deadline time.Duration
}

// Run runs the suite. open makes a harness whose resources end with t.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"a plan names the targets and sends nothing", planSendsNothing},
		{"a plan without targets ends at once", planForNobody},
		{"a delivery reaches every target", deliverReaches},
		{"a repeated delivery has no second effect", deliverTwice},
		{"a delivery taken up after a restart skips who had answered", deliverRest},
		{"a later message takes effect too", deliverNext},
		{"a target that cannot be reached is named with a reason", deliverUnreachable},
		{"one unreachable target does not hold up the others", deliverBeside},
		{"a cancelled delivery returns at once and can be taken up", deliverCancelled},
		{"a delivery after its deadline ends", deliverLate},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			if h.Deadline == 0 {
				h.Deadline = 2 * time.Second
			}
			c.run(t, &suite{Harness: h, serial: 1})
		})
	}
}

type suite struct {
	Harness
	serial uint64
}

// plan releases a message and plans it with the next serial.
func (s *suite) plan(t *testing.T) dispatch.Job {
	t.Helper()
	id, m := s.Release()
	return s.planned(t, id, m)
}

func (s *suite) planned(t *testing.T, id string, m *warning.Message) dispatch.Job {
	t.Helper()
	s.serial++
	plan, err := s.Channel.Plan(t.Context(), id, m, s.serial)
	if err != nil {
		t.Fatalf("Plan: %v", err)
	}
	return dispatch.Job{
		ID: m.Identifier + "/" + s.Channel.Name(), Channel: s.Channel.Name(),
		Message: m, Warning: id, Plan: restored(t, plan),
	}
}

// restored is the plan as it comes back from the journal.
func restored(t *testing.T, plan dispatch.Plan) dispatch.Plan {
	t.Helper()
	raw, err := json.Marshal(plan)
	if err != nil {
		t.Fatalf("the plan cannot be journaled: %v", err)
	}
	var back dispatch.Plan
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatalf("the plan cannot be read back: %v", err)
	}
	return back
}

func targets(plan dispatch.Plan) []string {
	ids := make([]string, 0, len(plan.Targets))
	for _, target := range plan.Targets {
		ids = append(ids, target.ID)
	}
	return ids
}

// receipts records what a delivery reports and holds it to the contract.
type receipts struct {
	t       *testing.T
	mu      sync.Mutex
	allowed map[string]bool
	last    map[string]dispatch.Receipt
	ended   bool
}

func newReceipts(t *testing.T, job dispatch.Job) *receipts {
	r := &receipts{t: t, allowed: map[string]bool{}, last: map[string]dispatch.Receipt{}}
	for _, id := range targets(job.Plan) {
		r.allowed[id] = true
	}
	for id, outcome := range job.Outcomes {
		if outcome.Final() {
			delete(r.allowed, id)
		}
	}
	return r
}

func (r *receipts) report(receipt dispatch.Receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch before, had := r.last[receipt.Target]; {
	case r.ended:
		r.t.Errorf("reported after Deliver had returned: %+v", receipt)
	case !r.allowed[receipt.Target]:
		r.t.Errorf("reported for a target that is not open in this job: %+v", receipt)
	case had && before.Outcome.Final():
		r.t.Errorf("reported %+v after the final %+v", receipt, before)
	case receipt.At.IsZero():
		r.t.Errorf("reported without a time: %+v", receipt)
	case receipt.Reason == "" && (receipt.Outcome == dispatch.NotReached || receipt.Outcome == dispatch.Refused):
		r.t.Errorf("reported without a reason: %+v", receipt)
	}
	r.last[receipt.Target] = receipt
}

func (r *receipts) outcomes() map[string]dispatch.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	outcomes := map[string]dispatch.Outcome{}
	for id, receipt := range r.last {
		outcomes[id] = receipt.Outcome
	}
	return outcomes
}

// deliver delivers the job to its end and returns how each target ended.
func (s *suite) deliver(t *testing.T, channel dispatch.Channel, job dispatch.Job) map[string]dispatch.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), eventually.Patience)
	defer cancel()
	r := newReceipts(t, job)
	if err := channel.Deliver(ctx, job, r.report); err != nil {
		t.Fatalf("Deliver: %v, with outcomes %v", err, r.outcomes())
	}
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	return r.outcomes()
}

func (s *suite) wantGood(t *testing.T, job dispatch.Job, got map[string]dispatch.Outcome, but ...string) {
	t.Helper()
	for _, id := range targets(job.Plan) {
		if slices.Contains(but, id) {
			continue
		}
		if outcome := got[id]; outcome != dispatch.Reached && outcome != dispatch.Done {
			t.Errorf("target %s ended as %q, want reached or done", id, outcome)
		}
	}
}

func (s *suite) wantEffects(t *testing.T, job dispatch.Job, want int, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if got := s.Effects(id, job.Message); got != want {
			t.Errorf("the message took effect %d times at %s, want %d", got, id, want)
		}
	}
}

func planSendsNothing(t *testing.T, s *suite) {
	id, m := s.Release()
	before := map[string]int{}
	first, err := s.Channel.Plan(t.Context(), id, m, 7)
	if err != nil {
		t.Fatalf("Plan: %v", err)
	}
	if len(first.Targets) < 2 {
		t.Fatalf("the harness gives %d targets, want two or more", len(first.Targets))
	}
	for _, target := range targets(first) {
		before[target] = s.Effects(target, m)
	}
	if !first.Deadline.After(time.Now()) {
		t.Errorf("the plan's deadline %v has passed", first.Deadline)
	}
	unique := slices.Compact(slices.Sorted(slices.Values(targets(first))))
	if len(unique) != len(first.Targets) || slices.Contains(unique, "") {
		t.Errorf("the plan's targets have no or the same ids: %v", targets(first))
	}
	for _, channel := range []dispatch.Channel{s.Channel, s.Reopen()} {
		again, err := channel.Plan(t.Context(), id, m, 7)
		if err != nil {
			t.Fatalf("Plan again: %v", err)
		}
		if diff := cmp.Diff(restored(t, first).Targets, restored(t, again).Targets); diff != "" {
			t.Errorf("the same message planned again has other targets:\n%s", diff)
		}
		if diff := cmp.Diff(string(first.Payload), string(again.Payload)); diff != "" {
			t.Errorf("the same message planned again under the same serial has another payload:\n%s", diff)
		}
		if channel.Name() != s.Channel.Name() || channel.Name() == "" {
			t.Errorf("Name is %q after a restart, %q before", channel.Name(), s.Channel.Name())
		}
	}
	for target, count := range before {
		s.wantEffects(t, dispatch.Job{Message: m}, count, target)
	}
}

func planForNobody(t *testing.T, s *suite) {
	if s.Nobody == nil {
		t.Skip("this channel always has targets")
	}
	id, m := s.Nobody()
	job := s.planned(t, id, m)
	if len(job.Plan.Targets) != 0 {
		t.Fatalf("the plan names %v, want nobody", targets(job.Plan))
	}
	job.Plan.Deadline = time.Now().Add(24 * time.Hour)
	if got := s.deliver(t, s.Channel, job); len(got) != 0 {
		t.Errorf("receipts %v from nobody", got)
	}
}

func deliverReaches(t *testing.T, s *suite) {
	job := s.plan(t)
	s.wantGood(t, job, s.deliver(t, s.Channel, job))
	s.wantEffects(t, job, 1, targets(job.Plan)...)
}

func deliverTwice(t *testing.T, s *suite) {
	job := s.plan(t)
	s.wantGood(t, job, s.deliver(t, s.Channel, job))
	s.wantGood(t, job, s.deliver(t, s.Channel, job))
	s.wantGood(t, job, s.deliver(t, s.Reopen(), job))
	s.wantEffects(t, job, 1, targets(job.Plan)...)
}

func deliverRest(t *testing.T, s *suite) {
	job := s.plan(t)
	all := targets(job.Plan)
	had, rest := all[0], all[1:]
	job.Outcomes = map[string]dispatch.Outcome{had: dispatch.Reached}
	for _, id := range rest {
		job.Outcomes[id] = dispatch.Sent
	}
	// The one that had answered is gone: nobody may wait for it.
	defer s.Cut(had)()
	got := s.deliver(t, s.Reopen(), job)
	s.wantGood(t, job, got, had)
	if outcome, reported := got[had]; reported {
		t.Errorf("%s had answered before and is reported again as %q", had, outcome)
	}

	for _, id := range rest {
		job.Outcomes[id] = dispatch.Done
	}
	if got := s.deliver(t, s.Channel, job); len(got) != 0 {
		t.Errorf("everybody had answered, but there are receipts %v", got)
	}
}

func deliverNext(t *testing.T, s *suite) {
	first, second := s.plan(t), s.plan(t)
	for _, job := range []dispatch.Job{first, second} {
		s.wantGood(t, job, s.deliver(t, s.Channel, job))
	}
	for _, job := range []dispatch.Job{first, second} {
		s.wantEffects(t, job, 1, targets(job.Plan)...)
	}
}

func deliverUnreachable(t *testing.T, s *suite) {
	job := s.plan(t)
	for _, id := range targets(job.Plan) {
		defer s.Cut(id)()
	}
	job.Plan.Deadline = time.Now().Add(s.Deadline)
	got := s.deliver(t, s.Channel, job)
	for _, id := range targets(job.Plan) {
		if got[id] != dispatch.NotReached {
			t.Errorf("target %s ended as %q, want not reached", id, got[id])
		}
	}
}

func deliverBeside(t *testing.T, s *suite) {
	job := s.plan(t)
	all := targets(job.Plan)
	restore := s.Cut(all[0])
	defer restore()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := newReceipts(t, job)
	ended := make(chan error, 1)
	go func() { ended <- s.Channel.Deliver(ctx, job, r.report) }()
	eventually.Holds(t, "the reachable targets are reached while another is not", func() bool {
		outcomes := r.outcomes()
		return !slices.ContainsFunc(all[1:], func(id string) bool { return !outcomes[id].Final() })
	})
	cancel()
	<-ended
	s.wantGood(t, job, r.outcomes(), all[0])
	if outcome := r.outcomes()[all[0]]; outcome == dispatch.Reached || outcome == dispatch.Done {
		t.Errorf("%s cannot be reached, but is reported as %q", all[0], outcome)
	}
}

func deliverCancelled(t *testing.T, s *suite) {
	job := s.plan(t)
	all := targets(job.Plan)
	var restore []func()
	for _, id := range all {
		restore = append(restore, s.Cut(id))
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := newReceipts(t, job)
	ended := make(chan error, 1)
	go func() { ended <- s.Channel.Deliver(ctx, job, r.report) }()
	select {
	case err := <-ended:
		t.Fatalf("Deliver gave up before its deadline: %v, outcomes %v", err, r.outcomes())
	case <-time.After(s.Deadline / 4):
	}
	cancel()
	if err := eventually.Receive(t, "Deliver ends with its context", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver returned %v, want the context's error", err)
	}
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	for id, outcome := range r.outcomes() {
		if outcome.Final() {
			t.Errorf("a cancelled delivery ended target %s as %q", id, outcome)
		}
	}
	for _, f := range restore {
		f()
	}
	job.Outcomes = maps.Clone(r.outcomes())
	s.wantGood(t, job, s.deliver(t, s.Reopen(), job))
	s.wantEffects(t, job, 1, all...)
}

func deliverLate(t *testing.T, s *suite) {
	job := s.plan(t)
	for _, id := range targets(job.Plan) {
		defer s.Cut(id)()
	}
	job.Plan.Deadline = time.Now().Add(-time.Minute)
	got := s.deliver(t, s.Channel, job)
	for _, id := range targets(job.Plan) {
		if got[id] != dispatch.NotReached {
			t.Errorf("target %s ended as %q, want not reached", id, got[id])
		}
	}
}
