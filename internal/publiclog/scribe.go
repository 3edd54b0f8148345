// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Operators is where the scribe looks people up; *operator.Directory is one.
type Operators interface {
	Operator(name string) (operator.Operator, bool)
	All() []operator.Operator
}

// Warnings is where the scribe looks up what an event ends; *warning.Book is one.
type Warnings interface {
	Warning(id string) (*warning.Warning, bool)
}

// ScribeOptions are what a scribe needs; all fields but Number are required.
// Operators and Warnings are projections of the same journal, in step with it.
type ScribeOptions struct {
	Authority authority.Authority
	// Origin is the name of the log that is kept.
	Origin    string
	Keys      operator.KeyPolicy
	Operators Operators
	Warnings  Warnings
	// Regions gives regional keys that together hold the area.
	Regions func(geo.Area) []string
	// Tree is kept in step by the scribe.
	Tree *Tree
	// Number makes the number of an operator: 16 random hexadecimal digits.
	Number func() string
}

// Scribe writes the public log: it gives what is decided the leaves that it asks
// for. It starts nothing and reads no clock.
type Scribe struct {
	o       ScribeOptions
	numbers map[string]string // by operator
	// enrolled are the keys that are in the log; false for one that is revoked.
	enrolled map[string]bool
}

// NewScribe makes a scribe for the start of a journal. Its error says what in
// the configuration can never stand in a leaf.
func NewScribe(o ScribeOptions) (*Scribe, error) {
	if o.Number == nil {
		o.Number = number
	}
	s := &Scribe{o: o, numbers: map[string]string{}, enrolled: map[string]bool{}}
	if _, err := (&tlog.Leaf{Kind: tlog.KindFirst, Time: time.Unix(0, 0), Authority: o.Authority.ID, Realm: tlog.Realm(o.Authority.Realm), Origin: o.Origin}).Encode(); err != nil {
		return nil, problem.Wrap(err, problem.Invalid, fmt.Sprintf("A public log cannot have the name %q.", o.Origin), "Set log.origin to a name without blanks and plus signs, such as warnung.example/log.")
	}
	return s, nil
}

func number() string {
	var random [8]byte
	rand.Read(random[:])
	return hex.EncodeToString(random[:])
}

// Apply implements journal.Projection.
func (s *Scribe) Apply(r journal.Record) error {
	for _, e := range r.Events {
		switch e.Kind {
		case EventHolder:
			body, err := journal.Decode[Holder](e)
			if err != nil {
				return err
			}
			s.numbers[body.Operator] = body.Number
		case EventLeaf:
			text, err := journal.Decode[string](e)
			if err != nil {
				return err
			}
			l, err := tlog.ParseLeaf([]byte(text))
			if err != nil {
				return fmt.Errorf("public log: %w", err)
			}
			switch l.Kind {
			case tlog.KindFirst:
				s.enrolled = map[string]bool{}
			case tlog.KindEnrolment:
				s.enrolled[l.Key.ID()] = true
			case tlog.KindRevoke:
				s.enrolled[l.Key.ID()] = false
			}
		}
	}
	return s.o.Tree.Apply(r)
}

// Complete gives the events of a record together with the leaves that follow
// from them; first those that open the log, where it is not open. It changes
// nothing. An error means that the record must not be: it would tell the public
// what the log does not.
func (s *Scribe) Complete(events []journal.Event, now time.Time) ([]journal.Event, error) {
	p := &page{Scribe: s, now: now.UTC().Truncate(time.Second), last: s.o.Tree.lastTime(), added: map[string]string{}, keys: map[string]bool{}}
	if p.opening = s.o.Tree.Origin() != s.o.Origin; p.opening {
		if err := p.open(); err != nil {
			return nil, unlogged(err)
		}
	}
	for _, e := range events {
		if err := p.follow(e); err != nil {
			return nil, unlogged(err)
		}
	}
	all := append(slices.Clip(events), p.events...)
	if err := Check(all); err != nil {
		return nil, unlogged(err)
	}
	return all, nil
}

func unlogged(err error) error {
	refused := refusal.New(problem.Internal, "log.leaf")
	refused.Err = err
	return refused
}

