// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Warnings lists all warnings, newest first.
func (s *Service) Warnings() []WarningRow {
	rows := []WarningRow{}
	s.ledger.View(func() {
		for _, w := range s.view.book.All() {
			rows = append(rows, row(w))
		}
	})
	return rows
}

func row(w *warning.Warning) WarningRow {
	r := WarningRow{Warning: w.ID, Status: w.Status, Created: w.Created, Updated: w.Created, Messages: len(w.Messages)}
	content := newest(w)
	if content != nil {
		r.Summary = summary(*content)
	} else {
		r.Summary = Summary{EventName: Words{}, Headline: Words{}}
	}
	if last := w.Last(); last != nil {
		r.Expires = last.Content.Expires
	}
	if len(w.History) > 0 {
		r.Updated = w.History[len(w.History)-1].At
	}
	if w.Pending != nil {
		r.Pending = w.Pending.Kind
	}
	return r
}

// newest is the content by which a warning is known: of its last message, else
// of its request; nil for a warning of which nothing was ever released.
func newest(w *warning.Warning) *warning.Content {
	switch {
	case w.Last() != nil:
		return &w.Last().Content
	case w.Pending != nil:
		return &w.Pending.Content
	default:
		return nil
	}
}

// Warning gives one warning with everything about it.
func (s *Service) Warning(who Identity, id string) (Warning, error) {
	var out Warning
	found := false
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		if !ok {
			return
		}
		found = true
		out = Warning{
			ID: w.ID, Status: w.Status, Created: w.Created, Summary: row(w).Summary, ServerTime: s.o.Now().UTC(),
			Messages: []Message{}, History: []HistoryEntry{}, Deliveries: []Delivery{}, May: s.may(who, w),
		}
		for i := range w.Messages {
			out.Messages = append(out.Messages, s.message(&w.Messages[i]))
		}
		for _, line := range w.History {
			entry := HistoryEntry{Entry: line}
			if o, ok := s.view.directory.Operator(line.By); ok {
				entry.FullName = o.FullName
			}
			out.History = append(out.History, entry)
		}
		for _, jobID := range s.view.byWarning[id] {
			if job, ok := s.view.jobs.Job(jobID); ok {
				d := s.view.delivery(job)
				d.Targets = s.targets(job)
				if last := w.Last(); last != nil && last.Identifier == job.Message {
					d.Hearing = s.heard(job, last.Content)
				}
				out.Deliveries = append(out.Deliveries, d)
			}
		}
		if w.Pending != nil {
			out.Pending = s.pending(who, w)
		}
	})
	if !found {
		return Warning{}, notFound("warning.unknown", id)
	}
	return out, nil
}

// message is called within View.
func (s *Service) message(m *warning.Message) Message {
	out := Message{
		Number: m.Number, Kind: m.Kind, Identifier: m.Identifier, Content: m.Content, Digest: m.Digest.String(),
		Code: cap.ContentCode(m.Digest), CAP: string(m.CAP), Sent: m.Sent, RequestedAt: m.RequestedAt, Assertions: s.signatures(m.Assertions),
	}
	if s.o.PublicURL != "" {
		out.PublicURL = s.o.PublicURL + capPath(m.Identifier)
	}
	return out
}

// pending is called within View.
func (s *Service) pending(who Identity, w *warning.Warning) *Pending {
	p := w.Pending
	now := s.o.Now().UTC()
	out := &Pending{
		Kind: p.Kind, Identifier: p.Identifier, Content: p.Content, Digest: p.Digest.String(), Code: cap.ContentCode(p.Digest),
		Statement: string(operator.Statement{
			Action: operator.ActionRelease, Role: operator.Releaser, Warning: w.ID, Message: p.Identifier, Digest: p.Digest,
		}.Bytes()),
		Confirmation: Confirmation(p.Content), Author: s.person(p.Author()), At: p.At, Revision: p.Revision,
		Escalates: p.Escalates, Escalated: p.Escalated, Lapses: p.Lapses, EscalatesTo: s.o.Authority.Policy.EscalateTo,
		Assertions: s.signatures(p.Assertions),
	}
	// The bytes are composed anew, as the core will at release. Where they differ
	// from what the author signed, the core refuses, and no bytes are shown.
	draft, err := s.o.Rules.Prepare(s.view.book, warning.PrepareInput{Warning: w.ID, Kind: p.Kind, Content: p.Content}, now)
	if err == nil && draft.Digest == p.Digest {
		out.CAP = string(draft.Canonical)
	}
	if err != nil {
		draft = warning.Draft{Kind: p.Kind, Content: p.Content}
	}
	out.Findings = s.findings(who, w, draft)
	out.Reach, out.Touches = s.reach(p.Content.Area, p.Content.Signal)
	return out
}

