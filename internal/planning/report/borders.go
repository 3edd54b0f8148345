// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// How much a map can show: with more regions than that in it the Kreise alone
// have names, and with more than that the Kreise alone have borders.
const (
	mostNamed    = 150
	mostOutlined = 500
)

// border is a piece of an outline, in EPSG:3035.
type border struct {
	path []projection.Coordinate
	thin bool // within a Kreis
}

// name is a region's, and where on the map it belongs.
type name struct {
	text string
	at   projection.Coordinate
}

var borderColor = color.NRGBA{0x45, 0x45, 0x45, 0xFF}

// divide finds the borders and names of the regions that a map shows: of those in
// which people of the grid live, and the borders of their neighbours.
func divide(in planning.Inputs) ([]border, []name) {
	all := in.Regions.All()
	joined := in.Grid.Join(in.Regions)
	box := geo.EmptyBox()
	kreise := map[geo.ARS]*place{}
	var lived []place
	for i, r := range all {
		if joined.People[i] == 0 {
			continue
		}
		lived = append(lived, place{region: r, people: joined.People[i]})
		box = box.Union(r.Outline.Box())
		if kreis := r.ARS.Kreis(); kreis != "" {
			if kreise[kreis] == nil {
				known, _ := in.Regions.Lookup(kreis)
				kreise[kreis] = &place{region: known}
			}
			kreise[kreis].people += joined.People[i]
		}
	}
	names := lived
	if len(lived) > mostNamed && len(kreise) > 1 {
		named := names[:0:0]
		for _, k := range kreise {
			if k.region.Name != "" && len(k.region.Outline) > 0 {
				named = append(named, *k)
			}
		}
		if len(named) > 0 {
			names = named
		}
	}
	return outlines(least(all), box, len(lived) <= mostOutlined), centres(names)
}

// least is the regions that no other one lies within.
func least(all []geo.Region) []geo.Region {
	above := map[geo.ARS]bool{}
	for _, r := range all {
		for _, higher := range []geo.ARS{r.ARS.Land(), r.ARS.Kreis()} {
			if higher != r.ARS {
				above[higher] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(r geo.Region) bool { return above[r.ARS] })
}

// place is a region with the people of the grid in it.
type place struct {
	region geo.Region
	people int64
}

// outlines are the edges of all regions in a box. An edge between two regions of
// one Kreis is thin, or left out.
func outlines(all []geo.Region, box geo.Box, within bool) []border {
	type edge [2]geo.Point
	kreis := map[edge]geo.ARS{} // of the region that had the edge first
	inner := map[edge]bool{}
	each := func(take func(region geo.Region, a, b geo.Point, e edge)) {
		for _, r := range all {
			if !r.Outline.Box().Intersects(box) {
				continue
			}
			for _, polygon := range r.Outline {
				for _, ring := range polygon {
					for i := 1; i < len(ring); i++ {
						a, b := ring[i-1], ring[i]
						e := edge{a, b}
						if b.Lat < a.Lat || b.Lat == a.Lat && b.Lon < a.Lon {
							e = edge{b, a}
						}
						take(r, a, b, e)
					}
				}
			}
		}
	}
	each(func(r geo.Region, _, _ geo.Point, e edge) {
		first, met := kreis[e]
		if !met {
			kreis[e] = r.ARS.Kreis()
		} else if first != "" && first == r.ARS.Kreis() {
			inner[e] = true
		}
	})
	var found []border
	drawn := map[edge]bool{}
	var last geo.Point
	each(func(_ geo.Region, a, b geo.Point, e edge) {
		if drawn[e] || inner[e] && !within {
			return
		}
		drawn[e] = true
		to, err := projection.LAEAEurope.Forward(b)
		if err != nil {
			return
		}
		// An edge that goes on where the last one ended is a part of the same border.
		if n := len(found); n > 0 && last == a && found[n-1].thin == inner[e] {
			found[n-1].path = append(found[n-1].path, to)
		} else if from, err := projection.LAEAEurope.Forward(a); err == nil {
			found = append(found, border{[]projection.Coordinate{from, to}, inner[e]})
		}
		last = b
	})
	return found
}

// centres says where the names belong, those with most people first. There is no
// room for more than the first of them.
func centres(places []place) []name {
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.people, a.people), cmp.Compare(a.region.ARS, b.region.ARS))
	})
	var names []name
	for _, p := range places[:min(len(places), mostNamed)] {
		if p.region.Name == "" || len(p.region.Outline) == 0 {
			continue
		}
		if at, err := projection.LAEAEurope.Forward(middle(p.region.Outline)); err == nil {
			names = append(names, name{p.region.Name, at})
		}
	}
	return names
}

