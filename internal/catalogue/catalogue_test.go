// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package catalogue

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
)

var (
	wellFormedKey = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9][A-Za-z0-9_-]*)+$`)
	verb          = regexp.MustCompile(`%[-+# 0]*\d*(?:\.\d+)?(?:\[(\d+)\])?([a-zA-Z%])`)
)

// verbs lists what a text takes, as "1d 2s" in the order of the arguments.
func verbs(text string) []string {
	var found []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(text, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next = int(m[1][0] - '0')
		}
		found = append(found, string(rune('0'+next))+m[2])
		next++
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryTextFitsItsKey(t *testing.T) {
	if len(Keys()) == 0 {
		t.Fatal("the catalogue is empty")
	}
	for _, key := range Keys() {
		if !wellFormedKey.MatchString(key) {
			t.Errorf("%s: a key is lower-case words joined by dots", key)
		}
		e := entries[key]
		want := verbs(e.German.Other)
		for tag, p := range map[string]*phrase{German: e.German, English: e.English, Simple: e.Simple} {
			if p == nil {
				continue
			}
			for _, form := range []string{p.Zero, p.One, p.Other} {
				if form != strings.TrimSpace(form) {
					t.Errorf("%s in %s starts or ends with white space", key, tag)
				}
			}
			if diff := cmp.Diff(want, verbs(p.Other)); diff != "" {
				t.Errorf("%s: the arguments differ between de and %s:\n%s", key, tag, diff)
			}
			if (p.One != "" || p.Zero != "") && !slices.Contains([]string{"1d", "1v"}, first(want)) {
				t.Errorf("%s in %s has forms but its first argument is no number", key, tag)
			}
		}
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// TestReasonsHaveTexts reads the sources of the other packages: a reason that a
// receipt carries is shown to people through its key.
func TestReasonsHaveTexts(t *testing.T) {
	used := regexp.MustCompile(`(Rule: )?"(reason\.[a-z-]+|siren\.(?:reason|detail)\.[a-z-]+)"`)
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range used.FindAllStringSubmatch(string(source), -1) {
			if m[1] != "" {
				continue
			}
			found++
			if !For(German).Has(m[2]) {
				t.Errorf("%s uses %s, which has no text", path, m[2])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no reason found in the sources: the test looks in the wrong place")
	}
}

func TestVerbs(t *testing.T) {
	got := verbs("%d of %[3]s, %s, 100 %%, %05.2f, %[1]d")
	if diff := cmp.Diff([]string{"1d", "3s", "4s", "5f"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFor(t *testing.T) {
	for tag, want := range map[string]string{
		"": German, "de": German, "de-AT": German, "DE": German, "de-simple": Simple, "de-DE-simple": Simple,
		"en": English, "en-GB": English, "fr": English, "not a tag": English,
	} {
		if got := For(tag).Tag(); got != want {
			t.Errorf("For(%q) = %s, want %s", tag, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"": German, "de": German, "de-CH,fr;q=0.5": German, "en-US,en;q=0.9,de;q=0.8": English,
		"tr-TR,tr;q=0.9": English, "tr,de;q=0.3": German, "de-simple": German, "%%%": German, "*": German,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
}

func TestT(t *testing.T) {
	for _, test := range []struct {
		tag, key string
		args     []any
		want     string
	}{
		{"de", "common.people", []any{128400}, "128.400 Menschen"},
		{"en", "common.people", []any{128400}, "128,400 people"},
		{"de-simple", "common.people", []any{128400}, "128.400 Menschen"},
		{"de", "common.people", []any{1}, "1 Person"},
		{"en", "common.people", []any{0}, "0 people"},
		{"de", "common.kind.all-clear", nil, "Entwarnung"},
		{"fr", "common.kind.all-clear", nil, "All-clear"},
		{"de", "common.no.such.key", []any{1}, "common.no.such.key"},
	} {
		if got := For(test.tag).T(test.key, test.args...); got != test.want {
			t.Errorf("For(%q).T(%q) = %q, want %q", test.tag, test.key, got, test.want)
		}
	}
	if For("de").Has("common.no.such.key") || !For("de-simple").Has("common.yes") {
		t.Error("Has is wrong")
	}
	if got := For("de").Decimal(-0.04); got != "0,0" {
		t.Errorf("nearly nothing: %s", got)
	}
	if got := For("de").Decimal(1942.46); got != "1.942,5" {
		t.Errorf("decimal is %q", got)
	}
	if got := For("de").Number(1942); got != "1.942" {
		t.Errorf("Number = %q", got)
	}
}

func TestFormsAndOwnTexts(t *testing.T) {
	loaded, err := load(fstest.MapFS{"messages/a.yaml": {Data: []byte(`
a.one: {de: {zero: "nichts", one: "%d Ding bei %s", other: "%d Dinge bei %s"}, en: {one: "%d thing at %s", other: "%d things at %s"}}
a.two: {de: "Bevölkerung", en: "population", de-simple: "Menschen"}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	built := build(loaded)
	for want, got := range map[string]string{
		"nichts":            built["de"].printer.Sprintf("a.one", 0, "A"),
		"1 Ding bei A":      built["de"].printer.Sprintf("a.one", 1, "A"),
		"2.000 Dinge bei A": built["de-simple"].printer.Sprintf("a.one", 2000, "A"),
		"0 things at A":     built["en"].printer.Sprintf("a.one", 0, "A"),
		"Menschen":          built["de-simple"].printer.Sprintf("a.two"),
		"Bevölkerung":       built["de"].printer.Sprintf("a.two"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	const good = "a.b: {de: x, en: y}\n"
	for name, source := range map[string]fstest.MapFS{
		"a missing language":  {"messages/a.yaml": {Data: []byte("a.b: {de: x}")}},
		"an unknown language": {"messages/a.yaml": {Data: []byte("a.b: {de: x, en: y, fr: z}")}},
		"an empty text":       {"messages/a.yaml": {Data: []byte(`a.b: {de: "", en: y}`)}},
		"an unknown form":     {"messages/a.yaml": {Data: []byte("a.b: {de: {few: x, other: y}, en: z}")}},
		"a key twice":         {"messages/a.yaml": {Data: []byte(good + good)}},
		"a key in two files":  {"messages/a.yaml": {Data: []byte(good)}, "messages/b.yaml": {Data: []byte(good)}},
		"no mapping":          {"messages/a.yaml": {Data: []byte("- a")}},
	} {
		if _, err := load(source); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := load(fstest.MapFS{"messages/a.yaml": {Data: []byte(good)}, "messages/empty.yaml": {}}); err != nil {
		t.Errorf("good files were refused: %v", err)
	}
}

func TestTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	summer := time.Date(2025, 10, 1, 9, 4, 37, 0, time.UTC)
	winter := time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		tag    string
		t      time.Time
		layout Layout
		zone   *time.Location
		want   string
	}{
		{"de", summer, LayoutDate, berlin, "Mi. 01.10.2025"},
		{"de", summer, LayoutClock, berlin, "11:04 Uhr"},
		{"de", summer, LayoutSecond, berlin, "11:04:37 MESZ"},
		{"de", summer, LayoutShort, berlin, "Mi. 01.10.2025, 11:04 Uhr"},
		{"de", summer, LayoutLong, berlin, "Mittwoch, 1. Oktober 2025, 11:04 Uhr MESZ"},
		{"de", winter, LayoutLong, berlin, "Montag, 2. März 2026, 00:30 Uhr MEZ"},
		{"en", summer, LayoutLong, berlin, "Wednesday, 1 October 2025, 11:04 CEST"},
		{"en", summer, LayoutShort, nil, "Wed 1 October 2025, 09:04"},
		{"en", summer, LayoutSecond, nil, "09:04:37 UTC"},
	} {
		if got := For(test.tag).Time(test.t, test.layout, test.zone); got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.tag, test.layout, got, test.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, test := range []struct {
		d             time.Duration
		want, elapsed string
	}{
		{-time.Second, "0 s", "00:00"},
		{45*time.Second + 900*time.Millisecond, "45 s", "00:45"},
		{47*time.Minute + 59*time.Second, "47 min", "47:59"},
		{3*time.Hour + 5*time.Minute, "3 h 05 min", "3:05:00"},
		{25 * time.Hour, "1 Tag 1 h", "25:00:00"},
		{52 * time.Hour, "2 Tage 4 h", "52:00:00"},
	} {
		if got := For("de").Duration(test.d); got != test.want {
			t.Errorf("Duration(%v) = %q, want %q", test.d, got, test.want)
		}
		if got := For("de").Elapsed(test.d); got != test.elapsed {
			t.Errorf("Elapsed(%v) = %q, want %q", test.d, got, test.elapsed)
		}
	}
}
