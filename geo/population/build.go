// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
)

// The sides of cells that the census has, in metres.
var sides = []int{100, 1000, 10000}

// MaxPeople is the largest number of people that a cell may have: several times
// that of any square kilometre of Germany.
const MaxPeople = 1_000_000

// New makes a grid of cells with the given side: 100, 1000 or 10000 metres. A
// centre may be anywhere in its cell; cells without people are left out. It fails
// with a *geo.Fault if a cell is outside Germany, given twice, or has a number of
// people that cannot be.
func New(side int, cells []Cell) (*Grid, error) {
	if !slices.Contains(sides, side) {
		return nil, fault(CodeSide, "side", fmt.Sprintf("Cells of %d m are none of the census.", side), "Give 100, 1000 or 10000.")
	}
	b := newBuilder(side)
	for i, c := range cells {
		field := fmt.Sprintf("cells[%d]", i)
		x, y := c.Centre.Easting-west, c.Centre.Northing-south
		if !(x >= 0 && y >= 0 && x < east-west && y < north-south) {
			return nil, fault(CodePosition, field, "It is outside Germany.", "Give metres in EPSG:3035.")
		}
		if c.People < 0 || c.People > MaxPeople {
			return nil, fault(CodeValue, field, fmt.Sprintf("It has %d people.", c.People), fmt.Sprintf("Give 0 to %d.", MaxPeople))
		}
		if c.People > 0 && !b.add(int(x)/side, int(y)/side, uint32(c.People)) {
			return nil, fault(CodeTwice, field, "The cell is given twice.", "Give each cell once.")
		}
	}
	return b.grid(), nil
}

func fault(code, field, message, remedy string) *geo.Fault {
	return &geo.Fault{Code: code, Field: field, Message: message, Remedy: remedy}
}

// builder takes cells in any order.
type builder struct {
	Grid
	tiles []*bucket
	count int
}

// bucket is the cells of one tile, in the order in which they came: the place in
// the high half, the people in the low half. taken marks the places that are
// there.
type bucket struct {
	cells []uint64
	taken [tileSide * tileSide / 64]uint64
}

func newBuilder(side int) *builder {
	columns, rows := tiles(east-west, side), tiles(north-south, side)
	b := &builder{tiles: make([]*bucket, columns*rows)}
	b.side, b.columns = side, columns
	return b
}

// tiles is how many tiles cover a length.
func tiles(length, side int) int {
	size := tileSide * side
	return (length + size - 1) / size
}

// add takes the cell in column x and row y of the frame. It is false if the cell
// is there already.
func (b *builder) add(x, y int, people uint32) bool {
	t, place := b.locate(x, y)
	tile := b.tiles[t]
	if tile == nil {
		tile = &bucket{}
		b.tiles[t] = tile
	}
	if tile.taken[place/64]&(1<<(place%64)) != 0 {
		return false
	}
	tile.taken[place/64] |= 1 << (place % 64)
	tile.cells = append(tile.cells, uint64(place)<<32|uint64(people))
	b.count++
	b.residents += int64(people)
	return true
}

// grid puts the cells in order. The builder is empty afterwards.
func (b *builder) grid() *Grid {
	g := b.Grid
	g.first = make([]int32, len(b.tiles)+1)
	g.place = make([]uint16, 0, b.count)
	g.people = make([]uint32, 0, b.count)
	for t, tile := range b.tiles {
		if tile != nil {
			slices.Sort(tile.cells)
			for _, c := range tile.cells {
				g.place = append(g.place, uint16(c>>32))
				g.people = append(g.people, uint32(c))
			}
			b.tiles[t] = nil
		}
		g.first[t+1] = int32(len(g.place))
	}
	return &g
}

// What a grid needs in memory while it is read: its cells twice over, once as
// they come (with the room that growing slices leave) and once in order; a map
// of each tile; and what the collector of garbage has not yet taken away.
const (
	bytesPerCell = 2 * (8*5/4 + 6)
	bytesToBegin = 24 << 20
)

// Memory is about how many bytes reading a grid of so many inhabited cells
// needs. The grid itself takes 6 bytes a cell afterwards.
func Memory(cells int) int64 { return bytesToBegin + int64(cells)*bytesPerCell }

// generated begins the source of a grid that was made up.
const generated = "generated: "

// MadeUp is the grid with the words that it was made up, and from what, in place
// of a licence: whatever is reckoned with it has to show them.
func (g *Grid) MadeUp(from string) *Grid {
	named := *g
	named.source, named.licence, named.digest, named.year = generated+from, "Made up from "+from+": no census.", "", 0
	return &named
}

// Generated reports whether the people of the grid were made up.
func (g *Grid) Generated() bool { return strings.HasPrefix(g.source, generated) }
