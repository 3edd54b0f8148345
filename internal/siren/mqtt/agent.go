// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// AgentOptions is one siren at the device's end of the line.
type AgentOptions struct {
	Endpoint Endpoint
	// Others are brokers to try in their order when the one before does not let
	// the siren in. Every attempt to connect begins with Endpoint.
	Others    []Endpoint
	Authority string
	// Siren is the id, which is also the user at the broker.
	Siren    string
	Password string
	Device   siren.DeviceConfig
	// Memory is what Store last stored.
	Memory siren.Memory
	// Store returns nil when the memory is durable.
	Store func(siren.Memory) error
	// Sound starts the horn and Silence ends it. Neither blocks.
	Sound   func(siren.Sounding)
	Silence func()
	// Clock is the device's own clock; it may be wrong but must run evenly.
	Clock func() time.Time
	Log   *slog.Logger
}

// Agent runs the device rules of one siren over MQTT: it connects, reconnects
// with jitter, and carries out what the rules decide.
type Agent struct {
	options AgentOptions
	topics  Topics

	mu     sync.Mutex
	device *siren.Device
	conn   *conn
	wake   *time.Timer
}

const (
	firstRetry   = 500 * time.Millisecond
	longestRetry = 30 * time.Second
	// firstSpread is over what time the sirens that a broker lost at once come
	// back to it at first.
	firstSpread = 2 * time.Second
)

// NewAgent makes an agent that does nothing before Run. An authority that
// cannot stand in a topic is a *problem.Error.
func NewAgent(o AgentOptions) (*Agent, error) {
	topics, err := NewTopics(o.Authority)
	if err != nil {
		return nil, err
	}
	return &Agent{options: o, topics: topics, device: siren.NewDevice(o.Device, o.Memory)}, nil
}

// Run keeps the siren connected until the context ends, and returns its error.
func (a *Agent) Run(ctx context.Context) error {
	defer a.rest()
	retry := firstSpread
	for ctx.Err() == nil {
		c, err := a.connect(ctx)
		if err == nil {
			began := time.Now()
			err = a.serve(ctx, c)
			// Whoever is let in and thrown out again does not come back at once.
			if time.Since(began) > longestRetry {
				retry = firstSpread
			}
		}
		if ctx.Err() != nil {
			break
		}
		a.options.Log.Debug("siren without a connection", "siren", a.options.Siren, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(retry)):
		}
		retry = min(2*retry, longestRetry)
	}
	return ctx.Err()
}

// Sense tells the rules what the device's contacts say now.
func (a *Agent) Sense(contacts siren.Contacts) { a.step(siren.ContactsChanged{Contacts: contacts}) }

// Take gives the rules a frame that came on another way than this line.
func (a *Agent) Take(frame []byte) { a.step(siren.FrameReceived{Bytes: frame}) }

// Broker is the address of the broker that the siren is connected to now; empty for none.
func (a *Agent) Broker() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conn == nil {
		return ""
	}
	return a.conn.options.endpoint.Address
}

// connect takes the first broker that lets the siren in.
func (a *Agent) connect(ctx context.Context) (c *conn, err error) {
	var failures []error
	for _, endpoint := range append([]Endpoint{a.options.Endpoint}, a.options.Others...) {
		if c, err = a.dial(ctx, endpoint); err == nil {
			return c, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

func (a *Agent) dial(ctx context.Context, endpoint Endpoint) (*conn, error) {
	id := a.options.Siren
	return dial(ctx, connOptions{
		endpoint: endpoint,
		client:   id, user: id, password: a.options.Password,
		willTopic: a.topics.of(id, leafState),
		subscribe: []string{a.topics.Broadcast(), a.topics.Keyset(), a.topics.Command(id)},
		receive:   func(m message) { a.step(siren.FrameReceived{Bytes: m.payload}) },
	})
}

// serve holds one connection until it breaks or the context ends.
func (a *Agent) serve(ctx context.Context, c *conn) error {
	a.mu.Lock()
	a.conn = c
	a.mu.Unlock()
	a.step(siren.Connected{})
	select {
	case <-c.done:
		a.step(siren.Disconnected{})
		a.mu.Lock()
		a.conn = nil
		a.mu.Unlock()
		return c.cause()
	case <-ctx.Done():
		// A siren that is taken out of service says so itself.
		_ = c.publish(a.topics.of(a.options.Siren, leafState), []byte(payloadOffline), true)
		c.close()
		return ctx.Err()
	}
}

// rest ends the agent's timer and its sound.
func (a *Agent) rest() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wake != nil {
		a.wake.Stop()
	}
	a.device = nil
	a.options.Silence()
}

// step lets the rules decide on one input and carries out the effects.
func (a *Agent) step(in siren.Input) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.device == nil {
		return
	}
	effects := a.device.Step(in, a.options.Clock())
	if effects.Dropped != nil {
		a.options.Log.Debug("frame ignored", "siren", a.options.Siren, "error", effects.Dropped)
	}
	if effects.Silence {
		a.options.Silence()
	}
	if effects.Store != nil {
		if err := a.options.Store(*effects.Store); err != nil {
			a.options.Log.Error("siren cannot store its counter", "siren", a.options.Siren, "error", err)
			effects = a.device.Step(siren.NotStored{}, a.options.Clock())
		}
	}
	if effects.Sound != nil {
		a.options.Sound(*effects.Sound)
	}
	for _, saying := range effects.Send {
		a.send(saying)
	}
	a.rouse(effects.Wake)
}

func (a *Agent) send(s siren.Saying) {
	leaf := map[siren.AnswerKind]string{
		siren.AnswerAck: leafAck, siren.AnswerKeyset: leafAck, siren.AnswerState: leafState, siren.AnswerHello: leafHello,
	}[s.Kind]
	if err := a.conn.publish(a.topics.of(a.options.Siren, leaf), s.Bytes, s.Kind == siren.AnswerState); err != nil {
		a.options.Log.Debug("siren cannot answer", "siren", a.options.Siren, "error", err)
	}
}

// rouse sets the one timer to the time at which the rules want a tick.
func (a *Agent) rouse(at time.Time) {
	if at.IsZero() {
		return
	}
	wait := max(at.Sub(a.options.Clock()), 0)
	if a.wake == nil {
		a.wake = time.AfterFunc(wait, func() { a.step(siren.Tick{}) })
		return
	}
	a.wake.Reset(wait)
}
