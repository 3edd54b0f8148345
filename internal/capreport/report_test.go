// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capreport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/chain"
	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/capfile"
	"github.com/tocsin-alert/tocsin/internal/captext"

	"github.com/tocsin-alert/tocsin/cap/container"
)

var now = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

func message(identifier, msgType, rest string) capfile.Message {
	return capfile.Message{File: identifier + ".xml", Form: container.XML, Line: 1, Raw: fmt.Appendf(nil, `<alert xmlns=%q>
<identifier>%s</identifier><sender>s@kreis.example</sender><sent>2026-11-23T12:00:00-00:00</sent>
<status>Actual</status><msgType>%s</msgType><scope>Public</scope>
%s</alert>`, cap.Namespace, identifier, msgType, rest)}
}

const badInfo = "<info/>"

func report(t testing.TB, o Options, messages ...capfile.Message) (string, Outcome) {
	t.Helper()
	var out bytes.Buffer
	o.Out, o.Now, o.Profile = &out, now, check.ProfileCAP
	r := New(o)
	for _, m := range messages {
		if err := r.Add(m); err != nil {
			t.Fatal(err)
		}
	}
	outcome, err := r.Close()
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), outcome
}

// results reads a report in JSON.
func results(t testing.TB, text string) []Result {
	t.Helper()
	var all []Result
	for line := range strings.Lines(text) {
		var result Result
		if err := json.Unmarshal([]byte(line), &result); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, result)
	}
	return all
}

func TestFindingsOfTheChainStandWithTheirMessage(t *testing.T) {
	text, outcome := report(t, Options{JSON: true},
		message("kreis.2026.2", "Update", "<references>s@kreis.example,kreis.2026.1,2026-11-23T12:00:00-00:00 s@kreis.example,gone,2026-11-23T12:00:00-00:00</references>"),
		message("kreis.2026.1", "Alert", ""))
	all := results(t, text)
	if len(all) != 2 || !all[0].Valid || outcome.Valid != 2 || outcome.Warnings != 1 {
		t.Fatalf("%s %+v", text, outcome)
	}
	want := []Finding{{
		Rule: chain.RuleUnknown, Severity: cap.GravityWarning, Path: "alert/references", Line: 4, Column: 1,
		Message: "refers to what is not among the messages here: s@kreis.example,gone,2026-11-23T12:00:00-00:00",
		Remedy:  "check sender and identifier, or add the message",
	}}
	if diff := cmp.Diff(want, all[0].Findings); diff != "" {
		t.Error(diff)
	}
	if all[1].Findings == nil || len(all[1].Findings) != 0 || !strings.Contains(text, `"findings":[]`) {
		t.Errorf("the other: %s", text)
	}
}

func TestErrorsComeFirst(t *testing.T) {
	text, outcome := report(t, Options{JSON: true}, message("b", "Alert", badInfo+"<info><category>Geo</category><event>e</event><urgency>Past</urgency><severity>Minor</severity><certainty>Likely</certainty><web>x</web></info>"))
	result := results(t, text)[0]
	if result.Valid || outcome.Invalid != 1 || outcome.Errors == 0 {
		t.Fatalf("%s %+v", text, outcome)
	}
	last := 0
	for _, f := range result.Findings {
		if rank(f.Severity) < last {
			t.Errorf("%s after a lesser one", f.Rule)
		}
		last = rank(f.Severity)
	}
}

func TestRefusalsAreResultsToo(t *testing.T) {
	refused := capfile.Message{File: "d.xml", Form: container.XML, Line: 1, Raw: []byte("\n<!DOCTYPE a><a/>")}
	missing := capfile.Message{File: "m.xml", Err: errors.New("no such file")}
	text, outcome := report(t, Options{JSON: true, Language: "de"}, refused, missing)
	all := results(t, text)
	if outcome.Unreadable != 2 || len(all) != 2 || all[0].Valid || all[1].Valid {
		t.Fatalf("%s %+v", text, outcome)
	}
	if f := all[0].Findings[0]; f.Rule != "xml.doctype" || f.Line != 2 || f.Severity != cap.GravityError {
		t.Errorf("%+v", f)
	}
	want := Finding{Rule: capfile.RuleUnreadable, Severity: cap.GravityError, Path: "document", Message: "no such file", Remedy: "Pfad, Rechte und Inhalt prüfen"}
	if diff := cmp.Diff(want, all[1].Findings[0]); diff != "" {
		t.Error(diff)
	}
}

