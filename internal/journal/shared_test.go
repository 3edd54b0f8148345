// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/journaltest"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
)

// sharedStore is a store whose journals are shared.
type sharedStore struct {
	journal *memory.Journal
	stored  [][]byte
}

func (s *sharedStore) Open() (journal.Journal, error) {
	var err error
	if s.journal, err = memory.Open(s.stored); err != nil {
		return nil, err
	}
	return journal.Share(s.journal), nil
}

func (s *sharedStore) Close() { s.stored = s.journal.Stored() }

func (s *sharedStore) Put(stored []byte) { s.stored = append(s.stored, stored) }

func (s *sharedStore) SetFull(full bool) { s.journal.SetFull(full) }

func TestSharedConformance(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journaltest.Store { return &sharedStore{} })
}

// counting counts the records that are read.
type counting struct {
	journal.Journal
	records atomic.Int64
	begun   chan struct{} // takes a value when a read begins; nil for no matter
	hold    chan struct{} // reads wait until it is closed; nil for no wait
}

func (c *counting) Read(ctx context.Context, after uint64, limit int) ([]journal.Record, error) {
	if c.begun != nil {
		c.begun <- struct{}{}
	}
	if c.hold != nil {
		select {
		case <-c.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	records, err := c.Journal.Read(ctx, after, limit)
	c.records.Add(int64(len(records)))
	return records, err
}

// entry is the body of the test's events; decoded counts how often one was.
type entry struct {
	Numbers []int
	Counted counted
}

type counted struct{}

var decoded atomic.Int64

func (*counted) UnmarshalJSON([]byte) error {
	decoded.Add(1)
	return nil
}

func add(t testing.TB, j journal.Journal, count int) {
	t.Helper()
	head, err := j.Head(t.Context())
	for range count {
		if err != nil {
			t.Fatal(err)
		}
		event := journal.NewEvent("test.entry", entry{Numbers: []int{int(head.Seq) + 1}})
		head, err = j.Append(t.Context(), head.Seq, journal.Draft{Time: time.Unix(1e9, 0), By: "node", Events: []journal.Event{event}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sum is a role's projection.
type sum struct{ records, numbers int }

func (s *sum) Apply(r journal.Record) error {
	body, err := journal.Decode[entry](r.Events[0])
	if err != nil {
		return err
	}
	s.records++
	s.numbers += body.Numbers[0]
	return nil
}

func TestRolesReplayAtTheCostOfOne(t *testing.T) {
	const count, roles = 5000, 4
	j := &counting{Journal: memory.New()}
	add(t, j, count)
	decoded.Store(0)
	shared := journal.Share(j)
	var wait sync.WaitGroup
	for range roles {
		wait.Go(func() {
			var role sum
			if err := journal.NewLedger(shared, &role, time.Now).CatchUp(t.Context()); err != nil {
				t.Error(err)
			}
			if want := (sum{count, count * (count + 1) / 2}); role != want {
				t.Errorf("a role saw %+v, want %+v", role, want)
			}
		})
	}
	wait.Wait()
	if read := j.records.Load(); read != count {
		t.Errorf("%d records were read for %d", read, count)
	}
	if decoded.Load() != count {
		t.Errorf("%d bodies were decoded for %d", decoded.Load(), count)
	}
}

func TestWhatIsKeptIsNotTakenForTheEnd(t *testing.T) {
	j := memory.New()
	shared := journal.Share(j)
	for want := 1; want < 10; want++ {
		add(t, shared, 1)
		records, err := shared.Read(t.Context(), 0, 1000)
		if err != nil || len(records) != want || records[want-1].Seq != uint64(want) {
			t.Fatalf("%d records, %v; want %d", len(records), err, want)
		}
	}
}

func TestBatchesOfOtherSizes(t *testing.T) {
	j := memory.New()
	add(t, j, 30)
	shared := journal.Share(j)
	for _, limit := range []int{10, 3, 17, 100} {
		for after := uint64(0); after <= 30; after += 5 {
			want, err := j.Read(t.Context(), after, limit)
			if err != nil {
				t.Fatal(err)
			}
			got, err := shared.Read(t.Context(), after, limit)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%d after %d: %v\n%s", limit, after, err, diff)
			}
		}
	}
}

// A role that is told to stop takes none of the others with it.
func TestARoleStopsInTheMiddleOfASharedRead(t *testing.T) {
	j := &counting{Journal: memory.New(), begun: make(chan struct{}, 10), hold: make(chan struct{})}
	add(t, j, 3)
	shared := journal.Share(j)
	first, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		_, err := shared.Read(first, 0, 10)
		stopped <- err
	}()
	<-j.begun // the first role's
	type answer struct {
		records []journal.Record
		err     error
	}
	second := make(chan answer, 1)
	go func() {
		records, err := shared.Read(t.Context(), 0, 10)
		second <- answer{records, err}
	}()
	stop()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("the role that was told to stop got %v", err)
	}
	close(j.hold)
	if a := <-second; a.err != nil || len(a.records) != 3 {
		t.Errorf("the other role got %d records, %v", len(a.records), a.err)
	}
}

func TestForgetEndsTheSharing(t *testing.T) {
	j := &counting{Journal: memory.New()}
	add(t, j, 5)
	shared := journal.Share(j)
	read := func() int64 {
		before := j.records.Load()
		if records, err := shared.Read(t.Context(), 0, 10); err != nil || len(records) != 5 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		return j.records.Load() - before
	}
	for i, want := range []int64{5, 0} {
		if got := read(); got != want {
			t.Errorf("read %d took %d records, want %d", i+1, got, want)
		}
	}
	shared.Forget()
	for range 2 {
		if got := read(); got != 5 {
			t.Errorf("a read after Forget took %d records, want 5", got)
		}
	}
}

func TestWhatIsKeptStaysInItsBounds(t *testing.T) {
	const count = 1000
	j := &counting{Journal: memory.New()}
	add(t, j, count)
	shared := journal.ShareUpTo(j, count/4*len(`{"Numbers":[1],"Counted":{}}`))
	pass := func() int64 {
		before := j.records.Load()
		for after := uint64(0); after < count; after += 10 {
			if records, err := shared.Read(t.Context(), after, 10); err != nil || len(records) != 10 {
				t.Fatalf("%d records, %v", len(records), err)
			}
		}
		return j.records.Load() - before
	}
	pass()
	if again := pass(); again < count/2 {
		t.Errorf("a role that came much later read %d of %d records by itself", again, count)
	}
}
