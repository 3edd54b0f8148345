// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Audience knows where people live, and says who of them hears which sirens. It
// does not change: any number of goroutines may use it.
type Audience struct {
	Grid    *population.Grid
	Regions *geo.Regions
	// Assumptions and Level are by which model and at how many dB(A) a siren counts
	// as heard; CPG 1-17 and 70 dB(A) if zero.
	Assumptions earshot.Assumptions
	Level       float64
}

// Hearing is who in an area hears the sirens that sound, by the model named.
type Hearing struct {
	// People live in the area, by the census; Reached of them hear a siren.
	People  int64   `json:"people"`
	Reached int64   `json:"reached"`
	Model   string  `json:"model"`
	Level   float64 `json:"level"`
	// Missed are the places where people hear nothing, those with most people
	// first, at most 50 of MissedCount.
	Missed      []Missed `json:"missed"`
	MissedCount int      `json:"missedCount"`
}

// Share is the part of the people who are reached, 0 to 1; 0 of nobody.
func (h Hearing) Share() float64 {
	if h.People == 0 {
		return 0
	}
	return float64(h.Reached) / float64(h.People)
}

// Missed is a place where people hear no siren: where a loudspeaker vehicle goes.
type Missed struct {
	People   int64     `json:"people"`
	Position geo.Point `json:"position"`
	// UTMREF is the square of 100 m in which most of them live.
	UTMREF string  `json:"utmref"`
	ARS    geo.ARS `json:"ars,omitempty"`
	Region string  `json:"region,omitempty"`
}

// listedMissed is how many places a Hearing lists.
const listedMissed = 50

// Cells lists the inhabited cells in an area. It is false where a region of the
// area has no outline, so that nobody knows who lives in it.
func (a *Audience) Cells(area geo.Area) ([]int32, bool) {
	cells := []int32{}
	take := func(i int) { cells = append(cells, int32(i)) }
	for _, key := range area.ARS {
		region, known := a.Regions.Lookup(key)
		if !known || len(region.Outline) == 0 {
			return nil, false
		}
		a.Grid.Inside(region.Outline, take)
	}
	for _, ring := range area.Polygons {
		a.Grid.Inside(geo.MultiPolygon{{ring}}, take)
	}
	for _, circle := range area.Circles {
		centre, err := projection.LAEAEurope.Forward(circle.Center)
		if err != nil {
			continue // no cell is beyond Europe
		}
		// Distances on the map differ from those on the ground by 0.15 % at most.
		for i, cell := range a.Grid.Near(centre, circle.Radius*1.01) {
			if circle.Contains(cell.Point()) {
				take(i)
			}
		}
	}
	slices.Sort(cells)
	return slices.Compact(cells), true
}

// Hear says who in the cells, as Cells gives them, hears the sirens for which
// sounds is true.
func (a *Audience) Hear(cells []int32, sirens []siren.Siren, sounds func(siren.Siren) bool) (Hearing, error) {
	var sources []earshot.Source
	for _, s := range sirens {
		if source, inEurope := asSource(s); inEurope && sounds(s) {
			sources = append(sources, source)
		}
	}
	options := earshot.Options{Assumptions: a.Assumptions, Level: a.Level}
	live, err := earshot.NewLive(a.Grid, sources, options, cells)
	if err != nil {
		return Hearing{}, err
	}
	for _, s := range sources {
		live.Set(s.ID, true)
	}
	h := Hearing{Model: a.Assumptions.String(), Level: live.Level(), Missed: []Missed{}}
	h.Reached, h.People = live.Reached()
	gaps := live.Missed(cells)
	h.MissedCount = len(gaps)
	for _, g := range gaps[:min(len(gaps), listedMissed)] {
		h.Missed = append(h.Missed, a.missed(g))
	}
	return h, nil
}

// asSource is a siren as the models hear it; false for one beyond Europe, where
// nobody of the census lives within earshot.
func asSource(s siren.Siren) (earshot.Source, bool) {
	at, err := projection.LAEAEurope.Forward(s.Position)
	return earshot.Source{ID: s.ID, Position: at, Rating: s.Equipment.Level, Height: s.Equipment.Height}, err == nil
}

// In is Hear for an area; nil where nobody knows who lives in it, or where nobody
// does.
func (a *Audience) In(area geo.Area, sirens []siren.Siren, sounds func(siren.Siren) bool) *Hearing {
	cells, known := a.Cells(area)
	if !known || len(cells) == 0 {
		return nil
	}
	h, err := a.Hear(cells, sirens, sounds)
	if err != nil {
		return nil // a level that the registry would have refused
	}
	return &h
}

func (a *Audience) missed(g earshot.Gap) Missed {
	m := Missed{People: g.People}
	p, err := projection.LAEAEurope.Inverse(g.Densest)
	if err != nil {
		return m
	}
	m.Position = p
	if ref, err := projection.ToUTMREF(p, 100); err == nil {
		m.UTMREF = ref.String()
	}
	if region, ok := a.Regions.At(p); ok {
		m.ARS, m.Region = region.ARS, region.Name
	}
	return m
}

// Bereft is how many people would hear a siren for which silent is true, and hear
// none of the others: whom the silent ones leave without.
func (a *Audience) Bereft(sirens []siren.Siren, silent func(siren.Siren) bool) (int64, error) {
	options := earshot.Options{Assumptions: a.Assumptions, Level: a.Level}
	var sources []earshot.Source
	dead := map[string]bool{}
	var cells []int32
	for _, s := range sirens {
		source, inEurope := asSource(s)
		if !inEurope {
			continue
		}
		sources = append(sources, source)
		if !silent(s) {
			continue
		}
		dead[s.ID] = true
		near, err := earshot.Cells(a.Grid, source, options)
		if err != nil {
			return 0, err
		}
		cells = append(cells, near...)
	}
	if len(dead) == 0 {
		return 0, nil
	}
	slices.Sort(cells)
	live, err := earshot.NewLive(a.Grid, sources, options, slices.Compact(cells))
	if err != nil {
		return 0, err
	}
	for _, s := range sources {
		live.Set(s.ID, !dead[s.ID])
	}
	reached, people := live.Reached()
	return people - reached, nil
}
