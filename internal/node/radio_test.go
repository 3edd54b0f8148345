// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/node/nodetest"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

// A node with a transmitter calls a siren that does not answer over MQTT, once:
// the node that comes back after a stop does not call again. A siren that is
// sounded at the site raises a rogue alarm that a releaser can settle.
func TestNodeCallsByRadioOnceAndNoticesRogues(t *testing.T) {
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	config := node.Config{
		Dir:       filepath.Join(dir, "node"),
		Authority: authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}},
		Keys:      operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}},
		Console:   node.ListenConfig{Listen: "127.0.0.1:0"}, Public: node.PublicConfig{ListenConfig: node.ListenConfig{Listen: "127.0.0.1:0"}},
		Sirens: node.SirenConfig{
			Listen: "127.0.0.1:0", Waits: route.Waits{siren.PathMQTT: time.Second},
			Radio: []node.TransmitterConfig{{Name: "north", Kind: siren.PathPOCSAG, Folder: calls}},
		},
	}.WithDefaults()
	start := func() *node.Node {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		n, err := node.New(ctx, config, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Stop)
		return n
	}
	sent := func() int {
		files, err := filepath.Glob(filepath.Join(calls, "*-north.wav"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	n := start()
	if _, err := command.Do(t.Context(), n.Bus(), siren.CommandRegister, operator.Node, siren.Registered{Sirens: []siren.Siren{{
		ID: "s1", Number: 1, Name: "Potsdam, Feuerwache", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06},
		PublicKey: make([]byte, 32), Signals: []string{"warning", "all-clear"},
		Paths: []siren.Path{{Kind: siren.PathMQTT}, {Kind: siren.PathPOCSAG, Address: "1234567"}},
	}}}); err != nil {
		t.Fatal(err)
	}
	desk, err := nodetest.Open(t.Context(), n, "radio-")
	if err != nil {
		t.Fatal(err)
	}
	_, release, err := desk.Request(t.Context(), nodetest.Flood("12054"))
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Release(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "the siren is called", func() bool { return sent() == 1 })

	since := time.Now().UTC()
	state, err := json.Marshal(siren.State{Siren: "s1", Condition: siren.ConditionTriggered, Detail: siren.DetailLocal, Since: since, LastContact: since})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Bus().PutState(t.Context(), siren.StateSubject("s1"), state); err != nil {
		t.Fatal(err)
	}
	settled := siren.RogueSettled{ID: fmt.Sprintf("local-s1-%d", since.Unix()), Note: "exercise of the fire service"}
	eventually.Holds(t, "the rogue alarm is on record and can be settled", func() bool {
		_, err = command.Do(t.Context(), n.Bus(), siren.CommandSettleRogue, desk.Releaser.Name, settled)
		return err == nil
	})
	if _, err := command.Do(t.Context(), n.Bus(), siren.CommandSettleRogue, desk.Releaser.Name, settled); err == nil {
		t.Error("it can be settled twice")
	}
	n.Stop()

	// The delivery is taken up again: waits longer than the way over MQTT may take.
	start()
	again := time.Now().Add(4 * time.Second)
	eventually.Holds(t, "time passes", func() bool { return sent() != 1 || time.Now().After(again) })
	if sent() != 1 {
		t.Errorf("%d calls were sent", sent())
	}
}
