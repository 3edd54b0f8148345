// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package reference recognises the coordinate systems of files of geodata, by EPSG
// code or by well-known text, among those of German surveying.
package reference

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// System is a coordinate system of a file. The zero System is longitude and
// latitude in degrees on ETRS89 or WGS 84, which are taken to be the same.
type System struct {
	plane  projection.System // 0 for degrees
	dhdn   bool              // degrees on DHDN
	offset float64           // what the file's eastings have more than the plane's
}

// Projection is the projection of coordinates in metres; 0 for degrees.
func (s System) Projection() projection.System { return s.plane }

// Degrees reports whether coordinates are longitude and latitude, not metres.
func (s System) Degrees() bool { return s.plane == 0 }

// String names the system by its EPSG code.
func (s System) String() string {
	switch {
	case s.dhdn:
		return "EPSG:4314"
	case s.plane == 0:
		return "EPSG:4326"
	case s.offset != 0:
		return fmt.Sprintf("%v with %+.0f to the easting", s.plane, s.offset)
	}
	return s.plane.String()
}

// Point gives a coordinate's position in degrees. Degrees come with the longitude
// as the easting. It fails outside the system's area of use.
func (s System) Point(c projection.Coordinate) (geo.Point, error) {
	if s.plane != 0 {
		return s.plane.Inverse(projection.Coordinate{Easting: c.Easting - s.offset, Northing: c.Northing})
	}
	p := geo.Point{Lat: c.Northing, Lon: c.Easting}
	if !p.Valid() {
		return p, fmt.Errorf("the position %g, %g is not a longitude and latitude in degrees", c.Easting, c.Northing)
	}
	if s.dhdn {
		return projection.DHDN(p).ETRS89()
	}
	return p, nil
}

// Coordinate gives the file's coordinate of a position; Point undoes it.
func (s System) Coordinate(p geo.Point) (projection.Coordinate, error) {
	if s.plane != 0 {
		c, err := s.plane.Forward(p)
		c.Easting += s.offset
		return c, err
	}
	if s.dhdn {
		old, err := projection.ToDHDN(p)
		return projection.Coordinate{Easting: old.Lon, Northing: old.Lat}, err
	}
	if !p.Valid() {
		return projection.Coordinate{}, fmt.Errorf("%g, %g is not a position", p.Lat, p.Lon)
	}
	return projection.Coordinate{Easting: p.Lon, Northing: p.Lat}, nil
}

// codes are the EPSG codes that mean one of the systems known here. WGS 84 is
// taken for ETRS89.
var codes = map[int]System{
	4326: {}, 4258: {}, 4314: {dhdn: true},
	32631: {plane: projection.UTM31}, 32632: {plane: projection.UTM32}, 32633: {plane: projection.UTM33},
	// UTM with the zone before the easting.
	5649: {plane: projection.UTM31, offset: 31e6}, 4647: {plane: projection.UTM32, offset: 32e6}, 5650: {plane: projection.UTM33, offset: 33e6},
	// Gauß-Krüger with easting before northing, as files have it anyway.
	5676: {plane: projection.GaussKruger2}, 5677: {plane: projection.GaussKruger3}, 5678: {plane: projection.GaussKruger4}, 5679: {plane: projection.GaussKruger5},
}

// ByCode finds the system of an EPSG code.
func ByCode(code int) (System, bool) {
	if ref, ok := codes[code]; ok {
		return ref, true
	}
	ref := System{plane: projection.System(code)}
	return ref, ref.plane.Name() != ""
}

