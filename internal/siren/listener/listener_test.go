// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package listener_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/listener"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

const prefix = "tocsin/v1/" + sirentest.Authority + "/"

// quick are the limits of a node with shorter times.
func quick() *listener.Limits {
	limits := listener.DefaultLimits()
	limits.Recheck, limits.ReconnectBurst = 50*time.Millisecond, 100
	return &limits
}

// bench is a fleet whose sirens are in the hands of the test.
type bench struct {
	*sirentest.Rig
	broker *listener.Listener
}

func start(t *testing.T, limits *listener.Limits) bench {
	t.Helper()
	r := sirentest.Start(t, sirentest.Options{Sirens: 3, TLS: true, NoBroker: true, NoSimulator: true, Limits: limits})
	b := bench{r, r.StartBroker(r.Endpoint.Address)}
	r.Wait("the gateway is connected", func() bool { connected, _ := r.Link.Connected(); return connected })
	return b
}

// refused waits until something was refused for the reason.
func (b bench) refused(t *testing.T, id string, reason listener.Reason) {
	t.Helper()
	b.Wait("it is reported that "+id+" was refused for "+string(reason), func() bool {
		return slices.ContainsFunc(b.broker.Refusals().Last, func(r listener.Refusal) bool { return r.Siren == id && r.Reason == reason })
	})
}

// line is a connection that speaks packet by packet.
type line struct {
	t      *testing.T
	conn   *tls.Conn
	reader *bufio.Reader
}

func (b bench) dial(t *testing.T, config *tls.Config) *line {
	t.Helper()
	conn, err := tls.Dial("tcp", b.broker.Address(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.NetConn().Close() })
	conn.SetDeadline(time.Now().Add(eventually.Patience))
	return &line{t, conn, bufio.NewReader(conn)}
}

func connect(id string) *packets.ConnectPacket {
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.CleanSession, p.ClientIdentifier, p.Keepalive = "MQTT", 4, true, id, 30
	return p
}

// join connects a siren that was let in.
func (b bench) join(t *testing.T, id string) *line {
	t.Helper()
	l := b.dial(t, b.TLS(id))
	if code := l.greet(connect(id)); code != packets.Accepted {
		t.Fatalf("%s is refused: %d", id, code)
	}
	return l
}

func (l *line) send(p packets.ControlPacket) {
	l.t.Helper()
	if err := p.Write(l.conn); err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) greet(p *packets.ConnectPacket) (code byte) {
	l.t.Helper()
	l.send(p)
	answer, ok := l.read().(*packets.ConnackPacket)
	if !ok {
		l.t.Fatal("no CONNACK")
	}
	return answer.ReturnCode
}

func (l *line) read() packets.ControlPacket {
	l.t.Helper()
	p, err := packets.ReadPacket(l.reader)
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// subscribe gives the return codes.
func (l *line) subscribe(qos byte, topics ...string) []byte {
	l.t.Helper()
	p := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	p.MessageID, p.Topics, p.Qoss = 5, topics, bytes.Repeat([]byte{qos}, len(topics))
	l.send(p)
	for {
		if answer, ok := l.read().(*packets.SubackPacket); ok {
			if answer.MessageID != 5 {
				l.t.Errorf("a SUBACK for the packet %d", answer.MessageID)
			}
			return answer.ReturnCodes
		}
	}
}

func publish(topic, payload string, qos byte, retain bool) *packets.PublishPacket {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Qos, p.MessageID, p.Retain = topic, []byte(payload), qos, 1, retain
	return p
}

// cut waits until the other end has gone.
func (l *line) cut() {
	l.t.Helper()
	if _, err := io.Copy(io.Discard, l.reader); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		l.t.Errorf("the connection is not cut: %v", err)
	}
}

func isTimeout(err error) bool {
	wait, ok := errors.AsType[net.Error](err)
	return ok && wait.Timeout()
}

