// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package enrolment

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Commands to the core, with their bodies.
const (
	CommandOpen    = "siren.open-enrolment" // Opening
	CommandCertify = "siren.certify"        // Certification; from the gateway alone
	CommandRevoke  = "siren.revoke"         // Revocation
)

// Events in the journal, with the bodies of their commands.
const (
	EventOpened    = "siren.enrolment-opened"
	EventCertified = "siren.certified"
	EventRevoked   = "siren.revoked"
)

// LongestCode is how long a code may hold at most.
const LongestCode = 7 * 24 * time.Hour

// Opening allows one device to enrol as the siren, with a code.
type Opening struct {
	Siren string `json:"siren"`
	// Hash is HashCode of the code.
	Hash    []byte    `json:"hash"`
	Expires time.Time `json:"expires"`
}

// Certification gives a siren a certificate: by a code, or by one that it has.
type Certification struct {
	Siren string `json:"siren"`
	// Hash is that of the code by which the device enrols.
	Hash []byte `json:"hash,omitempty"`
	// By is the serial number of the certificate that is renewed.
	By string `json:"by,omitempty"`
	// PublicKey is the Ed25519 key with which the device signs what it says; at
	// an enrolment alone.
	PublicKey []byte `json:"publicKey,omitempty"`
	// Serial is the new certificate's number in hexadecimal digits.
	Serial   string    `json:"serial"`
	NotAfter time.Time `json:"notAfter"`
}

// Revocation ends all certificates of a siren and its open code.
type Revocation struct {
	Siren string `json:"siren"`
}

// Book says which certificates are valid and which codes are open: a projection
// of the journal. A siren has at most two valid certificates, since the answer to
// a renewal may be lost on the way. It is safe for use by several goroutines.
type Book struct {
	mu      sync.RWMutex
	entries map[string]entry
	revoked []Revoked
}

type entry struct {
	opening Opening
	// taken is the key of the device that used the code. It may ask again, since
	// the answer may have been lost.
	taken []byte
	valid []valid
}

type valid struct {
	serial   string
	notAfter time.Time
}

// Revoked is a certificate that is no longer valid.
type Revoked struct {
	Serial   string
	At       time.Time
	NotAfter time.Time
}

// NewBook is an empty book.
func NewBook() *Book { return &Book{entries: map[string]entry{}} }

