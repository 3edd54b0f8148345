// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// The states of the sirens survive a restart of the node, and their heartbeats
// leave no trace in the journal.
func TestFleetStateSurvivesARestart(t *testing.T) {
	config := brandenburg(t.TempDir())
	n := run(t, config)
	const count = 1000
	var body siren.Registered
	for i := range count {
		body.Sirens = append(body.Sirens, siren.Siren{
			ID: fmt.Sprintf("s-%04d", i), Number: uint32(i + 1), Name: "Sirene", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06},
			PublicKey: make([]byte, 32), Signals: []string{"warning", "all-clear"},
		})
	}
	registered := func(n *Node, sirens []siren.Siren) uint64 {
		t.Helper()
		result, err := command.Do(t.Context(), n.Bus(), siren.CommandRegister, operator.Node, siren.Registered{Sirens: sirens})
		if err != nil {
			t.Fatal(err)
		}
		return result.Seq
	}
	before := registered(n, body.Sirens)
	now := time.Now().UTC()
	for round := range 3 { // three heartbeats of each
		for i, s := range body.Sirens {
			state := siren.State{Siren: s.ID, Condition: siren.ConditionReady, Mains: true, Battery: i%10 != 0, LastContact: now.Add(time.Duration(round) * time.Second)}
			raw, err := json.Marshal(state)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.Bus().PutState(t.Context(), siren.StateSubject(s.ID), raw); err != nil {
				t.Fatal(err)
			}
		}
	}
	n.Stop()

	n = run(t, config)
	// A start may add a few records of the node's own, 3,000 heartbeats none.
	body.Sirens[0].Name = "Feuerwache"
	if grew := registered(n, body.Sirens[:1]) - before; grew > 20 {
		t.Errorf("the journal grew by %d records", grew)
	}
	states := map[string]siren.State{}
	restore(t.Context(), n.bus, n.logger, func(s siren.State) { states[s.Siren] = s })
	if len(states) != count || states["s-0000"].Battery || !states["s-0002"].Battery {
		t.Fatalf("%d of %d states are back", len(states), count)
	}
}
