// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

const (
	// swarmSirens is how many are wanted. Each takes a file in the process of the
	// sirens and one in that of the broker.
	swarmSirens = 20_000
	swarmSpare  = 200
	// swarmSpread is the reply window of the spread rounds.
	swarmSpread = 10 * time.Second
	// swarmRounds are commands to all of them without a spread.
	swarmRounds = 3
	swarmWait   = 3 * time.Minute
)

// swarmSize is how many sirens the limits of the machine allow.
func swarmSize() (int, error) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 0, err
	}
	return min(swarmSirens, int(files.Cur)-swarmSpare), nil
}

// swarmFigures are what one broker showed.
type swarmFigures struct {
	atOnce, spread sample
	memory         int // of the broker, in bytes for a siren
	connect, storm time.Duration
}

// swarms measures one command to as many sirens as possible: broker, sirens and
// gateway are processes of their own.
func swarms(ctx context.Context) ([]row, error) {
	n, err := swarmSize()
	if err != nil {
		return nil, err
	}
	ours, err := swarm(ctx, n, brokerOurs)
	if err != nil {
		return nil, fmt.Errorf("own listener: %w", err)
	}
	mosquitto, err := swarm(ctx, n, brokerMosquitto)
	if err != nil {
		return nil, fmt.Errorf("mosquitto: %w", err)
	}
	raw, err := rawSwarm(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("raw NATS: %w", err)
	}
	verify, err := verifyRate()
	if err != nil {
		return nil, err
	}
	line := func(what string, s, beside sample) row {
		r := row{what: fmt.Sprintf("%s, %d sirens", what, n), median: milliseconds(s.at(0.5)), p99: milliseconds(s.at(0.99)), peer: "last " + milliseconds(s.at(1))}
		if beside != nil {
			r.ratio = fmt.Sprintf("own listener takes %.2f of it (last)", float64(beside.at(1))/float64(s.at(1)))
		}
		return r
	}
	one := func(what, value, peer, ratio string) row {
		return row{what: what, median: value, peer: peer, ratio: ratio}
	}
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
	return []row{
		line("command -> acknowledged, at once: own listener", ours.atOnce, nil),
		line("the same through mosquitto", mosquitto.atOnce, ours.atOnce),
		line("the same on raw NATS connections", raw, ours.atOnce),
		line("command -> acknowledged, spread over 10 s: own listener", ours.spread, nil),
		line("the same through mosquitto", mosquitto.spread, ours.spread),
		one("broker's memory for a siren", fmt.Sprintf("%d B", ours.memory), fmt.Sprintf("mosquitto %d B", mosquitto.memory), fmt.Sprintf("%.1f", float64(ours.memory)/float64(mosquitto.memory))),
		one("all sirens connect and are known", seconds(ours.connect), "mosquitto "+seconds(mosquitto.connect), ""),
		one("broker killed and back -> all sirens known again", seconds(ours.storm), "mosquitto "+seconds(mosquitto.storm), fmt.Sprintf("%.2f", ours.storm.Seconds()/mosquitto.storm.Seconds())),
		verify,
	}, nil
}

// station is the gateway of a swarm.
type station struct {
	fleet   *siren.Fleet
	sirens  []siren.Siren
	link    *mqtt.Link
	counter uint64
}

// PutState implements mqtt.Telemetry.
func (s *station) PutState(_ context.Context, _ string, data []byte) error {
	return s.fleet.Observe(data)
}

func newStation(n int, address string) (*station, error) {
	s := &station{fleet: siren.NewFleet(), sirens: sirentest.Registry(n)}
	event := journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: s.sirens})
	if err := s.fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		return nil, err
	}
	var err error
	s.link, err = mqtt.NewLink(mqtt.LinkOptions{
		Endpoint: mqtt.Endpoint{Address: address}, User: siren.GatewayName, Password: sirentest.Credentials().Password(siren.GatewayName),
		Authority: sirentest.Authority, Issuer: sirentest.Issuer(), Epoch: 1, Fleet: s.fleet, Telemetry: s, Log: slog.New(slog.DiscardHandler),
	})
	return s, err
}

