// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"fmt"
	"math"
)

// Ground is how porous the ground is in the three regions of ISO 9613-2, 7.3.1:
// 0 is hard (asphalt, water, ice), 1 is porous (grass, fields, forest).
type Ground struct{ Source, Middle, Receiver float64 }

// Uniform is ground of one kind all the way.
func Uniform(porosity float64) Ground { return Ground{porosity, porosity, porosity} }

// Validate says whether every region's factor is one.
func (g Ground) Validate() error {
	if !g.possible() {
		return fmt.Errorf("ground factors %g, %g, %g: give numbers from 0 (hard) to 1 (porous)", g.Source, g.Middle, g.Receiver)
	}
	return nil
}

func (g Ground) possible() bool {
	for _, v := range [...]float64{g.Source, g.Middle, g.Receiver} {
		if !(v >= 0 && v <= 1) {
			return false
		}
	}
	return true
}

// Zone is ground of one kind up to a distance from the source.
type Zone struct {
	To       float64 // metres from the source, as the map has it
	Porosity float64 // 0 to 1
}

// GroundAlong averages the zones that a path crosses over the three regions:
// 30 source heights from the source, 30 receiver heights before the receiver,
// and what is left between. Zones lie in order; the last one goes on to the end.
// Without zones the ground is hard.
func GroundAlong(zones []Zone, p Path) Ground {
	source := min(30*p.SourceHeight, p.Distance)
	receiver := max(p.Distance-30*p.ReceiverHeight, 0)
	return Ground{
		Source:   average(zones, 0, source),
		Middle:   average(zones, min(source, receiver), max(source, receiver)),
		Receiver: average(zones, receiver, p.Distance),
	}
}

// average is the mean porosity between two distances; of a stretch without
// length it is that of the place.
func average(zones []Zone, from, to float64) float64 {
	if len(zones) == 0 {
		return 0
	}
	sum, at := 0.0, from
	for i, z := range zones {
		end := min(z.To, to)
		if i == len(zones)-1 {
			end = to
		}
		if from == to && (i == len(zones)-1 || z.To >= from) {
			return z.Porosity
		}
		if end > at {
			sum += (end - at) * z.Porosity
			at = end
		}
	}
	return sum / (to - from)
}

// Attenuation is the loss by the ground in each octave band; where ground and
// sky together make the sound louder it is negative (ISO 9613-2, 7.3.1, table 3).
func (g Ground) Attenuation(p Path) Spectrum {
	var s Spectrum
	for band := range s {
		if !p.possible() {
			s[band] = math.NaN()
			continue
		}
		s[band] = g.octave(band, p.SourceHeight, p.ReceiverHeight).loss(p.Distance)
	}
	return s
}

// octaveGround is the loss of one band between two heights, as a function of the
// distance alone.
type octaveGround struct {
	constant    float64
	near, far   float64 // factors of the terms that come in over 50 m and over 600 m
	middle      float64 // factor of q
	endsReached float64 // where the regions of both ends meet, in metres
}

// octave takes table 3 apart into what depends on the heights and what on the distance.
func (g Ground) octave(band int, source, receiver float64) octaveGround {
	if !g.possible() {
		return octaveGround{constant: math.NaN()}
	}
	o := octaveGround{middle: -3, endsReached: 30 * (source + receiver)}
	if band > 0 {
		o.middle *= 1 - g.Middle
	}
	o.region(band, g.Source, source)
	o.region(band, g.Receiver, receiver)
	return o
}

// region adds the loss around one end of the path.
func (o *octaveGround) region(band int, porosity, height float64) {
	square := height * height
	o.constant -= 1.5
	if band > 0 {
		o.constant += 1.5 * porosity
	}
	switch band {
	case 1: // a'(h)
		above := height - 5
		o.near += porosity * 3.0 * math.Exp(-0.12*above*above)
		o.far += porosity * 5.7 * math.Exp(-0.09*square)
	case 2: // b'(h)
		o.near += porosity * 8.6 * math.Exp(-0.09*square)
	case 3: // c'(h)
		o.near += porosity * 14.0 * math.Exp(-0.46*square)
	case 4: // d'(h)
		o.near += porosity * 5.0 * math.Exp(-0.9*square)
	}
}

func (o octaveGround) loss(distance float64) float64 {
	loss := o.constant
	if o.near != 0 {
		loss += o.near * -math.Expm1(-distance/50)
	}
	if o.far != 0 {
		loss += o.far * -math.Expm1(-2.8e-6*distance*distance)
	}
	if distance > o.endsReached {
		loss += o.middle * (1 - o.endsReached/distance)
	}
	return loss
}

// AlternativeGround is the loss of the A-weighted level over mostly porous
// ground (ISO 9613-2, 7.3.2, equation 10). meanHeight is that of the path above
// the ground, distance that from source to receiver. It comes with SolidAngle,
// and is not meant for pure tones, which sirens nearly are: it stands here for
// comparison with plans that others made.
func AlternativeGround(meanHeight, distance float64) float64 {
	if !finite(meanHeight, distance) || meanHeight < 0 || !(distance > 0) {
		return math.NaN()
	}
	return max(0, 4.8-2*meanHeight/distance*(17+300/distance))
}

// SolidAngle is what reflection near the source adds to its power where
// AlternativeGround is used (ISO 9613-2, 7.3.2, equation 11).
func SolidAngle(p Path) float64 {
	if !p.possible() || p.SourceHeight+p.ReceiverHeight+p.Distance == 0 {
		return math.NaN()
	}
	square, less, more := p.Distance*p.Distance, p.SourceHeight-p.ReceiverHeight, p.SourceHeight+p.ReceiverHeight
	return 10 * math.Log10(1+(square+less*less)/(square+more*more))
}
