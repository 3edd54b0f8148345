// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

const (
	testsPath    = "/console/siren-tests"
	testsPerPage = 50
)

// testsData is the page of all tests of sirens.
type testsData struct {
	console.SirenTests
	console.SirenTestSchedules
	Regions []console.FleetRegion
	// Query is the filter of the fleet by which sirens were chosen, Chosen how many
	// it takes; nil for none.
	Query  url.Values
	Chosen int
	// Form is what was typed before a refusal.
	Form   url.Values
	Offset int
}

// What the forms offer.
func (testsData) Signals() []string { return []string{testplan.Silent, testplan.Growl} }
func (testsData) Weekdays() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}
func (testsData) Weeks() []string { return []string{"1", "2", "3", "4", "last"} }

// Older and Newer are offsets of the pages beside this, negative for none.
func (d testsData) Older() int {
	if d.Offset+len(d.Tests) >= d.Total {
		return -1
	}
	return d.Offset + testsPerPage
}

// Newer is the offset of the page before this, negative for none.
func (d testsData) Newer() int { return max(d.Offset-testsPerPage, min(0, d.Offset-1)) }

// filterNames are those of the fleet's filter, which a test of some sirens takes over.
var filterNames = []string{"q", "condition", "trouble", "ars", "path", "power", "age"}

func (s *server) testsData(c *call, form url.Values) (testsData, error) {
	query := c.r.URL.Query()
	data := testsData{SirenTestSchedules: s.Service.SirenTestSchedules(), Regions: s.Service.FleetRegions(geo.LevelNone), Form: form}
	if offset, err := strconv.Atoi(query.Get("offset")); err == nil && offset > 0 {
		data.Offset = offset
	}
	data.SirenTests = s.Service.SirenTests(data.Offset, testsPerPage)
	chosen := url.Values{}
	for _, name := range filterNames {
		if value := strings.TrimSpace(query.Get(name) + form.Get(name)); value != "" {
			chosen.Set(name, value)
		}
	}
	if len(chosen) > 0 {
		found, err := s.Service.Sirens(sirenFilter(chosen))
		if err != nil {
			return data, err
		}
		data.Query, data.Chosen = chosen, found.Matching
	}
	return data, nil
}

func (s *server) sirenTests(c *call) error { return s.showTests(c, nil, nil) }

func (s *server) showTests(c *call, form url.Values, p *problem.Error) error {
	data, err := s.testsData(c, form)
	if err != nil {
		return err
	}
	v := view{Template: "siren-tests", Title: c.T("console.tests.title"), Problem: p, Data: data}
	if p != nil {
		v.Status = p.Kind.Status()
	}
	return c.show(v)
}

// startTest begins a test of one siren, of those that a filter takes, or of all.
func (s *server) startTest(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	form := c.r.PostForm
	start := testplan.Start{Signal: form.Get("signal")}
	switch form.Get("scope") {
	case "all":
		start.All = true
	case "region":
		if region := form.Get("region"); region != "" {
			start.Regions = []geo.ARS{geo.ARS(region)}
		}
	case "siren":
		start.Sirens = strings.FieldsFunc(form.Get("sirens"), func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) })
	case "chosen":
		found, err := s.Service.Sirens(sirenFilter(form))
		if err != nil {
			return err
		}
		for _, row := range found.Sirens {
			start.Sirens = append(start.Sirens, row.ID)
		}
	}
	accepted, err := s.Service.StartSirenTest(c.r.Context(), c.who, start)
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return s.showTests(c, form, p)
	}
	if err != nil {
		return err
	}
	return c.redirect(testsPath + "/" + url.PathEscape(accepted.ID))
}

// setSchedule sets one of the usual schedules as it is, or one that was typed.
func (s *server) setSchedule(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	form := c.r.PostForm
	schedule := testplan.Schedule{ID: form.Get("id"), Signal: form.Get("signal"), Window: 120, Scope: testplan.Scope{All: true}}
	schedule.At, schedule.Zone, schedule.Weekday = form.Get("at"), s.Service.Me(c.who).Authority.TimeZone, form.Get("weekday")
	if schedule.Weekday != "" {
		if schedule.Week, _ = strconv.Atoi(form.Get("week")); form.Get("week") == "last" {
			schedule.Week = -1
		}
	}
	if region := form.Get("region"); region != "" {
		schedule.Scope = testplan.Scope{Regions: []geo.ARS{geo.ARS(region)}}
	}
	for _, usual := range s.Service.SirenTestSchedules().Usual {
		if usual.ID == form.Get("usual") {
			schedule = usual
		}
	}
	_, err := s.Service.SetSirenTestSchedule(c.r.Context(), c.who, schedule)
	return s.afterSchedule(c, form, err)
}

func (s *server) removeSchedule(c *call) error {
	_, err := s.Service.RemoveSirenTestSchedule(c.r.Context(), c.who, c.r.PathValue("id"))
	return s.afterSchedule(c, nil, err)
}

func (s *server) afterSchedule(c *call, form url.Values, err error) error {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return s.showTests(c, form, p)
	}
	if err != nil {
		return err
	}
	return c.redirect(testsPath)
}

// testData is the report of one test.
type testData struct {
	console.SirenTestDetail
	Outcome siren.TestOutcome
	Offset  int
}

// Passed is how many sirens passed it.
func (d testData) Passed() int { return d.Counts[siren.TestPassed] }

// First, Last and Next are as those of the fleet's list.
func (d testData) First() int { return min(d.Offset+1, d.Matching) }

// Last is the place of the last row shown.
func (d testData) Last() int { return d.Offset + len(d.Sirens) }

// Next is the offset of the next page, zero for none.
func (d testData) Next() int {
	if d.Last() >= d.Matching {
		return 0
	}
	return d.Last()
}

func (s *server) sirenTest(c *call) error {
	query := c.r.URL.Query()
	data := testData{Outcome: siren.TestOutcome(query.Get("outcome"))}
	if offset, err := strconv.Atoi(query.Get("offset")); err == nil && offset > 0 {
		data.Offset = offset
	}
	var err error
	data.SirenTestDetail, err = s.Service.SirenTest(c.r.PathValue("id"), console.TestedFilter{Outcome: data.Outcome, Offset: data.Offset, Limit: sirensPerPage})
	if err != nil {
		return err
	}
	return c.show(view{Template: "siren-test", Title: c.T("console.test.title", c.T("siren.signal."+data.Signal), data.ID), Data: data})
}
