// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"strings"
	"unicode"

	"github.com/tocsin-alert/tocsin/cap"
)

// resemblance warns of a message without proof whose sender looks like that of
// a trusted authority.
func (v *verification) resemblance(message []byte) {
	if alert, err := cap.Read(message); err == nil {
		v.resembles(alert.Sender)
	}
}

func (v *verification) resembles(sender string) {
	for _, a := range v.trust.Authorities {
		for _, trusted := range a.Senders {
			if sender != trusted && lookalike(sender, trusted) {
				v.note(NoteLookalikeSender)
				v.Resembles = trusted
				return
			}
		}
	}
}

// confusable maps letters to the ones that they are taken for.
var confusable = strings.NewReplacer(
	"а", "a", "с", "c", "е", "e", "о", "o", "р", "p", "х", "x", "у", "y", "і", "i", "ј", "j", "ѕ", "s", "ԁ", "d", "һ", "h", // Cyrillic
	"α", "a", "ο", "o", "ν", "v", "ρ", "p", "ι", "i", "κ", "k", // Greek
	"0", "o", "1", "l", "i", "l", "rn", "m", "vv", "w", "-", "", "_", "", ".", "",
)

// skeleton is what a name looks like at a glance.
func skeleton(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	// Twice, since one letter may become part of a pair that is another's.
	return confusable.Replace(confusable.Replace(name))
}

// lookalike reports whether two names look the same, or are one letter apart.
func lookalike(a, b string) bool {
	if len(a) > 256 {
		return false
	}
	x, y := []rune(skeleton(a)), []rune(skeleton(b))
	if len(x) < len(y) {
		x, y = y, x
	}
	if len(x)-len(y) > 1 || len(y) < 4 {
		return false
	}
	i := 0
	for i < len(y) && x[i] == y[i] {
		i++
	}
	if len(x) > len(y) {
		return string(x[i+1:]) == string(y[i:])
	}
	return i == len(x) || string(x[i+1:]) == string(y[i+1:])
}
