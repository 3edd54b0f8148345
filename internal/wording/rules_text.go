// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

func textEmpty(v *view, p passage, report report) {
	if p.text == "" && (p.part != instruction || v.Kind != KindAllClear) {
		report(p.field)
	}
}

// placeholderOpen takes any brace for a blank: a warning has no use for one,
// and a mistyped placeholder is as bad as an open one.
func placeholderOpen(_ *view, p passage, report report) {
	if found := braces.FindString(p.text); found != "" {
		report(p.field, found)
	}
}

var braces = regexp.MustCompile(`\{[^{}\n]{0,40}\}|[{}]`)

func markup(_ *view, p passage, report report) {
	if found := marks.FindString(p.text); found != "" {
		report(p.field, found)
	}
}

// marks matches tags, entities, and the commonest marks of Markdown.
var marks = regexp.MustCompile(`(?m)</?[a-zA-Z][^<>\n]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});|\[[^\]\n]+\]\([^)\n]+\)|\*\*[^*\n]+\*\*|^#{1,6} `)

func unprintableCharacters(_ *view, p passage, report report) {
	if found := unprintable(p.text); len(found) > 0 {
		report(p.field, codePoints(found))
	}
}

func typographicCharacters(_ *view, p passage, report report) {
	if found := typographic(p.text); len(found) > 0 {
		report(p.field, codePoints(found))
	}
}

func pictureCharacters(_ *view, p passage, report report) {
	if found := pictures(p.text); len(found) > 0 {
		report(p.field, codePoints(found))
	}
}

// capitals finds a headline in capitals throughout, or four words in a row.
func capitals(_ *view, p passage, report report) {
	words := strings.FieldsFunc(p.text, func(r rune) bool { return !unicode.IsLetter(r) })
	row, upper, long := 0, 0, 0
	for _, word := range words {
		if utf8.RuneCountInString(word) < 2 {
			continue
		}
		long++
		if word != strings.ToUpper(word) {
			row = 0
			continue
		}
		row++
		upper++
		if row == 4 {
			report(p.field)
			return
		}
	}
	if p.part == headline && upper >= 2 && upper == long {
		report(p.field)
	}
}

func abbreviation(_ *view, p passage, report report) {
	for _, word := range strings.FieldsFunc(p.text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.'
	}) {
		for _, a := range p.lexicon.Abbreviations {
			if word == a || (!strings.HasSuffix(a, ".") && strings.TrimRight(word, ".") == a) {
				report(p.field, a)
				return
			}
		}
	}
}

func relativeTime(_ *view, p passage, report report) {
	if found, ok := find(p.lexicon.RelativeTime, p.folded); ok {
		report(p.field, found)
	}
}

func trackingLink(_ *view, p passage, report report) {
	if found := trackers.FindString(p.text); found != "" {
		report(p.field, found)
	}
}

// trackers matches links with a query and links of the commonest shorteners.
var trackers = regexp.MustCompile(`(?i)https?://[^\s?]+\?\S+|(?:https?://)?\b(?:bit\.ly|t\.co|tinyurl\.com|ow\.ly|is\.gd|goo\.gl|t1p\.de|kurzelinks\.de)/\S+`)

// otherLevel finds the announcement word of another level, such as "Gefahreninformation" at level 1.
func otherLevel(v *view, p passage, report report) {
	for _, l := range levels {
		word := l.Announcement.In(p.language)
		if v.levelKnown && l.Number != v.Level && strings.Contains(p.folded, fold(word)) {
			report(p.field, word, l.Number, v.Level)
		}
	}
}

func exerciseDenied(v *view, p passage, report report) {
	if found, ok := find(p.lexicon.ExerciseDenied, p.folded); ok && v.Exercise {
		report(p.field, found)
	}
}

// exerciseUnmarked wants the word in the headline and in the first line of the rest.
func exerciseUnmarked(v *view, p passage, report report) {
	if !v.Exercise || p.lexicon.ExerciseMark.Regexp == nil || p.text == "" {
		return
	}
	first, _, _ := strings.Cut(p.folded, "\n")
	if !p.lexicon.ExerciseMark.MatchString(first) {
		report(p.field)
	}
}

func exerciseWord(v *view, p passage, report report) {
	if found, ok := find(p.lexicon.Exercise, p.folded); ok && !v.Exercise && !v.event.Test {
		report(p.field, found)
	}
}
