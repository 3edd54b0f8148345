// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/problem"
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
	// Terrain is the ground; flat everywhere if nil.
	Terrain *Terrain
	// Workers is the number of goroutines; that of the processors if 0. It changes
	// the speed alone.
	Workers int
	// Progress is told how many parts of how many are done; it may be called from
	// several goroutines.
	Progress func(done, total int)
}

// checked fills in what is not said, and says what cannot be.
func (o Options) checked() (Options, error) {
	if o.Level == 0 {
		o.Level = DefaultLevel
	}
	if !(o.Level >= 30 && o.Level <= 120) {
		return o, problem.New(problem.Invalid, fmt.Sprintf("Nobody asks who hears %g dB(A).", o.Level), "Give a level from 30 to 120, such as 70.")
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o, nil
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
	// Unknown is where the terrain was not known; empty without terrain.
	Unknown Unknown
}

// Compute reckons the map. It fails for assumptions or sirens that cannot be, and
// with the context's error when that ends.
func Compute(ctx context.Context, grid *population.Grid, sources []Source, o Options) (*Map, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	all, unknown, err := place(sources, o, min(quietest, o.Level))
	if err != nil {
		return nil, err
	}
	m := &Map{
		Grid: grid, Sources: sources, Options: o,
		Levels: make([]float32, grid.Len()), Loudest: make([]int32, grid.Len()),
		Heard: make([]uint16, grid.Len()), Only: make([]int32, grid.Len()),
		Unknown: Unknown{Sirens: unknown},
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tiles := grid.Tiles()
	var next, done atomic.Int64
	var adding sync.Mutex
	var working sync.WaitGroup
	for range o.Workers {
		working.Go(func() {
			for ctx.Err() == nil {
				t := int(next.Add(1)) - 1
				if t >= len(tiles) {
					return
				}
				seen, err := m.fill(ctx, tiles[t], nearby(tiles[t].Bounds, all))
				if err != nil {
					stop(err)
					return
				}
				adding.Lock()
				m.Unknown.Outside.sum(seen.Outside)
				m.Unknown.Void.sum(seen.Void)
				m.Unknown.Crossed.sum(seen.Crossed)
				adding.Unlock()
				if n := done.Add(1); o.Progress != nil {
					o.Progress(int(n), len(tiles))
				}
			}
		})
	}
	working.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("reckon who hears the sirens: %w", context.Cause(ctx))
	}
	return m, nil
}

// place prepares the sirens, for levels down to the least, and lists those at
// whose places the terrain is not known.
func place(sources []Source, o Options, least float64) (all []placed, unknown []int32, err error) {
	sounds := sounds{assumptions: o.Assumptions, terrain: o.Terrain, least: least}
	all = make([]placed, len(sources))
	for i, s := range sources {
		known := false
		if all[i], known, err = sounds.place(s, int32(i)); err != nil {
			return nil, nil, err
		}
		if !known {
			unknown = append(unknown, int32(i))
		}
	}
	return all, unknown, nil
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

// candidate is a siren that a cell may hear, with its level over flat ground.
type candidate struct {
	flat  float64
	siren *placed
}

// fill reckons the cells of a tile, and says of how many the terrain is not known.
func (m *Map) fill(ctx context.Context, tile population.Tile, near []placed) (seen Unknown, err error) {
	var audible []candidate
	least := min(quietest, m.Options.Level)
	for i, cell := range m.Grid.Within(tile.Bounds) {
		audible = audible[:0]
		for n := range near {
			s := &near[n]
			if distance(s.site, cell.Centre) > s.reach+0.001 { // a range is known to a millimetre: the level decides
				continue
			}
			if flat := s.flat(cell.Centre); flat >= least {
				audible = append(audible, candidate{flat, s})
			}
		}
		known, err := m.hear(i, cell, audible)
		if err != nil {
			return seen, err
		}
		switch known {
		case outside:
			seen.Outside.add(cell.People)
		case void:
			seen.Void.add(cell.People)
		case gaping:
			seen.Crossed.add(cell.People)
		}
		if m.Options.Terrain != nil && ctx.Err() != nil { // a tile may take seconds
			return seen, ctx.Err()
		}
	}
	return seen, nil
}

// hear reckons one cell. Since terrain only takes away, it is looked at only where
// a siren would be heard or be the loudest without it.
func (m *Map) hear(i int, cell population.Cell, audible []candidate) (worst knowledge, err error) {
	if m.Options.Terrain != nil {
		slices.SortStableFunc(audible, func(a, b candidate) int { return cmp.Compare(b.flat, a.flat) })
	}
	level, loudest, only := 0.0, int32(-1), int32(-1)
	heard := 0
	for _, c := range audible {
		if c.flat < m.Options.Level && (c.flat < quietest || c.flat < level) {
			continue
		}
		l, known, err := c.siren.over(cell.Centre, c.flat)
		if err != nil {
			return worst, err
		}
		worst = max(worst, known)
		if l >= quietest && (l > level || l == level && c.siren.index < loudest) {
			level, loudest = l, c.siren.index
		}
		if l >= m.Options.Level {
			heard++
			only = c.siren.index
		}
	}
	if heard != 1 {
		only = -1
	}
	m.Levels[i], m.Loudest[i], m.Heard[i], m.Only[i] = notAbove(level), loudest, uint16(min(heard, math.MaxUint16)), only
	return worst, nil
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
	sounds := sounds{assumptions: o.Assumptions, terrain: o.Terrain, least: o.Level}
	siren, _, err := sounds.place(s, 0)
	if err != nil {
		return nil, err
	}
	var cells []int32
	for i := range siren.cells(grid, o.Level, &err) {
		cells = append(cells, int32(i))
	}
	return cells, err
}
