// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/terrain"
)

// How much does the hill between a siren and a listener take away at 500 Hz?
func Example() {
	// A ridge of 60 m in flat land, 100 m from cell to cell.
	folder, err := os.MkdirTemp("", "terrain")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	row := "200 200 200 200 200 260 200 200 200 200 200\n"
	grid := "ncols 11\nnrows 3\nxllcorner 370000\nyllcorner 5600000\ncellsize 100\n" + row + row + row
	if err := os.WriteFile(filepath.Join(folder, "hill.asc"), []byte(grid), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	model, err := terrain.Open(terrain.Options{System: 25832}, folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	profile, err := model.Profile(geo.Point{Lat: 50.53884, Lon: 7.16612}, geo.Point{Lat: 50.53904, Lon: 7.17881}, 30)
	if err != nil {
		fmt.Println(err)
		return
	}
	var elevations []acoustics.Elevation
	for _, e := range profile {
		elevations = append(elevations, acoustics.Elevation(e))
	}
	screen, screened := acoustics.Ridge(elevations, 12, 1.5)
	fmt.Printf("%.0f m, %v, %.0f dB\n", profile[len(profile)-1].Distance, screened, screen.AttenuationAt(500, acoustics.Edition1996))
	// Output: 900 m, true, 13 dB
}
