// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Step decides on one command. It gives the events that follow, or a
// *problem.Error that says which rule forbids it and what to do. It changes
// nothing: the caller makes the events durable and applies them.
func (d *Directory) Step(name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	if by != Node {
		if actor, ok := d.Operator(by); !ok || actor.Disabled {
			return nil, refusal.New(problem.Unauthenticated, "operator.inactive", by)
		}
	}
	switch name {
	case CommandCreate:
		return step(name, body, func(c Create) (journal.Event, error) { return d.create(by, c) })
	case CommandChange:
		return step(name, body, func(c Change) (journal.Event, error) { return d.changed(by, c) })
	case CommandDisable:
		return d.disable(by, body)
	case CommandSeal:
		return d.seal(by, body, now)
	case CommandBreakSeal:
		return d.breakSeal(by, body, now)
	case CommandSetPassword:
		return step(name, body, func(c PasswordSet) (journal.Event, error) { return d.setPassword(by, c) })
	case CommandLink:
		return step(name, body, func(c Linked) (journal.Event, error) { return d.link(by, c) })
	case CommandEnrolKey:
		return step(name, body, func(c EnrolKey) (journal.Event, error) { return d.enrol(by, c, now) })
	case CommandConfirmKey:
		return d.confirmKey(by, body, now)
	case CommandRevokeKey:
		return step(name, body, func(c KeyRevoked) (journal.Event, error) { return d.revokeKey(by, c) })
	case CommandIssueToken:
		return step(name, body, func(c IssueToken) (journal.Event, error) { return d.issue(by, c, now) })
	case CommandRevokeToken:
		return step(name, body, func(c TokenRevoked) (journal.Event, error) { return d.revokeToken(by, c) })
	case CommandStartSession:
		return step(name, body, func(c StartSession) (journal.Event, error) { return d.startSession(by, c, now) })
	case CommandEndSession:
		return step(name, body, func(c SessionEnded) (journal.Event, error) { return d.endSession(by, c, now) })
	}
	return nil, refusal.New(problem.Invalid, "command.unknown", name)
}

func step[T any](name string, body json.RawMessage, decide func(T) (journal.Event, error)) ([]journal.Event, error) {
	var command T
	if err := json.Unmarshal(body, &command); err != nil {
		return nil, unreadable(name, err)
	}
	event, err := decide(command)
	if err != nil {
		return nil, err
	}
	return []journal.Event{event}, nil
}

