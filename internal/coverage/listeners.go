// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"cmp"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
)

// Listeners is who in an area hears the sirens that sound. A siren that begins or
// ends costs the cells in its earshot, however large the fleet; the numbers are
// those that a map of the same sirens gives. Not for use by several goroutines.
type Listeners struct {
	audience *Audience
	live     *earshot.Live
	cells    []int32
	roughly  []geo.ARS
	sounding map[string]bool
}

// Set says whether a siren sounds.
func (l *Listeners) Set(id string, sounds bool) {
	if !l.live.Set(id, sounds) {
		return
	}
	if sounds {
		l.sounding[id] = true
	} else {
		delete(l.sounding, id)
	}
}

// Sounds reports whether a siren counts as sounding.
func (l *Listeners) Sounds(id string) bool { return l.sounding[id] }

// Numbers are people by whether they hear a siren.
type Numbers struct {
	// People live in the area, by the census; Reached of them hear a siren.
	People  int64 `json:"people"`
	Reached int64 `json:"reached"`
	// Sirens is how many of them sound.
	Sirens int `json:"sirens"`
}

// Share is the part of the people who are reached, 0 to 1; 0 of nobody.
func (n Numbers) Share() float64 {
	if n.People == 0 {
		return 0
	}
	return float64(n.Reached) / float64(n.People)
}

// Unreached is how many people hear nothing.
func (n Numbers) Unreached() int64 { return n.People - n.Reached }

// Numbers counts who hears a siren now.
func (l *Listeners) Numbers() Numbers {
	reached, people := l.live.Reached()
	return Numbers{People: people, Reached: reached, Sirens: len(l.sounding)}
}

// Hearing is who in an area hears the sirens that sound, by the model named.
type Hearing struct {
	Numbers
	Basis
	// Bereft of the people who are not reached would hear a siren that is meant and
	// not ready; only before a release.
	Bereft int64 `json:"bereft,omitempty"`
	// Roughly are regions of the area without a known outline: their people are those
	// for whom a place of the region is the nearest.
	Roughly []geo.ARS `json:"roughly,omitempty"`
	// Missed are the places where people hear nothing, those with most people
	// first, at most ListedMissed of MissedCount.
	Missed      []Missed `json:"missed"`
	MissedCount int      `json:"missedCount"`
	// Stops are where loudspeaker vehicles would halt: those of all places, at most
	// MaxStops, the largest first.
	Stops []Stop `json:"-"`
}

const (
	// ListedMissed is how many places a Hearing lists.
	ListedMissed = 50
	// MaxStops is how many stops a Hearing has: more than any number of vehicles does
	// in a day.
	MaxStops = 3000
)

// Missed is a place where people hear no siren.
type Missed struct {
	// Name is that of the nearest place known; empty where none is near.
	Name   string `json:"name"`
	People int64  `json:"people"`
	// Position is where most of them live, UTMREF its square of 100 m.
	Position geo.Point `json:"position"`
	UTMREF   string    `json:"utmref"`
	// ARS and Region are the smallest region there with a known outline.
	ARS    geo.ARS `json:"ars,omitempty"`
	Region string  `json:"region,omitempty"`
}

// Others is how many people hear nothing in the places after the first n.
func (h Hearing) Others(n int) int64 {
	others := h.Unreached()
	for _, m := range h.Missed[:min(n, len(h.Missed))] {
		others -= m.People
	}
	return others
}

// Stop is the part of a missed place in one square kilometre: what a loudspeaker
// vehicle does from one halt.
type Stop struct {
	Missed
	// Hectares is how much of it is inhabited.
	Hectares int `json:"hectares"`
	// Outline is the rectangle around its cells.
	Outline geo.Ring `json:"-"`
}

// unheard is what is known of a quarter while cells are gone through.
type unheard struct {
	quarter                  int32
	people                   int64
	cells                    int
	densest                  int
	at                       projection.Coordinate
	west, south, east, north float64
}

