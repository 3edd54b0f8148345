// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

var cmpEmpty = cmpopts.EquateEmpty()

func infoOf(t *testing.T, rule cap.Rule) check.RuleInfo {
	t.Helper()
	rules := check.Rules("en")
	i := slices.IndexFunc(rules, func(r check.RuleInfo) bool { return r.ID == rule })
	if i < 0 {
		t.Fatalf("there is no rule %s", rule)
	}
	return rules[i]
}

// TestEveryRuleIsComplete holds that every rule has its words in both languages
// and a message that breaks it beside one that does not.
func TestEveryRuleIsComplete(t *testing.T) {
	german := check.Rules("de-DE")
	seen := map[cap.Rule]bool{}
	for i, r := range check.Rules("en") {
		if seen[r.ID] {
			t.Errorf("%s stands in the table twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.Remedy == "" || r.Source == "" || len(r.Profiles) == 0 {
			t.Errorf("%s is incomplete: %+v", r.ID, r)
		}
		if german[i].Title == "" || german[i].Remedy == "" || german[i].Title == r.Title {
			t.Errorf("%s has no German words: %+v", r.ID, german[i])
		}
		var breaking, holding bool
		for _, test := range alertCases[r.ID] {
			breaking, holding = breaking || test.paths != "", holding || test.paths == ""
		}
		for _, test := range wordingCases[r.ID] {
			breaking, holding = breaking || test.path != "", holding || test.path == ""
		}
		for _, test := range documentCases[r.ID] {
			breaking, holding = breaking || test.path != "", holding || test.path == ""
		}
		if !breaking || !holding {
			t.Errorf("%s needs a message that breaks it and one that does not", r.ID)
		}
	}
}

func TestFindingsInBothLanguages(t *testing.T) {
	a := soundAlert()
	a.Info[0].Headline = "Hochwasser – Potsdam"
	a.Info[0].Area[0].Circle = []cap.Circle{{RadiusKM: 12345}}
	for language, want := range map[string]string{
		"":   "The radius is 12345 kilometres.",
		"de": "Manche Sender verlieren diese Zeichen, und Mobilfunkmeldungen werden durch sie länger: – (U+2013)",
	} {
		o := soundOptions(check.ProfileGerman)
		o.Language = language
		if findings := check.Alert(a, o); !slices.ContainsFunc(findings, func(f cap.Finding) bool { return f.Message == want }) {
			t.Errorf("%q is not among %v", want, findings)
		}
	}
}

// TestFindingsQuoteTheText holds that what was found is quoted as it stands.
func TestFindingsQuoteTheText(t *testing.T) {
	m := sound()
	set(description, "Öffnet um 10:00 Uhr, IN KÜRZE mehr. Straße")(&m)
	want := "Whoever reads the message later misunderstands this: IN KÜRZE"
	if findings := check.Wording(m, "en"); !slices.ContainsFunc(findings, func(f cap.Finding) bool { return f.Message == want }) {
		t.Errorf("%q is not among %v", want, findings)
	}
}

func TestFindingsHavePlaces(t *testing.T) {
	a, o := soundAlert(), soundOptions(check.ProfileCAP)
	a.Info[1].Area[0].Circle = []cap.Circle{{}}
	o.Place = func(path string) (line, column int) { return strings.Count(path, "/"), len(path) }
	for _, f := range check.Alert(a, o) {
		if f.Line != 3 || f.Column != len(f.Path) {
			t.Errorf("%+v", f)
		}
	}
}

// TestManyFindingsAreBounded holds that a hostile message gets a short answer.
func TestManyFindingsAreBounded(t *testing.T) {
	a := soundAlert()
	for range 5000 {
		a.Info[0].Area = append(a.Info[0].Area, cap.Area{AreaDesc: ""})
	}
	findings := check.Alert(a, soundOptions(check.ProfileGerman))
	if len(findings) > 1000 || len(findings) < 100 {
		t.Errorf("%d findings", len(findings))
	}
}
