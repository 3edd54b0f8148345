// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tocsin-alert/tocsin/radio/tetra"
)

// Run keeps the radio connected until the context ends: a port that goes away is
// opened again when it is back.
func (t *TETRA) Run(ctx context.Context) error {
	for told := ""; ctx.Err() == nil; {
		err := t.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if err != nil && err.Error() != told {
			t.o.Log.Warn("no connection to the TETRA radio", "transmitter", t.o.Name, "device", t.o.Device, "error", err)
			told = err.Error()
		}
		select {
		case <-ctx.Done():
		case <-time.After(t.o.reopenTime):
		}
	}
	return ctx.Err()
}

// serve holds one connection.
func (t *TETRA) serve(ctx context.Context) error {
	port, err := openPort(t.o.Device, t.o.Baud)
	if err != nil {
		return err
	}
	results := make(chan tetra.Result, 16)
	ended := make(chan error, 1)
	go func() { ended <- t.read(port, results) }()
	defer func() {
		port.Close()
		for range results { // until read has ended
		}
	}()
	l := line{t: t, port: port, results: results}
	for _, command := range append([]string{"AT"}, t.o.Setup...) {
		if err := l.carry(ctx, tetra.Attention(command)); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	t.o.Log.Info("connected to the TETRA radio", "transmitter", t.o.Name, "device", t.o.Device)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return err
		case e := <-t.dial:
			err := l.carry(ctx, e.command)
			e.done <- err
			if errors.Is(err, errSilent) || errors.Is(err, io.ErrClosedPipe) {
				return err
			}
		case result := <-results:
			l.unasked(result)
		}
	}
}

// read passes on what the radio says until the port ends; lines that are none
// are noise.
func (t *TETRA) read(port io.Reader, results chan<- tetra.Result) error {
	defer close(results)
	r := tetra.NewResultReader(port)
	for {
		result, err := r.Next()
		var noise *tetra.SyntaxError
		switch {
		case errors.As(err, &noise):
			t.o.Log.Debug("the TETRA radio says what cannot be read", "transmitter", t.o.Name, "error", err)
		case err != nil:
			return err
		default:
			results <- result
		}
	}
}

// line is one connection to a radio.
type line struct {
	t       *TETRA
	port    io.Writer
	results <-chan tetra.Result
}

// errSilent: a radio that is there answers within a second.
var errSilent = errors.New("the radio does not answer")

// carry sends a command and waits for its end: OK or an error, and for a message
// what became of it, where the radio says so.
func (l line) carry(ctx context.Context, c tetra.Command) error {
	raw, err := c.Encode()
	if err != nil {
		return err
	}
	if _, err := l.port.Write(raw); err != nil {
		return fmt.Errorf("%w: %w", io.ErrClosedPipe, err)
	}
	_, sending := c.(tetra.Send)
	instance, state := -1, tetra.Taken
	wait := time.After(l.t.o.answerTime)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wait:
			return errSilent
		case result, open := <-l.results:
			if !open {
				return io.ErrClosedPipe
			}
			switch r := result.(type) {
			case tetra.OK:
				if !sending || state == tetra.OnAir {
					return nil
				}
				return l.sent(ctx, instance)
			case tetra.Failure:
				return r
			case tetra.Sent:
				if sending {
					instance, state = r.Instance, r.State
				}
				if state == tetra.Failed {
					return errNotSent
				}
			default:
				l.unasked(result)
			}
		}
	}
}

var errNotSent = errors.New("the radio could not send the message")

// sent waits for the radio's word that a message which it took went out.
func (l line) sent(ctx context.Context, instance int) error {
	wait := time.After(l.t.o.sentTime)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wait:
			return nil // many radios say no more
		case result, open := <-l.results:
			if !open {
				return io.ErrClosedPipe
			}
			switch r := result.(type) {
			case tetra.Sent:
				switch {
				case instance >= 0 && r.Instance != instance:
				case r.State == tetra.Failed:
					return errNotSent
				case r.State == tetra.OnAir:
					return nil
				}
			default:
				l.unasked(result)
			}
		}
	}
}

func (l line) unasked(result tetra.Result) {
	if m, ok := result.(tetra.Message); ok {
		l.t.hear(m, time.Now())
	}
}
