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
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap"
)

// tangle draws messages that refer to each other at random: forwards, in
// circles, to themselves and to nothing, with wrong times, over senders and
// statuses. Every message has an identifier of its own.
func tangle(t *rapid.T) []*cap.Alert {
	count := rapid.IntRange(1, 12).Draw(t, "count")
	alerts := make([]*cap.Alert, count)
	for i := range alerts {
		a := &cap.Alert{
			Identifier: fmt.Sprint("m", i), Sender: "x", Status: cap.StatusActual,
			Sent:    at(rapid.IntRange(0, 8).Draw(t, "sent")),
			MsgType: rapid.SampledFrom([]cap.MsgType{"Alert", "Update", "Update", "Cancel", "Ack"}).Draw(t, "type"),
		}
		if rapid.IntRange(0, 9).Draw(t, "sender") == 0 {
			a.Sender = "y"
		}
		if rapid.IntRange(0, 9).Draw(t, "status") == 0 {
			a.Status = cap.StatusExercise
		}
		for range rapid.IntRange(0, 2).Draw(t, "blocks") {
			info := cap.Info{Event: "flood"}
			if until := rapid.IntRange(0, 12).Draw(t, "until"); until > 0 {
				info.Expires = at(until)
			}
			if rapid.IntRange(0, 4).Draw(t, "clear") == 0 {
				info.ResponseType = []cap.ResponseType{cap.ResponseAllClear}
			}
			a.Info = append(a.Info, info)
		}
		alerts[i] = a
	}
	for _, a := range alerts {
		for range rapid.IntRange(0, 3).Draw(t, "references") {
			target := alerts[rapid.IntRange(0, count-1).Draw(t, "target")].Reference()
			switch rapid.IntRange(0, 9).Draw(t, "fault") {
			case 0:
				target.Sent = at(rapid.IntRange(0, 8).Draw(t, "time")).String()
			case 1:
				target.Identifier = "nobody"
			}
			a.References = append(a.References, target)
		}
	}
	return alerts
}

// slow says by the definition alone, in quadratic time and more, which
// references take effect: pairs of the message that ends and the one ended.
func slow(alerts []*cap.Alert) map[[2]*cap.Alert]bool {
	ends := map[[2]*cap.Alert]bool{}
	for _, a := range alerts {
		if a.MsgType != cap.MsgTypeUpdate && a.MsgType != cap.MsgTypeCancel {
			continue
		}
		for _, r := range a.References {
			for _, b := range alerts {
				if a != b && r.Sender == b.Sender && r.Identifier == b.Identifier && a.Sender == b.Sender && a.Status == b.Status && !b.Sent.After(a.Sent.Time) {
					ends[[2]*cap.Alert{a, b}] = true
				}
			}
		}
	}
	reaches := map[[2]*cap.Alert]bool{}
	for pair := range ends {
		reaches[pair] = true
	}
	for _, k := range alerts {
		for _, i := range alerts {
			for _, j := range alerts {
				if reaches[[2]*cap.Alert{i, k}] && reaches[[2]*cap.Alert{k, j}] {
					reaches[[2]*cap.Alert{i, j}] = true
				}
			}
		}
	}
	for pair := range ends {
		if reaches[[2]*cap.Alert{pair[1], pair[0]}] {
			delete(ends, pair)
		}
	}
	return ends
}

func TestInForceIsWhatTheDefinitionSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alerts := tangle(t)
		ends := slow(alerts)
		now := at(rapid.IntRange(-1, 13).Draw(t, "now"))
		var want []string
		for _, a := range alerts {
			if a.Status != cap.StatusActual || a.Sent.After(now.Time) || a.MsgType != cap.MsgTypeAlert && a.MsgType != cap.MsgTypeUpdate {
				continue
			}
			ended := slices.ContainsFunc(alerts, func(b *cap.Alert) bool {
				return !b.Sent.After(now.Time) && ends[[2]*cap.Alert{b, a}]
			})
			warns := len(a.Info) == 0 || slices.ContainsFunc(a.Info, func(i cap.Info) bool {
				return len(i.ResponseType) == 0 && (i.Expires.IsZero() || i.Expires.After(now.Time))
			})
			if !ended && warns {
				want = append(want, a.Identifier)
			}
		}
		var got []string
		for _, s := range New(alerts).InForce(cap.StatusActual, now.Time) {
			got = append(got, s.Alert.Identifier)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The order in which messages come decides nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	describe := func(alerts []*cap.Alert, now time.Time) []string {
		set := New(alerts)
		var lines []string
		for _, s := range set.InForce(cap.StatusActual, now) {
			lines = append(lines, "in force "+s.Alert.Identifier)
		}
		for _, f := range set.Findings() {
			names := strings.Fields(referenced(f.References))
			slices.Sort(names)
			lines = append(lines, fmt.Sprintln(f.Alert.Identifier, f.Rule, names))
		}
		for _, c := range set.Chains() {
			var names []string
			for _, member := range c.Members() {
				names = append(names, member.Identifier)
			}
			slices.Sort(names)
			open := strings.Fields(referenced(c.References(now)))
			slices.Sort(open)
			lines = append(lines, fmt.Sprintln("chain", names, open))
		}
		slices.Sort(lines)
		return lines
	}
	rapid.Check(t, func(t *rapid.T) {
		alerts := tangle(t)
		now := at(rapid.IntRange(0, 13).Draw(t, "now")).Time
		shuffled := rapid.Permutation(alerts).Draw(t, "order")
		if diff := cmp.Diff(describe(alerts, now), describe(shuffled, now)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A cancel that names what References says leaves nothing of the chain in
// force, whatever the tangle, and is without fault itself.
func TestACompleteCancelEndsTheChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alerts := tangle(t)
		now := at(9)
		for _, c := range New(alerts).Chains() {
			references := c.References(now.Time)
			if len(references) == 0 {
				continue
			}
			end := &cap.Alert{
				Identifier: "end", Sender: c.Root().Sender, Sent: now, Status: c.Status(),
				MsgType: cap.MsgTypeCancel, References: references,
			}
			set := New(append(slices.Clone(alerts), end))
			ended, ok := set.Chain(end.Sender, "end")
			if !ok {
				t.Fatal("the cancel is not in the set")
			}
			for _, s := range set.InForce(c.Status(), now.Time) {
				if s.Chain == ended {
					t.Fatalf("%s is still in force", s.Alert.Identifier)
				}
			}
			if left := ended.References(now.Time); len(left) != 0 {
				t.Fatalf("the chain still has %v", left)
			}
			for _, f := range set.Findings() {
				if f.Alert == end {
					t.Fatalf("the cancel: %+v", f)
				}
			}
		}
	})
}

// Shapes that would hurt an algorithm that looks at every pair.
func hostile(count int) map[string][]*cap.Alert {
	reference := func(i int) cap.Reference {
		return cap.Reference{Sender: "x", Identifier: fmt.Sprint("m", i), Sent: cap.NewTime(noon.Add(time.Duration(i) * time.Second)).String()}
	}
	message := func(i int, msgType cap.MsgType, references ...int) *cap.Alert {
		a := &cap.Alert{Identifier: fmt.Sprint("m", i), Sender: "x", Sent: cap.NewTime(noon.Add(time.Duration(i) * time.Second)), Status: cap.StatusActual, MsgType: msgType}
		for _, r := range references {
			a.References = append(a.References, reference(r))
		}
		return a
	}
	shapes := map[string][]*cap.Alert{}
	var all []int
	for i := range count {
		shapes["alone"] = append(shapes["alone"], message(i, cap.MsgTypeAlert))
		shapes["line"] = append(shapes["line"], message(i, cap.MsgTypeUpdate, max(0, i-1)))
		shapes["star"] = append(shapes["star"], message(i, cap.MsgTypeUpdate, 0))
		shapes["circle"] = append(shapes["circle"], message(i, cap.MsgTypeUpdate, (i+1)%count))
		same := message(i, cap.MsgTypeUpdate, (i+1)%count)
		same.Sent = at(0)
		shapes["circle in one second"] = append(shapes["circle in one second"], same)
		again := message(i, cap.MsgTypeUpdate, max(0, i-1))
		again.Identifier = "m0"
		shapes["one identifier"] = append(shapes["one identifier"], again)
		twin := message(0, cap.MsgTypeAlert)
		twin.Note = fmt.Sprint(i)
		shapes["one triple"] = append(shapes["one triple"], twin)
		if i < count/2 {
			all = append(all, i)
			shapes["joined"] = append(shapes["joined"], message(i, cap.MsgTypeAlert))
			shapes["two halves"] = append(shapes["two halves"], message(i, cap.MsgTypeAlert))
		} else {
			// Each joins one more alert to a chain of which it leaves all else active.
			shapes["two halves"] = append(shapes["two halves"], message(i, cap.MsgTypeUpdate, 0, i-count/2))
		}
	}
	shapes["joined"] = append(shapes["joined"], message(count, cap.MsgTypeCancel, all...))
	return shapes
}

func TestManyMessagesTakeLittleTime(t *testing.T) {
	for shape, alerts := range hostile(10_000) {
		t.Run(shape, func(t *testing.T) {
			began := time.Now()
			set := New(alerts)
			set.InForce(cap.StatusActual, noon.Add(time.Hour))
			// Some hundredths of a second are usual; a quadratic way takes minutes.
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %v", took)
			}
			if n := len(set.Findings()); n > 2*len(alerts) {
				t.Errorf("%d findings", n)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for shape, alerts := range hostile(10_000) {
		b.Run(shape, func(b *testing.B) {
			for b.Loop() {
				New(alerts)
			}
		})
	}
}