// Check refuses events that release a message without the leaf that says so.
func Check(events []journal.Event) error {
	logged := map[string]*tlog.Leaf{}
	for _, e := range events {
		if e.Kind != EventLeaf {
			continue
		}
		text, err := journal.Decode[string](e)
		if err != nil {
			return err
		}
		l, err := tlog.ParseLeaf([]byte(text))
		if err != nil {
			return err
		}
		if l.Kind.Carries() {
			logged[l.Identifier] = l
		}
	}
	for _, e := range events {
		if e.Kind != warning.EventReleased {
			continue
		}
		body, err := journal.Decode[warning.Released](e)
		if err != nil {
			return err
		}
		l, ok := logged[body.Message.Identifier]
		if !ok {
			return fmt.Errorf("message %s is released without its leaf", body.Message.Identifier)
		}
		differences, err := tlog.CheckMessage(l, body.Message.CAP)
		if err == nil && len(differences) > 0 {
			err = fmt.Errorf("they differ in %s", differences[0].Field)
		}
		if err == nil && len(l.Assertions) != len(body.Message.Assertions) {
			err = fmt.Errorf("%d signatures are in the leaf, not %d", len(l.Assertions), len(body.Message.Assertions))
		}
		if err != nil {
			return fmt.Errorf("leaf of message %s: %w", body.Message.Identifier, err)
		}
	}
	return nil
}

// page is what a record adds to the log.
type page struct {
	*Scribe
	now, last time.Time
	events    []journal.Event
	opening   bool              // the record begins the log
	added     map[string]string // numbers given out in this record
	keys      map[string]bool   // as Scribe.enrolled, of this record
	messages  []string          // identifiers logged in this record
}

// key reports whether a key is in the log, and whether it counts.
func (p *page) key(id string) (known, counts bool) {
	if counts, known = p.keys[id]; known || p.opening {
		return known, counts
	}
	counts, known = p.enrolled[id]
	return known, counts
}

// add writes a leaf. Time never goes back in a log; what takes something away is
// later than all that was done with it, also when a second holds both.
func (p *page) add(l *tlog.Leaf) error {
	l.Authority, l.Realm, l.Time = p.o.Authority.ID, tlog.Realm(p.o.Authority.Realm), p.now
	takes := l.Kind == tlog.KindRevoke || l.Kind == tlog.KindRoles
	if takes && !l.Time.After(p.last) {
		l.Time = p.last.Add(time.Second)
	}
	if l.Time.Before(p.last) {
		l.Time = p.last
	}
	raw, err := l.Encode()
	if err != nil {
		return err
	}
	switch p.last = l.Time; l.Kind {
	case tlog.KindEnrolment:
		p.keys[l.Key.ID()] = true
	case tlog.KindRevoke:
		p.keys[l.Key.ID()] = false
	}
	p.events = append(p.events, journal.NewEvent(EventLeaf, string(raw)))
	return nil
}

