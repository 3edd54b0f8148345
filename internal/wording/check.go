// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Check applies the rules about texts to a message, and says what they found in
// the given language. The paths of the findings are fields of a content, such as
// "texts.de.headline".
func Check(m check.Message, language string) []cap.Finding {
	return check.Wording(Complete(m, language), language)
}

// Complete adds what the list of events knows of the message's event: its name
// in the given language, and the words that name the hazard.
func Complete(m check.Message, language string) check.Message {
	event, ok := EventOf(m.Event)
	if !ok {
		return m
	}
	m.EventName = event.Name.In(language)
	m.Hazard = map[string][]string{}
	for tag := range m.Texts {
		names := strings.FieldsFunc(event.Name.In(tag), func(r rune) bool { return !unicode.IsLetter(r) })
		m.Hazard[tag] = slices.Concat(event.Words, names)
	}
	return m
}

// Faults are the errors among the findings of [Check].
func Faults(findings []cap.Finding) []problem.Fault {
	var faults []problem.Fault
	for _, f := range findings {
		if f.Severity == cap.GravityError {
			faults = append(faults, problem.Fault{Field: f.Path, Rule: string(f.Rule), Message: f.Message, Remedy: f.Remedy})
		}
	}
	return faults
}
