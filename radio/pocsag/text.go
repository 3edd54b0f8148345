// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import (
	"fmt"
	"strings"
)

// Charset is what the seven bits of a character stand for.
type Charset uint8

// The character sets. They differ in seven places.
const (
	German        Charset = iota // DIN 66003, the German variant of ISO 646: Ä Ö Ü ä ö ü ß
	International                // ISO 646, the international reference version: [ \ ] { | } ~
)

// numeric is the character set of numeric messages, by value (M.584-2, annex 1,
// 2.1). Value 10 is spare there; receivers show it as an asterisk.
const numeric = "0123456789*U -)("

const numericSpace = 12

// national are the places in which the German set differs. It keeps @ where DIN
// 66003 has §, because pagers in use do.
const (
	nationalCodes  = `[\]{|}~`
	nationalGerman = "ÄÖÜäöüß"
)

// CharacterError is a character that a message cannot carry.
type CharacterError struct {
	Character rune
	Position  int // in characters, from 1
	Kind      Kind
	Charset   Charset
}

// Error implements error.
func (e *CharacterError) Error() string {
	what, has := "the German character set (DIN 66003)", "it has ASCII without "+nationalCodes+", and "+nationalGerman
	switch {
	case e.Kind == Numeric:
		what, has = "numeric messages", "they have 0 to 9, *, U, space, -, ) and ("
	case e.Charset == International:
		what, has = "the international character set (ISO 646)", "it has ASCII"
	}
	return fmt.Sprintf("character %d, %q (U+%04X), is not in %s: %s", e.Position, e.Character, e.Character, what, has)
}

// code gives the seven bits of a character. Line feed and carriage return are
// taken; other control characters are not, least of all NUL, which fills messages.
func (c Charset) code(r rune) (byte, bool) {
	if r == '\n' || r == '\r' {
		return byte(r), true
	}
	if c == German {
		if strings.ContainsRune(nationalCodes, r) {
			return 0, false
		}
		place := 0
		for _, umlaut := range nationalGerman {
			if r == umlaut {
				return nationalCodes[place], true
			}
			place++
		}
	}
	return byte(r), r >= ' ' && r <= '~'
}

// character gives the character of seven bits; of control characters their
// pictures, so that nobody's terminal obeys a message.
func (c Charset) character(code byte) rune {
	if c == German {
		if place := strings.IndexByte(nationalCodes, code); place >= 0 {
			return []rune(nationalGerman)[place]
		}
	}
	switch {
	case code == '\n' || code == '\r':
		return rune(code)
	case code < ' ':
		return '\u2400' + rune(code)
	case code == 0x7F:
		return '\u2421'
	}
	return rune(code)
}

// numericBits writes a numeric message: four bits a character, the lowest first,
// spaces to the end of the last codeword.
func numericBits(text string) ([]bool, error) {
	var out []bool
	position := 0
	for _, r := range text {
		position++
		value := strings.IndexRune(numeric, r)
		if value < 0 {
			return nil, &CharacterError{Character: r, Position: position, Kind: Numeric}
		}
		out = lowestFirst(out, uint32(value), 4)
	}
	for len(out)%20 != 0 {
		out = lowestFirst(out, numericSpace, 4)
	}
	return out, nil
}

// alphanumericBits writes an alphanumeric message: seven bits a character, the
// lowest first, zeros (NUL) to the end of the last codeword.
func alphanumericBits(text string, set Charset) ([]bool, error) {
	var out []bool
	position := 0
	for _, r := range text {
		position++
		code, ok := set.code(r)
		if !ok {
			return nil, &CharacterError{Character: r, Position: position, Kind: Alphanumeric, Charset: set}
		}
		out = lowestFirst(out, uint32(code), 7)
	}
	for len(out)%20 != 0 {
		out = append(out, false)
	}
	return out, nil
}

func lowestFirst(out []bool, value uint32, width int) []bool {
	for i := range width {
		out = append(out, value>>i&1 == 1)
	}
	return out
}

// Transliterate writes a text anew with what a character set has: umlauts as two
// letters where it lacks them, letters without their accents, plain quotes and
// dashes. What it does not know stays.
func Transliterate(text string, set Charset) string {
	var out strings.Builder
	for _, r := range text {
		_, known := set.code(r)
		plain, found := transliterations[r]
		if known || !found {
			out.WriteRune(r)
			continue
		}
		out.WriteString(plain)
	}
	return out.String()
}

var transliterations = func() map[rune]string {
	table := map[rune]string{
		'Ä': "Ae", 'Ö': "Oe", 'Ü': "Ue", 'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'ẞ': "SS",
		'[': "(", ']': ")", '{': "(", '}': ")", '\\': "/", '|': "/", '~': "-",
		'Æ': "AE", 'æ': "ae", 'Œ': "OE", 'œ': "oe", 'Þ': "Th", 'þ': "th",
		'…': "...", '€': "EUR", '§': "Par.", '°': " Grad", '²': "2", '³': "3", '\t': " ", '\u00a0': " ", '\u202f': " ",
	}
	for plain, letters := range map[string]string{
		"A": "ÀÁÂÃÅĀĂĄ", "C": "ÇĆČ", "D": "ÐĎĐ", "E": "ÈÉÊËĒĖĘĚ", "G": "ĞĢ", "I": "ÌÍÎÏĪĮİ", "K": "Ķ", "L": "ĹĻĽŁ", "N": "ÑŃŅŇ",
		"O": "ÒÓÔÕØŌŐ", "R": "ŔŘ", "S": "ŚŞŠȘ", "T": "ŤŢȚ", "U": "ÙÚÛŪŮŰŲ", "Y": "ÝŸ", "Z": "ŹŻŽ",
		"a": "àáâãåāăą", "c": "çćč", "d": "ðďđ", "e": "èéêëēėęě", "g": "ğģ", "i": "ìíîïīįı", "k": "ķ", "l": "ĺļľł", "n": "ñńņň",
		"o": "òóôõøōő", "r": "ŕř", "s": "śşšș", "t": "ťţț", "u": "ùúûūůűų", "y": "ýÿ", "z": "źżž",
		"-": "‐‑‒–—−", "'": "‘’‚‹›", `"`: "“”„«»",
	} {
		for _, r := range letters {
			table[r] = plain
		}
	}
	return table
}()
