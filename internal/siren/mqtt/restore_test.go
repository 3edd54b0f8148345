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

// An answer that is older than what was heard of a siren is a recording,
// whatever the node's clock did.
func TestNewer(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name             string
		heard, told, now time.Duration // after noon
		offline, want    bool
	}{
		{"the first word", 0, 0, 0, false, true},
		{"a later one", time.Minute, 2 * time.Minute, 2 * time.Minute, false, true},
		{"a recording", time.Minute, time.Minute - 3*time.Second, 2 * time.Minute, false, false},
		{"the last word again", time.Minute, time.Minute, 2 * time.Minute, false, true},
		{"the last word of a siren that is offline", time.Minute, time.Minute, 2 * time.Minute, true, false},
		{"a new word of it", time.Minute, 2 * time.Minute, 2 * time.Minute, true, true},
		{"a clock that was ahead is put right", 3 * time.Hour, time.Minute, time.Minute, false, true},
		{"the node's clock goes back", time.Hour, 0, 0, false, true},
		{"it goes back, and beacons tell whole seconds", time.Hour, -time.Second, 0, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			link, err := NewLink(LinkOptions{Authority: "de-bb", Fleet: siren.NewFleet(), Telemetry: told{}, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if c.heard != 0 {
				link.heard["a"] = noon.Add(c.heard)
			}
			if c.offline {
				link.states["a"] = siren.State{Siren: "a", Condition: siren.ConditionOffline}
			}
			if got := link.newer("a", noon.Add(c.told), noon.Add(c.now)); got != c.want {
				t.Errorf("newer is %v", got)
			}
		})
	}
}