// However many messages come, memory stays within a bound and every message is
// reported; only how they belong together is no longer checked.
func TestManyMessagesStayWithinMemory(t *testing.T) {
	const count = 400
	r := New(Options{JSON: true, Now: now, Profile: check.ProfileCAP, Out: &counter{}})
	bad := strings.Repeat(badInfo, 100)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range count {
		if err := r.Add(message(fmt.Sprint("m", i), "Alert", bad)); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2*mostHeld {
				t.Fatalf("after %d messages %d bytes are held", i, grown)
			}
		}
	}
	outcome, err := r.Close()
	if err != nil {
		t.Fatal(err)
	}
	if lines := r.o.Out.(*counter).lines; lines != count || outcome.Invalid != count || !outcome.Unchained {
		t.Errorf("%d lines, %+v", lines, outcome)
	}
}

type counter struct{ lines int }

func (c *counter) Write(p []byte) (int, error) {
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

func TestAReportThatCannotBeWrittenIsAnError(t *testing.T) {
	r := New(Options{Out: failing{}, Profile: check.ProfileCAP})
	if err := r.Add(message("a", "Alert", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Close(); err == nil {
		t.Error("no error")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Whatever stands in a message or in a file's name, the report has no control
// characters but line ends, and JSON says the same as without the escapes.
func TestNoReportCommandsTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.SampledFrom([]string{"\u009b31m", "\x7f", "\u202e", "plain", "\u0085", "\\u009b", "\u2028"})
		text := odd.Draw(t, "status") + odd.Draw(t, "more")
		raw, err := json.Marshal(map[string]any{"identifier": odd.Draw(t, "identifier"), "sender": "s", "sent": text, "status": text, text: 1})
		if err != nil {
			t.Fatal(err)
		}
		m := capfile.Message{File: odd.Draw(t, "file"), Form: container.JSON, Raw: raw, Line: 1}
		for _, o := range []Options{{JSON: true}, {Language: "de"}} {
			var out bytes.Buffer
			o.Out, o.Profile = &out, check.ProfileCAP
			r := New(o)
			if err := r.Add(m); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Close(); err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(out.String(), "\n") {
				if captext.Plain(line) != line {
					t.Fatalf("%q", line)
				}
			}
			if o.JSON {
				var back Result
				if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.File != m.File {
					t.Fatalf("%v: file %q, want %q", err, back.File, m.File)
				}
			}
		}
	})
}

// An outline has the same effect in a chain as its message.
func TestOutlinesChainAsTheirMessages(t *testing.T) {
	times := []cap.Time{{}, cap.NewTime(now), cap.NewTime(now.Add(time.Hour)), cap.NewTime(now.Add(2 * time.Hour))}
	rapid.Check(t, func(t *rapid.T) {
		var alerts, outlines []*cap.Alert
		for i := range rapid.IntRange(1, 6).Draw(t, "count") {
			a := &cap.Alert{
				Identifier: fmt.Sprint("m", rapid.IntRange(0, 5).Draw(t, "identifier")), Sender: "s", Status: cap.StatusActual,
				Sent:    cap.NewTime(now.Add(time.Duration(i) * 20 * time.Minute)),
				MsgType: rapid.SampledFrom([]cap.MsgType{"Alert", "Update", "Cancel"}).Draw(t, "type"),
			}
			for range rapid.IntRange(0, 3).Draw(t, "blocks") {
				info := cap.Info{Expires: rapid.SampledFrom(times).Draw(t, "expires")}
				if rapid.Bool().Draw(t, "clear") {
					info.ResponseType = []cap.ResponseType{cap.ResponseAllClear}
				}
				a.Info = append(a.Info, info)
			}
			for _, earlier := range alerts {
				if rapid.Bool().Draw(t, "refers") {
					a.References = append(a.References, earlier.Reference())
				}
			}
			outline, _ := outlined(a)
			alerts, outlines = append(alerts, a), append(outlines, outline)
		}
		said := func(messages []*cap.Alert) (all []string) {
			for _, f := range chain.New(messages).Findings() {
				all = append(all, fmt.Sprint(f.Alert.Identifier, f.Alert.Sent, f.In("en")))
			}
			return all
		}
		if diff := cmp.Diff(said(alerts), said(outlines)); diff != "" {
			t.Fatal(diff)
		}
	})
}
