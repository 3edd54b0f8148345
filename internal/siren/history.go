// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// ChangeKind is what happened to an entry of the registry.
type ChangeKind string

// The kinds of changes.
const (
	ChangeAdded   ChangeKind = "added"
	ChangeChanged ChangeKind = "changed"
	ChangeRemoved ChangeKind = "removed"
)

// Change is one change of one siren's entry.
type Change struct {
	// Version is that of the registry after the change: the sequence number of
	// the journal's record.
	Version uint64     `json:"version"`
	At      time.Time  `json:"at"`
	By      string     `json:"by"`
	Kind    ChangeKind `json:"kind" enum:"added,changed,removed"`
	// Fields are the members of the entry that changed, by their JSON names.
	Fields []string `json:"fields,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// Difference lists the members in which two entries differ, by their JSON names.
func Difference(a, b Siren) []string {
	var fields []string
	differs := func(name string, same bool) {
		if !same {
			fields = append(fields, name)
		}
	}
	differs("number", a.Number == b.Number)
	differs("name", a.Name == b.Name)
	differs("ars", a.ARS == b.ARS)
	differs("position", a.Position == b.Position)
	differs("publicKey", bytes.Equal(a.PublicKey, b.PublicKey))
	differs("type", a.Type == b.Type)
	differs("signals", slices.Equal(a.Signals, b.Signals))
	differs("paths", slices.Equal(a.Paths, b.Paths))
	differs("equipment", a.Equipment == b.Equipment)
	differs("public", a.Public == b.Public)
	differs("documents", slices.Equal(a.Documents, b.Documents))
	differs("generated", a.Generated == b.Generated)
	return fields
}

// chronicle is how a registry came to be what it is.
type chronicle struct {
	version uint64
	changes map[string][]Change
	highest uint32 // number ever given
}

func (c *chronicle) note(id string, record journal.Record, change Change) {
	change.Version, change.At, change.By = record.Seq, record.Time, record.By
	c.version = record.Seq
	c.changes[id] = append(c.changes[id], change)
}

// removed reports whether the siren was in the registry and no longer is.
func (c *chronicle) removed(id string) bool {
	changes := c.changes[id]
	return len(changes) > 0 && changes[len(changes)-1].Kind == ChangeRemoved
}

// Version is that of the registry: the sequence number of the journal's record
// that changed it last, 0 for none.
func (f *Fleet) Version() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.chronicle.version
}

// History lists the changes of a siren's entry, oldest first. It is kept when
// the siren is removed. The slice is shared: do not change it.
func (f *Fleet) History(id string) []Change {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.chronicle.changes[id]
}

// HighestNumber is the highest number that any siren ever had. New sirens are
// numbered behind it: a device that was removed may still obey its number.
func (f *Fleet) HighestNumber() uint32 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.chronicle.highest
}

// Known reports whether an id is, or ever was, that of a siren.
func (f *Fleet) Known(id string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return len(f.chronicle.changes[id]) > 0
}
