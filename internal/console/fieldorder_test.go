// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func TestRemedies(t *testing.T) {
	one := siren.Siren{}
	two := siren.Siren{Paths: []siren.Path{{Kind: siren.PathMQTT}, {Kind: siren.PathPOCSAG}}}
	for _, c := range []struct {
		name  string
		t     TargetOutcome
		siren siren.Siren
		state siren.State
		want  Remedy
	}{
		{"no answer, no other way", TargetOutcome{Outcome: dispatch.Sent, Reason: "reason.no-answer", Path: "mqtt"}, one, siren.State{}, RemedyHand},
		{"no answer, another way to come", TargetOutcome{Outcome: dispatch.Sent, Reason: "reason.no-answer", Path: "mqtt"}, two, siren.State{}, RemedyWait},
		{"the last way is under way", TargetOutcome{Outcome: dispatch.Sent, Reason: "siren.reason.called", Path: "pocsag"}, two, siren.State{}, RemedyHand},
		{"all ways are over", TargetOutcome{Outcome: dispatch.NotReached, Reason: "reason.no-answer", Path: "mqtt"}, two, siren.State{}, RemedyHand},
		{"nobody answers on this way", TargetOutcome{Outcome: dispatch.Unconfirmed, Path: "pocsag"}, two, siren.State{}, RemedyListen},
		{"the horn is broken", TargetOutcome{Outcome: dispatch.Refused, Reason: siren.ReasonFault.Key()}, two, siren.State{}, RemedyVehicle},
		{"the horn was broken when it was last heard of", TargetOutcome{Outcome: dispatch.NotReached, Reason: "reason.offline"}, one, siren.State{Detail: siren.DetailHorn}, RemedyVehicle},
		{"switched off at the site", TargetOutcome{Outcome: dispatch.Refused, Reason: siren.ReasonOff.Key()}, one, siren.State{}, RemedyHand},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := RemedyFor(c.t, c.siren, c.state); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestRoundsStayInAKreisAndGoToTheNearest(t *testing.T) {
	task := func(id string, ars geo.ARS, lat float64) FieldTask {
		return FieldTask{ARS: ars, Position: geo.Point{Lat: lat, Lon: 13}, TargetOutcome: TargetOutcome{ID: id}}
	}
	got := shortWay([]FieldTask{
		task("d", "120540000000", 52.1), task("x", "120520000000", 52.39), task("a", "120540000000", 52.4), task("c", "120540000000", 52.2), task("b", "120540000000", 52.38),
	})
	var ids []string
	for _, task := range got {
		ids = append(ids, task.ID)
	}
	if diff := cmp.Diff([]string{"x", "a", "b", "c", "d"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestOrderAsATable(t *testing.T) {
	order := FieldOrder{Tasks: []FieldTask{{
		Region: "Potsdam", UTMREF: "33U UU 6 5", TargetOutcome: TargetOutcome{ID: "p-1", Name: `=HYPERLINK("x")`, Path: "mqtt", Remedy: RemedyHand},
		ToDo: inBoth("console.remedy.hand"), Why: inBoth("reason.offline"),
	}}}
	for tag, want := range map[string]string{"de": "Keine Verbindung zum Gerät", "en": "No connection to the device"} {
		raw, err := order.CSV(tag)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][7] != want {
			t.Fatalf("%s: %q, %v", tag, rows, err)
		}
		if name := rows[1][1]; !strings.HasPrefix(name, "'=") {
			t.Errorf("a spreadsheet would reckon with %q", name)
		}
	}
}
