// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package testplan

import (
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// The signals of tests that begin by themselves.
const (
	Silent = "silent-test"
	Growl  = "growl-test"
)

// Scope is which sirens are tested: exactly one member is set.
type Scope struct {
	All bool `json:"all,omitempty"`
	// Regions are ARS prefixes.
	Regions []geo.ARS `json:"regions,omitempty"`
	// Sirens are ids.
	Sirens []string `json:"sirens,omitempty"`
}

// Schedule is a test that recurs.
type Schedule struct {
	// ID is 1 to 40 lower-case letters, digits and hyphens.
	ID string `json:"id"`
	// Signal is what the sirens give; empty for a live trial, of which people are
	// reminded and which they release themselves.
	Signal string `json:"signal,omitempty" enum:"silent-test,growl-test"`
	Recurrence
	Scope Scope `json:"scope,omitzero"`
	// Window is for how many minutes after its time a test may still begin, when
	// an alarm was in force or the node was down: 1 to 720.
	Window int `json:"window,omitempty" minimum:"0" maximum:"720"`
	// Lead is how many days before a live trial people are reminded: 1 to 60.
	Lead int `json:"lead,omitempty" minimum:"0" maximum:"60"`
}

// reminds reports whether the schedule only reminds.
func (s Schedule) reminds() bool { return s.Signal == "" }

// Usual are the schedules that most authorities want: a silent test every night,
// a growl on the first Saturday of the month at 11:00, and the reminder of the
// national day, the second Thursday of September at 11:00 (decision of the
// conference of interior ministers, 2019).
func Usual(zone string) []Schedule {
	all := Scope{All: true}
	return []Schedule{
		{ID: "nightly", Signal: Silent, Recurrence: Recurrence{At: "03:30", Zone: zone}, Scope: all, Window: 180},
		{ID: "monthly", Signal: Growl, Recurrence: Recurrence{Weekday: "saturday", Week: 1, At: "11:00", Zone: zone}, Scope: all, Window: 120},
		{ID: "national-day", Recurrence: Recurrence{Months: []int{9}, Weekday: "thursday", Week: 2, At: "11:00", Zone: "Europe/Berlin"}, Lead: 14},
	}
}

// The commands to the core.
const (
	CommandStart      = "siren-test.start"      // body Start
	CommandSchedule   = "siren-test.schedule"   // body Schedule, which replaces the one of its id
	CommandUnschedule = "siren-test.unschedule" // body Unscheduled
)

// Start is the body of CommandStart.
type Start struct {
	Signal string `json:"signal" enum:"silent-test,growl-test"`
	Scope
	// For names the system on whose behalf the node itself starts a test.
	For string `json:"for,omitempty" maxLength:"40"`
}

// The journal events of tests, beside siren.EventTested, which ends one.
const (
	EventScheduled   = "siren-test.scheduled"   // body Schedule
	EventUnscheduled = "siren-test.unscheduled" // body Unscheduled
	EventReminded    = "siren-test.reminded"    // body Reminded
	EventBegun       = "siren-test.begun"       // body Begun
	EventPlanned     = "siren-test.planned"     // body Planned
	EventPostponed   = "siren-test.postponed"   // body Postponed
	EventMissed      = "siren-test.missed"      // body Missed
)

// Unscheduled is the body of EventUnscheduled.
type Unscheduled struct {
	ID string `json:"id"`
}

// Reminded is the body of EventReminded: a live trial is due.
type Reminded struct {
	Schedule string    `json:"schedule"`
	Due      time.Time `json:"due"`
}

// Begun is the body of EventBegun: the gateway is to test these sirens.
type Begun struct {
	Test   string `json:"test"`
	Signal string `json:"signal"`
	Scope  Scope  `json:"scope"`
	// Schedule and Due are those of a test that began by itself.
	Schedule string    `json:"schedule,omitempty"`
	Due      time.Time `json:"due,omitzero"`
	For      string    `json:"for,omitempty"`
}

// Planned is the body of EventPlanned: what the gateway is about to send. It is
// journaled first, so that a test that is taken up again sends the same frames
// and no siren growls twice.
type Planned struct {
	Test string `json:"test"`
	// Sirens are those that are asked, Unasked those to which no way carries an
	// answer, by number.
	Sirens  siren.NumberRanges `json:"sirens"`
	Unasked siren.NumberRanges `json:"unasked,omitempty"`
	Frames  [][]byte           `json:"frames"`
	// Deadline ends the test: whoever has not answered by then has missed it.
	Deadline time.Time `json:"deadline"`
}

// Postponed is the body of EventPostponed: a scheduled test waits. Test is set
// when it had begun already and nothing had been sent.
type Postponed struct {
	Schedule string    `json:"schedule,omitempty"`
	Due      time.Time `json:"due,omitzero"`
	Test     string    `json:"test,omitempty"`
	// Reason is a catalogue key.
	Reason string `json:"reason"`
}

// Missed is the body of EventMissed: scheduled tests that did not happen.
type Missed struct {
	Schedule string `json:"schedule"`
	// From and Until are the first and the last of them, Count how many.
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Count  int       `json:"count"`
	Reason string    `json:"reason"`
}

// The reasons, as catalogue keys.
const (
	ReasonAlarm       = "siren-test.reason.alarm"
	ReasonOtherTest   = "siren-test.reason.other-test"
	ReasonNodeDown    = "siren-test.reason.node-down"
	ReasonNoGateway   = "siren-test.reason.no-gateway"
	ReasonInterrupted = "siren-test.reason.interrupted"
	ReasonNoWay       = "siren-test.reason.no-way"
	ReasonNobody      = "siren-test.reason.nobody"
	ReasonTooMany     = "siren-test.reason.too-many"
)
