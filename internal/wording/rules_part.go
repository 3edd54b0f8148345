// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths in characters. CAP 1.2 advises at most 160 for a headline (section
// 3.2.2); the others come from what people read and what real warnings hold.
const (
	headlineLongest    = 160
	headlineAdvised    = 80
	descriptionAdvised = 600
	instructionLines   = 7
)

func headlineTooLong(_ *view, p passage, report report) {
	if n := utf8.RuneCountInString(p.text); n > headlineLongest {
		report(p.field, n, headlineLongest)
	}
}

func headlineLong(_ *view, p passage, report report) {
	if n := utf8.RuneCountInString(p.text); n > headlineAdvised && n <= headlineLongest {
		report(p.field, n, headlineAdvised)
	}
}

// headlineHazard takes the beginning of any longer word of the event's name
// for the hazard, since German joins words and both languages bend them.
func headlineHazard(v *view, p passage, report report) {
	if !v.eventKnown || v.event.Vague || p.text == "" {
		return
	}
	words := slices.Concat(v.event.Words, strings.FieldsFunc(v.event.Name.In(p.language), notLetter))
	if !containsStem(p.folded, words) {
		report(p.field, v.event.Name.In(v.words.Tag()))
	}
}

func headlinePlace(v *view, p passage, report report) {
	var words []string
	for _, place := range v.Places {
		for _, word := range strings.FieldsFunc(place, notLetter) {
			if !slices.Contains(placeKinds, fold(word)) {
				words = append(words, word)
			}
		}
	}
	if p.text != "" && !containsStem(p.folded, words) && !placeLike.MatchString(p.text) {
		report(p.field)
	}
}

var (
	placeKinds = []string{"land", "kreis", "landkreis", "stadt", "landeshauptstadt", "gemeinde", "umkreis", "kreisfreie", "region"}
	// placeLike matches what reads like a place: a name after a preposition or a dash.
	placeLike = regexp.MustCompile(`(?:\b(?:in|im|bei|am|an der|um|für|near|at|of|for)|[-,:–]) \p{Lu}\p{L}+`)
)

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// containsStem reports whether the folded text holds the first six letters of
// a word of four letters or more.
func containsStem(folded string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		word = fold(word)
		return len(word) >= 4 && strings.Contains(folded, word[:min(len(word), 6)])
	})
}

func descriptionLong(_ *view, p passage, report report) {
	if n := utf8.RuneCountInString(p.text); n > descriptionAdvised {
		report(p.field, n, descriptionAdvised)
	}
}

func descriptionSource(v *view, p passage, report report) {
	if v.Authority != "" && p.text != "" && !strings.Contains(p.folded, fold(v.Authority)) {
		report(p.field, v.Authority)
	}
}

func descriptionTime(v *view, p passage, report report) {
	if p.text != "" && v.Kind != KindAllClear && !clockTime.MatchString(p.text) {
		report(p.field)
	}
}

var clockTime = regexp.MustCompile(`\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} Uhr\b|\b\d{1,2} ?[ap]\.?m\b`)

// mediaOnly finds an instruction that only sends people elsewhere. At level 3
// that may be all there is to say.
func mediaOnly(v *view, p passage, report report) {
	if v.Level >= 3 || v.Kind == KindAllClear || p.lexicon.Information == nil {
		return
	}
	all := sentences(p.text)
	for _, sentence := range all {
		if folded := fold(sentence); !matches(p.lexicon.Information, folded) || matches(p.lexicon.Protective, folded) {
			return
		}
	}
	if len(all) > 0 {
		report(p.field)
	}
}

func noAction(v *view, p passage, report report) {
	if p.text == "" || v.Kind == KindAllClear || v.event.Test || p.lexicon.Action == nil {
		return
	}
	if _, found := firstSentence(p, p.lexicon.Action); !found {
		report(p.field)
	}
}

// emergencyOutage is the event that the emergency number does not work.
const emergencyOutage = "BBK-EVC-005"

func emergencyNumber(v *view, p passage, report report) {
	if v.Event != emergencyOutage || v.Kind == KindAllClear {
		return
	}
	if sentence, found := firstSentence(p, p.lexicon.EmergencyNumber); found {
		report(p.field, sentence)
	}
}

func tooManyLines(_ *view, p passage, report report) {
	if n := len(strings.Split(p.text, "\n")); n > instructionLines {
		report(p.field, n, instructionLines)
	}
}

func allClearHeadline(v *view, p passage, report report) {
	start := p.lexicon.AllClearStart.Regexp
	if v.Kind == KindAllClear && start != nil && p.text != "" && !start.MatchString(strings.TrimSpace(p.folded)) {
		report(p.field)
	}
}

func allClearProtective(v *view, p passage, report report) {
	if v.Kind != KindAllClear {
		return
	}
	if sentence, found := firstSentence(p, p.lexicon.Protective); found {
		report(p.field, sentence)
	}
}

// allClearInherited works in every language: a sentence of the last
// message's instruction that comes back word for word.
func allClearInherited(v *view, p passage, report report) {
	if v.Kind != KindAllClear {
		return
	}
	before := sentences(fold(v.Previous[p.language].Instruction))
	for _, sentence := range sentences(p.text) {
		if slices.Contains(before, fold(sentence)) {
			report(p.field, sentence)
			return
		}
	}
}
