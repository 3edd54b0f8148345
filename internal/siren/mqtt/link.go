// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"hash/maphash"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// LinkOptions is the authority's end of the line.
type LinkOptions struct {
	Endpoint Endpoint
	// User is siren.GatewayName at the embedded broker.
	User, Password string
	Authority      string
	// Issuer signs beacons, and Epoch is that of its frames.
	Issuer siren.Signer
	Epoch  uint16
	// Keyset is roots and the keyset behind them, verified, which the sirens are to
	// take; nil for none. Version is that of the keyset.
	Keyset  []byte
	Version uint32
	// Fleet is the registry: whose answers are believed.
	Fleet *siren.Fleet
	// Telemetry takes every siren's state; a bus.Bus is one.
	Telemetry Telemetry
	// Now is the node's clock, which is the world's for sirens; time.Now when nil.
	Now func() time.Time
	// Beacon is the time between beacons, 30 s when zero, 60 s at most.
	Beacon time.Duration
	Log    *slog.Logger
}

// Telemetry keeps the last state of every siren.
type Telemetry interface {
	PutState(ctx context.Context, subject string, data []byte) error
}

// Link is the gateway's connection to the fleet. It publishes frames, repeats
// them to whoever has not answered, gives them to whoever connects later, and
// keeps the telemetry of every siren. It is safe for use by several goroutines.
type Link struct {
	options LinkOptions
	topics  Topics

	mu     sync.Mutex
	conn   *conn
	orders []*order
	issued []validity
	over   uint64 // the highest counter whose frame has expired
	states map[string]siren.State
	dirty  map[string]bool
	// heard is the latest time that each siren told in an answer, so that a
	// recording of an older one does not make a dead siren look alive.
	heard map[string]time.Time
	// cause says why there is no connection.
	cause error

	// admission lets one order in at a time, so that any two see each other.
	admission sync.Mutex
	signals   siren.Signals
	seed      maphash.Seed
	lanes     []chan said
}

// said is what one siren sent.
type said struct {
	siren, leaf string
	message
}

// validity is until when a frame can be in force.
type validity struct {
	counter uint64
	expires time.Time
}

const (
	defaultBeacon = 30 * time.Second
	longestBeacon = time.Minute
	// beaconTTL is for readers of the frame; devices take any beacon that is not behind their clock.
	beaconTTL = time.Minute
	// repeatTick is how often the link looks for sirens to be asked again.
	repeatTick = 250 * time.Millisecond
	// telemetryTick gathers changes of state, so that a whole fleet's acknowledgements
	// do not wait for the bus one by one.
	telemetryTick = 100 * time.Millisecond
	silenceTick   = 15 * time.Second
	// returnTime is how long sirens may take to connect again after the link has
	// begun; none is missed before.
	returnTime = 2 * longestRetry
	laneDepth  = 256
)

// NewLink makes a link that does nothing before Run. An authority that cannot
// stand in a topic is a *problem.Error.
func NewLink(o LinkOptions) (*Link, error) {
	topics, err := NewTopics(o.Authority)
	if err != nil {
		return nil, err
	}
	if o.Beacon <= 0 {
		o.Beacon = defaultBeacon
	}
	o.Beacon = min(o.Beacon, longestBeacon)
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Link{
		options: o, topics: topics, states: map[string]siren.State{}, dirty: map[string]bool{}, heard: map[string]time.Time{},
		signals: siren.AllSignals(), seed: maphash.MakeSeed(), lanes: make([]chan said, runtime.GOMAXPROCS(0)),
	}
	for i := range l.lanes {
		l.lanes[i] = make(chan said, laneDepth)
	}
	return l, nil
}

// Connected reports whether the broker is reached; if not, the error says why.
func (l *Link) Connected() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn != nil, l.cause
}

