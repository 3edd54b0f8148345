// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// data holds the words of the rules (words/*.json) and what the rules look for
// in texts (lexica/*.json).
//
//go:embed data
var data embed.FS

// The tables are read once and never written again. A file that cannot be read
// is a defect of the build, so it stops the program at its start.
var (
	allWords = mustReadWords()
	lexica   = mustReadLexica()
)

// saying is a text in English and German.
type saying struct {
	English string `json:"en"`
	German  string `json:"de"`
}

// ruleWords are the words of one rule: what it looks for, what it found, what to
// do. {1}, {2} and so on in Message stand for the arguments of a finding.
type ruleWords struct {
	Title, Message, Remedy saying
}

func mustReadWords() map[cap.Rule]ruleWords {
	all := map[cap.Rule]ruleWords{}
	for name, content := range mustReadFolder("data/words") {
		for id, words := range mustDecode[map[cap.Rule]ruleWords](name, content) {
			if _, twice := all[id]; twice {
				panic("check: " + name + ": words for " + string(id) + " stand in another file too")
			}
			all[id] = words
		}
	}
	return all
}

func mustReadFolder(folder string) map[string][]byte {
	files, err := fs.ReadDir(data, folder)
	if err != nil {
		panic("check: " + err.Error())
	}
	contents := map[string][]byte{}
	for _, file := range files {
		content, err := data.ReadFile(folder + "/" + file.Name())
		if err != nil {
			panic("check: " + err.Error())
		}
		contents[file.Name()] = content
	}
	return contents
}

// mustDecode decodes JSON and refuses fields that it does not know.
func mustDecode[T any](name string, content []byte) (value T) {
	decoder := json.NewDecoder(strings.NewReader(string(content)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		panic("check: read " + name + ": " + err.Error())
	}
	return value
}

// words are the words of the rules in one language.
type words struct{ german bool }

func wordsOf(tag string) words { return words{baseOf(tag) == "de"} }

func (w words) in(s saying) string {
	if w.german {
		return s.German
	}
	return s.English
}

func (w words) title(rule cap.Rule) string  { return w.in(allWords[rule].Title) }
func (w words) remedy(rule cap.Rule) string { return w.in(allWords[rule].Remedy) }

func (w words) message(rule cap.Rule, arguments []any) string {
	text := w.in(allWords[rule].Message)
	if len(arguments) == 0 {
		return text
	}
	pairs := make([]string, 0, 2*len(arguments))
	for i, argument := range arguments {
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", w.argument(argument))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// argument writes numbers with their thousands grouped, lists with commas, and
// shortens long texts.
func (w words) argument(value any) string {
	switch value := value.(type) {
	case int:
		return w.number(value)
	case saying:
		return w.in(value)
	case []string:
		return clip(strings.Join(value, ", "))
	default:
		return clip(fmt.Sprint(value))
	}
}

func (w words) number(n int) string {
	digits := strconv.Itoa(n)
	separator := ","
	if w.german {
		separator = "."
	}
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + separator + digits[i:]
	}
	return digits
}

// clip shortens text for a message to a person.
func clip(text string) string {
	const most = 160
	characters := 0
	for i := range text {
		if characters == most {
			return text[:i] + "…"
		}
		characters++
	}
	return text
}
