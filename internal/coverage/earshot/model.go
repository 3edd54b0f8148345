// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package earshot says who hears which siren: the level of a fleet in every
// inhabited cell of a population grid, the people who hear it, the gaps, what
// each siren adds, and the people whom the sirens reach that sound now.
//
// The level in a cell is that of the loudest siren there, not the sum of all:
// sirens are not in step, and a plan must not hope that they are. Where two
// sirens are equally loud the energy of both would be 3 dB more.
//
// It is pure: the caller reads the files.
package earshot

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Model names a model of how sound is lost on its way.
type Model string

// The models. They differ by a factor of two to three in distance, so that every
// result names the one that it is by.
const (
	CPG117  Model = "cpg117"  // US Civil Preparedness Guide 1-17: houses and wind within one loss; cautious
	ISO9613 Model = "iso9613" // ISO 9613-2: downwind, without houses
)

// Assumptions is a model with what it needs to know. The zero value is CPG 1-17
// with a loss of 10 dB for each doubling of the distance.
type Assumptions struct {
	Model Model `json:"model" enum:"cpg117,iso9613"`
	// PerDoubling is the loss of CPG 1-17 in dB for each doubling; 10 if 0.
	PerDoubling float64 `json:"perDoubling,omitempty"`
	// Temperature in °C, Humidity in per cent and Ground from 0 (hard) to 1
	// (porous) are for ISO 9613; nil stands for 10, 70 and 0.5.
	Temperature *float64 `json:"temperature,omitempty"`
	Humidity    *float64 `json:"humidity,omitempty"`
	Ground      *float64 `json:"ground,omitempty"`
}

// ears is the height of people's ears in metres.
const ears = 1.5

// DefaultHeight is how high the horns of a siren are taken to be, in metres above
// the ground, where nothing is known.
const DefaultHeight = 12

// DefaultRating is the level in dB(A) at 30 m of a siren of which nothing is
// known: the least that the federal programme funds, and that of the motor siren E 57.
const DefaultRating = 101

// Filled is the assumptions with everything said that stands for a default.
func (a Assumptions) Filled() Assumptions {
	if a.Model == "" {
		a.Model = CPG117
	}
	if a.Model == CPG117 {
		if a.PerDoubling == 0 {
			a.PerDoubling = 10
		}
		a.Temperature, a.Humidity, a.Ground = nil, nil, nil
		return a
	}
	a.PerDoubling = 0
	fill := func(value **float64, otherwise float64) {
		if *value == nil {
			*value = &otherwise
		}
	}
	fill(&a.Temperature, 10)
	fill(&a.Humidity, 70)
	fill(&a.Ground, 0.5)
	return a
}

// String names the model and its settings in one line.
func (a Assumptions) String() string {
	a = a.Filled()
	if a.Model == ISO9613 {
		return fmt.Sprintf("ISO 9613-2, %g °C, %g %%, G = %g", *a.Temperature, *a.Humidity, *a.Ground)
	}
	return fmt.Sprintf("CPG 1-17, %g dB per doubling", a.PerDoubling)
}

// Source is one siren as the models hear it.
type Source struct {
	ID       string
	Position projection.Coordinate // in EPSG:3035
	// Rating is the level in dB(A) at 30 m; DefaultRating if 0.
	Rating float64
	// Height is that of the horns above the ground in metres; DefaultHeight if 0.
	Height float64
}

// hearing is what one siren sounds like around it.
type hearing interface {
	Level(distance float64) float64
	Range(level float64) float64
}

// rated is CPG 1-17 for one siren.
type rated struct {
	rule   acoustics.CPG
	rating float64
}

func (r rated) Level(distance float64) float64 { return r.rule.Level(r.rating, distance) }
func (r rated) Range(level float64) float64    { return r.rule.Range(r.rating, level) }

// Validate says what is wrong with the assumptions, and what would be right.
func (a Assumptions) Validate() error {
	_, err := a.hearing(Source{ID: "any"})
	return err
}

// hearing prepares a siren. Its error says what of the siren or the assumptions
// cannot be.
func (a Assumptions) hearing(s Source) (hearing, error) {
	a = a.Filled()
	if s.Rating == 0 {
		s.Rating = DefaultRating
	}
	if s.Height == 0 {
		s.Height = DefaultHeight
	}
	if !(s.Rating >= 60 && s.Rating <= 150) {
		return nil, fmt.Errorf("siren %s: %g dB(A) at 30 m is not the level of a siren", s.ID, s.Rating)
	}
	switch a.Model {
	case CPG117:
		if !(a.PerDoubling >= 6 && a.PerDoubling <= 20) {
			return nil, fmt.Errorf("%g dB for each doubling of the distance: give 6 (free field) to 12 (dense town)", a.PerDoubling)
		}
		return rated{acoustics.CPG{PerDoubling: a.PerDoubling}, s.Rating}, nil
	case ISO9613:
		field, err := acoustics.NewField(acoustics.Siren{Rating: s.Rating, Emission: acoustics.Tone(acoustics.MotorTone), Height: s.Height}, acoustics.Conditions{
			Atmosphere:     acoustics.Atmosphere{Temperature: *a.Temperature, Humidity: *a.Humidity},
			Ground:         acoustics.Uniform(*a.Ground),
			ReceiverHeight: ears,
			Edition:        acoustics.Edition2024,
		})
		if err != nil {
			return nil, fmt.Errorf("siren %s: %w", s.ID, err)
		}
		return field, nil
	}
	return nil, fmt.Errorf("there is no model %q: use %s or %s", a.Model, CPG117, ISO9613)
}

// at is the level in a cell whose middle is so many metres away. Everyone in a
// cell counts as living in its middle: wrong for each, right on average, for as
// many are nearer to a siren as are farther.
func at(h hearing, distance float64) float64 { return h.Level(max(distance, 1)) }
