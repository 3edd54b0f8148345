// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/warning/warningtest"
)

// desk drives the rules by name, for tests that tell one story.
type desk struct {
	*warningtest.Simulation
	t *testing.T
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	people, err := warningtest.NewPeople()
	if err != nil {
		t.Fatal(err)
	}
	s, err := warningtest.New(warningtest.Options{People: people, Releases: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{s, t}
}

func flood(now time.Time) warning.Content {
	return warning.Content{
		Event: "BBK-EVC-038", Level: warning.LevelDanger, Signal: "warning", Expires: now.Add(4 * time.Hour),
		Area: geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}, Circles: []geo.Circle{{Center: geo.Point{Lat: 52.4, Lon: 13.1}, Radius: 3000}}},
		Texts: map[string]warning.Text{
			"de": {Headline: "Hochwasser in Potsdam", Description: "Die Havel steigt.", Instruction: "Meiden Sie die Ufer."},
			"en": {Headline: "Flood in Potsdam", Description: "The Havel is rising.", Instruction: "Keep away from the banks."},
		},
	}
}

func (d *desk) do(name, by string, body any) error {
	d.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	events, err := d.Rules.Step(d.Book, name, by, raw, d.Now)
	if err == nil {
		d.must(d.Append(by, events))
	}
	return err
}

func (d *desk) ask(id string, kind warning.Kind, content warning.Content, by string) (warning.RequestCommand, error) {
	d.t.Helper()
	draft, err := d.Rules.Prepare(d.Book, warning.PrepareInput{Warning: id, Kind: kind, Content: content}, d.Now)
	if err != nil {
		return warning.RequestCommand{}, err
	}
	command := warning.RequestCommand{Warning: id, Identifier: draft.Identifier, Kind: kind, Content: content, Digest: draft.Digest, Replaces: draft.Replaces}
	command.Assertion, err = operator.Assert(d.People[by].Private, by, operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: id, Message: draft.Identifier, Digest: draft.Digest})
	if err != nil {
		d.t.Fatal(err)
	}
	return command, d.do(warning.CommandRequest, by, command)
}

