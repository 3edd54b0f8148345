// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Region is an administrative region.
type Region struct {
	ARS ARS `json:"ars"`
	// Name is the official name without the kind, Kind the official word for it:
	// "Rosenheim", "Landkreis".
	Name string `json:"name"`
	Kind string `json:"kind"`
	// Population is the official number of people; 0 if not known.
	Population int `json:"population,omitempty"`
	// Outline is the region's boundary; nil if not known.
	Outline MultiPolygon `json:"-"`
	// Accuracy is how far the outline may be from the true boundary, in metres.
	Accuracy float64 `json:"-"`
}

// Country is a country beyond the regions: it tells a border from a coast.
type Country struct {
	Name    string
	Outline MultiPolygon
}

// Regions is a set of regions, found by key, name or position. It does not
// change after NewRegions: any number of goroutines may use it.
type Regions struct {
	list       []Region
	names      []searchKeys // names[i] belongs to list[i]
	outlines   []*outline   // outlines[i] belongs to list[i]; nil without outline
	byARS      map[ARS]int
	neighbours []Country
	abroad     []*outline     // abroad[i] belongs to neighbours[i]
	cells      map[cell][]int // which outlines may hold a point of the cell
	licences   []string
}

// NewRegions builds the set from regions with distinct keys. neighbours may be
// empty; then no point outside the outlines counts as coastal waters.
// The error is a *Fault.
func NewRegions(regions []Region, neighbours []Country) (*Regions, error) {
	r := &Regions{
		list: slices.Clone(regions), byARS: make(map[ARS]int, len(regions)),
		neighbours: slices.Clone(neighbours), cells: map[cell][]int{},
	}
	for i := range r.list {
		key, err := ParseARS(string(r.list[i].ARS))
		if err != nil {
			return nil, err
		}
		r.list[i].ARS = key
	}
	slices.SortFunc(r.list, func(a, b Region) int { return strings.Compare(string(a.ARS), string(b.ARS)) })
	for i, region := range r.list {
		if _, twice := r.byARS[region.ARS]; twice {
			return nil, &Fault{
				Code: CodeRegionTwice, Field: "ars", Message: fmt.Sprintf("The key %s names two regions.", region.ARS),
				Remedy: "Keep one of them.",
			}
		}
		r.byARS[region.ARS] = i
		r.names = append(r.names, newSearchKeys(region.Name))
		var o *outline
		if len(region.Outline) > 0 {
			o = newOutline(region.Outline)
			for _, c := range cellsOf(o.boxes) {
				r.cells[c] = append(r.cells[c], i)
			}
		}
		r.outlines = append(r.outlines, o)
	}
	for _, country := range r.neighbours {
		r.abroad = append(r.abroad, newOutline(country.Outline))
	}
	return r, nil
}

// With returns a set in which own's regions stand beside or in place of r's
// regions of the same key. Where own does not know a name, kind or population,
// r's stays.
func (r *Regions) With(own *Regions) (*Regions, error) {
	merged := slices.Clone(own.list)
	for i := range merged {
		if old, ok := r.Lookup(merged[i].ARS); ok {
			merged[i].fillFrom(old)
		}
	}
	for _, region := range r.list {
		if _, replaced := own.byARS[region.ARS]; !replaced {
			merged = append(merged, region)
		}
	}
	joined, err := NewRegions(merged, append(slices.Clone(r.neighbours), own.neighbours...))
	if err != nil {
		return nil, err
	}
	joined.licences = slices.Clone(r.licences)
	for _, line := range own.licences {
		if !slices.Contains(joined.licences, line) {
			joined.licences = append(joined.licences, line)
		}
	}
	return joined, nil
}

// Licences are the lines to show with whatever is made of the outlines, one for
// each file that named one.
func (r *Regions) Licences() []string { return slices.Clone(r.licences) }

// Unknown lists r's regions whose Kreis, or whose Land above Kreise, is not in
// known: their boundaries are of another year, or their keys are wrong.
func (r *Regions) Unknown(known *Regions) []Region {
	var list []Region
	for _, region := range r.list {
		key := region.ARS.Kreis()
		if key == "" {
			key = region.ARS.Land()
		}
		if _, ok := known.Lookup(key); !ok {
			list = append(list, region)
		}
	}
	return list
}

