// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package listener

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// encoded is a packet as another implementation writes it.
func encoded(t testing.TB, p packets.ControlPacket) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (packet, error) {
	return readPacket(bufio.NewReaderSize(bytes.NewReader(b), readerBytes), 4096)
}

func hello() *packets.ConnectPacket {
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.ClientIdentifier, p.Keepalive = "MQTT", 4, "s-1", 30
	return p
}

func TestParseConnect(t *testing.T) {
	full := hello()
	full.CleanSession, full.UsernameFlag, full.Username, full.PasswordFlag, full.Password = true, true, "s-1", true, []byte("secret")
	full.WillFlag, full.WillRetain, full.WillTopic, full.WillMessage = true, true, "a/b", []byte("offline")
	willQoS := hello()
	willQoS.WillFlag, willQoS.WillQos, willQoS.WillTopic = true, 1, "a"
	willEverywhere := hello()
	willEverywhere.WillFlag, willEverywhere.WillTopic = true, "a/#"
	five := hello()
	five.ProtocolVersion = 5
	old := hello()
	old.ProtocolName, old.ProtocolVersion = "MQIsdp", 3
	spoiled := func(change func([]byte) []byte) []byte { return change(encoded(t, hello())) }
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"short":              {encoded(t, hello()), nil},
		"full":               {encoded(t, full), nil},
		"version 5":          {encoded(t, five), errVersion},
		"version 3.1":        {encoded(t, old), errVersion},
		"a will at QoS 1":    {encoded(t, willQoS), errProtocol},
		"a will for all":     {encoded(t, willEverywhere), errProtocol},
		"a reserved flag":    {spoiled(func(b []byte) []byte { b[9] |= 1; return b }), errProtocol},
		"a password alone":   {spoiled(func(b []byte) []byte { b[9] |= 0x40; return b }), errProtocol},
		"retain, no will":    {spoiled(func(b []byte) []byte { b[9] |= 0x20; return b }), errProtocol},
		"too short":          {spoiled(func(b []byte) []byte { b[1]--; return b[:len(b)-1] }), errProtocol},
		"too long":           {spoiled(func(b []byte) []byte { b[1]++; return append(b, 0) }), errProtocol},
		"a null character":   {spoiled(func(b []byte) []byte { b[len(b)-1] = 0; return b }), errProtocol},
		"not UTF-8":          {spoiled(func(b []byte) []byte { b[len(b)-1] = 0xff; return b }), errProtocol},
		"another packet":     {[]byte{0xc0, 0}, errProtocol},
		"flags in the head":  {spoiled(func(b []byte) []byte { b[0] |= 2; return b }), errProtocol},
		"nothing but a head": {[]byte{0x10, 0}, errProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := read(c.raw)
			if err != nil {
				t.Fatal(err)
			}
			got, err := parseConnect(p)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if name == "full" {
				want := connect{
					version: 4, client: "s-1", user: "s-1", password: "secret", keepAlive: 30e9,
					will: &message{topic: "a/b", payload: []byte("offline"), retain: true},
				}
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(connect{}, message{})); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestReadPacketIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"256 MB":               {[]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, errLimit},
		"one byte over":        {[]byte{0x30, 0x81, 0x20}, errLimit},
		"a length without end": {[]byte{0x30, 0x80, 0x80, 0x80, 0x80, 0x01}, errProtocol},
		"ends in its length":   {[]byte{0x30, 0x80}, io.ErrUnexpectedEOF},
		"ends in its body":     {[]byte{0x30, 0x05, 1}, io.ErrUnexpectedEOF},
		"nothing":              {nil, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := read(c.raw); !errors.Is(err, c.want) {
				t.Errorf("got %v, %v; want %v", p, err, c.want)
			}
		})
	}
}