func (d *desk) releaseCommand(id, by string) warning.ReleaseCommand {
	d.t.Helper()
	w, ok := d.Book.Warning(id)
	if !ok || w.Pending == nil {
		d.t.Fatalf("%s does not wait", id)
	}
	assertion, err := operator.Assert(d.People[by].Private, by, operator.Statement{Action: operator.ActionRelease, Role: operator.Releaser, Warning: id, Message: w.Pending.Identifier, Digest: w.Pending.Digest})
	if err != nil {
		d.t.Fatal(err)
	}
	return warning.ReleaseCommand{Warning: id, Identifier: w.Pending.Identifier, Digest: w.Pending.Digest, Assertion: assertion}
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

const id = "de-bb.20261123.7f3k2m9q"

func TestOneWarningEndToEnd(t *testing.T) {
	d := newDesk(t)
	_, err := d.ask(id, warning.KindAlert, flood(d.Now), "anna")
	d.must(err)
	d.Now = d.Now.Add(70 * time.Second)
	d.must(d.do(warning.CommandRelease, "cem", d.releaseCommand(id, "cem")))
	d.Now = d.Now.Add(time.Hour)
	_, err = d.ask(id, warning.KindUpdate, flood(d.Now), "anna")
	d.must(err)
	d.must(d.do(warning.CommandRelease, "ben", d.releaseCommand(id, "ben")))
	d.Now = d.Now.Add(time.Hour)
	over := flood(d.Now)
	over.Signal = warning.SignalAllClear
	_, err = d.ask(id, warning.KindAllClear, over, "ben")
	d.must(err)
	d.must(d.do(warning.CommandRelease, "cem", d.releaseCommand(id, "cem")))

	w, _ := d.Book.Warning(id)
	if w.Status != warning.StatusEnded || len(w.Messages) != 3 {
		t.Fatalf("the chain stands at %s with %d messages", w.Status, len(w.Messages))
	}
	alert, err := cap.Read(w.Messages[2].CAP)
	d.must(err)
	if alert.MsgType != cap.MsgTypeCancel || len(alert.References) != 2 || !slices.Equal(alert.Info[0].ResponseType, []cap.ResponseType{cap.ResponseAllClear}) {
		t.Errorf("the all-clear is %s with references %v and response %v", alert.MsgType, alert.References, alert.Info[0].ResponseType)
	}
	if got := alert.Info[0].Area[0].Geocode[0].Value; got != "120540000000" {
		t.Errorf("the ARS went out as %q", got)
	}
	if got := string(w.Messages[0].CAP); !strings.Contains(got, "<sent>2026-11-23T02:13:10+01:00</sent>") {
		t.Errorf("sent is not the time of release in the authority's zone:\n%s", got)
	}
	d.must(d.Check())
}

func TestRefusalsSayWhichRule(t *testing.T) {
	requested := func(d *desk) {
		_, err := d.ask(id, warning.KindAlert, flood(d.Now), "anna")
		d.must(err)
	}
	released := func(d *desk) {
		requested(d)
		d.must(d.do(warning.CommandRelease, "cem", d.releaseCommand(id, "cem")))
	}
	with := func(change func(*warning.Content)) func(d *desk) error {
		return func(d *desk) error {
			c := flood(d.Now)
			change(&c)
			_, err := d.ask(id, warning.KindAlert, c, "anna")
			return err
		}
	}
	for _, test := range []struct {
		name  string
		setup func(*desk)
		try   func(*desk) error
		kind  problem.Kind
		field string
	}{
		{"area outside the territory", nil, with(func(c *warning.Content) { c.Area.Circles[0].Center.Lat = 48 }), problem.Invalid, "area"},
		{"no area", nil, with(func(c *warning.Content) { c.Area = geo.Area{} }), problem.Invalid, "area"},
		{"area without a name", nil, with(func(c *warning.Content) { c.Area.Name = " " }), problem.Invalid, "area.name"},
		{"relative web address", nil, with(func(c *warning.Content) { c.Web = "www.kreis.example" }), problem.Invalid, "web"},
		{"web address with a user", nil, with(func(c *warning.Content) { c.Web = "https://kreis.example@evil.example/" }), problem.Invalid, "web"},
		{"empty text", nil, with(func(c *warning.Content) { c.Texts["en"] = warning.Text{} }), problem.Invalid, "texts.en.headline"},
		{"end before start", nil, with(func(c *warning.Content) { c.Onset = c.Expires.Add(time.Hour) }), problem.Invalid, "expires"},
		{"end in the past", nil, with(func(c *warning.Content) { c.Expires = warningtest.Start.Add(-time.Hour) }), problem.Invalid, "expires"},
		{"no end", nil, with(func(c *warning.Content) { c.Expires = time.Time{} }), problem.Invalid, "expires"},
		{"end too far", nil, with(func(c *warning.Content) { c.Expires = warningtest.Start.AddDate(1, 0, 0) }), problem.Invalid, "expires"},
		{"no event", nil, with(func(c *warning.Content) { c.Event = "" }), problem.Invalid, "event"},
		{"unknown event", nil, with(func(c *warning.Content) { c.Event = "BBK-EVC-404" }), problem.Invalid, "event"},
		{"unknown level", nil, with(func(c *warning.Content) { c.Level = 7 }), problem.Invalid, "level"},
		{"unknown signal", nil, with(func(c *warning.Content) { c.Signal = "fanfare" }), problem.Invalid, "signal"},
		{"all-clear signal on an alert", nil, with(func(c *warning.Content) { c.Signal = warning.SignalAllClear }), problem.Invalid, "signal"},
		{"alarm signal on an all-clear", released, func(d *desk) error {
			_, err := d.ask(id, warning.KindAllClear, flood(d.Now), "anna")
			return err
		}, problem.Invalid, "signal"},
		{"foreign warning id", nil, func(d *desk) error {
			_, err := d.ask("de-be.20261123.aaaaaaaa", warning.KindAlert, flood(d.Now), "anna")
			return err
		}, problem.Invalid, ""},
		{"request by a releaser", nil, func(d *desk) error {
			_, err := d.ask(id, warning.KindAlert, flood(d.Now), "cem")
			return err
		}, problem.Forbidden, ""},
		{"request by a disabled account", nil, func(d *desk) error {
			_, err := d.ask(id, warning.KindAlert, flood(d.Now), "gone")
			return err
		}, problem.Unauthenticated, ""},
		{"release by the author", func(d *desk) {
			_, err := d.ask(id, warning.KindAlert, flood(d.Now), "ben")
			d.must(err)
		}, func(d *desk) error { return d.do(warning.CommandRelease, "ben", d.releaseCommand(id, "ben")) }, problem.Forbidden, ""},
		{"release by an observer", requested, func(d *desk) error {
			return d.do(warning.CommandRelease, "emil", d.releaseCommand(id, "emil"))
		}, problem.Forbidden, ""},
		{"release with the author's signature", requested, func(d *desk) error {
			c := d.releaseCommand(id, "cem")
			w, _ := d.Book.Warning(id)
			c.Assertion = w.Pending.Assertions[0]
			return d.do(warning.CommandRelease, "cem", c)
		}, problem.Forbidden, ""},
		{"second release", released, func(d *desk) error {
			return d.do(warning.CommandRelease, "ben", warning.ReleaseCommand{Warning: id, Identifier: id + ".1"})
		}, problem.Conflict, ""},
		{"content changed under a release", requested, func(d *desk) error {
			c := d.releaseCommand(id, "cem")
			other := flood(d.Now)
			other.Level = warning.LevelExtreme
			if _, err := d.ask(id, warning.KindAlert, other, "anna"); err != nil {
				return err
			}
			return d.do(warning.CommandRelease, "cem", c)
		}, problem.Stale, ""},
		{"stale form", requested, func(d *desk) error {
			c, err := d.ask(id, warning.KindAlert, flood(d.Now), "anna")
			d.must(err)
			c.Replaces = nil
			return d.do(warning.CommandRequest, "anna", c)
		}, problem.Stale, ""},
		{"signed something else", nil, func(d *desk) error {
			draft, err := d.Rules.Prepare(d.Book, warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: flood(d.Now)}, d.Now)
			d.must(err)
			other := flood(d.Now)
			other.Level = warning.LevelExtreme
			return d.do(warning.CommandRequest, "anna", warning.RequestCommand{Warning: id, Identifier: draft.Identifier, Kind: warning.KindAlert, Content: other, Digest: draft.Digest})
		}, problem.Stale, ""},
		{"update of nothing", nil, func(d *desk) error {
			_, err := d.ask(id, warning.KindUpdate, flood(d.Now), "anna")
			return err
		}, problem.NotFound, ""},
		{"update of what was never released", requested, func(d *desk) error {
			_, err := d.ask(id, warning.KindUpdate, flood(d.Now), "anna")
			return err
		}, problem.Conflict, ""},
		{"alert again", released, func(d *desk) error {
			_, err := d.ask(id, warning.KindAlert, flood(d.Now), "anna")
			return err
		}, problem.Conflict, ""},
		{"refusal without reason", requested, func(d *desk) error {
			return d.do(warning.CommandRefuse, "cem", warning.DropCommand{Warning: id, Identifier: id + ".1"})
		}, problem.Invalid, "reason"},
		{"withdrawal by somebody else", requested, func(d *desk) error {
			return d.do(warning.CommandWithdraw, "ben", warning.DropCommand{Warning: id, Identifier: id + ".1"})
		}, problem.Forbidden, ""},
		{"unreadable command", nil, func(d *desk) error { return d.do(warning.CommandRelease, "cem", []int{1}) }, problem.Unreadable, ""},
		{"unknown command", nil, func(d *desk) error { return d.do("warning.shout", "cem", struct{}{}) }, problem.Invalid, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			if test.setup != nil {
				test.setup(d)
			}
			err := test.try(d)
			p, ok := errors.AsType[*problem.Error](err)
			if !ok || p.Kind != test.kind {
				t.Fatalf("got %v, want a problem of kind %s", err, test.kind)
			}
			if test.field != "" && !slices.ContainsFunc(p.Faults, func(f problem.Fault) bool { return f.Field == test.field && f.Remedy != "" }) {
				t.Errorf("no fault names %s with a remedy: %+v", test.field, p.Faults)
			}
		})
	}
}

