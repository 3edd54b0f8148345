// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package assessment answers what the rules of warnings ask about areas and
// texts, from boundaries and from the wording catalogue.
package assessment

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Areas judges areas by geometry and by the authority's territory.
type Areas struct {
	Known     *geo.Regions
	Territory []geo.ARS
}

// CheckArea implements warning.Areas.
func (a Areas) CheckArea(area geo.Area) []problem.Fault {
	var faults []problem.Fault
	for _, f := range geo.ValidateArea(area) {
		if !f.Warning {
			faults = append(faults, faultOf(*f))
		}
	}
	if len(faults) > 0 {
		return faults // a broken shape has no inside to compare with the territory
	}
	for _, v := range a.Known.Outside(area, a.Territory) {
		faults = append(faults, violation(v))
	}
	return faults
}

// Regions gives regional keys that together hold the area: Gemeinden where they
// do, else Kreise, else Länder, else the whole territory, outside of which no
// area is warned.
func (a Areas) Regions(area geo.Area) []string {
	var found []geo.ARS
	for _, shape := range shapes(area) {
		found = append(found, a.holding(shape)...)
	}
	keys := make([]string, len(found))
	for i, key := range found {
		keys[i] = string(key)
	}
	return keys
}

// shapes cuts an area into areas of one circle or polygon each.
func shapes(area geo.Area) []geo.Area {
	var all []geo.Area
	for _, circle := range area.Circles {
		all = append(all, geo.Area{Circles: []geo.Circle{circle}})
	}
	for _, polygon := range area.Polygons {
		all = append(all, geo.Area{Polygons: []geo.Ring{polygon}})
	}
	return all
}

// holding gives the smallest regions around the shape's corners that hold it.
func (a Areas) holding(shape geo.Area) []geo.ARS {
	var corners []geo.Point
	for _, circle := range shape.Circles {
		corners = append(append(corners, circle.Center), circle.Ring(16)...)
	}
	for _, polygon := range shape.Polygons {
		corners = append(corners, polygon...)
	}
	for _, level := range []int{12, 5, 2} {
		var keys []geo.ARS
		for _, p := range corners {
			region, ok := a.Known.At(p)
			if !ok {
				continue
			}
			if key := region.ARS[:min(len(region.ARS), level)]; !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		if len(keys) > 0 && len(keys) <= tlog.MaxAreas && len(a.Known.Outside(shape, keys)) == 0 {
			return keys
		}
	}
	return a.Territory
}

// violation words a part that leaves the territory by what is known of it.
func violation(v geo.Violation) problem.Fault {
	f := faultOf(v.Fault)
	kilometres := func(metres float64) string { return strconv.FormatFloat(metres/1000, 'f', 1, 64) }
	reached := strings.Join(v.Reached, ", ")
	switch {
	case v.Code != geo.CodeTerritory || reached == "":
		return f
	case v.Depth == 0:
		return refusal.Fault(f.Field, "territory.region", reached)
	case v.LargestRadius > 0:
		return refusal.Fault(f.Field, "territory.reaches-circle", kilometres(v.Depth), reached, kilometres(v.LargestRadius))
	}
	return refusal.Fault(f.Field, "territory.reaches", kilometres(v.Depth), reached)
}

func faultOf(f geo.Fault) problem.Fault {
	field := "area"
	if f.Field != "" {
		field += "." + f.Field
	}
	return problem.Fault{Field: field, Rule: f.Code, Message: f.Message, Remedy: f.Remedy}
}
