// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package germany_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
)

// openShared opens a file of the data that may lie beside the repository.
func openShared(t *testing.T, name string) *os.File {
	t.Helper()
	file, err := os.Open("../../../shared/data/" + name)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("needs shared/data/%s beside the repository", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// The README's statement on estimates: circles of 1 to 50 km around places where
// people live, against the 1 km grid of the census of 2011. Germany has grown by
// 3.5 % since.
func TestEstimateAgainstCensus(t *testing.T) {
	census := readCensus(t)
	g := geo.NewGazetteer(load(t))
	random := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []struct {
		radius            float64
		median, nineInTen float64
	}{{1000, 0.70, 1.01}, {2000, 0.45, 1.01}, {5000, 0.22, 0.62}, {10_000, 0.12, 0.33}, {20_000, 0.08, 0.18}, {50_000, 0.06, 0.12}} {
		var off []float64
		for len(off) < 400 {
			c := census.cells[random.IntN(len(census.cells))]
			// The chance of a cell grows with its people, up to 5,000.
			if random.Float64()*5000 > census.people[c] {
				continue
			}
			circle := geo.Circle{Center: laea(c), Radius: tc.radius}
			estimate := g.PopulationIn(geo.Area{Circles: []geo.Circle{circle}})
			off = append(off, math.Abs(float64(estimate.People)/census.within(c, tc.radius)-1))
		}
		slices.Sort(off)
		median, nine := off[len(off)/2], off[len(off)*9/10]
		t.Logf("%2.0f km: half are less than %.0f %% off, nine in ten less than %.0f %%", tc.radius/1000, 100*median, 100*nine)
		if median > tc.median || nine > tc.nineInTen {
			t.Errorf("%2.0f km: off by %.2f and %.2f, want at most %.2f and %.2f", tc.radius/1000, median, nine, tc.median, tc.nineInTen)
		}
	}
}

// A grid holds the people of cells of 1 km, named by their centre in EPSG:3035.
type grid struct {
	cells  [][2]float64
	people map[[2]float64]float64
}

func readCensus(t *testing.T) grid {
	unpacked, err := gzip.NewReader(openShared(t, "population/zensus2011_1km.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(unpacked)
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	g := grid{people: map[[2]float64]float64{}}
	for _, row := range rows[1:] {
		var number [3]float64
		for i := range number {
			if number[i], err = strconv.ParseFloat(row[i], 64); err != nil {
				t.Fatal(err)
			}
		}
		if number[2] > 0 {
			cell := [2]float64{number[0], number[1]}
			g.cells, g.people[cell] = append(g.cells, cell), number[2]
		}
	}
	return g
}

// within adds up the people of the cells whose centre is at most radius away.
func (g grid) within(center [2]float64, radius float64) float64 {
	var sum float64
	for dx := -math.Floor(radius/1000) * 1000; dx <= radius; dx += 1000 {
		for dy := -math.Floor(radius/1000) * 1000; dy <= radius; dy += 1000 {
			if math.Hypot(dx, dy) <= radius {
				sum += g.people[[2]float64{center[0] + dx, center[1] + dy}]
			}
		}
	}
	return sum
}

// laea turns EPSG:3035 metres into WGS 84 (Snyder, Map Projections: A Working
// Manual, 1987, equations 24-26 to 24-30 and 3-18).
func laea(p [2]float64) geo.Point {
	const (
		a, flattening = 6378137.0, 1 / 298.257222101
		lat0, lon0    = 52 * math.Pi / 180, 10 * math.Pi / 180
		e2            = flattening * (2 - flattening)
	)
	e := math.Sqrt(e2)
	authalic := func(lat float64) float64 {
		s := math.Sin(lat)
		return (1 - e2) * (s/(1-e2*s*s) - math.Log((1-e*s)/(1+e*s))/(2*e))
	}
	qPole := authalic(math.Pi / 2)
	radius, beta0 := a*math.Sqrt(qPole/2), math.Asin(authalic(lat0)/qPole)
	d := a * math.Cos(lat0) / math.Sqrt(1-e2*math.Pow(math.Sin(lat0), 2)) / (radius * math.Cos(beta0))
	x, y := (p[0]-4321000)/d, (p[1]-3210000)*d
	rho := math.Hypot(x, y)
	sin, cos := math.Sincos(2 * math.Asin(rho/2/radius))
	beta := math.Asin(cos*math.Sin(beta0) + y*sin*math.Cos(beta0)/rho)
	lon := lon0 + math.Atan2(x*sin, rho*math.Cos(beta0)*cos-y*math.Sin(beta0)*sin)
	lat := beta + (e2/3+31*e2*e2/180+517*e2*e2*e2/5040)*math.Sin(2*beta) + (23*e2*e2/360+251*e2*e2*e2/3780)*math.Sin(4*beta) + 761*e2*e2*e2/45360*math.Sin(6*beta)
	return geo.Point{Lat: lat * 180 / math.Pi, Lon: lon * 180 / math.Pi}
}

// The README's statement on outlines: BKG's border points against the embedded
// outline of the same Land. Coasts differ by what counts as land.
func TestOutlinesAgainstOfficialBoundaries(t *testing.T) {
	regions, _ := load(t)
	official, _, err := geo.ImportGeoJSON(openShared(t, "regions/vg5000_laender.geojson.gz"), geo.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []geo.ARS{"05", "06", "07", "09", "10", "11", "12", "14", "15", "16"} { // those without a coast
		land, _ := official.Lookup(key)
		ours, _ := regions.Lookup(key)
		var off []float64
		for _, polygon := range ours.Outline {
			for _, ring := range polygon {
				for _, p := range ring {
					off = append(off, land.Outline.BorderDistance(p))
				}
			}
		}
		slices.Sort(off)
		median, most, worst := off[len(off)/2], off[len(off)*19/20], off[len(off)-1]
		t.Logf("%-20s half less than %4.0f m, nineteen in twenty less than %4.0f m, worst %4.0f m", land.Name, median, most, worst)
		if median > 950 || most > 3000 || worst > 6100 {
			t.Errorf("%s is worse than its description", land.Name)
		}
		if area := ours.Outline.AreaKm2() / land.Outline.AreaKm2(); math.Abs(area-1) > 0.04 {
			t.Errorf("%s is %.3f of its true size", land.Name, area)
		}
		if ours.Accuracy != germany.OutlineAccuracy {
			t.Errorf("accuracy %v", ours.Accuracy)
		}
	}
}
