// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"cmp"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
)

// Listeners is who in an area hears the sirens that sound. A siren that begins or
// ends costs the cells in its earshot, however large the fleet; the numbers are
// those that a map of the same sirens gives. Not for use by several goroutines.
type Listeners struct {
	audience *Audience
	area     geo.Area
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
	// Stops are where loudspeaker vehicles would halt: those of all places, the
	// largest first, at most MaxStops of StopCount.
	Stops []Stop `json:"-"`
	// Outline is that of the area, as far as it is known.
	Outline   geo.MultiPolygon `json:"-"`
	StopCount int              `json:"-"`
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
	// ARS and Region are the smallest region there, by its outline where one is known,
	// else by the nearest place.
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
	// Shape is where its cells lie: rectangles, or one around all of them where the
	// stops are many.
	Shape []geo.Ring `json:"-"`
}

// unheard is what is known of a quarter while cells are gone through.
type unheard struct {
	quarter int32
	people  int64
	cells   int
	densest int
	at      projection.Coordinate
	bounds  population.Bounds
	// boxes are its cells as rectangles, those beside and on top of each other joined.
	boxes []population.Bounds
}

// exactStops is up to how many stops are drawn by their cells.
const exactStops = 400

// take adds a cell. Cells come row by row from the south, and from the west in a row.
func (u *unheard) take(cell population.Cell, half float64) {
	u.people += int64(cell.People)
	u.cells++
	if cell.People > u.densest {
		u.densest, u.at = cell.People, cell.Centre
	}
	b := population.Around(cell.Centre, half)
	u.bounds.West, u.bounds.East = min(u.bounds.West, b.West), max(u.bounds.East, b.East)
	u.bounds.South, u.bounds.North = min(u.bounds.South, b.South), max(u.bounds.North, b.North)
	if n := len(u.boxes); n > 0 && u.boxes[n-1].South == b.South && u.boxes[n-1].North == b.North && u.boxes[n-1].East == b.West {
		u.boxes[n-1].East = b.East
		return
	}
	u.boxes = append(u.boxes, b)
}

// joined is the boxes, those that are as wide as what they stand on joined with it.
func (u *unheard) joined() []population.Bounds {
	var out []population.Bounds
	for _, b := range u.boxes {
		under := slices.IndexFunc(out, func(o population.Bounds) bool { return o.West == b.West && o.East == b.East && o.North == b.South })
		if under < 0 {
			out = append(out, b)
		} else {
			out[under].North = b.North
		}
	}
	return out
}

// Hearing counts who hears a siren now, and lists where nobody does. It goes
// through all cells of the area: some milliseconds for a Land by 100 m.
func (l *Listeners) Hearing() Hearing {
	h := Hearing{Numbers: l.Numbers(), Basis: l.audience.basis, Roughly: l.roughly, Outline: l.audience.regions.Shape(l.area), Missed: []Missed{}, Stops: []Stop{}}
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
	h.StopCount = len(all)
	slices.SortFunc(all, byPeople)
	for _, u := range all[:min(len(all), MaxStops)] {
		if len(all) > exactStops {
			u.boxes = []population.Bounds{u.bounds}
		}
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
			u = &unheard{quarter: quarter, bounds: population.Bounds{West: math.Inf(1), South: math.Inf(1), East: math.Inf(-1), North: math.Inf(-1)}}
			byQuarter[quarter] = u
			all = append(all, u)
		}
		u.take(grid.Cell(int(i)), half)
	}
	return all
}

func (a *Audience) missed(u *unheard) Missed {
	m := Missed{People: u.people}
	if place := a.quarters.place[u.quarter]; place != nowhere {
		m.Name, m.ARS = a.places[place].Name, a.places[place].ARS
	}
	p, err := projection.LAEAEurope.Inverse(u.at)
	if err != nil {
		return m // no cell is there
	}
	m.Position = p
	if ref, err := projection.ToUTMREF(p, 100); err == nil {
		m.UTMREF = ref.String()
	}
	// The outline of a Land says less than the Kreis of the nearest place.
	if region, ok := a.regions.At(p); ok && (region.ARS.Kreis() != "" || m.ARS == "") {
		m.ARS, m.Region = region.ARS, region.Name
	} else if region, ok := a.regions.Lookup(m.ARS.Kreis()); ok {
		m.Region = region.Name
	}
	return m
}

func (a *Audience) stop(u *unheard) Stop {
	s := Stop{Missed: a.missed(u), Hectares: hectares(u.cells, a.grid.Side(), u.people)}
	for _, b := range u.joined() {
		var ring geo.Ring
		for _, corner := range [][2]float64{{b.West, b.South}, {b.East, b.South}, {b.East, b.North}, {b.West, b.North}, {b.West, b.South}} {
			// Cells lie in Europe, where this cannot fail.
			p, _ := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: corner[0], Northing: corner[1]})
			ring = append(ring, p)
		}
		s.Shape = append(s.Shape, ring)
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
