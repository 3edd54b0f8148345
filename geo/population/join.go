// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"cmp"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Nowhere is the region of a cell that lies in none.
const Nowhere = -1

// Joined says in which region each cell of a grid lies.
type Joined struct {
	// Region[i] is the index in Regions.All of the smallest region whose outline
	// holds the middle of cell i: a Gemeinde before its Kreis before its Land; or
	// Nowhere. Who asks for Kreise sums by ARS.Kreis: with Gemeinden imported a
	// city that is a Kreis has the Kreis's key itself.
	Region []int32
	// Cells and People count the cells joined to each region, by the same index;
	// those of a region within another count for the smaller alone.
	Cells  []int
	People []int64
	// OutsideCells and OutsidePeople are those in no region.
	OutsideCells  int
	OutsidePeople int64
}

// Join finds the region of every cell. Edges are straight in longitude and
// latitude. A cell at a border belongs to where its middle is, so that the sums
// differ from official numbers, by more the larger the cells are.
func (g *Grid) Join(regions *geo.Regions) *Joined {
	all := regions.All()
	j := &Joined{Region: make([]int32, g.Len()), Cells: make([]int, len(all)), People: make([]int64, len(all))}
	for i := range j.Region {
		j.Region[i] = Nowhere
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	// The longer a key, the smaller the region: the smaller writes over the larger.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(all[a].ARS), len(all[b].ARS)) })
	var s scan
	for _, i := range order {
		for _, polygon := range all[i].Outline {
			s.fill(g, polygon, func(cell int) { j.Region[cell] = int32(i) })
		}
	}
	for i, region := range j.Region {
		if region == Nowhere {
			j.OutsideCells++
			j.OutsidePeople += int64(g.people[i])
			continue
		}
		j.Cells[region]++
		j.People[region] += int64(g.people[i])
	}
	return j
}

// Inside gives to take every cell whose middle is in the outline, in no
// particular order; one in two overlapping polygons comes twice.
func (g *Grid) Inside(outline geo.MultiPolygon, take func(i int)) {
	var s scan
	for _, polygon := range outline {
		s.fill(g, polygon, take)
	}
}

// crossing is where a polygon's edge meets the line through the middles of a row
// of cells: the easting from the frame's corner, in sides of cells.
type crossing struct {
	row  int32
	east float64
}

// scan fills polygons row by row of the grid; it keeps its memory between them.
type scan struct{ crossings []crossing }

// longEdge is the length above which an edge is cut up before it is projected:
// at 2 km, the chord in EPSG:3035 and the line that is straight in degrees are
// 0.1 m apart.
const longEdge = 2000

// fill gives to take the cells in the polygon, by the even-odd rule.
func (s *scan) fill(g *Grid, polygon geo.Polygon, take func(i int)) {
	s.crossings = s.crossings[:0]
	for _, ring := range polygon {
		var before projection.Coordinate
		for i, p := range ring {
			at, err := projection.LAEAEurope.Forward(p)
			if err != nil {
				return // beyond Europe
			}
			if i > 0 {
				s.edge(g, ring[i-1], p, before, at)
			}
			before = at
		}
	}
	slices.SortFunc(s.crossings, func(a, b crossing) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.east, b.east))
	})
	for i := 0; i+1 < len(s.crossings); i += 2 {
		a, b := s.crossings[i], s.crossings[i+1]
		g.span(int(a.row), a.east, b.east, take)
	}
}

// edge adds the crossings of the edge from p to q, which are at a and b.
func (s *scan) edge(g *Grid, p, q geo.Point, a, b projection.Coordinate) {
	if pieces := int(math.Hypot(b.Easting-a.Easting, b.Northing-a.Northing) / longEdge); pieces > 0 {
		from := a
		for k := 1; k <= pieces; k++ {
			share := float64(k) / float64(pieces+1)
			to, err := projection.LAEAEurope.Forward(geo.Point{Lat: p.Lat + share*(q.Lat-p.Lat), Lon: p.Lon + share*(q.Lon-p.Lon)})
			if err != nil {
				return
			}
			s.straight(g, from, to)
			from = to
		}
		a = from
	}
	s.straight(g, a, b)
}

// straight adds the crossings of an edge that is straight on the map. An edge
// holds its lower end and not its upper one, so that a ring crosses each row an
// even number of times.
func (s *scan) straight(g *Grid, a, b projection.Coordinate) {
	if a.Northing > b.Northing {
		a, b = b, a
	}
	side := float64(g.side)
	low, high := (a.Northing-south)/side-0.5, (b.Northing-south)/side-0.5
	first, end := math.Ceil(max(low, 0)), math.Ceil(min(high, float64((north-south)/g.side)))
	for row := first; row < end; row++ {
		share := (row - low) / (high - low)
		s.crossings = append(s.crossings, crossing{int32(row), (a.Easting + share*(b.Easting-a.Easting) - west) / side})
	}
}

// span gives to take the cells of a row whose middles are from a up to, but
// without, b: eastings from the frame's corner, in sides of cells.
func (g *Grid) span(row int, a, b float64, take func(i int)) {
	first := int(math.Ceil(max(a-0.5, 0)))
	last := int(math.Ceil(min(b-0.5, float64((east-west)/g.side)))) - 1
	if first > last {
		return
	}
	for tx := first / tileSide; tx <= last/tileSide; tx++ {
		t := row/tileSide*g.columns + tx
		from, to := g.rows(t, row%tileSide, row%tileSide)
		for i := from; i < to; i++ {
			if x := tx*tileSide + int(g.place[i]%tileSide); x >= first && x <= last {
				take(i)
			}
		}
	}
}
