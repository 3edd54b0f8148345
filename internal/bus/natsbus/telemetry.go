// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package natsbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	telemetryStream = "TELEMETRY"
	telemetryPrefix = "telemetry."
	// telemetryMessage bounds one value, and telemetryBytes all of them together; a
	// state has about half a KiB.
	telemetryMessage = 256 << 10
	telemetryBytes   = 256 << 20
	// watchRecords and watchBytes bound what the engine sends at once to a watch.
	watchRecords = 1000
	watchBytes   = 8 << 20
	// watchIdle is when the engine forgets a watch whose process died.
	watchIdle = 30 * time.Second
	// rewatch is the pause between tries to open lost telemetry again.
	rewatch = 250 * time.Millisecond
)

func (b *Bus) ensureTelemetry(ctx context.Context) error {
	config := jetstream.StreamConfig{
		Name:              telemetryStream,
		Description:       "Tocsin telemetry: last values",
		Subjects:          []string{telemetryPrefix + ">"},
		Storage:           jetstream.FileStorage,
		Retention:         jetstream.LimitsPolicy,
		MaxMsgsPerSubject: 1,
		MaxMsgSize:        telemetryMessage,
		MaxBytes:          telemetryBytes,
		Replicas:          max(b.o.Replicas, 1),
	}
	if config.Replicas == 1 {
		// Heartbeats of a whole fleet must not keep the disk of the journal busy.
		config.PersistMode = jetstream.AsyncPersistMode
	}
	_, err := b.o.JetStream.CreateOrUpdateStream(ctx, config)
	return err
}

// PutState implements bus.Bus. Subjects start with "telemetry.".
func (b *Bus) PutState(ctx context.Context, subject string, data []byte) error {
	if err := checkTelemetry(subject); err != nil {
		return err
	}
	publish := func() error {
		_, err := b.o.JetStream.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, jetstream.WithRetryAttempts(0))
		return err
	}
	err := publish()
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		// A server that was set up anew has no stream.
		if err = b.ensureTelemetry(ctx); err == nil {
			err = publish()
		}
	}
	if errors.Is(err, nats.ErrMaxPayload) || tooLarge(err) {
		return problem.Wrap(err, problem.TooLarge, fmt.Sprintf("the state of %s has %d bytes, more than the bus takes", subject, len(data)), "Shorten it.")
	}
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("the state of %s was not taken", subject), "Check the engine.")
	}
	return nil
}

// tooLarge reports whether the stream refuses a value for its size.
func tooLarge(err error) bool {
	refusal, ok := errors.AsType[*jetstream.APIError](err)
	return ok && refusal.ErrorCode == errMessageTooLarge
}

// errMessageTooLarge is the server's JSStreamMessageExceedsMaximumErr.
const errMessageTooLarge = 10054

// States implements bus.Bus.
func (b *Bus) States(ctx context.Context, pattern string, yield func(subject string, data []byte) error) error {
	if err := checkTelemetry(pattern); err != nil {
		return err
	}
	consumer, err := b.o.JetStream.OrderedConsumer(ctx, telemetryStream, jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{pattern},
		DeliverPolicy:     jetstream.DeliverLastPerSubjectPolicy,
		InactiveThreshold: watchIdle,
	})
	if err != nil {
		return fmt.Errorf("read telemetry: %w", err)
	}
	left := consumer.CachedInfo().NumPending
	if left == 0 {
		return nil
	}
	w := &watch{ended: make(chan error, 1)}
	defer w.stop()
	w.yield = func(subject string, data []byte) error {
		if err := yield(subject, data); err != nil {
			return err
		}
		if left--; left == 0 {
			return errAll
		}
		return nil
	}
	running, err := consumer.Consume(w.receive, jetstream.PullMaxMessagesWithBytesLimit(watchRecords, watchBytes))
	if err != nil {
		return fmt.Errorf("read telemetry: %w", err)
	}
	defer running.Stop()
	select {
	case err := <-w.ended:
		if errors.Is(err, errAll) {
			return nil
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-running.Closed():
		return errConnection
	}
}

