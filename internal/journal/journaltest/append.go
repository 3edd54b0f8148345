// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journaltest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func compareAndSet(t *testing.T, s Store) {
	j := open(t, s)
	_, err := j.Append(t.Context(), 1, draft("too early"))
	wantError(t, err, journal.ErrConflict)
	head := appendAll(t, j, journal.Head{}, "one", "two")
	for _, expected := range []uint64{0, 1, 3, 1 << 60} {
		_, err := j.Append(t.Context(), expected, draft("wrong"))
		wantError(t, err, journal.ErrConflict)
	}
	checkHead(t, j, head)
	head = appendAll(t, j, head, "three")
	checkHead(t, j, head)
	checkTexts(t, j, "one", "two", "three")
}

func content(t *testing.T, s Store) {
	j := open(t, s)
	at := time.Date(2026, 11, 24, 4, 5, 6, 123456789, time.FixedZone("", 3600))
	head, err := j.Append(t.Context(), 0, journal.Draft{Time: at, By: "Jörg <k&p>", Events: []journal.Event{
		{Kind: "test.a", Body: json.RawMessage(`{"text": "Überflutung \u2028 <b>", "n": 12345678901234567890}`)},
		{Kind: "test.b"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	records, err := j.Read(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []journal.Record{{
		Version: journal.Version, Seq: 1, Time: at.UTC(), By: "Jörg <k&p>",
		Events: []journal.Event{
			{Kind: "test.a", Body: json.RawMessage(`{"text":"Überflutung \u2028 <b>","n":12345678901234567890}`)},
			{Kind: "test.b", Body: json.RawMessage(`null`)},
		},
	}}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	checkHead(t, j, head)
}

func refusals(t *testing.T, s Store) {
	j := open(t, s)
	event := journal.NewEvent("test.note", note{"x"})
	for _, c := range []struct {
		name  string
		draft journal.Draft
		want  problem.Kind
	}{
		{"no events", journal.Draft{Time: epoch, By: "node"}, problem.Invalid},
		{"nobody", journal.Draft{Time: epoch, Events: []journal.Event{event}}, problem.Invalid},
		{"no time", journal.Draft{By: "node", Events: []journal.Event{event}}, problem.Invalid},
		{"no kind", journal.Draft{Time: epoch, By: "node", Events: []journal.Event{{}}}, problem.Invalid},
		{"a body that is no JSON", journal.Draft{Time: epoch, By: "node",
			Events: []journal.Event{{Kind: "test.note", Body: json.RawMessage(`{"text":`)}}}, problem.Invalid},
		{"too large", draft(string(bytes.Repeat([]byte("x"), journal.MaxRecordBytes))), problem.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := j.Append(t.Context(), 0, c.draft)
			wantError(t, err, c.want)
		})
	}
	checkHead(t, j, journal.Head{})
	appendAll(t, j, journal.Head{}, "still works")
}

func chained(t *testing.T, s Store) {
	j := open(t, s)
	var heads []journal.Head
	head := journal.Head{}
	for i := range 5 {
		head = appendAll(t, j, head, fmt.Sprint(i))
		heads = append(heads, head)
	}
	records, err := j.Read(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	before := journal.Head{}
	for i, record := range records {
		if record.Seq != uint64(i+1) || record.Previous != before.Digest {
			t.Errorf("record %d has sequence %d and follows %s, want %s", i+1, record.Seq, record.Previous, before.Digest)
		}
		stored, made, err := journal.EncodeRecord(journal.Draft{Time: record.Time, By: record.By, Events: record.Events}, before)
		if err != nil || made != heads[i] {
			t.Errorf("record %d encodes to %v, %v, but Append returned %v\n%s", i+1, made, err, heads[i], stored)
		}
		before = made
	}
}

func concurrentAppenders(t *testing.T, s Store) {
	j := open(t, s)
	const appenders, each = 16, 10
	var wins sync.Map // sequence -> appender
	var wait sync.WaitGroup
	for a := range appenders {
		wait.Go(func() {
			for won := 0; won < each; {
				head, err := j.Head(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				made, err := j.Append(t.Context(), head.Seq, draft(fmt.Sprint(a)))
				switch {
				case errors.Is(err, journal.ErrConflict):
				case err != nil:
					t.Error(err)
					return
				default:
					if other, taken := wins.LoadOrStore(made.Seq, fmt.Sprint(a)); taken {
						t.Errorf("appenders %d and %v both made record %d", a, other, made.Seq)
					}
					won++
				}
			}
		})
	}
	wait.Wait()
	records, err := j.Read(t.Context(), 0, appenders*each+1)
	if err != nil || len(records) != appenders*each {
		t.Fatalf("%d records, %v; want %d", len(records), err, appenders*each)
	}
	for i, text := range texts(t, records) {
		if winner, _ := wins.Load(uint64(i + 1)); winner != text {
			t.Errorf("record %d is of appender %s, but Append told %v", i+1, text, winner)
		}
	}
}
