// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Endpoint is a broker and how to reach it.
type Endpoint struct {
	// Address is "host:port", or with a scheme in front: mqtt://, tcp:// for plain
	// TCP, mqtts://, ssl:// for TLS.
	Address string
	// TLS is used with mqtts:// and ssl://; nil trusts the system's authorities.
	TLS *tls.Config
}

const (
	keepAlive    = 30 * time.Second
	ioTimeout    = 10 * time.Second
	maxPacket    = 128 << 10 // far above every frame and answer; two roots and a keyset fit
	readerBytes  = 1 << 10
	protocolName = "MQTT"
)

// connOptions is one client of a broker.
type connOptions struct {
	endpoint       Endpoint
	client         string
	user, password string
	// willTopic gets payloadOffline, retained, when the connection breaks.
	willTopic string
	subscribe []string
	// receive is called for every message, one after the other. The payload is
	// the receiver's to keep.
	receive func(m message)
}

// message is what came from the broker.
type message struct {
	topic    string
	payload  []byte
	retained bool
}

// conn is one connection at QoS 0. It holds one goroutine and about 10 kB, so
// that one process can be thousands of sirens; it does not reconnect by itself.
type conn struct {
	socket  net.Conn
	options connOptions
	write   sync.Mutex
	ping    *time.Timer
	done    chan struct{}
	end     sync.Once
	err     error
}

// dial connects and subscribes. The error is a *problem.Error: Unavailable when
// nobody answers, Unauthenticated when the broker refuses the client, Forbidden
// when it refuses a subscription.
func dial(ctx context.Context, o connOptions) (*conn, error) {
	socket, err := o.endpoint.open(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{socket: socket, options: o, done: make(chan struct{})}
	reader := bufio.NewReaderSize(socket, readerBytes)
	early, err := c.greet(ctx, reader)
	if err != nil {
		socket.Close()
		return nil, err
	}
	c.ping = time.AfterFunc(keepAlive, c.keepAlive)
	go c.read(reader, early)
	return c, nil
}

func (e Endpoint) open(ctx context.Context) (net.Conn, error) {
	address, secure, err := e.parse()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, ioTimeout)
	defer cancel()
	var dialer interface {
		DialContext(context.Context, string, string) (net.Conn, error)
	} = &net.Dialer{}
	if secure {
		dialer = &tls.Dialer{Config: e.TLS}
	}
	socket, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "the MQTT broker at "+address+" cannot be reached",
			"Start it, or correct the address.")
	}
	return socket, nil
}

func (e Endpoint) parse() (address string, secure bool, err error) {
	address = e.Address
	if u, err := url.Parse(e.Address); err == nil && u.Host != "" {
		address = u.Host
		switch u.Scheme {
		case "mqtt", "tcp":
		case "mqtts", "ssl":
			secure = true
		default:
			address = ""
		}
	}
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return "", false, problem.New(problem.Invalid, fmt.Sprintf("%q is no broker address", e.Address),
			"Write host:port, such as 127.0.0.1:1883, with mqtts:// in front for TLS.")
	}
	return address, secure, nil
}

// greet goes through CONNECT and SUBSCRIBE. Messages that the broker sends
// before its SUBACK are returned.
func (c *conn) greet(ctx context.Context, reader *bufio.Reader) (early []message, err error) {
	stop := context.AfterFunc(ctx, func() { c.socket.SetDeadline(time.Now()) })
	defer stop()
	c.socket.SetDeadline(time.Now().Add(ioTimeout))
	o := c.options
	hello := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	hello.ProtocolName, hello.ProtocolVersion = protocolName, 4
	hello.CleanSession, hello.ClientIdentifier = true, o.client
	hello.Keepalive = uint16(keepAlive / time.Second)
	hello.UsernameFlag, hello.Username = o.user != "", o.user
	hello.PasswordFlag, hello.Password = o.password != "", []byte(o.password)
	if o.willTopic != "" {
		hello.WillFlag, hello.WillRetain = true, true
		hello.WillTopic, hello.WillMessage = o.willTopic, []byte(payloadOffline)
	}
	answer, err := c.ask(reader, hello)
	if err != nil {
		return nil, err
	}
	connack, ok := answer.(*packets.ConnackPacket)
	if !ok {
		return nil, c.strange(answer)
	}
	if connack.ReturnCode != packets.Accepted {
		return nil, problem.New(problem.Unauthenticated,
			fmt.Sprintf("the MQTT broker at %s refuses the user %q: %s", o.endpoint.Address, o.user, packets.ConnackReturnCodes[connack.ReturnCode]),
			"Check the certificate, or the user and the password; the broker's record says more.")
	}
	if len(o.subscribe) == 0 {
		return nil, nil
	}
	subscribe := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	subscribe.MessageID, subscribe.Topics = 1, o.subscribe
	subscribe.Qoss = make([]byte, len(o.subscribe))
	answer, err = c.ask(reader, subscribe)
	for ; err == nil; answer, err = readPacket(reader) {
		switch p := answer.(type) {
		case *packets.PublishPacket:
			early = append(early, message{p.TopicName, p.Payload, p.Retain})
		case *packets.SubackPacket:
			for i, code := range p.ReturnCodes {
				if code != 0 {
					return nil, problem.New(problem.Forbidden,
						fmt.Sprintf("the MQTT broker at %s refuses the subscription to %s at QoS 0", o.endpoint.Address, o.subscribe[i]),
						"Allow the user its topics; see docs/formats/siren-mqtt.md.")
				}
			}
			return early, nil
		default:
			return nil, c.strange(answer)
		}
	}
	return nil, c.failed(err)
}

