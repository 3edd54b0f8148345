// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import "math"

// Elevation is one point of a terrain profile.
type Elevation struct {
	Distance float64 // from the source, in metres, as the map has it
	Height   float64 // above sea level, in metres
}

// Ridge is the screen that the terrain between source and receiver is: the edges
// over which a string drawn tight from one to the other would bend. A ridge goes
// on to both sides, so that sound passes only over its top (ISO/TR 17534-3, 5.8).
// The profile begins under the source and ends under the receiver, in ascending
// distances. There is no screen where the straight line is free, and none can be
// said of a profile that is out of order.
func Ridge(profile []Elevation, sourceHeight, receiverHeight float64) (Screen, bool) {
	if len(profile) < 3 || !finite(sourceHeight, receiverHeight) {
		return Screen{}, false
	}
	for i, e := range profile {
		if !finite(e.Distance, e.Height) || i > 0 && e.Distance <= profile[i-1].Distance {
			return Screen{}, false
		}
	}
	last := len(profile) - 1
	height := func(i int) float64 {
		switch i {
		case 0:
			return profile[0].Height + sourceHeight
		case last:
			return profile[last].Height + receiverHeight
		}
		return profile[i].Height
	}
	// The upper hull, from the source on: a point stays while the line goes down
	// more steeply after it than before.
	hull := make([]int, 0, 16)
	for i := range profile {
		for len(hull) >= 2 {
			a, b := hull[len(hull)-2], hull[len(hull)-1]
			rise := (height(b) - height(a)) * (profile[i].Distance - profile[a].Distance)
			if rise > (height(i)-height(a))*(profile[b].Distance-profile[a].Distance) {
				break
			}
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, i)
	}
	if len(hull) < 3 {
		return Screen{}, false
	}
	length := func(a, b int) float64 {
		return math.Hypot(profile[b].Distance-profile[a].Distance, height(b)-height(a))
	}
	first, end := hull[1], hull[len(hull)-2]
	screen := Screen{ToEdge: length(0, first), FromEdge: length(end, last), Direct: length(0, last)}
	for i := 2; i < len(hull)-1; i++ {
		screen.Between += length(hull[i-1], hull[i])
	}
	return screen, true
}
