// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// What no demo shows by itself: alarms without an order, sirens that miss an order
// to stop, and an order for crews. A name from outside must not become markup.
func TestPagesOfTroubleSayWhatIsKnown(t *testing.T) {
	templates, err := parse(files)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	const name = `<b>Rathaus</b>`
	missed := console.TargetOutcome{ID: "p-1", Name: name, Outcome: dispatch.NotReached, Reason: "reason.offline", At: at, Path: "pocsag", Unauthenticated: true, Remedy: console.RemedyHand}
	delivery := console.Delivery{Job: "j", Message: "stop-1", Channel: "siren", Total: 1, Bad: 1, Counts: map[dispatch.Outcome]int{dispatch.NotReached: 1}, Targets: []console.TargetOutcome{missed}}
	for _, c := range []struct {
		template, part string
		data           any
		want           []string
	}{
		{"rogues", "part-list", roguesData{ID: "r", Note: "typed", Alarms: []console.RogueAlarm{
			{Rogue: siren.Rogue{ID: "r", Kind: siren.RogueCall, Receiver: "north", Path: siren.PathPOCSAG, Call: "1234567 C", At: at}, Names: []string{name}, Times: 3, Last: at.Add(time.Minute)},
			{Rogue: siren.Rogue{ID: "s", Kind: siren.RogueLocal, Siren: "p-1", Frame: "1f0a22b3-1-4096", At: at}, Name: name, Times: 1, Last: at},
		}}, []string{"1234567 C", "typed", "/console/stops?siren=p-1", "&lt;b&gt;", "04:01:00"}},
		{"stops", "part-list", stopsData{Stops: []console.SirenStopRow{
			{StopOrder: siren.StopOrder{ID: "stop-1", All: true, Warning: "w", Reason: name, At: at}, Delivery: &delivery},
			{StopOrder: siren.StopOrder{ID: "stop-2", Sirens: []string{"p-1"}, Reason: "x", At: at}},
		}}, []string{"&lt;b&gt;", "/console/warnings/w", "/console/sirens/p-1"}},
		{"field-order", "main", console.FieldOrder{Warning: "w", At: at, Waiting: 2, SignalName: console.Words{"de": "Warnung", "en": "Warning"}, Tasks: []console.FieldTask{{
			Region: "Potsdam", Position: geo.Point{Lat: 52.4, Lon: 13.06}, UTMREF: "33U UU 68014 07299", TargetOutcome: missed,
			ToDo: console.Words{"de": "hin", "en": "go"}, Why: console.Words{"de": "weil", "en": "because"},
		}}}, []string{"33U UU 68014 07299", "&lt;b&gt;", "52.40000"}},
		{"warning-sirens", "part-table", warningSirensData{Warning: "w", Delivery: delivery, Rows: delivery.Targets, Matching: 1}, []string{"&lt;b&gt;", "outcome=not-reached"}},
		{"board", "part-trouble", nil, []string{"/console/rogue-alarms", "/console/stops?all=1", "/console/sirens?trouble=siren.offline"}},
		{"sirens", "part-summary", sirensData{SirenPage: console.SirenPage{Counts: console.SirenCounts{
			Total: 5000, Ready: 4711, ByCondition: map[siren.Condition]int{siren.ConditionOffline: 289}, ByTrouble: map[string]int{"siren.offline": 289}, Bereft: new(1234),
		}}, Regions: []console.FleetRegion{{ARS: "12052", Name: name, Total: 2, ByTrouble: map[string]int{"siren.offline": 2}}, {ARS: "12054", Name: "Potsdam"}}},
			[]string{"/console/rogue-alarms", "289", "/console/sirens?ars=12052", "&lt;b&gt;", "234"}},
		{"siren", "main", sirenData{Enrolment: &console.SirenEnrolment{Code: "K7QF-0000", Expires: at}, SirenDetail: console.SirenDetail{
			SirenRow: console.SirenRow{ID: "p-1", Name: name, Paths: []console.SirenPath{{Path: siren.Path{Kind: siren.PathTones, Address: "12345", Group: "54321"}}}, State: siren.State{Condition: siren.ConditionTriggered, Detail: siren.DetailLocal, Since: at, LastContact: at},
				Equipment: siren.Equipment{Kind: "motor", Level: 101, Power: "mains", Mount: "roof", Height: 12, Built: 1961, Operator: name, Cycles: 4}, LastTest: &siren.LastTest{Test: "test-1", Signal: "silent-test", At: at, Outcome: siren.TestNoAnswer, Reason: "reason.no-answer"}},
			Documents: []siren.Document{{Title: name, URL: "javascript:alert(1)"}}, Changes: []console.RegistryChange{{Change: siren.Change{Kind: siren.ChangeChanged, At: at}}},
		}}, []string{"K7QF-0000", "12345", "#ZgotmplZ", "&lt;b&gt;", "1961"}},
		{"siren-tests", "part-list", testsData{SirenTests: console.SirenTests{Total: 1,
			Tests: []console.SirenTest{{ID: "test-1", Signal: "growl-test", Status: "ended", Begun: at, Total: 2, Counts: map[siren.TestOutcome]int{siren.TestPassed: 1, siren.TestNoAnswer: 1}}},
			Notes: []console.SirenTestNote{{Kind: "missed", Schedule: "nightly", Count: 2, From: at, Reason: "siren-test.reason.node-down"}},
		}}, []string{"test-1", "nightly"}},
		{"siren-test", "part-report", testData{SirenTestDetail: console.SirenTestDetail{
			SirenTest: console.SirenTest{ID: "test-1", Signal: "silent-test", Status: "ended", Begun: at, Ended: at, Total: 1, Counts: map[siren.TestOutcome]int{siren.TestNoAnswer: 1}},
			Kept:      true, Matching: 1, Sirens: []console.TestedSiren{{ID: "p-1", Number: 1, Name: name, Outcome: siren.TestNoAnswer}},
		}}, []string{"&lt;b&gt;", "outcome=no-answer"}},
	} {
		for _, tag := range []string{catalogue.German, catalogue.English} {
			t.Run(c.template+" "+tag, func(t *testing.T) {
				berlin, err := time.LoadLocation("Europe/Berlin")
				if err != nil {
					t.Fatal(err)
				}
				p := &page{
					Language: catalogue.For(tag), view: view{Template: c.template, Data: c.data}, Now: at.Add(time.Minute), zone: berlin, query: url.Values{},
					Me: &console.Me{FullName: "Ben", Roles: []operator.Role{operator.Releaser, operator.Administrator}}, Board: &console.Board{Trouble: []console.Trouble{
						{Code: "siren.rogue", Count: 1, Things: []string{name}, Text: console.Words{"de": "Alarm", "en": "alarm"}}, {Code: "siren.offline", Count: 2},
					}}, region: func(key geo.ARS) string { return string(key) },
				}
				var out bytes.Buffer
				if err := templates[c.template].ExecuteTemplate(&out, c.part, p); err != nil {
					t.Fatal(err)
				}
				for _, want := range c.want {
					if !strings.Contains(out.String(), want) {
						t.Errorf("%q does not stand in\n%s", want, out.String())
					}
				}
				if strings.Contains(out.String(), name) {
					t.Error("a name became markup")
				}
				for _, key := range []string{">console.", ">siren.", ">reason."} {
					if strings.Contains(out.String(), key) {
						t.Errorf("a key without words:\n%s", out.String())
					}
				}
			})
		}
	}
}

