// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/generator"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
)

// land is a part of the countryCensus, as files that a planner would have.
type land struct {
	name, population, sirens string
	count                    int // of sirens
}

// census is a grid that not everybody has, and what stands in for it.
type census struct {
	file   string
	side   int // of a cell in metres
	cells  int
	within []geo.ARS
}

var (
	landCensus    = census{"../shared/data/population/brandenburg_100m.csv.gz", 100, 78_641, []geo.ARS{"12"}}
	countryCensus = census{"../shared/data/population/zensus2011_1km.csv.gz", 1000, 214_633, nil}
)

// with gives the census as a file, made up if there is no real one, with so many
// made-up sirens.
func (c census) with(dir string, sirens int) (land, error) {
	l := land{name: "real cells", population: c.file, sirens: filepath.Join(dir, fmt.Sprintf("%d.csv", sirens)), count: sirens}
	gazetteer, err := places()
	if err != nil {
		return l, err
	}
	if _, err := os.Stat(c.file); errors.Is(err, fs.ErrNotExist) {
		l.name, l.population = "made-up cells", filepath.Join(dir, fmt.Sprintf("%d_%dm.csv", c.cells, c.side))
		err = written(l.population, func(w io.Writer) error { return c.write(w, gazetteer) })
		if err != nil {
			return l, err
		}
	} else if err != nil {
		return l, err
	}
	fleet := generator.Generate(gazetteer.Places(), generator.Options{Count: sirens, Within: c.within, Seed: 1})
	return l, written(l.sirens, func(w io.Writer) error { return registry.WriteCSV(w, fleet, registry.WriteOptions{}) })
}

func places() (*geo.Gazetteer, error) {
	regions, all, err := germany.Load()
	if err != nil {
		return nil, err
	}
	return geo.NewGazetteer(regions, all), nil
}

func written(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	return errors.Join(write(out), out.Flush(), f.Close())
}

// write makes up a census as the statistical offices publish theirs: people
// around the places where they live, a fifth of the cells further out.
func (c census) write(w io.Writer, gazetteer *geo.Gazetteer) error {
	type town struct {
		at     projection.Coordinate
		radius float64
		upTo   int // residents of all towns up to this one
	}
	var towns []town
	all := 0
	for _, p := range gazetteer.Places() {
		at, err := projection.LAEAEurope.Forward(p.Point)
		within := len(c.within) == 0 || slices.ContainsFunc(c.within, func(key geo.ARS) bool { return key.Contains(p.ARS) })
		if err != nil || p.Residents <= 0 || !within {
			continue
		}
		all += p.Residents
		towns = append(towns, town{at, math.Sqrt(float64(p.Residents) / 0.002 / math.Pi), all})
	}
	random := rand.New(rand.NewPCG(uint64(c.cells), uint64(c.side)))
	people := make(map[[2]int]int, c.cells)
	for len(people) < c.cells {
		who := random.IntN(all)
		k, _ := slices.BinarySearchFunc(towns, who, func(t town, who int) int { return t.upTo - who - 1 })
		spread := towns[k].radius
		if random.IntN(5) == 0 {
			spread += 4000
		}
		x, y := towns[k].at.Easting+spread*random.NormFloat64(), towns[k].at.Northing+spread*random.NormFloat64()
		people[[2]int{int(x) / c.side, int(y) / c.side}] += 3 + random.IntN(40)
	}
	cells := make([][2]int, 0, len(people))
	for at := range people {
		cells = append(cells, at)
	}
	slices.SortFunc(cells, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	size := map[int]string{100: "100m", 1000: "1km"}[c.side]
	if _, err := fmt.Fprintf(w, "x_mp_%s;y_mp_%s;Einwohner\n", size, size); err != nil {
		return err
	}
	for _, at := range cells {
		if _, err := fmt.Fprintf(w, "%d;%d;%d\n", at[0]*c.side+c.side/2, at[1]*c.side+c.side/2, people[at]); err != nil {
			return err
		}
	}
	return nil
}

// read gives the cells and the sirens as the models hear them. Of the cells it
// keeps each thin-th.
func (l land) read(ctx context.Context, thin int) (*population.Grid, []earshot.Source, error) {
	in, _, err := planning.Open(ctx, planning.Paths{Population: l.population, Sirens: l.sirens})
	if err != nil {
		return nil, nil, err
	}
	sources, err := heardAs(in.Sirens)
	if err != nil || thin == 1 {
		return in.Grid, sources, err
	}
	var cells []population.Cell
	for i, cell := range in.Grid.All() {
		if i%thin == 0 {
			cells = append(cells, cell)
		}
	}
	grid, err := population.New(in.Grid.Side(), cells)
	return grid, sources, err
}

// heardAs is sirens as the models hear them.
func heardAs(sirens []siren.Siren) ([]earshot.Source, error) {
	sources := make([]earshot.Source, len(sirens))
	for i, s := range sirens {
		at, err := projection.LAEAEurope.Forward(s.Position)
		if err != nil {
			return nil, err
		}
		sources[i] = earshot.Source{ID: s.ID, Position: at, Rating: s.Equipment.Level, Height: s.Equipment.Height}
	}
	return sources, nil
}
