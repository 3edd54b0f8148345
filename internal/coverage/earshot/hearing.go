// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"fmt"
	"math"
	"strings"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Source is one siren as the models hear it.
type Source struct {
	ID       string
	Position projection.Coordinate // in EPSG:3035
	// Rating is the level in dB(A) at 30 m on the axis; that of the spectrum, or
	// DefaultRating, if 0.
	Rating float64
	// Height is that of the horns above the ground in metres; DefaultHeight if 0.
	Height float64
	// Spectrum is the unweighted level of each octave band at 30 m on the axis; of
	// the zero value nothing is known, and the siren sounds in one tone.
	Spectrum acoustics.Spectrum
	// Beam is how much less it sounds beside its axis, and Axis the axis's bearing
	// in degrees from north, clockwise.
	Beam acoustics.Beam
	Axis float64
}

// SourceOf is a siren of a registry as the models hear it. It fails for one beyond
// Europe, where nobody of the census lives within earshot.
func SourceOf(s siren.Siren) (Source, error) {
	at, err := projection.LAEAEurope.Forward(s.Position)
	if err != nil {
		return Source{}, fmt.Errorf("siren %s: %w", s.ID, err)
	}
	e := s.Equipment
	return Source{ID: s.ID, Position: at, Rating: e.Level, Height: e.Height, Spectrum: e.Spectrum, Beam: e.Directivity, Axis: e.Axis}, nil
}

// spectrumSlack is by how many dB a rating and the sum of a spectrum may differ
// before one of them is taken to be wrong.
const spectrumSlack = 1

// filled is the source with everything said that stands for a default, and its
// sound. What cannot be is an error.
func (s Source) filled() (Source, []acoustics.Component, error) {
	emission := acoustics.Tone(acoustics.MotorTone)
	if s.Spectrum != (acoustics.Spectrum{}) {
		if err := s.Spectrum.Validate(); err != nil {
			return s, nil, invalid(err, "Siren %s: ", s.ID)
		}
		bands, rating := acoustics.Bands(s.Spectrum)
		if s.Rating != 0 && math.Abs(s.Rating-rating) > spectrumSlack {
			return s, nil, problem.New(problem.Invalid, fmt.Sprintf("Siren %s: its level is %g dB(A) at 30 m, but its spectrum makes %.1f dB(A).", s.ID, s.Rating, rating), "Correct one of them, or leave the level out.")
		}
		emission, s.Rating = bands, rating
	}
	if s.Rating == 0 {
		s.Rating = DefaultRating
	}
	if s.Height == 0 {
		s.Height = DefaultHeight
	}
	if !(s.Rating >= 60 && s.Rating <= 150) {
		return s, nil, problem.New(problem.Invalid, fmt.Sprintf("Siren %s: %g dB(A) at 30 m is not the level of a siren.", s.ID, s.Rating), "Give the level at 30 m, 60 to 150 dB(A); makers also name that at 1 m, which is 29.5 dB more.")
	}
	if err := s.Beam.Validate(); err != nil {
		return s, nil, invalid(err, "Siren %s: ", s.ID)
	}
	if !(s.Axis >= 0 && s.Axis <= 360) {
		return s, nil, problem.New(problem.Invalid, fmt.Sprintf("Siren %s: %g° is no bearing of an axis.", s.ID, s.Axis), "Give degrees from north, clockwise, 0 to 360.")
	}
	return s, emission, nil
}

// hearing is what one siren sounds like around it on its axis, over flat ground
// unless something else is said.
type hearing interface {
	Level(distance float64) float64
	Range(level float64) float64
	// behind is the level at a distance where the terrain lies as the way says. It
	// may be louder than Level where the ground comes nearer to the siren.
	behind(distance float64, w way) float64
}

// rated is CPG 1-17 for one siren.
type rated struct {
	rule     acoustics.CPG
	rating   float64
	emission []acoustics.Component
	edition  acoustics.Edition
}

func (r rated) Level(distance float64) float64 { return r.rule.Level(r.rating, distance) }
func (r rated) Range(level float64) float64    { return r.rule.Range(r.rating, level) }

// behind takes away what the ridge does. CPG 1-17 knows no terrain: its loss holds
// houses, wind and the ground between them, so that a ridge comes on top of it.
func (r rated) behind(distance float64, w way) float64 {
	level := r.Level(distance)
	if !w.shaded {
		return level
	}
	left := make([]float64, len(r.emission))
	for i, c := range r.emission {
		left[i] = c.Level - w.screen.AttenuationAt(c.Frequency, r.edition)
	}
	return level + acoustics.Sum(left...)
}

// field is ISO 9613-2 for one siren.
type field struct{ *acoustics.Field }

func (f field) behind(distance float64, w way) float64 {
	place := acoustics.Place{Distance: distance, Climb: w.climb}
	if w.shaded {
		place.Screen = &w.screen
	}
	return f.LevelAt(place)
}

// Validate says what is wrong with the assumptions, and what would be right.
func (a Assumptions) Validate() error {
	_, err := a.hearing(Source{ID: "any"})
	return err
}

// Validate says what of a siren cannot be, whatever the assumptions.
func (s Source) Validate() error {
	_, _, err := s.filled()
	return err
}

// hearing prepares a siren. Its error says what of the siren or the assumptions
// cannot be.
func (a Assumptions) hearing(s Source) (hearing, error) {
	a = a.Filled()
	edition, known := map[int]acoustics.Edition{1996: acoustics.Edition1996, 2024: acoustics.Edition2024}[a.Edition]
	if !known {
		return nil, problem.New(problem.Invalid, fmt.Sprintf("There is no edition %d of ISO 9613-2.", a.Edition), "Give 1996 or 2024.")
	}
	s, emission, err := s.filled()
	if err != nil {
		return nil, err
	}
	switch a.Model {
	case CPG117:
		if !(a.PerDoubling >= 6 && a.PerDoubling <= 20) {
			return nil, problem.New(problem.Invalid, fmt.Sprintf("A loss of %g dB for each doubling of the distance cannot be.", a.PerDoubling), "Give 6 (free field) to 12 (dense town); 20 at most.")
		}
		return rated{acoustics.CPG{PerDoubling: a.PerDoubling}, s.Rating, emission, edition}, nil
	case ISO9613:
		around, err := acoustics.NewField(acoustics.Siren{Rating: s.Rating, Emission: emission, Height: s.Height}, acoustics.Conditions{
			Atmosphere:     acoustics.Atmosphere{Temperature: *a.Temperature, Humidity: *a.Humidity},
			Ground:         acoustics.Uniform(*a.Ground),
			ReceiverHeight: ears,
			Edition:        edition,
		})
		if err != nil {
			return nil, invalid(err, "ISO 9613-2 cannot reckon with ")
		}
		return field{around}, nil
	}
	return nil, problem.New(problem.Invalid, fmt.Sprintf("There is no model %q.", a.Model), fmt.Sprintf("Use %s or %s.", CPG117, ISO9613))
}

// invalid tells what package acoustics refuses: "value: give what would be right".
func invalid(err error, about string, args ...any) error {
	what, right, _ := strings.Cut(err.Error(), ": give ")
	return problem.New(problem.Invalid, fmt.Sprintf(about, args...)+what+".", "Give "+right+".")
}
