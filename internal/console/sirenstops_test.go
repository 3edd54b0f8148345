// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// While a warning is in force, whoever stops its sirens says which warning that is.
func TestStoppingSirensOfAWarningIsAskedTwice(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1", "p-2", "cb-1")
	alert := w.alert()
	alert.Content.Signal = "warning"
	released := w.publish(alert)
	w.hear(siren.State{Siren: "p-1", Condition: siren.ConditionTriggered, Mains: true, Battery: true, LastContact: w.clock.Now()})
	effect := func(c siren.StopCommand) (e console.SirenStopEffect) {
		w.must("deniz", http.MethodPost, "/api/v1/stops/effect", c, &e)
		return e
	}
	eventually.Holds(w, "p-1 sounds", func() bool { return effect(siren.StopCommand{All: true}).Sounding == 1 })
	all, cottbus := effect(siren.StopCommand{All: true}), effect(siren.StopCommand{Sirens: []string{"cb-1"}})
	if all.Sirens != 3 || all.Confirmation != "Potsdam 2" || len(all.Warnings) != 1 || all.Warnings[0].Warning != released.ID {
		t.Errorf("all: %+v", all)
	}
	if cottbus.Sirens != 1 || cottbus.Confirmation != "" || len(cottbus.Warnings) != 0 {
		t.Errorf("a siren that no warning sounds: %+v", cottbus)
	}
	if of := effect(siren.StopCommand{Warning: released.ID}); of.Sirens != 2 {
		t.Errorf("those of the warning: %+v", of)
	}
	stop := console.SirenStop{StopCommand: siren.StopCommand{All: true, Reason: "false alarm"}, Confirmation: "Cottbus 2"}
	if refused := w.refused("ben", http.MethodPost, "/api/v1/stops", stop, problem.Invalid); refused.Errors[0].Field != "confirmation" {
		t.Errorf("%+v", refused)
	}
	stop.Confirmation = "potsdam 2"
	w.refused("anna", http.MethodPost, "/api/v1/stops", stop, problem.Forbidden)
	w.must("ben", http.MethodPost, "/api/v1/stops", stop, nil)

	job := dispatch.JobID("stop-1", "siren")
	w.record(journal.NewEvent(dispatch.EventPlanned, dispatch.Planned{
		Job: job, Message: "stop-1", Channel: "siren", Plan: dispatch.Plan{Targets: []dispatch.Target{{ID: "p-1"}, {ID: "p-2"}}},
	}))
	w.record(journal.NewEvent(dispatch.EventReceipts, dispatch.Receipts{Job: job, Receipts: []dispatch.Receipt{
		{Target: "p-1", Outcome: dispatch.NotReached, Reason: dispatch.ReasonNoAnswer, At: w.clock.Now()},
		{Target: "p-2", Outcome: dispatch.NotReached, Reason: dispatch.ReasonNoAnswer, At: w.clock.Now()},
	}}))
	var rows []console.SirenStopRow
	w.must("deniz", http.MethodGet, "/api/v1/stops", nil, &rows)
	if len(rows) != 1 || rows[0].Person.Name != "ben" || rows[0].Reason != "false alarm" || rows[0].Delivery == nil || rows[0].Delivery.Bad != 2 {
		t.Errorf("orders: %+v", rows)
	}
	// p-2 was not reached either, but it does not sound.
	var board console.Board
	w.must("deniz", http.MethodGet, "/api/v1/board", nil, &board)
	if first := board.Trouble[0]; first.Code != "siren.stop-missed" || first.Count != 1 {
		t.Errorf("trouble: %+v", board.Trouble)
	}
}

