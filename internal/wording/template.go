// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"maps"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// Template is a prepared warning (docs/formats/templates.md).
type Template struct {
	// ID is the name of the template's file, such as "flash-flood".
	ID   string `yaml:"-"`
	Name Words  `yaml:"name"`
	// Event is the code that the template warns of, Related those that its texts fit too.
	Event     string             `yaml:"event"`
	Related   []string           `yaml:"related"`
	Responses []cap.ResponseType `yaml:"response"`
	// Levels says for each level that may apply when it does; Level is where to start.
	Levels map[int]Words `yaml:"levels"`
	Level  int           `yaml:"level"`
	// Validity is how long the warning is in force, UpdateEvery how long people
	// wait for the next message at most.
	Validity    time.Duration `yaml:"validity"`
	UpdateEvery time.Duration `yaml:"updateEvery"`
	// Radius is that of a first area around the site, in kilometres.
	Radius float64 `yaml:"radius"`
	Siren  struct {
		Rule SirenRule `yaml:"rule"`
		// Reason says why sirens fit or do not.
		Reason Words `yaml:"reason"`
	} `yaml:"siren"`
	// Speech is what a siren that can speak says, in at most 12 seconds.
	Speech Words `yaml:"speech"`
	// Question is the decision that the author has to make.
	Question Words `yaml:"question"`
	// Release says whose decision it is.
	Release Words `yaml:"release"`

	Texts map[string]Text `yaml:"texts"`
	// Update and Correction open the description of a later message; the rest of
	// that message is the alert's, since it replaces what was said before.
	Update     Words `yaml:"update"`
	Correction Words `yaml:"correction"`
	// AllClear stands on its own: it repeats no protective action.
	AllClear map[string]Text `yaml:"allClear"`
}

// Part is a message that a template prepares.
type Part string

// The parts.
const (
	PartAlert      Part = "alert"
	PartUpdate     Part = "update"
	PartCorrection Part = "correction"
	PartAllClear   Part = "all-clear"
)

// headlineStart opens the headline of a later message. The all-clear's is
// written out in each template.
var headlineStart = map[Part]Words{
	PartUpdate:     {"de": "Aktualisierung: ", "en": "Update: "},
	PartCorrection: {"de": "Korrektur: ", "en": "Correction: "},
}

// Templates are all templates, sorted by id.
func Templates() []Template { return slices.Clone(templates) }

// TemplateOf is the template of an id.
func TemplateOf(id string) (Template, bool) {
	index := slices.IndexFunc(templates, func(t Template) bool { return t.ID == id })
	if index < 0 {
		return Template{}, false
	}
	return templates[index], true
}

// Languages are the languages in which the template has its texts, sorted.
func (t Template) Languages() []string {
	return slices.Sorted(maps.Keys(t.Texts))
}

// Text is a part in one language with its placeholders open; empty in a
// language that the template lacks.
func (t Template) Text(part Part, language string) Text {
	if part == PartAllClear {
		return t.AllClear[language]
	}
	text, ok := t.Texts[language]
	if !ok || part == PartAlert {
		return text
	}
	opening := t.Update
	if part == PartCorrection {
		opening = t.Correction
	}
	text.Headline = headlineStart[part].In(language) + text.Headline
	text.Description = opening.In(language) + " " + text.Description
	return text
}

// Fill is a part in one language with the values filled in.
func (t Template) Fill(part Part, language string, values map[string]string) Text {
	return t.Text(part, language).Fill(values)
}

// Placeholders are the placeholders of a part, over all its languages, in the
// order in which they appear.
func (t Template) Placeholders(part Part) []Placeholder {
	var all []string
	for _, language := range t.Languages() {
		text := t.Text(part, language)
		for _, name := range PlaceholderNames(text.Headline + text.Description + text.Instruction) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	var found []Placeholder
	for _, name := range all {
		for _, p := range placeholders {
			if p.Name == name {
				found = append(found, p)
			}
		}
	}
	return found
}

// Signal is the name of the siren signal at a level, empty for none.
func (t Template) Signal(level int) string { return signalAt(t.Siren.Rule, level) }

// Signal is the name of the siren signal at a level, empty for none.
func (e Event) Signal(level int) string {
	if e.Test && e.Siren.Allows(level) {
		return SignalTrial
	}
	return signalAt(e.Siren, level)
}

// The names of the siren signals that events and templates ask for.
const (
	SignalWarning = "warning"
	SignalTrial   = "trial"
)

func signalAt(rule SirenRule, level int) string {
	if rule.Allows(level) {
		return SignalWarning
	}
	return ""
}
