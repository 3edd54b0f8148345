// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// serverLog hands the server's warnings and errors to slog and remembers what
// it died of. Notices and traces are dropped.
type serverLog struct {
	log  *slog.Logger
	last atomic.Pointer[string]
}

func (l *serverLog) Noticef(string, ...any) {}
func (l *serverLog) Debugf(string, ...any)  {}
func (l *serverLog) Tracef(string, ...any)  {}

func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("engine: " + fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("engine: " + fmt.Sprintf(format, v...))
}

// Fatalf does not end the process, unlike the server's own logger: Open fails instead.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.last.Store(&text)
	l.log.Error("engine: " + text)
}

// fatal is what the server died of, or nil.
func (l *serverLog) fatal() error {
	if text := l.last.Load(); text != nil {
		return errors.New(*text)
	}
	return nil
}
