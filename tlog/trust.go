// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// trustVersion is the value of "version" in a trust file.
const trustVersion = "tocsin-trust/v1"

// maxTrust bounds a trust file, in bytes.
const maxTrust = 4 << 20

// minOperators is the least number of operators, other than the issuing one,
// that a quorum may ask for.
const minOperators = 2

// Trust is whom a verifier believes: which authorities may warn where, the keys
// of their logs, and the witnesses that see them. docs/formats/trust.md has the
// form of the file. Everything else follows from the logs.
type Trust struct {
	Version string `json:"version"`
	// Issued is when the file was put together.
	Issued      time.Time   `json:"issued"`
	Witnesses   []Witness   `json:"witnesses,omitempty"`
	Authorities []Authority `json:"authorities"`
}

// Witness is one that cosigns the checkpoints of logs.
type Witness struct {
	// Key is in the form of C2SP signed-note; its name is the witness's.
	Key string `json:"key"`
	// Operator is the body that runs the witness. Several witnesses of one
	// operator count once.
	Operator string `json:"operator"`

	// verifier is nil when this program does not know the key's algorithm.
	verifier note.Verifier
}

// Authority is a body that may warn.
type Authority struct {
	ID string `json:"id"`
	// Name is for people.
	Name string `json:"name"`
	// Operator is the body that runs its node; its witnesses do not count for
	// its own logs.
	Operator string `json:"operator"`
	// Territory are the ARS prefixes in which it may warn.
	Territory []string `json:"territory"`
	// Senders are the values of sender that its messages may have.
	Senders []string `json:"senders"`
	// Persons is how many must sign a message, the author included; 0 means 2.
	// EndPersons is the same for messages that end a warning; 0 means Persons.
	Persons    int `json:"persons,omitempty"`
	EndPersons int `json:"endPersons,omitempty"`
	// Origins are the web origins of passkeys; AllowSynced and RefuseSoftware
	// are as in AssertionRules.
	Origins        []string `json:"origins,omitempty"`
	AllowSynced    bool     `json:"allowSynced,omitempty"`
	RefuseSoftware bool     `json:"refuseSoftware,omitempty"`
	Logs           []Log    `json:"logs"`
}

// Log is one log of an authority, with the policy for it alone.
type Log struct {
	// Origin is the log's name, and that of its keys.
	Origin string `json:"origin"`
	Realm  Realm  `json:"realm"`
	// Keys sign its checkpoints: at least one for notes. One for cosignatures
	// adds the log's own word for the time.
	Keys []string `json:"keys"`
	// IssuerKeys sign leaves of the realm for as long as the log cannot be reached.
	IssuerKeys []string `json:"issuerKeys,omitempty"`
	// Quorum is what makes grade A; without it the log has none.
	Quorum *Quorum `json:"quorum,omitempty"`

	signers []note.Verifier // for notes
	clocks  []note.Verifier // for cosignatures
	issuers []note.Verifier
}

// Quorum asks for cosignatures by witnesses of several operators.
type Quorum struct {
	// Operators is how many, the authority's own not counted; at least 2.
	Operators int `json:"operators"`
	// Witnesses are the names of those that count; without any, all do.
	Witnesses []string `json:"witnesses,omitempty"`
}

// ParseTrust reads a trust file. read makes its verifiers; nil is NewVerifier.
// A witness whose key is of an algorithm that read does not know (ErrAlgorithm)
// stays in the file and counts for nothing. Errors name the field.
func ParseTrust(raw []byte, read KeyReader) (*Trust, error) {
	if len(raw) > maxTrust {
		return nil, fmt.Errorf("trust file: it has %d bytes, more than %d", len(raw), maxTrust)
	}
	t := &Trust{}
	if err := decodeJSON(raw, t); err != nil {
		return nil, fmt.Errorf("trust file: %w", err)
	}
	if t.Version != trustVersion {
		return nil, fmt.Errorf("trust file: version is %q, not %q", t.Version, trustVersion)
	}
	if read == nil {
		read = NewVerifier
	}
	if err := t.link(read); err != nil {
		return nil, fmt.Errorf("trust file: %w", err)
	}
	return t, nil
}

// link checks every value and makes the verifiers.
func (t *Trust) link(read KeyReader) error {
	names := map[string]bool{}
	for i := range t.Witnesses {
		w := &t.Witnesses[i]
		verifier, err := read(w.Key)
		if err != nil && !errors.Is(err, ErrAlgorithm) {
			return fmt.Errorf("witnesses[%d].key: %w", i, err)
		}
		w.verifier = verifier
		name := w.Name()
		switch {
		case err == nil && algorithm(w.Key) == algorithmNote:
			return fmt.Errorf("witnesses[%d].key: it is a key for notes, not for cosignatures", i)
		case names[w.Key]:
			return fmt.Errorf("witnesses[%d].key: the key of %s is there twice", i, name)
		}
		names[w.Key] = true
		if err := checkCode(w.Operator); err != nil {
			return fmt.Errorf("witnesses[%d].operator: it %w", i, err)
		}
	}
	ids, origins := map[string]bool{}, map[string]bool{}
	for i := range t.Authorities {
		a := &t.Authorities[i]
		if ids[a.ID] {
			return fmt.Errorf("authorities[%d].id: %s is there twice", i, a.ID)
		}
		ids[a.ID] = true
		if err := a.check(); err != nil {
			return fmt.Errorf("authorities[%d].%w", i, err)
		}
		for j := range a.Logs {
			l := &a.Logs[j]
			if origins[l.Origin] {
				return fmt.Errorf("authorities[%d].logs[%d].origin: %s is there twice", i, j, l.Origin)
			}
			origins[l.Origin] = true
			if err := t.linkLog(a, l, read); err != nil {
				return fmt.Errorf("authorities[%d].logs[%d].%w", i, j, err)
			}
		}
	}
	return nil
}