// alive reports whether the other end answers.
func (l *line) alive() bool {
	p := packets.NewControlPacket(packets.Pingreq)
	if p.Write(l.conn) != nil {
		return false
	}
	for {
		answer, err := packets.ReadPacket(l.reader)
		if err != nil {
			return false
		}
		if _, ok := answer.(*packets.PingrespPacket); ok {
			return true
		}
	}
}

func TestForeignCertificates(t *testing.T) {
	b := start(t, quick())
	trusting := func(certificate ...tls.Certificate) *tls.Config {
		return &tls.Config{RootCAs: b.CA().Pool(), Certificates: certificate}
	}
	now := time.Now()
	for _, c := range []struct {
		name   string
		config *tls.Config
	}{
		{"of a foreign authority", trusting(sirentest.Certificate(t, sirentest.NewCA(t), "siren-00001", now))},
		{"expired", trusting(sirentest.Certificate(t, b.CA(), "siren-00001", now.Add(-enrolment.Life-time.Hour)))},
		{"not valid yet", trusting(sirentest.Certificate(t, b.CA(), "siren-00001", now.Add(48*time.Hour)))},
		{"none", trusting()},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := b.broker.Refusals().Counts[listener.ReasonCertificate]
			conn, err := tls.Dial("tcp", b.broker.Address(), c.config)
			if err == nil {
				// With TLS 1.3 the refusal comes behind the client's own handshake.
				conn.SetDeadline(time.Now().Add(eventually.Patience))
				_ = connect("siren-00001").Write(conn)
				if n, err := conn.Read(make([]byte, 1)); err == nil || isTimeout(err) {
					t.Errorf("%d bytes, %v", n, err)
				}
				conn.Close()
			}
			b.Wait("it is counted", func() bool { return b.broker.Refusals().Counts[listener.ReasonCertificate] == before+1 })
		})
	}
}

func TestWhoIsRefused(t *testing.T) {
	b := start(t, quick())
	will := func(topic string) *packets.ConnectPacket {
		p := connect("siren-00001")
		p.WillFlag, p.WillTopic, p.WillMessage = true, topic, []byte("offline")
		return p
	}
	named := connect("siren-00001")
	named.UsernameFlag, named.Username = true, "siren-00002"
	forever := connect("siren-00001")
	forever.Keepalive = 0
	patient := connect("siren-00001")
	patient.Keepalive = 600
	five := connect("siren-00001")
	five.ProtocolVersion = 5
	strange := sirentest.Certificate(t, b.CA(), "siren-09999", time.Now())
	revoked := b.TLS("siren-00003")
	b.Revoke("siren-00003")
	for _, c := range []struct {
		name   string
		config *tls.Config
		hello  *packets.ConnectPacket
		code   byte
		as     string
		reason listener.Reason
	}{
		{"another siren's client id", b.TLS("siren-00001"), connect("siren-00002"), packets.ErrRefusedIDRejected, "siren-00001", listener.ReasonIdentity},
		{"the gateway's client id", b.TLS("siren-00001"), connect(siren.GatewayName), packets.ErrRefusedIDRejected, "siren-00001", listener.ReasonIdentity},
		{"another siren's user name", b.TLS("siren-00001"), named, packets.ErrRefusedNotAuthorised, "siren-00001", listener.ReasonIdentity},
		{"a siren that is not registered", b.Showing(strange), connect("siren-09999"), packets.ErrRefusedNotAuthorised, "siren-09999", listener.ReasonIdentity},
		{"a revoked certificate", revoked, connect("siren-00003"), packets.ErrRefusedNotAuthorised, "siren-00003", listener.ReasonIdentity},
		{"a last will in another's name", b.TLS("siren-00001"), will(prefix + "siren/siren-00002/state"), packets.ErrRefusedNotAuthorised, "siren-00001", listener.ReasonTopic},
		{"a last will for all", b.TLS("siren-00001"), will(prefix + "cmd"), packets.ErrRefusedNotAuthorised, "siren-00001", listener.ReasonTopic},
		{"no keep-alive", b.TLS("siren-00001"), forever, packets.ErrRefusedNotAuthorised, "siren-00001", listener.ReasonLimit},
		{"a keep-alive of ten minutes", b.TLS("siren-00001"), patient, packets.ErrRefusedNotAuthorised, "siren-00001", listener.ReasonLimit},
		{"MQTT 5", b.TLS("siren-00001"), five, packets.ErrRefusedBadProtocolVersion, "", listener.ReasonProtocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := b.dial(t, c.config)
			if code := l.greet(c.hello); code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			l.cut()
			b.refused(t, c.as, c.reason)
		})
	}
}

