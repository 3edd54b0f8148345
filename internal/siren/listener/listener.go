// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package listener is the node's own MQTT broker for its sirens, as small as
// that task: MQTT 3.1.1 at QoS 0 over TLS, where a client is who its certificate
// says and is confined to its own topics. Everything that a client sends is
// bounded, and what is refused is said. docs/formats/siren-mqtt.md describes it.
package listener

import (
	"bufio"
	"container/list"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// Limits bound what clients may ask for.
type Limits struct {
	// Connections is how many clients there may be at once.
	Connections int
	// Waiting is how many connections may be on their way to be let in. Beyond it
	// the one that has waited longest is dropped.
	Waiting int
	// PerSecond is how many connections are taken in a second; the others wait in
	// the system's queue.
	PerSecond int
	// Handshake is the time from a connection to its last word before it is let in.
	Handshake time.Duration
	// KeepAlive is the longest that a client may ask for. One that is silent for
	// half as long again as it asked for is gone.
	KeepAlive time.Duration
	// Stall is how long a write to a client may take.
	Stall time.Duration
	// Recheck is how often it is looked whether clients may still be there.
	Recheck time.Duration
	// Packet is the largest packet of a siren, in bytes.
	Packet int
	// Subscriptions is how many a siren may have.
	Subscriptions int
	// Interval is the time between two packets of a siren in the long run, and
	// Burst how many may come at once. Beyond them it is read more slowly.
	Interval time.Duration
	Burst    int
	// ReconnectInterval and ReconnectBurst are the same for its connections, which
	// are refused beyond them.
	ReconnectInterval time.Duration
	ReconnectBurst    int
}

// DefaultLimits are those of a node.
func DefaultLimits() Limits {
	return Limits{
		Connections: 25_000, Waiting: 1024, PerSecond: 1000,
		Handshake: 10 * time.Second, KeepAlive: 2 * time.Minute, Stall: 10 * time.Second, Recheck: 5 * time.Second,
		Packet: 4 << 10, Subscriptions: 8,
		Interval: 100 * time.Millisecond, Burst: 60,
		ReconnectInterval: 5 * time.Second, ReconnectBurst: 12,
	}
}

const (
	// gatewayPacket is the largest packet of a gateway, in bytes.
	gatewayPacket = 256 << 10
	// sirenQueue is how much may wait for a siren before it is cut, in bytes, and
	// gatewayQueue how much may wait for a gateway before those who speak to it wait.
	sirenQueue   = 256 << 10
	gatewayQueue = 4 << 20
	// readerBytes is small, since there is one for every siren.
	readerBytes = 512
)

// Options is one listener.
type Options struct {
	// Address is host:port; port 0 takes a free one.
	Address string
	// TLS asks every client for a certificate. Without it the address should be one
	// that no one else can reach.
	TLS *tls.Config
	// Topics are those of the authority.
	Topics mqtt.Topics
	// Admit says who a client is, or why it is refused.
	Admit  Admit
	Limits Limits
	Log    *slog.Logger
}

// Admit says who a client is by what it shows at its connection: the id of a
// siren, or siren.GatewayName. The certificate was verified and is nil without TLS.
type Admit func(certificate *x509.Certificate, user, password string) (id string, err error)

// Listener is a broker.
type Listener struct {
	options Options
	net     net.Listener
	routes  *routes
	refused *refusals
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	waiting *list.List // of net.Conn, the one that waits longest in front
	clients map[string]*client
	visits  map[string]*bucket // by identity
}

// Open opens a listener, which lets nobody in before Serve. The error is a
// *problem.Error that names the address.
func Open(o Options) (*Listener, error) {
	open, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "the siren listener cannot listen on "+o.Address,
			"End the program that uses this address, or choose another one.")
	}
	l := &Listener{
		options: o, net: open, routes: newRoutes(), refused: newRefusals(o.Log),
		waiting: list.New(), clients: map[string]*client{}, visits: map[string]*bucket{},
	}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l, nil
}

// Serve lets clients in until Stop, and returns at once.
func (l *Listener) Serve() {
	l.running.Go(l.accept)
	l.running.Go(l.watch)
}

// Address is where the listener listens, as host:port.
func (l *Listener) Address() string { return l.net.Addr().String() }

// Connections is the number of clients connected now.
func (l *Listener) Connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.clients)
}

// Refusals tells what was refused since the start.
func (l *Listener) Refusals() Refusals { return l.refused.all() }

// Stop ends the listener and every connection to it.
func (l *Listener) Stop() {
	l.stop()
	l.net.Close()
	l.mu.Lock()
	for e := l.waiting.Front(); e != nil; e = e.Next() {
		e.Value.(net.Conn).Close()
	}
	for _, c := range l.clients {
		c.end(net.ErrClosed)
	}
	l.mu.Unlock()
	l.running.Wait()
}

// accept takes connections at a bounded rate.
func (l *Listener) accept() {
	var pace bucket
	interval := time.Second / time.Duration(l.options.Limits.PerSecond)
	for {
		conn, err := l.net.Accept()
		if err != nil {
			if l.ctx.Err() != nil {
				return
			}
			// Files may be short for a while; everyone who is connected stays.
			l.refused.add(Refusal{Reason: ReasonLimit, Cause: err})
			l.pause(time.Second)
			continue
		}
		l.pause(pace.owed(time.Now(), interval, 16))
		if leave, ok := l.wait(conn); ok {
			l.running.Go(func() { l.meet(conn, leave) })
		}
	}
}

func (l *Listener) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-l.ctx.Done():
	case <-time.After(d):
	}
}

