// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// A horn points to the east at a place where the map's north is 3 degrees beside
// the true one: east, south and west are 0, 8 and 17 dB below a siren for all sides.
func TestHornsPointTrueEast(t *testing.T) {
	const lat, lon = 51.0, 13.9
	at, err := projection.LAEAEurope.Forward(geo.Point{Lat: lat, Lon: lon})
	if err != nil {
		t.Fatal(err)
	}
	round := Source{ID: "round", Position: at, Rating: 115}
	horn := Source{ID: "horn", Position: at, Rating: 115, Beam: acoustics.Beam{0, 1, 4, 8, 12, 15, 17}, Axis: 90}
	for _, assumptions := range bothModels {
		sounds := sounds{assumptions: assumptions, least: 40}
		all, _, err := sounds.place(round, 0)
		if err != nil {
			t.Fatal(err)
		}
		aimed, _, err := sounds.place(horn, 0)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct{ north, east, loss float64 }{
			"east": {0, 1, 0}, "south": {-1, 0, 8}, "west": {0, -1, 17}, "north": {1, 0, 8}, "north-east": {1, 1, 2.5},
		} {
			cell, err := projection.LAEAEurope.Forward(geo.Point{Lat: lat + 0.003*c.north, Lon: lon + 0.003*c.east/math.Cos(lat*math.Pi/180)})
			if err != nil {
				t.Fatal(err)
			}
			if got := all.flat(cell) - aimed.flat(cell); math.Abs(got-c.loss) > 0.03 {
				t.Errorf("%v, %s: %.3f dB less, want %g", assumptions, name, got, c.loss)
			}
		}
	}
}

// By ISO 9613-2 each octave loses what it loses; by CPG 1-17 the A-weighted level
// counts.
func TestSpectraAreHeardByOctave(t *testing.T) {
	spectrum := acoustics.Spectrum{80, 85, 95, 105, 104, 100, 95, 85}
	bands, rating := acoustics.Bands(spectrum)
	grid, err := population.New(100, []population.Cell{{Centre: projection.Coordinate{Easting: 4_500_050, Northing: 3_201_050}, People: 1}})
	if err != nil {
		t.Fatal(err)
	}
	sources := []Source{{ID: "s", Position: projection.Coordinate{Easting: 4_500_050, Northing: 3_200_050}, Spectrum: spectrum, Height: 10}}
	field, err := acoustics.NewField(acoustics.Siren{Rating: rating, Emission: bands, Height: 10}, acoustics.Conditions{
		Atmosphere: acoustics.Atmosphere{Temperature: 10, Humidity: 70}, Ground: acoustics.Uniform(0.5), ReceiverHeight: 1.5,
	})
	if err != nil {
		t.Fatal(err)
	}
	cautious := acoustics.CPG{}
	wants := map[Model]float64{ISO9613: field.Level(1000), CPG117: cautious.Level(rating, 1000)}
	for model, want := range wants {
		m := compute(t, grid, sources, Options{Assumptions: Assumptions{Model: model}})
		if got := float64(m.Levels[0]); want < quietest || math.Abs(got-want) > 1e-4 {
			t.Errorf("%s: %.4f dB(A), want %.4f", model, got, want)
		}
	}
	free := acoustics.CPG{PerDoubling: 6}
	if one := field.Level(1000); one >= free.Level(rating, 1000) {
		t.Errorf("%.1f dB(A): high octaves lose nothing in air", one)
	}
}

func TestSirensThatCannotBe(t *testing.T) {
	for says, s := range map[string]Source{
		"its spectrum makes": {Rating: 120, Spectrum: acoustics.Spectrum{3: 100}},
		"at 63 Hz":           {Spectrum: acoustics.Spectrum{500}},
		"off the axis":       {Beam: acoustics.Beam{1}},
		"is no bearing":      {Axis: -1},
		"not the level":      {Rating: 20},
		"cannot reckon with": {Height: -5},
	} {
		s.ID = "s-1"
		_, err := Assumptions{Model: ISO9613}.hearing(s)
		said, ok := errors.AsType[*problem.Error](err)
		if !ok || !strings.Contains(said.Message, says) || said.Remedy == "" {
			t.Errorf("%v, want %q and a remedy", err, says)
		}
	}
	if _, err := SourceOf(siren.Siren{ID: "far", Position: geo.Point{Lat: -33, Lon: 151}}); err == nil {
		t.Error("a siren in Sydney: no error")
	}
}
