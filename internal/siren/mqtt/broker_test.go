// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

const topicPrefix = "tocsin/v1/" + sirentest.Authority + "/"

// client is an MQTT client of another make, in the hands of someone curious.
type client struct {
	paho.Client
	t    *testing.T
	mu   sync.Mutex
	seen []string
}

func connect(t *testing.T, r *sirentest.Rig, id, user, password string) (*client, error) {
	c := &client{t: t}
	c.Client = paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + r.Endpoint.Address).
		SetClientID(id).SetUsername(user).SetPassword(password).
		SetAutoReconnect(false).SetConnectTimeout(5 * time.Second).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.seen = append(c.seen, m.Topic())
		}))
	token := c.Connect()
	token.WaitTimeout(10 * time.Second)
	t.Cleanup(func() { c.Disconnect(0) })
	return c, token.Error()
}

// granted reports whether the broker takes the subscription.
func (c *client) granted(topic string, qos byte) bool {
	c.t.Helper()
	token := c.Subscribe(topic, qos, nil).(*paho.SubscribeToken)
	if !token.WaitTimeout(10 * time.Second) {
		c.t.Fatalf("no answer to the subscription of %s", topic)
	}
	return token.Error() == nil && token.Result()[topic] <= 2
}

func (c *client) send(topic string, payload []byte, retained bool) {
	c.t.Helper()
	if !c.Publish(topic, 0, retained, payload).WaitTimeout(5 * time.Second) {
		c.t.Fatalf("cannot publish to %s", topic)
	}
}

func TestSirenIsConfinedToItsTopics(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens = 3
		r := sirentest.Start(t, o)
		victim, rogue := r.Sirens[0].ID, r.Sirens[2].ID
		r.Simulator.Cut(rogue) // its password is in the wrong hands
		c, err := connect(t, r, rogue, rogue, r.Credentials.Password(rogue))
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range []string{"cmd", "siren/" + rogue + "/cmd"} {
			if !c.granted(topicPrefix+topic, 0) {
				t.Errorf("refused its own %s", topic)
			}
		}
		for _, topic := range []string{
			"#", "+/+/+/cmd", topicPrefix + "#", topicPrefix + "siren/+/ack", topicPrefix + "siren/" + victim + "/cmd", "$SYS/#",
		} {
			// mosquitto grants any subscription and then delivers nothing.
			if c.granted(topic, 0) && !o.Mosquitto {
				t.Errorf("granted %s", topic)
			}
		}
		to := alarm(16)
		to.Target = siren.Numbers(r.Sirens[0].Number)
		if err := deliver(t, r, order(t, r, to)).wait(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		for _, topic := range c.seen {
			if topic != topicPrefix+"cmd" && topic != topicPrefix+"siren/"+rogue+"/cmd" {
				t.Errorf("overheard %s", topic)
			}
		}
		c.mu.Unlock()
		c.Disconnect(100)
		// What it may not say reaches nobody: not the sirens, not the gateway.
		good, err := alarm(32).Sign(r.Issuer)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []struct {
			topic   string
			payload []byte
		}{
			{"cmd", good},
			{"siren/" + victim + "/cmd", good},
			{"siren/" + rogue + "/cmd", good},
			{"siren/" + victim + "/state", []byte("offline")},
			// What it may say comes behind all that, so that the rest had its time.
			{"siren/" + rogue + "/state", []byte("no answer")},
		} {
			// mosquitto cuts whoever says what it may not.
			again, err := connect(t, r, rogue, rogue, r.Credentials.Password(rogue))
			if err != nil {
				t.Fatal(err)
			}
			again.send(topicPrefix+m.topic, m.payload, true)
			again.Disconnect(100)
		}
		r.Wait(10*time.Second, "the unsigned report is noticed", func() bool {
			return r.Fleet.State(rogue).Detail == siren.DetailSignature
		})
		if s := r.Fleet.State(victim); s.Condition != siren.ConditionReady {
			t.Errorf("another siren looks %s", s.Condition)
		}
		if sounded := r.Simulator.Sounded(); len(sounded) != 1 || !strings.HasSuffix(sounded[0].Frame, "-16") {
			t.Errorf("sounded %v", sounded)
		}
	})
}

