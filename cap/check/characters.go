// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
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

// PlainCharacters replaces typographic characters by plain ones: quotation
// marks, dashes, special blanks.
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
		return r >= 0x1f000 && r < 0x1fb00 || r >= 0x2190 && r <= 0x2bff || r == 0xfe0f
	})
}

// unprintable lists control characters, what stands for characters that were
// lost, and what turns the direction of writing in a text that has none from
// right to left.
func unprintable(text string) []rune {
	rightToLeft := strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko)
	})
	return collect(text, func(r rune) bool {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return false
		case r >= 0x202a && r <= 0x202c || r >= 0x2066 && r <= 0x2069:
			return !rightToLeft
		}
		return unicode.IsControl(r) || r == utf8.RuneError || r == 0x202d || r == 0x202e || r == 0xfffe || r == 0xffff
	})
}

func collect(text string, wanted func(rune) bool) []rune {
	var found []rune
	for _, r := range text {
		if wanted(r) && len(found) < 20 && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return found
}

// codePoints names characters for people: the character and its number.
func codePoints(runes []rune) []string {
	names := make([]string, len(runes))
	for i, r := range runes {
		names[i] = fmt.Sprintf("%U", r)
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			names[i] = string(r) + " (" + names[i] + ")"
		}
	}
	return names
}

// The default alphabet of GSM 7 bit and its extension, whose characters count
// twice (3GPP TS 23.038, section 6.2.1).
const (
	gsmAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// gsm is how many septets each character of GSM 7 bit takes.
var gsm = func() map[rune]int {
	septets := map[rune]int{}
	for _, r := range gsmAlphabet {
		septets[r] = 1
	}
	for _, r := range gsmExtended {
		septets[r] = 2
	}
	return septets
}()

// outsideGSM lists the characters of a text that GSM 7 bit lacks.
func outsideGSM(text string) []rune {
	return collect(text, func(r rune) bool { return gsm[r] == 0 })
}

// broadcastLength is how long a text is on cell broadcast: in septets, or in
// units of 16 bits when GSM 7 bit lacks one of its characters.
func broadcastLength(text string) (length int, wide bool) {
	for _, r := range text {
		if gsm[r] == 0 {
			return len(utf16.Encode([]rune(text))), true
		}
		length += gsm[r]
	}
	return length, false
}