// An alarm that nobody here set off is the first trouble until somebody has said what it was.
func TestRogueAlarm(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1")
	w.hear(siren.State{Siren: "p-1", Condition: siren.ConditionTriggered, Detail: siren.DetailLocal, Mains: true, Battery: true, LastContact: w.clock.Now()})
	w.record(journal.NewEvent(siren.EventRogue, siren.Rogue{ID: "local-p-1", Kind: siren.RogueLocal, Siren: "p-1", At: w.clock.Now()}))
	if err := w.bus.PutState(t.Context(), siren.RogueSubject("local-p-1"), []byte(`{"id":"local-p-1","times":3,"last":"`+w.clock.Now().Add(time.Minute).Format(time.RFC3339)+`"}`)); err != nil {
		t.Fatal(err)
	}
	var alarms []console.RogueAlarm
	eventually.Holds(w, "it was noticed three times", func() bool {
		w.must("deniz", http.MethodGet, "/api/v1/rogue-alarms", nil, &alarms)
		return len(alarms) == 1 && alarms[0].Times == 3
	})
	if alarms[0].Name != "Sirene p-1" || !alarms[0].Last.After(alarms[0].At) {
		t.Errorf("%+v", alarms[0])
	}
	var board console.Board
	w.must("deniz", http.MethodGet, "/api/v1/board", nil, &board)
	if len(board.Trouble) != 1 || board.Trouble[0].Code != "siren.rogue" || !strings.Contains(board.Trouble[0].Text["en"], "without an order") {
		t.Errorf("trouble: %+v", board.Trouble)
	}
	settle := "/api/v1/rogue-alarms/local-p-1/settle"
	w.refused("anna", http.MethodPost, settle, console.RogueNote{Note: "fire brigade"}, problem.Forbidden)
	w.refused("ben", http.MethodPost, settle, console.RogueNote{}, problem.Invalid)
	w.must("ben", http.MethodPost, settle, console.RogueNote{Note: "fire brigade, trial"}, nil)
	w.refused("ben", http.MethodPost, settle, console.RogueNote{Note: "again"}, problem.NotFound)
	w.must("deniz", http.MethodGet, "/api/v1/rogue-alarms", nil, &alarms)
	if len(alarms) != 0 {
		t.Errorf("still open: %+v", alarms)
	}
}

// What a message did not reach is the crews' to do, in both languages.
func TestFieldOrder(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1", "p-2")
	alert := w.alert()
	alert.Content.Signal = "warning"
	released := w.publish(alert)
	message := released.Messages[0].Identifier
	job := dispatch.JobID(message, "siren")
	w.record(
		journal.NewEvent(dispatch.EventPlanned, dispatch.Planned{
			Job: job, Warning: released.ID, Message: message, Channel: "siren", Plan: dispatch.Plan{Targets: []dispatch.Target{{ID: "p-1"}, {ID: "p-2"}}},
		}),
		journal.NewEvent(dispatch.EventReceipts, dispatch.Receipts{Job: job, Receipts: []dispatch.Receipt{
			{Target: "p-1", Outcome: dispatch.Sounding, At: w.clock.Now(), Path: "mqtt"},
			{Target: "p-2", Outcome: dispatch.Refused, Reason: siren.ReasonFault.Key(), At: w.clock.Now(), Path: "mqtt"},
		}}))
	var order console.FieldOrder
	w.must("deniz", http.MethodGet, "/api/v1/warnings/"+released.ID+"/field-order", nil, &order)
	if len(order.Tasks) != 1 || order.Tasks[0].ID != "p-2" || order.Tasks[0].Remedy != console.RemedyVehicle || order.Tasks[0].UTMREF == "" ||
		!strings.Contains(order.Tasks[0].ToDo["de"], "Lautsprecher") || order.Tasks[0].Why["en"] == "" || order.SignalName["de"] == "" {
		t.Errorf("%+v", order)
	}
	// Nobody is to start by hand what was stopped.
	w.clock.advance(time.Second)
	w.must("ben", http.MethodPost, "/api/v1/stops", console.SirenStop{StopCommand: siren.StopCommand{All: true, Reason: "false alarm"}}, nil)
	w.must("deniz", http.MethodGet, "/api/v1/warnings/"+released.ID+"/field-order", nil, &order)
	if len(order.Tasks) != 0 {
		t.Errorf("after the stop: %+v", order.Tasks)
	}
	w.refused("deniz", http.MethodGet, "/api/v1/warnings/zzz/field-order", nil, problem.NotFound)
}
