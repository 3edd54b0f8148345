// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journaltest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

func beyondHead(t *testing.T, s Store) {
	j := open(t, s)
	appendAll(t, j, journal.Head{}, "one")
	_, err := j.Read(t.Context(), 2, 1)
	wantError(t, err, journal.ErrCorrupt)
	wantError(t, j.Watch(t.Context(), 2, func(journal.Record) error { return nil }), journal.ErrCorrupt)
}

func fullDisk(t *testing.T, s Store) {
	j := open(t, s)
	head := appendAll(t, j, journal.Head{}, "one")
	s.SetFull(true)
	for range 2 {
		_, err := j.Append(t.Context(), 1, draft("two"))
		wantError(t, err, journal.ErrFull)
	}
	checkHead(t, j, head)
	checkTexts(t, j, "one")
	s.SetFull(false)
	appendAll(t, j, head, "two")
	checkTexts(t, j, "one", "two")
}

func brokenChain(t *testing.T, s Store) {
	j := open(t, s)
	head := appendAll(t, j, journal.Head{}, "one", "two")
	forged, made, err := journal.EncodeRecord(draft("forged"), journal.Head{Seq: 2, Digest: journal.DigestOf([]byte("another two"))})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Put(forged)
	next, _, err := journal.EncodeRecord(draft("four"), made)
	if err != nil {
		t.Fatal(err)
	}
	s.Put(next)
	j = open(t, s)

	records, err := j.Read(t.Context(), 0, 10)
	wantCorrupt(t, err, 3)
	if diff := cmp.Diff([]string{"one", "two"}, texts(t, records)); diff != "" {
		t.Errorf("records before the break (-want +got):\n%s", diff)
	}
	_, err = j.Read(t.Context(), head.Seq, 10)
	wantCorrupt(t, err, 3)
	for _, after := range []uint64{0, 1, 2} {
		var seen []string
		err = j.Watch(t.Context(), after, func(r journal.Record) error {
			seen = append(seen, texts(t, []journal.Record{r})...)
			return nil
		})
		wantCorrupt(t, err, 3)
		if diff := cmp.Diff([]string{"one", "two"}[after:], seen, cmp.Transformer("", func(s []string) string { return fmt.Sprint(s) })); diff != "" {
			t.Errorf("watch after %d before the break (-want +got):\n%s", after, diff)
		}
	}
}

func wantCorrupt(t testing.TB, err error, seq uint64) {
	t.Helper()
	wantError(t, err, journal.ErrCorrupt)
	if want := fmt.Sprintf("record %d:", seq); !bytes.Contains([]byte(err.Error()), []byte(want)) {
		t.Errorf("%q does not name %q", err, want)
	}
}

func garbage(t *testing.T, s Store) {
	j := open(t, s)
	appendAll(t, j, journal.Head{}, "one")
	s.Close()
	s.Put([]byte("\x00\x01 not a record"))
	_, err := s.Open()
	wantCorrupt(t, err, 2)
}

func newerVersion(t *testing.T, s Store) {
	head := appendAll(t, open(t, s), journal.Head{}, "one")
	s.Close()
	s.Put(fmt.Appendf(nil, `{"version":%d,"seq":2,"time":["another","form"],"previous":"%s"}`, journal.Version+1, head.Digest))
	_, err := s.Open()
	wantError(t, err, journal.ErrNewerVersion)
}
