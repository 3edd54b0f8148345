// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// rawSwarm is the same command to sirens with the same rules over plain NATS, one
// connection for each: what a broker without MQTT, retained states and access
// rules would take.
func rawSwarm(ctx context.Context, n int) (took sample, err error) {
	say("swarm: %d sirens on raw NATS connections", n)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	broker, address, err := startTelling(ctx, childNATS, "")
	if err != nil {
		return nil, err
	}
	defer broker.end()
	sirens, err := startChild(ctx, childNATSSirens, address, fmt.Sprint(n))
	if err != nil {
		return nil, err
	}
	defer sirens.end()
	nc, err := nats.Connect("nats://" + address)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	registry := sirentest.Registry(n)
	acknowledged := make(chan time.Time, n)
	lanes := make([]chan *nats.Msg, runtime.GOMAXPROCS(0))
	for i := range lanes {
		lanes[i] = make(chan *nats.Msg, n)
		go func() {
			for m := range lanes[i] {
				a, err := siren.OpenAnswer(m.Data, registry[place(m.Subject)].PublicKey)
				if err == nil && a.Outcome == siren.OutcomeAccepted {
					acknowledged <- time.Now()
				}
			}
		}()
	}
	if _, err := nc.Subscribe("ack.*", func(m *nats.Msg) { lanes[place(m.Subject)%len(lanes)] <- m }); err != nil {
		return nil, err
	}
	if err := nc.Flush(); err != nil {
		return nil, err
	}
	for round := range swarmRounds {
		frame, err := siren.Frame{
			Epoch: 1, Counter: uint64(round+1) * 16, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute), TTL: 5 * time.Minute,
			Action: siren.ActionTest, Signal: 16, Target: siren.All(),
		}.Sign(sirentest.Issuer())
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		if err := nc.Publish("cmd", frame); err != nil {
			return nil, err
		}
		for i := range n {
			select {
			case at := <-acknowledged:
				took = append(took, at.Sub(begun))
			case <-time.After(swarmWait):
				return nil, fmt.Errorf("%d of %d acknowledgements", i, n)
			}
		}
	}
	return took, nil
}

func place(subject string) (i int) {
	fmt.Sscanf(subject, "ack.%d", &i)
	return i - 1
}

// natsSirens connects n sirens and returns when all of them listen.
func natsSirens(address string, n int) error {
	var ready sync.WaitGroup
	for _, entry := range sirentest.Registry(n) {
		line, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		device, err := toldDevice(entry)
		if err != nil {
			return err
		}
		ready.Add(1)
		go natsSiren(line, entry.Number, device, sync.OnceFunc(ready.Done))
	}
	ready.Wait()
	return nil
}

// toldDevice is a device that has heard a beacon.
func toldDevice(entry siren.Siren) (*siren.Device, error) {
	signals := siren.Signals{{Number: 16, Name: "silent-test", Test: true, Segments: []siren.Segment{{Tone: siren.ToneOff, Seconds: 0.001}}}}
	device := siren.NewDevice(siren.DeviceConfig{
		Number: entry.Number, ARS: entry.ARS, Signals: signals, Keyset: sirentest.Keyset(),
		Signer: siren.NewSigner(sirentest.DeviceKey(entry.ID)),
	}, siren.Memory{})
	now := time.Now()
	for _, saying := range device.Step(siren.Connected{}, now).Send {
		if saying.Kind != siren.AnswerHello {
			continue
		}
		hello, err := siren.OpenAnswer(saying.Bytes, entry.PublicKey)
		if err != nil {
			return nil, err
		}
		beacon, err := siren.Frame{
			Epoch: 1, NotBefore: now.UTC().Truncate(time.Second), TTL: time.Minute, Action: siren.ActionBeacon, Target: siren.Answering(hello.Challenge),
		}.Sign(sirentest.Issuer())
		if err != nil {
			return nil, err
		}
		device.Step(siren.FrameReceived{Bytes: beacon}, now)
	}
	return device, nil
}

// natsSiren speaks just enough of the protocol of NATS to hear one subject and
// answer on another.
func natsSiren(line net.Conn, number uint32, device *siren.Device, ready func()) {
	defer ready()
	reader := bufio.NewReaderSize(line, 1<<10)
	said := func(text string) bool {
		_, err := io.WriteString(line, text)
		return err == nil
	}
	if _, err := reader.ReadString('\n'); err != nil || !said("CONNECT {\"verbose\":false}\r\nSUB cmd 1\r\nPING\r\n") {
		return
	}
	for {
		head, err := reader.ReadString('\n')
		switch {
		case err != nil:
			return
		case strings.HasPrefix(head, "PONG"):
			ready()
		case strings.HasPrefix(head, "PING"):
			said("PONG\r\n")
		case strings.HasPrefix(head, "MSG"):
			var size int
			fmt.Sscanf(head, "MSG cmd 1 %d", &size)
			payload := make([]byte, size+2)
			if _, err := io.ReadFull(reader, payload); err != nil {
				return
			}
			now := time.Now()
			device.Step(siren.Tick{}, now) // ends the last test
			for _, saying := range device.Step(siren.FrameReceived{Bytes: payload[:size]}, now).Send {
				if saying.Kind == siren.AnswerAck {
					said(fmt.Sprintf("PUB ack.%d %d\r\n%s\r\n", number, len(saying.Bytes), saying.Bytes))
				}
			}
		}
	}
}
