// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package homeassistant shows the sirens in Home Assistant: as entities of its
// MQTT component "siren", found by MQTT discovery at a broker of its own. It only
// shows. If the configuration allows it, Home Assistant may start a silent test of
// one siren; there is no way from there to an alarm.
package homeassistant

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

// DefaultPrefix is the discovery prefix that Home Assistant listens to unless
// told otherwise.
const DefaultPrefix = "homeassistant"

// Options are what a bridge needs.
type Options struct {
	// Endpoint is Home Assistant's broker, never that of the sirens.
	Endpoint       mqtt.Endpoint
	User, Password string
	// Authority is the id in the topics.
	Authority string
	// Prefix is the discovery prefix; DefaultPrefix when empty.
	Prefix string
	// Regions are the ARS prefixes whose sirens are shown; all when empty.
	Regions []geo.ARS
	// AllowTests lets Home Assistant start silent tests.
	AllowTests bool
	// Fleet is the registry, kept in step with the journal by somebody else.
	Fleet  *siren.Fleet
	Bus    bus.Bus
	Logger *slog.Logger
}

const (
	// flushInterval is how often changes are shown.
	flushInterval = 500 * time.Millisecond
	firstRetry    = time.Second
	longestRetry  = time.Minute
	// commandTimeout bounds how long the core may take with a test.
	commandTimeout = 10 * time.Second
	// testsWaiting bounds the tests that Home Assistant may ask for at once.
	testsWaiting = 16
)

// Bridge shows a fleet.
type Bridge struct {
	o     Options
	tests chan string

	mu     sync.Mutex
	states map[string]siren.State
	// dirty are the sirens of which something is to be shown anew.
	dirty map[string]bool
	// shown holds what the broker has, by topic, since this connection began.
	shown    map[string][]byte
	known    map[string]bool
	revision uint64
}

// New makes a bridge that does nothing before Run. The fleet must have caught up
// with the journal when Run is called: what it does not hold is taken away.
func New(o Options) *Bridge {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	return &Bridge{o: o, tests: make(chan string, testsWaiting), states: map[string]siren.State{}, dirty: map[string]bool{}}
}

// Run shows the fleet until the context ends, and returns its error.
func (b *Bridge) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { b.watch(ctx) })
	work.Go(func() { b.startTests(ctx) })
	retry := firstRetry
	for ctx.Err() == nil {
		begun := time.Now()
		err := b.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		b.o.Logger.LogAttrs(ctx, slog.LevelWarn, "no connection to Home Assistant's broker", slog.Any("error", err))
		if time.Since(begun) > longestRetry {
			retry = firstRetry
		}
		wait(ctx, retry)
		retry = min(2*retry, longestRetry)
	}
	return ctx.Err()
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// watch takes the states of the sirens.
func (b *Bridge) watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.o.Bus.WatchState(ctx, siren.StatePattern, func(_ string, data []byte) error {
			var s siren.State
			if json.Unmarshal(data, &s) == nil {
				b.mu.Lock()
				b.states[s.Siren], b.dirty[s.Siren] = s, true
				b.mu.Unlock()
			}
			return nil
		})
		if ctx.Err() == nil {
			b.o.Logger.LogAttrs(ctx, slog.LevelWarn, "siren telemetry broke off, watching again", slog.Any("error", err))
			wait(ctx, firstRetry)
		}
	}
}

