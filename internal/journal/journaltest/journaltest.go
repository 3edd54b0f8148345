// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package journaltest is the conformance suite of journals: whatever keeps a
// journal passes it, so that the node need not know which one it has.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// Store is one journal's place, empty at first, seen from the outside.
type Store interface {
	// Open opens the journal, also after Close.
	Open() (journal.Journal, error)
	// Close stops the journal; the place keeps what was stored.
	Close()
	// Put stores bytes as the next record behind the journal's back, after Close.
	Put(stored []byte)
	// SetFull takes all space from the journal, or gives it back.
	SetFull(full bool)
}

// Run runs the suite on fresh stores.
func Run(t *testing.T, fresh func(t *testing.T) Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s Store)
	}{
		{"an empty journal", empty},
		{"append with the expected sequence", compareAndSet},
		{"what is stored is what was appended", content},
		{"drafts that are no records", refusals},
		{"records form a chain over their stored bytes", chained},
		{"read in pieces", pieces},
		{"a record of 1.5 MiB", bigRecord},
		{"many big records in one watch", bigRecords},
		{"one of many appenders wins", concurrentAppenders},
		{"watch while others append", watchWithoutGaps},
		{"watch ends with the context", watchCancel},
		{"watch ends with yield's error", watchYieldError},
		{"a cancelled context", cancelled},
		{"reopen", reopen},
		{"any history reads back", history},
		{"beyond the head", beyondHead},
		{"a full disk", fullDisk},
		{"a broken chain", brokenChain},
		{"bytes that are no record", garbage},
		{"a record of a newer version", newerVersion},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, fresh(t)) })
	}
}

func open(t testing.TB, s Store) journal.Journal {
	t.Helper()
	j, err := s.Open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return j
}

type note struct {
	Text string `json:"text"`
}

var epoch = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

func draft(text string) journal.Draft {
	return journal.Draft{Time: epoch, By: "node", Events: []journal.Event{journal.NewEvent("test.note", note{text})}}
}

func appendAll(t testing.TB, j journal.Journal, after journal.Head, texts ...string) journal.Head {
	t.Helper()
	for _, text := range texts {
		head, err := j.Append(t.Context(), after.Seq, draft(text))
		if err != nil {
			t.Fatalf("append %.20q after %d: %v", text, after.Seq, err)
		}
		if head.Seq != after.Seq+1 {
			t.Fatalf("append after %d made %d", after.Seq, head.Seq)
		}
		after = head
	}
	return after
}

func checkHead(t testing.TB, j journal.Journal, want journal.Head) {
	t.Helper()
	got, err := j.Head(t.Context())
	if err != nil || got != want {
		t.Fatalf("head is %v, %v; want %v", got, err, want)
	}
}

func checkTexts(t testing.TB, j journal.Journal, want ...string) {
	t.Helper()
	records, err := j.Read(t.Context(), 0, len(want)+1)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if diff := cmp.Diff(want, texts(t, records)); diff != "" {
		t.Fatalf("records (-want +got):\n%s", diff)
	}
}

func texts(t testing.TB, records []journal.Record) []string {
	t.Helper()
	var got []string
	for _, record := range records {
		body, err := journal.Decode[note](record.Events[0])
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, body.Text)
	}
	return got
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error is %v, want %v", got, want)
	}
}

func empty(t *testing.T, s Store) {
	j := open(t, s)
	checkHead(t, j, journal.Head{})
	checkTexts(t, j)
}

func pieces(t *testing.T, s Store) {
	j := open(t, s)
	appendAll(t, j, journal.Head{}, "1", "2", "3", "4", "5")
	for _, c := range []struct {
		after uint64
		limit int
		want  []string
	}{
		{0, 2, []string{"1", "2"}},
		{2, 2, []string{"3", "4"}},
		{4, 2, []string{"5"}},
		{5, 2, nil},
		{0, 0, nil},
		{0, -1, nil},
		{1, int(^uint(0) >> 1), []string{"2", "3", "4", "5"}},
	} {
		records, err := j.Read(t.Context(), c.after, c.limit)
		if err != nil {
			t.Fatalf("read %d after %d: %v", c.limit, c.after, err)
		}
		if diff := cmp.Diff(c.want, texts(t, records)); diff != "" {
			t.Errorf("read %d after %d (-want +got):\n%s", c.limit, c.after, diff)
		}
	}
}

func bigRecord(t *testing.T, s Store) {
	j := open(t, s)
	big := string(bytes.Repeat([]byte("Sturm "), 1<<18))
	head := appendAll(t, j, journal.Head{}, big, "small")
	checkHead(t, j, head)
	checkTexts(t, j, big, "small")
}

func bigRecords(t *testing.T, s Store) {
	j := open(t, s)
	const count = 50
	head := journal.Head{}
	for i := range count {
		head = appendAll(t, j, head, fmt.Sprint(i, string(bytes.Repeat([]byte("x"), 3<<19))))
	}
	var seen uint64
	watchUntil(t, j, 0, count, func(r journal.Record) { seen += r.Seq })
	if seen != count*(count+1)/2 {
		t.Errorf("sequences add up to %d", seen)
	}
}

func cancelled(t *testing.T, s Store) {
	j := open(t, s)
	head := appendAll(t, j, journal.Head{}, "one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := j.Append(ctx, 1, draft("two"))
	wantError(t, err, context.Canceled)
	_, err = j.Read(ctx, 0, 1)
	wantError(t, err, context.Canceled)
	_, err = j.Head(ctx)
	wantError(t, err, context.Canceled)
	wantError(t, j.Watch(ctx, 0, func(journal.Record) error { return nil }), context.Canceled)
	checkHead(t, j, head)
}

func reopen(t *testing.T, s Store) {
	head := appendAll(t, open(t, s), journal.Head{}, "one", "two")
	s.Close()
	j := open(t, s)
	checkHead(t, j, head)
	_, err := j.Append(t.Context(), 1, draft("wrong"))
	wantError(t, err, journal.ErrConflict)
	appendAll(t, j, head, "three")
	s.Close()
	checkTexts(t, open(t, s), "one", "two", "three")
}

func history(t *testing.T, s Store) {
	j := open(t, s)
	var want []string
	head := journal.Head{}
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.String().Draw(r, "text")
		by := rapid.StringN(1, 20, -1).Draw(r, "by")
		at := time.Unix(0, rapid.Int64().Draw(r, "time"))
		made, err := j.Append(t.Context(), head.Seq, journal.Draft{Time: at, By: by,
			Events: []journal.Event{journal.NewEvent("test.note", note{text})}})
		if err != nil {
			r.Fatal(err)
		}
		head = made
		want = append(want, text)
		after := rapid.Uint64Range(0, head.Seq-1).Draw(r, "after")
		limit := rapid.IntRange(1, 8).Draw(r, "limit")
		records, err := j.Read(t.Context(), after, limit)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(want[after:min(int(after)+limit, len(want))], texts(t, records)); diff != "" {
			r.Fatalf("read %d after %d (-want +got):\n%s", limit, after, diff)
		}
		if last := records[len(records)-1]; last.Seq == head.Seq && (last.By != by || !last.Time.Equal(at)) {
			r.Fatalf("record is by %q at %v, want %q at %v", last.By, last.Time, by, at)
		}
	})
	s.Close()
	checkHead(t, open(t, s), head)
}
