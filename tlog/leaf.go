// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// MaxLeaf is the most bytes that a leaf may have.
const MaxLeaf = 1536

// MaxAreas and MaxAssertions bound the lists in a leaf, so that it stays small.
const (
	MaxAreas      = 24
	MaxAssertions = 4
)

// leafVersion opens the first line of every leaf.
const leafVersion = "tocsin-leaf/v1"

// Kind says what a leaf records.
type Kind string

// The kinds.
const (
	KindRelease   Kind = "release"      // the first message of a warning went out
	KindUpdate    Kind = "update"       // a later message that changes it
	KindEnd       Kind = "end"          // the message that ends it
	KindRefusal   Kind = "refusal"      // a message was asked for and did not go out
	KindSiren     Kind = "siren"        // a command to sirens
	KindEnrolment Kind = "key-enrolled" // an operator's key counts from now on
	KindRevoke    Kind = "key-revoked"  // an operator's key no longer counts
	KindRoles     Kind = "roles"        // the roles of an operator from now on
	KindTerritory Kind = "territory"    // where another authority may warn from now on
	KindFirst     Kind = "first"        // the first entry of a log
	KindLast      Kind = "last"         // the last entry of a log
)

// Carries reports whether the leaf is about a CAP message that went out.
func (k Kind) Carries() bool { return k == KindRelease || k == KindUpdate || k == KindEnd }

// Realm separates exercises from the real thing.
type Realm string

// The realms.
const (
	Live     Realm = "live"
	Exercise Realm = "exercise"
)

// Digest is a SHA-256.
type Digest = [sha256.Size]byte

// Listing stands for a list that is too long for a leaf: how many entries, and
// the SHA-256 of them all in the form that the field's comment gives.
type Listing struct {
	Count  int
	Digest Digest
}

// Tree is a log at one size.
type Tree struct {
	Origin string
	Size   int64
	Root   merkle.Hash
}

// Leaf is one entry of a public log. Which fields a kind has, and their form,
// docs/formats/leaf.md says; the others are zero. It holds no personal data:
// keys, roles and opaque numbers, but no name.
type Leaf struct {
	Kind Kind
	// Time is when the node decided, in UTC and whole seconds.
	Time time.Time
	// Authority is the id of the authority whose log this is.
	Authority string
	Realm     Realm

	// Warning is the chain's id; Identifier, Sender, MsgType, Sent and Expires
	// are the CAP message's, Expires being the latest of its info blocks.
	Warning    string
	Identifier string
	Sender     string
	MsgType    string
	Sent       string
	Expires    string
	// References stands for the content of the references element: triples
	// with one space between them.
	References Listing
	// Areas are ARS prefixes, sorted, none within another, that hold every
	// area of the message.
	Areas []string
	// CAP is the SHA-256 of the message's exact bytes, Content its content
	// digest (docs/formats/content-digest.md).
	CAP     Digest
	Content Digest

	// Key is the operator's key that is enrolled or revoked, Guard what keeps
	// it, Holder the operator's number: random, the same for all their keys.
	Key    Key
	Guard  Guard
	Holder string
	Roles  []string

	// Reason is a code, not a text.
	Reason string

	// Signal is the code of what the sirens were told, Frames stands for the
	// SHA-256 of each frame, one after the other.
	Signal string
	Frames Listing

	// Grantee is the id of the authority that is given territory.
	Grantee string

	// Origin is the log's own name, Previous the log before it in its final
	// state, Next the origin of the one after.
	Origin   string
	Previous Tree
	Next     string

	// Assertions are the signatures of those who asked for the message and
	// released it, in that order.
	Assertions []Assertion
}

// Hash is the leaf's hash in the tree (RFC 6962, section 2.1).
func (l *Leaf) Hash() (merkle.Hash, error) {
	raw, err := l.Encode()
	if err != nil {
		return merkle.Hash{}, err
	}
	return merkle.RecordHash(raw), nil
}

// Statement is what the assertion at that place must be over.
func (l *Leaf) Statement(a Assertion) Statement {
	return Statement{Action: a.Action, Role: a.Role, Warning: l.Warning, Message: l.Identifier, Digest: l.Content}
}

// Encode writes the leaf's one form. It refuses a leaf with a field that its
// kind does not have, with a malformed or missing one, or that grows too long.
func (l *Leaf) Encode() ([]byte, error) {
	shape, ok := shapes[l.Kind]
	if !ok {
		return nil, fmt.Errorf("encode leaf: there is no kind %q", l.Kind)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s\n", leafVersion, l.Kind)
	used := map[string]bool{}
	for _, slot := range shape {
		used[slot.name] = true
		for _, value := range fields[slot.name].get(l) {
			fmt.Fprintf(&out, "%s %s\n", slot.name, value)
		}
	}
	for name, f := range fields {
		if !used[name] && len(f.get(l)) > 0 {
			return nil, fmt.Errorf("encode leaf: a leaf of kind %s has no field %s", l.Kind, name)
		}
	}
	again, err := ParseLeaf(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("encode leaf: %w", err)
	}
	if !again.Time.Equal(l.Time) {
		return nil, errors.New("encode leaf: the time has a fraction of a second")
	}
	return out.Bytes(), nil
}

// ParseLeaf reads a leaf. It accepts the one form that Encode writes and
// nothing else. Errors name the line.
func ParseLeaf(raw []byte) (*Leaf, error) {
	if len(raw) > MaxLeaf {
		return nil, fmt.Errorf("leaf: it has %d bytes, more than %d", len(raw), MaxLeaf)
	}
	text, ok := strings.CutSuffix(string(raw), "\n")
	if !ok {
		return nil, errors.New("leaf: the last line does not end")
	}
	lines := strings.Split(text, "\n")
	version, kind, _ := strings.Cut(lines[0], " ")
	shape, ok := shapes[Kind(kind)]
	if version != leafVersion || !ok {
		return nil, fmt.Errorf("leaf: line 1 is not %q with a kind", leafVersion)
	}
	l := &Leaf{Kind: Kind(kind)}
	at := 1
	for _, slot := range shape {
		count := 0
		for ; at < len(lines); at++ {
			value, ok := strings.CutPrefix(lines[at], slot.name+" ")
			if !ok {
				break
			}
			if count++; count > slot.most {
				return nil, fmt.Errorf("leaf: line %d is one %s too many", at+1, slot.name)
			}
			if err := fields[slot.name].set(l, value); err != nil {
				return nil, fmt.Errorf("leaf: line %d: %s %w", at+1, slot.name, err)
			}
		}
		if count < slot.least {
			return nil, fmt.Errorf("leaf: line %d should be %s", at+1, slot.name)
		}
	}
	if at < len(lines) {
		return nil, fmt.Errorf("leaf: line %d is none that a leaf of kind %s has there", at+1, kind)
	}
	return l, nil
}
