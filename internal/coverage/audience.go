// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"fmt"
	"slices"
	"sync"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// AudienceOptions are who lives where, and when a siren counts as heard.
type AudienceOptions struct {
	Grid      *population.Grid
	Gazetteer *geo.Gazetteer
	// Assumptions and Level are by which model and at how many dB(A) a siren counts
	// as heard; CPG 1-17 and 70 dB(A) if zero.
	Assumptions earshot.Assumptions
	Level       float64
	// Terrain is the ground; flat everywhere if nil.
	Terrain *earshot.Terrain
}

// Audience knows where people live, and says who of them hears which sirens. Any
// number of goroutines may use it.
type Audience struct {
	grid     *population.Grid
	regions  *geo.Regions
	places   []geo.Place
	quarters quarters
	basis    Basis

	mu sync.Mutex
	// sirens are those of the earshots, as the fleet gave them.
	sirens   []siren.Siren
	earshots *earshot.Earshots
}

// NewAudience prepares the cells: a second for all of Germany by 100 m. It fails
// for assumptions or a level that cannot be.
func NewAudience(o AudienceOptions) (*Audience, error) {
	none, err := earshot.NewEarshots(o.Grid, nil, earshot.Options{Assumptions: o.Assumptions, Level: o.Level, Terrain: o.Terrain})
	if err != nil {
		return nil, fmt.Errorf("prepare who hears the sirens: %w", err)
	}
	model := o.Assumptions.String()
	if o.Terrain != nil {
		model = o.Assumptions.WithTerrain()
	}
	places := o.Gazetteer.Places()
	return &Audience{
		grid: o.Grid, regions: o.Gazetteer.Regions(), places: places, quarters: newQuarters(o.Grid, places),
		basis: Basis{
			Model: model, Assumptions: o.Assumptions.Filled(), Terrain: o.Terrain != nil, Level: none.Level(),
			Year: o.Grid.Year(), Licence: o.Grid.Licence(), Generated: o.Grid.Generated(),
		},
		earshots: none,
	}, nil
}

// Grid is the cells in which people live.
func (a *Audience) Grid() *population.Grid { return a.grid }

// Basis is by what it was reckoned who hears a siren.
type Basis struct {
	// Model, Assumptions and Level (dB(A)) are those of the node's configuration;
	// Terrain says that hills count.
	Model       string              `json:"model"`
	Assumptions earshot.Assumptions `json:"assumptions"`
	Terrain     bool                `json:"terrain,omitempty"`
	Level       float64             `json:"level"`
	// Year is that of the census, 0 if it does not tell. Generated people live
	// nowhere: they were made up, for a demo.
	Year      int    `json:"year,omitempty"`
	Licence   string `json:"licence,omitempty"`
	Generated bool   `json:"generated,omitempty"`
}

// cells lists the inhabited cells in an area, ascending. People of a region without
// a known outline, which roughly names, are those for whom the nearest place is one
// of the region. It is false where nothing tells who lives in a region.
func (a *Audience) cells(area geo.Area) (cells []int32, roughly []geo.ARS, known bool) {
	take := func(i int) { cells = append(cells, int32(i)) }
	for _, key := range area.ARS {
		region, is := a.regions.Lookup(key)
		switch {
		case is && len(region.Outline) > 0:
			a.grid.Inside(region.Outline, take)
		case a.takeByPlace(key, take):
			roughly = append(roughly, key)
		default:
			return nil, nil, false
		}
	}
	for _, ring := range area.Polygons {
		a.grid.Inside(geo.MultiPolygon{{ring}}, take)
	}
	for _, circle := range area.Circles {
		centre, err := projection.LAEAEurope.Forward(circle.Center)
		if err != nil {
			continue // no cell is beyond Europe
		}
		// Distances on the map differ from those on the ground by 0.15 % at most.
		for i, cell := range a.grid.Near(centre, circle.Radius*1.01) {
			if circle.Contains(cell.Point()) {
				take(i)
			}
		}
	}
	slices.Sort(cells)
	return slices.Compact(cells), roughly, true
}

// takeByPlace takes the cells whose nearest place is in a region; false where the
// region has no place.
func (a *Audience) takeByPlace(key geo.ARS, take func(i int)) bool {
	in := make([]bool, len(a.places))
	any := false
	for i, p := range a.places {
		in[i] = key.Contains(p.ARS)
		any = any || in[i]
	}
	for i, quarter := range a.quarters.of {
		if place := a.quarters.place[quarter]; any && place != nowhere && in[place] {
			take(i)
		}
	}
	return any
}

// heardOf is where each of the sirens is heard; what was reckoned of those that did
// not change is kept.
func (a *Audience) heardOf(sirens []siren.Siren) (*earshot.Earshots, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	// A fleet gives the same list until its registry changes.
	if len(sirens) == len(a.sirens) && (len(sirens) == 0 || &sirens[0] == &a.sirens[0]) {
		return a.earshots, nil
	}
	sources := make([]earshot.Source, 0, len(sirens))
	for _, s := range sirens {
		source, err := earshot.SourceOf(s)
		if err != nil {
			continue // beyond Europe, where nobody of the census is in earshot
		}
		sources = append(sources, source)
	}
	next, err := a.earshots.With(sources)
	if err != nil {
		return nil, err
	}
	a.sirens, a.earshots = sirens, next
	return next, nil
}

// Listen follows who in the area hears which of the sirens: nobody at first. It is
// nil where nobody knows who lives in the area, or where nobody does.
func (a *Audience) Listen(area geo.Area, sirens []siren.Siren) (*Listeners, error) {
	cells, roughly, known := a.cells(area)
	if !known || len(cells) == 0 {
		return nil, nil
	}
	earshots, err := a.heardOf(sirens)
	if err != nil {
		return nil, err
	}
	return &Listeners{audience: a, area: area, live: earshots.Live(cells), cells: cells, roughly: roughly, sounding: map[string]bool{}}, nil
}

// Bereft follows whom the sirens that are not ready leave without one: at first
// none is ready.
func (a *Audience) Bereft(sirens []siren.Siren) (*Bereft, error) {
	earshots, err := a.heardOf(sirens)
	if err != nil {
		return nil, err
	}
	all := earshots.Live(nil)
	for _, s := range sirens {
		all.Set(s.ID, true)
	}
	hearable, _ := all.Reached()
	return &Bereft{ready: earshots.Live(nil), hearable: hearable}, nil
}

// Bereft is the people who would hear a siren that is not ready, and hear none that
// is. It is not safe for use by several goroutines.
type Bereft struct {
	ready *earshot.Live
	// hearable is the people who hear any siren.
	hearable int64
}

// Set says whether a siren is ready.
func (b *Bereft) Set(id string, ready bool) { b.ready.Set(id, ready) }

// People is how many are bereft now.
func (b *Bereft) People() int64 {
	reached, _ := b.ready.Reached()
	return b.hearable - reached
}
