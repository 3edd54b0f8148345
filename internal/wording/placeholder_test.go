// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFill(t *testing.T) {
	for _, test := range []struct {
		name, text string
		values     map[string]string
		want       string
	}{
		{"filled", "Hochwasser - {place}", map[string]string{"place": "Potsdam"}, "Hochwasser - Potsdam"},
		{"twice", "{a}{a}", map[string]string{"a": "x"}, "xx"},
		{"open", "{place} bis {until}", map[string]string{"place": "Potsdam"}, "Potsdam bis {until}"},
		{"blank value", "{place}", map[string]string{"place": " \n"}, "{place}"},
		{"trimmed value", "{place}.", map[string]string{"place": " Potsdam "}, "Potsdam."},
		{"placeholder in a value", "{a} {b}", map[string]string{"a": "{b}", "b": "x"}, "{b} x"},
		{"no placeholder", "{Place} {} { a } {a b}", map[string]string{"a": "x"}, "{Place} {} { a } {a b}"},
		{"regexp signs in a value", "{a}", map[string]string{"a": "$1 ${0}"}, "$1 ${0}"},
	} {
		if got := Fill(test.text, test.values); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if diff := cmp.Diff([]string{"b", "a-1"}, PlaceholderNames("{b} {a-1} {b} {A} {1}")); diff != "" {
		t.Error(diff)
	}
}

// TestFillProperties holds that filling takes away exactly the placeholders
// that have a value, and leaves everything else alone.
func TestFillProperties(t *testing.T) {
	name := rapid.StringMatching(`[a-z][a-z0-9-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.OneOf(
			rapid.String(), rapid.Map(name, func(n string) string { return "{" + n + "}" }),
		)).Draw(t, "pieces"), "")
		values := rapid.MapOf(name, rapid.StringMatching(`[A-Z][a-z ]{0,8}[a-z]`)).Draw(t, "values")
		filled := Fill(text, values)
		var open []string
		for _, n := range PlaceholderNames(text) {
			if _, ok := values[n]; !ok {
				open = append(open, n)
			}
		}
		left := PlaceholderNames(filled)
		for _, n := range open {
			if !slices.Contains(left, n) {
				t.Fatalf("the open placeholder %s vanished from %q", n, filled)
			}
		}
		if again := Fill(filled, nil); again != filled {
			t.Fatalf("filling with nothing changed %q to %q", filled, again)
		}
	})
}

func FuzzFill(f *testing.F) {
	f.Add("Hochwasser - {place}", "Potsdam")
	f.Add("{{place}} {pl{place}ace}", "{place}")
	f.Fuzz(func(t *testing.T, text, value string) {
		names := PlaceholderNames(text)
		values := map[string]string{}
		for _, n := range names {
			values[n] = value
		}
		filled := Fill(text, values)
		if len(names) == 0 && filled != text {
			t.Errorf("a text without placeholders became %q", filled)
		}
		if strings.TrimSpace(value) == "" && filled != text {
			t.Errorf("a blank value filled %q", text)
		}
		if clean := !strings.ContainsAny(value, "{}"); clean && strings.TrimSpace(value) != "" {
			if strings.Count(filled, "{") != strings.Count(text, "{")-len(blank.FindAllString(text, -1)) {
				t.Errorf("%q filled with %q is %q", text, value, filled)
			}
		}
	})
}
