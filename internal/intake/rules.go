// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/cap/federal"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// The names of the commands that Proposals.Step takes.
const (
	CommandImport  = "proposal.import"  // body Import
	CommandDismiss = "proposal.dismiss" // body Dismissed
)

// Import takes one message in.
type Import struct {
	// Source is the name of the file or feed that it came from.
	Source   string `json:"source"`
	Original []byte `json:"original"`
}

// maxSource and maxReason bound texts, in characters.
const (
	maxSource = 300
	maxReason = 1000
)

// Step decides on one command. It gives the events that follow, none for a
// message that came before, or a *problem.Error.
func (p *Proposals) Step(name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	unreadable := func(err error) error {
		return withCause(refusal.New(problem.Unreadable, "command.unreadable", name), err)
	}
	switch name {
	case CommandImport:
		var c Import
		if err := json.Unmarshal(body, &c); err != nil {
			return nil, unreadable(err)
		}
		return p.take(c, by, now)
	case CommandDismiss:
		var c Dismissed
		if err := json.Unmarshal(body, &c); err != nil {
			return nil, unreadable(err)
		}
		return p.dismiss(c)
	}
	return nil, refusal.New(problem.Invalid, "command.unknown", name)
}

func (p *Proposals) take(c Import, by string, now time.Time) ([]journal.Event, error) {
	proposal, err := Read(c.Original)
	if err != nil {
		return nil, err
	}
	if p.Own(proposal) {
		return nil, refusal.New(problem.Conflict, "proposal.own", proposal.Identifier)
	}
	if _, known := p.states[proposal.ID]; known {
		return nil, nil
	}
	proposal.Source, proposal.Imported, proposal.By, proposal.Original = clip(c.Source, maxSource), now, by, c.Original
	return []journal.Event{journal.NewEvent(EventImported, Imported{Proposal: proposal})}, nil
}

// Own reports whether a message is the authority's own, come back.
func (p *Proposals) Own(proposal Proposal) bool { return p.Self != "" && proposal.Sender == p.Self }

func (p *Proposals) dismiss(c Dismissed) ([]journal.Event, error) {
	state, ok := p.states[c.ID]
	if !ok {
		return nil, refusal.New(problem.NotFound, "proposal.unknown", clip(c.ID, 40))
	}
	if state.Status == Rejected {
		return nil, refusal.New(problem.Conflict, "proposal.dismissed-twice")
	}
	c.Reason = strings.TrimSpace(c.Reason)
	if c.Reason == "" || utf8.RuneCountInString(c.Reason) > maxReason {
		return nil, withFaults(refusal.New(problem.Invalid, "proposal.not-dismissed"), refusal.Fault("reason", "proposal.reason", strconv.Itoa(maxReason)))
	}
	return []journal.Event{journal.NewEvent(EventDismissed, c)}, nil
}

// Read reads one message of another issuer as a proposal. The error is a
// *problem.Error that names the places in the message.
func Read(raw []byte) (Proposal, error) {
	if len(raw) > MaxOriginal {
		return Proposal{}, refusal.New(problem.TooLarge, "proposal.large", strconv.Itoa(MaxOriginal))
	}
	proposal, err := read(raw)
	if err == nil {
		return proposal, nil
	}
	return Proposal{}, ProblemOf(err)
}

// ProblemOf words an error of the CAP library for people.
func ProblemOf(err error) error {
	refused := withCause(refusal.New(problem.Unreadable, "proposal.no-cap"), err)
	if invalid, ok := errors.AsType[*cap.InvalidError](err); ok {
		for _, f := range invalid.Findings {
			refused.Faults = append(refused.Faults, problem.Fault{
				Field: fmt.Sprintf("%s (line %d, column %d)", f.Path, f.Line, f.Column), Rule: "cap.fault",
				Message: f.Message, Remedy: f.Remedy,
			})
		}
	} else if gate, ok := errors.AsType[*cap.Refusal](err); ok {
		refused.Faults = []problem.Fault{{
			Field: fmt.Sprintf("line %d, column %d", gate.Line, gate.Column), Rule: string(gate.Rule),
			Message: gate.Message, Remedy: gate.Remedy,
		}}
	}
	return refused
}

// Unusable says, for people, why a thing in a container becomes no proposal. It
// is nil for a message, and for a note of something that no message was in.
func Unusable(item container.Item) error {
	name := clip(item.Name, 80)
	switch gate, refused := errors.AsType[*cap.Refusal](item.Err); {
	case refused:
		return ProblemOf(gate)
	case item.Err != nil:
		return withCause(refusal.New(problem.Unreadable, "proposal.container", name, item.Err.Error()), item.Err)
	case item.Link != "":
		return refusal.New(problem.Unreadable, "proposal.link", name, clip(item.Link, 200))
	case item.Note != nil && (item.Note.Rule == container.RuleEmpty || item.Note.Rule == container.RuleNoEntries):
		return refusal.New(problem.Unreadable, "proposal.container", name, item.Note.Message)
	}
	return nil
}

// readMessage reads a message in XML, in JSON or in the federal API's forms. The
// error is a *cap.InvalidError or a *cap.Refusal.
func readMessage(raw []byte) (*cap.Alert, []cap.Finding, error) {
	if container.FormOf(raw) == container.XML {
		return cap.ReadLenient(raw)
	}
	return federal.Read(raw)
}

func withCause(refused *problem.Error, cause error) *problem.Error {
	refused.Err = cause
	return refused
}

func withFaults(refused *problem.Error, faults ...problem.Fault) *problem.Error {
	refused.Faults = faults
	return refused
}

// clip keeps a foreign text short.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
