// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"math"
	"testing"
)

// The cases of ISO/TR 17534-3 for ISO 9613-2:1996: power 93 dB in each octave,
// 20 degrees, 70 per cent, levels A-weighted.
var (
	caseAir    = Atmosphere{Temperature: 20, Humidity: 70}
	casePower  = Spectrum{93, 93, 93, 93, 93, 93, 93, 93}
	casePoints = [2][3]float64{{10, 10, 1}, {200, 50, 4}}
)

func between(a, b [3]float64) float64 {
	return math.Hypot(math.Hypot(b[0]-a[0], b[1]-a[1]), b[2]-a[2])
}

func casePath(a, b [3]float64) Path {
	return Path{SourceHeight: a[2], ReceiverHeight: b[2], Distance: math.Hypot(b[0]-a[0], b[1]-a[1])}
}

// received is the level over a path where ground and screens take loss away.
func received(p Path, loss Spectrum) Spectrum {
	level := casePower.Plus(AWeights).Minus(loss)
	for band, alpha := range caseAir.Absorptions() {
		level[band] -= Divergence(p.Slant()) + alpha*p.Slant()/1000
	}
	return level
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.3f dB, want %.2f ± %g", what, got, want, tolerance)
	}
}

func nearSpectrum(t *testing.T, what string, got, want Spectrum, tolerance float64) {
	t.Helper()
	for band := range got {
		if !(math.Abs(got[band]-want[band]) <= tolerance) {
			t.Errorf("%s, %g Hz: %.3f dB, want %.2f ± %g", what, nominal[band], got[band], want[band], tolerance)
		}
	}
}

func TestFlatGroundCases(t *testing.T) {
	p := casePath(casePoints[0], casePoints[1])
	for _, c := range []struct {
		name   string
		ground float64
		want   Spectrum
		sum    float64
	}{
		{"T01", 0, Spectrum{13.70, 23.76, 31.10, 36.17, 38.95, 39.37, 36.47, 23.94}, 44.29},
		{"T02", 0.5, Spectrum{13.70, 20.07, 24.42, 30.00, 36.11, 37.53, 34.63, 22.10}, 41.53},
		{"T03", 1, Spectrum{13.70, 16.38, 17.73, 23.83, 33.27, 35.69, 32.79, 20.26}, 39.14},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := received(p, Uniform(c.ground).Attenuation(p))
			nearSpectrum(t, "level", got, c.want, 0.011)
			near(t, "sum", got.Sum(), c.sum, 0.011)
		})
	}
}

// A field gives the same as its parts put together.
func TestFlatGroundCasesAsField(t *testing.T) {
	p := casePath(casePoints[0], casePoints[1])
	for porosity, want := range map[float64]float64{0: 44.29, 0.5: 41.53, 1: 39.14} {
		emission, total := Bands(casePower)
		rating := total - Divergence(RatingDistance)
		for i := range emission { // the rating is at 30 m of air, the case's power is not
			emission[i].Level -= caseAir.Absorption(emission[i].Frequency) * RatingDistance / 1000
		}
		f, err := NewField(Siren{Rating: rating, Emission: emission, Height: 1},
			Conditions{Atmosphere: caseAir, Ground: Uniform(porosity), ReceiverHeight: 4})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "level", f.Level(p.Distance), want, 0.011)
		near(t, "level at a place", f.LevelAt(Place{Distance: p.Distance}), want, 0.011)
	}
}

// zones are the areas of the cases with ground that varies: x to 50, to 150, beyond.
func zones(p Path, porosity [3]float64) []Zone {
	perX := p.Distance / 190
	return []Zone{{40 * perX, porosity[0]}, {140 * perX, porosity[1]}, {p.Distance, porosity[2]}}
}

func TestVaryingGroundCase(t *testing.T) {
	p := casePath(casePoints[0], casePoints[1])
	got := received(p, GroundAlong(zones(p, [3]float64{0.2, 0.5, 0.9}), p).Attenuation(p))
	near(t, "T04", got.Sum(), 42.23, 0.05)
}

