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

import "fmt"

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
	// Edition is that of ISO 9613-2 by which terrain shades, 1996 or 2024; 2024 if
	// 0. Without terrain it has no effect.
	Edition int `json:"edition,omitempty" enum:"1996,2024"`
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
	if a.Edition == 0 {
		a.Edition = 2024
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

// WithTerrain is String for a reckoning over terrain.
func (a Assumptions) WithTerrain() string {
	return fmt.Sprintf("%v, terrain by ISO 9613-2:%d", a, a.Filled().Edition)
}
