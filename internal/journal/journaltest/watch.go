// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
)

// watchUntil watches until it has seen the record with the sequence.
func watchUntil(t testing.TB, j journal.Journal, after, until uint64, see func(journal.Record)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), eventually.Patience)
	defer cancel()
	enough := errors.New("enough")
	err := j.Watch(ctx, after, func(r journal.Record) error {
		see(r)
		if r.Seq == until {
			return enough
		}
		return nil
	})
	wantError(t, err, enough)
}

func watchWithoutGaps(t *testing.T, s Store) {
	j := open(t, s)
	const count = 600
	head := journal.Head{}
	for i := range count / 3 {
		head = appendAll(t, j, head, fmt.Sprint(i+1))
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := count / 3; i < count && !t.Failed(); i++ {
			var err error
			if head, err = j.Append(t.Context(), head.Seq, draft(fmt.Sprint(i+1))); err != nil {
				t.Errorf("append: %v", err)
			}
		}
	})
	for _, after := range []uint64{0, 1, count/3 - 1, count / 3, count/3 - 50} {
		wait.Go(func() {
			want := after
			watchUntil(t, j, after, count, func(r journal.Record) {
				want++
				if r.Seq != want || texts(t, []journal.Record{r})[0] != fmt.Sprint(want) {
					t.Errorf("watch after %d: record %d came when %d was next", after, r.Seq, want)
				}
			})
		})
	}
	wait.Wait()
}

func watchCancel(t *testing.T, s Store) {
	j := open(t, s)
	appendAll(t, j, journal.Head{}, "one")
	ctx, cancel := context.WithCancel(t.Context())
	returned := false
	err := j.Watch(ctx, 0, func(journal.Record) error {
		if returned {
			t.Error("yield was called after Watch had returned")
		}
		cancel()
		return nil
	})
	returned = true
	wantError(t, err, context.Canceled)
	appendAll(t, j, journal.Head{Seq: 1}, "two")
	checkTexts(t, j, "one", "two")
}

func watchYieldError(t *testing.T, s Store) {
	j := open(t, s)
	head := appendAll(t, j, journal.Head{}, "one", "two")
	stop := errors.New("stop")
	calls := 0
	err := j.Watch(t.Context(), 0, func(journal.Record) error {
		calls++
		return stop
	})
	wantError(t, err, stop)
	appendAll(t, j, head, "three")
	if calls != 1 {
		t.Errorf("yield was called %d times", calls)
	}
}
