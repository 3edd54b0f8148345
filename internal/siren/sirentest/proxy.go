// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sirentest

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy stands between clients and a broker and is the bad line that tests want:
// it breaks connections without a goodbye, or leaves them open and forwards
// nothing. It knows clients by the id of their CONNECT packet.
type Proxy struct {
	upstream string
	listener net.Listener

	mu    sync.Mutex
	lines map[*line]bool
	gone  func(client string) bool
}

// line is one connection.
type line struct {
	client   string
	down, up net.Conn
	mu       sync.Mutex
	stalled  bool
	ended    chan struct{}
	endOnce  sync.Once
}

// NewProxy starts a proxy before a plain TCP broker. It ends with the test.
func NewProxy(t testing.TB, upstream string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{upstream: upstream, listener: listener, lines: map[*line]bool{}, gone: func(string) bool { return false }}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			down, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { p.carry(down) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.each(func(string) bool { return true }, func(l *line) { l.end() })
		work.Wait()
	})
	return p
}

// Address is where clients connect.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Sever breaks the lines of the clients that match, and refuses new ones until
// it is called again.
func (p *Proxy) Sever(match func(client string) bool) {
	p.mu.Lock()
	p.gone = match
	p.mu.Unlock()
	p.each(match, func(l *line) { l.end() })
}

// Stall leaves the lines of the clients that match open and forwards nothing on
// them any more. New lines work.
func (p *Proxy) Stall(match func(client string) bool) (stalled int) {
	p.each(match, func(l *line) {
		l.mu.Lock()
		l.stalled = true
		l.mu.Unlock()
		stalled++
	})
	return stalled
}

func (p *Proxy) each(match func(string) bool, do func(*line)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.lines {
		if match(l.client) {
			do(l)
		}
	}
}

func (p *Proxy) carry(down net.Conn) {
	defer down.Close()
	reader := bufio.NewReader(down)
	client := clientOf(reader)
	p.mu.Lock()
	refused := p.gone(client)
	p.mu.Unlock()
	if refused {
		return
	}
	up, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	l := &line{client: client, down: down, up: up, ended: make(chan struct{})}
	p.mu.Lock()
	p.lines[l] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { l.copy(up, reader) })
	both.Go(func() { l.copy(down, up) })
	both.Wait()
	l.end()
	p.mu.Lock()
	delete(p.lines, l)
	p.mu.Unlock()
}

// copy forwards until the line ends or stalls.
func (l *line) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		stalled := l.stalled
		l.mu.Unlock()
		switch {
		case stalled:
			// What is read is lost, as on a line that is dead; nobody is told.
			if err != nil {
				<-l.ended
				return
			}
		case err != nil:
			l.end()
			return
		default:
			if _, err := to.Write(buffer[:n]); err != nil {
				l.end()
				return
			}
		}
	}
}

func (l *line) end() {
	l.endOnce.Do(func() {
		close(l.ended)
		l.down.Close()
		l.up.Close()
	})
}

// clientOf reads the client id of a CONNECT packet (MQTT 3.1.1, 3.1) and leaves
// the bytes in the reader; empty for what is none.
func clientOf(r *bufio.Reader) string {
	const beforeID = 10 // name, level, flags and keep-alive
	for size := 1; ; size++ {
		head, err := r.Peek(1 + size)
		if err != nil || size > 4 {
			return ""
		}
		if head[size] >= 0x80 {
			continue
		}
		at := 1 + size + beforeID
		length, err := r.Peek(at + 2)
		if err != nil {
			return ""
		}
		n := int(binary.BigEndian.Uint16(length[at:]))
		id, err := r.Peek(at + 2 + n)
		if err != nil {
			return ""
		}
		return string(id[at+2:])
	}
}

// Clock is a clock that jumps when it is told to.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// Now is the machine's time, moved by all jumps so far.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

// Jump moves the clock.
func (c *Clock) Jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += by
}

// Wall is what the clock shows at a time of the machine's.
func (c *Clock) Wall(now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Round(0).Add(c.offset)
}