// Run keeps the link connected until the context ends, and returns its error.
func (l *Link) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, lane := range l.lanes {
		running.Go(func() { l.hear(ctx, lane) })
	}
	every := func(interval time.Duration, do func()) {
		running.Go(func() {
			ticker := time.NewTicker(interval)
			defer ticker.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
					do()
				}
			}
		})
	}
	every(repeatTick, func() { l.repeat(l.options.Now()) })
	every(l.options.Beacon, func() { l.beacon(l.topics.Broadcast(), siren.All()) })
	every(telemetryTick, func() { l.telemetry(ctx) })
	began := time.Now()
	every(silenceTick, func() {
		if time.Since(began) > returnTime {
			l.miss(l.options.Now())
		}
	})

	retry := firstRetry
	for ctx.Err() == nil {
		began := time.Now()
		err := l.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > longestRetry {
			retry = firstRetry
		}
		l.options.Log.Warn("no connection to the siren broker", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
		retry = min(2*retry, longestRetry/6)
	}
	return ctx.Err()
}

// serve holds one connection until it breaks or the context ends.
func (l *Link) serve(ctx context.Context) error {
	c, err := dial(ctx, connOptions{
		endpoint: l.options.Endpoint,
		client:   "gateway-" + rand.Text(), user: l.options.User, password: l.options.Password,
		subscribe: []string{l.topics.every(leafAck), l.topics.every(leafState), l.topics.every(leafHello)},
		receive:   func(m message) { l.receive(ctx, m) },
	})
	l.mu.Lock()
	l.conn, l.cause = c, err
	l.mu.Unlock()
	if err != nil {
		return err
	}
	l.options.Log.Info("connected to the siren broker", "address", l.options.Endpoint.Address)
	if l.options.Keyset != nil {
		_ = c.publish(l.topics.Keyset(), l.options.Keyset, true) // who misses it is given it when it speaks
	}
	l.beacon(l.topics.Broadcast(), siren.All())
	for _, o := range l.current() {
		l.announce(o)
	}
	select {
	case <-c.done:
		err = c.cause()
	case <-ctx.Done():
		c.close()
		err = ctx.Err()
	}
	l.mu.Lock()
	l.conn, l.cause = nil, err
	l.mu.Unlock()
	return err
}

// receive gives a message to the lane of its siren: signatures are verified on
// all processors, and what one siren says stays in order.
func (l *Link) receive(ctx context.Context, m message) {
	id, leaf, ok := l.topics.split(m.topic)
	if !ok {
		return
	}
	select {
	case l.lanes[maphash.String(l.seed, id)%uint64(len(l.lanes))] <- said{id, leaf, m}:
	case <-ctx.Done():
	}
}

// publish sends a frame; false when there is no connection.
func (l *Link) publish(topic string, frame []byte) bool {
	l.mu.Lock()
	c := l.conn
	l.mu.Unlock()
	return c != nil && c.publish(topic, frame, false) == nil
}

// beacon tells the time and which frames are over, to all sirens or in answer to
// the challenge of one. A frame that still is in
// force somewhere is not given up: a siren that missed it must be able to act on it.
func (l *Link) beacon(topic string, target siren.Target) {
	now := l.options.Now()
	l.mu.Lock()
	kept := l.issued[:0]
	for _, v := range l.issued {
		if v.expires.After(now) {
			kept = append(kept, v)
			continue
		}
		l.over = max(l.over, v.counter)
	}
	l.issued = kept
	over := l.over
	for _, v := range kept {
		over = min(over, v.counter-1)
	}
	l.mu.Unlock()
	frame, err := siren.Frame{
		Epoch: l.options.Epoch, Counter: over, NotBefore: now.UTC().Truncate(time.Second), TTL: beaconTTL,
		Action: siren.ActionBeacon, Target: target,
	}.Sign(l.options.Issuer)
	if err != nil {
		l.options.Log.Error("cannot sign a beacon", "error", err)
		return
	}
	l.publish(topic, frame)
}

// hear takes what the sirens of one lane say.
func (l *Link) hear(ctx context.Context, lane <-chan said) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-lane:
			l.take(s, l.options.Now())
		}
	}
}

