// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/internal/intake"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// The statuses of a proposal as the API gives them.
const (
	proposalOpen    = "open"
	proposalAdopted = "adopted"
)

// Proposals lists foreign messages, the newest first; with a status only those.
func (s *Service) Proposals(status string) []Proposal {
	list := []Proposal{}
	s.ledger.View(func() {
		for _, state := range s.view.proposals.All() {
			if p := s.proposal(state); status == "" || p.Status == status {
				list = append(list, p)
			}
		}
	})
	return list
}

// proposal is called within View.
func (s *Service) proposal(state *intake.State) Proposal {
	p := Proposal{
		ID: state.ID, Status: string(state.Status), Source: state.Source, Imported: state.Imported, By: state.By,
		Identifier: state.Identifier, Sender: state.Sender, SenderName: state.SenderName, Sent: state.Sent,
		MsgType: state.MsgType, CAPStatus: state.CAPStatus, Event: state.Event, Headline: state.Headline,
		Languages: listed(state.Languages), Areas: listed(state.Areas), Expires: state.Expires,
		Findings: []problem.Fault{}, SupersededBy: state.SupersededBy, Reason: state.Reason,
		Warning: s.view.adopted[state.Identifier],
	}
	if p.Warning != "" {
		p.Status = proposalAdopted
	}
	for _, before := range s.view.proposals.Predecessors(state.ID) {
		if adopted := s.view.adopted[before.Identifier]; adopted != "" && adopted != p.Warning {
			p.Follows = adopted
		}
	}
	for _, f := range state.Findings {
		message := f.Message
		if f.Original != "" {
			message = fmt.Sprintf("%s: %q", message, f.Original)
		}
		p.Findings = append(p.Findings, problem.Fault{
			Field: fmt.Sprintf("%s (line %d, column %d)", f.Path, f.Line, f.Column), Rule: "cap.repaired", Message: message,
		})
	}
	return p
}

// Proposal gives one with its original and what adopting it gives.
func (s *Service) Proposal(id string) (ProposalDetail, error) {
	var out ProposalDetail
	found := false
	s.ledger.View(func() {
		if state, ok := s.view.proposals.Proposal(id); ok {
			found = true
			out = ProposalDetail{Proposal: s.proposal(state), Original: state.Original}
		}
	})
	if !found {
		return ProposalDetail{}, notFound("proposal.unknown", id)
	}
	content, findings, err := intake.Content(out.Original, s.o.Authority.Languages, s.o.Now())
	if err != nil {
		// It could be read when it came, so this is a defect of a later version.
		return ProposalDetail{}, fmt.Errorf("read proposal %s again: %w", id, err)
	}
	content.Proposal = out.Identifier
	out.Content = content
	out.Findings = append(out.Findings, findings...)
	return out, nil
}

// Import takes a CAP message or a container of them in as proposals. What came
// before is counted and changes nothing; what is no CAP is named, and the rest
// is taken.
func (s *Service) Import(ctx context.Context, who Identity, name string, raw []byte) (Imported, error) {
	if err := s.require(who, operator.Author, operator.Releaser, operator.Administrator); err != nil {
		return Imported{}, err
	}
	out := Imported{Proposals: []string{}, Failed: []problem.Fault{}}
	things := 0
	var failed error // the last that could not be taken
	for item := range container.Messages(container.Bytes(name, raw)) {
		err := intake.Unusable(item)
		if err == nil && item.Raw == nil {
			continue // a note about nothing that was lost
		}
		things++
		var id string
		var known bool
		if err == nil {
			id, known, err = s.importOne(ctx, who, item.Name, item.Raw)
		}
		p, isProblem := errors.AsType[*problem.Error](err)
		switch {
		case err == nil && known:
			out.Known++
		case err == nil:
			out.Proposals = append(out.Proposals, id)
		case isProblem && p.Kind != problem.Unavailable && p.Kind != problem.Internal:
			failed = err
			out.Failed = append(out.Failed, problem.Fault{Field: item.Name, Rule: "proposal." + string(p.Kind), Message: p.Message, Remedy: p.Remedy})
		default:
			return out, err
		}
	}
	if things == 1 {
		return out, failed
	}
	return out, nil
}

func (s *Service) importOne(ctx context.Context, who Identity, source string, raw []byte) (id string, known bool, err error) {
	proposal, err := intake.Read(raw)
	if err != nil {
		return "", false, err
	}
	s.ledger.View(func() { _, known = s.view.proposals.Proposal(proposal.ID) })
	if known {
		return proposal.ID, true, nil
	}
	_, err = s.do(ctx, who, intake.CommandImport, intake.Import{Source: source, Original: raw})
	return proposal.ID, false, err
}

// Dismiss says that a proposal is not adopted, and why.
func (s *Service) Dismiss(ctx context.Context, who Identity, id string, in Dismissal) (Accepted, error) {
	if err := s.require(who, operator.Author, operator.Releaser); err != nil {
		return Accepted{}, err
	}
	accepted, err := s.do(ctx, who, intake.CommandDismiss, intake.Dismissed{ID: id, Reason: in.Reason})
	accepted.ID = id
	return accepted, err
}