// open begins the log: its first leaf, then all keys that count.
func (p *page) open() error {
	first := &tlog.Leaf{Kind: tlog.KindFirst, Origin: p.o.Origin}
	if size := p.o.Tree.Size(); size > 0 {
		before, err := p.o.Tree.At(size)
		if err != nil {
			return err
		}
		first.Previous = before
	}
	if err := p.add(first); err != nil {
		return err
	}
	for _, o := range p.o.Operators.All() {
		for _, key := range o.ActiveKeys() {
			if err := p.enrol(o, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// enrol logs a key, if it counts and is not in the log.
func (p *page) enrol(o operator.Operator, key operator.Key) error {
	if known, _ := p.key(key.ID); known || o.Disabled || key.Awaits || o.Sealed() {
		return nil
	}
	public, err := tlog.NewKey(key.PublicKey)
	if err != nil {
		return err
	}
	return p.add(&tlog.Leaf{Kind: tlog.KindEnrolment, Key: public, Guard: operator.Guard(key.Type), Holder: p.holder(o.Behind()), Roles: codes(o.Roles)})
}

// holder gives the operator's number, a new one for who has none.
func (p *page) holder(name string) string {
	if n, ok := p.numbers[name]; ok {
		return n
	}
	n, ok := p.added[name]
	if !ok {
		n = p.o.Number()
		p.added[name] = n
		p.events = append(p.events, journal.NewEvent(EventHolder, Holder{Operator: name, Number: n}))
	}
	return n
}

func codes(roles []operator.Role) []string {
	all := make([]string, len(roles))
	for i, r := range roles {
		all[i] = string(r)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// roles logs what roles an operator has from now on, if any of their keys is in
// the log; an enrolment that comes later names them anyway.
func (p *page) roles(o operator.Operator) error {
	if !slices.ContainsFunc(o.Keys, func(k operator.Key) bool {
		_, counts := p.key(k.ID)
		return counts
	}) {
		return nil
	}
	l := &tlog.Leaf{Kind: tlog.KindRoles, Holder: p.holder(o.Name)}
	if !o.Disabled {
		l.Roles = codes(o.Roles)
	}
	return p.add(l)
}

// follow writes the leaves that an event asks for.
func (p *page) follow(e journal.Event) error {
	switch e.Kind {
	case warning.EventReleased:
		return with(e, func(b warning.Released) error { return p.released(b) })
	case warning.EventRefused, warning.EventWithdrawn, warning.EventStopped, warning.EventLapsed:
		return with(e, func(b warning.Dropped) error { return p.dropped(b, strings.TrimPrefix(e.Kind, "warning.")) })
	case operator.EventKeyEnrolled:
		return with(e, func(b operator.KeyEnrolled) error {
			return p.person(b.Name, func(o operator.Operator) error { return p.enrol(o, b.Key) })
		})
	case operator.EventKeyConfirmed:
		return with(e, func(b operator.KeyConfirmed) error {
			return p.person(b.Name, func(o operator.Operator) error {
				key, _ := o.Key(b.KeyID)
				key.Awaits = false
				return p.enrol(o, key)
			})
		})
	case operator.EventKeyRevoked:
		return with(e, func(b operator.KeyRevoked) error {
			return p.person(b.Name, func(o operator.Operator) error { return p.revoked(o, b.KeyID) })
		})
	case operator.EventSealBroken:
		return with(e, func(b operator.SealBroken) error {
			return p.person(b.Name, func(o operator.Operator) error { return p.enrol(o.Broken(b, p.now), o.Keys[0]) })
		})
	case operator.EventChanged:
		return with(e, func(b operator.Changed) error {
			return p.person(b.Name, func(o operator.Operator) error {
				if slices.Equal(codes(o.Roles), codes(b.Roles)) {
					return nil
				}
				o.Roles = b.Roles
				return p.roles(o)
			})
		})
	case operator.EventDisabled:
		return with(e, func(b operator.Disabled) error {
			return p.person(b.Name, func(o operator.Operator) error { return p.disabled(o, b.Disabled) })
		})
	}
	return nil
}

// with decodes the body of an event and hands it on.
func with[T any](e journal.Event, then func(T) error) error {
	body, err := journal.Decode[T](e)
	if err != nil {
		return err
	}
	return then(body)
}

func (p *page) person(name string, then func(operator.Operator) error) error {
	o, ok := p.o.Operators.Operator(name)
	if !ok {
		return fmt.Errorf("there is no operator %s", name)
	}
	return then(o)
}

func (p *page) revoked(o operator.Operator, id string) error {
	if _, counts := p.key(id); !counts {
		return nil
	}
	key, _ := o.Key(id)
	public, err := tlog.NewKey(key.PublicKey)
	if err != nil {
		return err
	}
	return p.add(&tlog.Leaf{Kind: tlog.KindRevoke, Key: public, Holder: p.holder(o.Behind())})
}

// disabled takes the roles from an account that is closed; one that is opened
// again has them back, and brings the keys that were not in the log.
func (p *page) disabled(o operator.Operator, closed bool) error {
	if o.Disabled == closed {
		return nil
	}
	o.Disabled = closed
	if err := p.roles(o); err != nil {
		return err
	}
	for _, key := range o.ActiveKeys() {
		if err := p.enrol(o, key); err != nil {
			return err
		}
	}
	return nil
}
