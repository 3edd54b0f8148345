// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestStopOrders(t *testing.T) {
	now := time.Date(2026, 9, 10, 11, 0, 30, 0, time.UTC)
	a, b := Siren{ID: "a", Number: 1}, Siren{ID: "b", Number: 2}
	for _, c := range []struct {
		name      string
		command   StopCommand
		addressed []Siren
		want      StopOrder
		faults    []string
	}{
		{"all", StopCommand{All: true, Reason: " false alarm "}, nil, StopOrder{All: true, Reason: "false alarm"}, nil},
		{"two sirens", StopCommand{Sirens: []string{"b", "a"}, Reason: "x"}, []Siren{a, b}, StopOrder{Sirens: []string{"a", "b"}, Reason: "x"}, nil},
		{"those of a warning", StopCommand{Warning: "w", Reason: "x"}, []Siren{b}, StopOrder{Warning: "w", Sirens: []string{"b"}, Reason: "x"}, nil},
		{"nothing is chosen", StopCommand{Reason: "x"}, nil, StopOrder{}, []string{"stop.which"}},
		{"all and one", StopCommand{All: true, Sirens: []string{"a"}, Reason: "x"}, []Siren{a}, StopOrder{}, []string{"stop.which"}},
		{"no reason", StopCommand{All: true, Reason: " "}, nil, StopOrder{}, []string{"stop.reason"}},
		{"a siren that there is not", StopCommand{Sirens: []string{"c"}, Reason: "x"}, nil, StopOrder{}, []string{"siren.unknown"}},
		{"a warning without sirens", StopCommand{Warning: "w", Reason: "x"}, nil, StopOrder{}, []string{"stop.nobody"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stops Stops
			events, err := stops.Order(c.command, c.addressed, "ben", now)
			if len(c.faults) > 0 {
				p, ok := errors.AsType[*problem.Error](err)
				if !ok {
					t.Fatalf("got %v, %v", events, err)
				}
				var rules []string
				for _, f := range p.Faults {
					rules = append(rules, f.Rule)
				}
				if diff := cmp.Diff(c.faults, rules); diff != "" {
					t.Error(diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for seq := range uint64(2) {
				if err := stops.Apply(journal.Record{Seq: seq + 1, Events: events}); err != nil {
					t.Fatal(err)
				}
			}
			want := c.want
			want.ID, want.By, want.At = "stop-1", "ben", now
			if diff := cmp.Diff(want, stops.All()[0]); diff != "" {
				t.Error(diff)
			}
			if next, err := stops.Order(c.command, c.addressed, "ben", now); err != nil || cmp.Equal(next, events) {
				t.Errorf("a later order has the same name: %s, %v", next[0].Body, err)
			}
		})
	}
}