func TestLinksKeepTheFilter(t *testing.T) {
	d := sirensData{Filter: console.SirenFilter{Sort: console.ByName, Offset: 100}, query: url.Values{"q": {"Rat"}, "ars": {""}, "offset": {"100"}, "sort": {"name"}, "part": {"table"}}}
	d.Matching, d.Sirens = 300, make([]console.SirenRow, 100)
	for what, got := range map[string][2]string{
		"next":           {d.Next(), "/console/sirens?offset=200&q=Rat&sort=name"},
		"previous":       {d.Previous(), "/console/sirens?offset=0&q=Rat&sort=name"},
		"the other way":  {d.Sorted(console.ByName), "/console/sirens?descending=true&q=Rat&sort=name"},
		"another column": {d.Sorted(console.ByRegion), "/console/sirens?q=Rat&sort=region"},
		"the map":        {d.Map(), "/api/v1/sirens?q=Rat&sort=name"},
		"a file":         {d.Export("csv"), "/api/v1/fleet/export?format=csv&q=Rat&sort=name"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", what, got[0], got[1])
		}
	}
}

func TestUploadsAreForgotten(t *testing.T) {
	var u uploads
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	for i, by := range []string{"a", "b", "c", "d", "e"} {
		u.keep(by, upload{digest: by, at: now.Add(time.Duration(i) * time.Second)})
	}
	if _, kept := u.take("a", "a", now); kept || len(u.kept) != keptUploads {
		t.Errorf("%d kept", len(u.kept))
	}
	if _, kept := u.take("e", "d", now); kept {
		t.Error("another list is taken for one's own")
	}
	if _, kept := u.take("e", "e", now.Add(time.Minute)); !kept {
		t.Error("forgotten at once")
	}
	if _, kept := u.take("e", "e", now.Add(time.Hour)); kept {
		t.Error("kept too long")
	}
}
