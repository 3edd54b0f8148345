// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/client"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

type sirenTest struct {
	ID     []string  `arg:"" optional:"" help:"Ids of the sirens."`
	All    bool      `help:"All sirens."`
	Region []geo.ARS `help:"All sirens in a region (ARS prefix). May be given several times." placeholder:"ARS"`
	Growl  bool      `help:"Let them growl for two seconds instead of in silence."`
	Wait   bool      `help:"Wait for the end and print the report; fail if a siren did not pass."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenTest) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	start := testplan.Start{Signal: testplan.Silent, Scope: testplan.Scope{All: c.All, Regions: c.Region, Sirens: c.ID}}
	if c.Growl {
		start.Signal = testplan.Growl
	}
	var accepted console.Accepted
	if err := node.Call(ctx, http.MethodPost, "/siren-tests", start, &accepted); err != nil {
		return err
	}
	if !c.Wait {
		return c.print(accepted, func(w io.Writer) {
			fmt.Fprintf(w, "%s has begun; tocsin siren tests report %s says what came of it\n", accepted.ID, accepted.ID)
		})
	}
	for {
		report, err := sirenTestReport(ctx, node, accepted.ID)
		if err != nil {
			return err
		}
		if !report.Ended.IsZero() {
			return c.report(report)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (c *sirenTest) report(report console.SirenTestDetail) error {
	if err := c.print(report, func(w io.Writer) { printSirenTest(w, report) }); err != nil {
		return err
	}
	if passed := report.Counts[siren.TestPassed]; passed < report.Total || passed == 0 {
		return problem.New(problem.Invalid, fmt.Sprintf("%d of %d sirens passed.", passed, report.Total), "Look at the reasons above.")
	}
	return nil
}

type sirenTests struct {
	List       sirenTestsList       `cmd:"" default:"withargs" help:"List the tests, newest first."`
	Report     sirenTestsReport     `cmd:"" help:"Report on one test."`
	Schedules  sirenTestsSchedules  `cmd:"" help:"List when tests recur."`
	Schedule   sirenTestsSchedule   `cmd:"" help:"Set when a test recurs (administrator)."`
	Unschedule sirenTestsUnschedule `cmd:"" help:"Let a test recur no more (administrator)."`
}

type sirenTestsList struct {
	Limit  int `default:"20" help:"How many at most."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenTestsList) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	var page console.SirenTests
	if err := node.Call(ctx, http.MethodGet, "/siren-tests?limit="+strconv.Itoa(c.Limit), nil, &page); err != nil {
		return err
	}
	return c.print(page, func(w io.Writer) {
		rows := [][]string{{"TEST", "BEGUN", "SIGNAL", "BY", "STATUS", "PASSED", "FAILED", "NO ANSWER", "NOT TESTED"}}
		for _, t := range page.Tests {
			count := func(outcome siren.TestOutcome) string { return strconv.Itoa(t.Counts[outcome]) }
			rows = append(rows, []string{
				t.ID, clock(t.Begun), t.Signal, cmp.Or(t.Schedule, t.For, t.By.Name), string(t.Status),
				count(siren.TestPassed), count(siren.TestFailed), count(siren.TestNoAnswer), count(siren.TestNotTested),
			})
		}
		table(w, rows)
		for _, n := range page.Notes[:min(len(page.Notes), c.Limit)] {
			fmt.Fprintf(w, "%s  %s %s: %s\n", clock(n.From), n.Schedule, n.Kind, reasonText(n.Reason))
		}
	})
}

// reasonText is a reason in words.
func reasonText(key string) string {
	words := catalogue.For(catalogue.English)
	if key == "" || !words.Has(key) {
		return key
	}
	return words.T(key)
}

