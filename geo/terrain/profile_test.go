// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

// hills is an ESRI ASCII grid in UTM 32 of 200 by 200 samples 50 m apart.
func hills(t testing.TB) *Model {
	t.Helper()
	var grid strings.Builder
	grid.WriteString("ncols 200\nnrows 200\nxllcorner 370000\nyllcorner 5600000\ncellsize 50\nNODATA_value -9999\n")
	for y := range 200 {
		for x := range 200 {
			fmt.Fprintf(&grid, "%.2f ", 200+50*math.Sin(float64(x)/7)+40*math.Cos(float64(y)/9))
		}
		grid.WriteByte('\n')
	}
	path := writeFile(t, "hills.asc", []byte(grid.String()))
	if err := os.WriteFile(strings.TrimSuffix(path, "asc")+"prj", []byte(utm32), 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, Options{}, path)
}

// The heights of a profile are those of its points, as far as lines that are
// straight in degrees and in metres are the same: to 0.6 m beside each other, on
// slopes of less than one in seven.
func TestProfileIsTheHeightsOfItsPoints(t *testing.T) {
	m := hills(t)
	rapid.Check(t, func(r *rapid.T) {
		metres := rapid.Float64Range(100, 9900)
		from := utm(t, metres.Draw(r, "x"), metres.Draw(r, "y"))
		to := utm(t, metres.Draw(r, "x there"), metres.Draw(r, "y there"))
		profile, err := m.Profile(from, to, 25)
		if err != nil {
			r.Fatal(err)
		}
		last := profile[len(profile)-1].Distance
		for _, e := range profile {
			share := e.Distance / max(last, 1)
			want, err := m.Height(geo.Point{Lat: from.Lat + share*(to.Lat-from.Lat), Lon: from.Lon + share*(to.Lon-from.Lon)})
			if err != nil || math.Abs(e.Height-want) > 0.6/7*math.Sqrt2+0.01 {
				r.Fatalf("%g m along: %g, %g at that point, %v", e.Distance, e.Height, want, err)
			}
		}
	})
}

func TestWhatIsCovered(t *testing.T) {
	m := open(t, Options{}, writeFile(t, "N50E007.hgt", tileHGT(func(x, y int) int { return hgtVoid })), writeFile(t, "dem.tif", smallTIFF()))
	void, beyond := geo.Point{Lat: 50.2, Lon: 7.2}, geo.Point{Lat: 52, Lon: 7.2}
	if !m.Covers(void) || m.Covers(beyond) {
		t.Errorf("a void is covered: %v, a place beyond: %v", m.Covers(void), m.Covers(beyond))
	}
	if _, err := m.Profile(beyond, void, 50); !errors.Is(err, ErrUnknown) {
		t.Errorf("from beyond: %v", err)
	}
	if got := m.Spacing(); math.Abs(got-111_320.0/1200) > 1 {
		t.Errorf("the finest samples are %g m apart", got)
	}
	var names []string
	for _, path := range m.Files(geo.Box{South: 50.9, North: 51.1, West: 7.9, East: 8.1}) {
		names = append(names, path[strings.LastIndex(path, "/")+1:])
	}
	if diff := cmp.Diff([]string{"N50E007.hgt", "dem.tif"}, names); diff != "" {
		t.Error(diff)
	}
	if got := m.Files(geo.Box{South: 40, North: 41, West: 7, East: 8}); len(got) != 0 {
		t.Errorf("files elsewhere: %v", got)
	}
}
