// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"cmp"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// The journal events of operators.
const (
	EventCreated        = "operator.created"         // body Created
	EventChanged        = "operator.changed"         // body Changed
	EventDisabled       = "operator.disabled"        // body Disabled
	EventPasswordSet    = "operator.password-set"    // body PasswordSet
	EventLinked         = "operator.linked"          // body Linked
	EventKeyEnrolled    = "operator.key-enrolled"    // body KeyEnrolled
	EventKeyConfirmed   = "operator.key-confirmed"   // body KeyConfirmed
	EventKeyUsed        = "operator.key-used"        // body KeyUsed
	EventKeyRevoked     = "operator.key-revoked"     // body KeyRevoked
	EventSealed         = "operator.sealed"          // body Sealed
	EventSealBroken     = "operator.seal-broken"     // body SealBroken
	EventTokenIssued    = "operator.token-issued"    // body TokenIssued
	EventTokenRevoked   = "operator.token-revoked"   // body TokenRevoked
	EventSessionStarted = "operator.session-started" // body SessionStarted
	EventSessionEnded   = "operator.session-ended"   // body SessionEnded
)

// Created is the body of EventCreated.
type Created struct {
	Name         string `json:"name"`
	FullName     string `json:"fullName"`
	Roles        []Role `json:"roles"`
	PasswordHash string `json:"passwordHash,omitempty"`
}

// Changed is the body of EventChanged: the name and the roles from now on.
type Changed struct {
	Name     string `json:"name"`
	FullName string `json:"fullName"`
	Roles    []Role `json:"roles"`
}

// Disabled is the body of EventDisabled, which also enables again.
type Disabled struct {
	Name     string `json:"name"`
	Disabled bool   `json:"disabled"`
}

// PasswordSet is the body of EventPasswordSet.
type PasswordSet struct {
	Name         string `json:"name"`
	PasswordHash string `json:"passwordHash"`
}

// Linked is the body of EventLinked: whom a sign-in service knows the person as
// from now on; zero for nobody.
type Linked struct {
	Name    string  `json:"name"`
	Subject Subject `json:"subject,omitzero"`
}

// KeyEnrolled is the body of EventKeyEnrolled.
type KeyEnrolled struct {
	Name string `json:"name"`
	Key  Key    `json:"key"`
}

// KeyConfirmed is the body of EventKeyConfirmed. Key and assertion name what was
// confirmed and by whom.
type KeyConfirmed struct {
	Name      string    `json:"name"`
	KeyID     string    `json:"keyId"`
	Assertion Assertion `json:"assertion"`
}

// KeyUsed is the body of EventKeyUsed: how far a passkey has counted.
type KeyUsed struct {
	Name      string `json:"name"`
	KeyID     string `json:"keyId"`
	SignCount uint32 `json:"signCount"`
}

// KeyRevoked is the body of EventKeyRevoked.
type KeyRevoked struct {
	Name  string `json:"name"`
	KeyID string `json:"keyId"`
}

// TokenIssued is the body of EventTokenIssued.
type TokenIssued struct {
	Token Token `json:"token"`
}

// TokenRevoked is the body of EventTokenRevoked.
type TokenRevoked struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// SessionStarted is the body of EventSessionStarted.
type SessionStarted struct {
	Session Session `json:"session"`
}

// SessionEnded is the body of EventSessionEnded.
type SessionEnded struct {
	Hash SecretHash `json:"hash"`
}

