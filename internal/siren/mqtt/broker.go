// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base32"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// GatewayUser is the user name of an authority's own gateway at its broker. No
// siren can have it as its id.
const GatewayUser = "_gateway"

// Credentials are the passwords at an authority's broker. They are derived from
// one secret, so that nothing needs to be stored for each device.
type Credentials struct {
	// Secret is at least 16 random bytes. A new one changes every password.
	Secret []byte
}

// Password is the password of a siren by its id, or of GatewayUser.
func (c Credentials) Password(user string) string {
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write([]byte("tocsin mqtt password v1\n" + user))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)[:20])
}

// BrokerOptions is an embedded broker.
type BrokerOptions struct {
	// Address is where sirens connect, as host:port; port 0 takes a free one.
	Address string
	// TLS makes the listener speak TLS. Without it the address should be one
	// that no one else can reach.
	TLS *tls.Config
	// Dir is the broker's own directory, for retained states. It may be lost.
	Dir string
	// Authority is the id in the topics.
	Authority   string
	Credentials Credentials
	// Registered reports whether a siren is in the registry; others are refused.
	Registered func(siren string) bool
	Log        *slog.Logger
}

// Broker is an MQTT 3.1.1 broker inside the process: nats-server with nothing
// but its MQTT listener. Sirens and gateway use QoS 0. Its subscriptions at QoS 1
// collapse beyond about 2,000, so clients with other ideas are given no room:
// every user is confined to its own topics.
type Broker struct {
	server  *server.Server
	address string
	log     *brokerLog
}

const brokerStart = 20 * time.Second

// StartBroker starts a broker. The error is a *problem.Error; a port in use is
// Unavailable and names the address.
func StartBroker(o BrokerOptions) (*Broker, error) {
	topics, err := NewTopics(o.Authority)
	if err != nil {
		return nil, err
	}
	if len(o.Credentials.Secret) < 16 {
		return nil, problem.New(problem.Invalid, "the secret of the siren broker is shorter than 16 bytes", "Use random bytes.")
	}
	host, port, err := claim(o.Address)
	if err != nil {
		return nil, err
	}
	options := &server.Options{
		ServerName: "tocsin-sirens", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: o.Dir,
		MaxPayload:                 maxPacket,
		CustomClientAuthentication: &gate{topics: topics, credentials: o.Credentials, registered: o.Registered},
		MQTT:                       server.MQTTOpts{Host: host, Port: port, TLSConfig: o.TLS, TLSTimeout: 10, AuthTimeout: 10},
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "the siren broker does not start", "Look at the cause in the node's record.")
	}
	log := &brokerLog{log: o.Log, fatal: make(chan string, 1)}
	s.SetLoggerV2(log, false, false, false)
	go s.Start()
	ready := make(chan bool, 1)
	go func() { ready <- s.ReadyForConnections(brokerStart) }()
	failed := ""
	select {
	case failed = <-log.fatal:
	case ok := <-ready:
		if !ok {
			failed = fmt.Sprintf("not ready after %v", brokerStart)
		}
	}
	if failed != "" {
		s.Shutdown()
		return nil, problem.New(problem.Unavailable, "the siren broker at "+o.Address+" does not start: "+failed,
			"Check that "+o.Dir+" is a directory that can be written, and that its disk is not full.")
	}
	return &Broker{s, net.JoinHostPort(host, strconv.Itoa(port)), log}, nil
}

// claim finds out whether the address can be listened on, and a port if it is 0.
func claim(address string) (host string, port int, err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", 0, problem.Wrap(err, problem.Unavailable, "the siren broker cannot listen on "+address,
			"End the program that uses this address, or choose another one.")
	}
	defer listener.Close()
	host, _, err = net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("listen on %s: %w", address, err)
	}
	return host, listener.Addr().(*net.TCPAddr).Port, nil
}

// Address is where the broker listens, as host:port.
func (b *Broker) Address() string { return b.address }

// Connections is the number of clients connected now.
func (b *Broker) Connections() int { return b.server.NumClients() }

// Stop ends the broker and every connection to it.
func (b *Broker) Stop() {
	b.log.quiet.Store(true)
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// gate lets clients in and confines them to their topics.
type gate struct {
	topics      Topics
	credentials Credentials
	registered  func(string) bool
}

// Check implements server.Authentication.
func (g *gate) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	user := o.Username
	if user != GatewayUser && !g.registered(user) {
		return false
	}
	if subtle.ConstantTimeCompare([]byte(o.Password), []byte(g.credentials.Password(user))) != 1 {
		return false
	}
	// A client id can take another client's session over, so a siren may use
	// only its own. The server shows the id nowhere but at the end of its text.
	if user != GatewayUser && !strings.HasSuffix(fmt.Sprint(c), fmt.Sprintf(" - %q", user)) {
		return false
	}
	c.RegisterUser(&server.User{Username: user, Permissions: g.permissions(user)})
	return true
}

func (g *gate) permissions(user string) *server.Permissions {
	allow := func(topics ...string) *server.SubjectPermission {
		subjects := make([]string, len(topics))
		for i, topic := range topics {
			subjects[i] = subject(topic)
		}
		return &server.SubjectPermission{Allow: subjects}
	}
	if user == GatewayUser {
		return &server.Permissions{
			Publish:   allow(g.topics.Broadcast(), g.topics.every(leafCommand)),
			Subscribe: allow(g.topics.every(leafAck), g.topics.every(leafState), g.topics.every(leafHello)),
		}
	}
	return &server.Permissions{
		Publish:   allow(g.topics.of(user, leafAck), g.topics.of(user, leafState), g.topics.of(user, leafHello)),
		Subscribe: allow(g.topics.Broadcast(), g.topics.Command(user)),
	}
}

// brokerLog passes the broker's words on until it is stopped: then it complains
// about every connection that it closes. Its Fatalf does not end the process but
// tells StartBroker.
type brokerLog struct {
	log   *slog.Logger
	quiet atomic.Bool
	fatal chan string
}

func (l *brokerLog) say(level slog.Level, format string, v ...any) {
	if !l.quiet.Load() {
		l.log.Log(context.Background(), level, "siren broker: "+fmt.Sprintf(format, v...))
	}
}

func (l *brokerLog) Noticef(string, ...any)         {}
func (l *brokerLog) Debugf(string, ...any)          {}
func (l *brokerLog) Tracef(string, ...any)          {}
func (l *brokerLog) Warnf(format string, v ...any)  { l.say(slog.LevelWarn, format, v...) }
func (l *brokerLog) Errorf(format string, v ...any) { l.say(slog.LevelError, format, v...) }
func (l *brokerLog) Fatalf(format string, v ...any) {
	l.say(slog.LevelError, format, v...)
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default: // the first cause is the one to tell
	}
}
