// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// coastalWaters is the breadth of the territorial sea, which belongs to the
// Länder: 12 nautical miles (UNCLOS, article 3), in metres.
const coastalWaters = 12 * 1852

// Violation says that one part of an area leaves the territory.
type Violation struct {
	Fault
	// Reached names the Länder, countries or other regions that the part reaches into.
	Reached []string `json:"reached,omitempty"`
	// Depth is how far beyond the border the part reaches, in metres; 0 for a
	// region, or if the border is not known.
	Depth float64 `json:"depth,omitempty"`
	// LargestRadius is the largest radius in metres at which the circle would
	// fit; 0 if none does or the part is no circle.
	LargestRadius float64 `json:"largestRadius,omitempty"`
}

// Outside lists the parts of the area that leave the territory, given as the
// keys of the regions it consists of; nil if none does. The area must have
// passed ValidateArea.
//
//   - A region leaves it if its key is under none of the territory's keys.
//   - A circle or polygon leaves it if it reaches over the border by more than
//     the accuracy of the outlines, enclosed neighbours included. Where the
//     countries around are known, coastal waters of 12 nautical miles belong to
//     the territory.
//   - If the outline of a key of the territory is not known, no circle or polygon
//     can be shown to lie inside, and each is a violation.
func (r *Regions) Outside(a Area, territory []ARS) []Violation {
	var violations []Violation
	for i, key := range a.ARS {
		if !key.within(territory) {
			violations = append(violations, r.keyOutside(fmt.Sprintf("ars[%d]", i), key, territory))
		}
	}
	if len(a.Circles)+len(a.Polygons) == 0 {
		return violations
	}
	own, missing := r.land(territory)
	for i, c := range a.Circles {
		field := fmt.Sprintf("circles[%d]", i)
		if len(missing) > 0 {
			violations = append(violations, blind(field, missing))
			continue
		}
		if reach := own.beyond(c.Box(), c.Contains, c.Ring(own.steps(2*math.Pi*c.Radius))); reach.depth > 0 {
			v := reach.violation(field, "circle", r.nameAll(territory))
			v.LargestRadius = own.largestRadius(c)
			v.Remedy = "Move the centre, or ask the neighbour to warn there."
			if v.LargestRadius > 0 {
				v.Remedy = fmt.Sprintf("Choose a radius of at most %.1f km, or ask the neighbour to warn there.", v.LargestRadius/1000)
			}
			violations = append(violations, v)
		}
	}
	for i, ring := range a.Polygons {
		field := fmt.Sprintf("polygons[%d]", i)
		if len(missing) > 0 {
			violations = append(violations, blind(field, missing))
			continue
		}
		if reach := own.beyond(ring.Box(), ring.Contains, own.densify(ring)); reach.depth > 0 {
			v := reach.violation(field, "polygon", r.nameAll(territory))
			v.Remedy = "Draw it inside the border, or ask the neighbour to warn there."
			violations = append(violations, v)
		}
	}
	return violations
}

func (r *Regions) keyOutside(field string, key ARS, territory []ARS) Violation {
	return Violation{
		Fault: Fault{
			Code: CodeTerritory, Field: field,
			Message: fmt.Sprintf("%s lies outside the territory %s.", r.name(key), r.nameAll(territory)),
			Remedy:  "Choose a region of the territory, or ask the neighbour to warn there.",
		},
		Reached: []string{r.name(key)},
	}
}

func blind(field string, missing []ARS) Violation {
	keys := make([]string, len(missing))
	for i, key := range missing {
		keys[i] = string(key)
	}
	return Violation{Fault: Fault{
		Code: CodeTerritoryBlind, Field: field,
		Message: fmt.Sprintf("Whether this lies in the territory cannot be told: the outline of %s is not known.", strings.Join(keys, ", ")),
		Remedy:  "Import the boundaries of the territory, or choose regions by name.",
	}}
}

func (r *Regions) name(key ARS) string {
	if key.shortest() == Federation {
		return "Deutschland"
	}
	if region, ok := r.Lookup(key); ok {
		return fmt.Sprintf("%s (%s)", region.Name, region.ARS)
	}
	return string(key)
}

func (r *Regions) nameAll(keys []ARS) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = r.name(key)
	}
	return strings.Join(names, ", ")
}

// land is a territory with outlines, ready to be asked about points.
type land struct {
	regions  *Regions
	keys     []ARS
	own      []*outline
	foreign  []*outline // Länder outside the territory and other countries
	accuracy float64
	// coastal is how far from the outlines unclaimed water belongs to the territory.
	coastal float64
}

// land gathers the outlines of the territory: of its keys, or else of all that
// is known below a key. missing are the keys for which there is none.
func (r *Regions) land(territory []ARS) (l land, missing []ARS) {
	l = land{regions: r, keys: territory}
	for _, key := range topmost(territory) {
		parts := r.outlined(key)
		if len(parts) == 0 {
			missing = append(missing, key)
		}
		for _, i := range parts {
			l.own = append(l.own, r.outlines[i])
			l.accuracy = max(l.accuracy, r.list[i].Accuracy)
		}
	}
	for i, region := range r.list {
		if r.outlines[i] != nil && region.ARS.Level() == LevelLand && !l.touches(region.ARS) {
			l.foreign = append(l.foreign, r.outlines[i])
		}
	}
	if l.foreign = append(l.foreign, r.abroad...); len(r.abroad) > 0 {
		l.coastal = coastalWaters
	}
	return l, missing
}