// signatures is called within View.
func (s *Service) signatures(assertions []operator.Assertion) []Signature {
	out := make([]Signature, len(assertions))
	for i, a := range assertions {
		out[i] = Signature{Assertion: a, FullName: s.fullName(a.Operator), Marking: a.KeyType}
	}
	return out
}

// targets gives how far a message came with each target of a job: those in
// trouble first, then those of which nothing is known, then the good ones.
func targets(job *dispatch.JobState) []TargetOutcome {
	list := make([]TargetOutcome, 0, len(job.Plan.Targets))
	for _, t := range job.Plan.Targets {
		list = append(list, outcomeOf(job, t))
	}
	slices.SortStableFunc(list, func(a, b TargetOutcome) int {
		return cmp.Or(cmp.Compare(gravity(a.Outcome), gravity(b.Outcome)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func outcomeOf(job *dispatch.JobState, t dispatch.Target) TargetOutcome {
	out := TargetOutcome{ID: t.ID, Name: t.Name}
	if r, ok := job.Latest[t.ID]; ok {
		out.Outcome, out.Reason, out.Detail, out.At, out.Attempt = r.Outcome, r.Reason, r.Detail, r.At, r.Attempt
		out.Path, out.Unauthenticated = r.Path, r.Unauthenticated
	}
	return out
}

// Missing reports whether the target was not reached, nobody knows whether it was,
// or it was not yet and for a known reason. A siren that does not answer stays open for minutes while it is called
// again; whoever sends loudspeaker vehicles must know of it at once.
func (t TargetOutcome) Missing() bool {
	return t.Bad() || t.Outcome == dispatch.Unconfirmed || t.Outcome == dispatch.Sent && t.Reason != ""
}

// Bad reports whether the target was not reached for good.
func (t TargetOutcome) Bad() bool { return bad(t.Outcome) }

func bad(o dispatch.Outcome) bool { return o == dispatch.Refused || o == dispatch.NotReached }

func gravity(o dispatch.Outcome) int {
	switch {
	case bad(o):
		return 0
	case !o.Final() && o != dispatch.Sounding:
		return 1
	default:
		return 2
	}
}

// Prefill gives the content of an update, which is the last message as it
// stands, or of an all-clear: in the words of the template that the warning was
// made from, else in general ones.
func (s *Service) Prefill(who Identity, id string, kind warning.Kind) (Prefilled, error) {
	var out Prefilled
	err := notFound("warning.unknown", id)
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		switch {
		case !ok:
		case w.Last() == nil:
			err = problem.New(problem.Conflict, who.text("api.refusal.not-released"), who.text("api.refusal.not-released.remedy"))
		default:
			err = nil
			out = Prefilled{Warning: id, Kind: kind, CannotUndo: cannotUndo(w), Content: w.Last().Content}
			out.Content.Proposal = ""
			if kind == warning.KindAllClear {
				out.Content = s.allClear(w)
			}
		}
	})
	return out, err
}

// sounded reports whether any message of the warning made sirens sound.
func sounded(w *warning.Warning) bool {
	return slices.ContainsFunc(w.Messages, func(m warning.Message) bool { return m.Content.Signal != "" })
}

func cannotUndo(w *warning.Warning) Words {
	key := "api.cannot-undo.read"
	if sounded(w) {
		key = "api.cannot-undo.sounded"
	}
	words := Words{}
	for _, tag := range []string{catalogue.German, catalogue.English} {
		words[tag] = catalogue.For(tag).T(key)
	}
	return words
}

// capPath is where the public finds a CAP message.
func capPath(identifier string) string { return "/cap/" + url.PathEscape(identifier) + ".xml" }
