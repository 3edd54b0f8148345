// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package chain

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// at is a time some minutes after noon.
func at(minutes int) cap.Time {
	return cap.NewTime(noon.Add(time.Duration(minutes) * time.Minute))
}

// lines makes messages from lines such as
//
//	u1 10 Update a0,5 until=60 from=15 of=other exercise clear
//
// identifier, minute of sending, type, and references as identifier or
// identifier,minute. Messages last until minute 600; of is the sender, for
// references too where they stand as sender:identifier. A message that is clear
// says AllClear; one that is bare has no info blocks.
func lines(t *testing.T, text string) []*cap.Alert {
	t.Helper()
	sent := map[string]cap.Time{}
	var alerts []*cap.Alert
	var pending [][]string
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		var minute int
		if _, err := fmt.Sscan(words[1], &minute); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		a := &cap.Alert{Identifier: words[0], Sender: "x", Sent: at(minute), Status: cap.StatusActual, MsgType: cap.MsgType(words[2]), Scope: cap.ScopePublic}
		info := cap.Info{Event: "flood", Expires: at(600)}
		var references []string
		bare := false
		for _, word := range words[3:] {
			key, value, _ := strings.Cut(word, "=")
			var minutes int
			fmt.Sscan(value, &minutes)
			switch key {
			case "until":
				info.Expires = at(minutes)
			case "forever":
				info.Expires = cap.Time{}
			case "from":
				info.Effective = at(minutes)
			case "of":
				a.Sender = value
			case "exercise":
				a.Status = cap.StatusExercise
			case "clear":
				info.ResponseType = []cap.ResponseType{cap.ResponseAllClear}
			case "bare":
				bare = true
			case "event":
				info.Event = value
			default:
				references = append(references, word)
			}
		}
		if !bare {
			a.Info = []cap.Info{info}
		}
		if _, again := sent[a.Identifier]; !again {
			sent[a.Identifier] = a.Sent
		}
		alerts, pending = append(alerts, a), append(pending, references)
	}
	for i, references := range pending {
		for _, word := range references {
			r := cap.Reference{Sender: alerts[i].Sender, Identifier: word}
			if sender, identifier, ok := strings.Cut(word, ":"); ok {
				r.Sender, r.Identifier = sender, identifier
			}
			r.Sent = sent[r.Identifier].String()
			if identifier, minute, ok := strings.Cut(r.Identifier, ","); ok {
				var minutes int
				fmt.Sscan(minute, &minutes)
				r.Identifier, r.Sent = identifier, at(minutes).String()
			}
			if r.Sent == "" {
				r.Sent = at(0).String()
			}
			alerts[i].References = append(alerts[i].References, r)
		}
	}
	return alerts
}

func identifiers(standing []Standing) string {
	var names []string
	for _, s := range standing {
		names = append(names, s.Alert.Identifier)
	}
	return strings.Join(names, " ")
}

func referenced(references cap.References) string {
	var names []string
	for _, r := range references {
		names = append(names, r.Identifier)
	}
	return strings.Join(names, " ")
}

