// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package listener

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// client is one connection: a goroutine that reads, and one more only while
// something is written.
type client struct {
	listener *Listener
	// conn is what is read and written; socket is what lies under it, closed
	// without the ceremony of TLS that a stalled client would draw out.
	conn, socket net.Conn
	certificate  *x509.Certificate
	// id is who it is, and name under what the listener knows its connection: a
	// siren has one, gateways may have several.
	id, name       string
	user, password string
	rights         mqtt.Rights
	will           *message
	// patience is how long it may be silent.
	patience      time.Duration
	packets       bucket
	flooding      bool
	subscriptions []string
	gone          chan struct{} // closed when it has left

	mu      sync.Mutex
	room    sync.Cond
	queue   [][]byte
	queued  int // bytes
	writing bool
	cause   error // why it ended; nil while it lives
}

func newClient(l *Listener, conn net.Conn) *client {
	c := &client{listener: l, conn: conn, socket: conn, gone: make(chan struct{})}
	c.room.L = &c.mu
	return c
}

func (c *client) from() string { return c.conn.RemoteAddr().String() }

func (c *client) gateway() bool { return c.id == siren.GatewayName }

// deny answers a CONNECT with a refusal.
func (c *client) deny(code byte, reason Reason, err error) error {
	_, _ = c.conn.Write(connack(code)) // it is refused, whether it hears it or not
	return refusal(reason, err)
}

// settle holds a CONNECT to what the client may be.
func (c *client) settle(hello connect) error {
	c.name, c.rights, c.will = c.id, c.listener.options.Topics.Rights(c.id), hello.will
	if c.gateway() {
		c.name += "/" + hello.client
	}
	limit := c.listener.options.Limits.KeepAlive
	switch {
	case hello.user != "" && hello.user != c.id:
		return c.deny(refusedUser, ReasonIdentity, fmt.Errorf("it is %s and calls itself %q", c.id, hello.user))
	case hello.client != c.id && !c.gateway():
		return c.deny(refusedClient, ReasonIdentity, fmt.Errorf("it is %s and has the client id %q", c.id, hello.client))
	case hello.keepAlive < time.Second || hello.keepAlive > limit:
		return c.deny(refusedUser, ReasonLimit, fmt.Errorf("%w: a keep-alive of %v; 1 s to %v are taken", errLimit, hello.keepAlive, limit))
	case c.will != nil && !c.maySay(c.will.topic):
		return c.deny(refusedUser, ReasonTopic, fmt.Errorf("its last will is for %q", c.will.topic))
	}
	c.patience = hello.keepAlive + hello.keepAlive/2
	return nil
}

func (c *client) maySay(topic string) bool {
	return slices.ContainsFunc(c.rights.Publish, func(allowed string) bool { return covers(allowed, topic) })
}

func (c *client) mayHear(filter string) bool {
	return slices.ContainsFunc(c.rights.Subscribe, func(allowed string) bool { return covers(allowed, filter) })
}

// serve reads until the connection ends, and says the last will then.
func (c *client) serve(reader *bufio.Reader) {
	err := c.read(reader)
	c.end(err)
	c.listener.routes.remove(c, c.subscriptions)
	if c.will != nil {
		c.listener.routes.publish(*c.will)
	}
	c.listener.leave(c)
	close(c.gone)
	if cause := c.ended(); cause != nil && !errors.Is(cause, errGoodbye) {
		c.listener.refuse(c, cause)
	}
}

// errGoodbye: the client has said that it goes.
var errGoodbye = errors.New("goodbye")

// read takes packets until one is the last.
func (c *client) read(reader *bufio.Reader) error {
	limit := c.listener.options.Limits.Packet
	if c.gateway() {
		limit = gatewayPacket
	}
	for {
		c.conn.SetReadDeadline(time.Now().Add(c.patience))
		p, err := readPacket(reader, limit)
		if err != nil {
			return err
		}
		c.pay()
		if err := c.take(p); err != nil {
			return err
		}
	}
}