// take believes what is signed with the key that the registry holds.
func (l *Link) take(m said, now time.Time) {
	id := m.siren
	device, registered := l.options.Fleet.Siren(id)
	if !registered {
		l.options.Log.Warn("a siren that is not in the registry speaks", "siren", id)
		return
	}
	if m.leaf == leafState && string(m.payload) == payloadOffline {
		l.change(id, func(s siren.State) siren.State { return s.Lost(siren.DetailOffline, now) })
		return
	}
	answer, err := siren.OpenAnswer(m.payload, device.PublicKey)
	if err != nil || answer.Number != device.Number {
		l.options.Log.Warn("a siren's answer is not believed", "siren", id, "topic", m.topic, "error", err)
		l.change(id, func(s siren.State) siren.State {
			s.Detail = siren.DetailSignature
			return s
		})
		return
	}
	at := now
	if m.retained && answer.Time.Before(now) {
		at = answer.Time // what it said then, not now
	}
	before := l.state(id)
	if l.newer(id, answer.Time, now) {
		l.change(id, func(s siren.State) siren.State { return s.Hear(answer, l.signals, at) })
	}
	switch answer.Kind {
	case siren.AnswerAck:
		l.settle(id, answer, now)
	case siren.AnswerState:
		if answer.Keyset < l.options.Version && before.Keyset == answer.Keyset && before.Condition != siren.ConditionOffline {
			// It missed the one that the broker keeps, or its clock was too slow for it.
			l.publish(l.topics.Command(id), l.options.Keyset)
		}
	case siren.AnswerHello:
		target := siren.All()
		if answer.Challenge != (siren.Challenge{}) {
			target = siren.Answering(answer.Challenge)
		}
		l.beacon(l.topics.Command(id), target)
		l.greet(id, now)
	}
}

// newer reports whether an answer tells of a siren as it is now. One that is
// older than what was heard of it is a recording, or comes from a device that
// does not know the time yet: it will report again behind the beacon that it asks for.
func (l *Link) newer(id string, told, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	heard := l.heard[id]
	if heard.After(now) {
		// By a clock that was put right since. What a device says then is a little
		// behind: beacons tell whole seconds.
		heard = now.Add(-siren.ClockTolerance)
	}
	if told.Before(heard) || told.Equal(heard) && l.known(id).Condition == siren.ConditionOffline {
		return false
	}
	l.heard[id] = told
	return true
}

// change moves a siren's state on and has it told.
func (l *Link) change(id string, next func(siren.State) siren.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.states[id] = next(l.known(id))
	l.dirty[id] = true
}

// miss marks the sirens that have said nothing for too long.
func (l *Link) miss(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, s := range l.states {
		if s.Condition != siren.ConditionOffline && now.Sub(s.LastContact) > siren.SilenceLimit {
			l.states[id] = s.Lost(siren.DetailSilent, now)
			l.dirty[id] = true
		}
	}
}

// telemetry tells the states that changed since the last time.
func (l *Link) telemetry(ctx context.Context) {
	l.mu.Lock()
	changed := make([]siren.State, 0, len(l.dirty))
	for id := range l.dirty {
		changed = append(changed, l.states[id])
	}
	clear(l.dirty)
	l.mu.Unlock()
	for _, s := range changed {
		data, err := json.Marshal(s)
		if err == nil {
			err = l.options.Telemetry.PutState(ctx, siren.StateSubject(s.Siren), data)
		}
		if err != nil && ctx.Err() == nil {
			l.options.Log.Error("cannot tell a siren's state", "siren", s.Siren, "error", err)
		}
	}
}

// state is what the link itself knows of a siren.
func (l *Link) state(id string) siren.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known(id)
}

func (l *Link) known(id string) siren.State {
	if s, heard := l.states[id]; heard {
		return s
	}
	return siren.State{Siren: id, Condition: siren.ConditionUnknown}
}
