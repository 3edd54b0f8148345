// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package testplan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const (
	// keptTests is how many tests the book knows, and keptResults of how many it
	// knows every siren's result.
	keptTests   = 1000
	keptResults = 50
	// keptNotes is how many missed and postponed tests it knows.
	keptNotes = 200
	// postponedFor is how long a test waits that met an alarm on its way.
	postponedFor = 5 * time.Minute
)

// Status is how far a test has come.
type Status string

// The statuses.
const (
	StatusBegun     Status = "begun"     // decided; nothing was sent yet
	StatusRunning   Status = "running"   // the sirens are being asked
	StatusEnded     Status = "ended"     // reported
	StatusPostponed Status = "postponed" // an alarm came before anything was sent
)

// Test is one test. A *Test that the book gives out never changes.
type Test struct {
	Begun
	// By is who began it: operator.Node for what the node began by itself.
	By string
	// Seq is the record with which it began, and At when.
	Seq    uint64
	At     time.Time
	Status Status
	// Planned is what is sent while the test runs; afterwards it has no frames.
	Planned Planned
	Ended   time.Time
	// Counts are the sirens by outcome, and Results which they are, for the
	// newest tests alone.
	Counts  map[siren.TestOutcome]int
	Results []siren.TestResult
	// Reason says, as a catalogue key, why the test came to nothing.
	Reason string
}

// Standing is a schedule with how it stands.
type Standing struct {
	Schedule
	// Set is since when it is as it is, and by whom.
	Set   time.Time
	SetBy string
	// Handled is the last time that was dealt with, in whatever way.
	Handled time.Time
	// Reason says, as a catalogue key, why the test that is due waits; empty when
	// none does.
	Reason string
	// Last is the id of the last test, and Missed what did not happen since.
	Last   string
	Missed Missed

	rule rule
	next time.Time
	// again is when a test that was postponed after it had begun may begin again.
	again time.Time
}

// Next is when the schedule falls due next, or when it fell due if that was not
// dealt with yet. The time of a live trial is never past.
func (s Standing) Next(now time.Time) time.Time {
	if s.reminds() {
		return s.rule.next(now)
	}
	return s.next
}

// Reminds reports whether a live trial is so near that people ought to prepare it.
func (s Standing) Reminds(now time.Time) bool {
	due := s.Next(now)
	return s.reminds() && !due.IsZero() && !now.Before(due.AddDate(0, 0, -s.Lead))
}

// Note says that a scheduled test had to wait or did not happen.
type Note struct {
	At   time.Time
	Kind string // EventPostponed or EventMissed
	Missed
}

// Book is the projection of schedules and tests. It is not safe for use by
// several goroutines: a journal.Ledger guards it.
type Book struct {
	schedules map[string]*Standing
	tests     []*Test
	count     int
	notes     []Note
}

// NewBook makes an empty book.
func NewBook() *Book { return &Book{schedules: map[string]*Standing{}} }

// Schedules gives all schedules by id.
func (b *Book) Schedules() []Standing {
	all := make([]Standing, 0, len(b.schedules))
	for _, s := range b.schedules {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(x, y Standing) int { return cmp.Compare(x.ID, y.ID) })
	return all
}

// Tests gives the tests, newest first.
func (b *Book) Tests() []*Test {
	all := slices.Clone(b.tests)
	slices.Reverse(all)
	return all
}

// Test finds a test by its id.
func (b *Book) Test(id string) (*Test, bool) {
	i := b.index(id)
	if i < 0 {
		return nil, false
	}
	return b.tests[i], true
}

// Notes gives what had to wait or did not happen, newest first.
func (b *Book) Notes() []Note {
	all := slices.Clone(b.notes)
	slices.Reverse(all)
	return all
}

// Open is the test that has not ended; nil for none. There is never more than one.
func (b *Book) Open() *Test {
	if len(b.tests) == 0 {
		return nil
	}
	if last := b.tests[len(b.tests)-1]; last.Status == StatusBegun || last.Status == StatusRunning {
		return last
	}
	return nil
}

// nextID is the id of the next test.
func (b *Book) nextID() string { return fmt.Sprintf("test-%d", b.count+1) }

func (b *Book) index(id string) int {
	for i := len(b.tests) - 1; i >= 0; i-- {
		if b.tests[i].Test == id {
			return i
		}
	}
	return -1
}