// outlined returns the region of key if it has an outline, else the largest
// regions below it that have one, if each region of their level has.
func (r *Regions) outlined(key ARS) []int {
	if i, ok := r.byARS[key]; ok && r.outlines[i] != nil {
		return []int{i}
	}
	for level := key.Level() + 1; level <= LevelGemeinde; level++ {
		var parts []int
		complete := true
		for i, region := range r.list {
			if region.ARS.Level() == level && key.Contains(region.ARS) {
				parts = append(parts, i)
				complete = complete && r.outlines[i] != nil
			}
		}
		if len(parts) > 0 && complete {
			return parts
		}
	}
	return nil
}

// touches reports whether key is in the territory or holds a part of it.
func (l *land) touches(key ARS) bool {
	return key.within(l.keys) || slices.ContainsFunc(l.keys, key.Contains)
}

// excess is how far p lies beyond the border, in metres: 0 inside, within the
// outlines' accuracy and in coastal waters.
func (l *land) excess(p Point) float64 {
	for _, o := range l.own {
		if o.contains(p) {
			return 0
		}
	}
	distance := math.Inf(1)
	for _, o := range l.own {
		distance = min(distance, o.polygons.BorderDistance(p))
		if distance <= l.accuracy {
			return 0
		}
	}
	if distance <= l.coastal && l.unclaimed(p) {
		return 0
	}
	return distance
}

// unclaimed reports whether p lies in no known region or country: at sea.
func (l *land) unclaimed(p Point) bool {
	_, land := l.regions.At(p)
	return !land && !slices.ContainsFunc(l.regions.abroad, func(o *outline) bool { return o.contains(p) })
}

// holder names what lies at p, outside the territory: the Land, or within the
// territory's own Land the smallest region known, or the country.
func (l *land) holder(p Point) string {
	region, ok := l.regions.At(p)
	if ok {
		if state, known := l.regions.Lookup(region.ARS.Land()); known && !l.touches(state.ARS) {
			return state.Name
		}
		return region.Name
	}
	for i, o := range l.regions.abroad {
		if o.contains(p) {
			return l.regions.neighbours[i].Name
		}
	}
	return ""
}

// reach is how a shape leaves the territory.
type reach struct {
	depth float64
	names []string
}

// beyond looks for points of a shape beyond the border: along its edge, on a
// grid over it, and in every foreign polygon that it may enclose. edge must be
// dense enough for the accuracy (see steps).
func (l *land) beyond(box Box, inside func(Point) bool, edge Ring) reach {
	var found reach
	look := func(p Point) {
		depth := l.excess(p)
		if depth == 0 {
			return
		}
		found.depth = max(found.depth, depth)
		if name := l.holder(p); name != "" && !slices.Contains(found.names, name) {
			found.names = append(found.names, name)
		}
	}
	for _, p := range edge {
		look(p)
	}
	const fine, coarse = 32, 8
	grid(box, fine, func(p Point) {
		if inside(p) {
			look(p)
		}
	})
	// A small neighbour inside a large shape may slip through that grid.
	for _, o := range l.foreign {
		for i, polygon := range o.polygons {
			if o.boxes[i].inside(box) {
				grid(o.boxes[i], coarse, func(p Point) {
					if polygon.Contains(p) && inside(p) {
						look(p)
					}
				})
			}
		}
	}
	slices.Sort(found.names)
	return found
}

// grid visits the centres of n by n cells of the box.
func grid(b Box, n int, visit func(Point)) {
	for i := range n {
		for j := range n {
			visit(Point{
				Lat: b.South + (b.North-b.South)*(float64(i)+0.5)/float64(n),
				Lon: b.West + (b.East-b.West)*(float64(j)+0.5)/float64(n),
			})
		}
	}
}

// steps is into how many parts an edge of that length in metres is divided:
// half the accuracy each, at least 64 and at most 1000.
func (l *land) steps(length float64) int {
	if l.accuracy <= 0 {
		return 1000
	}
	return int(max(64, min(1000, 2*length/l.accuracy)))
}

// densify adds points on long edges.
func (l *land) densify(r Ring) Ring {
	var perimeter float64
	for i := 1; i < len(r); i++ {
		perimeter += r[i-1].DistanceTo(r[i])
	}
	step := perimeter / float64(l.steps(perimeter))
	var dense Ring
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		n := int(math.Ceil(a.DistanceTo(b) / max(step, 1)))
		for j := range n {
			t := float64(j) / float64(n)
			dense = append(dense, Point{a.Lat + (b.Lat-a.Lat)*t, a.Lon + (b.Lon-a.Lon)*t})
		}
	}
	return dense
}

// fits reports whether the circle keeps to the territory.
func (l *land) fits(c Circle) bool {
	return l.beyond(c.Box(), c.Contains, c.Ring(l.steps(2*math.Pi*c.Radius))).depth == 0
}

// largestRadius is the largest radius in metres, in whole hundreds, at which a
// circle around c's centre keeps to the territory; 0 if there is none. c itself
// must not. Above 10 km it is found to about one part in a hundred.
func (l *land) largestRadius(c Circle) float64 {
	if l.excess(c.Center) > 0 {
		return 0
	}
	const step = 100
	good, bad := 0.0, math.Ceil(c.Radius/step)
	for bad-good > max(1, bad/100) {
		half := math.Floor((good + bad) / 2)
		if l.fits(Circle{c.Center, half * step}) {
			good = half
		} else {
			bad = half
		}
	}
	return good * step
}

func (f reach) violation(field, shape, territory string) Violation {
	into := "."
	if len(f.names) > 0 {
		into = ", into " + strings.Join(f.names, ", ") + "."
	}
	return Violation{
		Fault: Fault{
			Code: CodeTerritory, Field: field,
			Message: fmt.Sprintf("The %s reaches %.1f km beyond the territory %s%s", shape, f.depth/1000, territory, into),
		},
		Reached: f.names, Depth: f.depth,
	}
}
