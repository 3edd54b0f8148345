// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package tone shows siren signals to the people who give them: as a picture of
// pitch over time, and as a sound for the ear. It is pure.
package tone

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

// The pitches of pictures and samples, in hertz, and the time from one low to the
// next of a wail, in seconds: those of an electronic siren that imitates the
// motor siren E 57 (9 ports at 2800 turns a minute make 420 Hz). How fast a wail
// rises and falls is not laid down for Germany; 2 s each is about what is heard.
const (
	pitch       = 420.0
	pitchBottom = 200.0 // lowest of a wail
	pitchLow    = 180.0
	pitchGrowl  = 120.0
	wailPeriod  = 4.0
)

// hertz is the pitch of a tone so many seconds after it began; 0 for none.
func hertz(t siren.Tone, seconds float64) float64 {
	switch t {
	case siren.ToneSteady:
		return pitch
	case siren.ToneLow:
		return pitchLow
	case siren.ToneGrowl:
		return pitchGrowl
	case siren.ToneWail:
		phase := math.Mod(seconds, wailPeriod) / (wailPeriod / 2) // 0 to 2
		return pitchBottom + (pitch-pitchBottom)*(1-math.Abs(phase-1))
	}
	return 0
}

// The size of a picture in units of its view box.
const (
	Width  = 600
	Height = 100
)

// Path is the course of the pitch in a picture of Width by Height, as the data of
// an SVG path: a wail is a zigzag, a pause a gap.
func Path(s siren.Signal) string {
	total := s.Duration().Seconds()
	if total <= 0 {
		return ""
	}
	var out strings.Builder
	at := 0.0
	for _, segment := range s.Segments {
		point := func(command string, seconds float64) {
			y := Height - hertz(segment.Tone, seconds)/pitch*(Height-10)
			fmt.Fprintf(&out, "%s%.1f %.1f", command, (at+seconds)/total*Width, y)
		}
		if segment.Tone != siren.ToneOff {
			point("M", 0)
			if segment.Tone == siren.ToneWail {
				for turn := wailPeriod / 2; turn < segment.Seconds; turn += wailPeriod / 2 {
					point("L", turn)
				}
			}
			point("L", segment.Seconds)
		}
		at += segment.Seconds
	}
	return out.String()
}

// Describe words a signal, part by part: "15 s steady tone, 7 s pause, …". Parts
// that repeat are counted.
func Describe(s siren.Signal, words catalogue.Language) string {
	var parts []string
	for i := 0; i < len(s.Segments); i++ {
		segment := s.Segments[i]
		said := part(segment, words)
		times := 1
		for i+2*times < len(s.Segments) && s.Segments[i+1] == s.Segments[i+2*times-1] && s.Segments[i+2*times] == segment {
			times++
		}
		if times > 1 {
			between := s.Segments[i+1]
			said = words.T("siren.tone.times", times, said, part(between, words))
			i += 2 * (times - 1)
		}
		parts = append(parts, said)
	}
	return strings.Join(parts, ", ")
}

func part(segment siren.Segment, words catalogue.Language) string {
	return words.T("siren.tone.part", strconv.FormatFloat(segment.Seconds, 'f', -1, 64), words.T("siren.tone."+string(segment.Tone)))
}

// SVG is the picture of a signal with its name and a description for those who
// do not see it. Its line has the colour of the text around it.
func SVG(s siren.Signal, words catalogue.Language) []byte {
	title := html.EscapeString(words.T(s.TitleKey()))
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title description" lang="%s">
<title id="title">%s</title>
<desc id="description">%s</desc>
<path d="M0 %dH%d" stroke="currentColor" stroke-opacity=".3" fill="none"/>
<path d="%s" stroke="currentColor" stroke-width="3" stroke-linejoin="round" fill="none"/>
</svg>
`, Width, Height, words.Tag(), title, html.EscapeString(Describe(s, words)), Height-1, Width, Path(s))
}

// Rate is that of samples, in samples per second.
const Rate = 16_000

// The sample begins quietly, since it may be listened to with a headset: it
// reaches its level after fadeIn seconds, and no part begins or ends with a click.
const (
	fadeIn = 3.0
	ramp   = 0.05
	level  = 0.35 // of full scale
	quiet  = 0.05
)

// LongestSample bounds what of a signal is sampled, in seconds: the operator
// knows the signal after the first minute.
const LongestSample = 60.0

// Sample is how a signal sounds, for the ear of whoever gives it: its first
// minute. Growl and pauses are silent, as a test is to the public.
func Sample(s siren.Signal) wav.Sound {
	var samples []int16
	phase := 0.0
	for _, segment := range s.Segments {
		for i := range int(segment.Seconds * Rate) {
			total := float64(len(samples)) / Rate
			if total >= LongestSample {
				return wav.Sound{Rate: Rate, Samples: samples}
			}
			if !segment.Tone.Alarming() {
				samples = append(samples, 0)
				continue
			}
			at := float64(i) / Rate
			phase = math.Mod(phase+hertz(segment.Tone, at)/Rate, 1)
			loud := level * min(1, quiet+total/fadeIn) * min(1, at/ramp, (segment.Seconds-at)/ramp)
			// A siren chops the air: its tone holds odd overtones.
			wave := 0.75*math.Sin(2*math.Pi*phase) + 0.2*math.Sin(6*math.Pi*phase) + 0.05*math.Sin(10*math.Pi*phase)
			samples = append(samples, int16(loud*wave*math.MaxInt16))
		}
	}
	return wav.Sound{Rate: Rate, Samples: samples}
}
