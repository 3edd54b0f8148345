// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"regexp"
	"slices"
	"strings"
)

// lexicon is what the rules look for in the texts of one language. Without one
// a language gets the rules that need no words. All but Abbreviations and
// Announcements are regular expressions (RE2) over folded text: lower case, ae
// oe ue ss for umlauts and sharp s. Those marked sentence-wise meet one sentence
// at a time, so that ^ and $ are its ends.
type lexicon struct {
	// AllClearStart matches the words with which the headline of an all-clear starts.
	AllClearStart expression
	// ExerciseMark is the word that marks every text of an exercise.
	ExerciseMark expression
	// NoDanger, sentence-wise: that there is nothing to fear, without a limit
	// such as "outside".
	NoDanger []expression
	// Protective, sentence-wise: what people are told to do against a hazard.
	Protective []expression
	// Action, sentence-wise: any action. One match in an instruction is enough.
	Action []expression
	// Information, sentence-wise: what sends people to the media or calms them,
	// but protects nobody.
	Information []expression
	// Exercise are words of an exercise or a test, ExerciseDenied those that deny it.
	Exercise, ExerciseDenied []expression
	// RelativeTime are times that depend on when they are read, NoEnd says that
	// the end is open.
	RelativeTime, NoEnd []expression
	// EmergencyNumber, sentence-wise, sends people to the number, for the event
	// that the number does not work.
	EmergencyNumber []expression
	// Casualties are guesses at dead and injured people, Blame says whose fault
	// it is, Tactics tells where the police are and what they are about to do,
	// Person names a person.
	Casualties, Blame, Tactics, Person []expression
	// Abbreviations are taken as they are written.
	Abbreviations []string
	// Announcements are the words for a message of level 1, 2 and 3.
	Announcements []string
}

// known is false for a language without a lexicon.
func (l lexicon) known() bool { return l.Action != nil }

// expression is a regular expression over folded text.
type expression struct{ *regexp.Regexp }

// UnmarshalText compiles the folded expression.
func (e *expression) UnmarshalText(text []byte) (err error) {
	e.Regexp, err = regexp.Compile(fold(string(text)))
	return err
}

func mustReadLexica() map[string]lexicon {
	all := map[string]lexicon{}
	for name, content := range mustReadFolder("data/lexica") {
		all[strings.TrimSuffix(name, ".json")] = mustDecode[lexicon](name, content)
	}
	return all
}

// baseOf is the primary subtag of a language tag, in lower case.
func baseOf(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	return strings.ToLower(base)
}

// fold makes texts comparable: lower case, umlauts and sharp s in their ASCII
// spelling, since word boundaries of regular expressions are those of ASCII.
func fold(text string) string {
	return foldings.Replace(strings.ToLower(text))
}

var foldings = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// find is the first thing in the passage, as it stands there, that one of the
// expressions matches, or that its group "found" does.
func find(expressions []expression, p passage) (string, bool) {
	for _, e := range expressions {
		if match := e.FindStringSubmatchIndex(p.folded); match != nil {
			group := 2 * max(e.SubexpIndex("found"), 0)
			return strings.TrimSpace(unfold(p.text, match[group], match[group+1])), true
		}
	}
	return "", false
}

// unfold is the part of a text that became folded[start:end].
func unfold(text string, start, end int) string {
	at, from := 0, -1
	for i, r := range text {
		if at >= start && from < 0 {
			from = i
		}
		if at >= end {
			return text[max(from, 0):i]
		}
		at += len(fold(string(r)))
	}
	return text[max(from, 0):]
}

func matches(expressions []expression, folded string) bool {
	return slices.ContainsFunc(expressions, func(e expression) bool { return e.MatchString(folded) })
}

// sentences are the sentences of a text, a new line ending one too.
func sentences(text string) []string {
	var found []string
	for _, sentence := range sentenceEnd.Split(text, -1) {
		if sentence = strings.TrimSpace(strings.TrimLeft(sentence, "-*• \t")); sentence != "" {
			found = append(found, strings.TrimRight(sentence, ".!? "))
		}
	}
	return found
}

var sentenceEnd = regexp.MustCompile(`[.!?]+\s+|\n+`)
