// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Projection is state folded from the journal. Apply is called for every
// record in order, never from two goroutines at once.
type Projection interface {
	Apply(Record) error
}

// Projections applies records to several projections in turn.
type Projections []Projection

// Apply implements Projection.
func (p Projections) Apply(r Record) error {
	for _, projection := range p {
		if err := projection.Apply(r); err != nil {
			return err
		}
	}
	return nil
}

// Ledger keeps a projection in step with a journal, and appends what is decided
// on it. Several ledgers, in this process or others, may write to one journal:
// compare-and-set makes the slower one read on and decide again.
type Ledger struct {
	journal    Journal
	projection Projection
	now        func() time.Time

	// deciding is held by Do for the whole of decide, append and apply, so that
	// decisions of this process queue instead of racing each other.
	deciding sync.Mutex

	// state guards the projection, applied and changed. It is taken after
	// deciding, and never held while the journal is written.
	state   sync.RWMutex
	applied uint64
	changed chan struct{} // closed and replaced with every applied record
}

// NewLedger makes a ledger over an empty projection. now is the clock that
// stamps records.
func NewLedger(j Journal, p Projection, now func() time.Time) *Ledger {
	return &Ledger{journal: j, projection: p, now: now, changed: make(chan struct{})}
}

// Follow applies every record as it becomes durable, until the context ends.
// Exactly one goroutine runs it. Its error is fatal for the role: the journal is
// corrupt or gone.
func (l *Ledger) Follow(ctx context.Context) error {
	return l.journal.Watch(ctx, l.Applied(), l.apply)
}

// CatchUp applies all records that are durable now. It may run beside Follow.
func (l *Ledger) CatchUp(ctx context.Context) error {
	const batch = 1000
	for {
		records, err := l.journal.Read(ctx, l.Applied(), batch)
		if err != nil {
			return fmt.Errorf("catch up with the journal: %w", err)
		}
		for _, r := range records {
			if err := l.apply(r); err != nil {
				return err
			}
		}
		if len(records) < batch {
			return nil
		}
	}
}

func (l *Ledger) apply(r Record) error {
	l.state.Lock()
	defer l.state.Unlock()
	if r.Seq <= l.applied {
		return nil
	}
	if r.Seq != l.applied+1 {
		return fmt.Errorf("%w: record %d follows %d", ErrCorrupt, r.Seq, l.applied)
	}
	if err := l.projection.Apply(r); err != nil {
		return fmt.Errorf("apply record %d: %w", r.Seq, err)
	}
	l.applied = r.Seq
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

// Applied is the sequence of the last record in the projection.
func (l *Ledger) Applied() uint64 {
	l.state.RLock()
	defer l.state.RUnlock()
	return l.applied
}

// View calls read while the projection stands still.
func (l *Ledger) View(read func()) {
	l.state.RLock()
	defer l.state.RUnlock()
	read()
}

// Changed gives the sequence that is applied now and a channel that is closed
// when a later record is.
func (l *Ledger) Changed() (uint64, <-chan struct{}) {
	l.state.RLock()
	defer l.state.RUnlock()
	return l.applied, l.changed
}

// Do decides on the current state and makes the decision durable. decide sees
// the projection at rest, the time, and the sequence that its record will have;
// it may be called several times and must not have effects. When it gives no
// events, nothing is appended. Do returns decide's error as it is, once it is
// sure that decide saw the newest state; otherwise an error of the journal.
func (l *Ledger) Do(ctx context.Context, by string, decide func(now time.Time, serial uint64) ([]Event, error)) (Head, error) {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	for {
		now := l.now().UTC().Round(0) // as it reads back, without the monotonic clock
		var events []Event
		var refusal error
		var seen uint64
		l.View(func() {
			seen = l.applied
			events, refusal = decide(now, seen+1)
		})
		if refusal != nil || len(events) == 0 {
			head, err := l.journal.Head(ctx)
			if err != nil {
				return Head{}, err
			}
			if head.Seq <= seen {
				return head, refusal
			}
			if err := l.CatchUp(ctx); err != nil {
				return Head{}, err
			}
			continue
		}
		head, err := l.journal.Append(ctx, seen, Draft{Time: now, By: by, Events: events})
		switch {
		case errors.Is(err, ErrConflict):
			if err := l.CatchUp(ctx); err != nil {
				return Head{}, err
			}
		case err != nil:
			return Head{}, err
		default:
			// What was decided here need not be read back to be known.
			return head, l.apply(Record{Version: Version, Seq: head.Seq, Time: now, By: by, Events: events})
		}
	}
}
