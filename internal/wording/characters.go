// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain maps characters that some senders drop or that double the length of a
// cell broadcast (they are not in GSM 7 bit, 3GPP TS 23.038) to plain ones.
var plain = map[rune]string{
	'„': `"`, '“': `"`, '”': `"`, '»': `"`, '«': `"`,
	'‚': "'", '‘': "'", '’': "'", '›': "'", '‹': "'",
	'–': "-", '—': "-", '−': "-", '‑': "-", '‐': "-", '•': "-", '·': "-",
	'…': "...", '\u00a0': " ", '\u202f': " ", '\u2009': " ",
	'\u00ad': "", '\u200b': "", '\u200c': "", '\u200d': "", '\u2060': "", '\ufeff': "",
}

// PlainCharacters replaces typographic characters by plain ones.
func PlainCharacters(text string) string {
	var b strings.Builder
	for _, r := range text {
		if replacement, ok := plain[r]; ok {
			b.WriteString(replacement)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// typographic lists the characters of a text that have a plain twin.
func typographic(text string) []rune {
	return collect(text, func(r rune) bool { _, ok := plain[r]; return ok })
}

// pictures lists emoji and other pictures.
func pictures(text string) []rune {
	return collect(text, func(r rune) bool {
		return r >= 0x1f000 || (r >= 0x2190 && r <= 0x2bff) || r == 0xfe0f
	})
}

// unprintable lists what XML does not allow and what hides or reverses text.
func unprintable(text string) []rune {
	return collect(text, func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || r == utf8.RuneError ||
			(r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) || r == 0xfffe || r == 0xffff)
	})
}

func collect(text string, wanted func(rune) bool) []rune {
	var found []rune
	seen := map[rune]bool{}
	for _, r := range text {
		if wanted(r) && !seen[r] {
			seen[r] = true
			found = append(found, r)
		}
	}
	return found
}

// codePoints names characters for people: the character and its number.
func codePoints(runes []rune) string {
	names := make([]string, len(runes))
	for i, r := range runes {
		names[i] = fmt.Sprintf("%U", r)
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			names[i] = string(r) + " (" + names[i] + ")"
		}
	}
	return strings.Join(names, ", ")
}
