// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import "math"

// RatingDistance is where the level of a siren is stated, in metres: 100 feet,
// as makers and programmes round it.
const RatingDistance = 30

// CPG is the range model of the Civil Preparedness Guide 1-17 (FEMA, 1980).
type CPG struct {
	// PerDoubling is the loss in dB for each doubling of the distance: 10 where
	// nothing is known, 6 in a free field, up to 12 in a dense town. 0 means 10.
	PerDoubling float64
}

func (c CPG) loss() float64 {
	if c.PerDoubling == 0 {
		return 10
	}
	return c.PerDoubling
}

// Level is the level at a distance in metres of a siren that has the level
// rating at RatingDistance. Nearer than that the rule says nothing, and the
// level is that of a free field: 6 dB more for each halving.
func (c CPG) Level(rating, distance float64) float64 {
	loss := c.loss()
	if !(loss > 0) || !(distance > 0) || !finite(rating, distance, loss) {
		return math.NaN()
	}
	if distance < RatingDistance {
		return rating - 20*math.Log10(distance/RatingDistance)
	}
	return rating - loss*math.Log2(distance/RatingDistance)
}

// Range is the distance in metres at which a siren with the rating has a level.
func (c CPG) Range(rating, level float64) float64 {
	loss := c.loss()
	switch {
	case !(loss > 0) || !finite(rating, level, loss):
		return math.NaN()
	case level > rating:
		return RatingDistance * math.Pow(10, (rating-level)/20)
	default:
		return RatingDistance * math.Exp2((rating-level)/loss)
	}
}
