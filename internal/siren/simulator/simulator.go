// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package simulator is a fleet of sirens without horns: every siren is one real
// MQTT connection and runs the very device rules of package siren. A few are
// faulty in different ways, so that failure can be seen. What a siren must not
// forget is in a file before it sounds, so that nothing sounds twice after the
// simulator was killed.
package simulator

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// Options is one simulated fleet.
type Options struct {
	// Sirens are the entries of the registry that are simulated.
	Sirens []siren.Siren
	// KeySecret is what DeviceKey made their keys from.
	KeySecret []byte
	// Endpoint, Authority and Password say where and as whom they connect.
	Endpoint  mqtt.Endpoint
	Authority string
	Password  func(siren string) string
	// TLS is a siren's own configuration, in place of the endpoint's; nil for none.
	TLS func(siren string) *tls.Config
	// Keyset is the keys that they obey at first, and Root the root of newer ones.
	Keyset siren.Keyset
	Root   siren.Root
	// Dir holds what they must not forget and the record of what they sounded.
	Dir string
	// Seed decides which of them are faulty, and FaultyShare how many; 0.02 for
	// two per cent.
	Seed        uint64
	FaultyShare float64
	// Speed shortens the signals for tests: 60 makes a minute a second; zero is 1.
	Speed float64
	// Wall is what the devices' clocks show at a time, as siren.DeviceConfig has it;
	// the time itself when nil.
	Wall func(now time.Time) time.Time
	Log  *slog.Logger
}

// DeviceKey is the key of a simulated siren: made from a secret and its id, so
// that registry and simulator agree without a key file for each.
func DeviceKey(secret []byte, id string) ed25519.PrivateKey {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("tocsin simulated siren v1\n" + id))
	return ed25519.NewKeyFromSeed(mac.Sum(nil))
}

// Fault is what is wrong with a siren.
type Fault string

// The faults, in the order in which they are given out.
const (
	FaultNone     Fault = ""
	FaultMute     Fault = "no-answer"   // hangs as soon as it must store something
	FaultClock    Fault = "wrong-clock" // three hours ahead and unable to ask: takes every frame for expired
	FaultMains    Fault = "no-mains"    // sounds on battery
	FaultSabotage Fault = "sabotage"    // the cabinet is open; sounds all the same
	FaultHorn     Fault = "horn"        // refuses
	FaultBattery  Fault = "battery"     // sounds on mains
)

var faults = [...]Fault{FaultMute, FaultClock, FaultMains, FaultSabotage, FaultHorn, FaultBattery}

const (
	wrongClock = 3 * time.Hour
	// connectsPerSecond spreads the first connections of a large fleet.
	connectsPerSecond = 1500
)

// Simulator is a fleet of simulated sirens.
type Simulator struct {
	options Options
	signals siren.Signals
	faults  map[string]Fault
	store   *store

	mu      sync.Mutex
	ctx     context.Context // of Run; nil before
	closed  bool            // Run waits for the last sirens
	running sync.WaitGroup
	units   map[string]*unit
}

// unit is one siren that runs.
type unit struct {
	entry siren.Siren
	agent *mqtt.Agent
	stop  context.CancelFunc
	ended chan struct{}
}

