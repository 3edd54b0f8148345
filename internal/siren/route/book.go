// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// kept is for how long a book remembers calls: longer than any order lasts, and
// than a receiver may take to tell what it heard.
const kept = 24 * time.Hour

// Book is the projection of the calls that went out. It is safe for use by
// several goroutines.
type Book struct {
	mu     sync.RWMutex
	called []siren.Called
}

// Apply implements journal.Projection; records of other things are passed over.
func (b *Book) Apply(record journal.Record) error {
	for _, event := range record.Events {
		if event.Kind != siren.EventCalled {
			continue
		}
		body, err := journal.Decode[siren.Called](event)
		if err != nil {
			return fmt.Errorf("record %d: %w", record.Seq, err)
		}
		b.mu.Lock()
		b.called = slices.DeleteFunc(b.called, func(c siren.Called) bool { return body.At.Sub(c.At) > kept })
		b.called = append(b.called, body)
		b.mu.Unlock()
	}
	return nil
}

// Of lists what is known of an order's calls, in order.
func (b *Book) Of(order string) []siren.Called {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var of []siren.Called
	for _, c := range b.called {
		if c.Order == order {
			of = append(of, c)
		}
	}
	return of
}

// Last is when the same call began last, for whatever order; zero for never.
func (b *Book) Last(call siren.Call) (last time.Time) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, c := range b.called {
		if c.At.After(last) && slices.ContainsFunc(c.Calls, func(other siren.Call) bool {
			return other.Transmitter == call.Transmitter && SameCall(other, call)
		}) {
			last = c.At
		}
	}
	return last
}

// hearing is by how much the time at which a call is heard may lie before its
// record says that it begins, and after it ended: receivers buffer sound, and a
// transmitter may hold what it was given.
const hearing = time.Minute

// Ours reports whether a call that was heard can be one that this node sent.
func (b *Book) Ours(heard siren.Call, at time.Time) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.ContainsFunc(b.called, func(c siren.Called) bool {
		return c.Stage != siren.CallFailed && slices.ContainsFunc(c.Calls, func(call siren.Call) bool {
			return SameCall(call, heard) && !at.Before(c.At.Add(-hearing)) && !at.After(c.At.Add(call.Airtime+hearing))
		})
	})
}

// SameCall reports whether two calls are the same on the air, whoever sends them.
// A call without command is the same as any to its address: receivers of tones
// hear no double tone.
func SameCall(a, b siren.Call) bool {
	return a.Kind == b.Kind && key(a.Kind, a.Address) == key(b.Kind, b.Address) &&
		(a.Command == b.Command || a.Command == "" || b.Command == "")
}

// Recorder keeps calls in the journal.
type Recorder struct {
	Book *Book
	// Ledger's projection holds the book.
	Ledger *journal.Ledger
}

// Record makes one step of calls durable.
func (r Recorder) Record(ctx context.Context, c siren.Called) error {
	_, err := r.Ledger.Do(ctx, "node", func(time.Time, uint64) ([]journal.Event, error) {
		return []journal.Event{journal.NewEvent(siren.EventCalled, c)}, nil
	})
	return err
}

// Recall gives what is on record of an order's calls, the newest included.
func (r Recorder) Recall(ctx context.Context, order string) ([]siren.Called, error) {
	if err := r.Ledger.CatchUp(ctx); err != nil {
		return nil, err
	}
	return r.Book.Of(order), nil
}