// pay slows a siren down that sends too much. Nothing of it is lost.
func (c *client) pay() {
	if c.gateway() {
		return
	}
	limits := c.listener.options.Limits
	owed := c.packets.owed(time.Now(), limits.Interval, limits.Burst)
	if owed > 0 && !c.flooding {
		c.listener.refused.add(Refusal{Siren: c.id, From: c.from(), Reason: ReasonFlood, Cause: fmt.Errorf("it sends more than %d packets at once and one every %v", limits.Burst, limits.Interval)})
	}
	c.flooding = owed > 0
	c.listener.pause(owed)
}

func (c *client) take(p packet) error {
	switch {
	case p.kind == kindPublish:
		m, err := parsePublish(p)
		if err != nil {
			return err
		}
		// MQTT 3.1.1 has no other answer to it than the end (section 3.3.5).
		if !c.maySay(m.topic) {
			return refusal(ReasonTopic, fmt.Errorf("it publishes to %q", m.topic))
		}
		c.listener.routes.publish(m)
		return nil
	case p.kind == kindSubscribe:
		return c.subscribe(p)
	case p.kind == kindUnsubscribe:
		id, filters, err := parseSubscribe(p)
		if err != nil {
			return err
		}
		gone := make([]string, len(filters))
		for i, f := range filters {
			gone[i] = f.topics
		}
		c.listener.routes.remove(c, gone)
		c.subscriptions = slices.DeleteFunc(c.subscriptions, func(s string) bool { return slices.Contains(gone, s) })
		c.enqueue(unsuback(id))
		return nil
	case p.flags != 0 || len(p.body) != 0:
	case p.kind == kindPing:
		c.enqueue(pingresp())
		return nil
	case p.kind == kindDisconnect:
		c.will = nil
		return errGoodbye
	}
	return malformed("a packet of kind %d with flags %#x and %d bytes", p.kind, p.flags, len(p.body))
}

// subscribe grants what the client may hear at QoS 0, and refuses all else.
func (c *client) subscribe(p packet) error {
	id, filters, err := parseSubscribe(p)
	if err != nil {
		return err
	}
	codes := make([]byte, len(filters))
	var granted []string
	for i, f := range filters {
		codes[i] = refusedSubscription
		why := Refusal{Siren: c.id, From: c.from(), Cause: fmt.Errorf("it subscribes to %q at QoS %d", f.topics, f.qos)}
		switch {
		case !c.mayHear(f.topics):
			why.Reason = ReasonTopic
		case f.qos > 0:
			why.Reason = ReasonQoS
		case !c.gateway() && !slices.Contains(c.subscriptions, f.topics) && len(c.subscriptions) >= c.listener.options.Limits.Subscriptions:
			why.Reason = ReasonLimit
		default:
			codes[i] = 0
			granted = append(granted, f.topics)
			if !slices.Contains(c.subscriptions, f.topics) {
				c.subscriptions = append(c.subscriptions, f.topics)
			}
			continue
		}
		c.listener.refused.add(why)
	}
	c.listener.routes.add(c, granted, suback(id, codes))
	return nil
}

// enqueue has bytes written, in order. It never waits.
func (c *client) enqueue(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	if c.queued += len(b); !c.gateway() && c.queued > sirenQueue {
		c.finish(refusal(ReasonLimit, errors.New("it does not read what it is sent")))
		return
	}
	c.queue = append(c.queue, b)
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

// await waits until there is room for more.
func (c *client) await() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.queued > gatewayQueue && c.cause == nil {
		c.room.Wait()
	}
}

// write writes what is queued and ends.
func (c *client) write() {
	for {
		c.mu.Lock()
		batch := c.queue
		c.queue = nil
		if len(batch) == 0 || c.cause != nil {
			c.writing = false
			c.mu.Unlock()
			return
		}
		c.queued = 0
		c.room.Broadcast()
		c.mu.Unlock()
		b := batch[0]
		if len(batch) > 1 {
			b = bytes.Join(batch, nil)
		}
		c.conn.SetWriteDeadline(time.Now().Add(c.listener.options.Limits.Stall))
		if _, err := c.conn.Write(b); err != nil {
			c.end(err)
		}
	}
}

// end closes the connection; the first cause stays.
func (c *client) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(cause)
}

func (c *client) finish(cause error) {
	if c.cause != nil {
		return
	}
	c.cause = cause
	c.room.Broadcast()
	c.socket.Close()
}

func (c *client) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}