// Apply implements journal.Projection.
func (b *Book) Apply(record journal.Record) error {
	for _, event := range record.Events {
		var err error
		switch event.Kind {
		case EventOpened:
			err = apply(b, record, event, b.opened)
		case EventCertified:
			err = apply(b, record, event, b.certified)
		case EventRevoked:
			err = apply(b, record, event, b.revokedAll)
		case siren.EventRemoved:
			err = apply(b, record, event, func(r siren.Removed, at time.Time) { b.revokedAll(Revocation{r.Siren}, at) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func apply[T any](b *Book, record journal.Record, event journal.Event, fold func(T, time.Time)) error {
	body, err := journal.Decode[T](event)
	if err != nil {
		return fmt.Errorf("record %d: %w", record.Seq, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	fold(body, record.Time)
	return nil
}

func (b *Book) opened(o Opening, _ time.Time) {
	e := b.entries[o.Siren]
	e.opening, e.taken = o, nil
	b.entries[o.Siren] = e
}

func (b *Book) certified(c Certification, at time.Time) {
	e := b.entries[c.Siren]
	keep := func(v valid) bool { return v.serial == c.By }
	if c.By == "" {
		e.taken = c.PublicKey
	}
	e.valid = append(b.prune(e.valid, keep, at), valid{c.Serial, c.NotAfter})
	b.entries[c.Siren] = e
}

func (b *Book) revokedAll(r Revocation, at time.Time) {
	b.prune(b.entries[r.Siren].valid, func(valid) bool { return false }, at)
	delete(b.entries, r.Siren)
}

// prune revokes the certificates that are not to be kept.
func (b *Book) prune(all []valid, keep func(valid) bool, at time.Time) (kept []valid) {
	for _, v := range all {
		if keep(v) {
			kept = append(kept, v)
		} else {
			b.revoked = append(b.revoked, Revoked{v.serial, at, v.notAfter})
		}
	}
	return kept
}

// Valid reports whether the siren's certificate with the serial number has not
// been revoked. Whether it has expired is for the one who verifies it.
func (b *Book) Valid(siren, serial string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.ContainsFunc(b.entries[siren].valid, func(v valid) bool { return v.serial == serial })
}

// Enrolled reports whether the siren has a certificate that was not revoked, and
// until when the newest one is valid.
func (b *Book) Enrolled(siren string) (until time.Time, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := b.entries[siren].valid
	if len(all) == 0 {
		return time.Time{}, false
	}
	return all[len(all)-1].notAfter, true
}

// Open reports until when a code of the siren is open that nobody has used.
func (b *Book) Open(siren string, now time.Time) (until time.Time, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	e := b.entries[siren]
	return e.opening.Expires, e.taken == nil && now.Before(e.opening.Expires)
}

// Revoked lists the revoked certificates that would be valid otherwise.
func (b *Book) Revoked(now time.Time) []Revoked {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var all []Revoked
	for _, r := range b.revoked {
		if now.Before(r.NotAfter) {
			all = append(all, r)
		}
	}
	return all
}

// takes reports whether the device with the key may enrol by a code with the hash.
func (b *Book) takes(siren string, hash, publicKey []byte, now time.Time) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	e := b.entries[siren]
	if !now.Before(e.opening.Expires) || subtle.ConstantTimeCompare(hash, e.opening.Hash) != 1 {
		return false
	}
	return e.taken == nil || subtle.ConstantTimeCompare(e.taken, publicKey) == 1
}

// awaits reports whether the siren has a code that could still be used.
func (b *Book) awaits(siren string, now time.Time) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return now.Before(b.entries[siren].opening.Expires)
}

// Step decides on a command about the sirens of a registry. It changes nothing.
func (b *Book) Step(name string, body json.RawMessage, registry []siren.Siren, now time.Time) ([]journal.Event, error) {
	switch name {
	case CommandOpen:
		return step(body, func(o Opening) ([]journal.Event, error) {
			if _, err := find(registry, o.Siren); err != nil {
				return nil, err
			}
			if len(o.Hash) != 32 || !o.Expires.After(now) || o.Expires.After(now.Add(LongestCode)) {
				return nil, problem.New(problem.Invalid, "The enrolment has no hash of a code, or an end in the past or over a week away.", "Open it again.")
			}
			return []journal.Event{journal.NewEvent(EventOpened, o)}, nil
		})
	case CommandCertify:
		return step(body, func(c Certification) ([]journal.Event, error) { return b.certify(c, registry, now) })
	case CommandRevoke:
		return step(body, func(r Revocation) ([]journal.Event, error) {
			if _, err := find(registry, r.Siren); err != nil {
				return nil, err
			}
			return []journal.Event{journal.NewEvent(EventRevoked, r)}, nil
		})
	}
	return nil, problem.New(problem.Invalid, fmt.Sprintf("There is no command %q.", name), "")
}

func step[T any](body json.RawMessage, decide func(T) ([]journal.Event, error)) ([]journal.Event, error) {
	var command T
	if err := json.Unmarshal(body, &command); err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The command cannot be read.", "Send the JSON that the API describes.")
	}
	return decide(command)
}

func find(registry []siren.Siren, id string) (siren.Siren, error) {
	i := slices.IndexFunc(registry, func(s siren.Siren) bool { return s.ID == id })
	if i < 0 {
		return siren.Siren{}, problem.New(problem.NotFound, fmt.Sprintf("There is no siren %q in the registry.", id), "Register it first.")
	}
	return registry[i], nil
}

var errCode = problem.New(problem.Unauthenticated, "The code is wrong, used or too old, or it is another siren's.",
	"Check the siren's id, and have an administrator open a new enrolment.")

func (b *Book) certify(c Certification, registry []siren.Siren, now time.Time) ([]journal.Event, error) {
	entry, err := find(registry, c.Siren)
	if err != nil {
		return nil, err
	}
	if c.Serial == "" || !c.NotAfter.After(now) {
		return nil, problem.New(problem.Invalid, "The certificate has no number, or has expired.", "Ask for another one.")
	}
	if c.By != "" {
		if !b.Valid(c.Siren, c.By) {
			return nil, errRevoked
		}
		return []journal.Event{journal.NewEvent(EventCertified, c)}, nil
	}
	if !b.takes(c.Siren, c.Hash, c.PublicKey, now) {
		return nil, errCode
	}
	entry.PublicKey = c.PublicKey
	events, err := siren.Register(registry, []siren.Siren{entry})
	if err != nil {
		return nil, err
	}
	return append(events, journal.NewEvent(EventCertified, c)), nil
}

var errRevoked = problem.New(problem.Unauthenticated, "The certificate was revoked.", "Have an administrator open a new enrolment for the siren.")
