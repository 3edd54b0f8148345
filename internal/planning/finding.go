// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import "github.com/tocsin-alert/tocsin/internal/catalogue"

// Finding is something about the inputs that a planner should look at.
type Finding struct {
	// Siren is the siren's id, empty where the finding is about all.
	Siren string `json:"siren,omitempty"`
	// Rule names what is said; Counts and Names are what its words speak of, for
	// saying it in another language.
	Rule   string   `json:"rule"`
	Counts []int64  `json:"counts,omitempty"`
	Names  []string `json:"names,omitempty"`
	// Message and Remedy say it in English, without a full stop after the message.
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// found is a finding about all; its words are plan.finding.RULE in the catalogue.
func found(rule string, counts []int64, names ...string) Finding {
	f := Finding{Rule: rule, Counts: counts, Names: names}
	english := catalogue.For(catalogue.English)
	f.Message, f.Remedy = f.say(english, "message"), f.say(english, "remedy")
	return f
}

// about is the finding as one about a siren.
func (f Finding) about(siren string) Finding {
	f.Siren = siren
	return f
}

// Say is the finding with its remedy, in sentences of a language.
func (f Finding) Say(l catalogue.Language) string {
	return f.say(l, "message") + ". " + f.say(l, "remedy")
}

func (f Finding) say(l catalogue.Language, part string) string {
	var args []any
	for _, n := range f.Counts {
		args = append(args, n)
	}
	for _, name := range f.Names {
		args = append(args, name)
	}
	if part == "remedy" {
		args = nil
	}
	return l.T("plan.finding."+f.Rule+"."+part, args...)
}