// Hearing counts who hears a siren now, and lists where nobody does. It goes
// through all cells of the area: some milliseconds for a Land by 100 m.
func (l *Listeners) Hearing() Hearing {
	h := Hearing{Numbers: l.Numbers(), Basis: l.audience.basis(), Roughly: l.roughly, Missed: []Missed{}, Stops: []Stop{}}
	all := l.unheard()
	byPlace := map[int32]*unheard{}
	var places []*unheard
	for _, u := range all {
		place := l.audience.quarters.place[u.quarter]
		sum := byPlace[place]
		if sum == nil {
			sum = &unheard{quarter: u.quarter}
			byPlace[place] = sum
			places = append(places, sum)
		}
		sum.people += u.people
		if u.densest > sum.densest {
			sum.densest, sum.at = u.densest, u.at
		}
	}
	slices.SortFunc(places, byPeople)
	h.MissedCount = len(places)
	for _, p := range places[:min(len(places), ListedMissed)] {
		h.Missed = append(h.Missed, l.audience.missed(p))
	}
	slices.SortFunc(all, byPeople)
	for _, u := range all[:min(len(all), MaxStops)] {
		h.Stops = append(h.Stops, l.audience.stop(u))
	}
	return h
}

func byPeople(a, b *unheard) int {
	return cmp.Or(cmp.Compare(b.people, a.people), cmp.Compare(a.quarter, b.quarter))
}

// unheard gathers the cells in which people hear nothing, by quarter.
func (l *Listeners) unheard() []*unheard {
	grid, half := l.audience.grid, float64(l.audience.grid.Side())/2
	byQuarter := map[int32]*unheard{}
	var all []*unheard
	for _, i := range l.cells {
		if l.live.Hears(i) {
			continue
		}
		quarter := l.audience.quarters.of[i]
		u := byQuarter[quarter]
		if u == nil {
			u = &unheard{quarter: quarter, west: math.Inf(1), south: math.Inf(1), east: math.Inf(-1), north: math.Inf(-1)}
			byQuarter[quarter] = u
			all = append(all, u)
		}
		cell := grid.Cell(int(i))
		u.people += int64(cell.People)
		u.cells++
		if cell.People > u.densest {
			u.densest, u.at = cell.People, cell.Centre
		}
		u.west, u.east = min(u.west, cell.Centre.Easting-half), max(u.east, cell.Centre.Easting+half)
		u.south, u.north = min(u.south, cell.Centre.Northing-half), max(u.north, cell.Centre.Northing+half)
	}
	return all
}

func (a *Audience) missed(u *unheard) Missed {
	m := Missed{People: u.people}
	if place := a.quarters.place[u.quarter]; place != nowhere {
		m.Name = a.places[place].Name
	}
	p, err := projection.LAEAEurope.Inverse(u.at)
	if err != nil {
		return m // no cell is there
	}
	m.Position = p
	if ref, err := projection.ToUTMREF(p, 100); err == nil {
		m.UTMREF = ref.String()
	}
	if region, ok := a.regions.At(p); ok {
		m.ARS, m.Region = region.ARS, region.Name
	}
	return m
}

func (a *Audience) stop(u *unheard) Stop {
	s := Stop{Missed: a.missed(u), Hectares: hectares(u.cells, a.grid.Side(), u.people)}
	for _, corner := range [][2]float64{{u.west, u.south}, {u.east, u.south}, {u.east, u.north}, {u.west, u.north}, {u.west, u.south}} {
		p, err := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: corner[0], Northing: corner[1]})
		if err == nil {
			s.Outline = append(s.Outline, p)
		}
	}
	return s
}

// perHectare is how many people live on an inhabited hectare, about the mean of the
// census of 2022, where a cell is too large to tell.
const perHectare = 25

// hectares is how much ground is inhabited in so many cells.
func hectares(cells, side int, people int64) int {
	ground := cells * side * side / 10_000
	if side > 100 {
		ground = min(ground, int(people+perHectare-1)/perHectare)
	}
	return max(ground, 1)
}
