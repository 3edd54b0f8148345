// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// RogueKind says how an alarm without a command of ours was noticed.
type RogueKind string

// The kinds of rogue alarms.
const (
	RogueFrame    RogueKind = "frame"    // a siren acted on a frame that this authority never planned
	RogueLocal    RogueKind = "local"    // a siren says that someone sounds it at the site
	RogueSounding RogueKind = "sounding" // a siren sounds while no command to it is in force
	RogueCall     RogueKind = "call"     // a receiver heard one of our calls on the air, which we did not send
)

// RogueKinds lists the kinds.
var RogueKinds = []RogueKind{RogueFrame, RogueLocal, RogueSounding, RogueCall}

// TitleKey is the catalogue key of the kind's name.
func (k RogueKind) TitleKey() string { return "siren.rogue." + string(k) }

// Rogue is an alarm with no command of ours behind it: the gravest trouble that
// a fleet can have, because somebody else may hold what starts the sirens.
type Rogue struct {
	// ID names the alarm: what was noticed and when first. It has letters, digits
	// and hyphens.
	ID   string    `json:"id"`
	Kind RogueKind `json:"kind" enum:"frame,local,sounding,call"`
	// Siren is the one that said so, or Receiver the one that heard a call.
	Siren    string `json:"siren,omitempty"`
	Receiver string `json:"receiver,omitempty"`
	// Path is the way on which it was noticed.
	Path PathKind `json:"path,omitempty"`
	// Call is the call as it was heard, such as "1234567 C".
	Call string `json:"call,omitempty"`
	// Sirens are those that the call reaches, at most MaxRogueSirens of them.
	Sirens []string `json:"sirens,omitempty"`
	// Frame is the id of the frame that the siren acted on, if it named one.
	Frame string    `json:"frame,omitempty"`
	At    time.Time `json:"at"`
}

// MaxRogueSirens bounds the list of a rogue call.
const MaxRogueSirens = 200

// EventRogue is the journal event that raises a rogue alarm; its body is Rogue.
const EventRogue = "siren.rogue"

// EventRogueSettled is the journal event by which a person has dealt with a
// rogue alarm; the record says who.
const EventRogueSettled = "siren.rogue-settled"

// CommandSettleRogue is the name of the command that does so; its body is RogueSettled.
const CommandSettleRogue = "siren.settle-rogue"

// RogueSettled is the body of EventRogueSettled.
type RogueSettled struct {
	ID string `json:"id"`
	// Note says what it was.
	Note string `json:"note"`
}

// maxNote is the longest note, in bytes.
const maxNote = 1000

// RogueSighting is telemetry: how often an open rogue alarm was noticed, and when last.
// The journal has the first time alone, so that nobody fills it by repeating a call.
type RogueSighting struct {
	ID    string    `json:"id"`
	Times int       `json:"times"`
	Last  time.Time `json:"last"`
}

// RogueSubject is the telemetry subject of a rogue alarm's sightings.
func RogueSubject(id string) string { return "telemetry.rogue." + id }

// RoguePattern matches the sightings of all rogue alarms.
const RoguePattern = "telemetry.rogue.*"

// Rogues is the projection of rogue alarms. It is safe for use by several goroutines.
type Rogues struct {
	mu   sync.RWMutex
	open map[string]Rogue
}

// NewRogues is a projection without any.
func NewRogues() *Rogues { return &Rogues{open: map[string]Rogue{}} }

// Apply implements journal.Projection; records of other things are passed over.
func (r *Rogues) Apply(record journal.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, event := range record.Events {
		switch event.Kind {
		case EventRogue:
			body, err := journal.Decode[Rogue](event)
			if err != nil {
				return fmt.Errorf("record %d: %w", record.Seq, err)
			}
			r.open[body.ID] = body
		case EventRogueSettled:
			body, err := journal.Decode[RogueSettled](event)
			if err != nil {
				return fmt.Errorf("record %d: %w", record.Seq, err)
			}
			delete(r.open, body.ID)
		}
	}
	return nil
}

// Open lists the rogue alarms that nobody has settled, the newest first.
func (r *Rogues) Open() []Rogue {
	r.mu.RLock()
	defer r.mu.RUnlock()
	open := make([]Rogue, 0, len(r.open))
	for _, rogue := range r.open {
		open = append(open, rogue)
	}
	slices.SortFunc(open, func(a, b Rogue) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID))
	})
	return open
}

// Settle decides that a rogue alarm has been dealt with, and gives the events
// that follow. It refuses with a *problem.Error.
func (r *Rogues) Settle(s RogueSettled) ([]journal.Event, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if _, open := r.open[s.ID]; !open {
		return nil, problem.New(problem.NotFound, fmt.Sprintf("There is no open rogue alarm %q.", s.ID), "Look at the list again: someone else may have settled it.")
	}
	if strings.TrimSpace(s.Note) == "" || len(s.Note) > maxNote {
		return nil, problem.InvalidFaults("the rogue alarm cannot be settled", []problem.Fault{{
			Field: "note", Rule: "siren.rogue-note", Message: fmt.Sprintf("the note is empty or over %d bytes long", maxNote),
			Remedy: "Say what was found, such as who sounded the siren at the site.",
		}})
	}
	return []journal.Event{journal.NewEvent(EventRogueSettled, s)}, nil
}
