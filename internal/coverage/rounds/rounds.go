// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package rounds shares places that sirens do not reach among loudspeaker
// vehicles, and proposes in which order each goes to them.
//
// It knows no roads: distances are straight. One tour through all places, each time
// to the nearest that is left, is freed of detours (2-opt), and cut into as many
// parts as there are vehicles, so that the longest is short. A driver who knows the
// roads changes it.
package rounds

import (
	"math"

	"github.com/tocsin-alert/tocsin/geo/projection"
)

// MaxStops is how many places one call takes: more are no afternoon's work.
const MaxStops = 500

// Plan gives for each of the vehicles the indexes of its stops, in the order of
// driving. A vehicle may get none. Beyond MaxStops, stops are left out.
func Plan(stops []projection.Coordinate, vehicles int) [][]int {
	vehicles = max(vehicles, 1)
	tour := shorten(stops, nearest(stops[:min(len(stops), MaxStops)]))
	return cut(stops, tour, vehicles)
}

// Length is how far a round goes in metres, straight from stop to stop.
func Length(stops []projection.Coordinate, round []int) float64 {
	length := 0.0
	for i := 1; i < len(round); i++ {
		length += distance(stops[round[i-1]], stops[round[i]])
	}
	return length
}

func distance(a, b projection.Coordinate) float64 {
	return math.Hypot(a.Easting-b.Easting, a.Northing-b.Northing)
}

// nearest is the way that always goes to the nearest place left, from the most
// western one.
func nearest(stops []projection.Coordinate) []int {
	if len(stops) == 0 {
		return nil
	}
	at := 0
	for i, s := range stops {
		if s.Easting < stops[at].Easting {
			at = i
		}
	}
	seen := make([]bool, len(stops))
	tour := make([]int, 0, len(stops))
	for {
		seen[at] = true
		tour = append(tour, at)
		next := -1
		for i := range stops {
			if !seen[i] && (next < 0 || distance(stops[at], stops[i]) < distance(stops[at], stops[next])) {
				next = i
			}
		}
		if next < 0 {
			return tour
		}
		at = next
	}
}

// shorten turns parts of the way around for as long as that makes it shorter.
func shorten(stops []projection.Coordinate, tour []int) []int {
	const trifle = 1e-6 // metres, so that rounding never turns a part back and forth
	for better := true; better; {
		better = false
		for i := 0; i < len(tour)-1; i++ {
			for j := i + 1; j < len(tour); j++ {
				before, after := 0.0, 0.0
				if i > 0 {
					before += distance(stops[tour[i-1]], stops[tour[i]])
					after += distance(stops[tour[i-1]], stops[tour[j]])
				}
				if j < len(tour)-1 {
					before += distance(stops[tour[j]], stops[tour[j+1]])
					after += distance(stops[tour[i]], stops[tour[j+1]])
				}
				if after < before-trifle {
					for a, b := i, j; a < b; a, b = a+1, b-1 {
						tour[a], tour[b] = tour[b], tour[a]
					}
					better = true
				}
			}
		}
	}
	return tour
}

// cut gives each vehicle a part of the way: the longest part is as short as parts
// of this way can be.
func cut(stops []projection.Coordinate, tour []int, vehicles int) [][]int {
	fits := func(most float64) [][]int {
		var rounds [][]int
		var round []int
		length := 0.0
		for _, stop := range tour {
			if len(round) > 0 {
				leg := distance(stops[round[len(round)-1]], stops[stop])
				if length+leg > most {
					rounds = append(rounds, round)
					round, length = nil, 0
				} else {
					length += leg
				}
			}
			round = append(round, stop)
		}
		if round != nil {
			rounds = append(rounds, round)
		}
		return rounds
	}
	low, high := 0.0, Length(stops, tour)
	if len(fits(0)) <= vehicles {
		high = 0
	}
	for high-low > 1 {
		if middle := (low + high) / 2; len(fits(middle)) <= vehicles {
			high = middle
		} else {
			low = middle
		}
	}
	rounds := fits(high)
	for len(rounds) < vehicles {
		rounds = append(rounds, nil)
	}
	return rounds
}