func TestParsePublish(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"retained":      {[]byte{0x31, 4, 0, 1, 'a', 'x'}, nil},
		"empty":         {[]byte{0x30, 3, 0, 1, 'a'}, nil},
		"QoS 1":         {[]byte{0x32, 5, 0, 1, 'a', 0, 1}, errQoS},
		"QoS 2":         {[]byte{0x34, 5, 0, 1, 'a', 0, 1}, errQoS},
		"QoS 3":         {[]byte{0x36, 5, 0, 1, 'a', 0, 1}, errQoS},
		"duplicate":     {[]byte{0x38, 3, 0, 1, 'a'}, errProtocol},
		"no topic":      {[]byte{0x30, 2, 0, 0}, errProtocol},
		"a wildcard":    {[]byte{0x30, 3, 0, 1, '+'}, errProtocol},
		"a topic short": {[]byte{0x30, 3, 0, 9, 'a'}, errProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := read(c.raw)
			if err != nil {
				t.Fatal(err)
			}
			if m, err := parsePublish(p); !errors.Is(err, c.want) {
				t.Errorf("got %+v, %v; want %v", m, err, c.want)
			}
		})
	}
}

func TestParseSubscribe(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"two filters":       {[]byte{0x82, 12, 0, 1, 0, 1, '#', 0, 0, 3, 'a', '/', '+', 2}, nil},
		"unsubscribed":      {[]byte{0xa2, 5, 0, 1, 0, 1, 'a'}, nil},
		"no filter":         {[]byte{0x82, 2, 0, 1}, errProtocol},
		"no identifier":     {[]byte{0x82, 6, 0, 0, 0, 1, 'a', 0}, errProtocol},
		"QoS 3":             {[]byte{0x82, 6, 0, 1, 0, 1, 'a', 3}, errProtocol},
		"flags":             {[]byte{0x80, 6, 0, 1, 0, 1, 'a', 0}, errProtocol},
		"# in the midst":    {[]byte{0x82, 8, 0, 1, 0, 3, '#', '/', 'a', 0}, errProtocol},
		"+ beside a letter": {[]byte{0x82, 7, 0, 1, 0, 2, 'a', '+', 0}, errProtocol},
		"an empty filter":   {[]byte{0x82, 5, 0, 1, 0, 0, 0}, errProtocol},
		"no QoS":            {[]byte{0x82, 5, 0, 1, 0, 1, 'a'}, errProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := read(c.raw)
			if err != nil {
				t.Fatal(err)
			}
			if _, filters, err := parseSubscribe(p); !errors.Is(err, c.want) {
				t.Errorf("got %+v, %v; want %v", filters, err, c.want)
			}
		})
	}
}

// matches is the definition of section 4.7, level by level.
func matches(filter, topic []string) bool {
	switch {
	case len(filter) > 0 && filter[0] == "#":
		return true
	case len(filter) == 0 || len(topic) == 0:
		return len(filter) == len(topic)
	case filter[0] != "+" && filter[0] != topic[0]:
		return false
	}
	return matches(filter[1:], topic[1:])
}

func TestCoversIsInclusion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.SampledFrom([]string{"a", "b", ""})
		topic := rapid.SliceOfN(level, 1, 4).Draw(t, "topic")
		filter := func(name string) []string {
			f := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "", "+"}), 1, 4).Draw(t, name)
			if rapid.Bool().Draw(t, name+" ends with #") {
				f = append(f, "#")
			}
			return f
		}
		allowed, asked := filter("allowed"), filter("asked")
		join := func(levels []string) string { return strings.Join(levels, "/") }
		if got, want := covers(join(allowed), join(topic)), matches(allowed, topic); got != want {
			t.Fatalf("%q covers the topic %q: %v", join(allowed), join(topic), got)
		}
		if covers(join(allowed), join(asked)) && matches(asked, topic) && !matches(allowed, topic) {
			t.Fatalf("%q is taken for a part of %q", join(asked), join(allowed))
		}
	})
}

