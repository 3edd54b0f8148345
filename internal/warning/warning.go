// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package warning holds the rules of a warning's life: request, release,
// refusal, deadline, update, all-clear and expiry. It is pure: Rules.Step takes
// the book of all warnings, a command and the time, and gives the events that
// follow; Book.Apply folds events back into the book. It takes no clock, starts
// nothing and writes nothing, so that a simulator can drive it for years.
package warning

import (
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

// Kind says what a message does in its chain.
type Kind string

// The kinds of messages.
const (
	// KindAlert opens a warning.
	KindAlert Kind = "alert"
	// KindUpdate replaces what was said before.
	KindUpdate Kind = "update"
	// KindAllClear ends the warning and names everything that it ends.
	KindAllClear Kind = "all-clear"
)

// Level is the warning level of the federation, and the fact from which every
// channel derives its own grading: 1 extreme danger, 2 danger, 3 information.
type Level int

// The levels.
const (
	LevelExtreme     Level = 1
	LevelDanger      Level = 2
	LevelInformation Level = 3
)

// Text is what a warning says in one language.
type Text struct {
	Headline    string `json:"headline"`
	Description string `json:"description"`
	Instruction string `json:"instruction"`
}

// Content is what an operator writes: everything of a message that people
// decide. What follows from it (identifier, references, sent) is the node's.
type Content struct {
	// Event is an event code of the wording catalogue, such as "BBK-EVC-038".
	Event string   `json:"event"`
	Level Level    `json:"level"`
	Area  geo.Area `json:"area"`
	// Texts are keyed by language tag ("de", "en"); the authority's own
	// languages are required.
	Texts map[string]Text `json:"texts"`
	// ResponseTypes are the recommended actions; empty takes the event's.
	ResponseTypes []cap.ResponseType `json:"responseTypes,omitempty"`
	// Signal names the siren signal ("warning", "all-clear"), empty for none.
	Signal string `json:"signal,omitempty"`
	// Onset is when the hazard begins, zero for at once; Expires when the message ends.
	Onset   time.Time `json:"onset,omitzero"`
	Expires time.Time `json:"expires"`
	Web     string    `json:"web,omitempty"`
	Contact string    `json:"contact,omitempty"`
	// Template is the template that the text was made from, if any.
	Template string `json:"template,omitempty"`
	// Proposal is the identifier of the foreign CAP message that was adopted, if any.
	Proposal string `json:"proposal,omitempty"`
}

// Message is one released message of a warning.
type Message struct {
	Number     int     `json:"number"`
	Kind       Kind    `json:"kind"`
	Identifier string  `json:"identifier"`
	Content    Content `json:"content"`
	Digest     Digest  `json:"digest"`
	// CAP is the message as it went out, byte for byte.
	CAP         []byte               `json:"cap"`
	Sent        time.Time            `json:"sent"`
	RequestedAt time.Time            `json:"requestedAt"`
	Assertions  []operator.Assertion `json:"assertions"`
}

// Request is a message that waits for its release.
type Request struct {
	Number     int                  `json:"number"`
	Kind       Kind                 `json:"kind"`
	Identifier string               `json:"identifier"`
	Content    Content              `json:"content"`
	Digest     Digest               `json:"digest"`
	Assertions []operator.Assertion `json:"assertions"`
	At         time.Time            `json:"at"`
	// Revision counts the edits of this request, from 1.
	Revision int `json:"revision"`
	// Escalates is when it climbs to the next duty holder, Lapses when it ends unreleased.
	Escalates time.Time `json:"escalates"`
	Lapses    time.Time `json:"lapses"`
	// Escalated is when it climbed, zero before.
	Escalated time.Time `json:"escalated,omitzero"`
}

// Author is the operator who asked.
func (r *Request) Author() string { return r.Assertions[0].Operator }

// Status is where a warning stands.
type Status string

// The statuses of a warning.
const (
	StatusWaiting Status = "waiting"  // its first message waits for release
	StatusInForce Status = "in-force" // released and neither ended nor expired
	StatusEnded   Status = "ended"    // an all-clear was released
	StatusExpired Status = "expired"  // its last message ran out without an all-clear
	StatusDropped Status = "dropped"  // nothing was ever released: refused, withdrawn, stopped or lapsed
)

// Entry is one line of a warning's history.
type Entry struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Event    string    `json:"event"`
	Message  string    `json:"message,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Revision int       `json:"revision,omitempty"`
}

// Warning is one hazard's whole chain.
type Warning struct {
	ID       string    `json:"id"`
	Status   Status    `json:"status"`
	Created  time.Time `json:"created"`
	Pending  *Request  `json:"pending,omitempty"`
	Messages []Message `json:"messages"`
	History  []Entry   `json:"history"`
	// Requests is the highest number that a request of this chain has had.
	Requests int `json:"requests"`
}

// Last is the newest released message, nil when there is none.
func (w *Warning) Last() *Message {
	if len(w.Messages) == 0 {
		return nil
	}
	return &w.Messages[len(w.Messages)-1]
}

// Digest is the content digest of a message (docs/formats/content-digest.md).
type Digest = journal.Digest

// The journal events of warnings.
const (
	EventRequested = "warning.requested" // body Requested; also a revision of a pending request
	EventSigned    = "warning.signed"    // body Signed: one of several releases that the policy asks for
	EventReleased  = "warning.released"  // body Released
	EventRefused   = "warning.refused"   // body Dropped: a releaser said no
	EventWithdrawn = "warning.withdrawn" // body Dropped: the author took it back
	EventStopped   = "warning.stopped"   // body Dropped: anyone on shift halted it
	EventEscalated = "warning.escalated" // body Escalated
	EventLapsed    = "warning.lapsed"    // body Dropped: nobody released it in time
	EventExpired   = "warning.expired"   // body Expired
)

// Requested is the body of EventRequested.
type Requested struct {
	Warning string  `json:"warning"`
	Request Request `json:"request"`
}

// Signed is the body of EventSigned.
type Signed struct {
	Warning    string             `json:"warning"`
	Identifier string             `json:"identifier"`
	Assertion  operator.Assertion `json:"assertion"`
}

// Released is the body of EventReleased.
type Released struct {
	Warning string  `json:"warning"`
	Message Message `json:"message"`
}

// Dropped is the body of the events that end a request without release.
type Dropped struct {
	Warning    string `json:"warning"`
	Identifier string `json:"identifier"`
	By         string `json:"by"`
	Reason     string `json:"reason,omitempty"`
}

// Escalated is the body of EventEscalated.
type Escalated struct {
	Warning    string `json:"warning"`
	Identifier string `json:"identifier"`
	To         string `json:"to"`
}

// Expired is the body of EventExpired.
type Expired struct {
	Warning string `json:"warning"`
}
