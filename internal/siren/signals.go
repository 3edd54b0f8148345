// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"slices"
	"time"
)

// Tone is what a siren does during one segment of a signal.
type Tone string

// The tones.
const (
	ToneSteady Tone = "steady" // one pitch
	ToneWail   Tone = "wail"   // rising and falling
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
	// Number stands for the signal in frames; it never changes its meaning.
	Number uint8 `json:"number"`
	// Name is the signal's stable name, such as "all-clear"; TitleKey its word for people.
	Name string `json:"name"`
	// Test marks signals that only a test frame may ask for. They hold no steady
	// or wailing tone, so that no test can be taken for an alarm.
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
func (s Signal) TitleKey() string { return "siren.signal." + s.Name }

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

// GermanSignals is the table of signals in Germany. Warning and all-clear are
// uniform by decision of the Länder (AFKzV, spring 2019): one minute of rising
// and falling tone, one minute of steady tone. The fire signal of three tones
// and the trial of 12 seconds are the commonest of several local forms.
func GermanSignals() Signals {
	return Signals{
		{Number: 1, Name: "warning", Segments: []Segment{{ToneWail, 60}}},
		{Number: 2, Name: "all-clear", Segments: []Segment{{ToneSteady, 60}}},
		{Number: 3, Name: "fire", Segments: []Segment{
			{ToneSteady, 15}, {ToneOff, 7}, {ToneSteady, 15}, {ToneOff, 7}, {ToneSteady, 15},
		}},
		{Number: 4, Name: "trial", Segments: []Segment{{ToneSteady, 12}}},
		{Number: 16, Name: "silent-test", Test: true, Segments: []Segment{{ToneOff, 1}}},
		{Number: 17, Name: "growl-test", Test: true, Segments: []Segment{{ToneGrowl, 2}}},
	}
}