func TestBrokerRefusesClients(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 2})
	id, other := r.Sirens[0].ID, r.Sirens[1].ID
	for _, c := range []struct{ name, client, user, password string }{
		{"without a password", id, id, ""},
		{"with another siren's password", id, id, r.Credentials.Password(other)},
		{"with another siren's client id", other, id, r.Credentials.Password(id)},
		{"not in the registry", "stranger", "stranger", r.Credentials.Password("stranger")},
		{"as the gateway", "x", mqtt.GatewayUser, "guess"},
		{"as nobody", "x", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := connect(t, r, c.client, c.user, c.password); err == nil {
				t.Error("let in")
			}
		})
	}
	if s := r.Fleet.State(other); s.Condition != siren.ConditionReady {
		t.Errorf("the other siren is %s", s.Condition)
	}
}

// The gateway's own password may be stolen too: then the frames' signatures stand.
func TestForgedFramesOverTheWire(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens, o.FaultyShare = 5, 0
		r := sirentest.Start(t, o)
		r.StopLink()
		c, err := connect(t, r, "thief", mqtt.GatewayUser, r.Credentials.Password(mqtt.GatewayUser))
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		answers := map[siren.Reason]int{}
		listening := c.Subscribe(topicPrefix+"siren/+/ack", 0, func(_ paho.Client, m paho.Message) {
			if a, err := siren.ParseAnswer(m.Payload()); err == nil {
				mu.Lock()
				defer mu.Unlock()
				answers[a.Reason]++
			}
		})
		listening.WaitTimeout(5 * time.Second)
		sign := func(f siren.Frame) []byte {
			b, err := f.Sign(r.Issuer)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		tampered := sign(alarm(16))
		tampered[20] = 3
		old := alarm(16)
		old.NotBefore = old.NotBefore.Add(-time.Hour)
		early := alarm(16)
		early.NotBefore = early.NotBefore.Add(time.Hour)
		test := alarm(16)
		test.Action = siren.ActionTest
		for _, b := range [][]byte{
			tampered, sign(old), sign(early), sign(test), []byte("sound!"), nil, tampered[:86],
		} {
			c.send(topicPrefix+"cmd", b, false)
		}
		want := map[siren.Reason]int{
			siren.ReasonBadSignature: 5, siren.ReasonExpired: 5, siren.ReasonEarly: 5, siren.ReasonSignal: 5,
		}
		r.Wait(10*time.Second, "every siren refuses every forgery", func() bool {
			mu.Lock()
			defer mu.Unlock()
			for reason, n := range want {
				if answers[reason] != n {
					return false
				}
			}
			return true
		})
		if sounded := r.Simulator.Sounded(); len(sounded) > 0 {
			t.Errorf("sounded %v", sounded)
		}
	})
}

func TestLastWill(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens = 1
		r := sirentest.Start(t, o)
		id := r.Sirens[0].ID
		r.Simulator.Cut(id)
		// A device that vanishes without a word: the broker speaks its last will.
		line, err := net.Dial("tcp", r.Endpoint.Address)
		if err != nil {
			t.Fatal(err)
		}
		state := topicPrefix + "siren/" + id + "/state"
		c := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://x").SetClientID(id).SetUsername(id).
			SetPassword(r.Credentials.Password(id)).SetWill(state, "offline", 0, true).SetAutoReconnect(false).
			SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return line, nil }))
		if token := c.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Fatal(token.Error())
		}
		signer := siren.NewSigner(sirentest.DeviceKey(id))
		ready, err := siren.Answer{Kind: siren.AnswerState, Number: 1, Time: time.Now(), Condition: siren.ConditionReady}.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		c.Publish(state, 0, true, ready).WaitTimeout(5 * time.Second)
		r.Wait(5*time.Second, "the siren is ready", func() bool { return r.Fleet.State(id).Condition == siren.ConditionReady })
		line.Close()
		r.Wait(5*time.Second, "the siren is offline", func() bool { return r.Fleet.State(id).Condition == siren.ConditionOffline })
		// A gateway that starts later learns it from the retained state.
		r.StopLink()
		fresh := siren.NewFleet()
		r.Watch(fresh)
		r.Wait(5*time.Second, "a new gateway knows it", func() bool { return fresh.State(id).Condition == siren.ConditionOffline })
	})
}

func TestStartBrokerRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	good := func() mqtt.BrokerOptions {
		return mqtt.BrokerOptions{
			Address: "127.0.0.1:0", Dir: t.TempDir(), Authority: "de-bb",
			Credentials: mqtt.Credentials{Secret: make([]byte, 16)}, Registered: func(string) bool { return true },
			Log: slog.New(slog.DiscardHandler),
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*mqtt.BrokerOptions)
		want  problem.Kind
		says  string
	}{
		{"a port in use", func(o *mqtt.BrokerOptions) { o.Address = taken.Addr().String() }, problem.Unavailable, taken.Addr().String()},
		{"an address that is none", func(o *mqtt.BrokerOptions) { o.Address = "here" }, problem.Unavailable, "here"},
		{"an authority with a dot", func(o *mqtt.BrokerOptions) { o.Authority = "de.bb" }, problem.Invalid, "de.bb"},
		{"a short secret", func(o *mqtt.BrokerOptions) { o.Credentials.Secret = []byte("1234") }, problem.Invalid, "16 bytes"},
		{"a directory that is a file", func(o *mqtt.BrokerOptions) {
			o.Dir += "/file"
			if err := os.WriteFile(o.Dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, problem.Unavailable, "directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := good()
			c.spoil(&o)
			broker, err := mqtt.StartBroker(o)
			if err == nil {
				broker.Stop()
				t.Fatal("started")
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; want %s naming %s", err, c.want, c.says)
			}
		})
	}
}

func TestLinkSaysWhyThereIsNoConnection(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 1})
	for _, c := range []struct {
		name string
		with func(*mqtt.LinkOptions)
		want problem.Kind
	}{
		{"nobody listens", func(o *mqtt.LinkOptions) { o.Endpoint.Address = "127.0.0.1:1" }, problem.Unavailable},
		{"no address", func(o *mqtt.LinkOptions) { o.Endpoint.Address = "http://127.0.0.1:80" }, problem.Invalid},
		{"a wrong password", func(o *mqtt.LinkOptions) { o.Password = "x" }, problem.Unauthenticated},
		{"a siren's access", func(o *mqtt.LinkOptions) {
			o.User, o.Password = "siren-00001", r.Credentials.Password("siren-00001")
		}, problem.Unauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := r.LinkOptions(r.Fleet)
			c.with(&o)
			link, err := mqtt.NewLink(o)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- link.Run(ctx) }()
			r.Wait(10*time.Second, "the link says why", func() bool { _, err := link.Connected(); return err != nil })
			if connected, err := link.Connected(); connected || !errors.Is(err, c.want) {
				t.Errorf("connected %v, %v; want %s", connected, err, c.want)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("Run returned %v", err)
			}
		})
	}
}

func TestBrokerOverTLS(t *testing.T) {
	certificate, pool := selfSigned(t)
	secured := sirentest.Credentials()
	broker, err := mqtt.StartBroker(mqtt.BrokerOptions{
		Address: "127.0.0.1:0", Dir: t.TempDir(), Authority: sirentest.Authority, Credentials: secured,
		Registered: func(string) bool { return true }, Log: slog.New(slog.DiscardHandler),
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Stop)
	for _, c := range []struct {
		name     string
		endpoint mqtt.Endpoint
		want     bool
	}{
		{"with the right authority", mqtt.Endpoint{Address: "mqtts://" + broker.Address(), TLS: &tls.Config{RootCAs: pool}}, true},
		{"with the system's authorities", mqtt.Endpoint{Address: "mqtts://" + broker.Address()}, false},
		{"without TLS", mqtt.Endpoint{Address: broker.Address()}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			link, err := mqtt.NewLink(mqtt.LinkOptions{
				Endpoint: c.endpoint, User: mqtt.GatewayUser, Password: secured.Password(mqtt.GatewayUser),
				Authority: sirentest.Authority, Issuer: sirentest.Issuer(), Epoch: 1, Fleet: siren.NewFleet(),
				Log: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- link.Run(ctx) }()
			defer func() { cancel(); <-ended }()
			connected, cause := false, error(nil)
			for deadline := time.Now().Add(15 * time.Second); !connected && cause == nil && time.Now().Before(deadline); {
				time.Sleep(5 * time.Millisecond)
				connected, cause = link.Connected()
			}
			if connected != c.want {
				t.Errorf("connected %v, %v", connected, cause)
			}
		})
	}
}

// selfSigned is a certificate for 127.0.0.1 that is its own authority.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, pool
}
