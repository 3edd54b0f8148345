// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package verification

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
)

// TextOptions say how a report is written for people.
type TextOptions struct {
	// Language is a BCP 47 tag; Location is the zone for times.
	Language string
	Location *time.Location
}

// mostDifferences is how many are shown to people; a report has them all.
const mostDifferences = 10

// Text writes the report in plain words: what it came to, whose and from when
// the warning is, what differs, and what to do.
func (r *Report) Text(w io.Writer, o TextOptions) {
	words := catalogue.For(o.Language)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s: %s.\n", captext.Plain(r.File), words.T("verify.result."+string(r.Result)))
	row := func(label, text string) {
		if text != "" {
			fmt.Fprintf(table, "  %s\t%s\n", words.T("verify.label."+label), captext.Plain(text))
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return words.Time(t, catalogue.LayoutLong, o.Location)
	}
	if r.AuthorityName != "" {
		row("authority", fmt.Sprintf("%s (%s)", r.AuthorityName, r.Authority))
	}
	row("headline", r.Headline)
	row("identifier", r.Identifier)
	if !r.Released.IsZero() {
		row("released", words.T("verify.signed", len(r.Signatures), at(r.Released)))
	}
	if expires, err := cap.ParseTime(r.Expires); err == nil {
		row("expires", at(expires.Time))
	}
	row("ended", at(r.Ended))
	if r.Place != nil {
		row("place", words.T("verify.place", strconv.FormatInt(*r.Place, 10), r.Log))
	}
	if r.Grade != "" {
		row("grade", words.T("verify.grade."+strings.ToLower(string(r.Grade))))
	}
	row("witnesses", strings.Join(r.Witnesses, ", "))
	row("view", at(r.View))
	for i, d := range r.Differences {
		if i == mostDifferences {
			row("differs", words.T("verify.difference.more", len(r.Differences)-i))
			break
		}
		row("differs", difference(words, d))
	}
	row("resembles", r.Resembles)
	for _, n := range r.Notes {
		row("note", words.T("verify.note."+string(n)))
	}
	if !r.Genuine {
		row("reason", r.Detail)
	}
	row("todo", r.todo(words))
	table.Flush()
}

// todo says what to do next.
func (r *Report) todo(words catalogue.Language) string {
	if key := "verify.todo." + string(r.Result); !words.Has(key) {
		return words.T("verify.todo.authority-at-fault")
	} else if r.Result != tlog.GenuineInForce || !r.lowGrade() {
		return words.T(key)
	}
	return words.T("verify.todo.grade", string(r.Grade), string(r.MinGrade))
}

// difference says in words which words differ.
func difference(words catalogue.Language, d tlog.Difference) string {
	if d.Field == "content" {
		return words.T("verify.difference.content")
	}
	logged, found := Excerpts(d.Logged, d.Found)
	for _, side := range []*string{&logged, &found} {
		if *side == "" {
			*side = words.T("verify.difference.nothing")
		}
	}
	return words.T("verify.difference", fieldName(words, d.Field), logged, found)
}

var position = regexp.MustCompile(`\[\d+\]`)

// fieldName names a field for people: by its own name or by that of the nearest
// one around it that has a word.
func fieldName(words catalogue.Language, path string) string {
	parts := strings.Split(position.ReplaceAllString(path, ""), ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if key := "verify.field." + strings.ToLower(parts[i]); words.Has(key) {
			return words.T(key)
		}
	}
	return path
}

const (
	// context is how many words are shown before and after those that differ.
	context = 3
	// longest bounds an excerpt, in characters.
	longest = 300
)

// Excerpts gives the words in which two texts differ, with a few around them.
// What is the same and farther away is replaced by an ellipsis. Texts that
// differ in white space alone are given whole.
func Excerpts(logged, found string) (string, string) {
	a, b := strings.Fields(logged), strings.Fields(found)
	before := 0
	for before < len(a) && before < len(b) && a[before] == b[before] {
		before++
	}
	after := 0
	for after < len(a)-before && after < len(b)-before && a[len(a)-1-after] == b[len(b)-1-after] {
		after++
	}
	if before == len(a) && before == len(b) {
		return logged, found
	}
	cut := func(all []string) string {
		from, to := max(0, before-context), min(len(all), len(all)-after+context)
		text := strings.Join(all[from:to], " ")
		if from > 0 {
			text = "… " + text
		}
		if to < len(all) {
			text += " …"
		}
		if runes := []rune(text); len(runes) > longest {
			text = string(runes[:longest]) + "…"
		}
		return text
	}
	return cut(a), cut(b)
}
