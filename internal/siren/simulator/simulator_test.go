// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

func open(t *testing.T, o simulator.Options) *simulator.Simulator {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFaultsAreSeeded(t *testing.T) {
	sirens := sirentest.Registry(200)
	first := open(t, simulator.Options{Sirens: sirens, Seed: 7, FaultyShare: 0.02}).Faults()
	want := map[simulator.Fault]int{
		simulator.FaultMute: 1, simulator.FaultClock: 1, simulator.FaultMains: 1, simulator.FaultSabotage: 1,
	}
	got := map[simulator.Fault]int{}
	for _, fault := range first {
		got[fault]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults of 200 sirens (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(first, open(t, simulator.Options{Sirens: sirens, Seed: 7, FaultyShare: 0.02}).Faults()); diff != "" {
		t.Errorf("the same seed gives other faults:\n%s", diff)
	}
	if cmp.Equal(first, open(t, simulator.Options{Sirens: sirens, Seed: 8, FaultyShare: 0.02}).Faults()) {
		t.Error("another seed gives the same faults")
	}
	if faults := open(t, simulator.Options{Sirens: sirens, FaultyShare: 0}).Faults(); len(faults) != 0 {
		t.Errorf("faults although none were asked for: %v", faults)
	}
}

func TestTornLinesNeverCounted(t *testing.T) {
	dir := t.TempDir()
	whole := `{"siren":"siren-00001","frame":"02efe170-1-16","signal":"warning","at":"2026-11-23T10:00:00Z"}` + "\n"
	path := filepath.Join(dir, "sounded.jsonl")
	if err := os.WriteFile(path, []byte(whole+`{"siren":"siren-0`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, simulator.Options{Dir: dir})
	if sounded := s.Sounded(); len(sounded) != 1 || sounded[0].Frame != "02efe170-1-16" {
		t.Errorf("read %+v", sounded)
	}
	if raw, err := os.ReadFile(path); err != nil || string(raw) != whole {
		t.Errorf("the file holds %q, %v", raw, err)
	}
	if err := os.WriteFile(path, []byte("no JSON\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := simulator.New(simulator.Options{Dir: dir}); err == nil {
		t.Error("a spoilt record was read")
	}
}

func TestSense(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 1})
	id := r.Sirens[0].ID
	r.Simulator.Sense(id, siren.Contacts{Tamper: true})
	r.Wait("the open cabinet shows", func() bool {
		return r.Fleet.State(id).Condition == siren.ConditionSabotage
	})
}

// childEnv turns the test binary into a simulator, so that it can be killed.
const childEnv = "TOCSIN_TEST_SIMULATOR"

func TestMain(m *testing.M) {
	if raw := os.Getenv(childEnv); raw != "" {
		child(raw)
		return
	}
	os.Exit(m.Run())
}

// setup is what the child needs to know.
type setup struct {
	Address, Dir string
	Sirens       int
}

func child(raw string) {
	var s setup
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		panic(err)
	}
	sim, err := simulator.New(sirentest.SimulatorOptions(mqtt.Endpoint{Address: s.Address}, sirentest.Registry(s.Sirens), s.Dir))
	if err != nil {
		panic(err)
	}
	_ = sim.Run(context.Background()) // until it is killed
}

// The simulator is killed while its sirens begin to sound, again and again; no
// siren ever sounds twice for a frame.
func TestKilledInTheMiddle(t *testing.T) {
	const sirens, kills = 100, siren.MaxStarts // no device starts more often in this time
	r := sirentest.Start(t, sirentest.Options{Sirens: sirens, NoSimulator: true})
	s := setup{Address: r.Endpoint.Address, Dir: t.TempDir(), Sirens: sirens}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	launch := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+string(raw))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	for kill := range kills {
		f := siren.Frame{
			Epoch: 1, Counter: uint64(kill+1) * 16, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute),
			TTL: 10 * time.Minute, Action: siren.ActionSound, Signal: 1, Target: siren.All(),
		}
		frame, err := f.Sign(r.Issuer)
		if err != nil {
			t.Fatal(err)
		}
		order := siren.Order{Frames: [][]byte{frame}, Until: time.Now().Add(time.Minute)}
		for _, entry := range r.Sirens {
			order.Sirens = append(order.Sirens, entry.ID)
		}
		cmd := launch()
		r.WaitConnected(sirens)
		var answered atomic.Int32
		ended := make(chan error, 1)
		go func() {
			ended <- r.Link.Deliver(t.Context(), order, func(siren.Progress) { answered.Add(1) })
		}()
		r.Wait("some sirens have answered", func() bool { return int(answered.Load()) > kill*sirens/kills })
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		r.Wait("the sirens are gone", func() bool { return r.Fleet.Counts()[siren.ConditionOffline] == sirens })
		cmd = launch()
		if err := eventually.Receive(t, "all sirens answer after the restart", ended); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		r.Wait("the sirens are gone", func() bool { return r.Fleet.Counts()[siren.ConditionOffline] == sirens })
	}
	raw, err = os.ReadFile(filepath.Join(s.Dir, "sounded.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range bytes.Lines(raw) {
		var sounded simulator.Sounded
		if err := json.Unmarshal(line, &sounded); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		seen[fmt.Sprint(sounded.Siren, " ", sounded.Frame)]++
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("%s sounded %d times", key, n)
		}
	}
	if len(seen) < kills*sirens*9/10 {
		t.Errorf("only %d of %d alarms sounded", len(seen), kills*sirens)
	}
	t.Logf("%d of %d alarms sounded once, none twice, over %d kills", len(seen), kills*sirens, 2*kills)
}
