// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	natsjetstream "github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
)

// openUnsynced starts a server as the engine does, but without SyncAlways: to
// fill a journal fast, and as the control of the power-cut test.
func openUnsynced(dir string) (natsjetstream.JetStream, func(), error) {
	s, err := server.NewServer(&server.Options{
		DontListen: true, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir,
		JetStreamMaxMemory: 1 << 20, JetStreamMaxStore: 1 << 60, MaxPayload: 4 << 20,
	})
	if err != nil {
		return nil, nil, err
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return nil, nil, errors.New("the server does not start")
	}
	conn, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		return nil, nil, err
	}
	js, err := natsjetstream.New(conn)
	return js, func() {
		conn.Close()
		s.Shutdown()
		s.WaitForShutdown()
	}, err
}

// fill stores count records of one draft in the empty journal of a closed store.
func fill(t testing.TB, s *store, count int, draft journal.Draft) {
	t.Helper()
	if _, err := s.Open(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	js, stop, err := openUnsynced(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	var head journal.Head
	for range count {
		stored, made, err := journal.EncodeRecord(draft, head)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.PublishAsync("JOURNAL", stored, natsjetstream.WithExpectLastSequence(head.Seq),
			natsjetstream.WithStallWait(time.Minute)); err != nil {
			t.Fatal(err)
		}
		head = made
	}
	eventually.Receive(t, "the journal is filled", js.PublishAsyncComplete())
}
