// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package captext

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Plain makes a text from outside fit for one line of a terminal. Line ends and
// tabs become blanks. Control characters, with which a text could command the
// terminal, and the marks with which it could reverse the rest of the line
// become U+FFFD; so does what is not UTF-8.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFEFF':
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// paragraphs are the lines of a text, each made plain, without those that are
// empty at its start and end.
func paragraphs(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(Plain(line))
	}
	return lines
}

// wrap breaks a plain text into lines of at most the width, at blanks where
// there are any, else between characters.
func wrap(text string, most int) []string {
	var lines []string
	line, used := "", 0
	flush := func() {
		lines = append(lines, line)
		line, used = "", 0
	}
	for word := range strings.FieldsSeq(text) {
		if size := cells(word); used > 0 && used+1+size <= most {
			line += " " + word
			used += 1 + size
			continue
		}
		if used > 0 {
			flush()
		}
		var part strings.Builder
		for _, r := range word {
			size := cellsOf(r)
			if used > 0 && used+size > most {
				line = part.String()
				part.Reset()
				flush()
			}
			part.WriteRune(r)
			used += size
		}
		line = part.String()
	}
	if used > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

// cells is how many columns of a terminal a text takes.
func cells(text string) int {
	sum := 0
	for _, r := range text {
		sum += cellsOf(r)
	}
	return sum
}

func cellsOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}
