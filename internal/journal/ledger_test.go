// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
)

// seen is a projection that keeps the records it was given.
type seen []journal.Record

func (s *seen) Apply(r journal.Record) error {
	*s = append(*s, r)
	return nil
}

// A ledger applies what it decided without reading it back. What its projection
// sees must be what any later replay sees, but for the chain, which is the
// journal's own.
func TestLedgersAndReplaysSeeTheSame(t *testing.T) {
	j := memory.New()
	var first, second, replayed seen
	ledgers := []*journal.Ledger{journal.NewLedger(j, &first, time.Now), journal.NewLedger(j, &second, time.Now)}
	// Two writers race, so that each also has to read on and decide again.
	var work sync.WaitGroup
	for _, l := range ledgers {
		work.Go(func() {
			for range 50 {
				if _, err := l.Do(t.Context(), "anna", func(now time.Time, serial uint64) ([]journal.Event, error) {
					return []journal.Event{journal.NewEvent("test.counted", map[string]any{"serial": serial, "at": now})}, nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	last := journal.NewLedger(j, &replayed, time.Now)
	for _, l := range append(ledgers, last) {
		if err := l.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, live := range []seen{first, second} {
		if diff := cmp.Diff(replayed, live, cmpopts.IgnoreFields(journal.Record{}, "Previous")); diff != "" {
			t.Error(diff)
		}
	}
	if len(replayed) != 100 {
		t.Errorf("%d records", len(replayed))
	}
}