func TestDeniedTopicsAreDenied(t *testing.T) {
	b := start(t, quick())
	own, other := "siren-00001", "siren-00002"
	gateway := b.dial(t, b.Endpoint.TLS)
	if code := gateway.greet(connect("listens")); code != packets.Accepted {
		t.Fatal(code)
	}
	gateway.subscribe(0, prefix+"siren/+/ack", prefix+"siren/+/state", prefix+"siren/+/hello")
	victim := b.join(t, other)
	victim.subscribe(0, prefix+"cmd", prefix+"siren/"+other+"/cmd")

	rogue := b.join(t, own)
	for _, topic := range []string{
		"#", "+/#", "tocsin/#", prefix + "#", prefix + "+", prefix + "siren/+/cmd", prefix + "siren/" + other + "/cmd",
		prefix + "siren/" + own + "/#", prefix + "siren/" + own + "/+", prefix + "siren/" + own + "/ack", prefix + "siren/" + other + "/state",
		"$SYS/#", "tocsin/v1/de-be/cmd", prefix + "cmd/",
	} {
		if codes := rogue.subscribe(0, topic); codes[0] != 0x80 {
			t.Errorf("granted %s", topic)
		}
	}
	b.refused(t, own, listener.ReasonTopic)
	if codes := rogue.subscribe(0, prefix+"cmd", "#", prefix+"siren/"+own+"/cmd"); !bytes.Equal(codes, []byte{0, 0x80, 0}) {
		t.Errorf("codes %x", codes)
	}
	for _, topic := range []string{
		prefix + "cmd", prefix + "siren/" + own + "/cmd", prefix + "siren/" + other + "/cmd", prefix + "siren/" + other + "/state",
		prefix + "siren/" + own + "/state/x", "tocsin/v1/de-be/siren/" + own + "/state", "$SYS/x",
	} {
		for _, retain := range []bool{false, true} {
			rogue := b.join(t, own)
			rogue.send(publish(topic, "forged", 0, retain))
			rogue.cut()
		}
	}
	// Nobody heard it, and nothing of it is kept for those who come later.
	late := b.join(t, other)
	late.subscribe(0, prefix+"cmd", prefix+"siren/"+other+"/cmd")
	victim.cut() // another connection of the same siren has taken its place
	if !late.alive() {
		t.Error("the siren is cut")
	}
	teller := b.join(t, own)
	teller.send(publish(prefix+"siren/"+own+"/state", "true", 0, true))
	for {
		p, ok := gateway.read().(*packets.PublishPacket)
		if !ok {
			continue
		}
		if string(p.Payload) == "forged" {
			t.Errorf("the gateway hears %s", p.TopicName)
		}
		if string(p.Payload) == "true" {
			break
		}
	}
	after := b.dial(t, b.Endpoint.TLS)
	after.greet(connect("listens-later"))
	after.subscribe(0, prefix+"siren/+/state")
	if p, ok := after.read().(*packets.PublishPacket); !ok || string(p.Payload) != "true" || !p.Retain {
		t.Errorf("retained: %v", p)
	}
	if !after.alive() {
		t.Error("the gateway is cut")
	}
}

// A device that asks for more than the listener gives is told so.
func TestQualityOfServiceIsRefusedLoudly(t *testing.T) {
	b := start(t, quick())
	l := b.join(t, "siren-00001")
	for _, qos := range []byte{1, 2} {
		if codes := l.subscribe(qos, prefix+"cmd"); codes[0] != 0x80 {
			t.Errorf("a subscription at QoS %d is answered with %#x", qos, codes[0])
		}
	}
	b.refused(t, "siren-00001", listener.ReasonQoS)
	l.send(publish(prefix+"siren/siren-00001/ack", "x", 1, false))
	l.cut()
}

