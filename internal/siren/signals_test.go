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
	numbers := map[uint8]bool{}
	for _, s := range GermanSignals() {
		if s.Duration() != want[s.Name] {
			t.Errorf("%s takes %v, want %v", s.Name, s.Duration(), want[s.Name])
		}
		if s.Number == 0 || numbers[s.Number] {
			t.Errorf("%s has the number %d, which is none or taken", s.Name, s.Number)
		}
		numbers[s.Number] = true
		audible := slices.ContainsFunc(s.Segments, func(g Segment) bool { return g.Tone == ToneSteady || g.Tone == ToneWail })
		if audible == s.Test {
			t.Errorf("%s: test %v, but an alarm tone %v", s.Name, s.Test, audible)
		}
	}
	if len(numbers) != len(want) {
		t.Errorf("%d signals, want %d", len(numbers), len(want))
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
