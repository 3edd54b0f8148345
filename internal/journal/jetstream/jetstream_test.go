// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"context"
	"os"
	"sync/atomic"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/journal/journaltest"
)

// TestMain lets the test binary be the process that the crash tests kill.
func TestMain(m *testing.M) {
	if dir := os.Getenv(appenderEnv); dir != "" {
		os.Exit(runAppender(dir))
	}
	os.Exit(m.Run())
}

// store keeps a journal in an embedded engine.
type store struct {
	t      testing.TB
	dir    string
	engine *engine.Engine
	full   atomic.Bool
}

func newStore(t testing.TB) *store {
	s := &store{t: t, dir: t.TempDir()}
	t.Cleanup(s.Close)
	return s
}

func (s *store) start() {
	s.t.Helper()
	if s.engine != nil {
		return
	}
	var err error
	if s.engine, err = engine.Open(engine.Options{Dir: s.dir, Name: "test"}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) Open() (journal.Journal, error) {
	s.start()
	return jetstream.Open(context.Background(), s.engine.JetStream, jetstream.Options{FreeSpace: s.freeSpace})
}

func (s *store) freeSpace() (uint64, error) {
	if s.full.Load() {
		return 1 << 20, nil
	}
	return s.engine.FreeSpace()
}

func (s *store) Close() {
	if s.engine == nil {
		return
	}
	if err := s.engine.Close(); err != nil {
		s.t.Error(err)
	}
	s.engine = nil
}

func (s *store) Put(stored []byte) {
	s.start()
	defer s.Close()
	if _, err := s.engine.JetStream.Publish(context.Background(), "JOURNAL", stored); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) SetFull(full bool) { s.full.Store(full) }

func TestConformance(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journaltest.Store { return newStore(t) })
}
