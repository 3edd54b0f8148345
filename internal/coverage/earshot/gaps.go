// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"cmp"
	"slices"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Gap is inhabited cells that hang together and in which no siren is heard.
type Gap struct {
	People int64 `json:"people"`
	Cells  int   `json:"cells"`
	// Densest is the middle of the cell with most people.
	Densest projection.Coordinate `json:"-"`
	// Members are the cells, by their index in the grid, ascending.
	Members []int32 `json:"-"`
}

// Gaps lists what is not covered, the gaps with most people first. Cells hang
// together where they touch, be it at a corner.
func (m *Map) Gaps() []Gap {
	var cells []int32
	for i, heard := range m.Heard {
		if heard == 0 {
			cells = append(cells, int32(i))
		}
	}
	return Clusters(m.Grid, cells)
}

// Clusters puts cells of a grid together where they touch, and lists them, those
// with most people first. The cells are ascending.
func Clusters(grid *population.Grid, cells []int32) []Gap {
	// A cell is named by its place in cells.
	parents := make([]int32, len(cells))
	for n := range parents {
		parents[n] = int32(n)
	}
	root := func(i int32) int32 {
		for parents[i] != i {
			parents[i] = parents[parents[i]]
			i = parents[i]
		}
		return i
	}
	side := float64(grid.Side())
	for n, i := range cells {
		cell := grid.Cell(int(i))
		// The other four neighbours look at this one in their turn.
		for _, step := range [][2]float64{{-1, -1}, {0, -1}, {1, -1}, {-1, 0}} {
			at := projection.Coordinate{Easting: cell.Centre.Easting + side*step[0], Northing: cell.Centre.Northing + side*step[1]}
			if j, inhabited := grid.At(at); inhabited {
				if m, in := slices.BinarySearch(cells, int32(j)); in {
					parents[root(int32(n))] = root(int32(m))
				}
			}
		}
	}
	// Everyone may be in a gap of their own: gaps and members are counted first, and
	// lie in one piece each.
	count := 0
	for n := range cells {
		if root(int32(n)) == int32(n) {
			count++
		}
	}
	gaps := make([]Gap, 0, count)
	number := make([]int32, len(cells)) // of a root: the number of its gap, from 1
	for n := range cells {
		r := root(int32(n))
		if number[r] == 0 {
			gaps = append(gaps, Gap{})
			number[r] = int32(len(gaps))
		}
		gaps[number[r]-1].Cells++
	}
	members, most := make([]int32, len(cells)), make([]int, count)
	for g := range gaps {
		gaps[g].Members, members = members[:0:gaps[g].Cells], members[gaps[g].Cells:]
	}
	for n, i := range cells {
		cell, g := grid.Cell(int(i)), number[root(int32(n))]-1
		gap := &gaps[g]
		gap.People += int64(cell.People)
		gap.Members = append(gap.Members, i)
		if cell.People > most[g] {
			most[g], gap.Densest = cell.People, cell.Centre
		}
	}
	slices.SortFunc(gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Members[0], b.Members[0]))
	})
	return gaps
}