func TestRevokedConnectionsAreCut(t *testing.T) {
	b := start(t, quick())
	kept, lost := b.join(t, "siren-00001"), b.join(t, "siren-00002")
	b.Revoke("siren-00002")
	lost.cut()
	b.refused(t, "siren-00002", listener.ReasonIdentity)
	if !kept.alive() {
		t.Error("the other siren is cut too")
	}
	// Enrolled again, the siren has a new certificate, and the old one is over.
	b.Enrol("siren-00001")
	kept.cut()
	again := b.join(t, "siren-00001")
	if !again.alive() {
		t.Error("the siren that was enrolled again is cut")
	}
}

func TestStalledConnectionIsNoticed(t *testing.T) {
	b := start(t, quick())
	id := "siren-00001"
	state, err := siren.Answer{Kind: siren.AnswerState, Number: 1, Time: time.Now(), Condition: siren.ConditionReady}.Sign(siren.NewSigner(sirentest.DeviceKey(id)))
	if err != nil {
		t.Fatal(err)
	}
	hello := connect(id)
	hello.Keepalive = 1
	hello.WillFlag, hello.WillRetain, hello.WillTopic, hello.WillMessage = true, true, prefix+"siren/"+id+"/state", []byte("offline")
	l := b.dial(t, b.TLS(id))
	if code := l.greet(hello); code != packets.Accepted {
		t.Fatal(code)
	}
	l.send(publish(prefix+"siren/"+id+"/state", string(state), 0, true))
	b.Wait("its state is heard", func() bool { return !b.Fleet.State(id).LastContact.IsZero() })
	// From here on it says nothing, and does not close either.
	b.Wait("the siren is offline", func() bool { return b.Fleet.State(id).Condition == siren.ConditionOffline })
}

