// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"fmt"
	"iter"
	"math"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// placed is a siren with what is reckoned of it once.
type placed struct {
	index int32
	site  projection.Coordinate
	heard hearing
	reach float64 // over flat ground; beyond it nothing of interest
	aimed bool    // sounds to one side: the beam and its axis count
	beam  acoustics.Beam
	axis  float64 // clockwise from the north of the map, in degrees
	ways  *ways   // over terrain; nil where the ground counts as flat
}

// sounds makes placed sirens. Those that sound alike share what they sound like.
type sounds struct {
	assumptions Assumptions
	terrain     *Terrain
	least       float64 // dB(A): what is quieter is of no interest
	known       map[sort]sound
}

// sort is what makes sirens sound alike.
type sort struct {
	rating, height float64
	spectrum       acoustics.Spectrum
}

type sound struct {
	heard hearing
	reach float64
}

// place prepares a siren. It is not known where the ground at its place has no
// height, so that all around it counts as flat.
func (k *sounds) place(s Source, index int32) (p placed, known bool, err error) {
	if err := s.Validate(); err != nil {
		return p, false, err
	}
	what := sort{s.Rating, s.Height, s.Spectrum}
	alike, met := k.known[what]
	if !met {
		heard, err := k.assumptions.hearing(s)
		if err != nil {
			return p, false, err
		}
		alike = sound{heard, heard.Range(k.least)}
		if k.known == nil {
			k.known = map[sort]sound{}
		}
		k.known[what] = alike
	}
	p = placed{index: index, site: s.Position, heard: alike.heard, reach: alike.reach, aimed: s.Beam != (acoustics.Beam{}), beam: s.Beam}
	if p.aimed {
		north, err := meridian(s.Position)
		if err != nil {
			return p, false, fmt.Errorf("siren %s: %w", s.ID, err)
		}
		p.axis = s.Axis + north
	}
	if k.terrain == nil {
		return p, true, nil
	}
	if p.ways, err = k.terrain.ways(s); err != nil {
		return p, false, fmt.Errorf("siren %s: %w", s.ID, err)
	}
	return p, p.ways != nil, nil
}

// flat is the level over flat ground in a cell. Everyone in a cell counts as living
// in its middle: wrong for each, right on average, for as many are nearer to a
// siren as are farther.
func (s *placed) flat(cell projection.Coordinate) float64 {
	level := s.heard.Level(max(distance(s.site, cell), 1))
	if s.aimed {
		level -= s.beam.Loss(math.Atan2(cell.Easting-s.site.Easting, cell.Northing-s.site.Northing)*180/math.Pi - s.axis)
	}
	return level
}

// over is the level over the ground as it lies in a cell that has a level over
// flat ground. Terrain only takes away: where it brings a cell nearer to the
// siren, the cell is no louder.
func (s *placed) over(cell projection.Coordinate, flat float64) (float64, knowledge, error) {
	if s.ways == nil {
		return flat, whole, nil
	}
	w, err := s.ways.to(cell)
	if err != nil || !w.shaded && w.climb == 0 {
		return flat, w.known, err
	}
	d := max(distance(s.site, cell), 1)
	return min(flat, flat-s.heard.Level(d)+s.heard.behind(d, w)), w.known, nil
}

// cells gives the cells in which the siren is heard at the level, ascending. Where
// the terrain cannot be read it counts as flat, and the error says so in the end.
func (s *placed) cells(grid *population.Grid, level float64, failed *error) iter.Seq2[int, population.Cell] {
	return func(yield func(int, population.Cell) bool) {
		// A millimetre more, since a range is known to a millimetre: the level decides.
		for i, cell := range grid.Near(s.site, s.reach+0.001) {
			flat := s.flat(cell.Centre)
			if flat < level {
				continue
			}
			there, _, err := s.over(cell.Centre, flat)
			if err != nil {
				*failed = err
			}
			if there >= level && !yield(i, cell) {
				return
			}
		}
	}
}

func distance(a, b projection.Coordinate) float64 {
	return math.Hypot(a.Easting-b.Easting, a.Northing-b.Northing)
}

// meridian is by how many degrees true north lies clockwise of the map's north.
func meridian(at projection.Coordinate) (float64, error) {
	p, err := projection.LAEAEurope.Inverse(at)
	if err != nil {
		return 0, fmt.Errorf("find north: %w", err)
	}
	north, err := projection.LAEAEurope.Forward(geo.Point{Lat: p.Lat + 0.001, Lon: p.Lon})
	if err != nil {
		return 0, fmt.Errorf("find north: %w", err)
	}
	return math.Atan2(north.Easting-at.Easting, north.Northing-at.Northing) * 180 / math.Pi, nil
}
