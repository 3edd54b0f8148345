// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package testplan

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// desk is a desk with its journal in memory, and a time that is moved by hand.
type desk struct {
	t testing.TB
	Desk
	now     time.Time
	seq     uint64
	alarm   bool
	records []journal.Record
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, now: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	d.Desk = Desk{
		Book: NewBook(), Fleet: siren.NewFleet(), Operators: operator.NewDirectory(), Zone: "Europe/Berlin",
		Alarm: func(time.Time) bool { return d.alarm },
	}
	for name, role := range map[string]operator.Role{"anna": operator.Author, "clara": operator.Administrator, "deniz": operator.Observer} {
		d.record(operator.Node, journal.NewEvent(operator.EventCreated, operator.Created{Name: name, FullName: name, Roles: []operator.Role{role}}))
	}
	d.record("clara", journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{
		{ID: "p-1", Number: 1, ARS: "12054"}, {ID: "p-2", Number: 2, ARS: "12054"}, {ID: "c-1", Number: 3, ARS: "12052"},
	}}))
	return d
}

func (d *desk) record(by string, events ...journal.Event) {
	d.seq++
	r := journal.Record{Seq: d.seq, Time: d.now, By: by, Events: events}
	d.records = append(d.records, r)
	d.apply(r)
}

func (d *desk) apply(r journal.Record) {
	if err := (journal.Projections{d.Operators, d.Fleet, d.Book}).Apply(r); err != nil {
		d.t.Fatal(err)
	}
}

// command gives what a command is refused with, or records what follows from it.
func (d *desk) command(by, name string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	events, err := d.Step(name, by, raw, d.now)
	if err == nil && len(events) > 0 {
		d.record(by, events...)
	}
	return err
}

// tick lets the core look at the clock, and gives the kinds of what came of it.
func (d *desk) tick() []string {
	events := d.Due(d.now)
	if len(events) > 0 {
		d.record(operator.Node, events...)
	}
	kinds := []string{}
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// restart forgets everything and reads the journal again.
func (d *desk) restart() {
	d.Book, d.Fleet, d.Operators = NewBook(), siren.NewFleet(), operator.NewDirectory()
	for _, r := range d.records {
		d.apply(r)
	}
}

// report ends the test that runs: the sirens passed, but those named.
func (d *desk) report(failed ...uint32) {
	open := d.Open()
	passed := slices.DeleteFunc([]uint32{1, 2, 3}, func(n uint32) bool { return slices.Contains(failed, n) })
	body := siren.Tested{Test: open.Test, Signal: open.Signal, Results: []siren.TestResult{
		{Outcome: siren.TestPassed, Sirens: siren.NumberSet(passed...)},
		{Outcome: siren.TestNoAnswer, Reason: "reason.offline", Sirens: siren.NumberSet(failed...)},
	}}
	d.record(operator.Node, journal.NewEvent(siren.EventTested, body))
}

func (d *desk) wantTick(want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), d.tick()); diff != "" {
		d.t.Fatalf("at %v (-want +got):\n%s", d.now, diff)
	}
}

func nightly() Schedule { return Usual("Europe/Berlin")[0] }

func (d *desk) at(clock string) {
	d.t.Helper()
	next, err := time.ParseInLocation("2006-01-02 15:04", clock, berlin(d.t))
	if err != nil {
		d.t.Fatal(err)
	}
	d.now = next.UTC()
}