type sirenTestsReport struct {
	ID     string `arg:"" help:"Id of the test."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenTestsReport) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	report, err := sirenTestReport(ctx, node, c.ID)
	if err != nil {
		return err
	}
	return c.print(report, func(w io.Writer) { printSirenTest(w, report) })
}

func sirenTestReport(ctx context.Context, node *client.Client, id string) (report console.SirenTestDetail, err error) {
	err = node.Call(ctx, http.MethodGet, "/siren-tests/"+url.PathEscape(id), nil, &report)
	return report, err
}

func printSirenTest(w io.Writer, t console.SirenTestDetail) {
	fmt.Fprintf(w, "%s %s, %s, begun %s, ended %s\n", t.ID, t.Signal, t.Status, clock(t.Begun), clock(t.Ended))
	if t.Reason != "" {
		fmt.Fprintln(w, reasonText(t.Reason))
	}
	if len(t.Sirens) > 0 {
		rows := [][]string{{"SIREN", "NAME", "REGION", "OUTCOME", "WHY"}}
		for _, s := range t.Sirens {
			rows = append(rows, []string{cmp.Or(s.ID, strconv.Itoa(int(s.Number))), s.Name, s.Region, string(s.Outcome), reasonText(s.Reason)})
		}
		table(w, rows)
	}
	fmt.Fprintf(w, "%d of %d passed\n", t.Counts[siren.TestPassed], t.Total)
}

type sirenTestsSchedules struct {
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenTestsSchedules) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	var list console.SirenTestSchedules
	if err := node.Call(ctx, http.MethodGet, "/siren-test-schedules", nil, &list); err != nil {
		return err
	}
	return c.print(list, func(w io.Writer) {
		rows := [][]string{{"SCHEDULE", "SIGNAL", "NEXT", "LAST TEST", "REMARK"}}
		for _, s := range list.Schedules {
			remark := reasonText(s.Waits)
			switch {
			case s.Missed != nil:
				remark = fmt.Sprintf("%d missed: %s", s.Missed.Count, reasonText(s.Missed.Reason))
			case s.Remind:
				remark = "prepare the live trial; people release it"
			}
			rows = append(rows, []string{s.ID, cmp.Or(s.Signal, "reminder"), clock(s.Next), s.Last, remark})
		}
		table(w, rows)
		for _, s := range list.Usual {
			fmt.Fprintf(w, "not set: tocsin siren tests schedule %s\n", s.ID)
		}
	})
}

type sirenTestsSchedule struct {
	ID      string        `arg:"" help:"Id. nightly, monthly and national-day need nothing else."`
	At      string        `help:"Local time, such as 03:30." placeholder:"HH:MM"`
	Zone    string        `help:"Time zone; the authority's unless named." placeholder:"ZONE"`
	Growl   bool          `help:"Let them growl instead of in silence."`
	Weekday string        `help:"Day of the week, such as saturday; every day unless named." placeholder:"DAY"`
	Week    int           `help:"Which of the month's: 1 to 4, or -1 for the last." placeholder:"N"`
	Day     int           `help:"Day of the month, 1 to 28." placeholder:"N"`
	Month   []int         `help:"Month, 1 to 12; every month unless named. May be given several times." placeholder:"N"`
	Region  []geo.ARS     `help:"Only the sirens in a region (ARS prefix)." placeholder:"ARS"`
	Siren   []string      `help:"Only this siren. May be given several times." placeholder:"ID"`
	Window  time.Duration `default:"2h" help:"For how long it is caught up after an alarm or while the node was down."`
	access  `embed:""`
	output  `embed:""`
}

// Run implements the command.
func (c *sirenTestsSchedule) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	schedule, err := c.schedule(ctx, node)
	if err != nil {
		return err
	}
	var accepted console.Accepted
	if err := node.Call(ctx, http.MethodPost, "/siren-test-schedules", schedule, &accepted); err != nil {
		return err
	}
	return c.print(accepted, func(w io.Writer) { fmt.Fprintf(w, "%s is set\n", accepted.ID) })
}

// schedule is what the flags say, or without a time, what the node suggests
// under that id.
func (c *sirenTestsSchedule) schedule(ctx context.Context, node *client.Client) (testplan.Schedule, error) {
	if c.At != "" {
		schedule := testplan.Schedule{
			ID: c.ID, Signal: testplan.Silent, Window: int(c.Window.Minutes()),
			Recurrence: testplan.Recurrence{At: c.At, Zone: c.Zone, Weekday: strings.ToLower(c.Weekday), Week: c.Week, Day: c.Day, Months: c.Month},
			Scope:      testplan.Scope{All: len(c.Region)+len(c.Siren) == 0, Regions: c.Region, Sirens: c.Siren},
		}
		if c.Growl {
			schedule.Signal = testplan.Growl
		}
		return schedule, nil
	}
	var list console.SirenTestSchedules
	if err := node.Call(ctx, http.MethodGet, "/siren-test-schedules", nil, &list); err != nil {
		return testplan.Schedule{}, err
	}
	for _, usual := range list.Usual {
		if usual.ID == c.ID {
			return usual, nil
		}
	}
	return testplan.Schedule{}, problem.New(problem.Invalid, fmt.Sprintf("It is not said at what time %s recurs.", c.ID), "Give --at, such as --at 03:30.")
}

type sirenTestsUnschedule struct {
	ID     string `arg:"" help:"Id of the schedule."`
	access `embed:""`
}

// Run implements the command.
func (c *sirenTestsUnschedule) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	if err := node.Call(ctx, http.MethodDelete, "/siren-test-schedules/"+url.PathEscape(c.ID), nil, &console.Accepted{}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "%s recurs no more\n", c.ID)
	return err
}
