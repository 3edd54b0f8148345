// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"fmt"
	"math"
)

// Conditions are what ISO 9613-2 needs to know besides the siren.
type Conditions struct {
	Atmosphere     Atmosphere
	Ground         Ground
	ReceiverHeight float64 // above ground, in metres; people's ears are at 1.5
	// Alternative reckons the ground by 7.3.2 in place of 7.3.1; Ground then has no effect.
	Alternative bool
	// Edition is that of screens.
	Edition Edition
	// C0 is the meteorological correction's factor in dB; 0 gives levels downwind.
	C0 float64
}

// Siren is one siren at its place.
type Siren struct {
	Rating      float64 // dB(A) at RatingDistance on the axis, in a free field
	Emission    []Component
	Height      float64 // of the horns above ground, in metres
	Axis        float64 // bearing of the axis in degrees, where Directivity has one
	Directivity Directivity
}

// Field is what a siren sounds like around it under some conditions. It may be
// used by several goroutines.
type Field struct {
	siren      Siren
	conditions Conditions
	parts      []part
}

// part is one component, with all that does not depend on the distance.
type part struct {
	frequency  float64
	power      float64 // A-weighted sound power level and direction, L_W + D_c
	absorption float64 // dB per metre
	band       int
	ground     octaveGround
}

// NewField prepares a siren. Its error names the value that cannot be, and what
// would be right.
func NewField(s Siren, c Conditions) (*Field, error) {
	if err := c.Atmosphere.Validate(); err != nil {
		return nil, err
	}
	if err := c.Ground.Validate(); err != nil {
		return nil, err
	}
	if err := s.Directivity.Validate(); err != nil {
		return nil, err
	}
	switch {
	case !(s.Rating > 0 && s.Rating < 200):
		return nil, fmt.Errorf("rating %g dB(A): give the level at %d m as the maker states it", s.Rating, RatingDistance)
	case !(s.Height > 0 && s.Height <= 1000):
		return nil, fmt.Errorf("siren height %g m: give the height of the horns above ground", s.Height)
	case !(c.ReceiverHeight > 0 && c.ReceiverHeight <= 1000):
		return nil, fmt.Errorf("receiver height %g m: give the height of ears above ground, such as 1.5", c.ReceiverHeight)
	case !(c.C0 >= 0 && c.C0 <= 20):
		return nil, fmt.Errorf("meteorological factor C0 %g dB: give one from 0 to 5", c.C0)
	case c.Edition != Edition1996 && c.Edition != Edition2024:
		return nil, fmt.Errorf("edition %d of ISO 9613-2: give that of 1996 or 2024", c.Edition)
	case len(s.Emission) == 0:
		return nil, fmt.Errorf("siren without sound: give it at least one component, such as Tone(%d)", MotorTone)
	case !finite(s.Axis):
		return nil, fmt.Errorf("axis %g°: give a bearing from 0 to 360", s.Axis)
	}
	f := &Field{siren: s, conditions: c}
	for i, component := range s.Emission {
		if !(component.Frequency > 0 && component.Frequency < 1e5) || !finite(component.Level) {
			return nil, fmt.Errorf("component %d, %g Hz with %g dB: give a frequency and a level against the rating", i+1, component.Frequency, component.Level)
		}
		absorption := c.Atmosphere.Absorption(component.Frequency) / 1000
		band := Octave(component.Frequency)
		f.parts = append(f.parts, part{
			frequency:  component.Frequency,
			power:      s.Rating + component.Level + Divergence(RatingDistance) + absorption*RatingDistance,
			absorption: absorption,
			band:       band,
			ground:     c.Ground.octave(band, s.Height, c.ReceiverHeight),
		})
	}
	return f, nil
}

// Level is the A-weighted level at a distance in metres over flat ground on the
// axis, with nothing in the way.
func (f *Field) Level(distance float64) float64 {
	if !(distance >= 0) || math.IsInf(distance, 1) {
		return math.NaN()
	}
	path := f.path(distance, 0)
	slant := path.Slant()
	if slant == 0 {
		return math.NaN()
	}
	spread := 20*math.Log10(slant) + 11 + MeteorologicalCorrection(f.conditions.C0, path)
	if f.conditions.Alternative {
		spread += alternative(path, slant)
	}
	return f.total(func(p *part) float64 {
		if f.conditions.Alternative {
			return p.power - spread - p.absorption*slant
		}
		return p.power - spread - p.absorption*slant - p.ground.loss(distance)
	})
}

// total is the level of all components together.
func (f *Field) total(level func(*part) float64) float64 {
	if len(f.parts) == 1 {
		return level(&f.parts[0])
	}
	energy := 0.0
	for i := range f.parts {
		energy += math.Exp(level(&f.parts[i]) * (math.Ln10 / 10))
	}
	return 10 * math.Log10(energy)
}

func (f *Field) path(distance, climb float64) Path {
	return Path{SourceHeight: f.siren.Height, ReceiverHeight: f.conditions.ReceiverHeight, Distance: distance, Climb: climb}
}

// alternative is the loss by 7.3.2. The gain of SolidAngle is in a siren's
// rating already, which was measured over ground.
func alternative(p Path, slant float64) float64 {
	return AlternativeGround((p.SourceHeight+p.ReceiverHeight)/2, slant)
}

// Place is where someone listens, as seen from a siren.
type Place struct {
	Distance float64 // in metres, as the map has it
	Bearing  float64 // in degrees
	Climb    float64 // by how much the ground there lies higher, in metres
	// Ground is that of this path, if it is known better than in general.
	Ground *Ground
	// Screen is what stands or rises between, if anything does.
	Screen *Screen
}

// LevelAt is the A-weighted level at a place.
func (f *Field) LevelAt(place Place) float64 {
	path := f.path(place.Distance, place.Climb)
	slant := path.Slant()
	if !path.possible() || slant == 0 || !finite(place.Bearing) {
		return math.NaN()
	}
	under := math.Atan2(path.SourceHeight-path.ReceiverHeight-path.Climb, path.Distance) * 180 / math.Pi
	spread := 20*math.Log10(slant) + 11 + MeteorologicalCorrection(f.conditions.C0, path) +
		f.siren.Directivity.Loss(place.Bearing-f.siren.Axis, under)
	return f.total(func(p *part) float64 {
		var ground float64
		switch {
		case f.conditions.Alternative:
			ground = alternative(path, slant)
		case place.Ground != nil:
			ground = place.Ground.octave(p.band, path.SourceHeight, path.ReceiverHeight).loss(place.Distance)
		default:
			ground = p.ground.loss(place.Distance)
		}
		if place.Screen != nil {
			ground = Over(place.Screen.AttenuationAt(p.frequency, f.conditions.Edition), ground)
		}
		return p.power - spread - p.absorption*slant - ground
	})
}

// Range is the farthest distance in metres at which Level still is the level
// given, to a millimetre; 0 if it is so nowhere. Nobody hears a siren at a level
// beyond its range, so that only what is nearer needs to be looked at.
func (f *Field) Range(level float64) float64 {
	const farthest = 100e3
	if math.IsNaN(level) || !(f.Level(farthest) < level) {
		return math.NaN()
	}
	near, far := 0.0, farthest
	if f.Level(near) < level {
		return 0
	}
	for far-near > 0.001 {
		middle := (near + far) / 2
		if f.Level(middle) >= level {
			near = middle
		} else {
			far = middle
		}
	}
	return near
}
