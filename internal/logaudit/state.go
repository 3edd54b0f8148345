// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package logaudit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/tlog"
)

// stateVersion is the value of "version" in a state.
const stateVersion = "tocsin-audit/v1"

// maxFindings bounds what is kept of what is wrong with a log, and of messages to
// ask for again.
const maxFindings = 1000

// State is how far an audit has come, what is wrong for good, and which messages
// are still to be compared. docs/formats/log-audit.md has the form.
type State struct {
	Version string `json:"version"`
	// Checkpoint is the newest that was confirmed, signed.
	Checkpoint string          `json:"checkpoint"`
	Audit      tlog.AuditState `json:"audit"`
	// Findings are what is wrong in the log itself, at most 1,000; Omitted is how
	// many more there are.
	Findings []tlog.Finding `json:"findings,omitempty"`
	Omitted  int            `json:"omitted,omitempty"`
	// Open are the entries whose message was not there, or another.
	Open []OpenEntry `json:"open,omitempty"`
}

// OpenEntry is an entry whose message is asked for again in each round.
type OpenEntry struct {
	Index int64  `json:"index"`
	Entry string `json:"entry"`
}

// ParseState reads a state. It is the reader's own file, and is believed.
func ParseState(raw []byte) (*State, error) {
	s := &State{}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("state of an audit: %w", err)
	}
	if s.Version != stateVersion {
		return nil, fmt.Errorf("state of an audit: its version is %q, not %q", s.Version, stateVersion)
	}
	t, err := tlog.UnsignedCheckpoint([]byte(s.Checkpoint))
	if err != nil {
		return nil, fmt.Errorf("state of an audit: %w", err)
	}
	tree := tlog.Range{Size: s.Audit.Size, Edge: s.Audit.Edge}
	if tree.Size < 0 || bits.OnesCount64(uint64(tree.Size)) != len(tree.Edge) {
		return nil, fmt.Errorf("state of an audit: a tree of %d entries has not %d edge hashes", tree.Size, len(tree.Edge))
	}
	if t != (tlog.Tree{Origin: s.Audit.Origin, Size: s.Audit.Size, Root: tree.Root()}) {
		return nil, errors.New("state of an audit: its checkpoint is of another tree")
	}
	return s, nil
}

// Tree is the newest tree that was confirmed.
func (s *State) Tree() tlog.Tree {
	t, err := tlog.UnsignedCheckpoint([]byte(s.Checkpoint))
	if err != nil {
		return tlog.Tree{} // ParseState has read it
	}
	return t
}

// find keeps what is wrong for good.
func (s *State) find(all ...tlog.Finding) {
	for _, f := range all {
		if len(s.Findings) == maxFindings {
			s.Omitted++
			continue
		}
		s.Findings = append(s.Findings, f)
	}
}

// forkVersion is the value of "version" in an evidence.
const forkVersion = "tocsin-fork/v1"

// Evidence shows that a log has two histories. It convinces everyone who has the
// log's key: two signed checkpoints of one size with two roots, or two sizes and
// the consistency proof by which the larger tree leads to another root for the
// smaller size. For a log that shrank it is two checkpoints with their times.
type Evidence struct {
	Version string `json:"version"`
	// Older is the checkpoint that was seen first.
	Older string `json:"older"`
	Newer string `json:"newer"`
	// Root is what Newer's tree has for the size of Older, by the hashes in
	// Consistency (RFC 6962, section 2.1.2); only when the sizes differ.
	Root        *merkle.Hash  `json:"root,omitempty"`
	Consistency []merkle.Hash `json:"consistency,omitempty"`
}

// Check reports whether the evidence proves a fork to somebody with the log's keys.
func (e *Evidence) Check(keys ...note.Verifier) error {
	older, err := tlog.OpenCheckpoint([]byte(e.Older), keys...)
	if err != nil {
		return err
	}
	newer, err := tlog.OpenCheckpoint([]byte(e.Newer), keys...)
	if err != nil {
		return err
	}
	switch {
	case e.Version != forkVersion || older.Origin != newer.Origin:
		return errors.New("evidence of a fork: it is not of one log")
	case older.Size == newer.Size && older.Root != newer.Root:
		return nil
	case e.Root == nil || *e.Root == older.Root:
		return errors.New("evidence of a fork: it shows one history")
	}
	return merkle.CheckTree(e.Consistency, newer.Size, newer.Root, older.Size, *e.Root)
}
