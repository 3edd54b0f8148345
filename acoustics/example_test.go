// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/acoustics"
)

// How far an electronic siren reaches with 70 dB(A), by both models, and what a
// ridge between takes away.
func Example() {
	siren := acoustics.Siren{Rating: 109, Emission: acoustics.Tone(acoustics.MotorTone), Height: 12}
	field, err := acoustics.NewField(siren, acoustics.Conditions{
		Atmosphere: acoustics.ClimateReference, Ground: acoustics.Uniform(1), ReceiverHeight: 1.5,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("CPG 1-17: %.0f m, ISO 9613-2: %.0f m\n", acoustics.CPG{}.Range(siren.Rating, 70), field.Range(70))

	ridge, _ := acoustics.Ridge([]acoustics.Elevation{{Distance: 0, Height: 100}, {Distance: 300, Height: 140}, {Distance: 600, Height: 90}}, 12, 1.5)
	free := field.LevelAt(acoustics.Place{Distance: 600, Climb: -10})
	behind := field.LevelAt(acoustics.Place{Distance: 600, Climb: -10, Screen: &ridge})
	fmt.Printf("at 600 m: %.0f dB(A), behind a ridge %.0f dB(A)\n", free, behind)
	// Output:
	// CPG 1-17: 448 m, ISO 9613-2: 1203 m
	// at 600 m: 77 dB(A), behind a ridge 66 dB(A)
}
