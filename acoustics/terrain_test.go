// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestRidge(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile []Elevation
		want    Screen
		shaded  bool
	}{
		{"flat", []Elevation{{0, 100}, {500, 100}, {1000, 100}}, Screen{}, false},
		{"valley", []Elevation{{0, 100}, {500, 20}, {1000, 100}}, Screen{}, false},
		{"one ridge", []Elevation{{0, 0}, {300, 410}, {600, 0}},
			Screen{ToEdge: 500, FromEdge: math.Hypot(300, 408.5), Direct: math.Hypot(600, 8.5)}, true},
		{"two ridges", []Elevation{{0, 0}, {300, 410}, {450, 100}, {600, 410}, {900, 0}},
			Screen{ToEdge: 500, Between: 300, FromEdge: math.Hypot(300, 408.5), Direct: math.Hypot(900, 8.5)}, true},
		{"out of order", []Elevation{{0, 0}, {300, 410}, {300, 500}, {600, 0}}, Screen{}, false},
		{"no number", []Elevation{{0, 0}, {300, math.NaN()}, {600, 0}}, Screen{}, false},
		{"two points", []Elevation{{0, 0}, {600, 0}}, Screen{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, shaded := Ridge(c.profile, 10, 1.5)
			if shaded != c.shaded || math.Abs(got.ToEdge-c.want.ToEdge)+math.Abs(got.Between-c.want.Between)+
				math.Abs(got.FromEdge-c.want.FromEdge)+math.Abs(got.Direct-c.want.Direct) > 1e-9 {
				t.Errorf("%+v %v, want %+v %v", got, shaded, c.want, c.shaded)
			}
		})
	}
}

// A profile shades if and only if a point of it rises above the straight line,
// and a string over it is never shorter than the line.
func TestRidgeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heights := rapid.SliceOfN(rapid.Float64Range(0, 300), 3, 40).Draw(t, "heights")
		profile := make([]Elevation, len(heights))
		for i, h := range heights {
			profile[i] = Elevation{float64(i) * 50, h}
		}
		last := profile[len(profile)-1]
		above := false
		for _, e := range profile[1 : len(profile)-1] {
			line := profile[0].Height + 10 + (last.Height+1.5-profile[0].Height-10)*e.Distance/last.Distance
			above = above || e.Height > line+1e-9
		}
		screen, shaded := Ridge(profile, 10, 1.5)
		if shaded != above {
			t.Fatalf("shaded %v, above the line %v", shaded, above)
		}
		if shaded && screen.Difference() < -1e-9 {
			t.Errorf("the way over is shorter by %g", -screen.Difference())
		}
		for _, e := range []Edition{Edition1996, Edition2024} {
			if loss := screen.AttenuationAt(500, e); shaded && !(loss >= 0 && loss <= 25) {
				t.Errorf("edition %d takes %g dB", e, loss)
			}
		}
	})
}

// With K_met at 1 both editions agree; far off the newer one takes less away.
func TestEditionsOfScreens(t *testing.T) {
	close := Screen{ToEdge: 10.2, FromEdge: 10.2, Direct: 20}
	if a, b := close.AttenuationAt(500, Edition1996), close.AttenuationAt(500, Edition2024); math.Abs(a-b) > 0.1 {
		t.Errorf("close by: 1996 %g dB, 2024 %g dB", a, b)
	}
	grazing := Screen{ToEdge: 1000, FromEdge: 1000, Direct: 2000}
	if a, b := grazing.AttenuationAt(500, Edition1996), grazing.AttenuationAt(500, Edition2024); math.Abs(a-4.77) > 0.01 || b >= a {
		t.Errorf("grazing: 1996 %g dB, 2024 %g dB", a, b)
	}
	clear := Screen{ToEdge: 1000, FromEdge: 1000.1, Direct: 2000, Clear: true}
	if got := clear.AttenuationAt(500, Edition1996); got != 0 {
		t.Errorf("passed with room to spare, and takes %g dB", got)
	}
}