// Token is a bearer token of an operator, without its secret.
type Token struct {
	ID       string     `json:"id"`
	Operator string     `json:"operator"`
	Label    string     `json:"label"`
	Hash     SecretHash `json:"hash"`
	Issued   time.Time  `json:"issued"`
	// Expires is zero for a token that lasts until it is revoked.
	Expires time.Time `json:"expires,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// TokenID is the id of the token whose secret has the hash.
func TokenID(hash SecretHash) string { return hex.EncodeToString(hash[:6]) }

// ValidAt reports whether the token is neither revoked nor over.
func (t Token) ValidAt(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Session is a signed-in browser, without its secret.
type Session struct {
	Operator string     `json:"operator"`
	Hash     SecretHash `json:"hash"`
	Started  time.Time  `json:"started"`
	Expires  time.Time  `json:"expires"`
}

// Directory is the projection of all operators, tokens and sessions. Its zero
// value is not ready; see NewDirectory. It is for one goroutine at a time.
type Directory struct {
	// Keys is the policy that Step enrols keys by.
	Keys      KeyPolicy
	operators map[string]*Operator
	tokens    map[SecretHash]*Token
	sessions  map[SecretHash]Session
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory {
	return &Directory{
		operators: map[string]*Operator{},
		tokens:    map[SecretHash]*Token{},
		sessions:  map[SecretHash]Session{},
	}
}

var _ journal.Projection = (*Directory)(nil)

// Apply implements journal.Projection.
func (d *Directory) Apply(r journal.Record) error {
	for _, event := range r.Events {
		if err := d.apply(event, r.By, r.Time); err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) apply(event journal.Event, by string, at time.Time) error {
	switch event.Kind {
	case EventCreated:
		return fold(event, func(b Created) {
			d.operators[b.Name] = &Operator{
				Name: b.Name, FullName: b.FullName, Roles: b.Roles,
				PasswordHash: b.PasswordHash, Created: at,
			}
		})
	case EventChanged:
		return fold(event, func(b Changed) {
			d.change(b.Name, func(o *Operator) { o.FullName, o.Roles = b.FullName, b.Roles })
		})
	case EventDisabled:
		return fold(event, func(b Disabled) {
			d.change(b.Name, func(o *Operator) { o.Disabled = b.Disabled })
			if b.Disabled {
				d.endSessions(b.Name)
			}
		})
	case EventPasswordSet:
		return fold(event, func(b PasswordSet) {
			d.change(b.Name, func(o *Operator) {
				o.PasswordHash = b.PasswordHash
				o.standIn(by)
			})
			d.endSessions(b.Name)
		})
	case EventLinked:
		return fold(event, func(b Linked) {
			d.change(b.Name, func(o *Operator) {
				if o.reachable() && b.Subject != (Subject{}) {
					o.standIn(by)
				}
				o.Subject = b.Subject
			})
			d.endSessions(b.Name)
		})
	case EventKeyEnrolled:
		return fold(event, func(b KeyEnrolled) {
			d.change(b.Name, func(o *Operator) { o.Keys = append(slices.Clip(o.Keys), b.Key) })
		})
	case EventKeyConfirmed:
		return fold(event, func(b KeyConfirmed) {
			d.changeKey(b.Name, b.KeyID, func(k *Key) { k.Awaits, k.ConfirmedBy, k.Confirmed = false, b.Assertion.Operator, at })
		})
	case EventKeyUsed:
		return fold(event, func(b KeyUsed) {
			d.changeKey(b.Name, b.KeyID, func(k *Key) { k.Credential.SignCount = b.SignCount })
		})
	case EventKeyRevoked:
		return fold(event, func(b KeyRevoked) {
			d.changeKey(b.Name, b.KeyID, func(k *Key) { k.Revoked = at })
			if o, ok := d.operators[b.Name]; ok && o.Seal != nil {
				o.Disabled, o.Roles = true, nil
				d.endSessions(b.Name)
			}
		})
	case EventSealed:
		return fold(event, func(b Sealed) {
			d.operators[b.Name] = &Operator{Name: b.Name, FullName: b.FullName, Seal: &b.Seal, Keys: []Key{b.Key}, Created: at}
		})
	case EventSealBroken:
		return fold(event, func(b SealBroken) {
			d.change(b.Name, func(o *Operator) { *o = o.Broken(b, at) })
		})
	case EventTokenIssued:
		return fold(event, func(b TokenIssued) {
			d.tokens[b.Token.Hash] = &b.Token
			d.change(b.Token.Operator, func(o *Operator) {
				if o.reachable() {
					o.standIn(by)
				}
			})
		})
	case EventTokenRevoked:
		return fold(event, func(b TokenRevoked) {
			for _, token := range d.tokens {
				if token.Operator == b.Name && token.ID == b.ID && token.Revoked.IsZero() {
					token.Revoked = at
				}
			}
		})
	case EventSessionStarted:
		return fold(event, func(b SessionStarted) {
			d.dropExpired(at)
			d.sessions[b.Session.Hash] = b.Session
		})
	case EventSessionEnded:
		return fold(event, func(b SessionEnded) { delete(d.sessions, b.Hash) })
	}
	return nil
}

// fold decodes the body of an event and hands it on.
func fold[T any](event journal.Event, then func(T)) error {
	body, err := journal.Decode[T](event)
	if err != nil {
		return err
	}
	then(body)
	return nil
}

func (d *Directory) change(name string, edit func(*Operator)) {
	if o, ok := d.operators[name]; ok {
		edit(o)
	}
}

// changeKey changes a key that is not revoked. Those who were given the keys
// before keep what they have.
func (d *Directory) changeKey(name, id string, edit func(*Key)) {
	d.change(name, func(o *Operator) {
		o.Keys = slices.Clone(o.Keys)
		for i := range o.Keys {
			if o.Keys[i].ID == id && o.Keys[i].Revoked.IsZero() {
				edit(&o.Keys[i])
			}
		}
	})
}

// reachable reports whether there was a way into the account before: the first
// one belongs to its opening.
func (o *Operator) reachable() bool {
	return o.PasswordHash != "" || o.Subject != (Subject{}) || len(o.Keys) > 0
}

// standIn takes note that someone gave the account a way in.
func (o *Operator) standIn(by string) {
	if by != o.Name && by != Node && !slices.Contains(o.StandIns, by) {
		o.StandIns = append(slices.Clip(o.StandIns), by)
	}
}

func (d *Directory) endSessions(name string) {
	maps.DeleteFunc(d.sessions, func(_ SecretHash, s Session) bool { return s.Operator == name })
}

func (d *Directory) dropExpired(now time.Time) {
	maps.DeleteFunc(d.sessions, func(_ SecretHash, s Session) bool { return !now.Before(s.Expires) })
}

// Operator gives the account of that name; false when there is none. The
// account may be disabled. The slices in it are not to be changed.
func (d *Directory) Operator(name string) (Operator, bool) {
	o, ok := d.operators[name]
	if !ok {
		return Operator{}, false
	}
	return *o, true
}

// Known gives the account that a sign-in service knows by the subject; false
// when there is none. The account may be disabled.
func (d *Directory) Known(s Subject) (Operator, bool) {
	for _, o := range d.operators {
		if s != (Subject{}) && o.Subject == s {
			return *o, true
		}
	}
	return Operator{}, false
}

// All gives all accounts, sorted by name.
func (d *Directory) All() []Operator {
	all := make([]Operator, 0, len(d.operators))
	for _, o := range d.operators {
		all = append(all, *o)
	}
	slices.SortFunc(all, func(a, b Operator) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// With gives the enabled accounts that have the role, sorted by name.
func (d *Directory) With(role Role) []Operator {
	return slices.DeleteFunc(d.All(), func(o Operator) bool { return o.Disabled || !o.Has(role) })
}

// Tokens gives the tokens of an operator, the newest first.
func (d *Directory) Tokens(name string) []Token {
	var tokens []Token
	for _, token := range d.tokens {
		if token.Operator == name {
			tokens = append(tokens, *token)
		}
	}
	slices.SortFunc(tokens, func(a, b Token) int {
		return cmp.Or(b.Issued.Compare(a.Issued), cmp.Compare(a.ID, b.ID))
	})
	return tokens
}

// Bearer gives the operator whom the secret of a token belongs to, when the
// token is valid now and the account enabled.
func (d *Directory) Bearer(hash SecretHash, now time.Time) (Operator, Token, bool) {
	token, ok := d.tokens[hash]
	if !ok || !token.ValidAt(now) {
		return Operator{}, Token{}, false
	}
	o, ok := d.Operator(token.Operator)
	return o, *token, ok && !o.Disabled
}

// Session gives the operator and session that the secret of a cookie belongs
// to, when the session is open now and the account enabled.
func (d *Directory) Session(hash SecretHash, now time.Time) (Operator, Session, bool) {
	session, ok := d.sessions[hash]
	if !ok || !now.Before(session.Expires) {
		return Operator{}, Session{}, false
	}
	o, ok := d.Operator(session.Operator)
	return o, session, ok && !o.Disabled
}

// SignedIn reports whether the operator has an open session.
func (d *Directory) SignedIn(name string, now time.Time) bool {
	for _, session := range d.sessions {
		if session.Operator == name && now.Before(session.Expires) {
			return true
		}
	}
	return false
}

// Has reports whether the operator has the role.
func (o Operator) Has(role Role) bool { return slices.Contains(o.Roles, role) }

// Key gives the key of that id, revoked ones included.
func (o Operator) Key(id string) (Key, bool) {
	i := slices.IndexFunc(o.Keys, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}, false
	}
	return o.Keys[i], true
}

// ActiveKeys gives the keys that are not revoked.
func (o Operator) ActiveKeys() []Key {
	return slices.DeleteFunc(slices.Clone(o.Keys), func(k Key) bool { return !k.Revoked.IsZero() })
}
