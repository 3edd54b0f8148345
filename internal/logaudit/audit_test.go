// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package logaudit

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/internal/logaudit/logtest"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/tlog"
)

// region lies in the authority's territory, foreign does not.
const region, foreign = "120690249249", "120630001001"

var now = logtest.Start.Add(time.Hour)

// audit begins an audit of what was published in a directory.
func audit(t *testing.T, l *logtest.Log, address string, state []byte) *Audit {
	t.Helper()
	source, err := Open(address)
	if err != nil {
		t.Fatal(err)
	}
	source.pause = time.Millisecond
	a, err := New(Options{Log: source, Messages: source.Beside("cap"), Trust: l.Trust(), Now: func() time.Time { return now }}, state)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wanted runs a round and wants these findings of it.
func wanted(t *testing.T, a *Audit, want ...tlog.Finding) *Report {
	t.Helper()
	report, err := a.Round(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, report.Findings, cmpopts.IgnoreFields(tlog.Finding{}, "Detail"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("findings: %s\n%v", diff, report.Findings)
	}
	return report
}

func releases(l *logtest.Log, n int) {
	for range n {
		l.Release(region)
	}
}

func TestFollowsALog(t *testing.T) {
	l, dir := logtest.New(t), t.TempDir()
	releases(l, 10)
	l.Publish(dir, now)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	for name, address := range map[string]string{"a directory": filepath.Join(dir, "log"), "an address": server.URL + "/log", "an address with a slash": server.URL + "/log/"} {
		a := audit(t, l, address, nil)
		report := wanted(t, a)
		if !report.OK() || report.Before != 0 || report.Size != 13 || report.Messages != 10 {
			t.Errorf("%s: %+v", name, report)
		}
		if report = wanted(t, a); report.Before != 13 || report.Size != 13 || report.Messages != 0 {
			t.Errorf("%s again: %+v", name, report)
		}
	}
}

func TestGoesOnFromAState(t *testing.T) {
	l, dir := logtest.New(t), t.TempDir()
	var state []byte
	for i, size := range []int{3, 5, 256, 257, 600} {
		releases(l, size-len(l.Entries))
		l.Publish(dir, now)
		a := audit(t, l, filepath.Join(dir, "log"), state)
		if i == 3 {
			// The log has removed the tile that is full by now.
			if err := os.RemoveAll(filepath.Join(dir, "log/tile/entries/000.p")); err != nil {
				t.Fatal(err)
			}
		}
		report := wanted(t, a)
		if report.Size != int64(size) {
			t.Fatalf("%+v", report)
		}
		state = a.State()
	}
	parsed, err := ParseState(state)
	if err != nil || parsed.Tree() != l.Tree() || len(parsed.Audit.Keys) != 2 {
		t.Errorf("%v %+v", err, parsed)
	}
}

func TestFindsWhatIsWrongInEntries(t *testing.T) {
	l, dir := logtest.New(t), t.TempDir()
	releases(l, 2)
	l.Append([]byte("no leaf"))
	l.Release(foreign)
	l.Publish(dir, now)
	want := []tlog.Finding{{Index: 5, Result: tlog.BadLeaf}, {Index: 6, Result: tlog.WrongTerritory}}
	a := audit(t, l, filepath.Join(dir, "log"), nil)
	wanted(t, a, want...)
	// What is wrong stays wrong, also for a process that begins anew.
	releases(l, 1)
	l.Publish(dir, now)
	wanted(t, audit(t, l, filepath.Join(dir, "log"), a.State()), want...)
}

func TestFindsWhatIsWrongWithMessages(t *testing.T) {
	l, dir := logtest.New(t), t.TempDir()
	releases(l, 5)
	l.Publish(dir, now)
	path := func(n string) string { return filepath.Join(dir, "cap", "de-kreis.20261123."+n+".1.xml") }
	change := func(n string, edit func([]byte) []byte) {
		raw, err := os.ReadFile(path(n))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path(n), edit(raw), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(path("1")); err != nil {
		t.Fatal(err)
	}
	change("2", func(raw []byte) []byte { return bytes.Replace(raw, []byte("Flood at"), []byte("Fire at"), 1) })
	change("3", func(raw []byte) []byte { return append(raw, '\n') })
	change("4", func([]byte) []byte { return []byte("<!DOCTYPE x>") })
	a := audit(t, l, filepath.Join(dir, "log"), nil)
	report := wanted(t, a,
		tlog.Finding{Index: 3, Result: MissingMessage}, tlog.Finding{Index: 4, Result: tlog.Altered},
		tlog.Finding{Index: 5, Result: tlog.Altered}, tlog.Finding{Index: 6, Result: tlog.Unreadable})
	if report.Size != 8 || a.State() == nil {
		t.Errorf("%+v", report)
	}
	// They are asked for again, and right once they are there.
	delete(l.Messages, "de-kreis.20261123.4.1")
	l.Publish(dir, now)
	a = audit(t, l, filepath.Join(dir, "log"), a.State())
	if report := wanted(t, a, tlog.Finding{Index: 6, Result: tlog.Unreadable}); report.Messages != 4 {
		t.Errorf("%d messages were compared", report.Messages)
	}
}

// otherwise is a log that begins like another and goes on otherwise.
func otherwise(t *testing.T, same, size int) *logtest.Log {
	l := logtest.New(t)
	releases(l, same-len(l.Entries))
	for len(l.Entries) < size {
		l.Append([]byte("a lie"))
	}
	return l
}

func TestForkLeavesEvidence(t *testing.T) {
	key := func(l *logtest.Log) note.Verifier {
		verifier, err := note.NewVerifier(l.Key())
		if err != nil {
			t.Fatal(err)
		}
		return verifier
	}
	for name, sizes := range map[string][2]int{"of one size": {20, 20}, "of another size": {20, 33}, "over several tiles": {300, 700}} {
		t.Run(name, func(t *testing.T) {
			l, dir := logtest.New(t), t.TempDir()
			releases(l, sizes[0]-len(l.Entries))
			l.Publish(dir, now)
			a := audit(t, l, filepath.Join(dir, "log"), nil)
			wanted(t, a)
			fork := otherwise(t, 10, sizes[1])
			other := t.TempDir()
			fork.Publish(other, now)
			a = audit(t, l, filepath.Join(other, "log"), a.State())
			report := wanted(t, a, tlog.Finding{Index: -1, Result: tlog.ForkedLog})
			if report.Evidence == nil {
				t.Fatal("there is no evidence")
			}
			if err := report.Evidence.Check(key(l)); err != nil {
				t.Errorf("the evidence proves nothing: %v", err)
			}
			// It is not forgotten while it lasts, and the first history counts on.
			wanted(t, a, tlog.Finding{Index: -1, Result: tlog.ForkedLog})
			// Evidence against a log that does nothing wrong is none.
			honest := *report.Evidence
			honest.Newer = honest.Older
			if honest.Check(key(l)) == nil {
				t.Error("two checkpoints of one tree count as a fork")
			}
		})
	}
}

func TestFindsWhatIsWrongWithTheLog(t *testing.T) {
	l, dir := logtest.New(t), t.TempDir()
	releases(l, 20)
	l.Publish(dir, now)
	a := audit(t, l, filepath.Join(dir, "log"), nil)
	wanted(t, a)
	for name, test := range map[string]struct {
		prepare func(dir string)
		want    tlog.Finding
	}{
		"shrank": {func(dir string) { otherwise(t, 10, 10).Publish(dir, now) }, tlog.Finding{Index: -1, Result: tlog.RolledBack}},
		"stale":  {func(dir string) { l.Publish(dir, now.Add(-6*time.Minute)) }, tlog.Finding{Index: -1, Result: tlog.StaleCheckpoint}},
		"another's key": {func(dir string) {
			l.Publish(dir, now)
			overwrite(t, filepath.Join(dir, "log/checkpoint"), bytes.Replace(l.Checkpoint(now), []byte("\n23\n"), []byte("\n24\n"), 1))
		}, tlog.Finding{Index: -1, Result: tlog.BadCheckpoint}},
		"no checkpoint": {func(dir string) {
			l.Publish(dir, now)
			overwrite(t, filepath.Join(dir, "log/checkpoint"), []byte("hello"))
		}, tlog.Finding{Index: -1, Result: tlog.BadCheckpoint}},
		"a changed entry": {func(dir string) {
			grown := otherwise(t, 30, 30)
			grown.Entries[25] = bytes.Replace(grown.Entries[25], []byte("type Alert"), []byte("type Alarm"), 1)
			grown.Publish(dir, now)
		}, tlog.Finding{Index: -1, Result: tlog.WrongRoot}},
		"a torn tile of entries": {func(dir string) {
			otherwise(t, 30, 30).Publish(dir, now)
			overwrite(t, filepath.Join(dir, "log/tile/entries/000.p/30"), []byte{0, 9, 1})
		}, tlog.Finding{Index: -1, Result: tlog.WrongRoot}},
		"a changed tile of hashes": {func(dir string) {
			otherwise(t, 30, 30).Publish(dir, now)
			overwrite(t, filepath.Join(dir, "log/tile/0/000.p/30"), make([]byte, 30*32))
		}, tlog.Finding{Index: -1, Result: tlog.WrongRoot}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			test.prepare(dir)
			a := audit(t, l, filepath.Join(dir, "log"), a.State())
			report, err := a.Round(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range report.Findings {
				found = found || f.Index == test.want.Index && f.Result == test.want.Result
			}
			if !found || report.OK() {
				t.Errorf("findings %v", report.Findings)
			}
			// The next round begins where the last good one ended.
			l.Publish(dir, now)
			os.RemoveAll(filepath.Join(dir, "log/tile/entries/000.p/30"))
			wanted(t, a)
		})
	}
}

func overwrite(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestALogThatEndedNeedsNoNewCheckpoint(t *testing.T) {
	l, dir := logtest.New(t), t.TempDir()
	releases(l, 2)
	l.Add(&tlog.Leaf{Kind: tlog.KindLast, Time: logtest.Start.Add(time.Minute), Origin: logtest.Origin})
	l.Publish(dir, now.Add(-30*24*time.Hour))
	wanted(t, audit(t, l, filepath.Join(dir, "log"), nil))
}

func TestWhatCannotBeRead(t *testing.T) {
	l, dir := logtest.New(t), t.TempDir()
	releases(l, 2)
	l.Publish(dir, now)
	failures := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if failures > 0 {
			failures--
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		http.FileServer(http.Dir(dir)).ServeHTTP(w, r)
	}))
	defer server.Close()
	a := audit(t, l, server.URL+"/log", nil)
	failures = attempts - 1
	wanted(t, a)
	failures = attempts
	if _, err := a.Round(context.Background()); !errors.Is(err, problem.Unavailable) {
		t.Errorf("after %d failures: %v", attempts, err)
	}
	failures = 0
	wanted(t, a)
	if _, err := audit(t, l, server.URL+"/nowhere", nil).Round(context.Background()); !errors.Is(err, problem.Unavailable) {
		t.Errorf("no log: %v", err)
	}
	other := logtest.New(t)
	trust := other.Trust()
	trust.Authorities = nil
	a = audit(t, l, filepath.Join(dir, "log"), nil)
	a.o.Trust = trust
	if _, err := a.Round(context.Background()); !errors.Is(err, problem.NotFound) {
		t.Errorf("a log that the trust file lacks: %v", err)
	}
	for _, address := range []string{"http://", "https://x/log?y", "http://[::1/log"} {
		if _, err := Open(address); !errors.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func FuzzParseState(f *testing.F) {
	l, dir := logtest.New(f), f.TempDir()
	l.Publish(dir, now)
	source, err := Open(filepath.Join(dir, "log"))
	if err != nil {
		f.Fatal(err)
	}
	a, err := New(Options{Log: source, Messages: source, Trust: l.Trust(), Now: func() time.Time { return now }}, nil)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := a.Round(context.Background()); err != nil {
		f.Fatal(err)
	}
	f.Add(string(a.State()))
	f.Add(strings.Replace(string(a.State()), `"size":3`, `"size":7`, 1))
	f.Fuzz(func(t *testing.T, raw string) {
		if s, err := ParseState([]byte(raw)); err == nil && s.Tree().Size != s.Audit.Size {
			t.Error("checkpoint and tree differ")
		}
	})
}
