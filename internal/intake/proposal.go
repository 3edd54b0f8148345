// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package intake takes CAP messages of other issuers in as proposals: files and
// containers of them, a watched folder, a feed. A proposal warns nobody. An author may
// adopt it, and then it goes the way of every warning, with two persons and the
// authority's own checks; or dismiss it with a reason. The original is kept byte
// for byte.
//
// Proposals is pure; Watcher is the shell around it.
package intake

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/internal/journal"
)

// MaxOriginal is the largest message that is taken, in bytes; the CAP gate's own limit.
const MaxOriginal = container.MaxMessage

// The journal events of proposals.
const (
	EventImported  = "proposal.imported"  // body Imported
	EventDismissed = "proposal.dismissed" // body Dismissed
)

// Status is where a proposal stands.
type Status string

// The statuses. Whether a proposal was adopted is not known here: the warning
// that took it up says so.
const (
	Open       Status = "open"
	Rejected   Status = "dismissed"
	Superseded Status = "superseded"
)

// Proposal is a foreign message as it was imported.
type Proposal struct {
	// ID is made from the message's sender, identifier and sent; see ID.
	ID string `json:"id"`
	// Source is the name of the file or feed that it came from.
	Source   string    `json:"source"`
	Imported time.Time `json:"imported"`
	By       string    `json:"by"`
	// Identifier to References are those of the message.
	Identifier string         `json:"identifier"`
	Sender     string         `json:"sender"`
	Sent       time.Time      `json:"sent"`
	CAPStatus  cap.Status     `json:"capStatus"`
	MsgType    cap.MsgType    `json:"msgType"`
	SenderName string         `json:"senderName,omitempty"`
	Event      string         `json:"event"`
	Headline   string         `json:"headline"`
	Languages  []string       `json:"languages"`
	Areas      []string       `json:"areas"`
	Expires    time.Time      `json:"expires,omitzero"`
	References cap.References `json:"references,omitempty"`
	// Findings are the repairs that reading it took.
	Findings []cap.Finding `json:"findings,omitempty"`
	// Original is the message as it came.
	Original []byte `json:"original"`
}

// Imported is the body of EventImported.
type Imported struct {
	Proposal Proposal `json:"proposal"`
}

// Dismissed is the body of EventDismissed.
type Dismissed struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// State is a proposal and what became of it.
type State struct {
	Proposal
	Status Status
	// SupersededBy is the id of the proposal that refers to this one.
	SupersededBy string
	// Reason is why it was dismissed.
	Reason string
}

// ID is the id of the proposal of a message: the same message has the same id
// wherever and however often it comes from.
func ID(r cap.Reference, sent time.Time) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{r.Sender, r.Identifier, sent.UTC().Format(time.RFC3339)}, "\n")))
	return "p-" + hex.EncodeToString(sum[:8])
}

// Proposals is the projection of all proposals.
type Proposals struct {
	// Self is the authority's own CAP sender: its messages come back in the feeds
	// of others and are no proposals. Empty takes every message. Set it before the
	// first command.
	Self   string
	states map[string]*State
	order  []string
	// successors holds, by the reference's own id, the proposal that refers to it.
	successors map[string]string
}

// NewProposals makes an empty projection.
func NewProposals() *Proposals {
	return &Proposals{states: map[string]*State{}, successors: map[string]string{}}
}

var _ journal.Projection = (*Proposals)(nil)

// Apply implements journal.Projection.
func (p *Proposals) Apply(r journal.Record) error {
	for _, e := range r.Events {
		switch e.Kind {
		case EventImported:
			body, err := journal.Decode[Imported](e)
			if err != nil {
				return err
			}
			p.add(body.Proposal)
		case EventDismissed:
			body, err := journal.Decode[Dismissed](e)
			if err != nil {
				return err
			}
			p.change(body.ID, func(s *State) { s.Status, s.Reason = Rejected, body.Reason })
		}
	}
	return nil
}

func (p *Proposals) add(proposal Proposal) {
	state := &State{Proposal: proposal, Status: Open}
	if by, ok := p.successors[proposal.ID]; ok {
		state.Status, state.SupersededBy = Superseded, by
	}
	p.states[proposal.ID] = state
	p.order = append(p.order, proposal.ID)
	for _, old := range proposal.replaced() {
		p.successors[old] = proposal.ID
		p.change(old, func(s *State) {
			s.SupersededBy = proposal.ID
			if s.Status == Open {
				s.Status = Superseded
			}
		})
	}
}

// change replaces a state, since those given out never change.
func (p *Proposals) change(id string, edit func(*State)) {
	if old, ok := p.states[id]; ok {
		state := *old
		edit(&state)
		p.states[id] = &state
	}
}

// replaced gives the ids of the messages that this one updates or cancels.
func (p *Proposal) replaced() []string {
	if p.MsgType != cap.MsgTypeUpdate && p.MsgType != cap.MsgTypeCancel {
		return nil
	}
	var ids []string
	for _, r := range p.References {
		if sent, err := time.Parse(time.RFC3339, r.Sent); err == nil {
			ids = append(ids, ID(r, sent))
		}
	}
	return ids
}

// Proposal gives one by its id. The state is not to be changed.
func (p *Proposals) Proposal(id string) (*State, bool) {
	state, ok := p.states[id]
	return state, ok
}

// All gives every proposal, the newest message first.
func (p *Proposals) All() []*State {
	all := make([]*State, 0, len(p.order))
	for _, id := range p.order {
		all = append(all, p.states[id])
	}
	slices.SortStableFunc(all, func(a, b *State) int {
		return cmp.Or(b.Sent.Compare(a.Sent), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Predecessors gives the proposals that this one updates or cancels, at any
// distance.
func (p *Proposals) Predecessors(id string) []*State {
	var found []*State
	seen := map[string]bool{id: true}
	for queue := []string{id}; len(queue) > 0; queue = queue[1:] {
		state, ok := p.states[queue[0]]
		if !ok {
			continue
		}
		for _, old := range state.replaced() {
			if before, ok := p.states[old]; ok && !seen[old] {
				seen[old] = true
				found = append(found, before)
				queue = append(queue, old)
			}
		}
	}
	return found
}

// read makes a proposal of a message. The error is that of readMessage.
func read(raw []byte) (Proposal, error) {
	alert, findings, err := readMessage(raw)
	if err != nil {
		return Proposal{}, fmt.Errorf("read CAP message: %w", err)
	}
	proposal := Proposal{
		ID:         ID(alert.Reference(), alert.Sent.Time),
		Identifier: alert.Identifier, Sender: alert.Sender, Sent: alert.Sent.UTC(),
		CAPStatus: alert.Status, MsgType: alert.MsgType, References: alert.References,
		Findings: findings, Languages: []string{}, Areas: []string{},
	}
	for _, info := range alert.Info {
		if tag := tagOf(info); !slices.Contains(proposal.Languages, tag) {
			proposal.Languages = append(proposal.Languages, tag)
		}
		if expires := info.Expires.UTC(); expires.After(proposal.Expires) {
			proposal.Expires = expires
		}
	}
	if info := mainInfo(alert); info != nil {
		proposal.SenderName, proposal.Event, proposal.Headline = info.SenderName, info.Event, cmp.Or(info.Headline, info.Event)
		for _, area := range info.Area {
			if !slices.Contains(proposal.Areas, area.AreaDesc) {
				proposal.Areas = append(proposal.Areas, area.AreaDesc)
			}
		}
	}
	return proposal, nil
}
