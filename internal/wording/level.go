// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// Profile names a reader of CAP messages who expects gradings of its own.
type Profile string

// The profiles.
const (
	// ProfilePublic is that of pages and feeds.
	ProfilePublic Profile = "public"
	// ProfileCellBroadcast is that of the interface to the mobile operators
	// (TR DE-Alert 1.1, section 8.26).
	ProfileCellBroadcast Profile = "cell-broadcast"
)

// Grading is what CAP says of a level.
type Grading struct {
	Urgency   cap.Urgency   `yaml:"urgency"`
	Severity  cap.Severity  `yaml:"severity"`
	Certainty cap.Certainty `yaml:"certainty"`
}

// Level is one of the three warning levels.
type Level struct {
	// Number is 1 (extreme danger), 2 (danger) or 3 (information).
	Number int `yaml:"number"`
	// Name is the public name, Meaning says in a sentence or two when it applies.
	Name    Words `yaml:"name"`
	Meaning Words `yaml:"meaning"`
	// Announcement names the kind of message that the level makes.
	Announcement Words `yaml:"announcement"`
	// Colour is a token of the style sheet. It never stands alone: Shape, a
	// single character, and the name go with it.
	Colour    string `yaml:"colour"`
	Shape     string `yaml:"shape"`
	ShapeName string `yaml:"shapeName"`
	// Validity is how long a message is in force when nothing else is known;
	// beyond Longest it ought to be renewed rather than run on.
	Validity time.Duration       `yaml:"validity"`
	Longest  time.Duration       `yaml:"longest"`
	Grading  map[Profile]Grading `yaml:"grading"`
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
