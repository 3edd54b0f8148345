// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"slices"
	"time"
)

// Level is one of the three warning levels.
type Level struct {
	// Number is 1 (extreme danger), 2 (danger) or 3 (information).
	Number int `yaml:"number"`
	// Name is the public name, Meaning says in a sentence or two when it applies.
	Name    Words `yaml:"name"`
	Meaning Words `yaml:"meaning"`
	// Colour is a token of the style sheet. It never stands alone: Shape, a
	// single character, and the name go with it.
	Colour    string `yaml:"colour"`
	Shape     string `yaml:"shape"`
	ShapeName string `yaml:"shapeName"`
	// Validity is how long a message is in force when nothing else is known.
	Validity time.Duration `yaml:"validity"`
}

// Levels are the levels, the gravest first.
func Levels() []Level { return slices.Clone(levels) }

// LevelOf is the level of a number.
func LevelOf(number int) (Level, bool) {
	index := slices.IndexFunc(levels, func(l Level) bool { return l.Number == number })
	if index < 0 {
		return Level{}, false
	}
	return levels[index], true
}
