// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// lexicon is what the rules look for in the texts of one language. Without one
// a language gets the rules that need no words.
type lexicon struct {
	AllClearStart   expression   `yaml:"allClearStart"`
	ExerciseMark    expression   `yaml:"exerciseMark"`
	NoDanger        []expression `yaml:"noDanger"`
	Protective      []expression `yaml:"protective"`
	Action          []expression `yaml:"action"`
	Information     []expression `yaml:"information"`
	Exercise        []expression `yaml:"exercise"`
	ExerciseDenied  []expression `yaml:"exerciseDenied"`
	RelativeTime    []expression `yaml:"relativeTime"`
	EmergencyNumber []expression `yaml:"emergencyNumber"`
	Abbreviations   []string     `yaml:"abbreviations"`
}

// expression is a regular expression over folded text.
type expression struct{ *regexp.Regexp }

// UnmarshalText compiles the folded expression.
func (e *expression) UnmarshalText(text []byte) (err error) {
	e.Regexp, err = regexp.Compile(fold(string(text)))
	return err
}

func mustReadLexica() map[string]lexicon {
	names, err := fs.Glob(data, "data/lexica/*.yaml")
	if err != nil {
		panic("wording: " + err.Error())
	}
	all := map[string]lexicon{}
	for _, name := range names {
		tag := strings.TrimSuffix(strings.TrimPrefix(name, "data/lexica/"), ".yaml")
		all[tag] = mustRead[lexicon](name)
	}
	return all
}

// fold makes texts comparable: lower case, umlauts and sharp s in their ASCII
// spelling, since word boundaries of regular expressions are those of ASCII.
func fold(text string) string {
	return foldings.Replace(strings.ToLower(text))
}

var foldings = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// find is the first thing in the text that one of the expressions matches.
func find(expressions []expression, folded string) (string, bool) {
	for _, e := range expressions {
		if found := e.FindString(folded); found != "" {
			return strings.TrimSpace(found), true
		}
	}
	return "", false
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
