// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Digest is a SHA-256 digest, written as hexadecimal.
type Digest [sha256.Size]byte

// DigestOf is the digest of a record as it is stored.
func DigestOf(stored []byte) Digest { return sha256.Sum256(stored) }

// String gives the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Digest) UnmarshalText(text []byte) error {
	var raw Digest
	if len(text) != hex.EncodedLen(len(raw)) {
		return fmt.Errorf("digest %q is not %d hexadecimal bytes", text, len(raw))
	}
	if _, err := hex.Decode(raw[:], text); err != nil {
		return fmt.Errorf("digest %q: %w", text, err)
	}
	*d = raw
	return nil
}

// EncodeRecord gives the draft its place after the head and returns the bytes to
// store (docs/formats/journal.md) and the head they make. A draft that is not a
// record is a *problem.Error: Invalid, or TooLarge.
func EncodeRecord(draft Draft, after Head) ([]byte, Head, error) {
	if err := draft.check(); err != nil {
		return nil, Head{}, err
	}
	record := Record{
		Version: Version, Seq: after.Seq + 1, Time: draft.Time.UTC(),
		By: draft.By, Events: draft.Events, Previous: after.Digest,
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(record); err != nil {
		return nil, Head{}, problem.Wrap(err, problem.Invalid, "the record cannot be written as JSON",
			"Give every event a body that is JSON, and a time before the year 10000.")
	}
	stored := bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
	if len(stored) > MaxRecordBytes {
		return nil, Head{}, problem.New(problem.TooLarge,
			fmt.Sprintf("the record has %d bytes, more than the %d that the journal takes", len(stored), MaxRecordBytes),
			"Shorten the content, or split it.")
	}
	return stored, Head{Seq: record.Seq, Digest: DigestOf(stored)}, nil
}

func (d Draft) check() error {
	var faults []problem.Fault
	fault := func(field, message string) {
		faults = append(faults, problem.Fault{Field: field, Rule: "journal.record", Message: message})
	}
	if d.Time.IsZero() {
		fault("time", "a record says when it happened")
	}
	if d.By == "" {
		fault("by", "a record says who did it")
	}
	if len(d.Events) == 0 {
		fault("events", "a record holds at least one event")
	}
	for i, event := range d.Events {
		if event.Kind == "" {
			fault(fmt.Sprintf("events[%d].kind", i), "an event has a kind")
		}
	}
	return problem.InvalidFaults("this is not a record", faults)
}

// DecodeRecord reads a stored record. It returns ErrNewerVersion for one that a newer
// Tocsin wrote and ErrCorrupt for what is no record; it does not look at the chain.
func DecodeRecord(stored []byte) (Record, error) {
	if record, ok := readCanonical(stored); ok {
		return record, nil
	}
	var record Record
	if err := json.Unmarshal(stored, &record); err != nil {
		var format struct{ Version int }
		if json.Unmarshal(stored, &format) == nil && format.Version > Version {
			return Record{}, newer(format.Version)
		}
		return Record{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if record.Version > Version {
		return Record{}, newer(record.Version)
	}
	if record.Version < 1 {
		return Record{}, fmt.Errorf("%w: no version", ErrCorrupt)
	}
	return record, nil
}

func newer(version int) error {
	return fmt.Errorf("%w: format %d, this one reads up to %d", ErrNewerVersion, version, Version)
}

// Chain verifies records one after the other.
type Chain struct{ head Head }

// NewChain starts behind a head: the zero Head for a whole journal.
func NewChain(head Head) *Chain { return &Chain{head: head} }

// Head is the place of the last record that was verified.
func (c *Chain) Head() Head { return c.head }

// Next reads the stored record that must come next. ErrCorrupt names the sequence.
func (c *Chain) Next(stored []byte) (Record, error) {
	next := c.head.Seq + 1
	record, err := DecodeRecord(stored)
	switch {
	case err != nil:
		return Record{}, fmt.Errorf("record %d: %w", next, err)
	case record.Seq != next:
		return Record{}, fmt.Errorf("record %d: %w: a record numbered %d is in its place", next, ErrCorrupt, record.Seq)
	case record.Previous != c.head.Digest:
		return Record{}, fmt.Errorf("record %d: %w: it follows %s, but the record before has %s",
			next, ErrCorrupt, record.Previous, c.head.Digest)
	}
	c.head = Head{Seq: next, Digest: DigestOf(stored)}
	return record, nil
}

// Seed starts a chain at a record in the middle, which itself must be readable
// and have the given sequence; what comes before it is not verified.
func Seed(seq uint64, stored []byte) (*Chain, error) {
	record, err := DecodeRecord(stored)
	if err == nil && record.Seq != seq {
		err = fmt.Errorf("%w: a record numbered %d is in its place", ErrCorrupt, record.Seq)
	}
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", seq, err)
	}
	return NewChain(Head{Seq: seq, Digest: DigestOf(stored)}), nil
}

// Missing is the ErrCorrupt of a journal that ends before a record that was
// seen in it, as one restored from an old backup does.
func Missing(seen, head uint64) error {
	return fmt.Errorf("record %d: %w: it was seen before, but the journal ends at %d", seen, ErrCorrupt, head)
}