func (r *Region) fillFrom(old Region) {
	if r.Name == "" {
		r.Name = old.Name
	}
	if r.Kind == "" {
		r.Kind = old.Kind
	}
	if r.Population == 0 {
		r.Population = old.Population
	}
	if r.Outline == nil {
		r.Outline, r.Accuracy = old.Outline, old.Accuracy
	}
}

// Misplaced lists r's regions that lie wholly more than 20 km outside the Land of
// their key, as known has its outline: in the wrong coordinate system, or with
// the wrong key. Regions without an outline on either side are not listed.
func (r *Regions) Misplaced(known *Regions) []Region {
	const far = 20_000 // metres; outlines of the sea's islands and coast differ by some
	var list []Region
	for i, region := range r.list {
		k, ok := known.byARS[region.ARS.Land()]
		if !ok || known.outlines[k] == nil || r.outlines[i] == nil {
			continue
		}
		land := known.outlines[k]
		if !r.outlines[i].reaches(land, far) {
			list = append(list, region)
		}
	}
	return list
}

// Len is the number of regions.
func (r *Regions) Len() int { return len(r.list) }

// All returns the regions in the order of their keys.
func (r *Regions) All() []Region { return slices.Clone(r.list) }

// Lookup finds the region of a key.
func (r *Regions) Lookup(key ARS) (Region, bool) {
	i, ok := r.byARS[key.shortest()]
	if !ok {
		return Region{}, false
	}
	return r.list[i], true
}

// Under returns the regions of one level in the territory, in the order of
// their keys. LevelNone stands for every level.
func (r *Regions) Under(territory ARS, level Level) []Region {
	var found []Region
	for _, region := range r.list {
		if territory.Contains(region.ARS) && (level == LevelNone || region.ARS.Level() == level) {
			found = append(found, region)
		}
	}
	return found
}

// At finds the smallest region whose outline holds p: a Gemeinde before its
// Kreis before its Land.
func (r *Regions) At(p Point) (Region, bool) {
	best := -1
	for _, i := range r.cells[cellOf(p)] {
		if (best < 0 || len(r.list[i].ARS) > len(r.list[best].ARS)) && r.outlines[i].contains(p) {
			best = i
		}
	}
	if best < 0 {
		return Region{}, false
	}
	return r.list[best], true
}

// Covers reports whether area applies to something that stands at p in the
// region at: by its key, by a circle or polygon, or by the outline of one of the
// area's regions. at may be empty. A region of the area without an outline can
// only be matched by key.
func (r *Regions) Covers(area Area, p Point, at ARS) bool {
	if area.ContainsARS(at) || area.ContainsPoint(p) {
		return true
	}
	for _, key := range area.ARS {
		if i, ok := r.byARS[key.shortest()]; ok && r.outlines[i] != nil && r.outlines[i].contains(p) {
			return true
		}
	}
	return false
}

// Shape is the area to draw: the outlines of its regions, rings around its circles,
// and its polygons. A region without a known outline is not in it.
func (r *Regions) Shape(a Area) MultiPolygon {
	var shape MultiPolygon
	for _, key := range a.ARS {
		if region, ok := r.Lookup(key); ok {
			shape = append(shape, region.Outline...)
		}
	}
	for _, c := range a.Circles {
		shape = append(shape, Polygon{c.Ring(circlePoints)})
	}
	for _, ring := range a.Polygons {
		shape = append(shape, Polygon{ring})
	}
	return shape
}

// cell is a square of a quarter of a degree: the index of the outlines.
type cell struct{ lat, lon int16 }

const cellsPerDegree = 4

func cellOf(p Point) cell {
	return cell{int16(math.Floor(p.Lat * cellsPerDegree)), int16(math.Floor(p.Lon * cellsPerDegree))}
}

// cellsOf lists the cells that the boxes touch, each once.
func cellsOf(boxes []Box) []cell {
	seen := map[cell]bool{}
	var cells []cell
	for _, b := range boxes {
		from, to := cellOf(Point{b.South, b.West}), cellOf(Point{b.North, b.East})
		for lat := from.lat; lat <= to.lat; lat++ {
			for lon := from.lon; lon <= to.lon; lon++ {
				if c := (cell{lat, lon}); !seen[c] {
					seen[c] = true
					cells = append(cells, c)
				}
			}
		}
	}
	return cells
}
