// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package route brings an order to sirens on several ways: each siren's ways are
// tried in their order, the next one when no acknowledgement came in time. Ways
// that carry signed frames go on asking in the background, because a siren acts on
// a frame once however often it comes. A call on the air cannot be recognised as a
// repeat: it is recorded before it goes out and not sent again after a restart.
//
// What an order will use is fixed when it is planned ([Survey]); which way is used
// when is decided by a pure planner; [Route] carries that out.
package route

import (
	"context"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Bearer carries signed frames to sirens and brings back their signed answers.
type Bearer interface {
	// Deliver brings the order to its sirens and repeats it until each has a final
	// status, the order's time is over or the context ends, whose error it then
	// returns. It reports from any goroutine, never after it has returned. A frame
	// that comes twice sounds once.
	Deliver(ctx context.Context, order siren.Order, report func(siren.Progress)) error
}

// Caller puts calls of one kind on the air.
type Caller interface {
	// Name is unique among callers, Kind that of its calls.
	Name() string
	Kind() siren.PathKind
	// Serves reports whether the siren stands in the area that the caller covers.
	Serves(s siren.Siren) bool
	// Prepare gives the call that asks for a signal at an address, without the
	// sirens; ok is false where no such call is set. The same settings give the
	// same call.
	Prepare(address, signal string) (call siren.Call, ok bool)
	// Transmit waits for its turn, asks next for what to send now, sends it, and
	// returns when it went out. Higher priorities come first; what has begun is
	// not broken off. Where next gives nothing, nothing is sent. The calls of one
	// transmission are at most Most. sent says for each call of next what became
	// of it.
	Transmit(ctx context.Context, priority Priority, next func(most int) []siren.Call) (sent []error)
	// Rest is how long the same call must not be sent again; zero for none.
	Rest() time.Duration
}

// Priority orders what waits for a transmitter.
type Priority int

// The priorities.
const (
	PriorityTest Priority = iota
	PriorityAlarm
)

// Waits are how long an answer on a way may take before the next way is tried.
type Waits map[siren.PathKind]time.Duration

// DefaultWaits are the waits where nothing else is configured. MQTT has asked
// three times by then, and HTTP twice. TETRA sirens spread their answers over
// several seconds, and the network queues short data. Ways without answers leave
// the sirens time to begin, so that an observer can stop what follows; after tones
// the receivers take a second call for part of the first for two minutes.
func DefaultWaits() Waits {
	return Waits{
		siren.PathMQTT: 8 * time.Second, siren.PathHTTP: 8 * time.Second, siren.PathTETRA: 20 * time.Second,
		siren.PathPOCSAG: 30 * time.Second, siren.PathTones: 2 * time.Minute,
	}
}