// known waits until every siren was heard since a time and is connected.
func (s *station) known(ctx context.Context, since time.Time) (time.Duration, error) {
	for begun := time.Now(); ; {
		heard := 0
		for _, state := range s.fleet.States() {
			if state.LastContact.After(since) && state.Condition != siren.ConditionOffline {
				heard++
			}
		}
		switch {
		case heard == len(s.sirens):
			return time.Since(since), nil
		case time.Since(begun) > swarmWait:
			return 0, fmt.Errorf("%d of %d sirens are known after %v", heard, len(s.sirens), swarmWait)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// command has all sirens give a silent test, and gives when each first said so.
func (s *station) command(ctx context.Context, window time.Duration) (sample, error) {
	s.counter += 16
	frame, err := siren.Frame{
		Epoch: 1, Counter: s.counter, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute), TTL: 5 * time.Minute,
		Action: siren.ActionTest, Signal: 16, ReplyWindow: window, Target: siren.All(),
	}.Sign(sirentest.Issuer())
	if err != nil {
		return nil, err
	}
	order := siren.Order{Frames: [][]byte{frame}, Until: time.Now().Add(swarmWait)}
	for _, one := range s.sirens {
		order.Sirens = append(order.Sirens, one.ID)
	}
	var mu sync.Mutex
	first := map[string]time.Duration{}
	begun := time.Now()
	err = s.link.Deliver(ctx, order, func(p siren.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if _, said := first[p.Siren]; !said && (p.Status == siren.StatusSounding || p.Status == siren.StatusDone) {
			first[p.Siren] = time.Since(begun)
		}
	})
	if err == nil && len(first) < len(s.sirens) {
		err = fmt.Errorf("%d of %d sirens acknowledged", len(first), len(s.sirens))
	}
	var took sample
	for _, d := range first {
		took = append(took, d)
	}
	return took, err
}

// swarm measures one broker.
func swarm(ctx context.Context, n int, kind string) (m swarmFigures, err error) {
	say("swarm: %d sirens through %s", n, kind)
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	broker, address, err := startBroker(ctx, kind, dir, "127.0.0.1:0")
	if err != nil {
		return m, err
	}
	defer func() { broker.end() }()
	s, err := newStation(n, address)
	if err != nil {
		return m, err
	}
	running := make(chan struct{})
	go func() { defer close(running); _ = s.link.Run(ctx) }()
	defer func() { cancel(); <-running }()
	before, err := memory(broker.pid(), "VmRSS")
	if err != nil {
		return m, err
	}
	begun := time.Now()
	sirens, err := startChild(ctx, childSirens, address, fmt.Sprint(n), dir)
	if err != nil {
		return m, err
	}
	defer sirens.end()
	if m.connect, err = s.known(ctx, begun); err != nil {
		return m, err
	}
	after, err := memory(broker.pid(), "VmRSS")
	if err != nil {
		return m, err
	}
	m.memory = (after - before) / n
	for range swarmRounds {
		took, err := s.command(ctx, 0)
		if err != nil {
			return m, err
		}
		// The round with the median of the last acknowledgements would hide the
		// sirens; all rounds count alike.
		m.atOnce = append(m.atOnce, took...)
	}
	if m.spread, err = s.command(ctx, swarmSpread); err != nil {
		return m, err
	}
	say("swarm: %s is killed and starts again", kind)
	broker.kill()
	killed := time.Now()
	if broker, _, err = startBroker(ctx, kind, dir, address); err != nil {
		return m, err
	}
	m.storm, err = s.known(ctx, killed)
	return m, err
}

// verifyRate is how many frames one processor verifies.
func verifyRate() (row, error) {
	frame, err := siren.Frame{
		Epoch: 1, Counter: 1, NotBefore: time.Unix(1_700_000_000, 0), TTL: time.Minute, Action: siren.ActionSound, Signal: 1, Target: siren.All(),
	}.Sign(sirentest.Issuer())
	if err != nil {
		return row{}, err
	}
	public := sirentest.Keyset()
	issuer, known := public.Find(sirentest.Issuer().KeyID())
	if !known {
		return row{}, errors.New("the keyset lacks its own key")
	}
	count, begun := 0, time.Now()
	for ; time.Since(begun) < 2*time.Second; count++ {
		if _, err := siren.ParseFrame(frame); err != nil || !siren.VerifyFrame(frame, issuer.PublicKey) {
			return row{}, errors.New("a genuine frame is not verified")
		}
	}
	return row{what: "frames read and verified on one processor", median: fmt.Sprintf("%.0f /s", float64(count)/time.Since(begun).Seconds())}, nil
}