func TestStart(t *testing.T) {
	all := Scope{All: true}
	for _, c := range []struct {
		name, by string
		start    Start
		alarm    bool
		want     problem.Kind
	}{
		{"an author, all", "anna", Start{Signal: Silent, Scope: all}, false, ""},
		{"one siren growls", "clara", Start{Signal: Growl, Scope: Scope{Sirens: []string{"p-1"}}}, false, ""},
		{"a region", "anna", Start{Signal: Silent, Scope: Scope{Regions: []geo.ARS{"12052"}}}, false, ""},
		{"an observer", "deniz", Start{Signal: Silent, Scope: all}, false, problem.Forbidden},
		{"a stranger", "mallory", Start{Signal: Silent, Scope: all}, false, problem.Forbidden},
		{"another system", "node", Start{Signal: Silent, Scope: all, For: "home-assistant"}, false, ""},
		{"in another's name", "anna", Start{Signal: Silent, Scope: all, For: "home-assistant"}, false, problem.Invalid},
		{"an alarm", "anna", Start{Signal: Silent, Scope: all}, true, problem.Conflict},
		{"a trial that is heard", "anna", Start{Signal: "trial", Scope: all}, false, problem.Invalid},
		{"nobody meant", "anna", Start{Signal: Silent}, false, problem.Invalid},
		{"two choices", "anna", Start{Signal: Silent, Scope: Scope{All: true, Sirens: []string{"p-1"}}}, false, problem.Invalid},
		{"a siren that is not there", "anna", Start{Signal: Silent, Scope: Scope{Sirens: []string{"x"}}}, false, problem.Invalid},
		{"a region without sirens", "anna", Start{Signal: Silent, Scope: Scope{Regions: []geo.ARS{"14"}}}, false, problem.Invalid},
		{"a region in its long form", "anna", Start{Signal: Silent, Scope: Scope{Regions: []geo.ARS{"120520000000"}}}, false, problem.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.alarm = c.alarm
			err := d.command(c.by, CommandStart, c.start)
			if (err == nil) != (c.want == "") || err != nil && problem.KindOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			open := d.Open()
			if open == nil || open.Test != "test-1" || open.Status != StatusBegun || !cmp.Equal(open.Scope, c.start.Scope) {
				t.Fatalf("open is %+v", open)
			}
			if err := d.command("anna", CommandStart, Start{Signal: Silent, Scope: all}); problem.KindOf(err) != problem.Conflict {
				t.Errorf("a second test beside it: %v", err)
			}
			d.report()
			if err := d.command("anna", CommandStart, Start{Signal: Silent, Scope: all}); err != nil || d.Open().Test != "test-2" {
				t.Errorf("a second test after it: %v", err)
			}
		})
	}
}

func TestSchedule(t *testing.T) {
	growl, national := Usual("Europe/Berlin")[1], Usual("Europe/Berlin")[2]
	night := growl
	night.At = "22:00"
	late := growl
	late.At, late.Window = "20:00", 120
	for _, c := range []struct {
		name, by string
		s        Schedule
		want     problem.Kind
	}{
		{"nightly", "clara", nightly(), ""},
		{"monthly", "clara", growl, ""},
		{"the national day", "clara", national, ""},
		{"an author", "anna", nightly(), problem.Forbidden},
		{"a growl at night", "clara", night, problem.Invalid},
		{"a growl caught up at night", "clara", late, problem.Invalid},
		{"no window", "clara", Schedule{ID: "x", Signal: Silent, Recurrence: Recurrence{At: "03:00"}, Scope: Scope{All: true}}, problem.Invalid},
		{"no id", "clara", Schedule{Signal: Silent, Recurrence: Recurrence{At: "03:00"}, Scope: Scope{All: true}, Window: 10}, problem.Invalid},
		{"the authority's zone", "clara", Schedule{ID: "x", Signal: Silent, Recurrence: Recurrence{At: "03:00"}, Scope: Scope{All: true}, Window: 10}, ""},
		{"a warning's signal", "clara", Schedule{ID: "x", Signal: "warning", Recurrence: Recurrence{At: "11:00"}, Scope: Scope{All: true}, Window: 10}, problem.Invalid},
		{"a reminder with sirens", "clara", Schedule{ID: "x", Recurrence: Recurrence{At: "11:00"}, Scope: Scope{All: true}, Lead: 7}, problem.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			err := d.command(c.by, CommandSchedule, c.s)
			if (err == nil) != (c.want == "") || err != nil && problem.KindOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err == nil && (len(d.Schedules()) != 1 || d.Schedules()[0].Next(d.now).IsZero()) {
				t.Errorf("schedules %+v", d.Schedules())
			}
		})
	}
	d := newDesk(t)
	if err := d.command("clara", CommandUnschedule, Unscheduled{ID: "nightly"}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("removing what is not there: %v", err)
	}
	_ = d.command("clara", CommandSchedule, nightly())
	if err := d.command("clara", CommandUnschedule, Unscheduled{ID: "nightly"}); err != nil || len(d.Schedules()) != 0 {
		t.Errorf("removing: %v, %v", err, d.Schedules())
	}
}

