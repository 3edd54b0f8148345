// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/tlog"
)

// RegionsFolder is the folder in a node's directory where imported boundaries lie.
const RegionsFolder = "regions"

// gazetteer is what the node knows of the country: what is built in, with the
// authority's own boundaries, imported by tocsin region import, over it.
func gazetteer(dir string) (*geo.Gazetteer, error) {
	regions, places, err := germany.Load()
	if err != nil {
		return nil, fmt.Errorf("load built-in regions: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, RegionsFolder, "*.geojson*"))
	if err != nil {
		return nil, fmt.Errorf("look for imported regions: %w", err)
	}
	for _, path := range files {
		own, err := readRegions(path)
		if err != nil {
			return nil, err
		}
		if regions, err = regions.With(own); err != nil {
			return nil, fmt.Errorf("join regions of %s: %w", path, err)
		}
	}
	return geo.NewGazetteer(regions, places), nil
}

func readRegions(path string) (*geo.Regions, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read imported regions: %w", err)
	}
	defer file.Close()
	own, _, err := geo.ImportGeoJSON(file, geo.ImportOptions{})
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The imported regions %s cannot be read.", path), "Import the file again with tocsin region import.")
	}
	return own, nil
}

// areas judges areas by geometry and by the authority's territory.
type areas struct {
	regions   *geo.Regions
	territory []geo.ARS
}

// CheckArea implements warning.Areas.
func (a areas) CheckArea(area geo.Area) []problem.Fault {
	var faults []problem.Fault
	for _, f := range geo.ValidateArea(area) {
		if !f.Warning {
			faults = append(faults, faultOf(*f))
		}
	}
	if len(faults) > 0 {
		return faults // a broken shape has no inside to compare with the territory
	}
	for _, v := range a.regions.Outside(area, a.territory) {
		faults = append(faults, violation(v))
	}
	return faults
}

// Regions gives regional keys that together hold the area: Gemeinden where they
// do, else Kreise, else Länder, else the whole territory, outside of which no
// area is warned.
func (a areas) Regions(area geo.Area) []string {
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
func (a areas) holding(shape geo.Area) []geo.ARS {
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
			region, ok := a.regions.At(p)
			if !ok {
				continue
			}
			if key := region.ARS[:min(len(region.ARS), level)]; !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		if len(keys) > 0 && len(keys) <= tlog.MaxAreas && len(a.regions.Outside(shape, keys)) == 0 {
			return keys
		}
	}
	return a.territory
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