// meet leads one connection to where it is let in or refused.
func (l *Listener) meet(conn net.Conn, leave func()) {
	c, reader, err := l.greet(conn)
	leave()
	if err != nil {
		l.refuse(c, err)
		conn.Close()
		return
	}
	// In a goroutine of its own, because handshakes leave large stacks behind.
	l.running.Go(func() { c.serve(reader) })
}

// wait puts a connection among those that wait, and drops the one that has
// waited longest when they are too many.
func (l *Listener) wait(conn net.Conn) (leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		conn.Close()
		return nil, false
	}
	if len(l.clients)+l.waiting.Len() >= l.options.Limits.Connections+l.options.Limits.Waiting {
		l.refused.add(Refusal{From: conn.RemoteAddr().String(), Reason: ReasonLimit, Cause: errFull})
		conn.Close()
		return nil, false
	}
	if l.waiting.Len() >= l.options.Limits.Waiting {
		longest := l.waiting.Front()
		longest.Value.(net.Conn).Close() // its greeting fails
		l.waiting.Remove(longest)
	}
	place := l.waiting.PushBack(conn)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waiting.Remove(place)
	}, true
}

// greet goes through TLS and CONNECT. The client is never nil, so that a refusal
// can say what is known of it.
func (l *Listener) greet(conn net.Conn) (*client, *bufio.Reader, error) {
	c := newClient(l, conn)
	conn.SetDeadline(time.Now().Add(l.options.Limits.Handshake))
	if l.options.TLS != nil {
		secured := tls.Server(conn, l.options.TLS)
		if err := secured.HandshakeContext(l.ctx); err != nil {
			return c, nil, early(err, ReasonCertificate)
		}
		c.conn, c.certificate = secured, secured.ConnectionState().PeerCertificates[0]
	}
	reader := bufio.NewReaderSize(c.conn, readerBytes)
	p, err := readPacket(reader, l.options.Limits.Packet)
	if err != nil {
		return c, nil, early(err, ReasonProtocol)
	}
	hello, err := parseConnect(p)
	if errors.Is(err, errVersion) {
		return c, nil, c.deny(refusedVersion, ReasonProtocol, err)
	}
	if err != nil {
		return c, nil, err
	}
	c.user, c.password = hello.user, hello.password
	if c.id, err = l.options.Admit(c.certificate, hello.user, hello.password); err != nil {
		return c, nil, c.deny(refusedUser, ReasonIdentity, err)
	}
	if err := c.settle(hello); err != nil {
		return c, nil, err
	}
	if err := l.enter(c); err != nil {
		return c, nil, c.deny(refusedUnavailable, ReasonLimit, err)
	}
	conn.SetDeadline(time.Time{})
	c.enqueue(connack(accepted))
	if c.gateway() {
		reader = bufio.NewReaderSize(reader, 16<<10)
	}
	return c, reader, nil
}

// early says why a connection ended before it was let in.
func early(err error, otherwise Reason) error {
	var wait net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return err // it went by itself
	case errors.As(err, &wait) && wait.Timeout(), errors.Is(err, net.ErrClosed):
		return refusal(ReasonLimit, errors.New("it does not come to the point before it is let in"))
	}
	return refusal(otherwise, err)
}

var (
	errFull  = errors.New("there are as many connections as there may be")
	errOften = errors.New("it connects too often: do two devices have the same certificate?")
	errTaken = errors.New("the same client has connected again")
)

// enter makes a client known. One with the same id is cut before, and its last
// will published, so that it says nothing behind the new one.
func (l *Listener) enter(c *client) error {
	l.mu.Lock()
	before := l.clients[c.name]
	switch {
	case l.ctx.Err() != nil:
		l.mu.Unlock()
		return net.ErrClosed
	case before == nil && len(l.clients) >= l.options.Limits.Connections:
		l.mu.Unlock()
		return errFull
	case !c.gateway() && !l.visit(c.id):
		l.mu.Unlock()
		return errOften
	}
	l.clients[c.name] = c
	l.mu.Unlock()
	if before != nil {
		before.end(errTaken)
		<-before.gone
	}
	return nil
}

// visit counts a siren's connection; false when there are too many.
func (l *Listener) visit(id string) bool {
	b := l.visits[id]
	if b == nil {
		b = &bucket{}
		l.visits[id] = b
	}
	return b.take(time.Now(), l.options.Limits.ReconnectInterval, l.options.Limits.ReconnectBurst)
}

// leave forgets a client that has ended.
func (l *Listener) leave(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clients[c.name] == c {
		delete(l.clients, c.name)
	}
}

// watch looks now and then whether every client would still be let in: its
// certificate may have expired or been revoked, the siren may have been removed.
func (l *Listener) watch() {
	ticker := time.NewTicker(l.options.Limits.Recheck)
	defer ticker.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-ticker.C:
		}
		l.mu.Lock()
		all := make([]*client, 0, len(l.clients))
		for _, c := range l.clients {
			all = append(all, c)
		}
		l.mu.Unlock()
		for _, c := range all {
			if _, err := l.options.Admit(c.certificate, c.user, c.password); err != nil {
				c.end(refusal(ReasonIdentity, err))
			}
		}
	}
}

// refuse says that a client is refused, and why. A connection that breaks off is none.
func (l *Listener) refuse(c *client, err error) {
	why, ok := errors.AsType[*refusalError](err)
	switch {
	case ok:
	case errors.Is(err, errProtocol):
		why = &refusalError{ReasonProtocol, err}
	case errors.Is(err, errQoS):
		why = &refusalError{ReasonQoS, err}
	case errors.Is(err, errLimit):
		why = &refusalError{ReasonLimit, err}
	default:
		l.options.Log.Debug("a siren's connection ended", "siren", c.id, "from", c.from(), "error", err)
		return
	}
	l.refused.add(Refusal{Siren: c.id, From: c.from(), Reason: why.reason, Cause: why.err})
}