// overWall is the way over a wall's top, across the line in plan from source to receiver.
func overWall(source, receiver, from, to [3]float64) Screen {
	dx, dy := receiver[0]-source[0], receiver[1]-source[1]
	wx, wy := to[0]-from[0], to[1]-from[1]
	part := ((from[0]-source[0])*wy - (from[1]-source[1])*wx) / (dx*wy - dy*wx)
	top := [3]float64{source[0] + part*dx, source[1] + part*dy, from[2]}
	return Screen{ToEdge: between(source, top), FromEdge: between(top, receiver), Direct: between(source, receiver)}
}

// aroundEdges is the way around upright edges, at the height that a straight
// line would have after as long a way.
func aroundEdges(source, receiver [3]float64, edges ...[3]float64) Screen {
	points := [][3]float64{source}
	points = append(points, edges...)
	points = append(points, receiver)
	var whole float64
	for i := 1; i < len(points); i++ {
		whole += math.Hypot(points[i][0]-points[i-1][0], points[i][1]-points[i-1][1])
	}
	rise := math.Hypot(whole, receiver[2]-source[2]) / whole
	length := func(i int) float64 {
		return rise * math.Hypot(points[i][0]-points[i-1][0], points[i][1]-points[i-1][1])
	}
	s := Screen{ToEdge: length(1), FromEdge: length(len(points) - 1), Direct: between(source, receiver), Side: true}
	for i := 2; i < len(points)-1; i++ {
		s.Between += length(i)
	}
	return s
}

// behind is the level of a path over the top and paths around sides together.
func behind(p Path, ground Spectrum, top Screen, sides ...Screen) float64 {
	over := top.Attenuation(Edition1996)
	for band := range over {
		over[band] = Over(over[band], ground[band])
	}
	sums := []float64{received(p, over).Sum()}
	for _, s := range sides {
		sums = append(sums, received(p, s.Attenuation(Edition1996).Plus(ground)).Sum())
	}
	return Sum(sums...)
}

func TestWallCases(t *testing.T) {
	source, receiver := casePoints[0], casePoints[1]
	p := casePath(source, receiver)
	ground := GroundAlong(zones(p, [3]float64{0.9, 0.5, 0.2}), p).Attenuation(p)

	long := [2][3]float64{{100, 240, 6}, {265, -180, 6}}
	top := overWall(source, receiver, long[0], long[1])
	nearSpectrum(t, "T08 over the top", top.Attenuation(Edition1996),
		Spectrum{5.06, 5.33, 5.83, 6.68, 8.01, 9.84, 12.12, 14.71}, 0.011)
	near(t, "T08", behind(p, ground, top, aroundEdges(source, receiver, long[0]), aroundEdges(source, receiver, long[1])), 32.48, 0.05)

	short := [2][3]float64{{175, 50, 6}, {190, 10, 6}}
	near(t, "T09", behind(p, ground, overWall(source, receiver, short[0], short[1]),
		aroundEdges(source, receiver, short[0]), aroundEdges(source, receiver, short[1])), 32.93, 0.05)
}

func TestBuildingCase(t *testing.T) {
	source, receiver := [3]float64{50, 10, 1}, [3]float64{70, 10, 4}
	p := casePath(source, receiver)
	top := Screen{
		ToEdge: between(source, [3]float64{55, 10, 10}), Between: 10,
		FromEdge: between([3]float64{65, 10, 10}, receiver), Direct: between(source, receiver),
	}
	nearSpectrum(t, "T11 over the top", top.Attenuation(Edition1996),
		Spectrum{15.36, 18.94, 23.32, 25, 25, 25, 25, 25}, 0.05)
	left := aroundEdges(source, receiver, [3]float64{55, 15, 0}, [3]float64{65, 15, 0})
	right := aroundEdges(source, receiver, [3]float64{55, 5, 0}, [3]float64{65, 5, 0})
	near(t, "T11", behind(p, Uniform(0.5).Attenuation(p), top, left, right), 41.30, 0.05)
}
