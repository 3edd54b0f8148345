// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package agent is the program of the small board at a siren. It runs the device
// rules of package siren against a real horn and real inputs: it stores counters
// before the horn starts, hears whether the horn really sounds, ends a horn that
// nobody holds any more, and watches itself.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// Options is one agent.
type Options struct {
	Config Config
	// Clock is what the board's own clock shows, right or wrong; time.Now when nil.
	Clock func() time.Time
	Log   *slog.Logger
}

// Agent is a siren that works.
type Agent struct {
	options  Options
	lock     *os.File
	horn     *horn
	sensors  *sensors
	monitor  monitor
	link     *mqtt.Agent
	identity *identity
	started  time.Time
	// patience is how long the device rules may take for one input.
	patience time.Duration
	// beat is when the device rules last took an input, in Unix nanoseconds.
	beat atomic.Int64

	mu       sync.Mutex
	memory   siren.Memory
	contacts siren.Contacts
}

const (
	// pace is how often inputs and horn are compared.
	pace = 50 * time.Millisecond
	// beatInterval is how often the device rules must show that they live, and
	// stuckAfter how long they may take for it. A disk may need seconds to store.
	beatInterval = time.Second
	stuckAfter   = 20 * time.Second
	// partingLimit is how long the connection may take to say goodbye.
	partingLimit = 3 * time.Second
)

// New opens everything that the agent needs and switches the horn off. Its error
// is a *problem.Error where the remedy lies at the site.
func New(o Options) (_ *Agent, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	now := time.Now()
	a := &Agent{
		options: o, started: now, patience: stuckAfter,
		monitor: monitor{heardWithin: o.Config.Horn.Heard, coast: o.Config.Horn.Coast, began: now},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	dir := o.Config.State
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "The state directory cannot be made.", "Make it, and give it to the agent's user.")
	}
	if a.lock, err = lock(filepath.Join(dir, lockFile)); err != nil {
		return nil, err
	}
	d, err := openDriver(o.Config.Horn)
	if err != nil {
		return nil, err
	}
	a.horn = newHorn(d, o.Log)
	a.horn.silence()
	if o.Config.Horn.Lines == nil {
		_, a.horn.failure = exec.LookPath(o.Config.Horn.Command[0])
	}
	a.sensors = newSensors(o.Config.Inputs, a.horn.bar)
	if a.memory, err = loadMemory(dir); err != nil {
		return nil, err
	}
	if a.identity, err = openIdentity(o.Config); err != nil {
		return nil, err
	}
	return a, a.connect()
}

// connect builds the device rules and their line to the brokers.
func (a *Agent) connect() (err error) {
	own := a.identity
	var endpoints []mqtt.Endpoint
	for _, address := range own.brokers {
		endpoints = append(endpoints, mqtt.Endpoint{Address: address, TLS: own.tls})
	}
	if len(endpoints) == 0 {
		endpoints = []mqtt.Endpoint{{}} // the line is never run
	}
	a.link, err = mqtt.NewAgent(mqtt.AgentOptions{
		Endpoint: endpoints[0], Others: endpoints[1:],
		Authority: own.authority, Siren: own.siren, Password: own.password,
		Device: siren.DeviceConfig{
			Number: own.number, ARS: own.ars, Signer: siren.NewSigner(own.key), Signals: a.options.Config.signals(grantOf(own.keeper)),
			OneWay: len(own.brokers) == 0, Root: own.trust.Root, Keyset: own.trust.Keyset, Wall: func(time.Time) time.Time { return a.options.Clock() },
		},
		Memory: a.memory, Store: a.store, Sound: a.horn.sound, Silence: a.horn.silence,
		Clock: time.Now, Log: a.options.Log,
	})
	return err
}

func openDriver(c HornConfig) (driver, error) {
	if c.Lines == nil {
		return commandDriver{c.Command, c.Stop}, nil
	}
	d, err := openLines(c)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "The horn's lines cannot be taken.", "Correct chip and line, end the program that holds them, and give the agent's user the right to use them.")
	}
	return d, nil
}

func (a *Agent) store(m siren.Memory) error {
	if err := storeMemory(a.options.Config.State, m); err != nil {
		return err
	}
	a.mu.Lock()
	a.memory = m
	a.mu.Unlock()
	return nil
}

// Run works until the context ends, and then lets go of everything. Any other
// end is an error: something hangs, and only a new start helps.
func (a *Agent) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if status, err := a.serveStatus(); err == nil {
		defer status.Close()
	} else {
		a.options.Log.Warn("nobody at the site can ask for the status", "error", err) // the siren works all the same
	}
	dog, err := openWatchdog(a.options.Config.Watchdog)
	if err != nil {
		return errors.Join(err, a.close())
	}
	parted := make(chan struct{})
	go func() {
		defer close(parted)
		if len(a.identity.brokers) > 0 {
			_ = a.link.Run(ctx) // until the context ends
		}
	}()
	go a.sensors.run(ctx)
	for _, command := range a.options.Config.Receivers {
		go receive(ctx, command, a.link.Take, a.options.Log)
	}
	if keeper := a.identity.keeper; keeper != nil {
		go keeper.Run(ctx, a.options.Log) // until the context ends
	}
	dog.ready()
	err = a.watch(ctx, dog)
	cancel()
	if err != nil {
		a.horn.silence()
	}
	select {
	case <-parted:
	case <-time.After(partingLimit):
	}
	return errors.Join(err, a.close(), dog.close(err == nil))
}

// watch compares, reports and watches until the context ends or something hangs.
func (a *Agent) watch(ctx context.Context, dog *watchdog) error {
	reports := make(chan siren.Contacts, 1)
	defer close(reports)
	go a.report(reports)
	a.beat.Store(time.Now().UnixNano())
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	var reported time.Time
	for {
		now := time.Now()
		state := a.horn.state(now)
		sensed := a.sense(state, now)
		if beat := time.Unix(0, a.beat.Load()); now.Sub(beat) > a.patience {
			return fmt.Errorf("the device rules have been stuck since %s: the disk does not store, or something else hangs", beat.UTC().Format(time.RFC3339))
		}
		if state.Stuck {
			return errors.New("the horn does not end what it was told to end")
		}
		a.mu.Lock()
		changed := sensed != a.contacts
		a.contacts = sensed
		a.mu.Unlock()
		if changed || now.Sub(reported) >= beatInterval {
			select {
			case reports <- sensed:
				reported = now
			default: // the rules are busy; the next round tells them
				reported = time.Time{}
			}
		}
		dog.feed(now)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// sense is what inputs and horn say together.
func (a *Agent) sense(state hornState, now time.Time) siren.Contacts {
	inputs := a.sensors.all()
	c := contacts(inputs)
	c.Unheard, c.Rogue = a.monitor.judge(inputs, state, now)
	return c
}

// report tells the device rules what is sensed, and marks that they took it.
func (a *Agent) report(reports <-chan siren.Contacts) {
	for sensed := range reports {
		a.link.Sense(sensed)
		a.beat.Store(time.Now().UnixNano())
	}
}

func (a *Agent) close() error {
	var all error
	if a.horn != nil {
		all = errors.Join(all, a.horn.close())
	}
	if a.lock != nil {
		all = errors.Join(all, a.lock.Close())
	}
	return all
}
