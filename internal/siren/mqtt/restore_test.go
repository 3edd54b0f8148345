// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// told keeps the last state of every siren.
type told map[string]siren.State

func (t told) PutState(_ context.Context, _ string, data []byte) error {
	var s siren.State
	err := json.Unmarshal(data, &s)
	t[s.Siren] = s
	return err
}

// What was known before a restart is missed when it stays silent, and what is
// heard counts more.
func TestRestore(t *testing.T) {
	telemetry := told{}
	link, err := NewLink(LinkOptions{Authority: "de-bb", Fleet: siren.NewFleet(), Telemetry: telemetry, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	link.change("heard", func(siren.State) siren.State {
		return siren.State{Siren: "heard", Condition: siren.ConditionTriggered, LastContact: now}
	})
	for id, contact := range map[string]time.Time{"heard": now.Add(-time.Hour), "lately": now.Add(-time.Minute), "silent": now.Add(-time.Hour)} {
		link.Restore(siren.State{Siren: id, Condition: siren.ConditionReady, LastContact: contact.UTC()})
	}
	link.miss(now)
	link.telemetry(t.Context())
	want := map[string]siren.Condition{"heard": siren.ConditionTriggered, "lately": siren.ConditionReady, "silent": siren.ConditionOffline}
	for id, condition := range want {
		if got := link.state(id); got.Condition != condition {
			t.Errorf("%s is %s, want %s", id, got.Condition, condition)
		}
	}
	if _, said := telemetry["lately"]; said || telemetry["silent"].Detail != siren.DetailSilent {
		t.Errorf("told %v", telemetry)
	}
}
