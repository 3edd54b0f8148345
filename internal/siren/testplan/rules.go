// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package testplan

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Desk decides on tests: the book, and what else the rules have to know. Fleet
// and Operators are projections of the same journal, in step with the book.
type Desk struct {
	*Book
	Fleet     *siren.Fleet
	Operators *operator.Directory
	// Alarm reports whether a warning is in force for which sirens sounded.
	Alarm func(now time.Time) bool
	// Zone is the authority's time zone (IANA name), for schedules that name none.
	Zone string
}

const (
	maxSchedules = 100
	maxSirens    = 5000
	// giveUp is how long after its deadline, or its beginning while nothing is
	// planned, a test of which nothing is heard is ended by the core.
	giveUp = 10 * time.Minute
	// A growl is heard beside the siren: not before, and not after these hours.
	growlFrom, growlUntil = 7 * time.Hour, 21 * time.Hour
)

var schedulePattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// Step implements core.Domain.
func (d Desk) Step(name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	switch name {
	case CommandStart:
		return step(name, body, func(c Start) (journal.Event, error) { return d.start(by, c, now) })
	case CommandSchedule:
		return step(name, body, func(c Schedule) (journal.Event, error) { return d.set(by, c) })
	case CommandUnschedule:
		return step(name, body, func(c Unscheduled) (journal.Event, error) { return d.unset(by, c) })
	}
	return nil, refusal.New(problem.Invalid, "command.unknown", name)
}

func step[T any](name string, body json.RawMessage, decide func(T) (journal.Event, error)) ([]journal.Event, error) {
	var command T
	if err := json.Unmarshal(body, &command); err != nil {
		refused := refusal.New(problem.Unreadable, "command.unreadable", name)
		refused.Err = err
		return nil, refused
	}
	event, err := decide(command)
	if err != nil {
		return nil, err
	}
	return []journal.Event{event}, nil
}

// may refuses whoever has none of the roles; the node itself may.
func (d Desk) may(by, rule string, roles ...operator.Role) error {
	if by == operator.Node {
		return nil
	}
	person, ok := d.Operators.Operator(by)
	if !ok || person.Disabled || !slices.ContainsFunc(roles, person.Has) {
		return refusal.New(problem.Forbidden, rule)
	}
	return nil
}

// start decides on a test that somebody asks for now.
func (d Desk) start(by string, c Start, now time.Time) (journal.Event, error) {
	if err := d.may(by, "siren-test.role", operator.Author, operator.Releaser, operator.Administrator); err != nil {
		return journal.Event{}, err
	}
	faults := d.scopeFaults(c.Scope)
	if c.Signal != Silent && c.Signal != Growl {
		faults = append(faults, refusal.Fault("signal", "siren-test.signal", c.Signal))
	}
	if c.For != "" && by != operator.Node {
		faults = append(faults, refusal.Fault("for", "siren-test.for"))
	}
	if err := problem.InvalidFaults("The test is not in order.", faults); err != nil {
		return journal.Event{}, err
	}
	switch {
	case d.Alarm(now):
		return journal.Event{}, refusal.New(problem.Conflict, "siren-test.alarm")
	case d.Open() != nil:
		return journal.Event{}, refusal.New(problem.Conflict, "siren-test.running", d.Open().Test)
	}
	return journal.NewEvent(EventBegun, Begun{Test: d.nextID(), Signal: c.Signal, Scope: c.Scope, For: c.For}), nil
}

// set decides on a schedule.
func (d Desk) set(by string, s Schedule) (journal.Event, error) {
	if err := d.may(by, "siren-test.administrator", operator.Administrator); err != nil {
		return journal.Event{}, err
	}
	if s.Zone == "" {
		s.Zone = d.Zone
	}
	faults := s.check()
	fault := func(field, rule string, args ...string) {
		faults = append(faults, refusal.Fault(field, "siren-test."+rule, args...))
	}
	if !schedulePattern.MatchString(s.ID) {
		fault("id", "id", s.ID)
	}
	switch {
	case s.reminds():
		if s.Scope.All || len(s.Scope.Regions)+len(s.Scope.Sirens) > 0 || s.Window != 0 {
			fault("scope", "reminder")
		}
		if s.Lead < 1 || s.Lead > 60 {
			fault("lead", "lead", strconv.Itoa(s.Lead))
		}
	default:
		if s.Signal != Silent && s.Signal != Growl {
			fault("signal", "signal", s.Signal)
		}
		if s.Window < 1 || s.Window > 720 || s.Lead != 0 {
			fault("window", "window", strconv.Itoa(s.Window))
		}
		faults = append(faults, d.scopeFaults(s.Scope)...)
		if at := s.rule(); s.Signal == Growl {
			begin := time.Duration(at.hour)*time.Hour + time.Duration(at.minute)*time.Minute
			if begin < growlFrom || begin+time.Duration(s.Window)*time.Minute > growlUntil {
				fault("at", "growl-at-night", s.At)
			}
		}
	}
	if err := problem.InvalidFaults("The schedule is not in order.", faults); err != nil {
		return journal.Event{}, err
	}
	if d.schedules[s.ID] == nil && len(d.schedules) >= maxSchedules {
		return journal.Event{}, refusal.New(problem.TooLarge, "siren-test.schedules", strconv.Itoa(maxSchedules))
	}
	return journal.NewEvent(EventScheduled, s), nil
}

func (d Desk) unset(by string, c Unscheduled) (journal.Event, error) {
	if err := d.may(by, "siren-test.administrator", operator.Administrator); err != nil {
		return journal.Event{}, err
	}
	if d.schedules[c.ID] == nil {
		return journal.Event{}, refusal.New(problem.NotFound, "siren-test.no-schedule", c.ID)
	}
	return journal.NewEvent(EventUnscheduled, c), nil
}

// scopeFaults gives what is wrong with a choice of sirens.
func (d Desk) scopeFaults(s Scope) []problem.Fault {
	set := 0
	for _, member := range []bool{s.All, len(s.Regions) > 0, len(s.Sirens) > 0} {
		if member {
			set++
		}
	}
	if set != 1 || len(s.Sirens)+len(s.Regions) > maxSirens {
		return []problem.Fault{refusal.Fault("scope", "siren-test.scope", strconv.Itoa(maxSirens))}
	}
	var faults []problem.Fault
	for _, region := range s.Regions {
		if parsed, err := geo.ParseARS(string(region)); err != nil || parsed != region {
			faults = append(faults, refusal.Fault("regions", "siren-test.region", string(region)))
		}
	}
	for _, id := range s.Sirens {
		if _, ok := d.Fleet.Siren(id); !ok {
			faults = append(faults, refusal.Fault("sirens", "siren-test.siren", id))
		}
	}
	if len(faults) == 0 && len(s.Of(d.Fleet)) == 0 {
		faults = append(faults, refusal.Fault("scope", "siren-test.nobody"))
	}
	return faults
}

// Of gives the sirens of the fleet that the scope holds, by number.
func (s Scope) Of(fleet *siren.Fleet) []siren.Siren {
	if s.All {
		return fleet.All()
	}
	named := map[string]bool{}
	for _, id := range s.Sirens {
		named[id] = true
	}
	return slices.DeleteFunc(slices.Clone(fleet.All()), func(one siren.Siren) bool {
		return !named[one.ID] && !slices.ContainsFunc(s.Regions, func(region geo.ARS) bool { return region.Contains(one.ARS) })
	})
}
