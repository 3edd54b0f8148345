// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// A place in the Ahr valley on the grid of the Zensus, and back.
func ExampleSystem_Forward() {
	c, err := projection.LAEAEurope.Forward(geo.Point{Lat: 50.5385, Lon: 7.0966})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f m east, %.2f m north\n", c.Easting, c.Northing)
	p, err := projection.LAEAEurope.Inverse(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("latitude %.6f, longitude %.6f\n", p.Lat, p.Lon)
	// Output:
	// 4115223.96 m east, 3051483.64 m north
	// latitude 50.538500, longitude 7.096600
}

// A code read from a file is a System as it is. Here the two values are in the
// wrong order.
func ExampleSystem_Inverse() {
	_, err := projection.System(31467).Inverse(projection.Coordinate{Easting: 5600236, Northing: 3365123})
	fmt.Println(err)
	// Output:
	// EPSG:31467: easting 5600236, northing 3365123 is outside the area of use, latitude 46.5 to 56, longitude 5 to 15.2. Check the coordinate system, the zone and the order of the two values.
}

func ExampleToUTMREF() {
	reference, err := projection.ToUTMREF(geo.Point{Lat: 50.5385, Lon: 7.0966}, 10)
	fmt.Println(reference, err)
	// Output:
	// 32U LB 6512 0023 <nil>
}

func ExampleParseUTMREF() {
	reference, err := projection.ParseUTMREF("32ulb6512300236")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := reference.Point()
	fmt.Printf("%v is around latitude %.5f, longitude %.5f, error %v\n", reference, p.Lat, p.Lon, err)
	// Output:
	// 32U LB 65123 00236 is around latitude 50.53850, longitude 7.09660, error <nil>
}
