// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

var (
	categories = []cap.Category{
		cap.CategoryGeo, cap.CategoryMet, cap.CategorySafety, cap.CategorySecurity, cap.CategoryRescue, cap.CategoryFire,
		cap.CategoryHealth, cap.CategoryEnv, cap.CategoryTransport, cap.CategoryInfra, cap.CategoryCBRNE, cap.CategoryOther,
	}
	responses = []cap.ResponseType{
		cap.ResponseShelter, cap.ResponseEvacuate, cap.ResponsePrepare, cap.ResponseExecute, cap.ResponseAvoid,
		cap.ResponseMonitor, cap.ResponseAssess, cap.ResponseNone,
	}
	bbkCode   = regexp.MustCompile(`^BBK-EVC-\d{3}$`)
	oasisCode = regexp.MustCompile(`^OET-\d{3}$`)
)

func TestEvents(t *testing.T) {
	if n := len(Events()); n != 86 {
		t.Errorf("%d events; the list of the federal office, version 11, has 86", n)
	}
	previous := ""
	names := map[string]string{}
	for _, e := range Events() {
		if !bbkCode.MatchString(e.Code) || e.Code <= previous {
			t.Errorf("%s stands after %s", e.Code, previous)
		}
		previous = e.Code
		for _, language := range []string{"de", "en"} {
			name := e.Name[language]
			if other := names[language+name]; name == "" || other != "" {
				t.Errorf("%s: the name %q in %s is empty or that of %s", e.Code, name, language, other)
			}
			names[language+name] = e.Code
		}
		if len(e.Categories) == 0 || len(e.Responses) == 0 || !e.Siren.known() {
			t.Errorf("%s is incomplete: %+v", e.Code, e)
		}
		for _, c := range e.Categories {
			if !slices.Contains(categories, c) {
				t.Errorf("%s: no such category %s", e.Code, c)
			}
		}
		for _, r := range e.Responses {
			if !slices.Contains(responses, r) {
				t.Errorf("%s: no such response type %s", e.Code, r)
			}
		}
		if e.OASIS != "" && !oasisCode.MatchString(e.OASIS) {
			t.Errorf("%s: OASIS code %q", e.Code, e.OASIS)
		}
	}
}

func TestEventOf(t *testing.T) {
	flood, ok := EventOf("BBK-EVC-038")
	if !ok || flood.Name.In("de") != "Hochwasser" || flood.Name.In("de-simple") != "Hochwasser" || flood.Name.In("fr") != "Flood" {
		t.Errorf("flood = %+v", flood)
	}
	want := []cap.NamedValue{{ValueName: "profile:DE-BBK-EVENTCODE", Value: "BBK-EVC-038"}, {ValueName: "OET:v1.2", Value: "OET-081"}}
	if diff := cmp.Diff(want, flood.Codes()); diff != "" {
		t.Error(diff)
	}
	if _, ok := EventOf("BBK-EVC-013"); ok {
		t.Error("an event of a code that was never given")
	}
	dam, _ := EventOf("BBK-EVC-015")
	siren, _ := EventOf("BBK-EVC-060")
	for _, test := range []struct {
		event Event
		level int
		want  string
	}{
		{flood, 1, ""}, {dam, 1, SignalWarning}, {dam, 2, SignalWarning}, {dam, 3, ""}, {siren, 3, SignalTrial},
	} {
		if got := test.event.Signal(test.level); got != test.want {
			t.Errorf("%s at level %d: signal %q, want %q", test.event.Code, test.level, got, test.want)
		}
	}
}

func TestLevels(t *testing.T) {
	var numbers []int
	for _, l := range Levels() {
		numbers = append(numbers, l.Number)
		for _, words := range []Words{l.Name, l.Meaning} {
			if words["de"] == "" || words["en"] == "" {
				t.Errorf("level %d is incomplete: %v", l.Number, words)
			}
		}
		if l.Colour == "" || l.Shape == "" || l.ShapeName == "" || l.Validity <= 0 || l.Validity > check.LongestValidity(l.Number) {
			t.Errorf("level %d is incomplete: %+v", l.Number, l)
		}
	}
	if diff := cmp.Diff([]int{1, 2, 3}, numbers); diff != "" {
		t.Error(diff)
	}
	if _, ok := LevelOf(4); ok {
		t.Error("there is a level 4")
	}
}

func TestDecodeRefusesUnknownFields(t *testing.T) {
	if _, err := decode[[]Event]([]byte("- code: BBK-EVC-001\n  colour: red\n")); err == nil {
		t.Error("an unknown field was accepted")
	}
}

// TestEventsAreThoseOfTheRules holds that the rules know the same events.
func TestEventsAreThoseOfTheRules(t *testing.T) {
	for number := range 1000 {
		code := fmt.Sprintf("BBK-EVC-%03d", number)
		if event, ok := EventOf(code); ok != check.IsEventCode(code) || event.Vague != check.IsVagueEvent(code) || event.Test != check.IsTestEvent(code) {
			t.Errorf("%s: %+v", code, event)
		}
	}
}

func TestCheckKnowsTheEvent(t *testing.T) {
	m := check.Message{
		Kind: check.KindAlert, Event: "BBK-EVC-079", Level: 3,
		Texts: map[string]check.Text{"de": {Headline: "Blindgänger in Potsdam"}, "en": {Headline: "Danger in Potsdam"}},
	}
	var got []string
	for _, f := range Check(m, "en") {
		if f.Rule == "headline.hazard" {
			got = append(got, f.Path+" "+f.Message)
		}
	}
	want := []string{"texts.en.headline The headline does not name the hazard: Unexploded wartime bomb"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
