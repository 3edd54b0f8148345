// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Whoever may release stops sirens alone; a stop by a warning means the sirens
// that it sounded.
func TestWhoStopsWhichSirens(t *testing.T) {
	r := registry{siren.NewFleet(), siren.NewRogues(), &siren.Stops{}, enrolment.NewBook(), operator.NewDirectory(), warning.NewBook()}
	potsdam, cottbus := siren.Siren{ID: "p", Number: 1, ARS: "120540000000"}, siren.Siren{ID: "c", Number: 2, ARS: "120520000000"}
	content := warning.Content{Area: geo.Area{ARS: []geo.ARS{"12054"}}, Signal: "warning"}
	events := []journal.Event{
		journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{potsdam, cottbus}}),
		journal.NewEvent(warning.EventReleased, warning.Released{Warning: "w", Message: warning.Message{Number: 1, Identifier: "w.1", Content: content}}),
	}
	for _, role := range []operator.Role{operator.Author, operator.Releaser, operator.Administrator} {
		events = append(events, journal.NewEvent(operator.EventCreated, operator.Operator{Name: string(role), Roles: []operator.Role{role}}))
	}
	record := journal.Record{Seq: 1, Events: events}
	if err := (journal.Projections{r, r.operators, r.book}).Apply(record); err != nil {
		t.Fatal(err)
	}
	order := func(by string, command siren.StopCommand) (siren.StopOrder, error) {
		body, err := json.Marshal(command)
		if err != nil {
			t.Fatal(err)
		}
		events, err := r.Step(siren.CommandStop, by, body, time.Now())
		if err != nil {
			return siren.StopOrder{}, err
		}
		ordered, err := journal.Decode[siren.StopOrder](events[0])
		if err != nil {
			t.Fatal(err)
		}
		return ordered, nil
	}
	for _, by := range []string{"author", "administrator", "node", "nobody"} {
		if _, err := order(by, siren.StopCommand{All: true, Reason: "x"}); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("%s: %v", by, err)
		}
	}
	if got, err := order("releaser", siren.StopCommand{Warning: "w", Reason: "x"}); err != nil || len(got.Sirens) != 1 || got.Sirens[0] != "p" {
		t.Errorf("by warning: %+v, %v", got, err)
	}
	if got, err := order("releaser", siren.StopCommand{Sirens: []string{"c"}, Reason: "x"}); err != nil || len(got.Sirens) != 1 || got.Sirens[0] != "c" {
		t.Errorf("by name: %+v, %v", got, err)
	}
	if _, err := order("releaser", siren.StopCommand{Warning: "x", Reason: "x"}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("a warning that there is not: %v", err)
	}
}
