// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Step decides on one command by an operator. It gives the events that follow,
// or a *problem.Error that says which rule forbids it and what to do. It changes
// nothing: the caller makes the events durable and applies them to the book.
func (r Rules) Step(b *Book, name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	actor, ok := r.Operators.Operator(by)
	if !ok || actor.Disabled {
		return nil, refusal.New(problem.Unauthenticated, "operator.inactive", by)
	}
	switch name {
	case CommandRequest:
		command, err := decode[RequestCommand](name, body)
		if err != nil {
			return nil, err
		}
		return r.request(b, actor, command, now)
	case CommandRelease:
		command, err := decode[ReleaseCommand](name, body)
		if err != nil {
			return nil, err
		}
		return r.release(b, actor, command, now)
	case CommandRefuse, CommandWithdraw, CommandStop:
		command, err := decode[DropCommand](name, body)
		if err != nil {
			return nil, err
		}
		return r.drop(b, actor, name, command)
	}
	return nil, refusal.New(problem.Invalid, "command.unknown", name)
}

func decode[T any](name string, body json.RawMessage) (T, error) {
	var command T
	if err := json.Unmarshal(body, &command); err != nil {
		return command, &problem.Error{Kind: problem.Unreadable, Message: fmt.Sprintf("The command %s cannot be read.", name), Remedy: "Send the JSON that the API describes.", Err: err}
	}
	return command, nil
}

func (r Rules) request(b *Book, author operator.Operator, c RequestCommand, now time.Time) ([]journal.Event, error) {
	if !slices.Contains(author.Roles, operator.Author) {
		return nil, refusal.New(problem.Forbidden, "request.author")
	}
	draft, err := r.Prepare(b, PrepareInput{Warning: c.Warning, Kind: c.Kind, Content: c.Content}, now)
	if err != nil {
		return nil, err
	}
	if !sameDigest(c.Replaces, draft.Replaces) {
		return nil, refusal.New(problem.Stale, "request.stale")
	}
	if c.Identifier != draft.Identifier {
		return nil, refusal.New(problem.Stale, "request.chain", draft.Identifier, c.Identifier)
	}
	if len(draft.Faults) > 0 {
		return nil, invalid("request.faults", draft.Faults)
	}
	if c.Digest != draft.Digest {
		return nil, refusal.New(problem.Stale, "request.digest")
	}
	assertion, used, err := r.Keys.Accept(author, operator.Statement{
		Action: operator.ActionRequest, Role: operator.Author, Warning: c.Warning, Message: c.Identifier, Digest: draft.Digest,
	}, c.Assertion, now)
	if err != nil {
		return nil, err
	}
	alone := r.releasesNeeded(c.Kind) == 1
	if alone {
		// Then to ask is to release.
		if err := r.Keys.CheckRelease(assertion.KeyType); err != nil {
			return nil, err
		}
	}
	policy := r.Authority.Policy
	request := Request{
		Number: draft.Number, Kind: c.Kind, Identifier: c.Identifier, Content: draft.Content, Digest: draft.Digest,
		Assertions: []operator.Assertion{assertion}, At: now, Revision: 1,
		Escalates: now.Add(time.Duration(policy.Deadline)), Lapses: now.Add(time.Duration(policy.Lapse)),
	}
	if w, ok := b.Warning(c.Warning); ok && w.Pending != nil {
		request.Revision = w.Pending.Revision + 1
	}
	events := append([]journal.Event{journal.NewEvent(EventRequested, Requested{Warning: c.Warning, Request: request})}, used...)
	if !alone {
		return events, nil
	}
	released, err := r.released(c.Warning, draft, request, now)
	if err != nil {
		return nil, err
	}
	return append(events, released), nil
}

// invalid joins broken rules into one refusal.
func invalid(rule string, faults []problem.Fault) error {
	err := refusal.New(problem.Invalid, rule)
	err.Faults = faults
	return err
}

func sameDigest(a, b *Digest) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// releasesNeeded is how many people must have signed, the author included.
func (r Rules) releasesNeeded(k Kind) int {
	if k == KindAllClear {
		return r.Authority.Policy.AllClearReleases
	}
	return r.Authority.Policy.Releases
}

