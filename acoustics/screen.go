// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import "math"

// Edition is which edition of ISO 9613-2 a screen is reckoned by.
type Edition int

// The editions. They differ in how wind and temperature bend sound over a
// screen (7.4, K_met): the first lets a grazing ray lose 4.8 dB at any distance,
// the second lets that fade.
const (
	Edition1996 Edition = iota
	Edition2024
)

// Screen is an obstacle on the way, seen along one path around it: over its top,
// or around a side (ISO 9613-2, 7.4). Lengths are in metres.
type Screen struct {
	// ToEdge is from the source to the point where the path bends over the first
	// edge, FromEdge from the last such point to the receiver, Between the sum of
	// lengths from first to last. They are lengths in space, so that what of the
	// path is parallel to an edge is in them.
	ToEdge, FromEdge, Between float64
	// Direct is the straight distance from source to receiver.
	Direct float64
	// Clear says that the straight line passes the edge, so that the screen
	// shades only by being near.
	Clear bool
	// Side says that the path goes around a vertical edge.
	Side bool
}

// Difference is how much longer the way around the screen is, in metres;
// negative if the straight line is clear (equations 16 and 17).
func (s Screen) Difference() float64 {
	z := s.ToEdge + s.Between + s.FromEdge - s.Direct
	if s.Clear {
		return -z
	}
	return z
}

// Attenuation is D_z, what the screen takes away in each octave band.
func (s Screen) Attenuation(e Edition) Spectrum {
	var out Spectrum
	for band := range out {
		out[band] = s.AttenuationAt(nominal[band], e)
	}
	return out
}

// AttenuationAt is D_z at a frequency in Hz: equations 14 to 18 of 1996, 18 to
// 21 of 2024. Over the top it is at most 20 dB for one edge and 25 dB for more.
func (s Screen) AttenuationAt(frequency float64, e Edition) float64 {
	if !finite(s.ToEdge, s.FromEdge, s.Between, s.Direct, frequency) || !(frequency > 0) ||
		s.ToEdge < 0 || s.FromEdge < 0 || s.Between < 0 {
		return math.NaN()
	}
	const ground = 20 // C2: reflections of the ground are in its own term
	wavelength := 340 / frequency
	edges := 1.0 // C3
	if s.Between > 0 {
		r := 5 * wavelength / s.Between
		edges = (1 + r*r) / (1.0/3 + r*r)
	}
	z := s.Difference()
	least := -2 * wavelength / (ground * edges)
	if z <= least {
		return 0
	}
	weather := s.weather(z, least, e)
	shade := ground / wavelength * edges * z
	loss := 10 * math.Log10(3+shade*weather)
	if e == Edition2024 {
		loss = 10 * math.Log10(1+(2+shade)*weather)
	}
	if s.Side {
		return max(0, loss)
	}
	limit := 20.0
	if s.Between > 0 {
		limit = 25
	}
	return max(0, min(loss, limit))
}

// weather is K_met: how far sound bent downwards makes a screen lower.
func (s Screen) weather(z, least float64, e Edition) float64 {
	switch {
	case s.Side:
		return 1
	case e == Edition2024:
		near, far := min(s.ToEdge, s.FromEdge), max(s.ToEdge, s.FromEdge)
		return math.Exp(-math.Sqrt((far+s.Between)*near*s.Direct/(2*(z-least))) / 2000)
	case z <= 0:
		return 1
	default:
		return math.Exp(-math.Sqrt(s.ToEdge*s.FromEdge*s.Direct/(2*z)) / 2000)
	}
}

// Over is the loss by ground and screen together over the top: the screen takes
// the place of the ground where that takes away sound (7.4, equation 12), and
// what the ground adds is added still (as the cases of ISO/TR 17534-3 have it).
func Over(screen, ground float64) float64 {
	if ground < 0 {
		return screen + ground
	}
	return max(screen, ground)
}