// middle is a point well within an outline: of a grid of points the one that is
// farthest from the border.
func middle(outline geo.MultiPolygon) geo.Point {
	const across = 12
	box := outline.Box()
	best, farthest := geo.Point{Lat: (box.South + box.North) / 2, Lon: (box.West + box.East) / 2}, -1.0
	for y := range across {
		for x := range across {
			p := geo.Point{
				Lat: box.South + (box.North-box.South)*(float64(y)+0.5)/across,
				Lon: box.West + (box.East-box.West)*(float64(x)+0.5)/across,
			}
			if !outline.Contains(p) {
				continue
			}
			if d := outline.BorderDistance(p); d > farthest {
				best, farthest = p, d
			}
		}
	}
	return best
}

// outlines draws the borders, as far as they lie within the frame.
func (s *sheet) outlines() {
	thin := drawing.Lines{Color: borderColor, Width: 0.35}
	thick := drawing.Lines{Color: drawing.Ink, Width: 0.9}
	for _, b := range s.borders {
		lines := &thick
		if b.thin {
			lines = &thin
		}
		var path []drawing.Point
		end := func() {
			if len(path) > 1 {
				lines.Paths = append(lines.Paths, path)
			}
			path = nil
		}
		var before drawing.Point
		for i, at := range b.path {
			now := s.point(at)
			if i == 0 {
				before = now
				continue
			}
			from, to, within := s.clip(before, now)
			switch {
			case !within:
				end()
			case i < len(b.path)-1 && math.Hypot(to.X-from.X, to.Y-from.Y) < 0.3:
				continue // too short to be seen: the next one begins where this one does
			case len(path) > 0 && path[len(path)-1] == from:
				path = append(path, to)
			default:
				end()
				path = []drawing.Point{from, to}
			}
			before = now
		}
		end()
	}
	for _, lines := range []drawing.Lines{thin, thick} {
		if len(lines.Paths) == 0 {
			continue
		}
		if s.part(lines) > mostLine {
			lines.Width = leastLine
		}
		s.drawing.Add(lines)
	}
}

// Borders that would cover more than this part of a map are drawn as thin as can
// be printed, in points.
const (
	mostLine  = 0.05
	leastLine = 0.25
)

// part is how much of the frame lines cover, 0 to 1.
func (s *sheet) part(lines drawing.Lines) float64 {
	length := 0.0
	for _, path := range lines.Paths {
		for i := 1; i < len(path); i++ {
			length += math.Hypot(path[i].X-path[i-1].X, path[i].Y-path[i-1].Y)
		}
	}
	return length * lines.Width / (s.frame.Width * s.frame.Height)
}

// clip is the part of a line that lies within the frame (Liang and Barsky).
func (s *sheet) clip(a, b drawing.Point) (from, to drawing.Point, within bool) {
	first, last := 0.0, 1.0
	dx, dy := b.X-a.X, b.Y-a.Y
	for _, side := range [4][2]float64{
		{-dx, a.X - s.frame.X}, {dx, s.frame.X + s.frame.Width - a.X},
		{-dy, a.Y - s.frame.Y}, {dy, s.frame.Y + s.frame.Height - a.Y},
	} {
		switch {
		case side[0] == 0 && side[1] < 0:
			return a, b, false
		case side[0] < 0:
			first = max(first, side[1]/side[0])
		case side[0] > 0:
			last = min(last, side[1]/side[0])
		}
	}
	if first >= last {
		return a, b, false
	}
	from, to = a, b
	if first > 0 {
		from = drawing.Point{X: a.X + first*dx, Y: a.Y + first*dy}
	}
	if last < 1 {
		to = drawing.Point{X: a.X + last*dx, Y: a.Y + last*dy}
	}
	return from, to, true
}

// label writes the names for which there is room beside what is taken, those with
// most people first: clear of the sirens where that can be, else over them.
func (s *sheet) label(taken, marks []drawing.Rect) {
	const size, roomForOne = 7.0, 2000.0
	for _, n := range s.names[:min(len(s.names), int(s.frame.Width*s.frame.Height/roomForOne))] {
		wide := drawing.Measure(n.text, size, false)
		at := s.point(n.at)
		try := func(clear bool) bool {
			for _, lift := range []float64{0, -size, size, -2 * size, 2 * size} {
				box := drawing.Rect{X: at.X - wide/2 - 2, Y: at.Y + lift - size, Width: wide + 4, Height: size + 3}
				meets := func(other drawing.Rect) bool { return overlap(other, box) }
				inside := box.X > s.frame.X && box.X+box.Width < s.frame.X+s.frame.Width && box.Y > s.frame.Y && box.Y+box.Height < s.frame.Y+s.frame.Height
				if !inside || slices.ContainsFunc(taken, meets) || clear && slices.ContainsFunc(marks, meets) {
					continue
				}
				taken = append(taken, box)
				s.drawing.Add(drawing.Text{At: drawing.Point{X: at.X, Y: at.Y + lift}, Text: n.text, Size: size, Align: drawing.Middle, Color: drawing.Ink, Halo: true})
				return true
			}
			return false
		}
		if !try(true) {
			try(false)
		}
	}
}

func overlap(a, b drawing.Rect) bool {
	return a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height
}
