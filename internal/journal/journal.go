// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package journal is the node's ordered, durable record of everything that
// happened. All other state is a projection of it. Records form a hash chain,
// because no storage engine protects against bit rot.
//
// The interface is small so that the engine stays exchangeable: journal/jetstream
// keeps the journal on NATS JetStream, journal/memory keeps it in memory for
// tests and simulations, and journal/journaltest is the conformance suite that
// both pass.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Version is the format version of records. A journal that holds a newer one is refused.
const Version = 1

// MaxRecordBytes is the largest record, as stored, that a journal takes. The
// engine's messages end at 4 MiB; the rest is for their headers.
const MaxRecordBytes = 4<<20 - 4<<10

// Event is one thing that happened, named by its kind ("warning.released").
// The package that owns the kind owns the shape of its body.
type Event struct {
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`

	memo *memo // of an event that roles share; see Shared
}

// NewEvent marshals a body. Event bodies are plain structs, so a body that does
// not marshal is a defect and panics.
func NewEvent(kind string, body any) Event {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("journal: event %s does not marshal: %v", kind, err))
	}
	return Event{Kind: kind, Body: raw}
}

// Decode unmarshals the body of an event. The roles of a process share what they
// read at their start (Shared), and then also what it decodes to: maps, slices
// and pointers in the body are not to be changed.
func Decode[T any](e Event) (T, error) {
	if e.memo == nil {
		return decode[T](e)
	}
	e.memo.mu.Lock()
	defer e.memo.mu.Unlock()
	if body, ok := e.memo.body.(*T); ok {
		return *body, nil
	}
	body, err := decode[T](e)
	if err == nil {
		e.memo.body = &body
	}
	return body, err
}

func decode[T any](e Event) (T, error) {
	var body T
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return body, fmt.Errorf("decode event %s: %w", e.Kind, err)
	}
	return body, nil
}

// Record is one durable entry: all its events happened together, or none did.
type Record struct {
	Version int `json:"version"`
	// Seq counts from 1 without gaps.
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	// By is the operator's name, or "node" for what the node did by itself.
	By     string  `json:"by"`
	Events []Event `json:"events"`
	// Previous is the digest of the record before; zero for the first.
	Previous Digest `json:"previous"`
}

// Draft is a record before the journal has given it its place.
type Draft struct {
	Time   time.Time
	By     string
	Events []Event
}

// Head is the place of the last record. The zero Head is that of an empty journal.
type Head struct {
	Seq    uint64
	Digest Digest
}

var (
	// ErrConflict: the journal's head is not the expected one; nothing was
	// appended. Read on, decide anew, and try again.
	ErrConflict = errors.New("journal: head moved")
	// ErrCorrupt: a record does not fit the hash chain or cannot be read.
	// The journal refuses to go on; see docs/runbooks/journal-corrupt.md.
	ErrCorrupt = errors.New("journal: corrupt")
	// ErrNewerVersion: the journal was written by a newer Tocsin; nothing is touched.
	ErrNewerVersion = errors.New("journal: written by a newer version")
	// ErrFull: the disk or the journal's size limit is reached; nothing was appended.
	ErrFull = errors.New("journal: no space left")
)

// Journal is an append-only record with compare-and-set. Implementations are
// safe for use by several goroutines.
type Journal interface {
	// Append stores the draft as one record if the head's sequence still is
	// expected, and returns the new head. When Append returns nil the record
	// survives any crash, power loss included. When it returns ErrConflict or
	// ErrFull nothing was stored, nor when it returns a *problem.Error because
	// the draft is not a record (no time, nobody, no events: problem.Invalid; more
	// than MaxRecordBytes: problem.TooLarge). After any other error, the caller
	// does not know and must read the journal's head.
	Append(ctx context.Context, expected uint64, draft Draft) (Head, error)
	// Read returns up to limit records after the given sequence, in order, and
	// verifies their chain: it returns ErrCorrupt, naming the sequence, together
	// with the records before the break. A sequence beyond the head is ErrCorrupt
	// too: whoever asks has seen records that are gone.
	Read(ctx context.Context, after uint64, limit int) ([]Record, error)
	// Watch calls yield for every record after the given sequence, in order and
	// without gaps, first those that exist and then new ones as they become
	// durable, until the context ends or yield returns an error. It returns the
	// context's error or yield's, and verifies the chain as Read does. Yield is
	// never called again once Watch has returned.
	Watch(ctx context.Context, after uint64, yield func(Record) error) error
	// Head returns the place of the last durable record.
	Head(ctx context.Context) (Head, error)
}