func (c *conn) ask(reader *bufio.Reader, question packets.ControlPacket) (packets.ControlPacket, error) {
	if err := question.Write(c.socket); err != nil {
		return nil, c.failed(err)
	}
	answer, err := readPacket(reader)
	if err != nil {
		return nil, c.failed(err)
	}
	return answer, nil
}

func (c *conn) failed(err error) error {
	return problem.Wrap(err, problem.Unavailable, "the MQTT broker at "+c.options.endpoint.Address+" broke off",
		"Look at the broker's own record.")
}

func (c *conn) strange(p packets.ControlPacket) error {
	return c.failed(fmt.Errorf("unexpected packet: %s", p))
}

var errPacketTooLarge = errors.New("mqtt: packet too large")

// readPacket reads one packet. It looks at the length before any memory is taken.
func readPacket(r *bufio.Reader) (packets.ControlPacket, error) {
	length := 0
	for i := 1; ; i++ {
		head, err := r.Peek(i + 1)
		if err != nil {
			return nil, err
		}
		length |= int(head[i]&0x7f) << (7 * (i - 1))
		if head[i] < 0x80 {
			break
		}
		if i == 4 {
			return nil, errPacketTooLarge
		}
	}
	if length > maxPacket {
		return nil, errPacketTooLarge
	}
	return packets.ReadPacket(r)
}

func (c *conn) read(reader *bufio.Reader, early []message) {
	for _, m := range early {
		c.options.receive(m)
	}
	for {
		// The broker answers every ping, so that a dead line shows itself.
		c.socket.SetReadDeadline(time.Now().Add(keepAlive + ioTimeout))
		packet, err := readPacket(reader)
		if err != nil {
			c.finish(err)
			return
		}
		if p, ok := packet.(*packets.PublishPacket); ok {
			c.options.receive(message{p.TopicName, p.Payload, p.Retain})
		}
	}
}

// publish sends a message at QoS 0: nil says that it left, not that it arrived.
func (c *conn) publish(topic string, payload []byte, retained bool) error {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Retain = topic, payload, retained
	return c.send(p)
}

func (c *conn) send(p packets.ControlPacket) error {
	c.write.Lock()
	defer c.write.Unlock()
	c.socket.SetWriteDeadline(time.Now().Add(ioTimeout))
	if err := p.Write(c.socket); err != nil {
		c.finish(err)
		return c.failed(err)
	}
	return nil
}

func (c *conn) keepAlive() {
	if c.send(packets.NewControlPacket(packets.Pingreq)) == nil {
		c.ping.Reset(keepAlive)
	}
}

// finish ends the connection with its cause.
func (c *conn) finish(err error) {
	c.end.Do(func() {
		c.err = err
		c.socket.Close()
		close(c.done)
	})
}

// cause is why the connection ended; only after done is closed.
func (c *conn) cause() error { return c.failed(c.err) }

// close says goodbye, so that the last will is not published.
func (c *conn) close() {
	c.ping.Stop()
	_ = c.send(packets.NewControlPacket(packets.Disconnect)) // the connection ends either way
	c.finish(net.ErrClosed)
}