// Apply implements journal.Projection. It ignores events of other packages.
func (b *Book) Apply(r journal.Record) error {
	for _, e := range r.Events {
		var err error
		switch e.Kind {
		case EventScheduled:
			err = apply(e, func(body Schedule) { b.schedule(body, r) })
		case EventUnscheduled:
			err = apply(e, func(body Unscheduled) { delete(b.schedules, body.ID) })
		case EventReminded:
			err = apply(e, func(body Reminded) { b.handled(body.Schedule, body.Due) })
		case EventBegun:
			err = apply(e, func(body Begun) { b.begin(body, r) })
		case EventPlanned:
			err = apply(e, func(body Planned) {
				b.change(body.Test, func(t *Test) { t.Status, t.Planned = StatusRunning, body })
			})
		case EventPostponed:
			err = apply(e, func(body Postponed) { b.postponed(body, r.Time) })
		case EventMissed:
			err = apply(e, func(body Missed) {
				b.handled(body.Schedule, body.Until)
				if s := b.schedules[body.Schedule]; s != nil {
					s.Missed = body
				}
				b.note(Note{At: r.Time, Kind: EventMissed, Missed: body})
			})
		case siren.EventTested:
			err = apply(e, func(body siren.Tested) { b.end(body, r.Time) })
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}
	return nil
}

func apply[T any](e journal.Event, do func(T)) error {
	body, err := journal.Decode[T](e)
	if err == nil {
		do(body)
	}
	return err
}

func (b *Book) schedule(s Schedule, r journal.Record) {
	standing := &Standing{Schedule: s, Set: r.Time, SetBy: r.By, Handled: r.Time, rule: s.rule()}
	if old := b.schedules[s.ID]; old != nil {
		standing.Last = old.Last
	}
	standing.next = standing.rule.next(r.Time)
	b.schedules[s.ID] = standing
}

// handled takes note that a schedule's time was dealt with.
func (b *Book) handled(schedule string, due time.Time) {
	if s := b.schedules[schedule]; s != nil && due.After(s.Handled) {
		s.Handled, s.Reason, s.next = due, "", s.rule.next(due)
	}
}

func (b *Book) begin(body Begun, r journal.Record) {
	b.count++
	b.tests = append(b.tests, &Test{Begun: body, By: r.By, Seq: r.Seq, At: r.Time, Status: StatusBegun, Counts: map[siren.TestOutcome]int{}})
	if over := len(b.tests) - keptTests; over > 0 {
		b.tests = slices.Delete(b.tests, 0, over)
	}
	b.handled(body.Schedule, body.Due)
	if s := b.schedules[body.Schedule]; s != nil {
		s.Last, s.Missed = body.Test, Missed{}
	}
}

// postponed gives a schedule its time back when the test had begun already.
func (b *Book) postponed(body Postponed, at time.Time) {
	if body.Test != "" {
		b.change(body.Test, func(t *Test) { t.Status, t.Ended, t.Reason, t.Planned.Frames = StatusPostponed, at, body.Reason, nil })
	}
	if s := b.schedules[body.Schedule]; s != nil {
		s.Reason = body.Reason
		if body.Test != "" && s.Handled.Equal(body.Due) {
			s.Handled, s.next, s.again = body.Due.Add(-1), body.Due, at.Add(postponedFor)
		}
	}
	if body.Schedule != "" {
		b.note(Note{At: at, Kind: EventPostponed, Missed: Missed{Schedule: body.Schedule, From: body.Due, Until: body.Due, Count: 1, Reason: body.Reason}})
	}
}

func (b *Book) end(body siren.Tested, at time.Time) {
	b.change(body.Test, func(t *Test) {
		t.Status, t.Ended, t.Reason, t.Planned.Frames = StatusEnded, at, body.Error, nil
		t.Counts, t.Results = map[siren.TestOutcome]int{}, body.Results
		for _, result := range body.Results {
			t.Counts[result.Outcome] += result.Sirens.Len()
		}
	})
	if old := len(b.tests) - 1 - keptResults; old >= 0 {
		b.change(b.tests[old].Test, func(t *Test) { t.Results, t.Planned.Sirens, t.Planned.Unasked = nil, nil, nil })
	}
}

// change replaces a test by a changed one.
func (b *Book) change(id string, how func(*Test)) {
	if i := b.index(id); i >= 0 {
		next := *b.tests[i]
		how(&next)
		b.tests[i] = &next
	}
}

func (b *Book) note(n Note) {
	b.notes = append(b.notes, n)
	if over := len(b.notes) - keptNotes; over > 0 {
		b.notes = slices.Delete(b.notes, 0, over)
	}
}
