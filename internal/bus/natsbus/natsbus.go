// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package natsbus is the bus on NATS: requests and answers as plain messages,
// telemetry in a JetStream stream that keeps the last value of each subject.
package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	// problemHeader marks an answer whose data is a problem document.
	problemHeader = "Tocsin-Problem"
	// timeoutHeader tells the handler how long the asker waits, as a Go duration.
	timeoutHeader = "Tocsin-Timeout"
	// defaultTimeout is for requests whose context has no deadline.
	defaultTimeout = 10 * time.Second
	// absence is how long a request waits for somebody to serve its subject, so
	// that a role which starts again is not missed; retry is the pause between tries.
	absence = 2 * time.Second
	retry   = 20 * time.Millisecond
	// concurrent bounds the handlers of one Serve that run at once.
	concurrent = 256
	// queue shares the requests among all that serve a subject.
	queue = "serve"
)

// Options say what the bus runs on.
type Options struct {
	Conn      *nats.Conn
	JetStream jetstream.JetStream
	// Replicas is the number of servers that hold the telemetry: 1 by default.
	Replicas int
	// Log takes what goes wrong in handlers; slog.Default() when nil.
	Log *slog.Logger
}

// Bus is a bus on NATS.
type Bus struct {
	o Options
}

var _ bus.Bus = (*Bus)(nil)

// Open makes the telemetry stream if need be.
func Open(ctx context.Context, o Options) (*Bus, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	b := &Bus{o: o}
	if err := b.ensureTelemetry(ctx); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "the telemetry stream cannot be opened",
			"Check that JetStream is on and may use memory.")
	}
	return b, nil
}

// Request implements bus.Bus. Without a deadline in the context it waits ten seconds.
func (b *Bus) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultTimeout)
		defer cancel()
	}
	answer, err := b.request(ctx, subject, data)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("nobody serves %s", subject),
			"Check that the node's core runs, and try again.")
	case errors.Is(err, nats.ErrMaxPayload):
		return nil, problem.Wrap(err, problem.TooLarge, fmt.Sprintf("the request has %d bytes, more than the bus takes", len(data)),
			"Shorten the content.")
	case err != nil:
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s does not answer", subject),
			"Look whether it was done all the same before you try again.")
	}
	if answer.Header.Get(problemHeader) != "" {
		var document problem.Document
		if err := json.Unmarshal(answer.Data, &document); err != nil {
			return nil, problem.Wrap(err, problem.Internal, fmt.Sprintf("%s answers with an unreadable problem", subject), "")
		}
		return nil, problem.ErrorOf(document)
	}
	return answer.Data, nil
}

// request asks again while nobody is there to be asked.
func (b *Bus) request(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	for giveUp := time.Now().Add(absence); ; {
		deadline, _ := ctx.Deadline()
		answer, err := b.o.Conn.RequestMsgWithContext(ctx, &nats.Msg{
			Subject: subject, Data: data,
			Header: nats.Header{timeoutHeader: {time.Until(deadline).String()}},
		})
		if !errors.Is(err, nats.ErrNoResponders) || time.Now().After(giveUp) {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(retry):
		}
	}
}

// Serve implements bus.Bus. The handler's context ends when the asker waits no
// longer. A handler that panics answers with an Internal problem.
func (b *Bus) Serve(subject string, handler bus.Handler) (stop func(), err error) {
	s := &service{bus: b, subject: subject, handler: handler, slots: make(chan struct{}, concurrent)}
	sub, err := b.o.Conn.QueueSubscribe(subject, queue, s.receive)
	if err == nil {
		// Once this returns, requests find the service.
		err = b.o.Conn.FlushTimeout(defaultTimeout)
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be served", subject), "Check the engine.")
	}
	drained := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(drained) })
	return sync.OnceFunc(func() {
		if sub.Drain() == nil {
			<-drained
		}
		s.running.Wait()
	}), nil
}

// service answers the requests of one Serve.
type service struct {
	bus     *Bus
	subject string
	handler bus.Handler
	slots   chan struct{}
	running sync.WaitGroup
}

func (s *service) receive(request *nats.Msg) {
	s.slots <- struct{}{}
	s.running.Go(func() {
		defer func() { <-s.slots }()
		s.answer(request)
	})
}

func (s *service) answer(request *nats.Msg) {
	timeout, err := time.ParseDuration(request.Header.Get(timeoutHeader))
	if err != nil {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	data, err := s.handle(ctx, request.Data)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s did not end in time", s.subject),
			"Look whether it was done all the same before you try again.")
	}
	reply := &nats.Msg{Data: data}
	if err != nil {
		reply = s.problem(err)
	}
	err = request.RespondMsg(reply)
	if errors.Is(err, nats.ErrMaxPayload) {
		err = request.RespondMsg(s.problem(problem.Wrap(err, problem.TooLarge,
			fmt.Sprintf("the answer has %d bytes, more than the bus takes", len(data)), "Ask for less at once.")))
	}
	if err != nil {
		s.bus.o.Log.Warn("bus: answer not sent", "subject", s.subject, "error", err)
	}
}

func (s *service) handle(ctx context.Context, data []byte) (answer []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			s.bus.o.Log.Error("bus: handler panicked", "subject", s.subject, "panic", reason, "stack", string(debug.Stack()))
			err = problem.New(problem.Internal, problem.Internal.Title(), "Report this; the node's own record has the details.")
		}
	}()
	return s.handler(ctx, data)
}

// problem writes an error for the asker. What it leaves out of an internal
// fault goes into the node's own record.
func (s *service) problem(err error) *nats.Msg {
	if problem.KindOf(err) == problem.Internal {
		s.bus.o.Log.Error("bus: handler failed", "subject", s.subject, "error", err)
	}
	document, marshalErr := json.Marshal(problem.DocumentOf(err))
	if marshalErr != nil {
		panic(fmt.Sprintf("natsbus: problem document does not marshal: %v", marshalErr))
	}
	return &nats.Msg{Header: nats.Header{problemHeader: {"1"}}, Data: document}
}
