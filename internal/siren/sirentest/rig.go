// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package sirentest sets up real fleets for tests and benchmarks: a broker,
// simulated sirens that connect to it, and the gateway's link.
package sirentest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/listener"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
)

// Authority is the authority of every rig.
const Authority = "de-bb"

// Options is one rig.
type Options struct {
	// Sirens is how many there are.
	Sirens int
	// FaultyShare is how many of them are faulty, as in simulator.Options.
	FaultyShare float64
	// Speed is that of the signals; 60 when zero, so that a minute takes a second.
	Speed float64
	// Mosquitto puts a real mosquitto in the place of the embedded broker, and
	// skips the test where there is none.
	Mosquitto bool
	// TLS gives everyone a certificate; without it they have passwords.
	TLS bool
	// CA is the certificate authority of a broker that runs already.
	CA *enrolment.CA
	// Limits are those of the node's own listener; listener.DefaultLimits when nil.
	Limits *listener.Limits
	// NoBroker leaves the broker to the test, which starts it at Rig.Endpoint.
	NoBroker bool
	// Address is that of a broker that runs already.
	Address string
	// NoSimulator leaves the sirens to the test.
	NoSimulator bool
}

// Rig is a fleet and everything around it. All of it ends with the test.
type Rig struct {
	Fleet       *siren.Fleet
	Sirens      []siren.Siren
	Issuer      siren.Signer
	Endpoint    mqtt.Endpoint
	Credentials mqtt.Credentials
	// Book says which certificates are valid.
	Book      *enrolment.Book
	Simulator *simulator.Simulator
	Link      *mqtt.Link
	// KeysetVersion is that of the keyset that the next link gives out; 0 for none.
	KeysetVersion uint32
	// Mosquitto is its process id, 0 without one.
	Mosquitto int

	ca       *enrolment.CA // nil without TLS
	mu       sync.Mutex
	configs  map[string]*tls.Config // of sirens with certificates
	t        testing.TB
	options  Options
	dir      string
	files    string // of mosquitto
	stopSim  func()
	stopLink func()
}

var (
	secret    = []byte("a secret that is known to everyone")
	issuerKey = seeded("issuer")
)

func seeded(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("sirentest " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Credentials are those of every rig's broker.
func Credentials() mqtt.Credentials { return mqtt.Credentials{Secret: secret} }

// Issuer signs the frames of every rig.
func Issuer() siren.Signer { return siren.NewSigner(issuerKey) }

// DeviceKey is the key of a siren of the registry.
func DeviceKey(id string) ed25519.PrivateKey { return simulator.DeviceKey(secret, id) }

// Registry makes n sirens: half in Potsdam (12054), half in Cottbus (12052).
func Registry(n int) []siren.Siren {
	sirens := make([]siren.Siren, n)
	for i := range sirens {
		id := fmt.Sprintf("siren-%05d", i+1)
		s := siren.Siren{
			ID: id, Number: uint32(i + 1), Name: "Siren " + id,
			ARS: "12054", Position: geo.Point{Lat: 52.4 + float64(i)*1e-5, Lon: 13.06},
			PublicKey: simulator.DeviceKey(secret, id).Public().(ed25519.PublicKey),
			Signals:   siren.GermanSignals().Names(),
		}
		if i >= n/2 {
			s.ARS, s.Position = "12052", geo.Point{Lat: 51.76 + float64(i)*1e-5, Lon: 14.33}
		}
		sirens[i] = s
	}
	return sirens
}

// Start sets up a rig and waits until its sirens are connected, if there is a broker.
func Start(t testing.TB, o Options) *Rig {
	t.Helper()
	if o.Speed == 0 {
		o.Speed = 60
	}
	r := &Rig{
		Fleet: siren.NewFleet(), Sirens: Registry(o.Sirens), Issuer: Issuer(),
		Credentials: Credentials(), Book: enrolment.NewBook(), configs: map[string]*tls.Config{}, t: t, options: o, dir: t.TempDir(),
	}
	event := journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: r.Sirens})
	if err := r.Fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	if o.TLS {
		if r.ca = o.CA; r.ca == nil {
			r.ca = NewCA(t)
		}
	}
	switch {
	case o.Address != "":
		r.Endpoint.Address = o.Address
	case o.NoBroker:
		r.Endpoint.Address = freeport.Address(t)
	case o.Mosquitto:
		r.Endpoint.Address = r.mosquitto()
	default:
		r.Endpoint.Address = r.StartBroker("127.0.0.1:0").Address()
	}
	if o.TLS {
		r.Endpoint.Address = "mqtts://" + r.Endpoint.Address
		r.Endpoint.TLS = r.ca.Dial("127.0.0.1", time.Now)
	}
	r.StartLink()
	if o.NoSimulator {
		return r
	}
	r.StartSimulator()
	if !o.NoBroker {
		r.WaitConnected(o.Sirens)
	}
	return r
}

