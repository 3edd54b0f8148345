// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"cmp"
	"slices"
	"time"
)

// Tone is what a siren does during one segment of a signal.
type Tone string

// The tones.
const (
	ToneSteady Tone = "steady" // one pitch
	ToneWail   Tone = "wail"   // rising and falling
	ToneLow    Tone = "low"    // one low pitch
	ToneOff    Tone = "off"    // a pause, or a test that nobody hears
	ToneGrowl  Tone = "growl"  // started only so far that the mechanism can be heard beside it
)

// Segment is one part of a signal.
type Segment struct {
	Tone    Tone    `json:"tone"`
	Seconds float64 `json:"seconds"`
}

// Signal is what a siren can be told to sound. Signals are data, because only
// the warning and the all-clear are uniform in Germany; all others are local.
type Signal struct {
	// Number stands for the signal in frames. It means one name and one sound in
	// every table and for ever: a device may be moved, or its table replaced.
	Number uint8 `json:"number"`
	// Name is the signal's stable name, such as "all-clear"; TitleKey its word for people.
	Name string `json:"name"`
	// Word takes the place of Name in TitleKey where a country calls it otherwise:
	// what Germany's law names Warnung is Austria's Alarm.
	Word string `json:"word,omitempty"`
	// Test marks signals that only a test frame may ask for. They hold none of the
	// tones that carry far, so that no test can be taken for an alarm.
	Test     bool      `json:"test,omitempty"`
	Segments []Segment `json:"segments"`
}

// Duration is how long the signal takes from its first tone to its last.
func (s Signal) Duration() time.Duration {
	var total float64
	for _, segment := range s.Segments {
		total += segment.Seconds
	}
	return time.Duration(total * float64(time.Second))
}

// TitleKey is the catalogue key of the signal's name.
func (s Signal) TitleKey() string { return "siren.signal." + cmp.Or(s.Word, s.Name) }

// Alarming reports whether the tone carries far, as an alarm's must.
func (t Tone) Alarming() bool { return t == ToneSteady || t == ToneWail || t == ToneLow }

// Signals is a table of signals, in the order of their numbers.
type Signals []Signal

// Named finds a signal by its name.
func (t Signals) Named(name string) (Signal, bool) {
	return t.find(func(s Signal) bool { return s.Name == name })
}

// Numbered finds a signal by its number.
func (t Signals) Numbered(number uint8) (Signal, bool) {
	return t.find(func(s Signal) bool { return s.Number == number })
}

func (t Signals) find(match func(Signal) bool) (Signal, bool) {
	i := slices.IndexFunc(t, match)
	if i < 0 {
		return Signal{}, false
	}
	return t[i], true
}

// Names lists the names of the signals.
func (t Signals) Names() []string {
	names := make([]string, len(t))
	for i, s := range t {
		names[i] = s.Name
	}
	return names
}
