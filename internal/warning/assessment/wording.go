// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package assessment

import (
	"slices"

	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// Wording lets the rules of warnings ask the wording catalogue.
type Wording struct {
	// Signals is the authority's table of siren signals; nil stands for Germany's.
	Signals siren.Signals
}

// Hazard implements warning.Wording.
func (Wording) Hazard(code string) (warning.Hazard, bool) {
	event, ok := wording.EventOf(code)
	return warning.Hazard{
		Names: event.Name, Categories: event.Categories, ResponseTypes: event.Responses, Codes: event.Codes(),
	}, ok
}

// Grading implements warning.Wording.
func (Wording) Grading(level warning.Level) warning.Grading {
	return warning.Grading(check.PublicGrading(int(level)))
}

// KnownSignal implements warning.Wording.
func (w Wording) KnownSignal(name string) bool {
	table := w.Signals
	if table == nil {
		table = siren.GermanSignals()
	}
	_, ok := table.Named(name)
	return ok
}

// JudgedBefore are the rules of the catalogue that the rules of warnings apply
// themselves, in words of their own.
var JudgedBefore = []string{"event.unknown", "level.unknown", "expires.missing", "expires.past", "expires.before-onset"}

// CheckTexts implements warning.Wording.
func (Wording) CheckTexts(t warning.TextCheck) []problem.Fault {
	tag := t.Tag
	if tag == "" {
		tag = catalogue.English
	}
	faults := wording.Faults(wording.Check(check.Message{
		Kind: check.Kind(t.Kind), Event: t.Content.Event, Level: int(t.Content.Level),
		Texts: texts(t.Content.Texts), Required: t.Languages, Responses: t.Content.ResponseTypes,
		Onset: t.Content.Onset, Expires: t.Content.Expires, Now: t.Now,
		Previous: texts(t.Previous), Exercise: t.Exercise,
	}, tag))
	return slices.DeleteFunc(faults, func(f problem.Fault) bool { return slices.Contains(JudgedBefore, f.Rule) })
}

func texts(from map[string]warning.Text) map[string]check.Text {
	to := make(map[string]check.Text, len(from))
	for tag, t := range from {
		to[tag] = check.Text(t)
	}
	return to
}