func TestInForce(t *testing.T) {
	for _, test := range []struct {
		name, messages string
		at             int
		want           string
	}{
		{"an alert from the second it is sent", "a 10 Alert", 10, "a"},
		{"not before", "a 10 Alert", 9, ""},
		{"until the second it runs out", "a 10 Alert until=20", 19, "a"},
		{"not then", "a 10 Alert until=20", 20, ""},
		{"not before it takes effect", "a 10 Alert from=15", 14, ""},
		{"once it takes effect", "a 10 Alert from=15", 15, "a"},
		{"without an end", "a 10 Alert forever", 1_000_000, "a"},
		{"without info blocks", "a 10 Alert bare", 1_000_000, "a"},
		{"an update takes the place", "a 10 Alert\nu 20 Update a", 20, "u"},
		{"but not earlier", "a 10 Alert\nu 20 Update a", 19, "a"},
		{"whatever the order given", "u 20 Update a\na 10 Alert", 20, "u"},
		{"what ran out does not come back after the update", "a 10 Alert\nu 20 Update a until=30", 40, ""},
		{"an update that names only one", "a 10 Alert\nb 11 Alert\nu 20 Update a", 20, "b u"},
		{"an update that names two", "a 10 Alert\nb 11 Alert\nu 20 Update a b", 20, "u"},
		{"an update of an update leaves what neither names", "a 10 Alert\nb 11 Alert\nu 20 Update a b\nv 30 Update u", 30, "v"},
		{"a cancel ends", "a 10 Alert\nc 20 Cancel a", 20, ""},
		{"a cancel of the update alone does not bring the alert back", "a 10 Alert\nu 20 Update a\nc 30 Cancel u", 30, ""},
		{"an all-clear ends", "a 10 Alert\nu 20 Update a clear", 20, ""},
		{"an alert that is an all-clear warns of nothing", "a 10 Alert clear", 20, ""},
		{"an ack ends nothing", "a 10 Alert\nk 20 Ack a", 20, "a"},
		{"an error ends nothing", "a 10 Alert\nk 20 Error a", 20, "a"},
		{"an alert ends nothing", "a 10 Alert\nb 20 Alert a", 20, "a b"},
		{"another sender ends nothing", "a 10 Alert\nc 20 Cancel x:a of=y", 20, "a"},
		{"an exercise ends nothing actual", "a 10 Alert\nc 20 Cancel a exercise", 20, "a"},
		{"an exercise is not in force", "a 10 Alert exercise", 20, ""},
		{"a loop ends nothing", "a 10 Update b\nb 10 Update a", 20, "a b"},
		{"a loop over a later message is cut there", "a 10 Update b\nb 20 Update a", 20, "b"},
		{"a message that names itself", "a 10 Update a", 20, "a"},
		{"an update within the same second", "u 10 Update a\na 10 Alert", 10, "u"},
		{"a line of updates within the same second", "w 10 Update v\nv 10 Update u\nu 10 Update a\na 10 Alert", 10, "w"},
		{"a reference with another time still means the message", "a 10 Alert\nc 20 Cancel a,11", 20, ""},
		{"a reference to a later message ends nothing", "c 10 Cancel a\na 20 Alert", 30, "a"},
		{"the same message twice", "a 10 Alert\na 10 Alert\nc 20 Cancel a", 20, ""},
		{"an identifier used again is told by time", "a 10 Alert\na 15 Alert\nc 20 Cancel a,15", 20, "a"},
		{"an update after the cancel warns", "a 10 Alert\nc 20 Cancel a\nu 30 Update a", 30, "u"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := identifiers(New(lines(t, test.messages)).InForce(cap.StatusActual, at(test.at).Time)); got != test.want {
				t.Errorf("in force: %q, want %q", got, test.want)
			}
		})
	}
}

func TestInForceKeepsStatusesApart(t *testing.T) {
	set := New(lines(t, "a 10 Alert\ne 11 Alert exercise\nf 12 Update e exercise"))
	if got := identifiers(set.InForce(cap.StatusActual, at(20).Time)); got != "a" {
		t.Errorf("actual: %q", got)
	}
	if got := identifiers(set.InForce(cap.StatusExercise, at(20).Time)); got != "f" {
		t.Errorf("exercise: %q", got)
	}
}

func TestInForceNamesTheBlocks(t *testing.T) {
	alert := lines(t, "a 10 Alert until=60")[0]
	early, later, clear := alert.Info[0], alert.Info[0], alert.Info[0]
	early.Expires, later.Effective = at(30), at(40)
	clear.ResponseType = []cap.ResponseType{cap.ResponseMonitor, cap.ResponseAllClear}
	alert.Info = []cap.Info{alert.Info[0], early, later, clear}
	set := New([]*cap.Alert{alert})
	for minute, want := range map[int][]int{20: {0, 1}, 35: {0}, 45: {0, 2}} {
		standing := set.InForce(cap.StatusActual, at(minute).Time)
		if len(standing) != 1 || !slices.Equal(standing[0].Info, want) {
			t.Errorf("minute %d: %v, want blocks %v", minute, standing, want)
		}
	}
	if standing := set.InForce(cap.StatusActual, at(60).Time); len(standing) != 0 {
		t.Errorf("at its end: %v", standing)
	}
}

