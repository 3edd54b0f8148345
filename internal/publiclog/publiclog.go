// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package publiclog is the log behind every warning: what of the journal goes
// into it (Scribe), the Merkle tree that follows (Tree), and the checkpoints
// that stand for it (Keeper). docs/formats/log.md says what others see of it.
//
// A leaf is an event in the record of what it tells, so that both are durable
// together or not at all; the tree is a function of the journal. Checkpoints are
// signed after the commit, and witnesses are asked after that: a warning waits
// for neither.
package publiclog

import (
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// The journal events of the log.
const (
	// EventLeaf has the exact text of a leaf as its body, a JSON string.
	EventLeaf = "log.leaf"
	// EventHolder has a Holder as its body.
	EventHolder = "log.holder"
)

// Holder is the body of EventHolder: the number that stands for an operator in
// the public log. It is random, and the journal alone knows whose it is.
type Holder struct {
	Operator string `json:"operator"`
	Number   string `json:"number"`
}

// Subject is where the core says how the log stands, as a State.
const Subject = "telemetry.log"

// State is how the log stands.
type State struct {
	Origin string `json:"origin"`
	// Keys are those that sign checkpoints, in the form of C2SP signed-note.
	Keys []string `json:"keys"`
	// IssuerKeys are those that sign Statements, in the same form.
	IssuerKeys []string `json:"issuerKeys,omitempty"`
	// Statements are about messages that no checkpoint covers, while the signer
	// cannot be reached; in the order of the log.
	Statements []Statement `json:"statements,omitempty"`
	// Checkpoint is the newest, with the cosignatures that came in so far.
	Checkpoint []byte `json:"checkpoint,omitempty"`
	// Witnessed is the newest that a quorum of witnesses has cosigned.
	// It was signed at WitnessedAt.
	Witnessed   []byte    `json:"witnessed,omitempty"`
	WitnessedAt time.Time `json:"witnessedAt,omitzero"`
	// Signed is when Checkpoint was signed.
	Signed time.Time `json:"signed,omitzero"`
	// Trouble is what keeps the log from going on, or from being witnessed; empty
	// when all is well. Since is from when on, Detail a sentence in English.
	Trouble Trouble   `json:"trouble,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Detail  string    `json:"detail,omitempty"`
}

// Trouble names what is wrong with the log. The ids are stable.
type Trouble string

// The troubles, the gravest first.
const (
	// TroubleRoot: two computations of the root differ, or the journal does not
	// lead to what was signed. Nothing is signed any more.
	TroubleRoot Trouble = "log.root"
	// TroubleRefused: the signer refuses, because it has signed a tree that the
	// journal does not go on from, as after the restore of an old backup.
	TroubleRefused Trouble = "log.refused"
	// TroubleStuck: the signer could not be reached for a minute.
	TroubleStuck Trouble = "log.stuck"
	// TroubleUnwitnessed: witnesses have been silent for a minute.
	TroubleUnwitnessed Trouble = "log.unwitnessed"
)

// leaves gives the leaves that a record holds, in their order.
func leaves(r journal.Record) ([][]byte, error) {
	var all [][]byte
	for _, e := range r.Events {
		if e.Kind != EventLeaf {
			continue
		}
		text, err := journal.Decode[string](e)
		if err != nil {
			return nil, err
		}
		all = append(all, []byte(text))
	}
	return all, nil
}
