// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package dispatch turns a released message into one job per channel, follows
// each job to its end, and records what came back. The planner is pure; the
// runner writes every step to the journal before it acts, so that a crash at any
// moment leaves jobs that can be taken up again.
package dispatch

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Target is one addressee on a channel: a siren, a page, a webhook receiver.
type Target struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Plan is what a channel intends for one message: whom it will address and what
// it will send. It is journaled before anything is sent.
type Plan struct {
	Targets []Target `json:"targets"`
	// Payload is the channel's own: for sirens the signed frames. A job taken up
	// after a crash gets the same payload again, so that repeats are recognised.
	Payload json.RawMessage `json:"payload,omitempty"`
	// Deadline ends the job: whoever has not answered by then is not reached.
	Deadline time.Time `json:"deadline"`
}

// Job is one message on one channel.
type Job struct {
	// ID is the message identifier and the channel's name, joined by "/".
	ID      string
	Channel string
	// Message is nil for an order.
	Message *warning.Message
	// Warning is the id of the chain that the message belongs to.
	Warning string
	Plan    Plan
	// Outcomes holds, after a restart, what targets had already answered.
	Outcomes map[string]Outcome
}

// Outcome is how far a message came with one target.
type Outcome string

// The outcomes, in the order in which they may follow each other. Done and
// Reached are good ends, NotReached and Refused bad ones; Unconfirmed is neither.
const (
	// Sent: handed to the channel; nothing came back yet.
	Sent Outcome = "sent"
	// Sounding: the siren said that it sounds.
	Sounding Outcome = "sounding"
	// Reached: the target confirmed, and nothing more will come.
	Reached Outcome = "reached"
	// Done: the siren said that its signal ended.
	Done Outcome = "done"
	// Refused: the target answered that it will not act, with the reason.
	Refused Outcome = "refused"
	// NotReached: no answer until the deadline, or the way to it failed for good.
	NotReached Outcome = "not-reached"
	// Unconfirmed: it was sent on a way without answers, and nobody can tell by the
	// channel what came of it.
	Unconfirmed Outcome = "unconfirmed"
)

// Final reports whether nothing more is expected of the target.
func (o Outcome) Final() bool {
	return o == Reached || o == Done || o == Refused || o == NotReached || o == Unconfirmed
}

// Receipt is what came back from one target, and when.
type Receipt struct {
	Target  string  `json:"target"`
	Outcome Outcome `json:"outcome"`
	// Reason says why, as a catalogue key ("reason.no-answer"), for Refused and
	// NotReached; Detail adds what a technician needs.
	Reason  string    `json:"reason,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt,omitempty"`
	// Path is the way that worked, or was tried last, where the channel has several:
	// "mqtt", "pocsag".
	Path string `json:"path,omitempty"`
	// Unauthenticated says that the target cannot tell on this way who commands it.
	Unauthenticated bool `json:"unauthenticated,omitempty"`
}

// Channel is one way to people. Every channel passes the suite in channel/channeltest.
type Channel interface {
	// Name is the channel's stable name: "siren", "public", "webhook".
	Name() string
	// Plan says whom to address with the message and what to send. serial is
	// unique and grows from plan to plan, across restarts; siren frames take
	// their counter from it. Plan sends nothing. A plan without targets is
	// allowed and means that the channel has nothing to do.
	Plan(ctx context.Context, warningID string, m *warning.Message, serial uint64) (Plan, error)
	// Deliver works on the job until every target has a final outcome, the
	// plan's deadline passes, or the context ends; it retries by itself. It may
	// be called again for the same job after a crash and must then not make
	// anything happen twice at a target that recognises repeats. report may be
	// called from several goroutines; it does not block for long.
	Deliver(ctx context.Context, job Job, report func(Receipt)) error
}

// Order is a call to the targets of one channel that is no message of a warning,
// such as that to be silent.
type Order struct {
	// ID names the order as an identifier names a message.
	ID      string
	Channel string
	// Warning is the id of the chain that it belongs to, empty for none.
	Warning string
	// Plan does what Channel.Plan does for a message.
	Plan func(serial uint64) (Plan, error)
}

// Orders are the orders that the journal holds.
type Orders interface {
	journal.Projection
	// Open gives those that may still have to go out at a time, oldest first.
	Open(now time.Time) []Order
}

// The journal events of dispatch.
const (
	EventPlanned  = "dispatch.planned"
	EventReceipts = "dispatch.receipts"
	EventFinished = "dispatch.finished"
)

// Planned is the body of EventPlanned.
type Planned struct {
	Job     string `json:"job"`
	Warning string `json:"warning"`
	Message string `json:"message"`
	Channel string `json:"channel"`
	Plan    Plan   `json:"plan"`
	// Error says why the channel could not plan; the job then ends at once.
	Error string `json:"error,omitempty"`
}

// Receipts is the body of EventReceipts: what came back since the last one.
type Receipts struct {
	Job      string    `json:"job"`
	Receipts []Receipt `json:"receipts"`
}

// Finished is the body of EventFinished.
type Finished struct {
	Job string `json:"job"`
	// Counts is the number of targets by final outcome.
	Counts map[Outcome]int `json:"counts"`
}