func TestReferences(t *testing.T) {
	const chain = "a 10 Alert\nb 11 Alert\nu 20 Update a b\nv 30 Update u until=40\nw 31 Update u from=500\nk 32 Ack w"
	for _, test := range []struct {
		name, messages string
		at             int
		want           string
	}{
		{"nothing before the first", chain, 5, ""},
		{"the alert", chain, 10, "a"},
		{"both alerts that an update will join", chain, 11, "a b"},
		{"the update alone", chain, 20, "u"},
		{"all that is active, even if it takes effect later", chain, 31, "v w"},
		{"without what ran out", chain, 40, "w"},
		{"nothing after the cancel", chain + "\nc 50 Cancel v w", 50, ""},
		{"what an incomplete cancel left", chain + "\nc 35 Cancel v", 35, "w"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := New(lines(t, test.messages))
			c, ok := set.Chain("x", "a")
			if !ok {
				t.Fatal("no chain")
			}
			if got := referenced(c.References(at(test.at).Time)); got != test.want {
				t.Errorf("references: %q, want %q", got, test.want)
			}
		})
	}
}

func TestReferencesRepeatTheTriple(t *testing.T) {
	alert := lines(t, "a 10 Alert of=leitstelle@kreis.example")[0]
	alert.Sent = cap.NewTime(noon.In(time.FixedZone("", 3600)))
	c, _ := New([]*cap.Alert{alert}).Chain("leitstelle@kreis.example", "a")
	if got := c.References(noon).String(); got != "leitstelle@kreis.example,a,2026-11-23T13:00:00+01:00" {
		t.Error(got)
	}
}

