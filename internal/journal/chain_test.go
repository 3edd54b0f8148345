// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The bytes of a record are a format: a journal lives longer than a version.
func TestEncodeRecordBytes(t *testing.T) {
	draft := Draft{
		Time: time.Date(2026, 11, 24, 4, 0, 0, 0, time.FixedZone("CET", 3600)), By: "jana",
		Events: []Event{NewEvent("test.a", map[string]any{"text": "<Ü>", "n": 1}), NewEvent("test.b", nil)},
	}
	stored, head, err := EncodeRecord(draft, Head{Seq: 41, Digest: DigestOf([]byte("the record before"))})
	if err != nil {
		t.Fatal(err)
	}
	// NewEvent marshals bodies as encoding/json does, with < and > escaped.
	want := `{"version":1,"seq":42,"time":"2026-11-24T03:00:00Z","by":"jana","events":[` +
		`{"kind":"test.a","body":{"n":1,"text":"\u003cÜ\u003e"}},{"kind":"test.b","body":null}],` +
		`"previous":"abf4fed9093ff28acaab8981590a75c32ed74e48588982541454b7c8af2170f4"}`
	if diff := cmp.Diff(want, string(stored)); diff != "" {
		t.Errorf("stored bytes (-want +got):\n%s", diff)
	}
	if head.Seq != 42 || head.Digest != DigestOf(stored) {
		t.Errorf("head is %v", head)
	}
}

func TestDecodeRecordRefusals(t *testing.T) {
	const rest = `"seq":1,"time":"2026-11-24T03:00:00Z","by":"node","events":[{"kind":"a","body":1}],"previous":"` +
		`0000000000000000000000000000000000000000000000000000000000000000"}`
	for _, c := range []struct {
		name, stored string
		want         error
	}{
		{"whole", `{"version":1,` + rest, nil},
		{"other spacing", `{ "version": 1,` + rest + "\n", nil},
		{"newer version", `{"version":2,` + rest, ErrNewerVersion},
		{"newer version in another form", `{"version":2,"seq":"one"}`, ErrNewerVersion},
		{"no version", `{` + rest, ErrCorrupt},
		{"version zero", `{"version":0,` + rest, ErrCorrupt},
		{"cut", `{"version":1,` + rest[:len(rest)-1], ErrCorrupt},
		{"two", `{"version":1,` + rest + `{"version":1,` + rest, ErrCorrupt},
		{"short digest", `{"version":1,` + strings.Replace(rest, "0000", "", 1), ErrCorrupt},
		{"digest that is no hexadecimal", `{"version":1,` + strings.Replace(rest, `"0000`, `"000x`, 1), ErrCorrupt},
		{"unclosed body", `{"version":1,` + strings.Replace(rest, `"body":1`, `"body":[1`, 1), ErrCorrupt},
		{"empty", "", ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := DecodeRecord([]byte(c.stored)); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
}

func TestChainNamesTheBreak(t *testing.T) {
	event := []Event{NewEvent("test.a", 1)}
	one, head, err := EncodeRecord(Draft{time.Unix(1, 0), "node", event}, Head{})
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := EncodeRecord(Draft{time.Unix(2, 0), "node", event}, head)
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(strings.Replace(string(one), `"by":"node"`, `"by":"nobody"`, 1))
	for _, c := range []struct {
		name    string
		records [][]byte
		want    string
	}{
		{"a record is missing", [][]byte{two}, "record 1:"},
		{"a record comes twice", [][]byte{one, one}, "record 2:"},
		{"a record was changed", [][]byte{changed, two}, "record 2:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := NewChain(Head{})
			var err error
			for _, stored := range c.records {
				if _, err = chain.Next(stored); err != nil {
					break
				}
			}
			if !errors.Is(err, ErrCorrupt) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error is %v, want ErrCorrupt at %s", err, c.want)
			}
		})
	}
}

func TestRecordsReadBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		draft := Draft{
			Time: time.Unix(rapid.Int64Range(-1<<33, 1<<37).Draw(r, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(r, "nanoseconds")),
			By:   rapid.StringN(1, 30, -1).Draw(r, "by"),
		}
		for range rapid.IntRange(1, 3).Draw(r, "events") {
			body := rapid.MapOf(rapid.String(), rapid.String()).Draw(r, "body")
			draft.Events = append(draft.Events, NewEvent(rapid.StringMatching(`[a-z]+\.[a-z]+`).Draw(r, "kind"), body))
		}
		before := Head{Seq: rapid.Uint64Max(1<<60).Draw(r, "seq"), Digest: DigestOf([]byte(draft.By))}
		stored, head, err := EncodeRecord(draft, before)
		if err != nil {
			r.Fatal(err)
		}
		chain := NewChain(before)
		got, err := chain.Next(stored)
		if err != nil {
			r.Fatal(err)
		}
		want := Record{Version: Version, Seq: head.Seq, Time: draft.Time.UTC(), By: draft.By, Events: draft.Events, Previous: before.Digest}
		if diff := cmp.Diff(want, got); diff != "" || chain.Head() != head {
			r.Fatalf("head %v, want %v; record (-want +got):\n%s", chain.Head(), head, diff)
		}
	})
}

// FuzzDecodeRecord holds the fast reader against encoding/json.
func FuzzDecodeRecord(f *testing.F) {
	for _, draft := range []Draft{
		{time.Unix(1, 5), "jana", []Event{NewEvent("a.b", map[string]any{"x": []any{1.5, "}\"]\\", nil, true}})}},
		{time.Unix(2, 0), "node", []Event{NewEvent("a", nil), NewEvent("b", []int{}), NewEvent("c", "text")}},
		{time.Unix(3, 0), `q"uote`, []Event{NewEvent("a", -1e300)}},
	} {
		stored, _, err := EncodeRecord(draft, Head{})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(stored)
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		fast, ok := readCanonical(stored)
		if !ok || !json.Valid(stored) {
			return
		}
		var slow Record
		if err := json.Unmarshal(stored, &slow); err != nil {
			t.Fatalf("the fast reader takes what encoding/json refuses: %v", err)
		}
		if diff := cmp.Diff(slow, fast); diff != "" {
			t.Errorf("readers differ (-encoding/json +fast):\n%s", diff)
		}
	})
}
