// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func field(t testing.TB, rating float64, c Conditions) *Field {
	t.Helper()
	f, err := NewField(Siren{Rating: rating, Emission: Tone(MotorTone), Height: 12}, c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Distances of 65, 70 and 75 dB(A), reckoned apart from this package.
func TestRanges(t *testing.T) {
	for _, row := range []struct {
		rating   float64
		cpg, iso [3]float64
	}{
		{rating: 101, cpg: [3]float64{364, 257, 182}, iso: [3]float64{941, 578, 351}},
		{rating: 109, cpg: [3]float64{633, 448, 317}, iso: [3]float64{1926, 1245, 776}},
		{rating: 115, cpg: [3]float64{960, 679, 480}, iso: [3]float64{3067, 2091, 1362}},
	} {
		f := field(t, row.rating, Conditions{Atmosphere: ClimateReference, ReceiverHeight: 1.5, Alternative: true})
		for i, level := range []float64{65, 70, 75} {
			if got := (CPG{}).Range(row.rating, level); math.Abs(got-row.cpg[i]) > 0.5 {
				t.Errorf("CPG, %g dB(A) to %g: %.1f m, want %g", row.rating, level, got, row.cpg[i])
			}
			if got := f.Range(level); math.Abs(got-row.iso[i]) > 0.015*row.iso[i] {
				t.Errorf("ISO 9613-2, %g dB(A) to %g: %.1f m, want %g", row.rating, level, got, row.iso[i])
			}
		}
	}
}

func TestRatingIsTheLevelAtItsDistance(t *testing.T) {
	f := field(t, 109, Conditions{Atmosphere: ClimateReference, ReceiverHeight: 12, Ground: Uniform(0)})
	hard := Uniform(0).octave(Octave(MotorTone), 12, 12).loss(RatingDistance)
	if got := f.Level(RatingDistance) + hard; math.Abs(got-109) > 1e-9 {
		t.Errorf("level without ground at %d m is %g", RatingDistance, got)
	}
}

func conditions(t *rapid.T) Conditions {
	factor := rapid.Float64Range(0, 1)
	return Conditions{
		Atmosphere:     Atmosphere{rapid.Float64Range(-20, 50).Draw(t, "temperature"), rapid.Float64Range(10, 100).Draw(t, "humidity"), 0},
		Ground:         Ground{factor.Draw(t, "source"), factor.Draw(t, "middle"), factor.Draw(t, "receiver")},
		ReceiverHeight: rapid.Float64Range(0.5, 10).Draw(t, "receiver height"),
		Alternative:    rapid.Bool().Draw(t, "alternative"),
		Edition:        Edition(rapid.IntRange(0, 1).Draw(t, "edition")),
		C0:             rapid.Float64Range(0, 5).Draw(t, "C0"),
	}
}

func TestFieldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Siren{Rating: rapid.Float64Range(80, 130).Draw(t, "rating"), Height: rapid.Float64Range(11, 60).Draw(t, "height")}
		s.Emission, _ = Bands(Spectrum{80, 85, 90, 95, 100, 95, 90, 85})
		if rapid.Bool().Draw(t, "tone") {
			s.Emission = Tone(rapid.Float64Range(100, 4000).Draw(t, "frequency"))
		}
		f, err := NewField(s, conditions(t))
		if err != nil {
			t.Fatal(err)
		}
		distance := rapid.Float64Range(1, 20000).Draw(t, "distance")
		further := distance + rapid.Float64Range(0.1, 1000).Draw(t, "further")
		level := f.Level(distance)
		if away := f.Level(further); away >= level {
			t.Errorf("%g dB(A) at %g m, but %g at %g m", level, distance, away, further)
		}
		if at := f.LevelAt(Place{Distance: distance}); math.Abs(at-level) > 1e-9 {
			t.Errorf("Level %g, LevelAt %g", level, at)
		}
		if shaded := f.LevelAt(Place{Distance: distance, Screen: &Screen{ToEdge: distance, FromEdge: 5, Direct: distance}}); shaded > level+1e-9 {
			t.Errorf("%g dB(A), %g behind a screen", level, shaded)
		}
		if reach := f.Range(level); math.Abs(reach-distance) > 0.01 {
			t.Errorf("level %g is that of %g m, its range is %g", level, distance, reach)
		}
		two := Sum(level, level)
		if math.Abs(two-level-10*math.Log10(2)) > 1e-9 {
			t.Errorf("two of %g are %g", level, two)
		}
	})
}

func TestCPGProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := CPG{PerDoubling: rapid.Float64Range(6, 12).Draw(t, "per doubling")}
		rating := rapid.Float64Range(90, 130).Draw(t, "rating")
		distance := rapid.Float64Range(1, 1e5).Draw(t, "distance")
		level := c.Level(rating, distance)
		if back := c.Range(rating, level); math.Abs(back-distance) > 1e-6*distance {
			t.Errorf("level %g is that of %g m, its range is %g", level, distance, back)
		}
		if c.Level(rating, 2*distance) >= level {
			t.Errorf("no less than %g dB(A) at twice the distance", level)
		}
	})
}

func TestSumOfUnequalLevels(t *testing.T) {
	if got := Sum(70, 70, 73.0103); math.Abs(got-76.0206) > 1e-3 {
		t.Errorf("sum %g", got)
	}
	if !math.IsInf(Sum(), -1) || !math.IsNaN(Sum(70, math.NaN())) {
		t.Error("nothing, or no number, gives a level")
	}
}

func TestDirectivity(t *testing.T) {
	d := Directivity{Horizontal: []Loss{{0, 0}, {90, 6}, {180, 12}}, Vertical: []Loss{{0, 0}, {45, 9}}}
	for _, row := range [][3]float64{{0, 0, 0}, {45, 0, 3}, {-45, 0, 3}, {350, 0, 10.0 / 15}, {180, 0, 12}, {0, 15, 3}, {0, 80, 9}, {0, -30, 0}} {
		if got := d.Loss(row[0], row[1]); math.Abs(got-row[2]) > 1e-9 {
			t.Errorf("%g° off, %g° under: %g dB, want %g", row[0], row[1], got, row[2])
		}
	}
	if err := (Directivity{Vertical: []Loss{{10, 0}, {10, 1}}}).Validate(); err == nil {
		t.Error("angles that do not ascend were taken")
	}
}

func TestMeteorologicalCorrection(t *testing.T) {
	p := Path{SourceHeight: 10, ReceiverHeight: 2, Distance: 240}
	if got := MeteorologicalCorrection(2, p); math.Abs(got-1) > 1e-12 {
		t.Errorf("at twice the distance where it begins: %g", got)
	}
	p.Distance = 120
	if got := MeteorologicalCorrection(2, p); got != 0 {
		t.Errorf("near by: %g", got)
	}
}

func TestKindsAreComplete(t *testing.T) {
	for _, k := range Kinds() {
		if _, err := NewField(Siren{Rating: k.Rating, Emission: k.Emission, Height: 12}, Conditions{Atmosphere: ClimateReference, ReceiverHeight: 1.5}); err != nil || k.Source == "" {
			t.Errorf("%s: %v, source %q", k.ID, err, k.Source)
		}
	}
}

