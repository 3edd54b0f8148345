// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
)

// sharedBytes is how much of the journal Shared keeps, in bytes of bodies: by so
// much may a role lag behind the first one before it reads by itself.
const sharedBytes = 64 << 20

// Shared is a journal that several roles of one process replay side by side
// when they start. What one of them has read the others get as well: the very
// same records, whose events Decode decodes once for all of them. So records
// that Read returns are not to be changed. While roles work on a batch, Shared
// reads the next one.
//
// Sharing changes no promise of Journal: what is kept is a verified piece of
// what can only grow, and whatever may follow it is read for whoever asks. A
// role that lags too far behind, or whose batches begin elsewhere, reads by
// itself. Append, Watch and Head are those of the journal underneath.
type Shared struct {
	Journal
	most int // bytes of bodies that are kept

	mu     sync.Mutex
	runs   []*run // the latest, in the order in which they were begun
	passed bool   // Forget was called
}

// run is a piece of the journal that is being read, or has been.
type run struct {
	after   uint64
	read    chan struct{} // closed when the fields below are final
	records []Record
	bytes   int
	err     error
}

// Share lets the roles that use what it returns share their reading.
func Share(j Journal) *Shared { return &Shared{Journal: j, most: sharedBytes} }

// Forget ends the sharing, once the roles have started: it lets go of what is
// kept, and from then on Read is that of the journal underneath.
func (s *Shared) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs, s.passed = nil, true
}

// Read implements Journal.
func (s *Shared) Read(ctx context.Context, after uint64, limit int) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	r := s.run(ctx, after, limit)
	if r == nil {
		return s.Journal.Read(ctx, after, limit)
	}
	select {
	case <-r.read:
	case <-ctx.Done():
		return nil, fmt.Errorf("read journal: %w", ctx.Err())
	}
	if r.err != nil {
		// It may be of the role that began to read and was told to stop.
		return s.Journal.Read(ctx, after, limit)
	}
	if len(r.records) >= limit {
		s.run(ctx, after+uint64(limit), limit)
		return r.records[:limit:limit], nil
	}
	// It was the journal's end when it was read, which may be some time ago.
	more, err := s.Journal.Read(ctx, after+uint64(len(r.records)), limit-len(r.records))
	return append(slices.Clip(r.records), more...), err
}

// run gives the run that begins after the sequence, and begins it if there is
// none; nil when there is nothing to share.
func (s *Shared) run(ctx context.Context, after uint64, limit int) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.passed || limit <= 0 {
		return nil
	}
	for _, r := range s.runs {
		if r.after == after {
			return r
		}
	}
	r := &run{after: after, read: make(chan struct{})}
	s.runs = append(s.runs, r)
	go s.fill(ctx, r, limit)
	return r
}

func (s *Shared) fill(ctx context.Context, r *run, limit int) {
	r.records, r.err = s.Journal.Read(ctx, r.after, limit)
	for _, record := range r.records {
		for i := range record.Events {
			record.Events[i].memo = &memo{}
			r.bytes += len(record.Events[i].Body)
		}
	}
	close(r.read)
	s.trim()
}

// trim lets go of the oldest runs, so that what is kept stays in its bounds.
func (s *Shared) trim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := 0
	for i, r := range slices.Backward(s.runs) {
		select {
		case <-r.read:
		default:
			continue // being read
		}
		if kept > s.most {
			s.runs = slices.Delete(s.runs, 0, i+1)
			return
		}
		kept += r.bytes
	}
}

// memo keeps the body of an event as it was decoded last.
type memo struct {
	mu   sync.Mutex
	body any // *T; nil before
}

// Equal reports whether both events are the same, decoded or not.
func (e Event) Equal(other Event) bool {
	return e.Kind == other.Kind && bytes.Equal(e.Body, other.Body)
}
