// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package selcall makes and reads selective calls of tones: sequences of five
// tones that name a receiver, and the double tones that then tell a siren's
// receiver what to do.
//
// Nothing in them says who sent a call, and whoever has heard one can send it
// again.
package selcall

import (
	"fmt"
	"strings"
	"time"
)

// System is a table of tones for the digits of a call.
type System struct {
	Name string
	// Tones are the frequencies in hertz of the digits 0 to 9 and A to F. E is
	// the repeat tone: it stands for the digit before it once more, because two
	// equal tones could not be told apart. 0 where the system has no such tone.
	Tones [16]float64
	// Duration is how long each tone sounds; no pause lies between them.
	Duration time.Duration
}

// Repeat is the digit whose tone repeats the one before.
const Repeat = 'E'

// digits are all digits, by value.
const digits = "0123456789ABCDEF"

// systems are the tables. ZVEI1 (70 ms +-15 ms) is what authorities in Germany
// use. Frequencies: multimon-ng's tables, which agree with SvxLink's but for two:
// the repeat tone of PZVEI is SvxLink's, since multimon-ng has there the tone of
// the digit 0; and of ZVEI3 a second reading is in use, equal to DZVEI. Lengths:
// SvxLink; CCIR 100 ms, EEA 40 ms and EIA 33 ms also in Zetron's manual of the
// Model 15, table 7-7.
var systems = []System{
	{"ZVEI1", [16]float64{2400, 1060, 1160, 1270, 1400, 1530, 1670, 1830, 2000, 2200, 2800, 810, 970, 885, 2600, 680}, 70 * time.Millisecond},
	{"ZVEI2", [16]float64{2400, 1060, 1160, 1270, 1400, 1530, 1670, 1830, 2000, 2200, 885, 825, 740, 680, 970, 2600}, 70 * time.Millisecond},
	{"ZVEI3", [16]float64{2400, 1060, 1160, 1270, 1400, 1530, 1670, 1830, 2000, 2200, 885, 810, 2800, 680, 970, 2600}, 70 * time.Millisecond},
	{"DZVEI", [16]float64{2200, 970, 1060, 1160, 1270, 1400, 1530, 1670, 1830, 2000, 825, 740, 2600, 885, 2400, 680}, 70 * time.Millisecond},
	{"PZVEI", [16]float64{2400, 1060, 1160, 1270, 1400, 1530, 1670, 1830, 2000, 2200, 970, 810, 2800, 885, 2600, 680}, 100 * time.Millisecond},
	{"CCIR", [16]float64{1981, 1124, 1197, 1275, 1358, 1446, 1540, 1640, 1747, 1860, 2400, 930, 2247, 991, 2110, 1055}, 100 * time.Millisecond},
	{"EEA", [16]float64{1981, 1124, 1197, 1275, 1358, 1446, 1540, 1640, 1747, 1860, 1055, 930, 2400, 991, 2110, 2247}, 40 * time.Millisecond},
	{"EIA", [16]float64{600, 741, 882, 1023, 1164, 1305, 1446, 1587, 1728, 1869, 2151, 2433, 2010, 2292, 459, 1091}, 33 * time.Millisecond},
}

// Systems lists the systems.
func Systems() []System { return append([]System(nil), systems...) }

// Named finds a system by its name, in upper or lower case.
func Named(name string) (System, error) {
	var names []string
	for _, s := range systems {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return System{}, fmt.Errorf("system %q is not known: choose one of %s", name, strings.Join(names, ", "))
}

// Lengths of a call in digits. Five are usual; CCIR and EEA know six and more.
const (
	MinDigits = 5
	MaxDigits = 8
)

// sequence gives the tones of a call by their digits' values.
func (s System) sequence(call string) ([]int, error) {
	if len(call) < MinDigits || len(call) > MaxDigits {
		return nil, fmt.Errorf("call %q: it must have %d to %d digits", call, MinDigits, MaxDigits)
	}
	var out []int
	for i, c := range strings.ToUpper(call) {
		value := strings.IndexRune(digits, c)
		if value < 0 || c == Repeat || s.Tones[value] == 0 {
			return nil, fmt.Errorf("call %q: digit %d, %q, must be 0 to 9 or A, B, C, D or F; equal neighbours get the repeat tone by themselves", call, i+1, c)
		}
		if repeat := strings.IndexByte(digits, Repeat); len(out) > 0 && out[len(out)-1] == value {
			value = repeat
		}
		out = append(out, value)
	}
	return out, nil
}
