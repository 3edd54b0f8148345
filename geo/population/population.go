// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package population holds where people live: the grids of the German census,
// read from the files that the statistical offices publish, kept small in
// memory, and asked by place.
//
// A Grid is made of square cells of 100 m, 1 km or 10 km in EPSG:3035
// (projection.LAEAEurope), the grid of the Zensus 2011 and 2022. Only inhabited
// cells are held, in a fixed order, so that an index from 0 to Len-1 names a cell
// and a slice of that length can hold whatever else is known of the cells:
//
//	grid, report, err := population.ReadFile(ctx, "Zensus2022_Bevoelkerungszahl.zip", population.Options{})
//	site, err := projection.LAEAEurope.Forward(siren.Position)
//	for i, cell := range grid.Near(site, 3000) {
//		distance := math.Hypot(cell.Centre.Easting-site.Easting, cell.Centre.Northing-site.Northing)
//		level[i] = max(level[i], field.Level(distance))
//	}
//	joined := grid.Join(gemeinden) // joined.Region[i] is the index of cell i's region in gemeinden.All()
//
// All of Germany by 100 m is 3.1 million cells and 19 MiB. Distances in EPSG:3035
// are true to 0.15 % over Germany.
package population

import (
	"iter"
	"math"
	"sort"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// The part of EPSG:3035 that a grid may have cells in: Germany and some 50 km
// around it, in metres. It begins on a line of the 10 km grid.
const (
	west, south = 3_900_000, 2_500_000
	east, north = 4_800_000, 3_700_000
)

// tileSide is how many cells a tile of the index has along a side. 64 x 64 cells
// are as many as a uint16 numbers with room to spare, and at 100 m a tile is
// about as wide as a siren is heard.
const tileSide = 64

// Grid is the inhabited cells of a census. It does not change: any number of
// goroutines may use it.
type Grid struct {
	side      int // of a cell, in metres
	columns   int // of tiles
	year      int
	licence   string
	source    string
	digest    string
	residents int64

	// first[t] is the index of tile t's first cell; the last entry is the number
	// of cells. Tiles run from west to east, then from south to north.
	first []int32
	// place is a cell's position in its tile, row*tileSide + column, ascending
	// within a tile; people is its number of residents.
	place  []uint16
	people []uint32
}

// Cell is one inhabited square.
type Cell struct {
	Centre projection.Coordinate // in EPSG:3035
	People int                   // residents, at least 1
}

// Point is the position of the cell's centre in degrees. It takes about half a microsecond.
func (c Cell) Point() geo.Point { return degrees(c.Centre) }

func degrees(c projection.Coordinate) geo.Point {
	// A cell lies in the frame above, which lies in the area of use.
	p, _ := projection.LAEAEurope.Inverse(c)
	return p
}

// Bounds is a rectangle in EPSG:3035, in metres.
type Bounds struct{ West, South, East, North float64 }

// Around is the square with the centre c whose sides are radius metres away.
func Around(c projection.Coordinate, radius float64) Bounds {
	return Bounds{c.Easting - radius, c.Northing - radius, c.Easting + radius, c.Northing + radius}
}

// Side is the length of a cell's side in metres: 100, 1000 or 10000.
func (g *Grid) Side() int { return g.side }

// Len is the number of inhabited cells.
func (g *Grid) Len() int { return len(g.place) }

// Residents is the number of people in all cells.
func (g *Grid) Residents() int64 { return g.residents }

// People is the number of people in cell i, which must be from 0 to Len-1.
func (g *Grid) People(i int) int { return int(g.people[i]) }

// Year is the year of the census; 0 if the file did not tell.
func (g *Grid) Year() int { return g.year }

// Licence is the line that has to be shown with whatever is made of the grid;
// empty if it is not known.
func (g *Grid) Licence() string { return g.licence }

// Source is the name of the file that the grid was first read from, and Digest
// the SHA-256 of that file in hexadecimal; empty for a grid made by New.
func (g *Grid) Source() string { return g.source }

// Digest is described at Source.
func (g *Grid) Digest() string { return g.digest }

// Cell is cell i, which must be from 0 to Len-1.
func (g *Grid) Cell(i int) Cell {
	t := sort.Search(len(g.first)-1, func(t int) bool { return int(g.first[t+1]) > i })
	return g.cell(i, g.corner(t))
}

// corner is the south-west corner of tile t.
func (g *Grid) corner(t int) projection.Coordinate {
	size := float64(tileSide * g.side)
	return projection.Coordinate{
		Easting:  west + size*float64(t%g.columns),
		Northing: south + size*float64(t/g.columns),
	}
}

func (g *Grid) cell(i int, corner projection.Coordinate) Cell {
	side, place := float64(g.side), g.place[i]
	return Cell{
		Centre: projection.Coordinate{
			Easting:  corner.Easting + side*(float64(place%tileSide)+0.5),
			Northing: corner.Northing + side*(float64(place/tileSide)+0.5),
		},
		People: int(g.people[i]),
	}
}

// All gives every cell with its index, in ascending order.
func (g *Grid) All() iter.Seq2[int, Cell] {
	return func(yield func(int, Cell) bool) {
		for t := range len(g.first) - 1 {
			corner := g.corner(t)
			for i := int(g.first[t]); i < int(g.first[t+1]); i++ {
				if !yield(i, g.cell(i, corner)) {
					return
				}
			}
		}
	}
}

// Tile is a square part of the grid, for work in parallel: its cells have the
// indexes from First up to, but without, End.
type Tile struct {
	First, End int
	Bounds     Bounds // of the tile, not of the cells that it happens to have
}

// Tiles lists the tiles that have cells. Every cell is in exactly one of them.
func (g *Grid) Tiles() []Tile {
	var tiles []Tile
	size := float64(tileSide * g.side)
	for t := range len(g.first) - 1 {
		if g.first[t] < g.first[t+1] {
			c := g.corner(t)
			tiles = append(tiles, Tile{int(g.first[t]), int(g.first[t+1]), Bounds{c.Easting, c.Northing, c.Easting + size, c.Northing + size}})
		}
	}
	return tiles
}

// Within gives the cells whose centres are in b or on its edge, in ascending
// order of their indexes. Only the tiles that b touches are looked at.
func (g *Grid) Within(b Bounds) iter.Seq2[int, Cell] {
	return func(yield func(int, Cell) bool) {
		// Cells are counted in columns and rows from the frame's corner.
		left, right := g.columnRange(b.West-west, b.East-west, (east-west)/g.side)
		low, high := g.columnRange(b.South-south, b.North-south, (north-south)/g.side)
		if left > right || low > high {
			return
		}
		for ty := low / tileSide; ty <= high/tileSide; ty++ {
			for tx := left / tileSide; tx <= right/tileSide; tx++ {
				t := ty*g.columns + tx
				if g.first[t] == g.first[t+1] {
					continue
				}
				corner := g.corner(t)
				x0, x1 := max(left-tx*tileSide, 0), min(right-tx*tileSide, tileSide-1)
				from, to := g.rows(t, max(low-ty*tileSide, 0), min(high-ty*tileSide, tileSide-1))
				for i := from; i < to; i++ {
					if x := int(g.place[i] % tileSide); x < x0 || x > x1 {
						continue
					}
					if !yield(i, g.cell(i, corner)) {
						return
					}
				}
			}
		}
	}
}

// columnRange is the first and last column (or row) whose middle is from a to b
// metres from the frame's edge; the first is above the last if there is none.
func (g *Grid) columnRange(a, b float64, count int) (first, last int) {
	side := float64(g.side)
	if !(a <= b) { // also where one is not a number
		return 0, -1
	}
	first = int(max(0, math.Ceil(min(a, east)/side-0.5)))
	last = int(min(float64(count-1), math.Floor(max(b, -1*side)/side-0.5)))
	return first, last
}

// rows finds the cells of tile t in its rows low to high: from the index from
// up to, but without, to.
func (g *Grid) rows(t, low, high int) (from, to int) {
	begin, end := int(g.first[t]), int(g.first[t+1])
	from = begin + sort.Search(end-begin, func(i int) bool { return int(g.place[begin+i]) >= low*tileSide })
	to = from + sort.Search(end-from, func(i int) bool { return int(g.place[from+i]) >= (high+1)*tileSide })
	return from, to
}

// Near gives the cells whose centres are at most radius metres from c, in
// ascending order of their indexes.
func (g *Grid) Near(c projection.Coordinate, radius float64) iter.Seq2[int, Cell] {
	return func(yield func(int, Cell) bool) {
		for i, cell := range g.Within(Around(c, radius)) {
			x, y := cell.Centre.Easting-c.Easting, cell.Centre.Northing-c.Northing
			if x*x+y*y <= radius*radius && !yield(i, cell) {
				return
			}
		}
	}
}

// At finds the inhabited cell that holds a position.
func (g *Grid) At(c projection.Coordinate) (int, bool) {
	x, y := math.Floor((c.Easting-west)/float64(g.side)), math.Floor((c.Northing-south)/float64(g.side))
	if !(x >= 0 && y >= 0 && x < float64((east-west)/g.side) && y < float64((north-south)/g.side)) {
		return 0, false
	}
	t, place := g.locate(int(x), int(y))
	begin, end := int(g.first[t]), int(g.first[t+1])
	i := begin + sort.Search(end-begin, func(i int) bool { return g.place[begin+i] >= place })
	return i, i < end && g.place[i] == place
}

// locate gives the tile of a cell's column and row in the frame, and its place there.
func (g *Grid) locate(x, y int) (tile int, place uint16) {
	return y/tileSide*g.columns + x/tileSide, uint16(y%tileSide*tileSide + x%tileSide)
}
