// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestRogueAlarmsStayOpenUntilSomeoneSettlesThem(t *testing.T) {
	rogues := NewRogues()
	apply := func(seq uint64, events ...journal.Event) {
		t.Helper()
		if err := rogues.Apply(journal.Record{Seq: seq, Events: events}); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	first := Rogue{ID: "call-1", Kind: RogueCall, Receiver: "tower", Path: PathPOCSAG, Call: "1234567 C", At: at}
	second := Rogue{ID: "local-2", Kind: RogueLocal, Siren: "s1", At: at.Add(time.Minute)}
	apply(1, journal.NewEvent(EventRogue, first), journal.NewEvent(EventRogue, second))
	if diff := cmp.Diff([]Rogue{second, first}, rogues.Open()); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name    string
		settled RogueSettled
		want    problem.Kind
	}{
		{"one that there is not", RogueSettled{ID: "call-9", Note: "x"}, problem.NotFound},
		{"without a word", RogueSettled{ID: "call-1", Note: " "}, problem.Invalid},
		{"with too many", RogueSettled{ID: "call-1", Note: strings.Repeat("x", maxNote+1)}, problem.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := rogues.Settle(c.settled); problem.KindOf(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	events, err := rogues.Settle(RogueSettled{ID: "call-1", Note: "the fire service of the next county"})
	if err != nil {
		t.Fatal(err)
	}
	apply(2, events...)
	if diff := cmp.Diff([]Rogue{second}, rogues.Open()); diff != "" {
		t.Error(diff)
	}
	if err := rogues.Apply(journal.Record{Seq: 3, Events: []journal.Event{{Kind: EventRogue, Body: []byte("7")}}}); err == nil {
		t.Error("a record that cannot be read is passed over")
	}
}
