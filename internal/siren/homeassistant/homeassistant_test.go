// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package homeassistant_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/homeassistant"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

// house is a bridge between a real bus and a real mosquitto.
type house struct {
	t       *testing.T
	address string
	port    string
	bus     *natsbus.Bus
	fleet   *siren.Fleet
	seq     uint64

	mu       sync.Mutex
	commands []testplan.Start
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, fleet: siren.NewFleet()}
	h.mosquitto()
	e, err := engine.Open(engine.Options{Dir: t.TempDir(), Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if h.bus, err = natsbus.Open(t.Context(), natsbus.Options{Conn: e.Conn, JetStream: e.JetStream}); err != nil {
		t.Fatal(err)
	}
	stop, err := h.bus.Serve(command.Subject, func(_ context.Context, data []byte) ([]byte, error) {
		var envelope command.Envelope
		var start testplan.Start
		if err := json.Unmarshal(data, &envelope); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(envelope.Body, &start); err != nil {
			return nil, err
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.commands = append(h.commands, start)
		return json.Marshal(command.Result{Seq: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return h
}

// mosquitto starts the broker of a house.
func (h *house) mosquitto() {
	h.t.Helper()
	for _, name := range []string{"mosquitto_sub", "mosquitto_pub"} {
		if _, err := exec.LookPath(name); err != nil {
			h.t.Skip(name + " is not installed")
		}
	}
	h.address = sirentest.OpenMosquitto(h.t)
	_, h.port, _ = net.SplitHostPort(h.address)
}

func (h *house) eventually(what string, holds func() bool) {
	h.t.Helper()
	if !eventually.Is(holds) {
		h.t.Fatalf("it is not so that %s; retained is %v", what, h.retained())
	}
}

func (h *house) register(sirens ...siren.Siren) {
	h.apply(journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: sirens}))
}

func (h *house) apply(event journal.Event) {
	h.t.Helper()
	h.seq++
	if err := h.fleet.Apply(journal.Record{Seq: h.seq, Time: time.Now(), By: "clara", Events: []journal.Event{event}}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) hear(s siren.State) {
	h.t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.bus.PutState(h.t.Context(), siren.StateSubject(s.Siren), raw); err != nil {
		h.t.Fatal(err)
	}
}

// run runs a bridge until stop is called or the test ends.
func (h *house) run(o homeassistant.Options) (stop func()) {
	o.Endpoint, o.Authority, o.Fleet, o.Bus, o.Logger = mqtt.Endpoint{Address: h.address}, "de-bb", h.fleet, h.bus, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = homeassistant.New(o).Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	h.t.Cleanup(stop)
	return stop
}

// retained is what mosquitto_sub finds at the broker.
func (h *house) retained() map[string]string {
	out, _ := exec.Command("mosquitto_sub", "-h", "127.0.0.1", "-p", h.port, "-v", "--retained-only", "-W", "1", "-t", "#").Output()
	got := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	for lines.Scan() {
		topic, payload, _ := strings.Cut(lines.Text(), " ")
		got[topic] = payload
	}
	return got
}

func (h *house) publish(topic, payload string, arguments ...string) {
	h.t.Helper()
	arguments = append([]string{"-h", "127.0.0.1", "-p", h.port, "-t", topic, "-m", payload}, arguments...)
	if out, err := exec.Command("mosquitto_pub", arguments...).CombinedOutput(); err != nil {
		h.t.Fatalf("mosquitto_pub: %v: %s", err, out)
	}
}

const (
	configOf = "homeassistant/siren/tocsin_de-bb/%s/config"
	own      = "tocsin/homeassistant/de-bb/"
)

func TestShows(t *testing.T) {
	h := newHouse(t)
	h.register(
		siren.Siren{ID: "p-1", Number: 1, Name: "Feuerwache", ARS: "12054", Type: "electronic 600 W"},
		siren.Siren{ID: "p-2", Number: 2, Name: "Schule", ARS: "12054"},
		siren.Siren{ID: "c-1", Number: 3, Name: "Rathaus", ARS: "12052"},
	)
	h.hear(siren.State{Siren: "p-1", Condition: siren.ConditionReady, Mains: true, Battery: true, LastContact: time.Now()})
	stop := h.run(homeassistant.Options{Regions: []geo.ARS{"12054"}})
	var got map[string]string
	h.eventually("the ready siren is shown", func() bool {
		got = h.retained()
		return got[own+"siren/p-1/availability"] == "online"
	})
	if got[own+"bridge"] != "online" || got[own+"siren/p-1/state"] != "OFF" || got[own+"siren/p-2/availability"] != "offline" {
		t.Errorf("retained %v", got)
	}
	if _, shown := got[fmt.Sprintf(configOf, "c-1")]; shown {
		t.Error("a siren of another region is shown")
	}
	var entity map[string]any
	if err := json.Unmarshal([]byte(got[fmt.Sprintf(configOf, "p-1")]), &entity); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"name": nil, "unique_id": "tocsin_de-bb_p-1", "object_id": "tocsin_de-bb_p-1", "state_topic": own + "siren/p-1/state",
		"command_topic": own + "siren/p-1/set", "json_attributes_topic": own + "siren/p-1/attributes", "availability_mode": "all",
		"availability":     []any{map[string]any{"topic": own + "bridge"}, map[string]any{"topic": own + "siren/p-1/availability"}},
		"support_duration": false, "support_volume_set": false, "optimistic": false,
		"device": map[string]any{"identifiers": []any{"tocsin_de-bb_p-1"}, "name": "Feuerwache", "model": "electronic 600 W"},
		"origin": map[string]any{"name": "Tocsin"},
	}
	if diff := cmp.Diff(want, entity); diff != "" {
		t.Errorf("discovery (-want +got):\n%s", diff)
	}

	h.hear(siren.State{Siren: "p-1", Condition: siren.ConditionTriggered, Signal: "warning", Mains: true, Battery: true, LastContact: time.Now()})
	h.eventually("it sounds", func() bool { return h.retained()[own+"siren/p-1/state"] == "ON" })
	h.hear(siren.State{Siren: "p-1", Condition: siren.ConditionOffline, Detail: siren.DetailOffline})
	h.eventually("it is offline", func() bool { return h.retained()[own+"siren/p-1/availability"] == "offline" })
	h.hear(siren.State{Siren: "p-1", Condition: siren.ConditionReady, Mains: true, Battery: true, LastContact: time.Now()})
	h.apply(journal.NewEvent(siren.EventTested, siren.Tested{Test: "test-1", Signal: testplan.Silent, Results: []siren.TestResult{
		{Outcome: siren.TestNoAnswer, Reason: "reason.no-answer", Sirens: siren.NumberSet(1)},
	}}))
	h.eventually("it missed its test", func() bool {
		return strings.Contains(h.retained()[own+"siren/p-1/attributes"], `"condition":"fault"`)
	})

	// Without leave nothing that Home Assistant sends does anything.
	h.publish(own+"siren/p-1/set", `{"state":"ON","tone":"silent-test"}`)

	stop()
	if got := h.retained(); got[own+"bridge"] != "offline" {
		t.Errorf("after its end the bridge is %q", got[own+"bridge"])
	}
	// A siren that is removed while nobody looks is cleared when the bridge is back.
	h.apply(journal.NewEvent(siren.EventRemoved, siren.Removed{Siren: "p-2", Reason: "scrapped"}))
	stop = h.run(homeassistant.Options{})
	h.eventually("the removed siren is gone, and the other region there", func() bool {
		got = h.retained()
		_, other := got[fmt.Sprintf(configOf, "c-1")]
		return got[own+"bridge"] == "online" && other && !strings.Contains(fmt.Sprint(got), "p-2")
	})
	h.apply(journal.NewEvent(siren.EventRemoved, siren.Removed{Siren: "c-1", Reason: "scrapped"}))
	h.eventually("so is one that is removed before its eyes", func() bool { return !strings.Contains(fmt.Sprint(h.retained()), "c-1") })
	stop()
	if len(h.commands) != 0 {
		t.Errorf("commands %+v", h.commands)
	}
}

func TestTests(t *testing.T) {
	h := newHouse(t)
	h.register(siren.Siren{ID: "p-1", Number: 1, Name: "Feuerwache", ARS: "12054"})
	// What the broker kept is commanded by nobody now.
	h.publish(own+"siren/p-1/set", `{"state":"ON","tone":"silent-test"}`, "-r")
	h.run(homeassistant.Options{AllowTests: true})
	h.eventually("the siren offers one tone", func() bool {
		return strings.Contains(h.retained()[fmt.Sprintf(configOf, "p-1")], `"available_tones":["silent-test"]`)
	})
	for _, payload := range []string{
		`{"state":"ON"}`, `ON`, `{"state":"ON","tone":"warning"}`, `{"state":"OFF","tone":"silent-test"}`, `{"state":"ON","tone":"growl-test"}`, `{`, ``,
	} {
		h.publish(own+"siren/p-1/set", payload)
	}
	h.publish(own+"siren/p-1/set", `{"state":"ON","tone":"silent-test"}`)
	taken := func() []testplan.Start {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.commands
	}
	h.eventually("the core is asked", func() bool { return len(taken()) > 0 })
	want := []testplan.Start{{Signal: testplan.Silent, Scope: testplan.Scope{Sirens: []string{"p-1"}}, For: "home-assistant"}}
	if diff := cmp.Diff(want, taken()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}
