// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"bufio"
	"bytes"
	"errors"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

func TestReadPacketTakesNoMemoryOnAWord(t *testing.T) {
	for name, head := range map[string][]byte{
		"a length of 256 MB":   {0x30, 0xff, 0xff, 0xff, 0x7f},
		"a length of 5 digits": {0x30, 0x80, 0x80, 0x80, 0x80, 0x01},
		"one byte too long":    {0x30, 0x81, 0x80, 0x08},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := readPacket(bufio.NewReader(bytes.NewReader(append(head, make([]byte, 100)...))))
			if !errors.Is(err, errPacketTooLarge) {
				t.Errorf("got %v, %v", p, err)
			}
		})
	}
}

func TestEndpoint(t *testing.T) {
	for _, c := range []struct {
		address, want string
		secure        bool
	}{
		{"127.0.0.1:1883", "127.0.0.1:1883", false},
		{"mqtt://broker.example:1883", "broker.example:1883", false},
		{"tcp://[::1]:1883", "[::1]:1883", false},
		{"mqtts://broker.example:8883", "broker.example:8883", true},
		{"ssl://broker.example:8883", "broker.example:8883", true},
		{"", "", false},
		{"broker.example", "", false},
		{"broker.example:", "", false},
		{"http://broker.example:80", "", false},
	} {
		t.Run(c.address, func(t *testing.T) {
			got, secure, err := Endpoint{Address: c.address}.parse()
			if got != c.want || secure != c.secure || (err != nil) != (c.want == "") {
				t.Errorf("got %q, %v, %v; want %q, %v", got, secure, err, c.want, c.secure)
			}
		})
	}
}

func TestTopics(t *testing.T) {
	topics, err := NewTopics("de-bb")
	if err != nil {
		t.Fatal(err)
	}
	siren, leaf, ok := topics.split(topics.of("s-1", leafAck))
	if siren != "s-1" || leaf != leafAck || !ok {
		t.Errorf("split %q, %q, %v", siren, leaf, ok)
	}
	if _, _, ok := topics.split(topics.Broadcast()); ok {
		t.Error("the broadcast topic is taken for a siren's")
	}
	for _, bad := range []string{"", "de.bb", "de/bb", "DE", "a b", "+", "#"} {
		if topics, err := NewTopics(bad); err == nil {
			t.Errorf("%q makes %v", bad, topics)
		}
	}
}

func FuzzReadPacket(f *testing.F) {
	add := func(p packets.ControlPacket) {
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	publish := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	publish.TopicName, publish.Payload = "tocsin/v1/de-bb/cmd", []byte("frame")
	add(publish)
	suback := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	suback.ReturnCodes = []byte{0, 0x80}
	add(suback)
	add(packets.NewControlPacket(packets.Connack))
	add(packets.NewControlPacket(packets.Pingresp))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(b), readerBytes)
		for {
			if _, err := readPacket(r); err != nil {
				return
			}
		}
	})
}
