// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// eachArea makes a rule of what looks at one area. Areas that are alike but for
// their names, as in the blocks of several languages, are looked at once.
func eachArea(look func(v *view, a *cap.Area, path string, report report)) func(*view, report) {
	return func(v *view, report report) {
		seen := once{}
		for _, info := range v.infos {
			for i := range info.Area {
				a := info.Area[i]
				a.AreaDesc = ""
				if seen.first(shapeKey(&a)) {
					look(v, &info.Area[i], fmt.Sprintf("%sarea[%d]", info.path, i+1), report)
				}
			}
		}
	}
}

// shapeKey is an area in a form that JSON can hold, whatever its polygons are.
func shapeKey(a *cap.Area) []any {
	key := []any{a.Geocode, a.Altitude, a.Ceiling}
	for _, polygon := range a.Polygon {
		key = append(key, []cap.Point(polygon))
	}
	for _, circle := range a.Circle {
		key = append(key, circle.String())
	}
	return key
}

func eachPolygon(look func(v *view, p cap.Polygon, path string, report report)) func(*view, report) {
	return eachArea(func(v *view, a *cap.Area, path string, report report) {
		for i, polygon := range a.Polygon {
			if len(polygon) > 3 {
				look(v, polygon, fmt.Sprintf("%s/polygon[%d]", path, i+1), report)
			}
		}
	})
}

func areaMissing(v *view, report report) {
	for _, info := range v.infos {
		if len(info.Area) == 0 {
			report(info.path + "area")
		}
	}
}

func areaShapeless(_ *view, a *cap.Area, path string, report report) {
	if len(a.Polygon)+len(a.Circle)+len(a.Geocode) == 0 {
		report(path, a.AreaDesc)
	}
}

func areaNotDrawable(v *view, report report) {
	for _, info := range v.infos {
		codes := 0
		for _, area := range info.Area {
			if len(area.Polygon)+len(area.Circle) > 0 {
				codes = 0
				break
			}
			codes += len(area.Geocode)
		}
		if codes > 0 {
			report(info.path + "area[1]")
			return
		}
	}
}

func areaHeights(_ *view, a *cap.Area, path string, report report) {
	if a.Altitude != nil && a.Ceiling != nil && *a.Altitude > *a.Ceiling {
		report(path+"/ceiling", decimal(*a.Ceiling), decimal(*a.Altitude))
	}
}

func decimal(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }

// manyPoints is the number of points, the closing one included, that all
// receivers take.
const manyPoints = 100

func polygonManyPoints(_ *view, p cap.Polygon, path string, report report) {
	if len(p) > manyPoints {
		report(path, len(p), manyPoints)
	}
}

func polygonPrecision(_ *view, p cap.Polygon, path string, report report) {
	for _, point := range p {
		for _, degrees := range []float64{point.Lat, point.Lon} {
			if text := decimal(degrees); len(text)-1-strings.IndexByte(text+".", '.') > 6 {
				report(path, text)
				return
			}
		}
	}
}

func polygonAntimeridian(_ *view, p cap.Polygon, path string, report report) {
	if at := antimeridian(p); at > 0 {
		report(path, at)
	}
}

// antimeridian is the number, from 1, of the point before the first edge that
// is longer than half the globe, 0 for none: it was meant to cross ±180.
func antimeridian(p cap.Polygon) int {
	for i := 1; i < len(p); i++ {
		if math.Abs(p[i].Lon-p[i-1].Lon) > 180 {
			return i
		}
	}
	return 0
}

func polygonFlat(_ *view, p cap.Polygon, path string, report report) {
	if isFlat(p) {
		report(path)
	}
}

// isFlat reports whether all points lie on one line, as they do when fewer than
// three differ.
func isFlat(p cap.Polygon) bool {
	far := p[0]
	for _, point := range p {
		if math.Hypot(point.Lat-p[0].Lat, point.Lon-p[0].Lon) > math.Hypot(far.Lat-p[0].Lat, far.Lon-p[0].Lon) {
			far = point
		}
	}
	for _, point := range p {
		if side(p[0], far, point) != 0 {
			return false
		}
	}
	return true
}

func polygonRepeated(_ *view, p cap.Polygon, path string, report report) {
	seen := make(map[cap.Point]int, len(p))
	for i, point := range p[:len(p)-1] {
		if first, again := seen[point]; again {
			report(path, first+1, i+1)
			return
		}
		seen[point] = i
	}
}

func polygonCrossing(_ *view, p cap.Polygon, path string, report report) {
	if antimeridian(p) > 0 || isFlat(p) {
		return
	}
	if one, other, found, _ := crossing(p); found {
		report(path, one, other)
	}
}

func polygonUnchecked(_ *view, p cap.Polygon, path string, report report) {
	if _, _, _, complete := crossing(p); !complete {
		report(path, len(p))
	}
}

func circleZero(_ *view, a *cap.Area, path string, report report) {
	for i, circle := range a.Circle {
		if circle.RadiusKM == 0 {
			report(fmt.Sprintf("%s/circle[%d]", path, i+1))
		}
	}
}

// largestRadius is that of a circle around the widest countries, in kilometres.
// Who writes more has most likely written metres.
const largestRadius = 3000

func circleLarge(_ *view, a *cap.Area, path string, report report) {
	for i, circle := range a.Circle {
		if circle.RadiusKM > largestRadius {
			report(fmt.Sprintf("%s/circle[%d]", path, i+1), decimal(circle.RadiusKM))
		}
	}
}
