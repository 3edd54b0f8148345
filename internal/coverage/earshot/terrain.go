// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/terrain"
)

// Terrain is the ground over which sirens are heard. It remembers the ways that
// were looked at, so that a second model and the same sirens a year later ask
// again for nothing. Any number of goroutines may use it.
type Terrain struct {
	model *terrain.Model
	step  float64 // of profiles, in metres
	kept  atomic.Int64
	mu    sync.Mutex
	from  map[post]*ways
	// profiles are kept where kinds of sirens with different heights are asked for
	// at one place; nil where they are not.
	profiles map[stretch][]acoustics.Elevation
}

// stretch is a straight line over the ground.
type stretch struct{ from, to projection.Coordinate }

// ErrTerrain is the error for elevations that cannot be read.
var ErrTerrain = errors.New("read the terrain")

// How far apart the points of a profile are, in metres: as far as those of the
// finest file, within these bounds. Ridges are broader than 10 m; farther apart
// than 50 m the crest of one would be missed.
const (
	finestStep   = 10
	coarsestStep = 50
)

// keptWays is how many ways are remembered at most; each takes about 140 bytes.
const keptWays = 1 << 20

// NewTerrain makes one of elevation files.
func NewTerrain(model *terrain.Model) *Terrain {
	return &Terrain{model: model, step: max(finestStep, min(model.Spacing(), coarsestStep)), from: map[post]*ways{}}
}

// AtOnePlace is the same ground for sirens of several kinds that could stand at one
// place: it remembers the ground around that place, and is thrown away afterwards.
func (t *Terrain) AtOnePlace() *Terrain {
	return &Terrain{model: t.model, step: t.step, from: map[post]*ways{}, profiles: map[stretch][]acoustics.Elevation{}}
}

// Knows reports whether the height at a position is known; the error is one of
// reading the files.
func (t *Terrain) Knows(at projection.Coordinate) (bool, error) {
	p, err := projection.LAEAEurope.Inverse(at)
	if err != nil {
		return false, nil // outside Europe, and so outside every file
	}
	_, err = t.model.Height(p)
	if errors.Is(err, terrain.ErrUnknown) {
		return false, nil
	}
	return err == nil, err
}

// post is a place with horns at a height above the ground.
type post struct {
	at     projection.Coordinate
	height float64
}

// ways are those from one post to the cells around it.
type ways struct {
	terrain *Terrain
	post    post
	from    geo.Point
	mu      sync.Mutex
	cells   map[projection.Coordinate]way
}

// knowledge is what is known of the ground on a way.
type knowledge uint8

const (
	whole   knowledge = iota
	gaping            // a void lies between, over which the ground counts as straight
	void              // the cell lies in a void: the ground counts as flat
	outside           // the cell lies in no file: the ground counts as flat
)

// way is how the terrain lies between a siren and a cell.
type way struct {
	climb  float64 // by how much the ground at the cell lies higher, in metres
	screen acoustics.Screen
	shaded bool // the screen stands between
	known  knowledge
}

// ways gives those of a siren; nil if the height at its place is not known.
func (t *Terrain) ways(s Source) (*ways, error) {
	s, _, err := s.filled()
	if err != nil {
		return nil, err
	}
	at := post{s.Position, s.Height}
	t.mu.Lock()
	defer t.mu.Unlock()
	if w, met := t.from[at]; met {
		return w, nil
	}
	var w *ways
	known, err := t.Knows(s.Position)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTerrain, err)
	}
	if known {
		from, err := projection.LAEAEurope.Inverse(s.Position)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTerrain, err)
		}
		w = &ways{terrain: t, post: at, from: from, cells: map[projection.Coordinate]way{}}
	}
	t.from[at] = w
	return w, nil
}

// to is the way to a cell.
func (w *ways) to(cell projection.Coordinate) (way, error) {
	w.mu.Lock()
	known, met := w.cells[cell]
	w.mu.Unlock()
	if met {
		return known, nil
	}
	found, err := w.look(cell)
	if err != nil {
		return way{}, fmt.Errorf("%w: %w", ErrTerrain, err)
	}
	if w.terrain.kept.Add(1) <= keptWays {
		w.mu.Lock()
		w.cells[cell] = found
		w.mu.Unlock()
	}
	return found, nil
}

// look finds how the ground lies on the way to a cell.
func (w *ways) look(cell projection.Coordinate) (way, error) {
	to, err := projection.LAEAEurope.Inverse(cell)
	if err != nil {
		return way{}, err
	}
	ground, err := w.terrain.profile(stretch{w.post.at, cell}, w.from, to)
	if errors.Is(err, terrain.ErrUnknown) {
		if w.terrain.model.Covers(to) {
			return way{known: void}, nil
		}
		return way{known: outside}, nil
	}
	if err != nil {
		return way{}, err
	}
	found := way{climb: ground[len(ground)-1].Height - ground[0].Height}
	for i, e := range ground {
		if i > 0 && e.Distance-ground[i-1].Distance > 1.5*w.terrain.step {
			found.known = gaping
		}
	}
	found.screen, found.shaded = acoustics.Ridge(ground, w.post.height, ears)
	return found, nil
}

// profile is the heights along a line, whose ends are given in degrees as well.
func (t *Terrain) profile(line stretch, from, to geo.Point) ([]acoustics.Elevation, error) {
	if t.profiles != nil {
		t.mu.Lock()
		ground, met := t.profiles[line]
		t.mu.Unlock()
		if met {
			return ground, nil
		}
	}
	heights, err := t.model.Profile(from, to, t.step)
	if err != nil {
		return nil, err
	}
	ground := make([]acoustics.Elevation, len(heights))
	for i, e := range heights {
		ground[i] = acoustics.Elevation(e)
	}
	if t.profiles != nil {
		t.mu.Lock()
		t.profiles[line] = ground
		t.mu.Unlock()
	}
	return ground, nil
}

// Unknown is where the terrain does not say how high the ground lies.
type Unknown struct {
	// Sirens are sources at such places, by their index: all around them counts as
	// flat.
	Sirens []int32
	// Outside and Void are cells in no file and in a void of one, of those to which
	// a siren might be heard: there the ground counts as flat. Crossed are cells
	// behind a void, over which the ground counts as straight.
	Outside, Void, Crossed CellCount
}

// CellCount is a number of cells, and of the people in them.
type CellCount struct {
	Cells  int
	People int64
}

func (c *CellCount) add(people int) {
	c.Cells++
	c.People += int64(people)
}

func (c *CellCount) sum(other CellCount) {
	c.Cells += other.Cells
	c.People += other.People
}
