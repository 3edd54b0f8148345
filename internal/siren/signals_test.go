// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGermanSignals(t *testing.T) {
	want := map[string]time.Duration{
		"warning": time.Minute, "all-clear": time.Minute, "fire": 59 * time.Second,
		"trial": 12 * time.Second, "silent-test": time.Second, "growl-test": 2 * time.Second,
	}
	got := map[string]time.Duration{}
	for _, s := range GermanSignals() {
		got[s.Name] = s.Duration()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What holds of every table: a number means one name and one sound everywhere,
// a device can give it, and no test sounds like an alarm.
func TestAllTables(t *testing.T) {
	numbered := map[uint8]Signal{}
	for _, s := range AllSignals() {
		if _, taken := numbered[s.Number]; taken || s.Number == 0 || s.Number >= 128 {
			t.Errorf("%s has the number %d, which is none or taken", s.Name, s.Number)
		}
		numbered[s.Number] = s
	}
	names := map[string]bool{}
	for _, table := range SignalTables() {
		if found, err := TableNamed(table.Name); err != nil || names[table.Name] || found.Country != table.Country {
			t.Errorf("table %s: %v", table.Name, err)
		}
		names[table.Name] = true
		words := map[string]bool{}
		for _, s := range table.Signals {
			known := numbered[s.Number]
			if known.Name != s.Name || !slices.Equal(known.Segments, s.Segments) || known.Test != s.Test {
				t.Errorf("%s: number %d is %s there and %s elsewhere", table.Name, s.Number, s.Name, known.Name)
			}
			if words[s.TitleKey()] {
				t.Errorf("%s: two signals are called %s", table.Name, s.TitleKey())
			}
			words[s.TitleKey()] = true
			if s.Duration() <= 0 || s.Duration() > MaxSound {
				t.Errorf("%s: %s takes %v, a device sounds up to %v", table.Name, s.Name, s.Duration(), MaxSound)
			}
			alarming := slices.ContainsFunc(s.Segments, func(g Segment) bool { return g.Tone.Alarming() })
			if alarming == s.Test {
				t.Errorf("%s: %s: test %v, but an alarm's tone %v", table.Name, s.Name, s.Test, alarming)
			}
		}
		for _, name := range []string{"warning", "silent-test", "growl-test"} {
			if _, has := table.Signals.Named(name); !has {
				t.Errorf("%s has no %s", table.Name, name)
			}
		}
	}
	if water, _ := AllSignals().Named("water"); water.Duration() != 350*time.Second || len(water.Segments) != 23 {
		t.Errorf("the water alarm takes %v in %d segments", water.Duration(), len(water.Segments))
	}
	if _, err := TableNamed("xx"); err == nil {
		t.Error("a table that does not exist was found")
	}
	if table, err := TableNamed(""); err != nil || table.Name != DefaultTable {
		t.Errorf("no name: %v, %v", table.Name, err)
	}
}

func TestSignalAsJSON(t *testing.T) {
	s, _ := GermanSignals().Named("warning")
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"number":1,"name":"warning","segments":[{"tone":"wail","seconds":60}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
