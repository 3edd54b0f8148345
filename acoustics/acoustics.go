// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package acoustics says how loud a siren is at a distance, by two models.
//
// CPG is the rule of the US Civil Preparedness Guide 1-17: a loss of so many
// decibels for each doubling of the distance, in which houses, wind and ground
// are contained. It is the cautious one.
//
// The other is ISO 9613-2: sound power less divergence, air absorption (ISO
// 9613-1), ground and screens, for a receiver downwind. It knows no houses, so
// it carries a siren two to three times as far as CPG.
//
// Everything is a pure function. Distances are in metres, levels and losses in
// decibels, frequencies in hertz, temperatures in degrees Celsius, humidity in
// per cent, pressure in kilopascals. An argument that is not a number, or that
// no place on earth can have, gives NaN and never a level; what reads settings
// of a person checks them with Validate, which says what is wrong.
package acoustics

import "math"

// Octaves is the number of octave bands of ISO 9613-2, from 63 Hz to 8 kHz.
const Octaves = 8

// Spectrum is a value in dB for each octave band, 63 Hz first.
type Spectrum [Octaves]float64

// AWeights are the A-weights of the octave bands (IEC 61672-1).
var AWeights = Spectrum{-26.2, -16.1, -8.6, -3.2, 0, 1.2, 1.0, -1.1}

// Midband is the exact midband frequency of an octave band in Hz, band 0 being
// that of nominally 63 Hz: 1000 * 10^(0.3 k), as ISO 9613-1, 6.3 has it.
func Midband(band int) float64 { return math.Pow(10, 3+0.3*float64(band-4)) }

// nominal are the octave bands' frequencies as they are called; screens are
// reckoned at these (ISO/TR 17534-3), the air at the exact ones.
var nominal = Spectrum{63, 125, 250, 500, 1000, 2000, 4000, 8000}

// Octave is the band that a frequency in Hz lies in; below the first and above
// the last it is that one.
func Octave(frequency float64) int {
	band := math.Round(math.Log10(frequency/1000)/0.3) + 4
	return int(max(0, min(Octaves-1, band)))
}

// Sum adds levels of sources that have no fixed phase to each other, as sirens
// have: by energy. No source at all is minus infinity.
func Sum(levels ...float64) float64 {
	loudest := math.Inf(-1)
	for _, l := range levels {
		if math.IsNaN(l) {
			return l
		}
		loudest = max(loudest, l)
	}
	if math.IsInf(loudest, 0) {
		return loudest
	}
	energy := 0.0
	for _, l := range levels {
		energy += math.Pow(10, (l-loudest)/10)
	}
	return loudest + 10*math.Log10(energy)
}

// Sum is the level of all bands together.
func (s Spectrum) Sum() float64 { return Sum(s[:]...) }

// Plus adds band by band.
func (s Spectrum) Plus(other Spectrum) Spectrum {
	for i := range s {
		s[i] += other[i]
	}
	return s
}

// Minus subtracts band by band.
func (s Spectrum) Minus(other Spectrum) Spectrum {
	for i := range s {
		s[i] -= other[i]
	}
	return s
}

// Divergence is the loss of a point source at a distance (ISO 9613-2, 7.1):
// 20 lg(d / 1 m) + 11.
func Divergence(distance float64) float64 {
	if !(distance > 0) {
		return math.NaN()
	}
	return 20*math.Log10(distance) + 11
}

// MeteorologicalCorrection is what a long-term level lies below that downwind
// (ISO 9613-2, clause 8): nothing near by, up to c0 far off. c0 depends on the
// winds of a place, 0 to 5 dB. A warning is heard on one day, so that planning
// leaves it at 0 unless someone asks how sure the level is over the year.
func MeteorologicalCorrection(c0 float64, p Path) float64 {
	if !p.possible() || math.IsNaN(c0) {
		return math.NaN()
	}
	near := 10 * (p.SourceHeight + p.ReceiverHeight)
	if p.Distance <= near {
		return 0
	}
	return c0 * (1 - near/p.Distance)
}

// Path is the way from a source to a receiver over ground.
type Path struct {
	// SourceHeight and ReceiverHeight are above the ground, in metres.
	SourceHeight, ReceiverHeight float64
	// Distance is from one to the other as the map has it, in metres: projected
	// onto the ground.
	Distance float64
	// Climb is by how much the ground at the receiver lies higher, in metres.
	Climb float64
}

// Slant is the straight distance from source to receiver in metres.
func (p Path) Slant() float64 {
	return math.Hypot(p.Distance, p.Climb+p.ReceiverHeight-p.SourceHeight)
}

func (p Path) possible() bool {
	return finite(p.SourceHeight, p.ReceiverHeight, p.Distance, p.Climb) && p.SourceHeight >= 0 && p.ReceiverHeight >= 0 && p.Distance >= 0
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
