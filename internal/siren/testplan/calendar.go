// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package testplan decides when sirens are tested, by whom, and what is said of
// a test that had to wait or did not happen. It is pure: internal/siren/testrun
// carries the tests out.
//
// Silent and growling tests begin by themselves when their schedule says so. A
// live trial, such as that of the national day, is a warning: people are
// reminded of it, and people release it.
package testplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Recurrence says on which days, and at what local time. Without Weekday and
// Day it is every day.
type Recurrence struct {
	// Months are 1 to 12; every month when empty.
	Months []int `json:"months,omitempty"`
	// Weekday is "monday" to "sunday", every week's, or only the Week-th one of
	// the month: 1 to 4, or -1 for the last.
	Weekday string `json:"weekday,omitempty" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday"`
	Week    int    `json:"week,omitempty" minimum:"-1" maximum:"4"`
	// Day is the day of the month, 1 to 28, so that no month lacks it.
	Day int `json:"day,omitempty" minimum:"0" maximum:"28"`
	// At is the local time, as in "03:30", and Zone the IANA name of where it is
	// local; the authority's when empty.
	At   string `json:"at"`
	Zone string `json:"zone,omitempty"`
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

const clockLayout = "15:04"

// check gives what is wrong with a recurrence.
func (r Recurrence) check() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, rule string, args ...string) {
		faults = append(faults, refusal.Fault(field, "siren-test."+rule, args...))
	}
	if at, err := time.Parse(clockLayout, r.At); err != nil || at.Format(clockLayout) != r.At {
		fault("at", "at", r.At)
	}
	if _, err := time.LoadLocation(r.Zone); err != nil || r.Zone == "" || r.Zone == "Local" {
		fault("zone", "zone", r.Zone)
	}
	for _, month := range r.Months {
		if month < 1 || month > 12 {
			fault("months", "month", fmt.Sprint(month))
		}
	}
	if r.Weekday != "" && !slices.Contains(weekdays, r.Weekday) {
		fault("weekday", "weekday", r.Weekday)
	}
	if r.Week < -1 || r.Week > 4 || r.Week != 0 && r.Weekday == "" {
		fault("week", "week", fmt.Sprint(r.Week))
	}
	if r.Day < 0 || r.Day > 28 || r.Day != 0 && r.Weekday != "" {
		fault("day", "day", fmt.Sprint(r.Day))
	}
	return faults
}

// rule is a recurrence made ready for reckoning.
type rule struct {
	Recurrence
	zone         *time.Location
	hour, minute int
}

// rule reads a recurrence that check found nothing wrong with. A zone that this
// machine has forgotten since counts as UTC.
func (r Recurrence) rule() rule {
	out := rule{Recurrence: r, zone: time.UTC}
	if zone, err := time.LoadLocation(r.Zone); err == nil {
		out.zone = zone
	}
	if at, err := time.Parse(clockLayout, r.At); err == nil {
		out.hour, out.minute = at.Hour(), at.Minute()
	}
	return out
}

// longestWait bounds the search for the next time: a day of one month in each
// year is at most that far away.
const longestWait = 366 + 31

// next is the first time after the given one; zero if there is none.
func (r rule) next(after time.Time) time.Time {
	local := after.In(r.zone)
	year, month, day := local.Date()
	// A day before, because a local date may last a little longer than it seems.
	for offset := -1; offset <= longestWait; offset++ {
		date := time.Date(year, month, day+offset, 0, 0, 0, 0, time.UTC)
		if !r.matches(date) {
			continue
		}
		if at := instant(date, r.hour, r.minute, r.zone); at.After(after) {
			return at
		}
	}
	return time.Time{}
}

// matches reports whether the recurrence falls on the date.
func (r rule) matches(date time.Time) bool {
	if len(r.Months) > 0 && !slices.Contains(r.Months, int(date.Month())) {
		return false
	}
	switch {
	case r.Day != 0:
		return date.Day() == r.Day
	case r.Weekday == "":
		return true
	case strings.ToLower(date.Weekday().String()) != r.Weekday:
		return false
	case r.Week > 0:
		return (date.Day()-1)/7 == r.Week-1
	case r.Week < 0:
		return date.AddDate(0, 0, 7).Month() != date.Month()
	default:
		return true
	}
}

// instant is when the clocks of the zone show the time on the date. A time that
// they show twice, in the night when summer ends, is the first of the two; one
// that they skip is as long after midnight as it would have been without that.
func instant(date time.Time, hour, minute int, zone *time.Location) time.Time {
	wall := date.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	offset := func(at time.Time) time.Duration {
		_, seconds := at.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	first := wall.Add(-offset(wall.Add(-24 * time.Hour)))
	second := wall.Add(-offset(wall.Add(24 * time.Hour)))
	if offset(first) != wall.Sub(first) && offset(second) == wall.Sub(second) {
		return second
	}
	return first
}
