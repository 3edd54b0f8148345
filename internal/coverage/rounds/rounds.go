// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package rounds shares places that sirens do not reach among loudspeaker
// vehicles, and proposes in which order each goes to them.
//
// It knows no roads: distances are straight, and Pace says how much longer roads
// are. One way through all places, each time to the nearest that is left, is freed
// of detours (2-opt and Or-opt among near neighbours), cut into as many parts as
// there are vehicles so that the longest takes as little time as parts of it can,
// and each part is freed of detours again. The order in which the places were given
// is tried too, so that the proposal never takes longer than that. Drivers who know
// the roads change it.
package rounds

import (
	"math"
	"time"

	"github.com/tocsin-alert/tocsin/geo/projection"
)

// MaxStops is how many stops one call takes; some seconds' work.
const MaxStops = 5000

// Stop is a place to go to, and how long a vehicle speaks there.
type Stop struct {
	At   projection.Coordinate
	Work time.Duration
}

// Pace is how fast vehicles get on. It is an assumption, not a measurement.
type Pace struct {
	// Speed is that between stops in km/h, Detour how much longer roads are than
	// straight lines.
	Speed, Detour float64
	// Hectare is what one inhabited hectare takes: some 100 m of street, passed with
	// the loudspeaker on.
	Hectare time.Duration
}

// DefaultPace is 40 km/h between stops on roads a third longer than straight
// lines, and 10 km/h with the loudspeaker on.
var DefaultPace = Pace{Speed: 40, Detour: 1.33, Hectare: 36 * time.Second}

// Drive is how long so many metres as the crow flies take.
func (p Pace) Drive(metres float64) time.Duration {
	return time.Duration(metres * p.Detour / (p.Speed / 3.6) * float64(time.Second))
}

// Round is one vehicle's way.
type Round struct {
	// Stops are indexes of the stops given, in the order of driving.
	Stops []int
	// Metres is the way as the crow flies, Duration that of driving and speaking.
	Metres   float64
	Duration time.Duration
}

// Plan gives each of the vehicles a round; one may get none. Every stop is in
// exactly one round; of more than MaxStops the first are taken.
func Plan(stops []Stop, vehicles int, pace Pace) []Round {
	stops = stops[:min(len(stops), MaxStops)]
	p := plan{stops: stops, pace: pace, near: neighbours(stops)}
	plain := make([]int, len(stops))
	for i := range plain {
		plain[i] = i
	}
	best := p.rounds(p.shorten(p.nearest()), vehicles)
	if other := p.rounds(plain, vehicles); longest(other) < longest(best) {
		best = other
	}
	return best
}

// longest is how long the last vehicle is out.
func longest(rounds []Round) time.Duration {
	most := time.Duration(0)
	for _, r := range rounds {
		most = max(most, r.Duration)
	}
	return most
}

// plan is a question on its way to its answer.
type plan struct {
	stops []Stop
	pace  Pace
	// near holds for each stop the stops next to it, the nearest first.
	near [][]int32
}

// Distance is the way from one stop to the other in metres, as the crow flies.
func Distance(a, b Stop) float64 {
	return math.Hypot(a.At.Easting-b.At.Easting, a.At.Northing-b.At.Northing)
}

func (p *plan) distance(a, b int) float64 { return Distance(p.stops[a], p.stops[b]) }

func (p *plan) round(way []int) Round {
	r := Round{Stops: way}
	for i, stop := range way {
		if i > 0 {
			r.Metres += p.distance(way[i-1], stop)
		}
		r.Duration += p.stops[stop].Work
	}
	r.Duration += p.pace.Drive(r.Metres)
	return r
}

// rounds cuts a way into parts and shortens each.
func (p *plan) rounds(way []int, vehicles int) []Round {
	var rounds []Round
	for _, part := range p.cut(way, max(vehicles, 1)) {
		before := p.round(part)
		after := p.round(p.shorten(append([]int{}, part...)))
		if after.Metres < before.Metres {
			before = after
		}
		rounds = append(rounds, before)
	}
	return rounds
}

// cut gives each vehicle a part of the way: the longest part takes as little time,
// to a second, as parts of this way can.
func (p *plan) cut(way []int, vehicles int) [][]int {
	fits := func(most time.Duration) [][]int {
		var parts [][]int
		var part []int
		took := time.Duration(0)
		for _, stop := range way {
			next := p.stops[stop].Work
			if len(part) > 0 {
				next += p.pace.Drive(p.distance(part[len(part)-1], stop))
			}
			if len(part) > 0 && took+next > most {
				parts = append(parts, part)
				part, took, next = nil, 0, p.stops[stop].Work
			}
			part, took = append(part, stop), took+next
		}
		if part != nil {
			parts = append(parts, part)
		}
		return parts
	}
	low, high := time.Duration(0), p.round(way).Duration
	for high-low > time.Second {
		if middle := (low + high) / 2; len(fits(middle)) <= vehicles {
			high = middle
		} else {
			low = middle
		}
	}
	parts := fits(high)
	if len(parts) > vehicles { // the whole by its sum is a rounding longer than by its parts
		parts = [][]int{way}
	}
	for len(parts) < vehicles {
		parts = append(parts, nil)
	}
	return parts
}
