// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	issuerKey = ed25519.NewKeyFromSeed([]byte("the issuer of the controller tes"))
	deviceKey = ed25519.NewKeyFromSeed([]byte("the device of the controller tes"))
)

// device is a siren's controller: the device rules behind an HTTP server.
type device struct {
	mu     sync.Mutex
	rules  *siren.Device
	sounds int
	last   []byte // the last answer
	broken bool
}

func newDevice() *device {
	return &device{rules: siren.NewDevice(siren.DeviceConfig{
		Number: 1, ARS: "12054", Signer: siren.NewSigner(deviceKey), Signals: siren.GermanSignals(),
		Keyset: siren.Keyset{Issuers: []siren.Issuer{{
			PublicKey: issuerKey.Public().(ed25519.PublicKey), Epoch: 1, Territory: []geo.ARS{"12"}, Actions: siren.AllActions,
		}}},
	}, siren.Memory{})}
}

func (d *device) step(in siren.Input, now time.Time) {
	effects := d.rules.Step(in, now)
	if effects.Sound != nil {
		d.sounds++
	}
	for _, s := range effects.Send {
		d.last = s.Bytes
	}
}

func (d *device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	now := time.Now()
	d.last = nil
	if r.Method == http.MethodPost {
		frame, err := io.ReadAll(http.MaxBytesReader(w, r.Body, siren.MaxFrameBytes))
		if err != nil {
			return
		}
		d.step(siren.FrameReceived{Bytes: frame}, now)
	} else {
		d.step(siren.ContactsChanged{Contacts: siren.Contacts{MainsFailed: true}}, now)
		d.step(siren.Connected{}, now)
	}
	d.step(siren.Tick{}, now)
	if d.last == nil {
		d.step(siren.Connected{}, now) // what has nothing else to say says hello
	}
	_, _ = w.Write(d.last)
}

type rig struct {
	bearer *Bearer
	fleet  *siren.Fleet
	frame  []byte
	mu     sync.Mutex
	news   []siren.Progress
}

func start(t *testing.T, h http.Handler) *rig {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r := &rig{fleet: siren.NewFleet()}
	event := journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{
		{ID: "s1", Number: 1, ARS: "12054", PublicKey: deviceKey.Public().(ed25519.PublicKey), Paths: []siren.Path{{Kind: siren.PathHTTP, Address: server.URL}}},
		{ID: "s2", Number: 2, ARS: "12054", Paths: []siren.Path{{Kind: siren.PathPOCSAG, Address: "7"}}},
	}})
	if err := r.fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	r.bearer = New(Options{Fleet: r.fleet, Observe: r.fleet.ObserveState, Issuer: siren.NewSigner(issuerKey), Epoch: 1, Log: slog.New(slog.DiscardHandler), Poll: 50 * time.Millisecond, firstRepeat: 20 * time.Millisecond})
	t.Cleanup(r.bearer.client.CloseIdleConnections)
	signal, _ := siren.GermanSignals().Named("silent-test")
	var err error
	r.frame, err = siren.Frame{
		Epoch: 1, Counter: 5, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-10 * time.Second), TTL: 2 * time.Hour,
		Action: siren.ActionTest, Signal: signal.Number, Target: siren.Numbers(1, 2),
	}.Sign(siren.NewSigner(issuerKey))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) deliver(t *testing.T, within time.Duration, ids ...string) siren.Progress {
	t.Helper()
	order := siren.Order{Frames: [][]byte{r.frame}, Sirens: ids, Until: time.Now().Add(within)}
	if err := r.bearer.Deliver(t.Context(), order, func(p siren.Progress) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.news = append(r.news, p)
	}); err != nil {
		t.Fatal(err)
	}
	return r.news[len(r.news)-1]
}

func TestBearerSoundsASirenOnce(t *testing.T) {
	d := newDevice()
	d.broken = true
	r := start(t, d)
	time.AfterFunc(100*time.Millisecond, func() { d.mu.Lock(); defer d.mu.Unlock(); d.broken = false })
	for range 2 {
		last := r.deliver(t, 10*time.Second, "s1")
		if last.Status != siren.StatusDone || last.Path != siren.PathHTTP {
			t.Fatalf("%+v", last)
		}
	}
	if r.news[0].Status != siren.StatusWaiting || r.news[0].Reason != keyController || d.sounds != 1 {
		t.Errorf("%+v, sounded %d times", r.news, d.sounds)
	}
	if state := r.fleet.State("s1"); state.Path != siren.PathHTTP || state.LastContact.IsZero() {
		t.Errorf("%+v", state)
	}
}

func TestBearerBelievesNothingElse(t *testing.T) {
	elsewhere := httptest.NewServer(newDevice())
	t.Cleanup(elsewhere.Close)
	forged := newDevice()
	forged.rules = siren.NewDevice(siren.DeviceConfig{Number: 1, ARS: "12054", Signer: siren.NewSigner(issuerKey), Signals: siren.GermanSignals()}, siren.Memory{})
	for name, h := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusPermanentRedirect)
		},
		"another's signature":   forged.ServeHTTP,
		"something else":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK") },
		"an endless response":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1<<20)) },
		"nothing, for too long": func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, h)
			if last := r.deliver(t, 300*time.Millisecond, "s1"); last.Status != siren.StatusNotReached || last.Reason == "" {
				t.Errorf("%+v", last)
			}
			if state := r.fleet.State("s1"); state.Condition != siren.ConditionUnknown {
				t.Errorf("%+v", state)
			}
		})
	}
	r := start(t, newDevice())
	if last := r.deliver(t, time.Second, "s2"); last.Status != siren.StatusNotReached || last.Reason != keyController {
		t.Errorf("a siren without controller: %+v", last)
	}
	if last := r.deliver(t, time.Second, "s9"); last.Reason != siren.KeyUnknown {
		t.Errorf("a siren that is not registered: %+v", last)
	}
	r.frame = r.frame[:20]
	if err := r.bearer.Deliver(t.Context(), siren.Order{Frames: [][]byte{r.frame}}, nil); err == nil {
		t.Error("a spoilt frame is delivered")
	}
}

func TestBearerStopsWhereTheSirenAnsweredElsewhere(t *testing.T) {
	r := start(t, http.NotFoundHandler())
	order := siren.Order{Frames: [][]byte{r.frame}, Sirens: []string{"s1"}, Until: time.Now().Add(time.Minute), Settled: func(string) bool { return true }}
	var last siren.Progress
	if err := r.bearer.Deliver(t.Context(), order, func(p siren.Progress) { last = p }); err != nil || last.Reason != siren.KeySuperseded {
		t.Errorf("%+v, %v", last, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	order.Settled = nil
	if err := r.bearer.Deliver(ctx, order, func(p siren.Progress) {
		if p.Status.Final() {
			t.Errorf("a cancelled delivery ends as %+v", p)
		}
	}); err == nil {
		t.Error("a cancelled delivery ends without error")
	}
}

func TestBearerPollsStates(t *testing.T) {
	r := start(t, newDevice())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.bearer.Run(ctx) }()
	eventually.Holds(t, "the state is polled", func() bool { return r.fleet.State("s1").Detail == siren.DetailMains })
	cancel()
	<-done
}
