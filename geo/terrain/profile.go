// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"errors"
	"fmt"
	"math"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Profile gives the heights from one place to another, at most step metres apart,
// both ends included, for acoustics.Ridge. Where no height is known between the
// ends the point is left out. It fails as Height does if an end's height is not
// known, and with an error if step is not above zero or the way longer than 10,000 steps.
func (m *Model) Profile(from, to geo.Point, step float64) ([]Elevation, error) {
	a, err := projection.LAEAEurope.Forward(from)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	b, err := projection.LAEAEurope.Forward(to)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	length := math.Hypot(b.Easting-a.Easting, b.Northing-a.Northing)
	if !(step > 0) || length > 10_000*step {
		return nil, fmt.Errorf("profile: %g m in steps of %g m cannot be", length, step)
	}
	pieces := max(1, int(math.Ceil(length/step)))
	profile := make([]Elevation, 0, pieces+1)
	w := walk{model: m, from: from, to: to, stretches: 1 + int(length/stretch), cursor: cursor{cache: m.cache}, stretch: -1}
	for i := range pieces + 1 {
		share := float64(i) / float64(pieces)
		h, err := w.height(share)
		if errors.Is(err, ErrUnknown) && i > 0 && i < pieces {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
		profile = append(profile, Elevation{Distance: share * length, Height: h})
	}
	return profile, nil
}

// stretch is how far a way is taken to be straight in the system of a file as
// well, in metres: the two lines are then at most 0.6 m apart.
const stretch = 5000

// walk goes along a way that is straight in degrees.
type walk struct {
	model     *Model
	from, to  geo.Point
	stretches int // into how many the way is cut
	cursor    cursor
	// What is known of where the walk is: in which stretch and square, and over
	// which tiles.
	stretch int
	square  square
	legs    []leg
}

// leg is a stretch over a tile, by its ends in the tile's system.
type leg struct {
	tile       *tile
	start, end projection.Coordinate
	// bent says that an end lies outside the system's area: then each point is
	// looked up by itself.
	bent bool
}

func (w *walk) point(share float64) geo.Point {
	return geo.Point{Lat: w.from.Lat + share*(w.to.Lat-w.from.Lat), Lon: w.from.Lon + share*(w.to.Lon-w.from.Lon)}
}

// height gives the height at a share of the way, from 0 to 1, as Model.Height does.
func (w *walk) height(share float64) (float64, error) {
	p := w.point(share)
	if !p.Valid() {
		return 0, ErrUnknown
	}
	along := share * float64(w.stretches)
	if i, s := min(int(along), w.stretches-1), squareOf(p); i != w.stretch || s != w.square {
		w.stretch, w.square, w.legs = i, s, w.legs[:0]
		from, to := w.point(float64(i)/float64(w.stretches)), w.point(float64(i+1)/float64(w.stretches))
		for _, t := range w.model.index[s] {
			start, before := t.system.Coordinate(from)
			end, behind := t.system.Coordinate(to)
			w.legs = append(w.legs, leg{t, start, end, before != nil || behind != nil})
		}
	}
	along -= float64(w.stretch)
	for _, l := range w.legs {
		if !l.tile.box.Contains(p) {
			continue
		}
		var h float64
		var err error
		if l.bent {
			h, err = sample(&w.cursor, l.tile, p)
		} else {
			h, err = between(&w.cursor, l.tile, projection.Coordinate{
				Easting:  l.start.Easting + along*(l.end.Easting-l.start.Easting),
				Northing: l.start.Northing + along*(l.end.Northing-l.start.Northing),
			})
		}
		if err != nil {
			return 0, err
		}
		if !math.IsNaN(h) {
			return h, nil
		}
	}
	return 0, ErrUnknown
}