// serve holds one connection until it breaks or the context ends.
func (b *Bridge) serve(ctx context.Context) error {
	b.mu.Lock()
	b.shown, b.known, b.revision = map[string][]byte{}, map[string]bool{}, 0
	b.mu.Unlock()
	subscribe := []string{b.config("+")}
	if b.o.AllowTests {
		subscribe = append(subscribe, b.topic("+", leafSet))
	}
	client, err := mqtt.Dial(ctx, mqtt.ClientOptions{
		Endpoint: b.o.Endpoint, ID: "tocsin-" + b.o.Authority + "-" + rand.Text()[:8], User: b.o.User, Password: b.o.Password,
		Will: b.bridge(), Subscribe: subscribe, Receive: b.receive,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	b.o.Logger.LogAttrs(ctx, slog.LevelInfo, "connected to Home Assistant's broker", slog.String("address", b.o.Endpoint.Address))
	if err := client.Publish(b.bridge(), []byte(online), true); err != nil {
		return err
	}
	ticker := time.NewTicker(flushInterval)
	defer ticker.Stop()
	for {
		if err := b.flush(client); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			_ = client.Publish(b.bridge(), []byte(offline), true) // as the will would
			return ctx.Err()
		case <-client.Done():
			return client.Cause()
		case <-ticker.C:
		}
	}
}

// receive takes what the broker keeps of the last time, and what Home Assistant asks for.
func (b *Bridge) receive(topic string, payload []byte, retained bool) {
	if id, ok := between(topic, b.config("")); ok {
		if len(payload) > 0 {
			b.mu.Lock()
			b.known[id], b.dirty[id] = true, true
			b.mu.Unlock()
		}
		return
	}
	id, ok := between(topic, b.topic("", leafSet))
	// A command that the broker kept is one that nobody gives now.
	if !ok || retained || !b.o.AllowTests {
		return
	}
	if !asksForTest(payload) {
		b.o.Logger.Warn("Home Assistant asks for something else than a silent test", "siren", id)
		return
	}
	select {
	case b.tests <- id:
	default:
		b.o.Logger.Warn("Home Assistant asks for too many tests at once", "siren", id)
	}
}

// between gives the id that stands in the gap of a topic.
func between(topic, around string) (id string, ok bool) {
	before, after, _ := strings.Cut(around, "//")
	id, ok = strings.CutPrefix(topic, before+"/")
	if !ok {
		return "", false
	}
	id, ok = strings.CutSuffix(id, "/"+after)
	return id, ok && id != "" && !strings.Contains(id, "/")
}

// flush shows what has changed.
func (b *Bridge) flush(client *mqtt.Client) error {
	revision := b.o.Fleet.Revision()
	b.mu.Lock()
	defer b.mu.Unlock()
	if revision != b.revision {
		b.revision = revision
		for _, s := range b.o.Fleet.All() {
			b.dirty[s.ID] = true
		}
		for id := range b.known {
			b.dirty[id] = true
		}
	}
	for id := range b.dirty {
		registered, ok := b.o.Fleet.Siren(id)
		if !ok || !b.meant(registered.ARS) {
			if b.known[id] {
				if err := b.clear(client, id); err != nil {
					return err
				}
			}
			delete(b.dirty, id)
			delete(b.known, id)
			delete(b.states, id)
			continue
		}
		for _, m := range b.messages(registered) {
			if old, had := b.shown[m.topic]; had && bytes.Equal(old, m.payload) {
				continue
			}
			if err := client.Publish(m.topic, m.payload, true); err != nil {
				return err
			}
			b.shown[m.topic] = m.payload
		}
		b.known[id] = true
		delete(b.dirty, id)
	}
	return nil
}

func (b *Bridge) meant(ars geo.ARS) bool {
	return len(b.o.Regions) == 0 || slices.ContainsFunc(b.o.Regions, func(r geo.ARS) bool { return r.Contains(ars) })
}

// clear takes a siren away: Home Assistant forgets an entity whose configuration is empty.
func (b *Bridge) clear(client *mqtt.Client, id string) error {
	for _, topic := range []string{b.config(id), b.topic(id, leafState), b.topic(id, leafAvailability), b.topic(id, leafAttributes)} {
		if err := client.Publish(topic, nil, true); err != nil {
			return err
		}
		delete(b.shown, topic)
	}
	return nil
}

// startTests asks the core for the tests that Home Assistant asks for, one after
// the other. The core refuses them in an alarm and beside another test.
func (b *Bridge) startTests(ctx context.Context) {
	for {
		var id string
		select {
		case <-ctx.Done():
			return
		case id = <-b.tests:
		}
		within, cancel := context.WithTimeout(ctx, commandTimeout)
		_, err := command.Do(within, b.o.Bus, testplan.CommandStart, operator.Node, testplan.Start{
			Signal: testplan.Silent, Scope: testplan.Scope{Sirens: []string{id}}, For: "home-assistant",
		})
		cancel()
		switch {
		case err == nil:
			b.o.Logger.LogAttrs(ctx, slog.LevelInfo, "Home Assistant started a silent test", slog.String("siren", id))
		case ctx.Err() == nil:
			b.o.Logger.LogAttrs(ctx, slog.LevelWarn, "a silent test for Home Assistant was refused", slog.String("siren", id), slog.String("kind", string(problem.KindOf(err))), slog.Any("error", err))
		}
	}
}
