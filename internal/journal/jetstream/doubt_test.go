// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
)

// Two processes write one journal: what each remembers of the head is stale at
// times, and the engine's own comparison decides.
func TestTwoWriters(t *testing.T) {
	s := newStore(t)
	a, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	one, err := a.Append(t.Context(), 0, crashDraft(1))
	if err != nil {
		t.Fatal(err)
	}
	// The same draft after the same head makes the same bytes; still only one wins.
	if _, err := b.Append(t.Context(), 0, crashDraft(1)); !errors.Is(err, journal.ErrConflict) {
		t.Fatalf("error is %v, want ErrConflict", err)
	}
	two, err := b.Append(t.Context(), one.Seq, crashDraft(2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Append(t.Context(), two.Seq, crashDraft(3)); err != nil {
		t.Fatal(err)
	}
	if n, err := lost(t.Context(), s.engine.JetStream, map[uint64]journal.Digest{1: one.Digest, 2: two.Digest}); n > 0 || err != nil {
		t.Fatalf("%d records lost: %v", n, err)
	}
}

// Appends whose answer comes too late are in doubt. The head resolves it, and
// nothing that was acknowledged is lost or doubled.
func TestDoubtIsResolved(t *testing.T) {
	s := newStore(t)
	patient, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[uint64]journal.Digest{}
	var head journal.Head
	var took []time.Duration
	for range 50 {
		start := time.Now()
		if head, err = patient.Append(t.Context(), head.Seq, crashDraft(head.Seq+1)); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(start))
		acknowledged[head.Seq] = head.Digest
	}
	slices.Sort(took)
	// So short that some are in time and some are not.
	j, err := jetstream.Open(t.Context(), s.engine.JetStream, jetstream.Options{Timeout: took[len(took)/2]})
	if err != nil {
		t.Fatal(err)
	}
	doubts, stored := 0, 0
	for deadline := time.Now().Add(20 * time.Second); head.Seq < 300 || stored == 0; {
		if time.Now().After(deadline) {
			t.Skipf("this machine cannot tell: %d records, %d doubts, %d of them stored", head.Seq, doubts, stored)
		}
		made, err := j.Append(t.Context(), head.Seq, crashDraft(head.Seq+1))
		if err == nil {
			acknowledged[made.Seq] = made.Digest
			head = made
			continue
		}
		if !errors.Is(err, journal.ErrConflict) {
			doubts++
		}
		before := head.Seq
		if head, err = patient.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
		if head.Seq > before {
			stored++
		}
	}
	if n, err := lost(t.Context(), s.engine.JetStream, acknowledged); n > 0 || err != nil {
		t.Fatalf("%d of %d acknowledged records lost: %v", n, len(acknowledged), err)
	}
	t.Logf("%d records, %d appends in doubt, %d of them stored", head.Seq, doubts, stored)
}