func TestAnyoneOnShiftStopsARequest(t *testing.T) {
	d := newDesk(t)
	_, err := d.ask(id, warning.KindAlert, flood(d.Now), "anna")
	d.must(err)
	d.must(d.do(warning.CommandStop, "emil", warning.DropCommand{Warning: id, Identifier: id + ".1", Reason: "Übung läuft"}))
	if w, _ := d.Book.Warning(id); w.Status != warning.StatusDropped || w.Pending != nil {
		t.Errorf("stands at %s", w.Status)
	}
}

func TestRequestsClimbAndLapse(t *testing.T) {
	d := newDesk(t)
	_, err := d.ask(id, warning.KindAlert, flood(d.Now), "anna")
	d.must(err)
	due := func(after time.Duration) []string {
		d.Now = warningtest.Start.Add(after)
		events := d.Rules.Due(d.Book, d.Now)
		if len(events) > 0 {
			d.must(d.Append("node", events))
		}
		var kinds []string
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return kinds
	}
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{
		{time.Minute, nil},
		{5 * time.Minute, []string{warning.EventEscalated}},
		{6 * time.Minute, nil},
		{time.Hour, []string{warning.EventLapsed}},
		{2 * time.Hour, nil},
	} {
		if got := due(step.after); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %v, want %v", step.after, got, step.want)
		}
	}
}

