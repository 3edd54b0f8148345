// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Severity says what follows from a finding.
type Severity string

// The severities.
const (
	// SeverityError: the message cannot be requested as it is.
	SeverityError Severity = "error"
	// SeverityWarning: likely wrong; the author may know better.
	SeverityWarning Severity = "warning"
	// SeverityAdvice: would be better otherwise.
	SeverityAdvice Severity = "advice"
)

var severityOrder = []Severity{SeverityError, SeverityWarning, SeverityAdvice}

// Message is what [Check] looks at.
type Message struct {
	Kind  Kind
	Event string
	Level int
	// Texts by language tag; Required are the languages that must be there,
	// German when none is named.
	Texts     map[string]Text
	Required  []string
	Responses []cap.ResponseType
	// Onset is zero for at once.
	Onset, Expires time.Time
	// Now is the time of the check.
	Now time.Time
	// Authority is the issuer's name, Places the names of the area's parts; both
	// may be empty, and the rules that need them then rest or look less closely.
	Authority string
	Places    []string
	// Previous are the texts of the chain's last released message, if any.
	Previous map[string]Text
	// Exercise is true in the exercise realm.
	Exercise bool
}

// Finding is one thing that a rule found.
type Finding struct {
	// Rule is the rule's stable id (docs/formats/wording-rules.md).
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Field is the path of the field in warning.Content, such as "texts.de.headline".
	Field   string `json:"field"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// Check applies every rule and says what it found in the given language:
// errors first, then warnings, then advice.
func Check(m Message, words catalogue.Language) []Finding {
	view := look(m, words)
	var findings []Finding
	for _, r := range rules {
		key := "wording.rule." + r.id
		r.look(view, func(field string, args ...any) {
			findings = append(findings, Finding{
				Rule: r.id, Severity: r.severity, Field: field,
				Message: words.T(key+".message", args...), Remedy: words.T(key + ".remedy"),
			})
		})
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(severityOrder, a.Severity), slices.Index(severityOrder, b.Severity))
	})
	return findings
}

// Faults are the errors among the findings.
func Faults(findings []Finding) []problem.Fault {
	var faults []problem.Fault
	for _, f := range findings {
		if f.Severity == SeverityError {
			faults = append(faults, problem.Fault{Field: f.Field, Rule: f.Rule, Message: f.Message, Remedy: f.Remedy})
		}
	}
	return faults
}

// rule is one row of the table of rules. Its words stand in the catalogue
// under "wording.rule.ID": title, message and remedy.
type rule struct {
	id       string
	severity Severity
	look     func(v *view, report report)
}

// report records a finding at a field; the arguments go into its message.
type report func(field string, args ...any)

// view is a message prepared for the rules.
type view struct {
	Message
	event      Event
	eventKnown bool
	level      Level
	levelKnown bool
	languages  []string
	passages   []passage
	words      catalogue.Language
}

// passage is one field of a text.
type passage struct {
	field, language, part string
	text, folded          string
	// lexicon is empty for a language without one.
	lexicon lexicon
}

const (
	headline    = "headline"
	description = "description"
	instruction = "instruction"
)

func look(m Message, words catalogue.Language) *view {
	if len(m.Required) == 0 {
		m.Required = []string{catalogue.German}
	}
	v := &view{Message: m, words: words, languages: slices.Sorted(maps.Keys(m.Texts))}
	v.event, v.eventKnown = EventOf(m.Event)
	v.level, v.levelKnown = LevelOf(m.Level)
	for _, language := range v.languages {
		text := m.Texts[language].lineFeeds()
		for _, p := range []struct{ part, text string }{
			{headline, text.Headline}, {description, text.Description}, {instruction, text.Instruction},
		} {
			v.passages = append(v.passages, passage{
				field: "texts." + language + "." + p.part, language: language, part: p.part,
				text: strings.TrimSpace(p.text), folded: fold(p.text), lexicon: lexiconOf(language),
			})
		}
	}
	return v
}

// lineFeeds has one line feed for every line end, as the message will have it:
// browsers send carriage returns.
func (t Text) lineFeeds() Text {
	unify := strings.NewReplacer("\r\n", "\n")
	return Text{unify.Replace(t.Headline), unify.Replace(t.Description), unify.Replace(t.Instruction)}
}

func lexiconOf(language string) lexicon {
	if found, ok := lexica[language]; ok {
		return found
	}
	base, _, _ := strings.Cut(language, "-")
	return lexica[base]
}

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
