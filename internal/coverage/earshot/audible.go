// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// The levels in dB(A) that planners ask about.
const (
	// DefaultLevel is the least at which a siren counts as heard: the Swiss
	// criterion, and that of CPG 1-17.
	DefaultLevel = 70
	// Bearable is the most that a German court held to be bearable at a dwelling
	// (Bayerischer Verwaltungsgerichtshof, 1992, 4 B 88.1782).
	Bearable = 97
	// quietest is the least level that a map shows.
	quietest = 55
)

// Options are how to reckon.
type Options struct {
	Assumptions Assumptions
	// Level is at how many dB(A) a siren counts as heard; DefaultLevel if 0.
	Level float64
	// Workers is the number of goroutines; that of the processors if 0. It changes
	// the speed alone.
	Workers int
	// Progress is told how many parts of how many are done; it may be called from
	// several goroutines.
	Progress func(done, total int)
}

// Map is how loud a fleet is where people live. Its slices go by the cells of the
// grid.
type Map struct {
	Grid    *population.Grid
	Sources []Source
	Options Options
	// Levels is the level of the loudest siren in dB(A); 0 where none is heard at
	// 55 dB(A).
	Levels []float32
	// Loudest is the index of that siren; -1 for none.
	Loudest []int32
	// Heard is how many sirens are heard at Options.Level, and Only the index of
	// the one where it is one; else -1.
	Heard []uint16
	Only  []int32
}

// placed is a source with what is reckoned of it once.
type placed struct {
	index int32
	site  projection.Coordinate
	heard hearing
	reach float64 // beyond it nothing of interest
}

// Compute reckons the map. It fails for assumptions or sirens that cannot be, and
// with the context's error when that ends.
func Compute(ctx context.Context, grid *population.Grid, sources []Source, o Options) (*Map, error) {
	if o.Level == 0 {
		o.Level = DefaultLevel
	}
	if !(o.Level >= 30 && o.Level <= 120) {
		return nil, fmt.Errorf("a level of %g dB(A): give one from 30 to 120, such as 70", o.Level)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	all, err := place(sources, o.Assumptions, min(quietest, o.Level))
	if err != nil {
		return nil, err
	}
	m := &Map{
		Grid: grid, Sources: sources, Options: o,
		Levels: make([]float32, grid.Len()), Loudest: make([]int32, grid.Len()),
		Heard: make([]uint16, grid.Len()), Only: make([]int32, grid.Len()),
	}
	tiles := grid.Tiles()
	var next, done atomic.Int64
	var working sync.WaitGroup
	for range o.Workers {
		working.Go(func() {
			for ctx.Err() == nil {
				t := int(next.Add(1)) - 1
				if t >= len(tiles) {
					return
				}
				m.fill(tiles[t], nearby(tiles[t].Bounds, all))
				if n := done.Add(1); o.Progress != nil {
					o.Progress(int(n), len(tiles))
				}
			}
		})
	}
	working.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reckon who hears the sirens: %w", err)
	}
	return m, nil
}

// place prepares the sirens, for levels down to the least. Those that sound alike
// share what they sound like.
func place(sources []Source, a Assumptions, least float64) ([]placed, error) {
	type kind struct{ rating, height float64 }
	type sound struct {
		heard hearing
		reach float64
	}
	known := map[kind]sound{}
	all := make([]placed, len(sources))
	for i, s := range sources {
		k := kind{s.Rating, s.Height}
		alike, ok := known[k]
		if !ok {
			heard, err := a.hearing(s)
			if err != nil {
				return nil, err
			}
			alike = sound{heard, heard.Range(least)}
			known[k] = alike
		}
		all[i] = placed{int32(i), s.Position, alike.heard, alike.reach}
	}
	return all, nil
}

// nearby is the sirens that may be heard within bounds.
func nearby(b population.Bounds, all []placed) []placed {
	var near []placed
	for _, s := range all {
		dx := max(b.West-s.site.Easting, 0, s.site.Easting-b.East)
		dy := max(b.South-s.site.Northing, 0, s.site.Northing-b.North)
		if dx*dx+dy*dy <= s.reach*s.reach {
			near = append(near, s)
		}
	}
	return near
}

// fill reckons the cells of a tile.
func (m *Map) fill(tile population.Tile, near []placed) {
	for i, cell := range m.Grid.Within(tile.Bounds) {
		level, loudest, only := 0.0, int32(-1), int32(-1)
		heard := 0
		for _, s := range near {
			d := distance(s.site, cell.Centre)
			if d > s.reach+0.001 { // a range is known to a millimetre: the level decides
				continue
			}
			l := at(s.heard, d)
			if l >= quietest && l > level {
				level, loudest = l, s.index
			}
			if l >= m.Options.Level {
				heard++
				only = s.index
			}
		}
		if heard != 1 {
			only = -1
		}
		m.Levels[i], m.Loudest[i], m.Heard[i], m.Only[i] = notAbove(level), loudest, uint16(min(heard, math.MaxUint16)), only
	}
}

func distance(a, b projection.Coordinate) float64 {
	return math.Hypot(a.Easting-b.Easting, a.Northing-b.Northing)
}

// notAbove is the nearest float32 that is not above the level, so that nothing
// counts as loud enough by being rounded.
func notAbove(level float64) float32 {
	l := float32(level)
	if float64(l) > level {
		l = math.Nextafter32(l, 0)
	}
	return l
}

// Cells lists the cells in which one siren is heard at the level of the options,
// ascending.
func Cells(grid *population.Grid, s Source, o Options) ([]int32, error) {
	if o.Level == 0 {
		o.Level = DefaultLevel
	}
	heard, err := o.Assumptions.hearing(s)
	if err != nil {
		return nil, err
	}
	var cells []int32
	audible := placed{site: s.Position, heard: heard, reach: heard.Range(o.Level)}
	for i := range audible.cells(grid, o.Level) {
		cells = append(cells, int32(i))
	}
	return cells, nil
}

// cells gives the cells in which the siren is heard at the level, ascending.
func (s placed) cells(grid *population.Grid, level float64) iter.Seq2[int, population.Cell] {
	return func(yield func(int, population.Cell) bool) {
		// A millimetre more, since a range is known to a millimetre: the level decides.
		for i, cell := range grid.Near(s.site, s.reach+0.001) {
			if at(s.heard, distance(s.site, cell.Centre)) >= level && !yield(i, cell) {
				return
			}
		}
	}
}
