// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	looseNumber = regexp.MustCompile(`(?i)^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,2})?`)
	hemisphere  = regexp.MustCompile(`(?i)^ ?[°º˚]?(?: ?([NSEWO])\b)?`)
	// decimalCommas matches numbers that all have a comma for their point,
	// with something else than a comma between them.
	decimalCommas = regexp.MustCompile(`^[-+]?\d{1,3},\d+(?:(?:[;/|]\s*|\s+)[-+]?\d{1,3},\d+)*$`)
	// fourNumbers matches groups of four whole numbers with commas between them:
	// two points each, or one with commas for its points.
	fourNumbers = regexp.MustCompile(`^[-+]?\d{1,3},\d+,[-+]?\d{1,3},\d+(?:\s+[-+]?\d{1,3},\d+,[-+]?\d{1,3},\d+)+$`)
	commaNumber = regexp.MustCompile(`(\d),(\d)`)
	shapeMarks  = strings.NewReplacer("\u2212", "-", "\u2013", "-", "\u2010", "-", "\u00A0", " ", "\u200B", "", "\uFEFF", "", "，", ",", "；", ";")
	wellKnown   = regexp.MustCompile(`(?i)^\s*(?:srid=\d+;)?\s*(multi)?polygon\s*z?\s*\(`)
	nextRing    = regexp.MustCompile(`\)\s*,\s*\(`)
	shapeName   = regexp.MustCompile(`(?i)^\s*(?:srid=\d+;)?\s*(polygon|circle|point|multipolygon)\s*z?\s*\(`)
)

// coordinate is a number of a shape, and what stands behind it.
type coordinate struct {
	value float64
	axis  byte // N, S, E, W or 0
	mark  byte // ',', ';' or ' '
}

// coordinates reads the numbers of a text in which nothing else stands but
// what separates or groups them.
func coordinates(text string) ([]coordinate, bool) {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune("()[]{}", r) {
			return ' '
		}
		return digit(r)
	}, shapeName.ReplaceAllString(shapeMarks.Replace(text), "("))
	var list []coordinate
	for {
		text = strings.TrimLeft(text, " \t\r\n,;|/")
		if text == "" {
			return list, len(list) > 0
		}
		written := looseNumber.FindString(text)
		if written == "" {
			return nil, false
		}
		value, err := strconv.ParseFloat(written, 64)
		if err != nil {
			return nil, false
		}
		c := coordinate{value: value + 0, mark: ' '}
		text = text[len(written):]
		if match := hemisphere.FindStringSubmatch(text); match != nil && len(match[0]) > 0 && trimSpace(match[0]) != "" {
			if match[1] != "" {
				c.axis = strings.ToUpper(match[1])[0]
			}
			text = text[len(match[0]):]
		}
		switch separator := text[:len(text)-len(strings.TrimLeft(text, " \t\r\n,;|/"))]; {
		case strings.Contains(separator, ","):
			c.mark = ','
		case strings.ContainsAny(separator, ";|/"):
			c.mark = ';'
		case separator == "" && text != "":
			return nil, false
		}
		if c.axis == 'O' { // Ost, Ouest, Oeste: east or west
			return nil, false
		}
		if c.axis == 'S' || c.axis == 'W' {
			c.value = -c.value
		}
		list = append(list, c)
	}
}

// pairs makes points of coordinates. Two in every group stand in the same way
// to each other; if groups have three, the third is a height.
func pairs(list []coordinate) (Polygon, bool) {
	step := 2
	if len(list)%3 == 0 && len(list) >= 9 && list[0].mark == ',' && list[1].mark == ',' && list[2].mark != ',' {
		step = 3
	}
	if len(list)%step != 0 {
		return nil, false
	}
	points := make(Polygon, 0, len(list)/step+1)
	for i := 0; i < len(list); i += step {
		first, second := list[i], list[i+1]
		if first.mark != list[0].mark || step == 3 && second.mark != ',' {
			return nil, false
		}
		isNorth := func(c coordinate) bool { return c.axis == 'N' || c.axis == 'S' }
		isEast := func(c coordinate) bool { return c.axis == 'E' || c.axis == 'W' }
		switch {
		case isEast(first) && isNorth(second):
			first, second = second, first
		case isEast(first) || isNorth(second):
			return nil, false
		}
		points = append(points, Point{Lat: first.value, Lon: second.value})
	}
	return points, true
}

func (p Polygon) onGlobe() bool {
	for _, point := range p {
		if point.check() != nil {
			return false
		}
	}
	return true
}

// looseShape is how the points of a shape were found.
type looseShape struct {
	points    Polygon
	rewritten bool // they stood in another form
	swapped   bool // longitudes stood first
	wrapped   bool // longitudes went beyond 180 degrees
	closed    bool // the first point was repeated at the end
}

// parseLoosePoints reads points in any form that can mean one thing only.
func parseLoosePoints(text string) (looseShape, bool) {
	if points, err := parsePoints(text); err == nil && len(points) > 0 {
		if s, ok := (looseShape{points: points}).onGlobe(); ok {
			return s, true
		}
	}
	text = trimSpace(text)
	shape, ok := parseSeparated(text)
	switch {
	case fourNumbers.MatchString(text):
		other, also := parseSeparated(commaNumber.ReplaceAllString(text, "$1.$2"))
		if isRing := other.points.isRing(); !also || isRing == shape.points.isRing() {
			return looseShape{}, false
		} else if isRing {
			return other, true
		}
	case !ok && decimalCommas.MatchString(text):
		return parseSeparated(commaNumber.ReplaceAllString(text, "$1.$2"))
	}
	return shape, ok
}