// errAll ends a reading that has come to its end.
var errAll = errors.New("all states were read")

// WatchState implements bus.Bus. When the engine loses the telemetry, the watch
// starts again with the last values that are known then.
func (b *Bus) WatchState(ctx context.Context, pattern string, yield func(subject string, data []byte) error) error {
	if err := checkTelemetry(pattern); err != nil {
		return err
	}
	for {
		restart, err := b.consume(ctx, pattern, yield)
		if !restart {
			return err
		}
		b.o.Log.Warn("bus: watching telemetry anew", "pattern", pattern, "error", err)
		if err := b.reopenTelemetry(ctx); err != nil {
			return err
		}
	}
}

// reopenTelemetry makes the stream again, as soon as the engine lets it.
func (b *Bus) reopenTelemetry(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rewatch):
		}
		if err := b.ensureTelemetry(ctx); err == nil || errors.Is(err, nats.ErrConnectionClosed) {
			return err
		}
	}
}

// consume watches until the context or yield ends it, or the stream may be
// lost: restart then. It may be after every lost connection, and one that was
// made anew counts from 1 again, so that the client's own resuming would wait
// for sequences that are far away.
func (b *Bus) consume(ctx context.Context, pattern string, yield func(string, []byte) error) (restart bool, err error) {
	reconnected := b.o.Conn.StatusChanged(nats.CONNECTED)
	defer b.o.Conn.RemoveStatusListener(reconnected)
	consumer, err := b.o.JetStream.OrderedConsumer(ctx, telemetryStream, jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{pattern},
		DeliverPolicy:     jetstream.DeliverLastPerSubjectPolicy,
		InactiveThreshold: watchIdle,
	})
	if err != nil {
		return restartable(ctx, err)
	}
	w := &watch{yield: yield, ended: make(chan error, 1)}
	defer w.stop()
	lost := make(chan error, 1)
	running, err := consumer.Consume(w.receive,
		jetstream.PullMaxMessagesWithBytesLimit(watchRecords, watchBytes),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			if errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrNoHeartbeat) {
				select {
				case lost <- err:
				default:
				}
			}
		}))
	if err != nil {
		return restartable(ctx, err)
	}
	defer func() {
		running.Stop()
		// Else consumers pile up until they are idle for long enough.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = b.o.JetStream.DeleteConsumer(ctx, telemetryStream, consumer.CachedInfo().Name)
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case err := <-w.ended:
		return false, err
	case err := <-lost:
		return true, err
	case _, open := <-reconnected:
		return open, errConnection
	case <-running.Closed():
		return false, errConnection
	}
}

var errConnection = fmt.Errorf("watch telemetry: %w", nats.ErrConnectionClosed)

// restartable tells an engine that does not answer or has lost the stream from
// one that refuses.
func restartable(ctx context.Context, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	var refusal *jetstream.APIError
	refused := errors.As(err, &refusal) && !errors.Is(err, jetstream.ErrStreamNotFound)
	return !refused && !errors.Is(err, nats.ErrConnectionClosed), fmt.Errorf("watch telemetry: %w", err)
}

func checkTelemetry(subject string) error {
	words := strings.Split(subject, ".")
	if !strings.HasPrefix(subject, telemetryPrefix) || slices.Contains(words, "") || strings.ContainsAny(subject, " \t\r\n") {
		return problem.New(problem.Invalid, fmt.Sprintf("%q is no telemetry subject", subject),
			fmt.Sprintf("Telemetry subjects start with %q; their words are not empty and have no spaces.", telemetryPrefix))
	}
	return nil
}

// watch takes messages on the client's goroutine.
type watch struct {
	mu      sync.Mutex
	stopped bool
	yield   func(subject string, data []byte) error
	ended   chan error
}

func (w *watch) receive(msg jetstream.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	if err := w.yield(msg.Subject(), msg.Data()); err != nil {
		w.stopped = true
		w.ended <- err
	}
}

// stop waits for a yield that runs; there is none after it.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
}
