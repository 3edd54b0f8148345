// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package testplan

import (
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Due implements core.Clocked: tests that begin by themselves, reminders, what
// has to wait, what was missed, and the end of a test of which nobody reports.
func (d Desk) Due(now time.Time) []journal.Event {
	var events []journal.Event
	open := d.Open()
	if open != nil && now.After(d.overdue(open)) {
		return []journal.Event{journal.NewEvent(siren.EventTested, siren.Tested{Test: open.Test, Signal: open.Signal, Error: ReasonNoGateway})}
	}
	t := turn{desk: d, now: now, busy: open != nil}
	for _, s := range d.Schedules() {
		switch {
		case s.next.IsZero():
		case s.reminds():
			events = append(events, t.remind(s)...)
		case !s.next.After(now):
			events = append(events, t.test(s)...)
		}
	}
	return events
}

// overdue is when the core ends a test by itself.
func (d Desk) overdue(t *Test) time.Time {
	if t.Status == StatusRunning {
		return t.Planned.Deadline.Add(giveUp)
	}
	return t.At.Add(giveUp)
}

// turn is one look at all schedules.
type turn struct {
	desk Desk
	now  time.Time
	// busy is true when a test runs, or has just been decided on.
	busy bool
}

// remind gives the reminder of a live trial, once for each. One that has passed
// unreminded, because the node was down, is passed over.
func (t *turn) remind(s Standing) []journal.Event {
	due := s.Next(t.now)
	if !s.Reminds(t.now) || !due.After(s.Handled) {
		return nil
	}
	return []journal.Event{journal.NewEvent(EventReminded, Reminded{Schedule: s.ID, Due: due})}
}

// test deals with the times of a schedule that have come. All but the last are
// missed; the last begins, waits, or is too late.
func (t *turn) test(s Standing) []journal.Event {
	var events []journal.Event
	last, passed := s.next, Missed{Schedule: s.ID, From: s.next, Reason: ReasonNodeDown}
	if s.Reason != "" {
		passed.Reason = s.Reason
	}
	for next := s.rule.next(last); !next.IsZero() && !next.After(t.now); next = s.rule.next(last) {
		passed.Until, last = last, next
		passed.Count++
	}
	if passed.Count > 0 {
		events = append(events, journal.NewEvent(EventMissed, passed))
		s.Reason = ""
	}
	wait := func(reason string) []journal.Event {
		if s.Reason == reason {
			return events
		}
		return append(events, journal.NewEvent(EventPostponed, Postponed{Schedule: s.ID, Due: last, Reason: reason}))
	}
	switch {
	case t.now.Sub(last) > time.Duration(s.Window)*time.Minute:
		missed := Missed{Schedule: s.ID, From: last, Until: last, Count: 1, Reason: ReasonNodeDown}
		if s.Reason != "" {
			missed.Reason = s.Reason
		}
		return append(events, journal.NewEvent(EventMissed, missed))
	case t.desk.Alarm(t.now):
		return wait(ReasonAlarm)
	case t.busy:
		return wait(ReasonOtherTest)
	case t.now.Before(s.again):
		return events
	}
	t.busy = true
	begun := Begun{Test: t.desk.nextID(), Signal: s.Signal, Scope: s.Scope, Schedule: s.ID, Due: last}
	return append(events, journal.NewEvent(EventBegun, begun))
}
