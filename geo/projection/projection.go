// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package projection turns positions in degrees into metres on a map and back,
// in the systems of German geodata: EPSG:3035, UTM, Gauß-Krüger and UTMREF.
//
// A [geo.Point] is latitude and longitude in degrees on ETRS89. WGS 84 is taken
// to be the same: the two drift apart by 2.5 cm a year, 0.9 m by 2025, which no
// siren's position notices. A [Coordinate] is easting and northing in metres, in
// this order, though EPSG's own order for 3035 and Gauß-Krüger is northing first.
//
// The projections agree with PROJ to a micrometre, the way back from EPSG:3035
// and the shift to DHDN to a millimetre, where PROJ's own formulas are shorter. DHDN is
// the older datum under Gauß-Krüger; the shift is true to about 1 to 3 m (see
// [DHDN]).
//
// What has no answer is an error and never NaN: a position outside a system's
// area of use is an [OutsideError], an unknown system an [UnknownError].
package projection

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
)

// Coordinate is a position on a projected map, in metres.
type Coordinate struct {
	Easting  float64 `json:"easting"`
	Northing float64 `json:"northing"`
}

// System is a projected coordinate reference system, by its EPSG code. Any code
// may be converted to it; only those that Systems lists can be used.
type System int

// The systems known here.
const (
	LAEAEurope   System = 3035  // ETRS89-extended / LAEA Europe, the grid of the Zensus
	UTM31        System = 25831 // ETRS89 / UTM zone 31N, central meridian 3° E
	UTM32        System = 25832 // ETRS89 / UTM zone 32N, central meridian 9° E
	UTM33        System = 25833 // ETRS89 / UTM zone 33N, central meridian 15° E
	GaussKruger2 System = 31466 // DHDN / 3-degree Gauss-Kruger zone 2, central meridian 6° E
	GaussKruger3 System = 31467 // zone 3, 9° E
	GaussKruger4 System = 31468 // zone 4, 12° E
	GaussKruger5 System = 31469 // zone 5, 15° E
)

// plane is a projection between an ellipsoid and the map. Both directions may
// give NaN for what they cannot reach; System looks after that.
type plane interface {
	project(lat, lon float64) Coordinate       // degrees
	unproject(c Coordinate) (lat, lon float64) // degrees
}

// definition is what makes a system.
type definition struct {
	name  string
	plane plane
	dhdn  bool // on DHDN, not on ETRS89
	area  geo.Box
}

// germany is somewhat more than the country and its coast.
var germany = geo.Box{South: 46.5, West: 5, North: 56, East: 16}

// How far from its central meridian, in degrees, a zone is used. EPSG has half
// a zone; data of all Germany come in one zone of either kind.
const (
	utmReach = 10
	// gaussKrugerReach keeps eastings within 500 km of the false easting, so
	// that their first digit always names the zone.
	gaussKrugerReach = 6.2
)

var definitions = map[System]definition{
	LAEAEurope:   {name: "ETRS89-extended / LAEA Europe", plane: newEqualArea(grs80, 52, 10, Coordinate{4321000, 3210000}), area: geo.Box{South: 24.6, West: -35.58, North: 84.73, East: 44.83}},
	UTM31:        utm(31),
	UTM32:        utm(32),
	UTM33:        utm(33),
	GaussKruger2: gaussKruger(2),
	GaussKruger3: gaussKruger(3),
	GaussKruger4: gaussKruger(4),
	GaussKruger5: gaussKruger(5),
}

func utm(zone int) definition {
	meridian := float64(6*zone - 183)
	return definition{
		name:  fmt.Sprintf("ETRS89 / UTM zone %dN", zone),
		plane: newMercator(grs80, meridian, 0.9996, 500000),
		area:  geo.Box{South: 38.76, West: meridian - utmReach, North: 84.33, East: meridian + utmReach},
	}
}

