// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/tetra"
)

// TETRAOptions is a TETRA radio on a serial port.
type TETRAOptions struct {
	// Name is unique among transmitters.
	Name string
	Area Area
	// Device is the serial port, such as /dev/ttyUSB0; Baud is 9600 when zero.
	Device string
	Baud   int
	// Setup are AT commands that the radio needs when it connects.
	Setup []string
	// Signals are what asks for the signals, by the signals' names. A signal that is
	// not named is never called.
	Signals map[string]TETRASignal
	// Fleet is the registry: whose answers are believed, by their addresses.
	Fleet *siren.Fleet
	// Report takes what sirens answer to calls; Observe what is known of them then.
	Report  func(siren.Progress)
	Observe func(siren.State)
	Log     *slog.Logger

	// for tests; the constants below when zero
	answerTime, sentTime, reopenTime time.Duration
}

// TETRASignal is a message that asks for a signal: a status or a text.
type TETRASignal struct {
	// Status is the number of a status message, 32768 to 65535.
	Status int `yaml:"status"`
	// Text is sent as a text by SDS-TL; {sub} stands for the siren's sub-address.
	Text string `yaml:"text"`
}

const (
	// answerTime is how long a radio may take to answer a command.
	answerTime = 5 * time.Second
	// sentTime is how long it may take to say that a message went out. Some say it
	// never: then the message counts as sent.
	sentTime = 4 * time.Second
	// reopenTime is the wait before a port that is gone is tried again.
	reopenTime = time.Second
	// tetraAirtime is about how long a message takes in the network.
	tetraAirtime = time.Second
	lowestStatus = 0x8000 // below, statuses belong to the standard
)

// TETRA implements route.Caller.
type TETRA struct {
	o     TETRAOptions
	queue queue
	dial  chan exchange
}

// exchange is a command for the radio, and what came of it.
type exchange struct {
	command tetra.Command
	done    chan error
}

// errNotConnected: the port is gone, or the radio does not answer.
var errNotConnected = errors.New("the radio is not connected")

// NewTETRA is a radio with the options; Run connects it. Its error says what in
// them cannot be.
func NewTETRA(o TETRAOptions) (*TETRA, error) {
	for wait, standard := range map[*time.Duration]time.Duration{&o.answerTime: answerTime, &o.sentTime: sentTime, &o.reopenTime: reopenTime} {
		if *wait == 0 {
			*wait = standard
		}
	}
	if o.Baud == 0 {
		o.Baud = 9600
	}
	for name, s := range o.Signals {
		if (s.Status == 0) == (s.Text == "") || s.Status != 0 && (s.Status < lowestStatus || s.Status > 0xFFFF) {
			return nil, fmt.Errorf("transmitter %s: signal %s needs either a status of %d to 65535 or a text", o.Name, name, lowestStatus)
		}
		if _, err := tetra.EncodeText(s.Text); err != nil {
			return nil, fmt.Errorf("transmitter %s: signal %s: %w", o.Name, name, err)
		}
	}
	for _, command := range o.Setup {
		if _, err := tetra.Attention(command).Encode(); err != nil {
			return nil, wrap(o.Name, err)
		}
	}
	return &TETRA{o: o, dial: make(chan exchange)}, nil
}

// Name implements route.Caller.
func (t *TETRA) Name() string { return t.o.Name }

// Kind implements route.Caller.
func (t *TETRA) Kind() siren.PathKind { return siren.PathTETRA }

// Serves implements route.Caller.
func (t *TETRA) Serves(s siren.Siren) bool { return t.o.Area.Holds(s) }

// Rest implements route.Caller.
func (t *TETRA) Rest() time.Duration { return 0 }

const (
	statusCommand = "status "
	textCommand   = "text "
)

// Prepare implements route.Caller.
func (t *TETRA) Prepare(address, signal string) (siren.Call, bool) {
	s, set := t.o.Signals[signal]
	_, sub, _ := strings.Cut(address, "/")
	if !set || strings.Contains(s.Text, "{sub}") && sub == "" {
		return siren.Call{}, false
	}
	call := siren.Call{Address: address, Command: textCommand + strings.ReplaceAll(s.Text, "{sub}", sub), Airtime: tetraAirtime}
	if s.Status != 0 {
		call.Command = statusCommand + strconv.Itoa(s.Status)
	}
	if _, _, err := message(call); err != nil {
		return siren.Call{}, false
	}
	return call, true
}

// message gives the service and the command that send a call.
func message(c siren.Call) (tetra.Select, tetra.Send, error) {
	ssi, _, _ := strings.Cut(c.Address, "/")
	if number, ok := strings.CutPrefix(c.Command, statusCommand); ok {
		status, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return tetra.Select{}, tetra.Send{}, err
		}
		send := tetra.Send{To: tetra.Identity(ssi), Bits: 16, Data: binary.BigEndian.AppendUint16(nil, uint16(status))}
		_, err = send.Encode()
		return tetra.Select{Service: tetra.Status}, send, err
	}
	text, err := tetra.EncodeText(strings.TrimPrefix(c.Command, textCommand))
	if err != nil {
		return tetra.Select{}, tetra.Send{}, err
	}
	data := tetra.Transfer{Protocol: tetra.Text, Request: tetra.WhenReceived, Data: text}.Encode()
	send := tetra.Send{To: tetra.Identity(ssi), Bits: 8 * len(data), Data: data}
	_, err = send.Encode()
	return tetra.Select{Service: tetra.SDS4}, send, err
}

// Transmit implements route.Caller: one message at a time.
func (t *TETRA) Transmit(ctx context.Context, priority route.Priority, next func(most int) []siren.Call) []error {
	return t.queue.single(ctx, priority, next, func(call siren.Call) error {
		service, send, err := message(call)
		if err == nil {
			err = t.command(ctx, service)
		}
		if err == nil {
			err = t.command(ctx, send)
		}
		return wrap(t.o.Name, err)
	})
}

// command has the radio carry out a command. A radio that is away for a moment is
// waited for.
func (t *TETRA) command(ctx context.Context, c tetra.Command) error {
	e := exchange{c, make(chan error, 1)}
	select {
	case t.dial <- e:
	case <-time.After(2 * t.o.answerTime):
		return errNotConnected
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
