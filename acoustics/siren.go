// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"fmt"
	"math"
)

// Component is a part of a siren's sound.
type Component struct {
	Frequency float64 // in Hz
	Level     float64 // A-weighted, in dB below or above the siren's rating
}

// MotorTone is the fundamental of the German motor siren E 57: nine ports at
// 2,800 turns a minute. Electronic sirens sound the same signals near it.
const MotorTone = 420

// Tone is all sound in one frequency. Harmonics weaken faster on the way, so
// that a level reckoned with the fundamental alone is the most that arrives.
func Tone(frequency float64) []Component { return []Component{{Frequency: frequency}} }

// Validate says whether every band can be that of a siren at RatingDistance.
func (s Spectrum) Validate() error {
	for band, level := range s {
		if !(level >= -50 && level <= 150) {
			return fmt.Errorf("spectrum, %g dB at %g Hz: give the unweighted level of each octave band at %d m, 63 Hz to 8 kHz", level, nominal[band], RatingDistance)
		}
	}
	return nil
}

// Bands is a sound given by its unweighted octave band levels, with the rating
// that these have together as an A-weighted level.
func Bands(s Spectrum) (components []Component, rating float64) {
	weighted := s.Plus(AWeights)
	rating = weighted.Sum()
	for band, level := range weighted {
		components = append(components, Component{Frequency: Midband(band), Level: level - rating})
	}
	return components, rating
}

// Kind is a sort of siren as its maker rates it.
type Kind struct {
	ID, Name string
	Rating   float64 // dB(A) at RatingDistance
	Emission []Component
	// Source says where the rating is from.
	Source string
}

// Kinds are ratings as makers publish them. Nothing was published of their
// spectra and directivity, so they sound in one tone and equally to all sides; a
// planner with a maker's own measurements gives these instead.
func Kinds() []Kind {
	tone := Tone(MotorTone)
	return []Kind{
		{"e57", "Motor siren E 57", 101, tone, "maker's table: 130.5 dB(A) at 1 m, 101 dB(A) at 30 m"},
		{"electronic-600", "Electronic siren, 600 W", 109, tone, "maker's table: 138.5 dB(A) at 1 m, 109 dB(A) at 30 m"},
		{"electronic-1200", "Electronic siren, 1200 W", 115, tone, "maker's table: 144.5 dB(A) at 1 m, 115 dB(A) at 30 m"},
		{"electronic-2400", "Electronic siren, 2400 W", 121, tone, "not published; 6 dB more than 1200 W, as twice the horns in phase give"},
	}
}

// Loss is by how much less a siren sounds at an angle.
type Loss struct {
	Angle    float64 // in degrees
	Decibels float64
}

// Directivity is how much less a siren sounds beside its axis. The zero value is
// a siren that sounds the same to all sides.
type Directivity struct {
	// Horizontal goes by the angle off the axis, 0 to 180, the same left and right.
	Horizontal []Loss
	// Vertical goes by the angle under the horizon, -90 (zenith) to 90 (foot).
	Vertical []Loss
}

// Validate says whether the angles ascend and every loss is one.
func (d Directivity) Validate() error {
	for name, table := range map[string][]Loss{"horizontal": d.Horizontal, "vertical": d.Vertical} {
		for i, l := range table {
			if !finite(l.Angle, l.Decibels) || l.Angle < -90 || l.Angle > 180 || i > 0 && l.Angle <= table[i-1].Angle {
				return fmt.Errorf("%s directivity, row %d (%g°, %g dB): give angles in ascending order and losses in dB", name, i+1, l.Angle, l.Decibels)
			}
		}
	}
	return nil
}

// Loss is the loss in dB in a direction: off the axis and under the horizon, both
// in degrees. Between rows it is interpolated, beyond them it is the last one's.
func (d Directivity) Loss(off, under float64) float64 {
	if !finite(off, under) {
		return math.NaN()
	}
	return interpolate(d.Horizontal, math.Abs(math.Remainder(off, 360))) + interpolate(d.Vertical, under)
}

// BeamStep is how many degrees apart the values of a Beam are.
const BeamStep = 30

// Beam is the horizontal directivity of a siren in a form for lists: by how many
// dB less it sounds 0, 30, 60, 90, 120, 150 and 180 degrees off its axis, the same
// left and right. The zero value sounds alike to all sides.
type Beam [180/BeamStep + 1]float64

// Validate says whether every value is a loss and none is on the axis, where a
// siren is rated.
func (b Beam) Validate() error {
	for i, loss := range b {
		if !(loss >= 0 && loss <= 60) || i == 0 && loss != 0 {
			return fmt.Errorf("directivity, %g dB less %d° off the axis: give 0 on the axis, and from 0 to 60 beside it", loss, i*BeamStep)
		}
	}
	return nil
}

// Loss is the loss in dB at an angle off the axis in degrees, interpolated
// between the values.
func (b Beam) Loss(off float64) float64 {
	off = math.Abs(math.Remainder(off, 360)) / BeamStep
	if math.IsNaN(off) {
		return off
	}
	i := min(int(off), len(b)-2)
	return b[i] + (b[i+1]-b[i])*(off-float64(i))
}

func interpolate(table []Loss, angle float64) float64 {
	if len(table) == 0 {
		return 0
	}
	for i, l := range table {
		if angle > l.Angle {
			continue
		}
		if i == 0 {
			return l.Decibels
		}
		before := table[i-1]
		return before.Decibels + (l.Decibels-before.Decibels)*(angle-before.Angle)/(l.Angle-before.Angle)
	}
	return table[len(table)-1].Decibels
}
