// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/terrain"
)

// relief is a terrain of samples 50 m apart over the made-up town, with a void
// where the height is not a number; columns go east, rows north.
func relief(t testing.TB, columns, rows int, height func(x, y int) float64) *terrain.Model {
	t.Helper()
	var grid strings.Builder
	fmt.Fprintf(&grid, "ncols %d\nnrows %d\nxllcenter 4498000\nyllcenter 3198000\ncellsize 50\nNODATA_value -9999\n", columns, rows)
	for y := rows - 1; y >= 0; y-- {
		for x := range columns {
			h := height(x, y)
			if math.IsNaN(h) {
				h = -9999
			}
			fmt.Fprintf(&grid, "%.3f ", h)
		}
		grid.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "relief.asc")
	if err := os.WriteFile(path, []byte(grid.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	model, err := terrain.Open(terrain.Options{System: 3035}, path)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// hilly is a relief under all of the town, from 80 to 320 m.
func hilly(t testing.TB) *terrain.Model {
	return relief(t, 340, 340, func(x, y int) float64 {
		return 200 + 70*math.Sin(float64(x)/5)*math.Cos(float64(y)/7) + 50*math.Sin(float64(x+2*y)/23)
	})
}

func compute(t testing.TB, grid *population.Grid, sources []Source, o Options) *Map {
	t.Helper()
	m, err := Compute(context.Background(), grid, sources, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A wall of 40 m stands half way over 1,100 m of plain: a siren of 121 dB(A) at
// 12 m on one side, an ear at 1.5 m on the other. By hand, for 420 Hz: the way
// over is 550.712 + 551.346 m in place of 1100.050, so that z = 2.0080 m; K_met is
// 0.01046 (1996) or 0.01144 (2024), D_z 5.464 or 2.015 dB. CPG 1-17 says 69.036
// dB(A) without the wall; ISO 9613-2 says 87.884, of which the ground takes 0.039,
// less than the screen that takes its place.
func TestBehindAHill(t *testing.T) {
	wall := relief(t, 100, 100, func(x, _ int) float64 {
		if x == 50 { // 4,500,500
			return 40
		}
		return 0
	})
	grid, err := population.New(100, []population.Cell{
		{Centre: projection.Coordinate{Easting: 4_501_050, Northing: 3_200_050}, People: 7},
		{Centre: projection.Coordinate{Easting: 4_498_850, Northing: 3_200_050}, People: 9},
	})
	if err != nil {
		t.Fatal(err)
	}
	siren := []Source{{ID: "s", Position: projection.Coordinate{Easting: 4_499_950, Northing: 3_200_050}, Rating: 121}}
	for _, c := range []struct {
		assumptions  Assumptions
		flat, behind float64
	}{
		{Assumptions{Edition: 1996}, 69.036, 63.572},
		{Assumptions{}, 69.036, 67.021},
		{Assumptions{Model: ISO9613, Edition: 1996}, 87.884, 82.459},
		{Assumptions{Model: ISO9613}, 87.884, 85.908},
	} {
		t.Run(c.assumptions.WithTerrain(), func(t *testing.T) {
			m := compute(t, grid, siren, Options{Assumptions: c.assumptions, Terrain: NewTerrain(wall)})
			before, _ := grid.At(projection.Coordinate{Easting: 4_498_850, Northing: 3_200_050})
			if got := float64(m.Levels[1-before]); math.Abs(got-c.behind) > 0.02 {
				t.Errorf("behind the wall %.3f dB(A), want %.3f", got, c.behind)
			}
			if got := float64(m.Levels[before]); math.Abs(got-c.flat) > 0.001 {
				t.Errorf("on the siren's side %.3f dB(A), want %.3f", got, c.flat)
			}
			if diff := cmp.Diff(Unknown{}, m.Unknown); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFlatTerrainIsNoTerrain(t *testing.T) {
	grid, sources := town(t, 6, 1500), odd(6, 25)
	plain := NewTerrain(relief(t, 340, 340, func(int, int) float64 { return 55 }))
	for _, assumptions := range bothModels {
		o := Options{Assumptions: assumptions, Level: 66}
		want := compute(t, grid, sources, o)
		o.Terrain = plain
		got := compute(t, grid, sources, o)
		if diff := cmp.Diff([]any{want.Levels, want.Loudest, want.Heard, want.Only}, []any{got.Levels, got.Loudest, got.Heard, got.Only}); diff != "" {
			t.Errorf("%v: %s", assumptions, diff)
		}
	}
}

// odd are sirens of which some sound to one side, and of some the spectrum is known.
func odd(seed uint64, count int) []Source {
	sources := fleet(seed, count)
	random := rand.New(rand.NewPCG(seed, 3))
	for i := range sources {
		if i%3 == 0 {
			sources[i].Beam, sources[i].Axis = acoustics.Beam{0, 1, 4, 8, 12, 15, 17}, 360*random.Float64()
		}
		if i%4 == 0 {
			sources[i].Rating, sources[i].Spectrum = 0, acoustics.Spectrum{70, 80, 95, 108, 104, 98, 90, 80}
		}
	}
	return sources
}

// TestTerrainIsWhatOneByOneGives holds the map over hills against every siren in
// every cell, by the libraries alone.
func TestTerrainIsWhatOneByOneGives(t *testing.T) {
	grid, sources, model := town(t, 7, 900), odd(7, 30), hilly(t)
	// Bearings are reckoned in two ways here, which differ by a hundredth of a degree.
	const level, slack = 66, 0.005
	for _, assumptions := range bothModels {
		t.Run(string(assumptions.Filled().Model), func(t *testing.T) {
			m := compute(t, grid, sources, Options{Assumptions: assumptions, Level: level, Terrain: NewTerrain(model)})
			shaded := 0
			for i, cell := range grid.All() {
				loudest, heard, doubtful := 0.0, 0, 0
				for _, s := range sources {
					l, behind := alone(t, assumptions, s, cell.Centre, model)
					if behind {
						shaded++
					}
					if l >= quietest {
						loudest = max(loudest, l)
					}
					switch {
					case math.Abs(l-level) < slack:
						doubtful++
					case l >= level:
						heard++
					}
				}
				if got := int(m.Heard[i]); math.Abs(float64(m.Levels[i])-loudest) > slack || got < heard || got > heard+doubtful {
					t.Fatalf("cell %d: %g dB of %d sirens, want %g of %d", i, m.Levels[i], m.Heard[i], loudest, heard)
				}
			}
			if shaded < 1000 {
				t.Errorf("only %d ways are shaded", shaded)
			}
		})
	}
}

// alone is the level of one siren at a place, and whether a ridge lies between.
func alone(t *testing.T, a Assumptions, s Source, place projection.Coordinate, model *terrain.Model) (float64, bool) {
	t.Helper()
	a = a.Filled()
	at := func(c projection.Coordinate) geo.Point {
		p, err := projection.LAEAEurope.Inverse(c)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	from, to := at(s.Position), at(place)
	emission, rating, height := acoustics.Tone(acoustics.MotorTone), s.Rating, s.Height
	if s.Spectrum != (acoustics.Spectrum{}) {
		emission, rating = acoustics.Bands(s.Spectrum)
	}
	if rating == 0 {
		rating = DefaultRating
	}
	if height == 0 {
		height = DefaultHeight
	}
	d := math.Hypot(place.Easting-s.Position.Easting, place.Northing-s.Position.Northing)
	profile, err := model.Profile(from, to, 50)
	if err != nil {
		t.Fatal(err)
	}
	var ground []acoustics.Elevation
	for _, e := range profile {
		ground = append(ground, acoustics.Elevation(e))
	}
	screen, shaded := acoustics.Ridge(ground, height, 1.5)
	// The bearing by the radii of curvature of GRS 80 along a parallel and a meridian.
	const radians, eccentricity = math.Pi / 180, 0.00669438
	sin, cos := math.Sincos((from.Lat + to.Lat) / 2 * radians)
	bearing := math.Atan2((to.Lon-from.Lon)*cos*(1-eccentricity*sin*sin), (to.Lat-from.Lat)*(1-eccentricity)) / radians
	var directivity acoustics.Directivity
	for i, loss := range s.Beam {
		directivity.Horizontal = append(directivity.Horizontal, acoustics.Loss{Angle: float64(30 * i), Decibels: loss})
	}
	side := directivity.Loss(bearing-s.Axis, 0)
	if a.Model == CPG117 {
		level := acoustics.CPG{}.Level(rating, d) - side
		if shaded {
			var left []float64
			for _, c := range emission {
				left = append(left, c.Level-screen.AttenuationAt(c.Frequency, acoustics.Edition2024))
			}
			level += acoustics.Sum(left...)
		}
		return level, shaded
	}
	field, err := acoustics.NewField(acoustics.Siren{Rating: rating, Emission: emission, Height: height}, acoustics.Conditions{
		Atmosphere: acoustics.Atmosphere{Temperature: 10, Humidity: 70}, Ground: acoustics.Uniform(0.5), ReceiverHeight: 1.5, Edition: acoustics.Edition2024,
	})
	if err != nil {
		t.Fatal(err)
	}
	there := acoustics.Place{Distance: d, Climb: profile[len(profile)-1].Height - profile[0].Height}
	if shaded {
		there.Screen = &screen
	}
	return min(field.LevelAt(there), field.Level(d)) - side, shaded
}

// Terrain only takes away: nowhere is it louder, and nowhere do more hear a siren.
func TestTerrainNeverMakesLouder(t *testing.T) {
	grid := town(t, 8, 200)
	var grounds []*terrain.Model
	for waves, height := range map[float64]float64{2: 30, 9: 80, 40: 400} {
		grounds = append(grounds, relief(t, 180, 180, func(x, y int) float64 { // beyond it the ground counts as flat
			return height * math.Sin(float64(x)/waves) * math.Cos(float64(y)/waves)
		}))
	}
	rapid.Check(t, func(r *rapid.T) {
		o := Options{
			Assumptions: Assumptions{Model: rapid.SampledFrom([]Model{CPG117, ISO9613}).Draw(r, "model"), Edition: rapid.SampledFrom([]int{1996, 2024}).Draw(r, "edition")},
			Level:       rapid.Float64Range(60, 80).Draw(r, "level"),
		}
		sources := odd(rapid.Uint64().Draw(r, "seed"), 6)
		without := compute(t, grid, sources, o)
		o.Terrain = NewTerrain(rapid.SampledFrom(grounds).Draw(r, "ground"))
		with := compute(t, grid, sources, o)
		for i := range with.Levels {
			if with.Levels[i] > without.Levels[i] || with.Heard[i] > without.Heard[i] {
				r.Fatalf("cell %d: %g dB of %d sirens, without terrain %g of %d", i, with.Levels[i], with.Heard[i], without.Levels[i], without.Heard[i])
			}
		}
		// What a siren covers alone, and what a live count says, is the same as the map.
		earshots, err := NewEarshots(grid, sources, o)
		if err != nil {
			r.Fatal(err)
		}
		live := earshots.Live(nil)
		heard := make([]uint16, grid.Len())
		for _, s := range sources {
			live.Set(s.ID, true)
			cells, err := Cells(grid, s, o)
			if err != nil {
				r.Fatal(err)
			}
			for _, i := range cells {
				heard[i]++
			}
		}
		if diff := cmp.Diff(with.Heard, heard); diff != "" {
			r.Fatal(diff)
		}
		if reached, _ := live.Reached(); reached != with.Total().Covered {
			r.Fatalf("live %d, by the map %d", reached, with.Total().Covered)
		}
	})
}

func TestWhereTheTerrainIsUnknown(t *testing.T) {
	// Samples end at 4,502,950; between 4,501,000 and 4,501,400 is a void.
	ground := relief(t, 100, 340, func(x, _ int) float64 {
		if x >= 60 && x <= 68 {
			return math.NaN()
		}
		return 10
	})
	cell := func(easting float64, people int) population.Cell {
		return population.Cell{Centre: projection.Coordinate{Easting: easting, Northing: 3_200_050}, People: people}
	}
	grid, err := population.New(100, []population.Cell{cell(4_500_450, 1), cell(4_501_250, 20), cell(4_501_850, 300), cell(4_503_050, 4000), cell(4_510_050, 50000)})
	if err != nil {
		t.Fatal(err)
	}
	sources := []Source{
		{ID: "on it", Position: projection.Coordinate{Easting: 4_500_550, Northing: 3_200_050}, Rating: 121},
		{ID: "beside it", Position: projection.Coordinate{Easting: 4_503_150, Northing: 3_200_050}, Rating: 121},
	}
	o := Options{Assumptions: Assumptions{Model: ISO9613}}
	want := compute(t, grid, sources, o)
	o.Terrain = NewTerrain(ground)
	got := compute(t, grid, sources, o)
	if diff := cmp.Diff(want.Levels, got.Levels); diff != "" {
		t.Errorf("all of it is flat, or counts as flat: %s", diff)
	}
	if diff := cmp.Diff(Unknown{
		Sirens: []int32{1}, Void: CellCount{1, 20}, Crossed: CellCount{1, 300}, Outside: CellCount{1, 4000},
	}, got.Unknown); diff != "" {
		t.Error(diff)
	}
}

// What was remembered is not looked at again, and does not change the outcome.
func TestWaysAreRemembered(t *testing.T) {
	grid, sources, ground := town(t, 9, 300), fleet(9, 20), NewTerrain(hilly(t))
	first := compute(t, grid, sources, Options{Assumptions: Assumptions{Model: ISO9613}, Terrain: ground})
	kept := ground.kept.Load()
	again := compute(t, grid, sources, Options{Assumptions: Assumptions{Model: ISO9613}, Terrain: ground, Workers: 1})
	if kept == 0 || ground.kept.Load() != kept {
		t.Errorf("%d ways were looked at, then %d more", kept, ground.kept.Load()-kept)
	}
	if diff := cmp.Diff(first.Levels, again.Levels); diff != "" {
		t.Error(diff)
	}
}

// A file that is cut off under the reckoning ends it with an error that names it.
func TestTerrainThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "N51E012.hgt")
	if err := os.WriteFile(path, make([]byte, 2*1201*1201), 0o600); err != nil {
		t.Fatal(err)
	}
	model, err := terrain.Open(terrain.Options{}, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	grid := town(t, 10, 50)
	_, err = Compute(context.Background(), grid, fleet(10, 5), Options{Terrain: NewTerrain(model)})
	if !errors.Is(err, ErrTerrain) || !strings.Contains(err.Error(), "N51E012.hgt") {
		t.Errorf("a file that is cut off: %v", err)
	}
}
