// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"slices"

	"github.com/tocsin-alert/tocsin/cap"
)

// RuleInfo describes a rule.
type RuleInfo struct {
	ID cap.Rule
	// Profiles are those that the rule belongs to.
	Profiles []Profile
	// Severity is that of its findings. Under ProfileCAP an error is a warning,
	// since what strict reading lets through is valid.
	Severity cap.Gravity
	// Title says what the rule finds, Remedy what to do about it.
	Title, Remedy string
	// Source is the text or the practice that the rule comes from.
	Source string
}

// Rules lists all rules in the order in which they are applied, in the language
// of a BCP 47 tag as in Options.
func Rules(language string) []RuleInfo {
	words := wordsOf(language)
	list := make([]RuleInfo, len(rules))
	for i, r := range rules {
		list[i] = RuleInfo{r.id, slices.Clone(r.in), r.severity, words.title(r.id), words.remedy(r.id), r.source}
	}
	return list
}

// rule is one row of the table of rules. Its words stand in data/words.
type rule struct {
	id       cap.Rule
	in       []Profile
	severity cap.Gravity
	source   string
	look     func(v *view, report report)
}

// report records a finding at a path; the arguments go into its message.
type report func(path string, arguments ...any)

func (r rule) severityIn(profile Profile) cap.Gravity {
	if profile == ProfileCAP && r.severity == cap.GravityError {
		return cap.GravityWarning
	}
	return r.severity
}

// Where rules apply.
var (
	everywhere = []Profile{ProfileCAP, ProfilePublic, ProfileGerman}
	feeds      = []Profile{ProfilePublic, ProfileGerman}
	feedsOnly  = []Profile{ProfilePublic}
	germany    = []Profile{ProfileGerman}
)

const (
	isError   = cap.GravityError
	isWarning = cap.GravityWarning
	isAdvice  = cap.GravityAdvice
)

// each makes a rule of what looks at one passage.
func each(look func(v *view, p passage, report report)) func(*view, report) {
	return func(v *view, report report) {
		for _, p := range v.passages {
			look(v, p, report)
		}
	}
}

// part makes a rule of what looks at the passages of one part.
func part(name string, look func(v *view, p passage, report report)) func(*view, report) {
	return each(func(v *view, p passage, report report) {
		if p.part == name {
			look(v, p, report)
		}
	})
}

// eachFact makes a rule of what looks at the facts of a block; equal facts in
// several languages are looked at once.
func eachFact(look func(v *view, b *block, report report)) func(*view, report) {
	return func(v *view, report report) {
		for _, b := range v.facts {
			look(v, b, report)
		}
	}
}