// parseSeparated reads points between which anything may stand that separates.
// Well-known text has the longitude first.
func parseSeparated(text string) (looseShape, bool) {
	list, ok := coordinates(text)
	if !ok {
		return looseShape{}, false
	}
	points, ok := pairs(list)
	if !ok {
		return looseShape{}, false
	}
	if wellKnown.MatchString(text) && list[0].mark == ' ' && list[0].axis == 0 {
		if nextRing.MatchString(text) {
			return looseShape{}, false // holes, or several polygons
		}
		for i, point := range points {
			points[i] = Point{Lat: point.Lon, Lon: point.Lat}
		}
	}
	return looseShape{points: points, rewritten: true}.onGlobe()
}

func (p Polygon) isRing() bool { return len(p) > 0 && p[0] == p[len(p)-1] }

// onGlobe swaps latitude and longitude if half of the points or more are
// impossible as they stand and all are possible the other way round, and takes
// longitudes to 360 for what they are.
func (s looseShape) onGlobe() (looseShape, bool) {
	if s.points.onGlobe() {
		return s, true
	}
	impossible, swapped := 0, make(Polygon, len(s.points))
	for i, point := range s.points {
		if math.Abs(point.Lat) > 90 {
			impossible++
		}
		swapped[i] = Point{Lat: point.Lon, Lon: point.Lat}
	}
	wrapped := func(points Polygon) Polygon {
		turned := make(Polygon, len(points))
		for i, point := range points {
			turned[i] = point
			switch {
			case point.Lon > 180 && point.Lon <= 360:
				turned[i].Lon = roundDegrees(point.Lon - 360)
			case point.Lon < -180 && point.Lon >= -360:
				turned[i].Lon = roundDegrees(point.Lon + 360)
			}
		}
		return turned
	}
	if impossible > 0 {
		if 2*impossible < len(swapped) {
			return s, false
		}
		s.points, s.swapped = swapped, true
	}
	if !s.points.onGlobe() {
		s.points, s.wrapped = wrapped(s.points), true
	}
	return s, s.points.onGlobe()
}

// roundDegrees takes off what subtracting adds behind the ninth decimal.
func roundDegrees(degrees float64) float64 {
	return math.Round(degrees*1e9) / 1e9
}

// distinct returns how many different points there are, counting to 3.
func (p Polygon) distinct() int {
	seen := map[Point]bool{}
	for _, point := range p {
		if seen[point] = true; len(seen) == 3 {
			break
		}
	}
	return len(seen)
}

// units are those of a radius, in kilometres.
var units = map[string]float64{"": 1, "KM": 1, "KMS": 1, "KILOMETERS": 1, "KILOMETRES": 1, "M": 0.001, "METERS": 0.001, "METRES": 0.001,
	"MI": 1.609344, "MILES": 1.609344, "NM": 1.852, "NMI": 1.852}

var measure = regexp.MustCompile(`(?i)^(.*?\d)\s*([a-z]+)\.?$`)

// parseLooseCircle reads a circle in any form that can mean one thing only.
func parseLooseCircle(text string) (Circle, bool) {
	text, unit := trimSpace(shapeMarks.Replace(text)), ""
	if match := measure.FindStringSubmatch(strings.TrimRight(text, ")] ")); match != nil && len(match[2]) > 1 || match != nil && strings.EqualFold(match[2], "m") {
		text, unit = match[1], strings.ToUpper(match[2])
	}
	factor, known := units[unit]
	list, ok := coordinates(text)
	if ok && len(list) == 4 && list[2].mark == ',' && list[0].mark == ',' { // a comma for the point in the radius
		list, ok = coordinates(text[:strings.LastIndexByte(text, ',')] + "." + text[strings.LastIndexByte(text, ',')+1:])
	}
	if !known || !ok || len(list) != 3 || list[2].axis != 0 {
		return Circle{}, false
	}
	center, ok := pairs(list[:2])
	if !ok {
		return Circle{}, false
	}
	at, ok := (looseShape{points: center}).onGlobe()
	if !ok || at.swapped && math.Abs(center[0].Lat) <= 90 {
		return Circle{}, false
	}
	circle := Circle{Center: at.points[0], RadiusKM: math.Round(list[2].value*factor*1e6) / 1e6}
	return circle, circle.check() == nil
}

// parseLooseHeight reads a height with its unit, and returns feet.
func parseLooseHeight(text string) (float64, bool) {
	match := measure.FindStringSubmatch(trimSpace(shapeMarks.Replace(text)))
	if match == nil {
		return 0, false
	}
	factor, known := map[string]float64{"FT": 1, "FEET": 1, "FOOT": 1, "M": 1 / 0.3048, "METERS": 1 / 0.3048, "METRES": 1 / 0.3048, "METER": 1 / 0.3048, "METRE": 1 / 0.3048}[strings.ToUpper(match[2])]
	value, err := parseDecimal(trimSpace(match[1]))
	if !known || err != nil {
		return 0, false
	}
	height := math.Round(value*factor*100) / 100
	return height, checkHeight(height) == nil
}

// parseLooseSize reads a number of bytes with its unit, or with a fraction of
// zero.
func parseLooseSize(text string) (int64, bool) {
	text = trimSpace(text)
	factor := 1.0
	if match := measure.FindStringSubmatch(text); match != nil {
		var known bool
		if factor, known = map[string]float64{"B": 1, "BYTE": 1, "BYTES": 1, "KB": 1e3, "KIB": 1 << 10, "MB": 1e6, "MIB": 1 << 20}[strings.ToUpper(match[2])]; !known {
			return 0, false
		}
		text = trimSpace(match[1])
	}
	value, err := parseDecimal(text)
	if err != nil || value < 0 || value > 1e15 || factor == 1 && value != math.Trunc(value) {
		return 0, false
	}
	return int64(math.Round(value * factor)), true
}