// unreadable is also a defect of whoever sent the command, so it keeps its cause.
func unreadable(name string, err error) error {
	refused := refusal.New(problem.Unreadable, "command.unreadable", name)
	refused.Err = err
	return refused
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*([.-][a-z0-9]+)*$`)

// maxName and maxText bound names and labels, in characters.
const (
	maxName = 40
	maxText = 120
)

var roles = []Role{Author, Releaser, Administrator, Observer}

func (d *Directory) create(by string, c Create) (journal.Event, error) {
	if err := d.administers(by); err != nil {
		return journal.Event{}, err
	}
	if _, exists := d.operators[c.Name]; exists {
		return journal.Event{}, refusal.New(problem.Conflict, "operator.name-taken", clip(c.Name))
	}
	var faults []problem.Fault
	if !namePattern.MatchString(c.Name) || len(c.Name) > maxName || c.Name == Node {
		faults = append(faults, refusal.Fault("name", "operator.name", clip(c.Name)))
	}
	faults = append(faults, checkText("fullName", c.FullName)...)
	faults = append(faults, checkRoles(c.Roles)...)
	if c.PasswordHash != "" {
		faults = append(faults, checkHash(c.PasswordHash)...)
	}
	if err := invalid(faults); err != nil {
		return journal.Event{}, err
	}
	return journal.NewEvent(EventCreated, Created{
		Name: c.Name, FullName: strings.TrimSpace(c.FullName), Roles: sorted(c.Roles), PasswordHash: c.PasswordHash,
	}), nil
}

func (d *Directory) changed(by string, c Change) (journal.Event, error) {
	if err := d.administers(by); err != nil {
		return journal.Event{}, err
	}
	o, err := d.person(c.Name)
	if err != nil {
		return journal.Event{}, err
	}
	next := Changed{Name: o.Name, FullName: o.FullName, Roles: o.Roles}
	var faults []problem.Fault
	if c.FullName != nil {
		faults = append(faults, checkText("fullName", *c.FullName)...)
		next.FullName = strings.TrimSpace(*c.FullName)
	}
	if c.Roles != nil {
		if by == c.Name {
			return journal.Event{}, refusal.New(problem.Forbidden, "operator.own-roles")
		}
		if slices.ContainsFunc(d.All(), func(s Operator) bool {
			return s.Seal != nil && s.Seal.PreparedBy == c.Name && !s.Disabled && !s.Sealed()
		}) {
			return journal.Event{}, refusal.New(problem.Conflict, "seal.broken-roles", o.FullName)
		}
		faults = append(faults, checkRoles(*c.Roles)...)
		next.Roles = sorted(*c.Roles)
		if o.Has(Administrator) && !slices.Contains(next.Roles, Administrator) {
			if err := d.notTheLast(o); err != nil {
				return journal.Event{}, err
			}
		}
	}
	if err := invalid(faults); err != nil {
		return journal.Event{}, err
	}
	return journal.NewEvent(EventChanged, next), nil
}

// disable closes or opens an account. Break-glass keys that the person prepared
// end with it.
func (d *Directory) disable(by string, body json.RawMessage) ([]journal.Event, error) {
	var c Disabled
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, unreadable(CommandDisable, err)
	}
	if err := d.administers(by); err != nil {
		return nil, err
	}
	o, err := d.person(c.Name)
	if err != nil {
		return nil, err
	}
	events := []journal.Event{journal.NewEvent(EventDisabled, c)}
	if !c.Disabled || o.Disabled {
		return events, nil
	}
	if o.Has(Administrator) {
		if err := d.notTheLast(o); err != nil {
			return nil, err
		}
	}
	return append(events, d.void(o.Name)...), nil
}

func (d *Directory) setPassword(by string, c PasswordSet) (journal.Event, error) {
	if by != c.Name {
		if err := d.administers(by); err != nil {
			return journal.Event{}, err
		}
	}
	if _, err := d.person(c.Name); err != nil {
		return journal.Event{}, err
	}
	if err := invalid(checkHash(c.PasswordHash)); err != nil {
		return journal.Event{}, err
	}
	return journal.NewEvent(EventPasswordSet, c), nil
}

// maxSubject bounds each part of a subject, in bytes: twice what OpenID Connect
// Core 1.0, section 2, allows a sub.
const maxSubject = 512

// link is for administrators alone: whoever names their own subject in another's
// account could sign in as them, and is a stand-in from then on.
func (d *Directory) link(by string, c Linked) (journal.Event, error) {
	if err := d.administers(by); err != nil {
		return journal.Event{}, err
	}
	if _, err := d.person(c.Name); err != nil {
		return journal.Event{}, err
	}
	if c.Subject == (Subject{}) {
		return journal.NewEvent(EventLinked, c), nil
	}
	for _, part := range []string{c.Subject.Issuer, c.Subject.Claim, c.Subject.Value} {
		if part == "" || len(part) > maxSubject || !utf8.ValidString(part) || strings.ContainsFunc(part, unicode.IsControl) {
			return journal.Event{}, invalid([]problem.Fault{refusal.Fault("subject", "operator.subject", strconv.Itoa(maxSubject))})
		}
	}
	if other, taken := d.Known(c.Subject); taken && other.Name != c.Name {
		return journal.Event{}, refusal.New(problem.Conflict, "operator.subject-taken", other.Name)
	}
	return journal.NewEvent(EventLinked, c), nil
}

func (d *Directory) issue(by string, c IssueToken, now time.Time) (journal.Event, error) {
	if by != c.Operator {
		if err := d.administers(by); err != nil {
			return journal.Event{}, err
		}
	}
	if _, err := d.person(c.Operator); err != nil {
		return journal.Event{}, err
	}
	faults := checkText("label", c.Label)
	if !c.Expires.IsZero() && !c.Expires.After(now) {
		faults = append(faults, refusal.Fault("expires", "token.expires"))
	}
	if err := invalid(faults); err != nil {
		return journal.Event{}, err
	}
	if _, taken := d.tokens[c.Hash]; taken || c.Hash == (SecretHash{}) {
		return journal.Event{}, refusal.New(problem.Conflict, "token.secret")
	}
	valid := slices.DeleteFunc(d.Tokens(c.Operator), func(t Token) bool { return !t.ValidAt(now) })
	if len(valid) >= MaxTokens {
		return journal.Event{}, refusal.New(problem.Conflict, "token.many", c.Operator, strconv.Itoa(MaxTokens))
	}
	return journal.NewEvent(EventTokenIssued, TokenIssued{Token: Token{
		ID: TokenID(c.Hash), Operator: c.Operator, Label: strings.TrimSpace(c.Label), Hash: c.Hash, Issued: now, Expires: c.Expires,
	}}), nil
}

func (d *Directory) revokeToken(by string, c TokenRevoked) (journal.Event, error) {
	if by != c.Name {
		if err := d.administers(by); err != nil {
			return journal.Event{}, err
		}
	}
	tokens := d.Tokens(c.Name)
	i := slices.IndexFunc(tokens, func(t Token) bool { return t.ID == c.ID })
	if i < 0 {
		return journal.Event{}, refusal.New(problem.NotFound, "token.unknown", clip(c.Name), clip(c.ID))
	}
	if !tokens[i].Revoked.IsZero() {
		return journal.Event{}, refusal.New(problem.Conflict, "token.revoked-twice")
	}
	return journal.NewEvent(EventTokenRevoked, c), nil
}

func (d *Directory) startSession(by string, c StartSession, now time.Time) (journal.Event, error) {
	if by == Node {
		return journal.Event{}, refusal.New(problem.Forbidden, "session.node")
	}
	if _, err := d.person(by); err != nil {
		return journal.Event{}, err
	}
	if !c.Expires.After(now) || c.Expires.After(now.Add(SessionLife)) || c.Hash == (SecretHash{}) {
		return journal.Event{}, refusal.New(problem.Invalid, "session.form")
	}
	return journal.NewEvent(EventSessionStarted, SessionStarted{Session: Session{
		Operator: by, Hash: c.Hash, Started: now, Expires: c.Expires,
	}}), nil
}

func (d *Directory) endSession(by string, c SessionEnded, now time.Time) (journal.Event, error) {
	if o, _, open := d.Session(c.Hash, now); !open || o.Name != by {
		return journal.Event{}, refusal.New(problem.NotFound, "session.over")
	}
	return journal.NewEvent(EventSessionEnded, c), nil
}

// administers refuses whoever is not an administrator, and says who is.
func (d *Directory) administers(by string) error {
	if by == Node {
		return nil
	}
	if o, _ := d.Operator(by); o.Has(Administrator) {
		return nil
	}
	var names []string
	for _, o := range d.With(Administrator) {
		names = append(names, o.FullName)
	}
	return refusal.New(problem.Forbidden, "operator.administrator", strings.Join(names, ", "))
}

// invalid joins broken rules into one refusal; nil when there are none.
func invalid(faults []problem.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	err := refusal.New(problem.Invalid, "operator.invalid")
	err.Faults = faults
	return err
}

func (d *Directory) notTheLast(o Operator) error {
	if len(d.With(Administrator)) > 1 {
		return nil
	}
	return refusal.New(problem.Conflict, "operator.last-administrator", o.Name)
}

func (d *Directory) existing(name string) (Operator, error) {
	o, ok := d.Operator(name)
	if !ok {
		return Operator{}, refusal.New(problem.NotFound, "operator.unknown", clip(name))
	}
	return o, nil
}

// person finds an account that is no break-glass key's: those are made, used and
// revoked in ways of their own.
func (d *Directory) person(name string) (Operator, error) {
	o, err := d.existing(name)
	if err == nil && o.Seal != nil {
		err = refusal.New(problem.Conflict, "seal.account", o.FullName)
	}
	return o, err
}

func checkRoles(given []Role) []problem.Fault {
	if len(given) == 0 {
		return []problem.Fault{refusal.Fault("roles", "operator.no-role")}
	}
	var faults []problem.Fault
	for i, role := range given {
		if !slices.Contains(roles, role) {
			faults = append(faults, refusal.Fault(fmt.Sprintf("roles[%d]", i), "operator.role", clip(string(role))))
		}
	}
	return faults
}

// sorted gives the roles once each, in the order in which they are declared.
func sorted(given []Role) []Role {
	return slices.DeleteFunc(slices.Clone(roles), func(r Role) bool { return !slices.Contains(given, r) })
}

func checkText(field, text string) []problem.Fault {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > maxText || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return []problem.Fault{refusal.Fault(field, "operator.text", strconv.Itoa(maxText))}
	}
	return nil
}

func checkHash(hash string) []problem.Fault {
	if _, err := parseHash(hash); err != nil {
		return []problem.Fault{refusal.Fault("passwordHash", "password.hash", err.Error())}
	}
	return nil
}

// clip keeps a foreign value short enough to be shown in a message.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