func TestOnePersonMayEndWhereThePolicySaysSo(t *testing.T) {
	d := newDesk(t)
	d.Rules.Authority.Policy.AllClearReleases = 1
	_, err := d.ask(id, warning.KindAlert, flood(d.Now), "anna")
	d.must(err)
	d.must(d.do(warning.CommandRelease, "cem", d.releaseCommand(id, "cem")))
	over := flood(d.Now)
	over.Signal = ""
	_, err = d.ask(id, warning.KindAllClear, over, "anna")
	d.must(err)
	if w, _ := d.Book.Warning(id); w.Status != warning.StatusEnded {
		t.Errorf("stands at %s", w.Status)
	}
}

func TestExerciseIsNeverActual(t *testing.T) {
	d := newDesk(t)
	d.Rules.Authority.Realm = authority.Exercise
	draft, err := d.Rules.Prepare(d.Book, warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: flood(d.Now)}, d.Now)
	d.must(err)
	if draft.Alert.Status != cap.StatusExercise {
		t.Errorf("status is %s", draft.Alert.Status)
	}
}

// An author's browser sends line ends and blanks that the digest must not see.
func TestContentHasOneForm(t *testing.T) {
	d := newDesk(t)
	plain := flood(d.Now)
	typed := flood(d.Now)
	typed.Texts["de"] = warning.Text{Headline: "  Hochwasser in Potsdam\t", Description: "Die Havel steigt.\r\n", Instruction: "Meiden Sie die Ufer."}
	typed.Texts["fr"] = warning.Text{Headline: " "}
	typed.Expires = typed.Expires.Add(300 * time.Millisecond).In(time.FixedZone("", 3600))
	a, err := d.Rules.Prepare(d.Book, warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: plain}, d.Now)
	d.must(err)
	b, err := d.Rules.Prepare(d.Book, warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: typed}, d.Now)
	d.must(err)
	if a.Digest != b.Digest {
		t.Errorf("two digests for one content:\n%s\n%s", a.Canonical, b.Canonical)
	}
}

func TestReplayOfForeignEventsChangesNothing(t *testing.T) {
	book := warning.NewBook()
	err := book.Apply(journal.Record{Events: []journal.Event{journal.NewEvent("siren.registered", map[string]any{"sirens": nil})}})
	if err != nil || len(book.All()) != 0 {
		t.Errorf("%v, %d warnings", err, len(book.All()))
	}
}
