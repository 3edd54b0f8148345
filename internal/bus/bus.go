// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package bus carries what the journal does not: commands to the core and
// their answers, and telemetry that may be lost (siren states, hints). Roles
// meet only over the journal and the bus, so that each can run as a process of
// its own.
package bus

import "context"

// Handler answers a request. Its error travels as a problem document.
type Handler func(ctx context.Context, data []byte) ([]byte, error)

// Bus is the connection of one role. Implementations are safe for use by
// several goroutines. Subjects are NATS subjects: dot-separated words.
type Bus interface {
	// Request sends data to whoever serves the subject and waits for the
	// answer. It returns the handler's *problem.Error as such, and an
	// Unavailable one when nobody answers before the context ends.
	Request(ctx context.Context, subject string, data []byte) ([]byte, error)
	// Serve answers requests on the subject until stop is called; stop waits
	// for handlers that run. Requests are handled concurrently.
	Serve(subject string, handler Handler) (stop func(), err error)
	// PutState publishes the latest state under a telemetry subject. At most the
	// last value per subject is kept. It survives the end of the process, but
	// nothing waits for the disk: a power cut may take the last minutes.
	PutState(ctx context.Context, subject string, data []byte) error
	// WatchState calls yield with the last value of every telemetry subject
	// that matches the pattern ("telemetry.siren.*") and then with every new
	// one, in order per subject, until the context ends or yield returns an error.
	WatchState(ctx context.Context, pattern string, yield func(subject string, data []byte) error) error
	// States calls yield with the last value of every telemetry subject that
	// matches the pattern now, and returns. It returns yield's first error.
	States(ctx context.Context, pattern string, yield func(subject string, data []byte) error) error
}