// StartBroker starts the node's own listener at the address.
func (r *Rig) StartBroker(address string) *listener.Listener {
	r.t.Helper()
	topics, err := mqtt.NewTopics(Authority)
	if err != nil {
		r.t.Fatal(err)
	}
	registered := func(id string) bool { _, ok := r.Fleet.Siren(id); return ok }
	o := listener.Options{
		Address: strings.TrimPrefix(address, "mqtts://"), Topics: topics, Limits: listener.DefaultLimits(),
		Admit: listener.Passwords(registered, r.Credentials), Log: slog.New(slog.DiscardHandler),
	}
	if r.options.Limits != nil {
		o.Limits = *r.options.Limits
	}
	if r.ca != nil {
		o.TLS = r.ca.Listen([]string{"127.0.0.1"}, tls.RequireAndVerifyClientCert, time.Now)
		o.Admit = listener.Certificates(registered, r.Book.Valid, time.Now)
	}
	broker, err := listener.Open(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(sync.OnceFunc(broker.Stop))
	broker.Serve()
	return broker
}

// LinkOptions are those of a link that tells the fleet its states.
func (r *Rig) LinkOptions(fleet *siren.Fleet) mqtt.LinkOptions {
	var keyset []byte
	if r.KeysetVersion > 0 {
		keyset = Signed(r.KeysetVersion)
	}
	return mqtt.LinkOptions{
		Endpoint: r.Endpoint, User: siren.GatewayName, Password: r.Credentials.Password(siren.GatewayName),
		Authority: Authority, Issuer: r.Issuer, Epoch: 1, Fleet: r.Fleet, Telemetry: telemetry{fleet},
		Keyset: keyset, Version: r.KeysetVersion, Log: slog.New(slog.DiscardHandler),
	}
}

// StartLink starts the link; StopLink ends it.
func (r *Rig) StartLink() { r.Watch(r.Fleet) }

// Watch starts the link in such a way that it tells another fleet its states.
func (r *Rig) Watch(fleet *siren.Fleet) {
	r.t.Helper()
	link, err := mqtt.NewLink(r.LinkOptions(fleet))
	if err != nil {
		r.t.Fatal(err)
	}
	r.Link, r.stopLink = link, r.background(link.Run)
}

// StopLink ends the link.
func (r *Rig) StopLink() { r.stopLink() }

// StartSimulator starts the sirens with what they remember of their last run.
func (r *Rig) StartSimulator() {
	r.t.Helper()
	o := SimulatorOptions(r.Endpoint, r.Sirens, r.dir)
	o.FaultyShare, o.Speed = r.options.FaultyShare, r.options.Speed
	if r.ca != nil {
		o.TLS = r.TLS
	}
	sim, err := simulator.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Simulator, r.stopSim = sim, r.background(sim.Run)
}

// SimulatorOptions simulate sirens of a registry, none of them faulty, with
// signals 60 times as fast as real ones.
func SimulatorOptions(broker mqtt.Endpoint, sirens []siren.Siren, dir string) simulator.Options {
	return simulator.Options{
		Sirens: sirens, KeySecret: secret, Endpoint: broker, Authority: Authority,
		Password: Credentials().Password, Keyset: Keyset(), Root: Root(), Dir: dir, Seed: 1,
		Speed: 60, Log: slog.New(slog.DiscardHandler),
	}
}

// StopSimulator switches all sirens off.
func (r *Rig) StopSimulator() { r.stopSim() }

// Keyset is the keys that the sirens obey.
func Keyset() siren.Keyset {
	return siren.Keyset{Issuers: []siren.Issuer{{
		PublicKey: issuerKey.Public().(ed25519.PublicKey), Epoch: 1,
		Territory: []geo.ARS{"12"}, Actions: siren.AllActions,
	}}}
}

// background runs until stop is called or the test ends.
func (r *Rig) background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	r.t.Cleanup(stop)
	return stop
}

// WaitConnected waits until n sirens are known to be connected.
func (r *Rig) WaitConnected(n int) {
	r.t.Helper()
	r.Wait(fmt.Sprintf("%d sirens are connected", n), func() bool {
		counts := r.Fleet.Counts()
		return len(r.Sirens)-counts[siren.ConditionUnknown]-counts[siren.ConditionOffline] >= n
	})
}

// Wait waits until it is so, or fails the test with the sirens' conditions.
func (r *Rig) Wait(what string, so func() bool) {
	r.t.Helper()
	if !eventually.Is(so) {
		r.t.Fatalf("not within %v: %s; conditions %v", eventually.Patience, what, r.Fleet.Counts())
	}
}

// telemetry brings the link's states to the fleet without a bus.
type telemetry struct{ fleet *siren.Fleet }

func (t telemetry) PutState(_ context.Context, _ string, data []byte) error {
	return t.fleet.Observe(data)
}