// New opens the fleet's directory. It starts nothing. Two simulators must not
// share a directory.
func New(o Options) (*Simulator, error) {
	if o.Speed <= 0 {
		o.Speed = 1
	}
	store, err := openStore(filepath.Join(o.Dir, "memory.jsonl"), filepath.Join(o.Dir, "sounded.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("open the simulated sirens' memory: %w", err)
	}
	return &Simulator{
		options: o, signals: quicker(siren.AllSignals(), o.Speed),
		faults: assign(o.Sirens, o.FaultyShare, o.Seed), store: store, units: map[string]*unit{},
	}, nil
}

// quicker is the signals with every segment shortened.
func quicker(signals siren.Signals, speed float64) siren.Signals {
	for i := range signals {
		signals[i].Segments = slices.Clone(signals[i].Segments)
		for j := range signals[i].Segments {
			signals[i].Segments[j].Seconds /= speed
		}
	}
	return signals
}

// assign gives faults to a share of the sirens, each fault in turn.
func assign(sirens []siren.Siren, share float64, seed uint64) map[string]Fault {
	given := map[string]Fault{}
	order := rand.New(rand.NewPCG(seed, 0)).Perm(len(sirens))
	n := min(int(math.Round(share*float64(len(sirens)))), len(sirens))
	for i := range max(n, 0) {
		given[sirens[order[i]].ID] = faults[i%len(faults)]
	}
	return given
}

// Faults tells which sirens are faulty and how.
func (s *Simulator) Faults() map[string]Fault { return s.faults }

// Run connects all sirens and keeps them going until the context ends; then it
// closes the files. It returns the context's error.
func (s *Simulator) Run(ctx context.Context) error {
	s.mu.Lock()
	s.ctx = ctx
	s.mu.Unlock()
	pace := time.NewTicker(time.Second / connectsPerSecond)
	defer pace.Stop()
	for _, entry := range s.options.Sirens {
		if ctx.Err() != nil {
			break
		}
		if err := s.start(entry); err != nil {
			return err
		}
		<-pace.C
	}
	<-ctx.Done()
	s.mu.Lock()
	s.closed = true // no Cut restores a siren from here on
	s.mu.Unlock()
	s.running.Wait()
	return s.store.close(ctx.Err())
}

// start switches a siren on, with what it remembers.
func (s *Simulator) start(entry siren.Siren) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.units[entry.ID] != nil {
		return nil
	}
	ctx, stop := context.WithCancel(s.ctx)
	agent, err := s.agent(ctx, entry)
	if err != nil {
		stop()
		return err
	}
	u := &unit{entry: entry, agent: agent, stop: stop, ended: make(chan struct{})}
	s.units[entry.ID] = u
	s.running.Go(func() {
		defer close(u.ended)
		defer stop()
		_ = agent.Run(ctx) // it ends with the context alone
	})
	return nil
}

func (s *Simulator) agent(ctx context.Context, entry siren.Siren) (*mqtt.Agent, error) {
	fault := s.faults[entry.ID]
	clock := time.Now
	if fault == FaultClock {
		clock = func() time.Time { return time.Now().Add(wrongClock) }
	}
	endpoint := s.options.Endpoint
	if s.options.TLS != nil {
		endpoint.TLS = s.options.TLS(entry.ID)
	}
	agent, err := mqtt.NewAgent(mqtt.AgentOptions{
		Endpoint: endpoint, Authority: s.options.Authority,
		Siren: entry.ID, Password: s.options.Password(entry.ID),
		Device: siren.DeviceConfig{
			Number: entry.Number, ARS: entry.ARS, Signals: s.signals, Keyset: s.options.Keyset, Root: s.options.Root,
			OneWay: fault == FaultClock, Wall: s.options.Wall,
			Signer: siren.NewSigner(DeviceKey(s.options.KeySecret, entry.ID)),
		},
		Memory: s.store.memory(entry.ID),
		Store: func(m siren.Memory) error {
			if fault == FaultMute {
				<-ctx.Done()
				return ctx.Err()
			}
			return s.store.put(entry.ID, m)
		},
		Sound: func(sound siren.Sounding) {
			err := s.store.sounded(Sounded{entry.ID, sound.Frame.String(), sound.Signal.Name, time.Now().UTC()})
			if err != nil {
				s.options.Log.Error("a simulated siren cannot record what it sounds", "siren", entry.ID, "error", err)
			}
		},
		Silence: func() {},
		Clock:   clock,
		Log:     s.options.Log,
	})
	if err != nil {
		return nil, err
	}
	agent.Sense(siren.Contacts{
		MainsFailed: fault == FaultMains, BatteryFailed: fault == FaultBattery,
		HornFault: fault == FaultHorn, Tamper: fault == FaultSabotage,
	})
	return agent, nil
}

// Sense sets what the contacts of a running siren say.
func (s *Simulator) Sense(id string, contacts siren.Contacts) {
	s.mu.Lock()
	u := s.units[id]
	s.mu.Unlock()
	if u != nil {
		u.agent.Sense(contacts)
	}
}

// Cut switches a siren off until restore is called. It keeps its memory.
func (s *Simulator) Cut(id string) (restore func()) {
	s.mu.Lock()
	u := s.units[id]
	delete(s.units, id)
	s.mu.Unlock()
	if u == nil {
		return func() {}
	}
	u.stop()
	<-u.ended
	return func() {
		if err := s.start(u.entry); err != nil {
			s.options.Log.Error("a simulated siren does not start", "siren", id, "error", err)
		}
	}
}

// Sounded lists everything that the fleet ever sounded, oldest first.
func (s *Simulator) Sounded() []Sounded { return s.store.all() }
