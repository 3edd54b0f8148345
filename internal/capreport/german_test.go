// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capreport

import (
	"slices"
	"testing"

	"github.com/tocsin-alert/tocsin/cap"
)

func TestEveryRuleOfReadingHasAGermanTitle(t *testing.T) {
	rules := cap.Rules()
	for _, rule := range rules {
		if german[rule.ID] == "" {
			t.Errorf("there is no title for %s", rule.ID)
		}
	}
	for id := range german {
		if !slices.ContainsFunc(rules, func(r cap.RuleInfo) bool { return r.ID == id }) {
			t.Errorf("there is no rule %s", id)
		}
	}
	got := inGerman(cap.Finding{Rule: "cap.order", Message: "stands too late"}).Message
	if want := "Die Elemente stehen in der Reihenfolge des Schemas. (stands too late)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
