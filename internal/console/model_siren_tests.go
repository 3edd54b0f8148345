// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

// SirenTests are the tests of sirens, newest first, and what did not happen.
type SirenTests struct {
	// Total is how many tests there are, before Offset and Limit.
	Total int         `json:"total"`
	Tests []SirenTest `json:"tests"`
	// Notes are scheduled tests that had to wait or were missed, newest first.
	Notes []SirenTestNote `json:"notes"`
}

// SirenTest is one test in numbers.
type SirenTest struct {
	ID     string          `json:"id"`
	Signal string          `json:"signal" enum:"silent-test,growl-test"`
	Scope  testplan.Scope  `json:"scope"`
	Status testplan.Status `json:"status" enum:"begun,running,ended,postponed"`
	// Schedule is empty for a test that somebody began; By is that person, and
	// For the system on whose behalf the node began it.
	Schedule string    `json:"schedule,omitempty"`
	By       Person    `json:"by,omitzero"`
	For      string    `json:"for,omitempty"`
	Due      time.Time `json:"due,omitzero"`
	Begun    time.Time `json:"begun"`
	// Deadline is when it ends at the latest, Ended when it did.
	Deadline time.Time `json:"deadline,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	// Total is how many sirens are tested; absent before they are known.
	Total  int                       `json:"total,omitempty"`
	Counts map[siren.TestOutcome]int `json:"counts"`
	// Reason says, as a catalogue key, why the test as a whole came to nothing.
	Reason string `json:"reason,omitempty"`
}

// SirenTestDetail is one test with its sirens.
type SirenTestDetail struct {
	SirenTest
	// Kept is false for an old test, of which only the numbers are known.
	Kept bool `json:"kept"`
	// Matching is how many sirens the filter took, before Offset and Limit.
	Matching int           `json:"matching"`
	Sirens   []TestedSiren `json:"sirens"`
}

// TestedSiren is one siren in a test.
type TestedSiren struct {
	// ID is empty for a siren that is no longer in the registry.
	ID       string    `json:"id,omitempty"`
	Number   uint32    `json:"number"`
	Name     string    `json:"name,omitempty"`
	Region   string    `json:"region,omitempty"`
	Position geo.Point `json:"position,omitzero"`
	// Outcome is "asked" while the test runs.
	Outcome siren.TestOutcome `json:"outcome" enum:"asked,passed,failed,no-answer,not-tested"`
	Reason  string            `json:"reason,omitempty"`
}

// SirenTestNote is a scheduled test that had to wait or did not happen.
type SirenTestNote struct {
	At       time.Time `json:"at"`
	Kind     string    `json:"kind" enum:"postponed,missed"`
	Schedule string    `json:"schedule"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Count    int       `json:"count"`
	Reason   string    `json:"reason"`
}

// SirenTestSchedules are the schedules, and those that most authorities want.
type SirenTestSchedules struct {
	Schedules []SirenTestSchedule `json:"schedules"`
	// Usual are suggestions whose ids no schedule has yet.
	Usual []testplan.Schedule `json:"usual"`
}

// SirenTestSchedule is a schedule with how it stands.
type SirenTestSchedule struct {
	testplan.Schedule
	Set   time.Time `json:"set"`
	SetBy Person    `json:"setBy"`
	// Next is when it falls due; a time in the past is one that waits, for Waits.
	Next  time.Time `json:"next,omitzero"`
	Waits string    `json:"waits,omitempty"`
	// Remind is true from Lead days before a live trial on.
	Remind bool `json:"remind,omitempty"`
	// Last is the id of the last test, Missed what did not happen since.
	Last   string         `json:"last,omitempty"`
	Missed *SirenTestNote `json:"missed,omitempty"`
}