func TestNightly(t *testing.T) {
	d := newDesk(t)
	if err := d.command("clara", CommandSchedule, nightly()); err != nil {
		t.Fatal(err)
	}
	d.at("2026-03-05 03:29")
	d.wantTick()
	d.at("2026-03-05 03:30")
	d.wantTick(EventBegun)
	d.wantTick() // it runs
	d.restart()
	d.wantTick()
	d.report(2)
	d.restart()
	d.wantTick() // never twice for one date
	if last, _ := d.Fleet.LastTest("p-2"); last.Outcome != siren.TestNoAnswer || last.Test != "test-1" {
		t.Errorf("last test of p-2: %+v", last)
	}
	if last, _ := d.Fleet.LastTest("p-1"); last.Outcome != siren.TestPassed {
		t.Errorf("last test of p-1: %+v", last)
	}
	test, _ := d.Test("test-1")
	if test.Status != StatusEnded || test.Counts[siren.TestPassed] != 2 || test.Counts[siren.TestNoAnswer] != 1 || test.By != operator.Node {
		t.Errorf("test: %+v", test)
	}

	t.Run("an alarm is in force", func(t *testing.T) {
		d.t = t
		d.at("2026-03-06 03:30")
		d.alarm = true
		d.wantTick(EventPostponed)
		d.wantTick() // said once
		d.restart()
		d.wantTick()
		if s := d.Schedules()[0]; s.Reason != ReasonAlarm {
			t.Errorf("schedule: %+v", s)
		}
		d.at("2026-03-06 05:00")
		d.alarm = false
		d.wantTick(EventBegun)
		d.report()
	})
	t.Run("an alarm for longer than the window", func(t *testing.T) {
		d.t = t
		d.at("2026-03-07 03:30")
		d.alarm = true
		d.wantTick(EventPostponed)
		d.at("2026-03-07 06:31")
		d.wantTick(EventMissed)
		d.alarm = false
		d.wantTick()
		if n := d.Notes()[0]; n.Kind != EventMissed || n.Reason != ReasonAlarm || n.Count != 1 {
			t.Errorf("note: %+v", n)
		}
		if s := d.Schedules()[0]; s.Missed.Count != 1 {
			t.Errorf("schedule: %+v", s)
		}
	})
	t.Run("the node was down for an hour", func(t *testing.T) {
		d.t = t
		d.at("2026-03-08 04:30")
		d.restart()
		d.wantTick(EventBegun)
		d.report()
	})
	t.Run("the node was down for four nights, and is back in time for the fifth", func(t *testing.T) {
		d.t = t
		d.at("2026-03-13 05:00")
		d.restart()
		d.wantTick(EventMissed, EventBegun)
		d.report()
		if n := d.Notes()[0]; n.Count != 4 || n.Reason != ReasonNodeDown {
			t.Errorf("note: %+v", n)
		}
		if s := d.Schedules()[0]; s.Missed.Count != 0 || s.Last != d.Tests()[0].Test {
			t.Errorf("a test that passed leaves what was missed standing: %+v", s)
		}
	})
	t.Run("the clock jumps back an hour", func(t *testing.T) {
		d.t = t
		d.at("2026-03-14 03:30")
		d.wantTick(EventBegun)
		d.report()
		d.at("2026-03-14 02:30")
		d.wantTick()
		d.at("2026-03-14 03:30")
		d.wantTick()
	})
	t.Run("an alarm was on its way when it began", func(t *testing.T) {
		d.t = t
		d.at("2026-03-15 03:30")
		d.wantTick(EventBegun)
		open := d.Open()
		d.record(operator.Node, journal.NewEvent(EventPostponed, Postponed{Schedule: open.Schedule, Due: open.Due, Test: open.Test, Reason: ReasonAlarm}))
		if d.Open() != nil {
			t.Fatal("it still runs")
		}
		d.wantTick()
		d.at("2026-03-15 03:36")
		d.wantTick(EventBegun)
		d.report()
		d.wantTick()
	})
	t.Run("the gateway says nothing", func(t *testing.T) {
		d.t = t
		d.at("2026-03-16 03:30")
		d.wantTick(EventBegun)
		d.at("2026-03-16 03:41")
		d.wantTick(siren.EventTested)
		if last := d.Tests()[0]; last.Reason != ReasonNoGateway || last.Status != StatusEnded {
			t.Errorf("test: %+v", last)
		}
	})
}