func gaussKruger(zone int) definition {
	meridian := float64(3 * zone)
	area := germany
	area.West, area.East = max(area.West, meridian-gaussKrugerReach), min(area.East, meridian+gaussKrugerReach)
	return definition{
		name:  fmt.Sprintf("DHDN / 3-degree Gauss-Kruger zone %d", zone),
		plane: newMercator(bessel, meridian, 1, float64(zone)*1e6+500000),
		dhdn:  true,
		area:  area,
	}
}

// Systems lists every known system by its code, the smallest first.
func Systems() []System {
	all := make([]System, 0, len(definitions))
	for s := range definitions {
		all = append(all, s)
	}
	slices.SortFunc(all, cmp.Compare[System])
	return all
}

// String is the code as EPSG writes it, such as "EPSG:3035".
func (s System) String() string { return fmt.Sprintf("EPSG:%d", int(s)) }

// Name is EPSG's name of the system, empty if it is not known here.
func (s System) Name() string { return definitions[s].name }

// Area is the area of use: Forward and Inverse refuse what lies outside. For
// UTM and Gauß-Krüger it is wider than EPSG's, so that one zone can hold all
// Germany where its reach allows (Gauß-Krüger: zones 3 and 4). An unknown
// system has the zero Box.
func (s System) Area() geo.Box { return definitions[s].area }

// Forward gives the metres of a position in degrees. For Gauß-Krüger the shift
// to DHDN is part of it. It fails with an OutsideError or an UnknownError.
func (s System) Forward(p geo.Point) (Coordinate, error) {
	d, known := definitions[s]
	if !known {
		return Coordinate{}, &UnknownError{s}
	}
	if !d.area.Contains(p) {
		return Coordinate{}, &OutsideError{System: s.String(), Area: d.area,
			Position: fmt.Sprintf("latitude %.8g, longitude %.8g", p.Lat, p.Lon)}
	}
	if d.dhdn {
		old := toDHDN(p)
		return d.plane.project(old.Lat, old.Lon), nil
	}
	return d.plane.project(p.Lat, p.Lon), nil
}

// padded is the area with 1e-9 degrees around it, 0.1 mm: as far as rounding may
// carry a position over the edge on its way there and back.
func padded(b geo.Box) geo.Box {
	const edge = 1e-9
	return geo.Box{South: b.South - edge, West: b.West - edge, North: b.North + edge, East: b.East + edge}
}

// Inverse gives the position in degrees of a place in metres. For Gauß-Krüger
// the shift from DHDN is part of it. It fails with an OutsideError or an
// UnknownError; Inverse(Forward(p)) is p to within 1e-9 degrees.
func (s System) Inverse(c Coordinate) (geo.Point, error) {
	d, known := definitions[s]
	if !known {
		return geo.Point{}, &UnknownError{s}
	}
	lat, lon := d.plane.unproject(c)
	p := geo.Point{Lat: lat, Lon: lon}
	if d.dhdn {
		p = DHDN(p).etrs89()
	}
	if !padded(d.area).Contains(p) {
		return geo.Point{}, &OutsideError{System: s.String(), Area: d.area,
			Position: fmt.Sprintf("easting %.10g, northing %.10g", c.Easting, c.Northing)}
	}
	return p, nil
}

// OutsideError is the error for a position outside an area of use.
type OutsideError struct {
	System   string  // such as "EPSG:25832", "DHDN" or "UTMREF"
	Position string  // as it was given
	Area     geo.Box // in degrees
}

// Error names the position, the area and the remedy.
func (e *OutsideError) Error() string {
	return fmt.Sprintf("%s: %s is outside the area of use, latitude %g to %g, longitude %g to %g. Check the coordinate system, the zone and the order of the two values.",
		e.System, e.Position, e.Area.South, e.Area.North, e.Area.West, e.Area.East)
}

// UnknownError is the error for a system that is not known here.
type UnknownError struct{ System System }

// Error names the system and those that can be used instead.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s is not a known coordinate system. Use one of %v.", e.System, Systems())
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
func degrees(radians float64) float64 { return radians * 180 / math.Pi }
