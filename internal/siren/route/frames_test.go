// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// line is a bearer on which every siren answers at once, or which fails.
type line struct {
	status siren.Status
	err    error
}

func (l line) Deliver(_ context.Context, o siren.Order, report func(siren.Progress)) error {
	for _, id := range o.Sirens {
		if l.err == nil {
			report(siren.Progress{Siren: id, Status: l.status, Reason: siren.KeyNoAnswer})
		}
	}
	return l.err
}

// Frames go by all ways that carry them, and by no other.
func TestFramesMakeNoCalls(t *testing.T) {
	fleet := siren.NewFleet()
	event := journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{
		{ID: "both", Number: 1, Paths: []siren.Path{{Kind: siren.PathMQTT}, {Kind: siren.PathPOCSAG, Address: "7"}, {Kind: siren.PathHTTP, Address: "http://a"}}},
		{ID: "radio", Number: 2, Paths: []siren.Path{{Kind: siren.PathPOCSAG, Address: "8"}}},
	}})
	if err := fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	order := siren.Order{Sirens: []string{"both", "radio"}, Until: time.Now().Add(10 * time.Second)}
	ways := func(mqtt Bearer) Frames {
		return Frames{Fleet: fleet, Route: New(Options{
			Bearers: map[siren.PathKind]Bearer{siren.PathMQTT: mqtt, siren.PathHTTP: line{status: siren.StatusDone}}, Callers: radios, Log: slog.New(slog.DiscardHandler),
		})}
	}
	var mu sync.Mutex
	last := map[string][2]string{}
	if err := ways(line{status: siren.StatusNotReached}).Deliver(t.Context(), order, func(p siren.Progress) {
		mu.Lock()
		defer mu.Unlock()
		last[p.Siren] = [2]string{string(p.Status), string(p.Path)}
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][2]string{"both": {"done", "http"}, "radio": {"not-reached", "pocsag"}}, last); diff != "" {
		t.Error(diff)
	}
	refused := errors.New("an alarm is on its way")
	order.Sirens = order.Sirens[:1]
	if err := ways(line{err: refused}).Deliver(t.Context(), order, func(siren.Progress) {}); !errors.Is(err, refused) {
		t.Errorf("%v, want the bearer's error", err)
	}
}
