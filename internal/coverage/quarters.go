// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"math"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// quarters cuts the cells of a grid into quarters of at most a square kilometre,
// and names each by the place that is nearest to it.
type quarters struct {
	// of is the quarter of each cell, place the nearest place of each quarter.
	of, place []int32
}

// nowhere is the place of a quarter that is far from all.
const nowhere = -1

// farthest is how far a quarter may be from the place whose name it takes, in metres.
const farthest = 15_000

// quarterSide is the side of a quarter in metres: what a loudspeaker vehicle does
// from one stop in half an hour.
const quarterSide = 1000

func newQuarters(grid *population.Grid, places []geo.Place) quarters {
	q := quarters{of: make([]int32, grid.Len())}
	type middle struct{ easting, northing, people float64 }
	var middles []middle
	known := map[[2]int32]int32{}
	for i, cell := range grid.All() {
		square := [2]int32{int32(cell.Centre.Easting / quarterSide), int32(cell.Centre.Northing / quarterSide)}
		n, is := known[square]
		if !is {
			n = int32(len(middles))
			known[square] = n
			middles = append(middles, middle{})
		}
		q.of[i] = n
		people := float64(cell.People)
		middles[n].easting += people * cell.Centre.Easting
		middles[n].northing += people * cell.Centre.Northing
		middles[n].people += people
	}
	nearest := newNearest(places)
	q.place = make([]int32, len(middles))
	for i, m := range middles {
		q.place[i] = nearest.to(projection.Coordinate{Easting: m.easting / m.people, Northing: m.northing / m.people})
	}
	return q
}

// nearest finds places by position: they lie in squares as wide as the farthest
// that is looked for.
type nearest struct {
	at      []projection.Coordinate
	squares map[[2]int][]int32
}

func newNearest(places []geo.Place) nearest {
	n := nearest{at: make([]projection.Coordinate, len(places)), squares: map[[2]int][]int32{}}
	for i, p := range places {
		at, err := projection.LAEAEurope.Forward(p.Point)
		if err != nil {
			continue // beyond Europe
		}
		n.at[i] = at
		square := squareOf(at)
		n.squares[square] = append(n.squares[square], int32(i))
	}
	return n
}

func squareOf(c projection.Coordinate) [2]int {
	return [2]int{int(math.Floor(c.Easting / farthest)), int(math.Floor(c.Northing / farthest))}
}

// to is the index of the place that is nearest; nowhere where none is near.
func (n nearest) to(c projection.Coordinate) int32 {
	best, least := int32(nowhere), float64(farthest)
	square := squareOf(c)
	for x := square[0] - 1; x <= square[0]+1; x++ {
		for y := square[1] - 1; y <= square[1]+1; y++ {
			for _, i := range n.squares[[2]int{x, y}] {
				if d := math.Hypot(n.at[i].Easting-c.Easting, n.at[i].Northing-c.Northing); d <= least {
					best, least = i, d
				}
			}
		}
	}
	return best
}