// What the listener sends is read by another implementation.
func TestWhatIsSent(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	for name, b := range map[string][]byte{
		"CONNACK":       connack(refusedUser),
		"SUBACK":        suback(7, []byte{0, refusedSubscription}),
		"UNSUBACK":      unsuback(7),
		"PINGRESP":      pingresp(),
		"PUBLISH":       publication(message{topic: "a/b", payload: []byte("x")}),
		"long":          publication(message{topic: "a/b", payload: []byte(long), retain: true}),
		"a long SUBACK": suback(7, make([]byte, 300)),
	} {
		t.Run(name, func(t *testing.T) {
			reader := bytes.NewReader(b)
			p, err := packets.ReadPacket(reader)
			if err != nil || reader.Len() > 0 {
				t.Fatalf("%v, %d bytes left", err, reader.Len())
			}
			switch p := p.(type) {
			case *packets.SubackPacket:
				if p.MessageID != 7 {
					t.Errorf("for the packet %d", p.MessageID)
				}
			case *packets.PublishPacket:
				if p.TopicName != "a/b" || p.Retain != (name == "long") || len(p.Payload) != map[string]int{"PUBLISH": 1, "long": len(long)}[name] {
					t.Errorf("read as %v", p)
				}
			}
		})
	}
}

func FuzzPackets(f *testing.F) {
	f.Add(encoded(f, hello()))
	f.Add([]byte{0x31, 4, 0, 1, 'a', 'x'})
	f.Add([]byte{0x82, 12, 0, 1, 0, 1, '#', 0, 0, 3, 'a', '/', '+', 2, 0xc0, 0, 0xe0, 0})
	f.Add([]byte{0xa2, 5, 0, 1, 0, 1, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(b), readerBytes)
		for {
			p, err := readPacket(r, 4096)
			if err != nil {
				return
			}
			if len(p.body) > 4096 {
				t.Fatalf("a packet of %d bytes", len(p.body))
			}
			if c, err := parseConnect(p); err == nil && c.will != nil && wildcard(c.will.topic) {
				t.Errorf("a last will for %q", c.will.topic)
			}
			if m, err := parsePublish(p); err == nil && (m.topic == "" || wildcard(m.topic)) {
				t.Errorf("published to %q", m.topic)
			}
			if _, filters, err := parseSubscribe(p); err == nil && len(filters) == 0 {
				t.Error("a subscription to nothing")
			}
		}
	})
}

// FuzzClient lets in whoever says anything, and listens to all of it.
func FuzzClient(f *testing.F) {
	topics, err := mqtt.NewTopics("de-bb")
	if err != nil {
		f.Fatal(err)
	}
	limits := DefaultLimits()
	limits.Handshake, limits.Interval, limits.ReconnectBurst = time.Second, 0, 1<<30
	l, err := Open(Options{
		Address: "127.0.0.1:0", Topics: topics, Limits: limits, Log: slog.New(slog.DiscardHandler),
		Admit: func(*x509.Certificate, string, string) (string, error) { return "s-1", nil },
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(l.Stop)
	hello := encoded(f, hello())
	f.Add(hello)
	f.Add(append(hello, 0x31, 27, 0, 23, 't', 'o', 'c', 's', 'i', 'n', '/', 'v', '1', '/', 'd', 'e', '-', 'b', 'b', '/', 's', 'i', 'r', 'e', 'n', '/', 'x', 'y', 'z'))
	f.Add(append(hello, 0x82, 6, 0, 1, 0, 1, '#', 1, 0xc0, 0, 0xe0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		outside, inside := net.Pipe()
		leave, ok := l.wait(inside)
		if !ok {
			t.Fatal("not let wait")
		}
		ended := make(chan struct{})
		go func() { defer close(ended); _, _ = io.Copy(io.Discard, outside) }()
		met := make(chan struct{})
		go func() { defer close(met); l.meet(inside, leave) }()
		outside.SetWriteDeadline(time.Now().Add(5 * time.Second))
		_, _ = outside.Write(b) // the other end may have gone
		outside.Close()
		<-met
		<-ended
	})
}