func TestChains(t *testing.T) {
	set := New(lines(t, `
		z 1 Alert of=y
		u 20 Update a
		a 10 Alert
		b 11 Alert
		c 30 Cancel b u
		e 31 Cancel a exercise
		k 40 Ack c
		f 50 Cancel x:a of=y
	`))
	var got []string
	for _, c := range set.Chains() {
		var names []string
		for _, member := range c.Members() {
			names = append(names, member.Identifier)
		}
		got = append(got, fmt.Sprintf("%s %s: %s", c.Status(), c.Root().Identifier, strings.Join(names, " ")))
	}
	want := []string{"Actual z: z", "Actual a: a b u c", "Exercise e: e", "Actual k: k", "Actual f: f"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := set.Chain("x", "nobody"); ok {
		t.Error("found a chain of a message that is not there")
	}
}

func TestFindings(t *testing.T) {
	for _, test := range []struct {
		name, messages string
		want           []string
	}{
		{"a chain as it should be", "a 10 Alert\nu 20 Update a\nk 21 Ack u\nc 30 Cancel u", nil},
		{"naming what was replaced as well", "a 10 Alert\nu 20 Update a\nc 30 Cancel a u", nil},
		{"an all-clear, then its cancel", "a 10 Alert\nu 20 Update a clear\nc 30 Cancel u", nil},
		{"an ack of another sender", "a 10 Alert\nk 20 Ack x:a of=y", nil},
		{"itself", "a 10 Update a", []string{"a chain.self a"}},
		{"a loop of two", "a 10 Update b\nb 20 Update a", []string{"a chain.later b", "a chain.loop b", "b chain.loop a"}},
		{"a loop of three in one second", "a 10 Update b\nb 10 Update c\nc 10 Update a", []string{"a chain.loop b", "b chain.loop c", "c chain.loop a"}},
		{"a loop of acks", "a 10 Ack b\nb 10 Ack a", []string{"a chain.loop b", "b chain.loop a"}},
		{"dangling", "u 20 Update a b", []string{"u chain.unknown a b"}},
		{"later", "c 10 Cancel a\na 20 Alert", []string{"c chain.later a"}},
		{"another time", "a 10 Alert\nc 20 Cancel a,11", []string{"c chain.time a"}},
		{"the same identifier with other content", "a 10 Alert\na 10 Alert event=fire", []string{"a chain.identifier a"}},
		{"the same identifier at another time", "a 10 Alert\na 11 Alert", []string{"a chain.identifier a"}},
		{"the same message again", "a 10 Alert\na 10 Alert", nil},
		{"another sender's message cancelled", "a 10 Alert\nc 20 Cancel x:a of=y", []string{"c chain.sender a"}},
		{"an actual message cancelled in an exercise", "a 10 Alert\nc 20 Cancel a exercise", []string{"c chain.status a"}},
		{"an update after the cancel", "a 10 Alert\nc 20 Cancel a\nu 30 Update a", []string{"u chain.after-end c"}},
		{"an update of the cancel", "a 10 Alert\nc 20 Cancel a\nu 30 Update c", []string{"u chain.after-end c"}},
		{"an update after the all-clear", "a 10 Alert\nu 20 Update a clear\nv 30 Update u", []string{"v chain.after-end u"}},
		{"a second cancel", "a 10 Alert\nc 20 Cancel a\nd 30 Cancel a c", nil},
		{"a cancel that left something is no end", "a 10 Alert\nb 11 Alert\nu 20 Update a\nv 21 Update b u\nw 22 Update u v\nc 30 Cancel u\nz 40 Update w", []string{"c chain.incomplete w"}},
		{"a member not named", "a 10 Alert\nu 20 Update a\nv 30 Update a", []string{"v chain.incomplete u"}},
		{"a cancel that names only the alert", "a 10 Alert\nu 20 Update a\nc 30 Cancel a", []string{"c chain.incomplete u"}},
		{"what ran out need not be named", "a 10 Alert\nu 20 Update a until=25\nv 30 Update a", nil},
		{"a chain that nothing joins need not be named", "a 10 Alert\nb 10 Alert\nc 30 Cancel a", nil},
		{"what came later need not be named", "a 10 Alert\nc 30 Cancel a\nu 40 Update a,10 c", []string{"u chain.after-end c"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range New(lines(t, test.messages)).Findings() {
				got = append(got, fmt.Sprintf("%s %s %s", f.Alert.Identifier, f.Rule, referenced(f.References)))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFindingsNameAFewOfMany(t *testing.T) {
	text := "u 20 Update"
	for i := range 30 {
		text += fmt.Sprint(" gone", i)
	}
	findings := New(lines(t, text)).Findings()
	if len(findings) != 1 || len(findings[0].References) != mostNamed || !findings[0].More {
		t.Fatalf("%+v", findings)
	}
	if got := findings[0].In("de"); !strings.HasSuffix(got.Message, " und weitere") {
		t.Error(got.Message)
	}
}

func TestFindingsInWords(t *testing.T) {
	finding := New(lines(t, "a 10 Alert\nb 10 Alert\nu 20 Update a b\nc 30 Cancel a b")).Findings()[0]
	for language, want := range map[string]cap.Finding{
		"en": {Message: "leaves messages of its chain in force: it does not name x,u,2026-11-23T12:20:00-00:00", Remedy: "name every message of the chain that has not run out"},
		"de": {Message: "lässt Meldungen ihrer Kette in Kraft: nicht genannt ist x,u,2026-11-23T12:20:00-00:00", Remedy: "jede Meldung der Kette nennen, die noch nicht abgelaufen ist"},
	} {
		want.Rule, want.Severity, want.Path = RuleIncomplete, cap.GravityWarning, "alert/references"
		if diff := cmp.Diff(want, finding.In(language)); diff != "" {
			t.Errorf("%s: %s", language, diff)
		}
	}
}

// All rules have words in both languages, and there are no words without a rule.
func TestEveryRuleHasItsWords(t *testing.T) {
	for language, w := range words {
		for _, rule := range rules {
			said := w.Rules[rule]
			if said.Title == "" || said.Message == "" || said.Remedy == "" {
				t.Errorf("%s lacks words for %s", language, rule)
			}
			if got, want := strings.Count(said.Message, "%s"), strings.Count(words["en"].Rules[rule].Message, "%s"); got != want {
				t.Errorf("%s: %s names messages %d times, in English %d times", language, rule, got, want)
			}
		}
		if len(w.Rules) != len(rules) {
			t.Errorf("%s has words for %d rules, not %d", language, len(w.Rules), len(rules))
		}
	}
}
