// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

var parts = []Part{PartAlert, PartUpdate, PartCorrection, PartAllClear}

// An authority has one name in all languages.
const authorityName = "Landeshauptstadt Potsdam"

var now = time.Date(2025, 10, 1, 9, 30, 0, 0, time.UTC)

// examples fills every placeholder with its example.
func examples(language string) map[string]string {
	values := map[string]string{}
	for _, p := range Placeholders() {
		values[p.Name] = p.Example.In(language)
	}
	values["authority"] = authorityName
	return values
}

// messageOf is a part of a template as an author would send it, at a level.
func messageOf(template Template, part Part, level int) check.Message {
	m := check.Message{
		Kind: check.KindUpdate, Event: template.Event, Level: level,
		Texts: map[string]check.Text{}, Required: []string{"de", "en"}, Responses: template.Responses,
		Expires: now.Add(template.Validity), Now: now, Authority: authorityName, Places: []string{"Potsdam"},
	}
	switch part {
	case PartAlert:
		m.Kind = check.KindAlert
	case PartAllClear:
		m.Kind, m.Responses, m.Previous = check.KindAllClear, []cap.ResponseType{cap.ResponseAllClear}, map[string]check.Text{}
	}
	for _, language := range template.Languages() {
		m.Texts[language] = check.Text(template.Fill(part, language, examples(language)))
		if part == PartAllClear {
			m.Previous[language] = check.Text(template.Fill(PartAlert, language, examples(language)))
		}
	}
	return m
}

func TestFilledTemplatesPassTheRules(t *testing.T) {
	for _, template := range Templates() {
		for level := range template.Levels {
			for _, part := range parts {
				for _, finding := range Check(messageOf(template, part, level), "en") {
					// An update says what is new and all that still holds, so it is long.
					if finding.Rule == "description.long" && part != PartAlert {
						continue
					}
					t.Errorf("%s, %s at level %d: %+v", template.ID, part, level, finding)
				}
			}
		}
	}
}

func TestOpenTemplatesAreRefused(t *testing.T) {
	for _, template := range Templates() {
		m := messageOf(template, PartAlert, template.Level)
		m.Texts["de"] = check.Text(template.Fill(PartAlert, "de", nil))
		if faults := Faults(Check(m, "de")); len(faults) == 0 || faults[0].Rule != "texts.placeholder" {
			t.Errorf("%s: faults %v", template.ID, faults)
		}
	}
}

func TestTemplatesAreComplete(t *testing.T) {
	if len(Templates()) < 10 {
		t.Fatalf("only %d templates", len(Templates()))
	}
	languages := []string{catalogue.German, catalogue.English}
	complete := func(t *testing.T, name string, words Words) {
		t.Helper()
		for _, language := range languages {
			if strings.TrimSpace(words[language]) == "" {
				t.Errorf("%s lacks %s", name, language)
			}
		}
		if len(words) > len(languages) {
			t.Errorf("%s has more languages than expected: %v", name, words)
		}
	}
	for _, template := range Templates() {
		t.Run(template.ID, func(t *testing.T) {
			for _, code := range append([]string{template.Event}, template.Related...) {
				if _, known := EventOf(code); !known {
					t.Errorf("unknown event %s", code)
				}
			}
			if _, listed := template.Levels[template.Level]; !listed {
				t.Errorf("the level %d has no reason", template.Level)
			}
			for number, reason := range template.Levels {
				if _, known := LevelOf(number); !known {
					t.Errorf("unknown level %d", number)
				}
				complete(t, "the reason of a level", reason)
			}
			if template.Validity < time.Hour || template.UpdateEvery <= 0 || template.UpdateEvery >= template.Validity {
				t.Errorf("validity %v, update every %v", template.Validity, template.UpdateEvery)
			}
			if template.Validity > check.LongestValidity(template.Level) {
				t.Errorf("the validity %v is over the longest of its level", template.Validity)
			}
			if template.Radius <= 0 || template.Radius > 50 {
				t.Errorf("radius %v km", template.Radius)
			}
			if !template.Siren.Rule.known() || len(template.Responses) == 0 {
				t.Errorf("siren %q, responses %v", template.Siren.Rule, template.Responses)
			}
			if speaks := template.Siren.Rule != SirenNever; speaks && template.Siren.Rule != SirenExtreme && len(template.Speech) == 0 {
				t.Error("a siren without words")
			}
			for name, words := range map[string]Words{
				"name": template.Name, "siren.reason": template.Siren.Reason, "question": template.Question,
				"release": template.Release, "update": template.Update, "correction": template.Correction,
			} {
				complete(t, name, words)
			}
			// Twelve seconds of speech are some 25 words.
			for language, speech := range template.Speech {
				if n := len(strings.Fields(speech)); n > 25 {
					t.Errorf("the speech in %s has %d words", language, n)
				}
			}
			for _, part := range parts {
				used := 0
				for _, language := range languages {
					text := template.Text(part, language)
					names := PlaceholderNames(text.Headline + text.Description + text.Instruction)
					if used != 0 && used != len(names) {
						t.Errorf("%s: the placeholders differ between the languages", part)
					}
					used = len(names)
				}
				if found := template.Placeholders(part); len(found) != used {
					t.Errorf("%s uses %d placeholders, %d are known", part, used, len(found))
				}
			}
		})
	}
}

func TestTemplateParts(t *testing.T) {
	template, ok := TemplateOf("flood")
	if !ok {
		t.Fatal("no template flood")
	}
	if _, ok := TemplateOf("nonsense"); ok {
		t.Error("a template of no id")
	}
	values := examples("de")
	update := template.Fill(PartUpdate, "de", values)
	if update.Headline != "Aktualisierung: Hochwasser - Potsdam" ||
		!strings.HasPrefix(update.Description, "Neu seit unserer Meldung von Mi. 01.10.2025, 11:04 Uhr: Auch die") ||
		update.Instruction != template.Fill(PartAlert, "de", values).Instruction {
		t.Errorf("update = %+v", update)
	}
	if correction := template.Fill(PartCorrection, "en", examples("en")); !strings.HasPrefix(correction.Headline, "Correction: Flood") {
		t.Errorf("correction = %+v", correction)
	}
	if text := template.Text(PartUpdate, "fr"); text != (Text{}) {
		t.Errorf("text in a language that the template lacks: %+v", text)
	}
	if template.Signal(1) != "" {
		t.Error("sirens for a flood")
	}
	flash, _ := TemplateOf("flash-flood")
	if flash.Signal(1) != SignalWarning || flash.Signal(2) != SignalWarning || flash.Signal(3) != "" {
		t.Error("no sirens for a flash flood")
	}
	if got := flash.Languages(); !slices.Equal(got, []string{"de", "en"}) {
		t.Errorf("languages %v", got)
	}
}

func TestPlaceholdersAreUsedAndNamed(t *testing.T) {
	used := map[string]bool{}
	for _, template := range Templates() {
		for _, part := range parts {
			for _, p := range template.Placeholders(part) {
				used[p.Name] = true
			}
		}
	}
	sources := []Source{FromAuthor, FromAuthority, FromArea, FromOnset, FromExpires, FromPrevious}
	for _, p := range Placeholders() {
		if !used[p.Name] {
			t.Errorf("%s is used nowhere", p.Name)
		}
		if p.Label["de"] == "" || p.Label["en"] == "" || p.Example["de"] == "" || p.Example["en"] == "" || !slices.Contains(sources, p.From) {
			t.Errorf("%s is incomplete: %+v", p.Name, p)
		}
	}
}