// ByText finds the system in a well-known text (OGC 01-009), by its EPSG code or
// else by its datum and numbers: the names differ from program to program.
func ByText(text string) (System, bool) {
	root, ok := parseText(text)
	if !ok {
		return System{}, false
	}
	if code := root.code(); code != 0 {
		if ref, ok := ByCode(code); ok {
			return ref, true
		}
	}
	dhdn, ok := root.datum()
	if !ok {
		return System{}, false
	}
	switch root.name {
	case "GEOGCS", "GEOGCRS", "GEODCRS":
		return System{dhdn: dhdn}, true
	case "PROJCS", "PROJCRS":
	default:
		return System{}, false
	}
	meridian, scale := root.parameter("central_meridian"), root.parameter("scale_factor")
	easting, northing := root.parameter("false_easting"), root.parameter("false_northing")
	switch projectionName := root.text("PROJECTION"); {
	case strings.EqualFold(projectionName, "Lambert_Azimuthal_Equal_Area"):
		center := root.parameter("longitude_of_center")
		if math.IsNaN(center) {
			center = meridian
		}
		return System{plane: projection.LAEAEurope}, !dhdn && center == 10 && easting == 4321000 && northing == 3210000
	case !strings.EqualFold(projectionName, "Transverse_Mercator") && !strings.EqualFold(projectionName, "Gauss_Kruger"), northing != 0 && !math.IsNaN(northing):
		return System{}, false
	}
	if dhdn {
		zone := meridian / 3
		ref := System{plane: projection.GaussKruger2 + projection.System(zone) - 2, offset: easting - (zone*1e6 + 500000)}
		known := scale == 1 && (zone == 2 || zone == 3 || zone == 4 || zone == 5)
		return ref, known && !math.IsNaN(ref.offset)
	}
	zone := (meridian + 183) / 6
	ref := System{plane: projection.UTM31 + projection.System(zone) - 31, offset: easting - 500000}
	known := scale == 0.9996 && (zone == 31 || zone == 32 || zone == 33)
	return ref, known && !math.IsNaN(ref.offset)
}

// node is a piece of well-known text: NAME["value", 1, NODE[...]].
type node struct {
	name     string
	values   []string
	children []node
}

// maxNodes is how many nodes are read; a coordinate system has some twenty.
const maxNodes = 400

// parseText reads a well-known text.
func parseText(text string) (node, bool) {
	left := maxNodes
	n, rest, ok := parseNode(strings.TrimSpace(text), &left, 0)
	return n, ok && strings.TrimSpace(rest) == ""
}

func parseNode(text string, left *int, depth int) (n node, rest string, ok bool) {
	*left--
	open := strings.IndexAny(text, "[(")
	if open < 0 || *left < 0 || depth > 10 {
		return n, text, false
	}
	n.name = strings.ToUpper(strings.TrimSpace(text[:open]))
	text = text[open+1:]
	for {
		text = strings.TrimLeft(text, " \t\r\n,")
		switch {
		case text == "":
			return n, text, false
		case text[0] == ']' || text[0] == ')':
			return n, text[1:], true
		case text[0] == '"':
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return n, text, false
			}
			n.values = append(n.values, text[1:1+end])
			text = text[end+2:]
			continue
		}
		end := strings.IndexAny(text, ",[]()")
		if end < 0 {
			return n, text, false
		}
		if text[end] != '[' && text[end] != '(' {
			n.values = append(n.values, strings.TrimSpace(text[:end]))
			text = text[end:]
			continue
		}
		child, rest, ok := parseNode(text, left, depth+1)
		if !ok {
			return n, rest, false
		}
		n.children = append(n.children, child)
		text = rest
	}
}

// code is the EPSG code that the text names for the whole; 0 if it does not.
func (n node) code() int {
	for _, c := range n.children {
		if (c.name == "AUTHORITY" || c.name == "ID") && len(c.values) == 2 && strings.EqualFold(c.values[0], "EPSG") {
			code, err := strconv.Atoi(c.values[1])
			if err == nil {
				return code
			}
		}
	}
	return 0
}

// datum tells DHDN from ETRS89 and WGS 84; it is not ok for any other.
func (n node) datum() (dhdn, ok bool) {
	name := strings.ToUpper(n.text("DATUM"))
	switch {
	case strings.Contains(name, "HAUPTDREIECKSNETZ"), strings.Contains(name, "DHDN"), strings.Contains(name, "POTSDAM"):
		return true, true
	case strings.Contains(name, "ETRS"), strings.Contains(name, "EUROPEAN_TERRESTRIAL_REF"), strings.Contains(name, "WGS_1984"), strings.Contains(name, "WGS84"):
		return false, true
	}
	return false, false
}

// text is the first value of the first node of that name, at any depth.
func (n node) text(name string) string {
	if n.name == name && len(n.values) > 0 {
		return n.values[0]
	}
	for _, c := range n.children {
		if s := c.text(name); s != "" {
			return s
		}
	}
	return ""
}

// parameter is the value of a PARAMETER of the projection; NaN if it has none.
func (n node) parameter(name string) float64 {
	for _, c := range n.children {
		if c.name == "PARAMETER" && len(c.values) == 2 && strings.EqualFold(c.values[0], name) {
			x, err := strconv.ParseFloat(c.values[1], 64)
			if err == nil {
				return x
			}
		}
	}
	return math.NaN()
}
