// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"fmt"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// picture is a siren signal to see and to hear.
type picture struct {
	console.SignalInfo
	// Path is the course of the pitch in an SVG of pictureWidth by pictureHeight.
	Path string
}

// The size of a tone picture, in units of its view box.
const (
	pictureWidth  = 600
	pictureHeight = 100
)

func (c *call) pictures() map[string]picture {
	all := map[string]picture{}
	for _, signal := range c.s.Service.Signals() {
		all[signal.Name] = picture{SignalInfo: signal, Path: tonePath(signal)}
	}
	return all
}

// The pitches that pictures and demonstrations use, in hertz, and the time from
// one low to the next of a wail, in seconds: those of an electronic siren that
// imitates the motor siren E 57.
const (
	pitch      = 420.0
	pitchLow   = 200.0
	pitchGrowl = 120.0
	wailPeriod = 4.0
)

// tonePath draws pitch over time: a wail as a zigzag, a pause as a gap.
func tonePath(signal console.SignalInfo) string {
	if signal.Duration <= 0 {
		return ""
	}
	var out strings.Builder
	at := 0.0
	point := func(command string, seconds, hertz float64) {
		fmt.Fprintf(&out, "%s%.1f %.1f", command, seconds/signal.Duration*pictureWidth, pictureHeight-hertz/pitch*(pictureHeight-10))
	}
	for _, segment := range signal.Segments {
		end := at + segment.Seconds
		switch segment.Tone {
		case siren.ToneWail:
			point("M", at, pitchLow)
			for start := at; start < end; start += wailPeriod {
				point("L", min(start+wailPeriod/2, end), pitch)
				point("L", min(start+wailPeriod, end), pitchLow)
			}
		case siren.ToneSteady:
			point("M", at, pitch)
			point("L", end, pitch)
		case siren.ToneGrowl:
			point("M", at, pitchGrowl)
			point("L", end, pitchGrowl)
		}
		at = end
	}
	return out.String()
}
