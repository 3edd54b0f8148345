// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Who lives within 500 m of a siren, and in which Kreis?
func Example() {
	grid, err := population.New(100, []population.Cell{
		{Centre: projection.Coordinate{Easting: 4_100_050, Northing: 3_030_050}, People: 40},
		{Centre: projection.Coordinate{Easting: 4_100_150, Northing: 3_030_050}, People: 25},
		{Centre: projection.Coordinate{Easting: 4_109_050, Northing: 3_030_050}, People: 300},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	kreise, err := geo.NewRegions([]geo.Region{{ARS: "07131", Name: "Ahrweiler", Outline: geo.MultiPolygon{
		{{{Lat: 50.3, Lon: 6.8}, {Lat: 50.3, Lon: 7.2}, {Lat: 50.7, Lon: 7.2}, {Lat: 50.7, Lon: 6.8}, {Lat: 50.3, Lon: 6.8}}},
	}}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	joined := grid.Join(kreise)
	for i, cell := range grid.Near(projection.Coordinate{Easting: 4_100_000, Northing: 3_030_000}, 500) {
		name := "nowhere"
		if region := joined.Region[i]; region != population.Nowhere {
			name = kreise.All()[region].Name
		}
		fmt.Println(i, cell.People, name)
	}
	// Output:
	// 0 40 Ahrweiler
	// 1 25 Ahrweiler
}
