// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sirentest_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/onair"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// states carries what a link hears to whoever watches.
type states struct {
	fleet *siren.Fleet
	heard chan []byte
}

func (s *states) PutState(ctx context.Context, subject string, data []byte) error {
	if !strings.HasPrefix(subject, siren.StateSubject("")) {
		return nil
	}
	select {
	case s.heard <- data:
	case <-ctx.Done():
	}
	return s.fleet.Observe(data)
}

func (s *states) WatchState(ctx context.Context, _ string, yield func(string, []byte) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case data := <-s.heard:
			if err := yield("", data); err != nil {
				return err
			}
		}
	}
}

// Whoever has the node's keys, and a way to the sirens, can sound them; but every
// siren says by its own signature on whose frame it acted, the node never planned
// that frame, and one order ends it. What the node itself ordered is no rogue alarm.
func TestAStolenKeyIsNoticedAndStopped(t *testing.T) {
	for _, broker := range []struct {
		name      string
		mosquitto bool
	}{{"embedded", false}, {"mosquitto", true}} {
		t.Run(broker.name, func(t *testing.T) {
			const n = 6
			r := sirentest.Start(t, sirentest.Options{Sirens: n, Speed: 1, TLS: true, Mosquitto: broker.mosquitto})
			r.StopLink()

			rogues, orders, book := siren.NewRogues(), onair.NewOrders(1), &route.Book{}
			ledger := journal.NewLedger(memory.New(), journal.Projections{book, orders, rogues}, time.Now)
			told := &states{fleet: r.Fleet, heard: make(chan []byte, 1000)}
			guard := onair.NewGuard(onair.GuardOptions{
				Ledger: ledger, Fleet: siren.NewFleet(), Book: book, Orders: orders, Confirm: func(siren.Call, string) {},
				Telemetry: told, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			})
			o := r.LinkOptions(r.Fleet)
			o.Telemetry = told
			link, err := mqtt.NewLink(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, run := range []func(context.Context) error{guard.Run, link.Run} {
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { defer close(ended); _ = run(ctx) }()
				defer func() { cancel(); <-ended }()
			}

			now := time.Now().UTC().Truncate(time.Second)
			sign := func(f siren.Frame) []byte {
				f.Epoch, f.NotBefore, f.TTL, f.Target = 1, now, 5*time.Minute, siren.All()
				b, err := f.Sign(r.Issuer)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			planned := sign(siren.Frame{Counter: 1, Action: siren.ActionTest, Signal: 16})
			if _, err := ledger.Do(t.Context(), "node", func(time.Time, uint64) ([]journal.Event, error) {
				return []journal.Event{journal.NewEvent("siren-test.planned", map[string]any{"frames": [][]byte{planned}, "deadline": now.Add(time.Hour)})}, nil
			}); err != nil {
				t.Fatal(err)
			}

			thief := paho.NewClient(paho.NewClientOptions().AddBroker(r.Endpoint.Address).SetClientID("thief").SetTLSConfig(r.Endpoint.TLS))
			if token := thief.Connect(); !token.WaitTimeout(eventually.Patience) || token.Error() != nil {
				t.Fatal(token.Error())
			}
			defer thief.Disconnect(0)
			// It is said again and again: mosquitto lets in one holder of a name at a
			// time, so thief and node throw each other out.
			say := func(frame []byte, what string, holds func() bool) {
				last := time.Time{}
				r.Wait(what, func() bool {
					if time.Since(last) > time.Second {
						last = time.Now()
						thief.Publish("tocsin/v1/"+sirentest.Authority+"/cmd", 0, false, frame)
					}
					return holds()
				})
			}
			say(planned, "every siren did the silent test that was planned", func() bool { return len(r.Simulator.Sounded()) == n })
			if open := rogues.Open(); len(open) != 0 {
				t.Fatalf("the node's own test is a rogue alarm: %+v", open)
			}

			stolen := sign(siren.Frame{Counter: 2, Action: siren.ActionSound, Signal: 1})
			say(stolen, "every siren sounds the stolen frame", func() bool { return len(r.Simulator.Sounded()) == 2*n })
			thief.Disconnect(0)
			r.Wait("every siren that sounds it is a rogue alarm", func() bool {
				found := map[string]bool{}
				for _, alarm := range rogues.Open() {
					if alarm.Kind == siren.RogueFrame {
						found[alarm.Siren] = true
					}
				}
				return len(found) == n
			})
			stop := sign(siren.Frame{Counter: 3, Action: siren.ActionStop})
			order := siren.Order{Frames: [][]byte{stop}, Until: time.Now().Add(eventually.Patience)}
			for _, s := range r.Sirens {
				order.Sirens = append(order.Sirens, s.ID)
			}
			var silent atomic.Int32
			if err := link.Deliver(t.Context(), order, func(p siren.Progress) {
				if p.Status == siren.StatusDone {
					silent.Add(1)
				}
			}); err != nil {
				t.Fatal(err)
			}
			if silent.Load() != n {
				t.Errorf("%d sirens are silent", silent.Load())
			}
			r.Wait("every siren is silent and ready", func() bool { return r.Fleet.Counts()[siren.ConditionReady] == n })
		})
	}
}
