// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/bus/bustest"
	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
)

func open(t testing.TB, o engine.Options) *natsbus.Bus {
	t.Helper()
	e, err := engine.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	b, err := natsbus.Open(t.Context(), natsbus.Options{Conn: e.Conn, JetStream: e.JetStream})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// In the one process of a small node all roles share a connection.
func TestConformanceEmbedded(t *testing.T) {
	bustest.Run(t, func(t *testing.T) func() bus.Bus {
		b := open(t, engine.Options{Dir: t.TempDir(), Name: "test"})
		return func() bus.Bus { return b }
	})
}

// As processes of their own, each role has its connection to a server beside them.
func TestConformanceApart(t *testing.T) {
	bustest.Run(t, func(t *testing.T) func() bus.Bus {
		s := startServer(t, server.RANDOM_PORT)
		t.Cleanup(func() { stopServer(s) })
		return func() bus.Bus { return connect(t, s) }
	})
}

func connect(t *testing.T, s *server.Server) *natsbus.Bus {
	return open(t, engine.Options{Name: "test", Cluster: &engine.ClusterOptions{URLs: []string{s.ClientURL()}}})
}

func startServer(t *testing.T, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, MaxPayload: 4 << 20,
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxMemory: 1 << 30, JetStreamMaxStore: 1 << 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(eventually.Patience) {
		t.Fatal("the server does not start")
	}
	return s
}

func stopServer(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// A server that starts again has lost the telemetry: watches go on with what
// is put from then on, although its numbers begin anew.
func TestServerStartsAgain(t *testing.T) {
	port := freeport.Port(t)
	s := startServer(t, port)
	defer func() { stopServer(s) }()
	writer, reader := connect(t, s), connect(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), eventually.Patience)
	defer cancel()
	const before = 50
	for i := range before {
		if err := writer.PutState(ctx, fmt.Sprint("telemetry.siren.", i), []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	old := make(chan struct{})
	watched := make(chan error, 1)
	enough := errors.New("enough")
	go func() {
		seen := 0
		watched <- reader.WatchState(ctx, "telemetry.>", func(subject string, data []byte) error {
			if seen++; seen == before {
				close(old)
			}
			if string(data) == "new" {
				return enough
			}
			return nil
		})
	}()
	select {
	case <-old:
	case <-ctx.Done():
		t.Fatal("the first states do not come")
	}
	stopServer(s)
	s = startServer(t, port)
	for writer.PutState(ctx, "telemetry.siren.1", []byte("new")) != nil {
		if ctx.Err() != nil {
			t.Fatal("no state is taken after a new start")
		}
	}
	if err := <-watched; !errors.Is(err, enough) {
		t.Fatalf("watch ended with %v", err)
	}
}

// What was put survives the end of the process, and does not wait for the disk.
func TestEmbeddedStartsAgain(t *testing.T) {
	dir := t.TempDir()
	e, err := engine.Open(engine.Options{Dir: dir, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	first, err := natsbus.Open(t.Context(), natsbus.Options{Conn: e.Conn, JetStream: e.JetStream})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if err := first.PutState(t.Context(), fmt.Sprint("telemetry.siren.", i%1000), []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, engine.Options{Dir: dir, Name: "test"})
	seen := 0
	if err := second.States(t.Context(), "telemetry.siren.*", func(subject string, data []byte) error {
		seen++
		n, err := strconv.Atoi(string(data))
		if err != nil || n < 1000 || subject != fmt.Sprint("telemetry.siren.", n-1000) {
			t.Errorf("%s is %s, %v", subject, data, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if seen != 1000 {
		t.Errorf("%d of 1000 states are back", seen)
	}
}

func BenchmarkPutState(b *testing.B) {
	bus := open(b, engine.Options{Dir: b.TempDir(), Name: "test"})
	state := make([]byte, 512)
	for b.Loop() {
		if err := bus.PutState(b.Context(), "telemetry.siren.a", state); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	bus := open(b, engine.Options{Dir: b.TempDir(), Name: "test"})
	stop, err := bus.Serve("test.echo", func(_ context.Context, data []byte) ([]byte, error) { return data, nil })
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	data := make([]byte, 4096)
	for b.Loop() {
		if _, err := bus.Request(b.Context(), "test.echo", data); err != nil {
			b.Fatal(err)
		}
	}
}