func TestTwoSchedulesAtOnce(t *testing.T) {
	d := newDesk(t)
	for _, id := range []string{"a", "b"} {
		s := nightly()
		s.ID = id
		if err := d.command("clara", CommandSchedule, s); err != nil {
			t.Fatal(err)
		}
	}
	d.at("2026-03-05 03:30")
	d.wantTick(EventBegun, EventPostponed)
	d.report()
	d.wantTick(EventBegun)
	if open := d.Open(); open.Schedule != "b" || open.Test != "test-2" {
		t.Errorf("open: %+v", open)
	}
}

func TestReminder(t *testing.T) {
	d := newDesk(t)
	if err := d.command("clara", CommandSchedule, Usual("Europe/Berlin")[2]); err != nil {
		t.Fatal(err)
	}
	d.at("2026-08-27 10:59")
	d.wantTick()
	d.at("2026-08-27 11:00")
	d.wantTick(EventReminded)
	d.wantTick()
	s := d.Schedules()[0]
	if !s.Reminds(d.now) || s.Next(d.now).In(berlin(t)).Format("2006-01-02 15:04") != "2026-09-10 11:00" {
		t.Errorf("next is %v", s.Next(d.now))
	}
	d.at("2026-09-10 11:00")
	d.wantTick() // nothing begins by itself
	if s := d.Schedules()[0]; s.Reminds(d.now) || d.Open() != nil {
		t.Errorf("on the day: %+v", s)
	}
	d.at("2027-09-20 11:00") // the node was down for the whole of the next one
	d.restart()
	d.wantTick()
}

// Whatever happens, no date of a schedule is tested twice, none is lost without
// a word, and nothing begins while an alarm is in force.
func TestDueProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		if err := d.command("clara", CommandSchedule, nightly()); err != nil {
			t.Fatal(err)
		}
		begun, missed := map[string]int{}, 0
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				d.alarm = !d.alarm
			case 1:
				d.restart()
			case 2:
				if d.Open() != nil {
					d.report()
				}
			default:
				d.now = d.now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "minutes")) * time.Minute)
			}
			events := d.Due(d.now)
			if len(events) == 0 {
				continue
			}
			d.record(operator.Node, events...)
			for _, e := range events {
				switch e.Kind {
				case EventBegun:
					body, _ := journal.Decode[Begun](e)
					begun[body.Due.Format(time.DateOnly)]++
					if d.alarm {
						rt.Fatalf("a test begins in an alarm")
					}
				case EventMissed:
					body, _ := journal.Decode[Missed](e)
					missed += body.Count
				}
			}
		}
		for date, n := range begun {
			if n > 1 {
				rt.Fatalf("%s is tested %d times", date, n)
			}
		}
		// Every date that has passed was tested, missed, or waits.
		passed := 0
		rule := nightly().rule()
		for at := rule.next(d.records[4].Time); !at.After(d.now); at = rule.next(at) {
			passed++
		}
		waiting := 0
		for at := d.Schedules()[0].Next(d.now); !at.After(d.now); at = rule.next(at) {
			waiting++
		}
		if len(begun)+missed+waiting != passed {
			rt.Fatalf("%d dates: %d tested, %d missed, %d wait", passed, len(begun), missed, waiting)
		}
	})
}

// Whatever the plan says has words in the catalogue.
func TestReasonsHaveWords(t *testing.T) {
	known := catalogue.Keys()
	for _, key := range []string{
		ReasonAlarm, ReasonOtherTest, ReasonNodeDown, ReasonNoGateway, ReasonInterrupted, ReasonNoWay, ReasonNobody, ReasonTooMany,
		"siren-test.outcome.passed", "siren-test.outcome.failed", "siren-test.outcome.no-answer", "siren-test.outcome.not-tested",
	} {
		if !slices.Contains(known, key) {
			t.Errorf("the catalogue lacks %s", key)
		}
	}
}

func TestBookForgetsTheDetailsOfOldTests(t *testing.T) {
	d := newDesk(t)
	for range keptResults + 3 {
		if err := d.command("anna", CommandStart, Start{Signal: Silent, Scope: Scope{All: true}}); err != nil {
			t.Fatal(err)
		}
		d.report(1)
	}
	tests := d.Tests()
	if tests[keptResults-1].Results == nil || tests[keptResults].Results != nil || tests[keptResults].Counts[siren.TestPassed] != 2 {
		t.Errorf("kept %v, forgot %v", tests[keptResults-1].Results, tests[keptResults].Results)
	}
}
