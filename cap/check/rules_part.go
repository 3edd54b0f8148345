// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lengths in characters. CAP 1.2 advises at most 160 for a headline (section
// 3.2.2); the others come from what people read and what real warnings hold.
const (
	headlineLongest    = 160
	headlineOnPages    = 140
	headlineAdvised    = 80
	descriptionAdvised = 600
	instructionLines   = 7
)

func headlineTooLong(_ *view, p passage, report report) {
	if n := utf8.RuneCountInString(p.text); n > headlineLongest {
		report(p.path, n, headlineLongest)
	}
}

func headlineOver140(_ *view, p passage, report report) {
	if n := utf8.RuneCountInString(p.text); n > headlineOnPages && n <= headlineLongest {
		report(p.path, n, headlineOnPages)
	}
}

func headlineLong(_ *view, p passage, report report) {
	if n := utf8.RuneCountInString(p.text); n > headlineAdvised && n <= headlineLongest {
		report(p.path, n, headlineAdvised)
	}
}

// headlineHazard takes the beginning of any longer word of the event's name
// for the hazard, since German joins words and both languages bend them.
func headlineHazard(_ *view, p passage, report report) {
	if len(p.hazard) == 0 || IsVagueEvent(p.event) || p.text == "" {
		return
	}
	if !containsStem(p.folded, p.hazard) {
		report(p.path, p.eventName)
	}
}

func headlinePlace(_ *view, p passage, report report) {
	if p.text == "" || !p.lexicon.known() || placeLike.MatchString(p.text) {
		return
	}
	for _, place := range p.places {
		words := slices.DeleteFunc(strings.FieldsFunc(place, notLetter), func(word string) bool {
			return slices.Contains(placeKinds, fold(word))
		})
		if containsStem(p.folded, words) {
			return
		}
	}
	report(p.path)
}

var (
	placeKinds = []string{"land", "kreis", "landkreis", "stadt", "landeshauptstadt", "gemeinde", "umkreis", "kreisfreie", "region"}
	// placeLike matches what reads like a place: a name after a preposition or a dash.
	placeLike = regexp.MustCompile(`(?:\b(?:in|im|bei|am|an der|um|für|near|at|of|for)|[-,:–]) \p{Lu}\p{L}+`)
)

// containsStem reports whether the beginning of the folded text holds the first
// six letters of a word of four letters or more. It looks at no more text and
// words than real ones have.
func containsStem(folded string, words []string) bool {
	folded = folded[:min(len(folded), 1000)]
	return slices.ContainsFunc(words[:min(len(words), 50)], func(word string) bool {
		word = fold(word)
		return len(word) >= 4 && strings.Contains(folded, word[:min(len(word), 6)])
	})
}

func descriptionLong(_ *view, p passage, report report) {
	if n := utf8.RuneCountInString(p.text); n > descriptionAdvised {
		report(p.path, n, descriptionAdvised)
	}
}

func descriptionSource(_ *view, p passage, report report) {
	if p.authority != "" && p.text != "" && p.lexicon.known() && !strings.Contains(p.folded, fold(p.authority)) {
		report(p.path, p.authority)
	}
}

func descriptionTime(v *view, p passage, report report) {
	if p.text != "" && v.kind != KindAllClear && p.lexicon.known() && !clockTime.MatchString(p.text) {
		report(p.path)
	}
}

var clockTime = regexp.MustCompile(`\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} Uhr\b|\b\d{1,2} ?[ap]\.?m\b`)

// mediaOnly finds an instruction that only sends people elsewhere. At level 3
// that may be all there is to say.
func mediaOnly(v *view, p passage, report report) {
	if !p.grave() || v.kind == KindAllClear || p.lexicon.Information == nil {
		return
	}
	all := sentences(p.text)
	for _, sentence := range all {
		if folded := fold(sentence); !matches(p.lexicon.Information, folded) || matches(p.lexicon.Protective, folded) {
			return
		}
	}
	if len(all) > 0 {
		report(p.path)
	}
}

func noAction(v *view, p passage, report report) {
	if p.text == "" || v.kind == KindAllClear || IsTestEvent(p.event) || p.lexicon.Action == nil {
		return
	}
	if _, found := firstSentence(p, p.lexicon.Action); !found {
		report(p.path)
	}
}

func emergencyNumber(v *view, p passage, report report) {
	if p.event != emergencyOutage || v.kind == KindAllClear {
		return
	}
	if sentence, found := firstSentence(p, p.lexicon.EmergencyNumber); found {
		report(p.path, sentence)
	}
}

func tooManyLines(_ *view, p passage, report report) {
	if n := strings.Count(p.text, "\n") + 1; n > instructionLines {
		report(p.path, n, instructionLines)
	}
}

// contradiction looks for "no danger" beside a protective action, or at a level
// that says danger.
func contradiction(v *view, report report) {
	if v.kind == KindAllClear {
		return
	}
	for _, p := range v.passages {
		calm, found := firstSentence(p, p.lexicon.NoDanger)
		if !found {
			continue
		}
		if p.grave() {
			report(p.path, calm, levelName(p.level))
			continue
		}
		for _, other := range v.passages[3*p.index : 3*p.index+3] {
			if action, found := firstSentence(other, p.lexicon.Protective); found {
				report(p.path, calm, action)
				break
			}
		}
	}
}

// firstSentence is the first sentence of a passage that one of the expressions matches.
func firstSentence(p passage, expressions []expression) (string, bool) {
	if len(expressions) == 0 {
		return "", false
	}
	for _, sentence := range sentences(p.text) {
		if matches(expressions, fold(sentence)) {
			return sentence, true
		}
	}
	return "", false
}

func allClearHeadline(v *view, p passage, report report) {
	start := p.lexicon.AllClearStart.Regexp
	if v.kind == KindAllClear && start != nil && p.text != "" && !start.MatchString(p.folded) {
		report(p.path)
	}
}

func allClearProtective(v *view, p passage, report report) {
	if v.kind != KindAllClear {
		return
	}
	if sentence, found := firstSentence(p, p.lexicon.Protective); found {
		report(p.path, sentence)
	}
}

// allClearInherited works in every language: a sentence of the last
// message's instruction that comes back word for word.
func allClearInherited(v *view, p passage, report report) {
	if v.kind != KindAllClear || p.previous.Instruction == "" {
		return
	}
	before := map[string]bool{}
	for _, sentence := range sentences(fold(p.previous.Instruction)) {
		before[sentence] = true
	}
	for _, sentence := range sentences(p.text) {
		if before[fold(sentence)] {
			report(p.path, sentence)
			return
		}
	}
}
