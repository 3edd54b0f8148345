// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
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

func connect(t *testing.T, r *sirentest.Rig, id, user string) (*client, error) {
	c := &client{t: t}
	o := paho.NewClientOptions().AddBroker(r.Endpoint.Address).
		SetClientID(id).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.seen = append(c.seen, m.Topic())
		})
	if user == siren.GatewayName {
		o.SetTLSConfig(r.Endpoint.TLS)
	} else {
		o.SetTLSConfig(r.TLS(user))
	}
	c.Client = paho.NewClient(o)
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
		r.Simulator.Cut(rogue) // its key is in the wrong hands
		c, err := connect(t, r, rogue, rogue)
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
		if err := deliver(t, r, order(t, r, to)).wait(); err != nil {
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
			again, err := connect(t, r, rogue, rogue)
			if err != nil {
				t.Fatal(err)
			}
			again.send(topicPrefix+m.topic, m.payload, true)
			again.Disconnect(100)
		}
		r.Wait("the unsigned report is noticed", func() bool {
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

// The gateway's own key may be stolen too: then the frames' signatures stand.
func TestForgedFramesOverTheWire(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens, o.FaultyShare = 5, 0
		r := sirentest.Start(t, o)
		// A siren that has heard no fresh beacon yet would ask for one in place of
		// refusing: a silent test is acted on behind it.
		test := alarm(1)
		test.Action, test.Signal = siren.ActionTest, 16
		if err := deliver(t, r, order(t, r, test)).wait(); err != nil {
			t.Fatal(err)
		}
		before := len(r.Simulator.Sounded())
		r.StopLink()
		c, err := connect(t, r, "thief", siren.GatewayName)
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
		test = alarm(16)
		test.Action = siren.ActionTest
		for _, b := range [][]byte{
			tampered, sign(old), sign(early), sign(test), []byte("sound!"), nil, tampered[:86],
		} {
			c.send(topicPrefix+"cmd", b, false)
		}
		want := map[siren.Reason]int{
			siren.ReasonBadSignature: 5, siren.ReasonExpired: 5, siren.ReasonEarly: 5, siren.ReasonSignal: 5,
		}
		r.Wait("every siren refuses every forgery", func() bool {
			mu.Lock()
			defer mu.Unlock()
			for reason, n := range want {
				if answers[reason] != n {
					return false
				}
			}
			return true
		})
		if sounded := r.Simulator.Sounded(); len(sounded) > before {
			t.Errorf("sounded %v", sounded)
		}
	})
}

// willed connects as a siren with a last will; vanish cuts the line without a word.
func willed(t *testing.T, r *sirentest.Rig, id, topic string, will []byte) (c paho.Client, vanish func(), err error) {
	t.Helper()
	line, err := tls.Dial("tcp", strings.TrimPrefix(r.Endpoint.Address, "mqtts://"), r.TLS(id))
	if err != nil {
		t.Fatal(err)
	}
	c = paho.NewClient(paho.NewClientOptions().AddBroker("tcp://x").SetClientID(id).
		SetBinaryWill(topic, will, 0, true).SetAutoReconnect(false).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return line, nil }))
	token := c.Connect()
	if !token.WaitTimeout(5 * time.Second) {
		t.Fatal("no answer to the connection")
	}
	return c, func() { line.NetConn().Close() }, token.Error()
}

// What a siren may not say, its last will may not say for it: nothing is heard of
// it, and nothing is kept for those who come later.
func TestWillsOfOthersAreDenied(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens = 2
		r := sirentest.Start(t, o)
		victim, rogue := r.Sirens[0].ID, r.Sirens[1].ID
		r.Simulator.Cut(rogue)
		frame, err := alarm(16).Sign(r.Issuer)
		if err != nil {
			t.Fatal(err)
		}
		for topic, will := range map[string][]byte{
			"cmd": frame, "siren/" + victim + "/cmd": frame, "siren/" + rogue + "/cmd": frame, "siren/" + victim + "/state": []byte("offline"),
		} {
			// A broker refuses such a will at once, or does not speak it.
			if _, vanish, err := willed(t, r, rogue, topicPrefix+topic, will); err == nil {
				vanish()
			}
		}
		// What it may say comes behind all that, so that the rest had its time.
		c, vanish, err := willed(t, r, rogue, topicPrefix+"siren/"+rogue+"/state", []byte("no answer"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Disconnect(0)
		vanish()
		r.Wait("its own will is heard", func() bool { return r.Fleet.State(rogue).Detail == siren.DetailSignature })
		r.StopLink()
		fresh := siren.NewFleet()
		r.Watch(fresh)
		r.Wait("a new gateway knows the other siren as ready", func() bool { return fresh.State(victim).Condition == siren.ConditionReady })
		if sounded := r.Simulator.Sounded(); len(sounded) != 0 {
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
		state := topicPrefix + "siren/" + id + "/state"
		c, vanish, err := willed(t, r, id, state, []byte("offline"))
		if err != nil {
			t.Fatal(err)
		}
		signer := siren.NewSigner(sirentest.DeviceKey(id))
		ready, err := siren.Answer{Kind: siren.AnswerState, Number: 1, Time: time.Now(), Condition: siren.ConditionReady}.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		c.Publish(state, 0, true, ready).WaitTimeout(5 * time.Second)
		r.Wait("the siren is ready", func() bool { return r.Fleet.State(id).Condition == siren.ConditionReady })
		vanish()
		r.Wait("the siren is offline", func() bool { return r.Fleet.State(id).Condition == siren.ConditionOffline })
		// A gateway that starts later learns it from the retained state.
		r.StopLink()
		fresh := siren.NewFleet()
		r.Watch(fresh)
		r.Wait("a new gateway knows it", func() bool { return fresh.State(id).Condition == siren.ConditionOffline })
	})
}

func TestLinkSaysWhyThereIsNoConnection(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 1, TLS: true})
	for _, c := range []struct {
		name string
		with func(*mqtt.LinkOptions)
		want problem.Kind
	}{
		{"nobody listens", func(o *mqtt.LinkOptions) { o.Endpoint.Address = "127.0.0.1:1" }, problem.Unavailable},
		{"no address", func(o *mqtt.LinkOptions) { o.Endpoint.Address = "http://127.0.0.1:80" }, problem.Invalid},
		{"no certificate", func(o *mqtt.LinkOptions) { o.Endpoint.TLS = &tls.Config{RootCAs: r.CA().Pool()} }, problem.Unavailable},
		{"a broker of somebody else", func(o *mqtt.LinkOptions) { o.Endpoint.TLS = &tls.Config{} }, problem.Unavailable},
		{"without TLS", func(o *mqtt.LinkOptions) { o.Endpoint.Address = strings.TrimPrefix(o.Endpoint.Address, "mqtts://") }, problem.Unavailable},
		{"a siren's certificate", func(o *mqtt.LinkOptions) { o.Endpoint.TLS = r.TLS("siren-00001") }, problem.Unauthenticated},
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
			r.Wait("the link says why", func() bool { _, err := link.Connected(); return err != nil })
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
