// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
)

// cs2cs runs PROJ's program once over all pairs of numbers.
func cs2cs(t *testing.T, pairs [][2]float64, systems ...string) [][2]float64 {
	t.Helper()
	program, err := exec.LookPath("cs2cs")
	if err != nil {
		t.Skip("cs2cs is not installed (Debian package proj-bin)")
	}
	var input bytes.Buffer
	for _, p := range pairs {
		fmt.Fprintf(&input, "%.13f %.13f\n", p[0], p[1])
	}
	command := exec.Command(program, append([]string{"-f", "%.13f"}, systems...)...)
	command.Stdin = &input
	output, err := command.Output()
	if err != nil {
		t.Fatalf("cs2cs %v: %v", systems, err)
	}
	result := make([][2]float64, len(pairs))
	for i, line := range bytes.Split(bytes.TrimSpace(output), []byte("\n")) {
		if _, err := fmt.Sscan(string(line), &result[i][0], &result[i][1]); err != nil {
			t.Fatalf("cs2cs %v, line %d: %q", systems, i+1, line)
		}
	}
	return result
}

// places are n places in the box, its corners first.
func places(box geo.Box, n int) []geo.Point {
	random := rand.New(rand.NewPCG(1, 9))
	points := []geo.Point{{Lat: box.South, Lon: box.West}, {Lat: box.South, Lon: box.East}, {Lat: box.North, Lon: box.West}, {Lat: box.North, Lon: box.East}}
	for len(points) < n {
		points = append(points, geo.Point{
			Lat: box.South + random.Float64()*(box.North-box.South),
			Lon: box.West + random.Float64()*(box.East-box.West),
		})
	}
	return points
}

// common is the part of both boxes.
func common(a, b geo.Box) geo.Box {
	return geo.Box{South: max(a.South, b.South), West: max(a.West, b.West), North: min(a.North, b.North), East: min(a.East, b.East)}
}

func pairs(points []geo.Point) [][2]float64 {
	list := make([][2]float64, len(points))
	for i, p := range points {
		list[i] = [2]float64{p.Lat, p.Lon}
	}
	return list
}

// apart is the distance in metres of two positions in degrees that are close.
func apart(p geo.Point, q [2]float64) float64 {
	const degree = 111320
	return math.Hypot(p.Lat-q[0], (p.Lon-q[1])*math.Cos(radians(p.Lat))) * degree
}

// TestProjectionsAgreeWithPROJ asks PROJ by EPSG codes alone, so that the
// parameters of the systems are checked with the formulas.
func TestProjectionsAgreeWithPROJ(t *testing.T) {
	const allowed = 1e-6 // metres; one thousandth of what is promised
	// PROJ up to 9.1 takes authalic latitudes back by a short series; ours come
	// back to where they started (TestThereAndBack).
	allowedBack := func(system System, p geo.Point) float64 {
		switch {
		case system != LAEAEurope:
			return allowed
		case germany.Contains(p):
			return 1e-3
		default:
			return 2e-3
		}
	}
	for _, system := range Systems() {
		t.Run(system.String(), func(t *testing.T) {
			d := definitions[system]
			base, northingFirst := "EPSG:4258", system == LAEAEurope
			if d.dhdn {
				base, northingFirst = "EPSG:4314", true
			}
			points := append(places(common(d.area, germany), 2000), places(d.area, 500)...)
			forward := cs2cs(t, pairs(points), base, system.String())
			inverse := cs2cs(t, forward, system.String(), base)
			for i, p := range points {
				want := Coordinate{forward[i][0], forward[i][1]}
				if northingFirst {
					want = Coordinate{forward[i][1], forward[i][0]}
				}
				got := d.plane.project(p.Lat, p.Lon)
				if off := math.Hypot(got.Easting-want.Easting, got.Northing-want.Northing); !(off <= allowed) {
					t.Fatalf("%v: got %.6f, PROJ has %.6f, %g m apart", p, got, want, off)
				}
				lat, lon := d.plane.unproject(want)
				if off := apart(geo.Point{Lat: lat, Lon: lon}, inverse[i]); !(off <= allowedBack(system, p)) {
					t.Fatalf("%.6f: got %.12f, %.12f, PROJ has %.12f, %g m apart", want, lat, lon, inverse[i], off)
				}
			}
		})
	}
}

// TestShiftAgreesWithPROJ compares Gauß-Krüger with the shift to ETRS89. PROJ's
// own way there and back is 0.8 mm off itself, hence two bounds.
func TestShiftAgreesWithPROJ(t *testing.T) {
	for zone, system := range []System{GaussKruger2, GaussKruger3, GaussKruger4, GaussKruger5} {
		t.Run(system.String(), func(t *testing.T) {
			gaussKruger := fmt.Sprintf("+proj=tmerc +lon_0=%d +k=1 +x_0=%d500000 +ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7", 3*(zone+2), zone+2)
			etrs89 := "+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +axis=neu"
			points := places(system.Area(), 2000)
			forward := cs2cs(t, pairs(points), etrs89, "+to", gaussKruger)
			inverse := cs2cs(t, forward, gaussKruger, "+to", etrs89)
			worst, worstBack := 0.0, 0.0
			for i, p := range points {
				got, err := system.Forward(p)
				if err != nil {
					t.Fatal(err)
				}
				worst = max(worst, math.Hypot(got.Easting-forward[i][0], got.Northing-forward[i][1]))
				lat, lon := definitions[system].plane.unproject(Coordinate{forward[i][0], forward[i][1]})
				worstBack = max(worstBack, apart(DHDN{lat, lon}.etrs89(), inverse[i]))
			}
			t.Logf("to DHDN %.2g m, from DHDN %.2g m", worst, worstBack)
			if !(worst <= 1e-3) || !(worstBack <= 1e-6) {
				t.Errorf("%g m from PROJ to DHDN (1 mm allowed), %g m from DHDN (1 µm allowed)", worst, worstBack)
			}
		})
	}
}

// TestShiftIsAsTrueAsItSays compares the shift with the grid of the surveyors'
// administrations, which PROJ has, all over Germany.
func TestShiftIsAsTrueAsItSays(t *testing.T) {
	points := places(geo.Box{South: 47.3, West: 6, North: 55, East: 15}, 4000)
	got := cs2cs(t, pairs(points), "+proj=longlat +ellps=bessel +nadgrids=@BETA2007.gsb +axis=neu", "+to", "+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +axis=neu")
	var off []float64
	for i, p := range points {
		if apart(p, got[i]) < 1 {
			t.Skip("PROJ has no grid BETA2007.gsb (Debian package proj-data)")
		}
		off = append(off, apart(DHDN(p).etrs89(), got[i]))
	}
	slices.Sort(off)
	median, most, worst := off[len(off)/2], off[len(off)*99/100], off[len(off)-1]
	t.Logf("median %.2f m, 99 of 100 within %.2f m, worst %.2f m", median, most, worst)
	if median > 1.1 || most > 3 || worst > 3.5 {
		t.Errorf("median %.2f m, 99 of 100 within %.2f m, worst %.2f m: more than the documentation says", median, most, worst)
	}
}
