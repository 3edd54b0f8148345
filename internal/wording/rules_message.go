// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

func eventUnknown(v *view, report report) {
	if !v.eventKnown {
		report("event", v.Event)
	}
}

func eventVague(v *view, report report) {
	if v.event.Vague && v.Level < 3 {
		report("event", v.event.Name.In(v.words.Tag()))
	}
}

func levelUnknown(v *view, report report) {
	if !v.levelKnown {
		report("level", v.Level)
	}
}

func responseAllClear(v *view, report report) {
	if slices.Contains(v.Responses, cap.ResponseAllClear) != (v.Kind == KindAllClear) && len(v.Responses) > 0 {
		report("responseTypes")
	}
}

func expiresMissing(v *view, report report) {
	if v.Expires.IsZero() {
		report("expires")
	}
}

func expiresPast(v *view, report report) {
	if !v.Expires.IsZero() && !v.Expires.After(v.Now) {
		report("expires")
	}
}

func expiresBeforeOnset(v *view, report report) {
	if !v.Expires.IsZero() && !v.Onset.IsZero() && !v.Expires.After(v.Onset) {
		report("expires")
	}
}

func expiresTooLong(v *view, report report) {
	start := v.Now
	if v.Onset.After(start) {
		start = v.Onset
	}
	if v.levelKnown && v.Expires.Sub(start) > v.level.Longest {
		report("expires", int(v.Expires.Sub(start).Hours()), v.Level, int(v.level.Longest.Hours()))
	}
}

func languageMissing(v *view, report report) {
	for _, language := range v.Required {
		if _, ok := v.Texts[language]; !ok {
			name := language
			if key := "common.language." + language; v.words.Has(key) {
				name = v.words.T(key)
			}
			report("texts."+language, name)
		}
	}
}

func textsIdentical(v *view, report report) {
	for i, one := range v.languages {
		for _, other := range v.languages[i+1:] {
			a, b := v.Texts[one], v.Texts[other]
			if same(a.Description, b.Description) {
				report("texts."+other+"."+description, one, other)
			} else if same(a.Instruction, b.Instruction) {
				report("texts."+other+"."+instruction, one, other)
			}
		}
	}
}

func same(a, b string) bool {
	words := strings.Fields(fold(a))
	return len(words) > 0 && slices.Equal(words, strings.Fields(fold(b)))
}

// contradiction looks for "no danger" beside a protective action, or at a level
// that says danger.
func contradiction(v *view, report report) {
	if v.Kind == KindAllClear {
		return
	}
	for _, p := range v.passages {
		calm, found := firstSentence(p, p.lexicon.NoDanger)
		if !found {
			continue
		}
		if v.levelKnown && v.Level < 3 {
			report(p.field, calm, v.level.Name.In(v.words.Tag()))
			continue
		}
		for _, other := range v.passages {
			if action, found := firstSentence(other, p.lexicon.Protective); found && other.language == p.language {
				report(p.field, calm, action)
				break
			}
		}
	}
}

// firstSentence is the first sentence of a passage that one of the expressions matches.
func firstSentence(p passage, expressions []expression) (string, bool) {
	for _, sentence := range sentences(p.text) {
		if matches(expressions, fold(sentence)) {
			return sentence, true
		}
	}
	return "", false
}