func TestWhatASirenCannotBe(t *testing.T) {
	good := Siren{Rating: 101, Emission: Tone(MotorTone), Height: 12}
	conditions := Conditions{Atmosphere: ClimateReference, ReceiverHeight: 1.5}
	for name, spoil := range map[string]func(*Siren, *Conditions){
		"rating":    func(s *Siren, _ *Conditions) { s.Rating = math.NaN() },
		"height":    func(s *Siren, _ *Conditions) { s.Height = 0 },
		"silent":    func(s *Siren, _ *Conditions) { s.Emission = nil },
		"frequency": func(s *Siren, _ *Conditions) { s.Emission = Tone(0) },
		"axis":      func(s *Siren, _ *Conditions) { s.Axis = math.Inf(1) },
		"ears":      func(_ *Siren, c *Conditions) { c.ReceiverHeight = -1 },
		"ground":    func(_ *Siren, c *Conditions) { c.Ground.Middle = 2 },
		"air":       func(_ *Siren, c *Conditions) { c.Atmosphere.Humidity = 0 },
		"C0":        func(_ *Siren, c *Conditions) { c.C0 = math.NaN() },
		"edition":   func(_ *Siren, c *Conditions) { c.Edition = 7 },
	} {
		s, c := good, conditions
		spoil(&s, &c)
		if _, err := NewField(s, c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Whatever numbers come, nothing panics and no level is made of what is none.
func FuzzLevels(f *testing.F) {
	f.Add(101.0, 500.0, 12.0, 1.5, 10.0, 70.0, 0.5)
	f.Add(math.NaN(), math.Inf(1), -1.0, 0.0, math.Inf(-1), 1e308, 2.0)
	f.Fuzz(func(t *testing.T, rating, distance, height, ears, temperature, humidity, porosity float64) {
		inputs := []float64{rating, distance, height, ears, temperature, humidity, porosity}
		CPG{PerDoubling: height}.Level(rating, distance)
		CPG{PerDoubling: height}.Range(rating, distance)
		Screen{ToEdge: distance, FromEdge: height, Between: ears, Direct: rating}.Attenuation(Edition2024)
		Ridge([]Elevation{{0, height}, {distance, ears}, {rating, porosity}}, height, ears)
		GroundAlong([]Zone{{distance, porosity}, {rating, humidity}}, Path{SourceHeight: height, ReceiverHeight: ears, Distance: distance})
		Uniform(porosity).Attenuation(Path{SourceHeight: height, ReceiverHeight: ears, Distance: distance})
		air := Atmosphere{Temperature: temperature, Humidity: humidity}
		field, err := NewField(Siren{Rating: rating, Emission: Tone(500), Height: height}, Conditions{Atmosphere: air, Ground: Uniform(porosity), ReceiverHeight: ears})
		if err != nil {
			return
		}
		level := field.Level(distance)
		if finite(inputs...) && distance > 0 && distance < 1e6 && !finite(level) {
			t.Errorf("level %g of %v", level, inputs)
		}
		if !finite(distance) && !math.IsNaN(level) {
			t.Errorf("level %g at no distance", level)
		}
		field.Range(level)
		field.LevelAt(Place{Distance: distance, Bearing: temperature, Climb: humidity, Screen: &Screen{ToEdge: height, FromEdge: ears, Direct: distance}})
	})
}

var sink float64

func BenchmarkLevel(b *testing.B) {
	bands, _ := Bands(Spectrum{80, 85, 90, 95, 100, 95, 90, 85})
	for name, emission := range map[string][]Component{"tone": Tone(MotorTone), "bands": bands} {
		f, err := NewField(Siren{Rating: 109, Emission: emission, Height: 12}, Conditions{Atmosphere: ClimateReference, Ground: Uniform(0.5), ReceiverHeight: 1.5})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				sink += f.Level(float64(10 + i%3000))
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "levels/s")
		})
	}
}

func TestBeam(t *testing.T) {
	b := Beam{0, 1, 4, 8, 12, 15, 18}
	for angle, want := range map[float64]float64{0: 0, 15: 0.5, -30: 1, 90: 8, 345: 0.5, 165: 16.5, 180: 18, -180: 18, 360: 0, 725: 5.0 / 30} {
		if got := b.Loss(angle); math.Abs(got-want) > 1e-9 {
			t.Errorf("%g° off the axis: %g dB, want %g", angle, got, want)
		}
	}
	if got := b.Loss(math.NaN()); !math.IsNaN(got) {
		t.Errorf("at no angle: %g dB", got)
	}
	for name, bad := range map[string]Beam{"on the axis": {3}, "gain": {0, -1}, "no number": {0, math.NaN()}, "mute": {0, 100}} {
		if bad.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := b.Validate(); err != nil {
		t.Error(err)
	}
}

func TestSpectraThatCannotBe(t *testing.T) {
	for name, bad := range map[string]Spectrum{"no number": {math.NaN()}, "too loud": {0, 200}, "decibels of something else": {-120}} {
		if bad.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := (Spectrum{80, 85, 90, 95, 100, 95, 90, 85}).Validate(); err != nil {
		t.Error(err)
	}
}
