// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package memory keeps a journal in memory, for tests and simulations. It
// stores the same bytes as the durable journal and keeps the same promises, but
// for durability: what it holds ends with the process unless Stored is kept.
package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// Journal is a journal in memory.
type Journal struct {
	mu     sync.Mutex
	stored [][]byte
	head   journal.Head
	full   bool
	grown  chan struct{} // closed and replaced when a record is appended
}

var _ journal.Journal = (*Journal)(nil)

// New makes an empty journal.
func New() *Journal { return &Journal{grown: make(chan struct{})} }

// Open makes a journal of stored records, as a start after a stop or crash
// does. It reads the last one alone: journal.ErrNewerVersion and
// journal.ErrCorrupt speak of that.
func Open(stored [][]byte) (*Journal, error) {
	j := New()
	j.stored = slices.Clone(stored)
	if seq := uint64(len(stored)); seq > 0 {
		chain, err := journal.Seed(seq, stored[seq-1])
		if err != nil {
			return nil, fmt.Errorf("open journal: %w", err)
		}
		j.head = chain.Head()
	}
	return j, nil
}

// Stored gives the records as they are stored, for Open.
func (j *Journal) Stored() [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.stored)
}

// SetFull makes every Append fail with journal.ErrFull, as a full disk does, or work again.
func (j *Journal) SetFull(full bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.full = full
}

// Append implements journal.Journal.
func (j *Journal) Append(ctx context.Context, expected uint64, draft journal.Draft) (journal.Head, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return journal.Head{}, fmt.Errorf("append to journal: %w", err)
	}
	if expected != j.head.Seq {
		return journal.Head{}, fmt.Errorf("append after %d, but the head is %d: %w", expected, j.head.Seq, journal.ErrConflict)
	}
	stored, head, err := journal.EncodeRecord(draft, j.head)
	if err != nil {
		return journal.Head{}, fmt.Errorf("append to journal: %w", err)
	}
	if j.full {
		return journal.Head{}, fmt.Errorf("append to journal: %w", journal.ErrFull)
	}
	j.stored = append(j.stored, stored)
	j.head = head
	close(j.grown)
	j.grown = make(chan struct{})
	return head, nil
}

// Read implements journal.Journal.
func (j *Journal) Read(ctx context.Context, after uint64, limit int) ([]journal.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	chain, stored, _, err := j.from(after)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	var records []journal.Record
	for _, raw := range stored[:min(len(stored), max(limit, 0))] {
		record, err := chain.Next(raw)
		if err != nil {
			return records, fmt.Errorf("read journal: %w", err)
		}
		records = append(records, record)
	}
	return records, nil
}

// Watch implements journal.Journal.
func (j *Journal) Watch(ctx context.Context, after uint64, yield func(journal.Record) error) error {
	chain, stored, grown, err := j.from(after)
	if err != nil {
		return fmt.Errorf("watch journal: %w", err)
	}
	for {
		for _, raw := range stored {
			if err := ctx.Err(); err != nil {
				return err
			}
			record, err := chain.Next(raw)
			if err != nil {
				return fmt.Errorf("watch journal: %w", err)
			}
			if err := yield(record); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
		j.mu.Lock()
		stored, grown = j.stored[chain.Head().Seq:], j.grown
		j.mu.Unlock()
	}
}

// Head implements journal.Journal.
func (j *Journal) Head(ctx context.Context) (journal.Head, error) {
	if err := ctx.Err(); err != nil {
		return journal.Head{}, fmt.Errorf("head of journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.head, nil
}

// from gives a chain behind the sequence, the records after it, and the channel
// that tells of the next one.
func (j *Journal) from(after uint64) (*journal.Chain, [][]byte, <-chan struct{}, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if after > j.head.Seq {
		return nil, nil, nil, journal.Missing(after, j.head.Seq)
	}
	chain := journal.NewChain(journal.Head{})
	if after > 0 {
		var err error
		if chain, err = journal.Seed(after, j.stored[after-1]); err != nil {
			return nil, nil, nil, err
		}
	}
	return chain, j.stored[after:], j.grown, nil
}
