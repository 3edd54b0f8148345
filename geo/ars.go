// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"fmt"
	"strings"
)

// ARS is an Amtlicher Regionalschlüssel (Destatis, BKG VG250 documentation) in
// its shortest form: Land 2 digits, Regierungsbezirk 3, Kreis 5,
// Gemeindeverband 9, Gemeinde 12. It is always text: leading zeros are part of
// the key. A key is also a prefix: "12" holds "12054", "12054" holds all that
// lies in Potsdam.
//
// Keys written out with zeros mean the same as their shortest form:
// "120540000000" is the Kreis "12054", "110000000000" and "11000" are the Land
// "11". ParseARS makes the shortest form; methods accept either.
type ARS string

// Federation is the key of Germany as a whole, written out as twelve zeros.
const Federation ARS = "00"

// Level is the kind of body that an ARS names.
type Level int

// The levels, from the whole to the part.
const (
	LevelNone Level = iota // not a key
	LevelFederation
	LevelLand
	LevelRegierungsbezirk
	LevelKreis
	LevelVerband
	LevelGemeinde
)

// String is the German word for the level.
func (l Level) String() string {
	switch l {
	case LevelFederation:
		return "Bund"
	case LevelLand:
		return "Land"
	case LevelRegierungsbezirk:
		return "Regierungsbezirk"
	case LevelKreis:
		return "Kreis"
	case LevelVerband:
		return "Gemeindeverband"
	case LevelGemeinde:
		return "Gemeinde"
	default:
		return "none"
	}
}

// ParseARS reads a key of 2, 3, 5, 9 or 12 digits, with or without the blanks
// of the official writing ("12 0 54 0000 000"), and returns its shortest form.
// Errors are *Fault. A key of 8 digits is an AGS; it lacks the Gemeindeverband
// and is refused, unless it names a Kreis ("12054000").
func ParseARS(s string) (ARS, error) {
	key := strings.ReplaceAll(s, " ", "")
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return "", arsFault(fmt.Sprintf("%q is not a regional key: it may hold digits only", clip(s)))
		}
	}
	switch len(key) {
	case 2, 3, 5, 9, 12:
	case 8:
		if key[5:] != "000" {
			return "", arsFault(fmt.Sprintf("%q is an AGS of 8 digits: it does not say the Gemeindeverband", key))
		}
		key = key[:5]
	default:
		return "", arsFault(fmt.Sprintf("%q has %d digits; a regional key has 2, 3, 5, 9 or 12", clip(s), len(key)))
	}
	if land := key[:2]; land > "16" || land == "00" && strings.Trim(key, "0") != "" {
		return "", arsFault(fmt.Sprintf("%q does not begin with a Land from 01 to 16", key))
	}
	return ARS(key).shortest(), nil
}

func arsFault(message string) *Fault {
	return &Fault{
		Code: CodeARS, Field: "ars", Message: message,
		Remedy: "Give the Amtlicher Regionalschlüssel as text with its leading zeros, such as 12 (Land), 12054 (Kreis) or 120640029029 (Gemeinde).",
	}
}

// clip keeps a foreign value short enough to be shown in a message.
func clip(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// shortest cuts the trailing levels that are all zeros.
func (a ARS) shortest() ARS {
	for _, n := range [...]int{2, 3, 5, 9} {
		if len(a) > n && strings.Trim(string(a[n:]), "0") == "" {
			return a[:n]
		}
	}
	return a
}

// Level tells what the key names; LevelNone for a text that is no key.
func (a ARS) Level() Level {
	key := a.shortest()
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return LevelNone
		}
	}
	switch len(key) {
	case 2:
		if key == Federation {
			return LevelFederation
		}
		return LevelLand
	case 3:
		return LevelRegierungsbezirk
	case 5:
		return LevelKreis
	case 9:
		return LevelVerband
	case 12:
		return LevelGemeinde
	default:
		return LevelNone
	}
}

// Full is the key written out to 12 digits, as CAP geocodes and federal
// interfaces carry it.
func (a ARS) Full() string {
	const zeros = "000000000000"
	if len(a) >= len(zeros) {
		return string(a)
	}
	return string(a) + zeros[len(a):]
}

// Land is the key of the Land, or "" for a text that is no key.
func (a ARS) Land() ARS {
	if a.Level() == LevelNone {
		return ""
	}
	return a[:2]
}

// Kreis is the key of the Kreis that holds a. It is "" above that level, but
// for the city states Berlin and Hamburg, which are their own Kreis.
func (a ARS) Kreis() ARS {
	switch {
	case a.Level() >= LevelKreis:
		return a[:5]
	case a.Level() == LevelLand && (a[:2] == "02" || a[:2] == "11"):
		return a[:2]
	default:
		return ""
	}
}

// Contains reports whether b is a or lies within it.
func (a ARS) Contains(b ARS) bool {
	if a.Level() == LevelNone || b.Level() == LevelNone {
		return false
	}
	whole := a.shortest()
	return whole == Federation || strings.HasPrefix(string(b.shortest()), string(whole))
}

// within reports whether one of prefixes holds a.
func (a ARS) within(prefixes []ARS) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