func TestWhoNeverComesToThePoint(t *testing.T) {
	limits := quick()
	limits.Handshake, limits.Waiting = 3*time.Second, 4
	b := start(t, limits)
	silent, err := net.Dial("tcp", b.broker.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	b.refused(t, "", listener.ReasonLimit)
	greeted := b.dial(t, b.TLS("siren-00001")) // TLS, and then nothing
	greeted.cut()

	// A crowd that waits for nothing does not keep sirens out.
	for range 3 * limits.Waiting {
		idle, err := net.Dial("tcp", b.broker.Address())
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
	}
	if l := b.join(t, "siren-00002"); !l.alive() {
		t.Error("the siren is cut")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	limits := quick()
	limits.Connections = 3 // the gateway's link is one
	b := start(t, limits)
	first := b.join(t, "siren-00001")
	b.join(t, "siren-00002")
	l := b.dial(t, b.TLS("siren-00003"))
	if code := l.greet(connect("siren-00003")); code != packets.ErrRefusedServerUnavailable {
		t.Errorf("code %d", code)
	}
	b.refused(t, "siren-00003", listener.ReasonLimit)
	if !first.alive() {
		t.Error("a siren that was there is cut")
	}
	// Whoever is there may come back all the same.
	b.join(t, "siren-00001")
}

// Two devices with one certificate throw each other out; that is bounded and said.
func TestReconnectionsAreBounded(t *testing.T) {
	limits := quick()
	limits.ReconnectInterval, limits.ReconnectBurst = time.Minute, 3
	b := start(t, limits)
	config := b.TLS("siren-00001")
	for i := range 4 {
		l := b.dial(t, config)
		code := l.greet(connect("siren-00001"))
		if want := i < 3; (code == packets.Accepted) != want {
			t.Errorf("connection %d: code %d", i, code)
		}
	}
	b.refused(t, "siren-00001", listener.ReasonLimit)
}

func TestWhatOneSirenMaySend(t *testing.T) {
	limits := quick()
	limits.Packet, limits.Subscriptions = 1000, 2
	b := start(t, limits)
	id := "siren-00001"
	t.Run("a large packet", func(t *testing.T) {
		l := b.join(t, id)
		l.send(publish(prefix+"siren/"+id+"/state", strings.Repeat("x", 1000), 0, false))
		l.cut()
		b.refused(t, id, listener.ReasonLimit)
	})
	t.Run("what is no MQTT", func(t *testing.T) {
		l := b.join(t, id)
		if _, err := l.conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		l.cut()
		b.refused(t, id, listener.ReasonProtocol)
	})
	t.Run("a second CONNECT", func(t *testing.T) {
		l := b.join(t, id)
		l.send(connect(id))
		l.cut()
	})
	t.Run("the same subscription again and again", func(t *testing.T) {
		l := b.join(t, id)
		for range 5 {
			if codes := l.subscribe(0, prefix+"cmd"); codes[0] != 0 {
				t.Fatalf("refused with %#x", codes[0])
			}
		}
		gateway := b.dial(t, b.Endpoint.TLS)
		gateway.greet(connect("speaks"))
		gateway.send(publish(prefix+"cmd", "once", 0, false))
		gateway.alive() // it has arrived
		heard := 0
		l.send(packets.NewControlPacket(packets.Pingreq))
		for done := false; !done; {
			switch p := l.read().(type) {
			case *packets.PublishPacket:
				if string(p.Payload) == "once" {
					heard++
				}
			case *packets.PingrespPacket:
				done = true
			}
		}
		if heard != 1 {
			t.Errorf("heard %d times", heard)
		}
	})
}

// A flood is slowed down and reported; what the siren says in it still arrives,
// and nobody else waits for it.
func TestFloodIsBounded(t *testing.T) {
	limits := quick()
	limits.Interval, limits.Burst = 50*time.Millisecond, 10
	b := start(t, limits)
	gateway := b.dial(t, b.Endpoint.TLS)
	gateway.greet(connect("listens"))
	gateway.subscribe(0, prefix+"siren/+/ack")
	flooder, other := b.join(t, "siren-00001"), b.join(t, "siren-00002")
	const packetsSent = 60
	began := time.Now()
	for range packetsSent {
		flooder.send(publish(prefix+"siren/siren-00001/ack", "flood", 0, false))
	}
	b.refused(t, "siren-00001", listener.ReasonFlood)
	gateway.read()
	other.send(publish(prefix+"siren/siren-00002/ack", "other", 0, false))
	flood, between := 1, 0
	for flood < packetsSent {
		p, ok := gateway.read().(*packets.PublishPacket)
		switch {
		case ok && string(p.Payload) == "other":
			between = flood
		case ok:
			flood++
		}
	}
	if took, least := time.Since(began), (packetsSent-20)*limits.Interval; took < least {
		t.Errorf("%d packets in %v, less than %v", packetsSent, took, least)
	}
	if between == 0 || between == packetsSent {
		t.Errorf("the other siren was heard behind %d packets of the flood", between)
	}
}

// A siren that does not read is cut, and the others hear all.
func TestWhoDoesNotReadIsCut(t *testing.T) {
	limits := quick()
	limits.Stall = 300 * time.Millisecond
	b := start(t, limits)
	stalled := b.join(t, "siren-00001")
	stalled.subscribe(0, prefix+"siren/siren-00001/cmd")
	gateway := b.dial(t, b.Endpoint.TLS)
	gateway.greet(connect("speaks"))
	large := strings.Repeat("x", 100<<10)
	b.Wait("the siren that does not read is cut", func() bool {
		gateway.send(publish(prefix+"siren/siren-00001/cmd", large, 0, false))
		return gateway.alive() && b.broker.Connections() == 2
	})
}

func TestOpenRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, address := range []string{taken.Addr().String(), "here"} {
		if l, err := listener.Open(listener.Options{Address: address}); !errors.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v, %v", address, l, err)
		}
	}
}