func (r Rules) release(b *Book, releaser operator.Operator, c ReleaseCommand, now time.Time) ([]journal.Event, error) {
	w, pending, err := r.pending(b, c.Warning, c.Identifier)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(pending.Assertions, func(a operator.Assertion) bool {
		signer, known := r.Operators.Operator(a.Operator)
		return a.Operator == releaser.Name || known && signer.Behind() == releaser.Behind()
	}) {
		return nil, refusal.New(problem.Forbidden, "release.own")
	}
	if !slices.Contains(releaser.Roles, operator.Releaser) {
		return nil, refusal.New(problem.Forbidden, "release.role")
	}
	if c.Digest != pending.Digest {
		return nil, refusal.New(problem.Stale, "release.changed")
	}
	if !pending.Content.Expires.After(now) {
		return nil, refusal.New(problem.Conflict, "release.over")
	}
	statement := operator.Statement{
		Action: operator.ActionRelease, Role: operator.Releaser, Warning: c.Warning, Message: c.Identifier, Digest: pending.Digest,
	}
	assertion, used, err := r.Keys.Accept(releaser, statement, c.Assertion, now)
	if err != nil {
		return nil, err
	}
	signed := *pending
	signed.Assertions = append(slices.Clip(signed.Assertions), assertion)
	if len(signed.Assertions) < r.releasesNeeded(pending.Kind) {
		return append([]journal.Event{journal.NewEvent(EventSigned, Signed{Warning: w.ID, Identifier: c.Identifier, Assertion: assertion})}, used...), nil
	}
	// The content was checked when it was requested; what is composed from it now
	// must still be what was signed.
	draft := Draft{Warning: w.ID, Identifier: pending.Identifier, Kind: pending.Kind, Content: pending.Content}
	if err := r.composeDraft(&draft, w); err != nil {
		return nil, problem.Wrap(err, problem.Internal, "The message cannot be written as CAP.", "Report this as a defect; the request is kept.")
	}
	if draft.Digest != pending.Digest {
		// The node's own settings (sender, public address) changed since the
		// request: what the author signed can no longer be composed.
		return nil, refusal.New(problem.Conflict, "release.node-changed")
	}
	released, err := r.released(w.ID, draft, signed, now)
	if err != nil {
		return nil, err
	}
	return append([]journal.Event{released}, used...), nil
}

// released sets sent and writes the message as it goes out. sent is in whole
// seconds, and later than that of the message before, since references name it.
func (r Rules) released(id string, draft Draft, request Request, now time.Time) (journal.Event, error) {
	sent := now.Truncate(time.Second)
	alert := *draft.Alert
	alert.Sent = r.capTime(sent)
	raw, err := cap.Write(&alert)
	if err != nil {
		return journal.Event{}, problem.Wrap(err, problem.Internal, "The message cannot be written as CAP.", "Report this as a defect; the request is kept.")
	}
	return journal.NewEvent(EventReleased, Released{Warning: id, Message: Message{
		Number: request.Number, Kind: request.Kind, Identifier: request.Identifier, Content: request.Content,
		Digest: request.Digest, CAP: raw, Sent: sent, RequestedAt: request.At, Assertions: request.Assertions,
	}}), nil
}

// pending finds the request that a command is about.
func (r Rules) pending(b *Book, id, identifier string) (*Warning, *Request, error) {
	w, ok := b.Warning(id)
	if !ok {
		return nil, nil, refusal.New(problem.NotFound, "warning.unknown", id)
	}
	for i := range w.Messages {
		if w.Messages[i].Identifier == identifier {
			m := &w.Messages[i]
			last := m.Assertions[len(m.Assertions)-1]
			return nil, nil, refusal.New(problem.Conflict, "release.twice", last.Operator, m.Sent.In(r.Authority.Location()).Format("15:04:05"))
		}
	}
	if w.Pending == nil || w.Pending.Identifier != identifier {
		return nil, nil, refusal.New(problem.Conflict, "request.gone")
	}
	return w, w.Pending, nil
}

var dropEvents = map[string]string{
	CommandRefuse:   EventRefused,
	CommandWithdraw: EventWithdrawn,
	CommandStop:     EventStopped,
}

func (r Rules) drop(b *Book, actor operator.Operator, name string, c DropCommand) ([]journal.Event, error) {
	w, pending, err := r.pending(b, c.Warning, c.Identifier)
	if err != nil {
		return nil, err
	}
	switch name {
	case CommandRefuse:
		if !slices.Contains(actor.Roles, operator.Releaser) {
			return nil, refusal.New(problem.Forbidden, "refuse.role")
		}
		if strings.TrimSpace(c.Reason) == "" {
			return nil, invalid("refuse.no-reason", []problem.Fault{refusal.Fault("reason", "refuse.why")})
		}
	case CommandWithdraw:
		if pending.Author() != actor.Name {
			return nil, refusal.New(problem.Forbidden, "withdraw.author", pending.Author())
		}
	}
	return []journal.Event{journal.NewEvent(dropEvents[name], Dropped{
		Warning: w.ID, Identifier: pending.Identifier, By: actor.Name, Reason: strings.TrimSpace(c.Reason),
	})}, nil
}

// Due gives the events that the passing of time alone brings: requests that
// climb or lapse, and warnings that expire.
func (r Rules) Due(b *Book, now time.Time) []journal.Event {
	var events []journal.Event
	for _, w := range b.Waiting() {
		p := w.Pending
		switch {
		case !now.Before(p.Lapses):
			events = append(events, journal.NewEvent(EventLapsed, Dropped{
				Warning: w.ID, Identifier: p.Identifier, By: "node", Reason: "lapsed",
			}))
		case p.Escalated.IsZero() && !now.Before(p.Escalates):
			events = append(events, journal.NewEvent(EventEscalated, Escalated{
				Warning: w.ID, Identifier: p.Identifier, To: r.Authority.Policy.EscalateTo,
			}))
		}
	}
	for _, w := range b.opened(func(w *Warning) bool { return w.Status == StatusInForce && !w.InForce(now) }, func(x, y *Warning) int { return 0 }) {
		events = append(events, journal.NewEvent(EventExpired, Expired{Warning: w.ID}))
	}
	return events
}