func (a *Authority) check() error {
	if err := checkCode(a.ID); err != nil {
		return fmt.Errorf("id: it %w", err)
	}
	if err := checkCode(a.Operator); err != nil {
		return fmt.Errorf("operator: it %w", err)
	}
	if len(a.Territory) == 0 {
		return errors.New("territory: it is empty")
	}
	if _, err := Regions(a.Territory); err != nil {
		return fmt.Errorf("territory: %w", err)
	}
	for j, sender := range a.Senders {
		if err := checkName(sender); err != nil {
			return fmt.Errorf("senders[%d]: it %w", j, err)
		}
	}
	if len(a.Senders) == 0 || len(a.Logs) == 0 {
		return errors.New("senders and logs: there must be at least one of each")
	}
	if a.Persons < 0 || a.Persons > MaxAssertions || a.EndPersons < 0 || a.EndPersons > MaxAssertions {
		return fmt.Errorf("persons and endPersons: they are from 1 to %d", MaxAssertions)
	}
	return nil
}

func (t *Trust) linkLog(a *Authority, l *Log, read KeyReader) error {
	if err := checkOrigin(l.Origin); err != nil {
		return fmt.Errorf("origin: it %w", err)
	}
	if l.Realm != Live && l.Realm != Exercise {
		return fmt.Errorf("realm: %q is neither live nor exercise", l.Realm)
	}
	for i, key := range l.Keys {
		verifier, err := read(key)
		if errors.Is(err, ErrAlgorithm) {
			continue
		}
		if err != nil {
			return fmt.Errorf("keys[%d]: %w", i, err)
		}
		if verifier.Name() != l.Origin {
			return fmt.Errorf("keys[%d]: its name is %s, not the origin", i, verifier.Name())
		}
		if algorithm(key) == algorithmNote {
			l.signers = append(l.signers, verifier)
		} else {
			l.clocks = append(l.clocks, verifier)
		}
	}
	if len(l.signers) == 0 {
		return errors.New("keys: there is none for notes (Ed25519)")
	}
	for i, key := range l.IssuerKeys {
		verifier, err := read(key)
		if err != nil {
			return fmt.Errorf("issuerKeys[%d]: %w", i, err)
		}
		l.issuers = append(l.issuers, verifier)
	}
	if l.Quorum == nil {
		return nil
	}
	for _, name := range l.Quorum.Witnesses {
		if !slices.ContainsFunc(t.Witnesses, func(w Witness) bool { return w.Name() == name }) {
			return fmt.Errorf("quorum.witnesses: there is no witness %s", name)
		}
	}
	others := map[string]bool{}
	for _, w := range t.Witnesses {
		if l.Quorum.names(w, a) {
			others[w.Operator] = true
		}
	}
	if l.Quorum.Operators < minOperators || l.Quorum.Operators > len(others) {
		return fmt.Errorf("quorum.operators: it is from %d to %d, the operators of witnesses other than %s", minOperators, len(others), a.Operator)
	}
	return nil
}

// algorithm is the first byte of a key in the form of C2SP signed-note that has
// been read.
func algorithm(vkey string) byte {
	key, err := keyBytes(vkey)
	if err != nil {
		return 0
	}
	return key[0]
}

// Name is the witness's name, out of its key.
func (w Witness) Name() string {
	name, _, _ := strings.Cut(w.Key, "+")
	return name
}

// Verifier checks the witness's cosignatures; nil when ParseTrust did not know
// the key's algorithm.
func (w Witness) Verifier() note.Verifier { return w.verifier }

// names reports whether the witness counts for logs of the authority.
func (q *Quorum) names(w Witness, a *Authority) bool {
	return w.Operator != a.Operator && (len(q.Witnesses) == 0 || slices.Contains(q.Witnesses, w.Name()))
}

// Log finds the log of that origin and whose it is.
func (t *Trust) Log(origin string) (*Authority, *Log, bool) {
	for i := range t.Authorities {
		a := &t.Authorities[i]
		for j := range a.Logs {
			if a.Logs[j].Origin == origin {
				return a, &a.Logs[j], true
			}
		}
	}
	return nil, nil, false
}

// Authority finds the authority of that id.
func (t *Trust) Authority(id string) (*Authority, bool) {
	for i := range t.Authorities {
		if t.Authorities[i].ID == id {
			return &t.Authorities[i], true
		}
	}
	return nil, false
}

// KeyNames gives the names of the logs' and witnesses' keys with that hash; it
// is a KeyName.
func (t *Trust) KeyNames(hash uint32) []string {
	var names []string
	add := func(keys ...note.Verifier) {
		for _, key := range keys {
			if key != nil && key.KeyHash() == hash {
				names = append(names, key.Name())
			}
		}
	}
	for _, a := range t.Authorities {
		for _, l := range a.Logs {
			add(l.signers...)
			add(l.clocks...)
		}
	}
	for _, w := range t.Witnesses {
		add(w.verifier)
	}
	return names
}

// Rules are what the authority asks of assertions.
func (a *Authority) Rules() AssertionRules {
	return AssertionRules{Origins: a.Origins, AllowSynced: a.AllowSynced, RefuseSoftware: a.RefuseSoftware}
}

// persons is how many must have signed a message of that kind.
func (a *Authority) persons(k Kind) int {
	n := a.Persons
	if n == 0 {
		n = 2
	}
	if k == KindEnd && a.EndPersons > 0 {
		n = a.EndPersons
	}
	return n
}
