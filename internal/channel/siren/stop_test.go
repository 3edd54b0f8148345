// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/journal"
	sirens "github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// A stop ends what sounds at the sirens that it names and at no others.
func TestStopEndsAnAlarm(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 4})
	c := channel(r)
	m := message(1, "warning", everywhere)
	alarm, err := c.Plan(t.Context(), "warning", m, 1)
	if err != nil {
		t.Fatal(err)
	}
	sounding := make(chan string, 100)
	ended := make(chan dispatch.Receipt, 100)
	go c.Deliver(t.Context(), dispatch.Job{ID: "message-1/siren", Message: m, Plan: alarm}, func(back dispatch.Receipt) {
		switch back.Outcome {
		case dispatch.Sounding:
			sounding <- back.Target
		case dispatch.Done:
			ended <- back
		}
	})
	for range r.Sirens {
		<-sounding
	}

	orders := c.Stops()
	named := []string{r.Sirens[0].ID, r.Sirens[2].ID}
	event := journal.NewEvent(sirens.EventStopOrdered, sirens.StopOrder{ID: "stop-1", Sirens: named, At: time.Now().UTC()})
	if err := orders.Apply(journal.Record{Seq: 2, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	open := orders.Open(time.Now())
	if len(open) != 1 || open[0].Channel != c.Name() {
		t.Fatalf("open orders: %+v", open)
	}
	plan, err := open[0].Plan(2)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan dispatch.Receipt, 100)
	if err := c.Deliver(t.Context(), dispatch.Job{ID: "stop-1/siren", Plan: plan}, func(back dispatch.Receipt) { got <- back }); err != nil {
		t.Fatal(err)
	}
	close(got)
	took := map[string]dispatch.Outcome{}
	for back := range got {
		took[back.Target] = back.Outcome
	}
	if diff := cmp.Diff(map[string]dispatch.Outcome{named[0]: dispatch.Done, named[1]: dispatch.Done}, took); diff != "" {
		t.Errorf("the stop (-want +got):\n%s", diff)
	}
	for range named {
		if back := <-ended; back.Reason != sirens.ReasonStopped.Key() || took[back.Target] == "" {
			t.Errorf("the alarm ended as %+v", back)
		}
	}
	r.Wait("the others go on", func() bool {
		return r.Fleet.State(r.Sirens[1].ID).Condition == sirens.ConditionTriggered && r.Fleet.State(r.Sirens[3].ID).Condition == sirens.ConditionTriggered &&
			r.Fleet.State(named[0]).Condition == sirens.ConditionReady
	})
	if late := orders.Open(time.Now().Add(time.Hour)); len(late) != 0 {
		t.Errorf("an hour later the order would still go out: %+v", late)
	}
}

// An all-stop names no siren, so that it reaches those that the registry has not.
func TestAllStop(t *testing.T) {
	c := registry(t, sirentest.Registry(3000))
	orders := c.Stops()
	event := journal.NewEvent(sirens.EventStopOrdered, sirens.StopOrder{ID: "stop-1", All: true, At: time.Now().UTC()})
	if err := orders.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	plan, err := orders.Open(time.Now())[0].Plan(7)
	if err != nil {
		t.Fatal(err)
	}
	sent := frames(plan)
	if len(plan.Targets) != 3000 || len(sent) != 1 || sent[0].Action != sirens.ActionStop || sent[0].Target.Type != sirens.TargetAll || sent[0].Signal != 0 {
		t.Errorf("%d targets, frames %+v", len(plan.Targets), sent)
	}
}
