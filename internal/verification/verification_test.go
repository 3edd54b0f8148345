// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package verification

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
)

// vector is one of the forgery suite (tlog/testdata/README.md).
type vector struct {
	Name    string       `json:"name"`
	Bundle  []byte       `json:"bundle"`
	Short   []byte       `json:"short"`
	Message []byte       `json:"message"`
	Now     time.Time    `json:"now"`
	MaxAge  int          `json:"maxAge"`
	Seen    []string     `json:"seen"`
	Keys    bool         `json:"keys"`
	Want    tlog.Verdict `json:"want"`
}

func load[T any](t testing.TB, name string) (value T) {
	t.Helper()
	raw, err := os.ReadFile("../../tlog/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func trustFile(t testing.TB) *tlog.Trust {
	t.Helper()
	raw, err := os.ReadFile("../../tlog/testdata/trust.json")
	if err != nil {
		t.Fatal(err)
	}
	trust, err := tlog.ParseTrust(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

// request hands a vector in as a person would: the message, and the proof beside it.
func (v vector) request(t *testing.T, trust *tlog.Trust) Request {
	t.Helper()
	r := Request{File: v.Name, Trust: trust, Options: tlog.Options{Now: v.Now, MaxAge: time.Duration(v.MaxAge) * time.Second}}
	r.Raw = slices.Concat(v.Bundle, v.Short) // one of them is empty
	if v.Message != nil {
		r.Raw, r.Proof = v.Message, r.Raw
	}
	for _, raw := range v.Seen {
		tree, err := tlog.UnsignedCheckpoint([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		_, log, _ := trust.Log(tree.Origin)
		key, err := note.NewVerifier(log.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		if tree, err = tlog.OpenCheckpoint([]byte(raw), key); err != nil {
			t.Fatal(err)
		}
		r.Options.Seen = append(r.Options.Seen, tree)
	}
	if v.Keys {
		r.Options.Keys = load[tlog.KeyRing](t, "keys.json")
	}
	return r
}

func TestForgeriesHaveWords(t *testing.T) {
	trust := trustFile(t)
	for _, v := range load[[]vector](t, "vectors.json") {
		t.Run(v.Name, func(t *testing.T) {
			report := Verify(v.request(t, trust))
			if report.Result != v.Want.Result || report.Grade != v.Want.Grade || report.Genuine != v.Want.Result.Genuine() {
				t.Errorf("result %s, grade %q, genuine %v; want %s and %q", report.Result, report.Grade, report.Genuine, v.Want.Result, v.Want.Grade)
			}
			if inForce := report.Outcome() == InForce; inForce != (v.Want.Result == tlog.GenuineInForce) {
				t.Errorf("outcome %d", report.Outcome())
			}
			for _, language := range []string{"de", "en"} {
				var text strings.Builder
				report.Text(&text, TextOptions{Language: language})
				if text.Len() == 0 || strings.Contains(text.String(), "verify.") || strings.Contains(text.String(), "%!") {
					t.Errorf("%s:\n%s", language, text.String())
				}
			}
		})
	}
}

func TestEveryResultAndNoteHasWords(t *testing.T) {
	words := catalogue.For("de")
	for _, r := range append(tlog.Results(), UnreadableBundle) {
		if !words.Has("verify.result." + string(r)) {
			t.Errorf("no words for %s", r)
		}
		report := Report{Verdict: tlog.Verdict{Result: r}}
		if report.Result.Genuine() == (report.todo(words) == words.T("verify.todo.authority-at-fault")) && report.Result.Genuine() {
			t.Errorf("%s is nobody's fault", r)
		}
	}
	for _, n := range []tlog.Note{
		tlog.NoteKeysUnchecked, tlog.NoteSoftwareKey, tlog.NoteMessageAbsent, tlog.NoteStaleView, tlog.NoteNoTime,
		tlog.NoteFuture, tlog.NoteLaterIgnored, tlog.NoteLookalikeSender, tlog.NoteOwnMessage,
	} {
		if !words.Has("verify.note." + string(n)) {
			t.Errorf("no words for %s", n)
		}
	}
}

func TestOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		report Report
		want   Outcome
	}{
		"in force":         {Report{Genuine: true, Verdict: tlog.Verdict{Result: tlog.GenuineInForce, Grade: tlog.GradeB}, MinGrade: tlog.GradeC}, InForce},
		"of the grade":     {Report{Genuine: true, Verdict: tlog.Verdict{Result: tlog.GenuineInForce, Grade: tlog.GradeB}, MinGrade: tlog.GradeB}, InForce},
		"of a lower grade": {Report{Genuine: true, Verdict: tlog.Verdict{Result: tlog.GenuineInForce, Grade: tlog.GradeB}, MinGrade: tlog.GradeA}, NotNow},
		"ended":            {Report{Genuine: true, Verdict: tlog.Verdict{Result: tlog.GenuineEnded, Grade: tlog.GradeA}}, NotNow},
		"altered":          {Report{Verdict: tlog.Verdict{Result: tlog.Altered}}, NotGenuine},
		"no message":       {Report{Verdict: tlog.Verdict{Result: tlog.Unreadable}}, Unusable},
		"no bundle":        {Report{Verdict: tlog.Verdict{Result: UnreadableBundle}}, Unusable},
	} {
		if got := test.report.Outcome(); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestWhatAnAuditKnows(t *testing.T) {
	trust := trustFile(t)
	vectors := map[string]vector{}
	for _, v := range load[[]vector](t, "vectors.json") {
		vectors[v.Name] = v
	}
	result := func(name string, tree tlog.Tree) tlog.Result {
		r := vectors[name].request(t, trust)
		r.Options.Keys, r.Options.Seen = nil, nil
		r.Audited = &Audited{Tree: tree, Keys: load[tlog.KeyRing](t, "keys.json")}
		return Verify(r).Result
	}
	const kreis = "log.kreis.example/2026"
	for name, test := range map[string]struct {
		vector string
		tree   tlog.Tree
		want   tlog.Result
	}{
		"keys of the log":                     {"key-not-enrolled", tlog.Tree{Origin: kreis, Size: 1000}, tlog.KeyNotEnrolled},
		"keys of another log":                 {"key-not-enrolled", tlog.Tree{Origin: "log.nachbar.example/2026", Size: 1000}, tlog.GenuineInForce},
		"keys of before the entry":            {"key-not-enrolled", tlog.Tree{Origin: kreis, Size: 4}, tlog.GenuineInForce},
		"two keys of one person":              {"two-keys-of-one-person", tlog.Tree{Origin: kreis, Size: 1000}, tlog.AuthorIsReleaser},
		"a genuine one":                       {"genuine", tlog.Tree{Origin: kreis, Size: 1000}, tlog.GenuineInForce},
		"an end that is newer than the audit": {"genuine-ended", tlog.Tree{Origin: kreis, Size: 6}, tlog.GenuineEnded},
		"a fork":                              {"forked-log", seen(t, vectors["forked-log"]), tlog.ForkedLog},
	} {
		if got := result(test.vector, test.tree); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func seen(t *testing.T, v vector) tlog.Tree {
	t.Helper()
	tree, err := tlog.UnsignedCheckpoint([]byte(v.Seen[0]))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestExcerpts(t *testing.T) {
	for name, test := range map[string]struct{ logged, found, wantLogged, wantFound string }{
		"one word":         {"Der Pegel steigt bis zum Abend um einen Meter an.", "Der Pegel steigt bis zum Morgen um einen Meter an.", "… steigt bis zum Abend um einen Meter …", "… steigt bis zum Morgen um einen Meter …"},
		"at the beginning": {"Verlassen Sie die Straße.", "Verlasset Sie die Straße.", "Verlassen Sie die Straße.", "Verlasset Sie die Straße."},
		"a word more":      {"Nicht trinken", "trinken", "Nicht trinken", "trinken"},
		"a word twice":     {"a a", "a", "a a", "a"},
		"gone":             {"Wasser", "", "Wasser", ""},
		"white space":      {"a  b", "a b", "a  b", "a b"},
		"very long":        {strings.Repeat("x", 5000), "y", strings.Repeat("x", longest) + "…", "y"},
	} {
		logged, found := Excerpts(test.logged, test.found)
		if diff := cmp.Diff([]string{test.wantLogged, test.wantFound}, []string{logged, found}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzVerify(f *testing.F) {
	trust := trustFile(f)
	for _, v := range load[[]vector](f, "vectors.json") {
		if len(v.Short) > 0 {
			f.Add(v.Message, v.Short)
		}
	}
	f.Add([]byte("c2sp.org/tlog-proof@v1\n"), []byte("\x01\x02"))
	f.Fuzz(func(t *testing.T, raw, proof []byte) {
		r := Request{Raw: raw, Trust: trust, Options: tlog.Options{Now: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)}}
		if len(proof) > 0 {
			r.Proof = proof
		}
		report := Verify(r)
		if report.Result == "" || report.Genuine && report.Leaf == nil {
			t.Errorf("result %q", report.Result)
		}
		var text strings.Builder
		report.Text(&text, TextOptions{Language: "en"})
		if strings.ContainsAny(text.String(), "\x1b\r") {
			t.Error("a text can command the terminal")
		}
	})
}
