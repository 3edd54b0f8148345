// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package dispatch

import (
	"slices"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// JobState is what is known of one job. A *JobState that Jobs gives out never
// changes: applying an event replaces it.
type JobState struct {
	ID      string
	Warning string
	Message string
	Channel string
	Plan    Plan
	// PlanError says why the channel could not plan; empty when it could.
	PlanError string
	// Latest is the last receipt of every target that gave one.
	Latest   map[string]Receipt
	Finished bool
}

// Counts is the number of targets by their latest outcome; targets of which
// nothing is known yet count as Sent.
func (j *JobState) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, t := range j.Plan.Targets {
		outcome := Sent
		if r, ok := j.Latest[t.ID]; ok {
			outcome = r.Outcome
		}
		counts[outcome]++
	}
	return counts
}

// Jobs is the projection of all dispatches.
type Jobs struct {
	jobs      map[string]*JobState
	byMessage map[string][]string // message identifier -> job ids in order of planning
	// unfinished keeps the ids of jobs that go on, in order of planning.
	unfinished []string
	// brief keeps of finished jobs only that they were: neither plan nor receipts.
	brief bool
}

// NewJobs makes an empty projection.
func NewJobs() *Jobs {
	return &Jobs{jobs: map[string]*JobState{}, byMessage: map[string][]string{}}
}

// JobID is the id of a message's job on a channel.
func JobID(identifier, channel string) string { return identifier + "/" + channel }

// Job gives a job by its id.
func (j *Jobs) Job(id string) (*JobState, bool) {
	state, ok := j.jobs[id]
	return state, ok
}

// OfMessage gives the jobs of a message in order of planning.
func (j *Jobs) OfMessage(identifier string) []*JobState {
	states := make([]*JobState, 0, len(j.byMessage[identifier]))
	for _, id := range j.byMessage[identifier] {
		states = append(states, j.jobs[id])
	}
	return states
}

// Unfinished gives the jobs that go on, the oldest first.
func (j *Jobs) Unfinished() []*JobState {
	states := make([]*JobState, 0, len(j.unfinished))
	for _, id := range j.unfinished {
		states = append(states, j.jobs[id])
	}
	return states
}

// Apply implements journal.Projection. It ignores events of other packages.
func (j *Jobs) Apply(r journal.Record) error {
	for _, e := range r.Events {
		switch e.Kind {
		case EventPlanned:
			body, err := journal.Decode[Planned](e)
			if err != nil {
				return err
			}
			j.jobs[body.Job] = &JobState{
				ID: body.Job, Warning: body.Warning, Message: body.Message, Channel: body.Channel,
				Plan: body.Plan, PlanError: body.Error, Latest: map[string]Receipt{},
			}
			j.byMessage[body.Message] = append(j.byMessage[body.Message], body.Job)
			j.unfinished = append(j.unfinished, body.Job)
		case EventReceipts:
			body, err := journal.Decode[Receipts](e)
			if err != nil {
				return err
			}
			if old, ok := j.jobs[body.Job]; ok && !(j.brief && old.Finished) {
				j.jobs[body.Job] = old.with(body.Receipts)
			}
		case EventFinished:
			body, err := journal.Decode[Finished](e)
			if err != nil {
				return err
			}
			if old, ok := j.jobs[body.Job]; ok {
				state := *old
				state.Finished = true
				if j.brief {
					state.Plan, state.Latest = Plan{}, nil
				}
				j.jobs[body.Job] = &state
				j.unfinished = slices.DeleteFunc(j.unfinished, func(id string) bool { return id == body.Job })
			}
		}
	}
	return nil
}

// rank orders outcomes: a target's outcome only moves up. A siren that was
// given up and then answers after all has been reached, so NotReached ranks low.
var rank = map[Outcome]int{"": 0, Sent: 1, NotReached: 2, Refused: 3, Unconfirmed: 4, Sounding: 5, Reached: 6, Done: 7}

// advances reports whether a receipt tells something new. While nothing came
// back, another reason for that is news.
func advances(from, to Receipt) bool {
	if from.Outcome == Sent && to.Outcome == Sent {
		return to.Reason != "" && to.Reason != from.Reason
	}
	return rank[to.Outcome] > rank[from.Outcome]
}
