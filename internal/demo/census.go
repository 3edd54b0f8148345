// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/node"
)

// settle gives the demo people to warn, where it has none: made up from the places
// of the gazetteer, and marked so. An imported census stays.
func settle(o Options) error {
	path := filepath.Join(o.Dir, node.PopulationFile)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	regions, places, err := germany.Load()
	if err != nil {
		return fmt.Errorf("load built-in regions: %w", err)
	}
	grid, err := madeUp(geo.NewGazetteer(regions, places), territory, o.Seed)
	if err != nil {
		return fmt.Errorf("make up people: %w", err)
	}
	var content bytes.Buffer
	if _, err := grid.WriteTo(&content); err != nil {
		return err
	}
	if err := durable.Replace(path, content.Bytes()); err != nil {
		return fmt.Errorf("write made-up people: %w", err)
	}
	return nil
}

const (
	// cellSide is that of the census's smallest cells, in metres.
	cellSide = 100
	// density is how many people live on a hectare of a place, on average.
	density = 20.0
)

// square is a cell by its number of sides from the corner of EPSG:3035.
type square struct{ x, y int }

// madeUp spreads the people of each place over a disc around it, more of them near
// its middle. Each Kreis has its official population.
func madeUp(gazetteer *geo.Gazetteer, within geo.ARS, seed uint64) (*population.Grid, error) {
	places := slices.DeleteFunc(gazetteer.Places(), func(p geo.Place) bool { return !within.Contains(p.ARS) })
	listed := map[geo.ARS]float64{}
	for _, p := range places {
		listed[p.ARS.Kreis()] += float64(p.Residents)
	}
	random := rand.New(rand.NewPCG(seed, 3))
	people := map[square]int{}
	for _, p := range places {
		residents := float64(p.Residents)
		if kreis, known := gazetteer.Regions().Lookup(p.ARS.Kreis()); known && kreis.Population > 0 && listed[kreis.ARS] > 0 {
			residents *= float64(kreis.Population) / listed[kreis.ARS]
		}
		at, err := projection.LAEAEurope.Forward(p.Point)
		if err != nil || residents < 1 {
			continue
		}
		house(people, at, int(residents), random)
	}
	cells := make([]population.Cell, 0, len(people))
	for s, n := range people {
		cells = append(cells, population.Cell{Centre: projection.Coordinate{Easting: cellSide * (float64(s.x) + 0.5), Northing: cellSide * (float64(s.y) + 0.5)}, People: n})
	}
	grid, err := population.New(cellSide, cells)
	if err != nil {
		return nil, err
	}
	return grid.MadeUp("places of GeoNames (CC BY 4.0) and populations of Kreise (Destatis)"), nil
}

// house gives so many people cells around a place.
func house(people map[square]int, at projection.Coordinate, residents int, random *rand.Rand) {
	radius := max(cellSide, cellSide*math.Sqrt(float64(residents)/density/math.Pi))
	type share struct {
		square
		people float64
	}
	var shares []share
	sum := 0.0
	for x := int((at.Easting - radius) / cellSide); x <= int((at.Easting+radius)/cellSide); x++ {
		for y := int((at.Northing - radius) / cellSide); y <= int((at.Northing+radius)/cellSide); y++ {
			d := math.Hypot(cellSide*(float64(x)+0.5)-at.Easting, cellSide*(float64(y)+0.5)-at.Northing)
			if d > radius {
				continue
			}
			weight := (1.5 - d/radius) * (0.25 + 1.5*random.Float64())
			shares = append(shares, share{square{x, y}, weight})
			sum += weight
		}
	}
	// By the largest remainder, so that nobody is lost.
	left := residents
	for i := range shares {
		shares[i].people *= float64(residents) / sum
		whole := math.Floor(shares[i].people)
		shares[i].people -= whole
		people[shares[i].square] += int(whole)
		left -= int(whole)
	}
	slices.SortStableFunc(shares, func(a, b share) int { return cmp.Compare(b.people, a.people) })
	for _, s := range shares[:min(left, len(shares))] {
		people[s.square]++
	}
}
