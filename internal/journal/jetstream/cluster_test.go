// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/journal/journaltest"
)

// startServer starts a NATS server with a port, as a process of a cluster has
// it, and waits until it takes connections.
func startServer(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.Host, o.NoSigs, o.NoLog, o.JetStream, o.SyncAlways = "127.0.0.1", true, true, true, true
	o.JetStreamMaxMemory, o.JetStreamMaxStore, o.MaxPayload = 64<<20, 1<<40, 4<<20
	s, err := server.NewServer(&o)
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

func connect(t *testing.T, urls ...string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(engine.Options{Name: "test", Cluster: &engine.ClusterOptions{URLs: urls}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// A server that goes away and comes back costs a watch neither a record nor its order.
func TestWatchSurvivesRestart(t *testing.T) {
	options := server.Options{Port: freeport.Port(t), StoreDir: t.TempDir()}
	s := startServer(t, options)
	e := connect(t, s.ClientURL())
	j, err := jetstream.Open(t.Context(), e.JetStream, jetstream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const count = 30
	seen := make(chan uint64, count)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watched := make(chan error, 1)
	done := errors.New("done")
	go func() {
		watched <- j.Watch(ctx, 0, func(r journal.Record) error {
			seen <- r.Seq
			if r.Seq == count {
				return done
			}
			return nil
		})
	}()
	var head journal.Head
	for head.Seq < count {
		if head.Seq%10 == 5 {
			stopServer(s)
			s = startServer(t, options)
		}
		made, err := j.Append(t.Context(), head.Seq, crashDraft(head.Seq+1))
		for err != nil && ctx.Err() == nil {
			// Not connected yet. The head says whether the record is there nevertheless.
			if made, err = j.Head(ctx); err == nil && made.Seq == head.Seq {
				made, err = j.Append(ctx, head.Seq, crashDraft(head.Seq+1))
			}
		}
		if made.Seq != head.Seq+1 {
			t.Fatalf("append after %d made %d", head.Seq, made.Seq)
		}
		head = made
	}
	if err := <-watched; !errors.Is(err, done) {
		t.Fatal(err)
	}
	stopServer(s)
	for want := uint64(1); want <= count; want++ {
		if got := <-seen; got != want {
			t.Fatalf("record %d came when %d was next", got, want)
		}
	}
}

// replicated keeps a journal on a cluster of three servers.
type replicated struct {
	t      *testing.T
	url    string
	stream string
	engine *engine.Engine
	full   atomic.Bool
}

func (r *replicated) Open() (journal.Journal, error) {
	r.engine = connect(r.t, r.url)
	return jetstream.Open(r.t.Context(), r.engine.JetStream, jetstream.Options{
		Stream: r.stream, Replicas: 3,
		FreeSpace: func() (uint64, error) {
			if r.full.Load() {
				return 0, nil
			}
			return 1 << 40, nil
		},
	})
}

func (r *replicated) Close() {
	if err := r.engine.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *replicated) Put(stored []byte) {
	r.engine = connect(r.t, r.url)
	defer r.Close()
	if _, err := r.engine.JetStream.Publish(r.t.Context(), r.stream, stored); err != nil {
		r.t.Fatal(err)
	}
}

func (r *replicated) SetFull(full bool) { r.full.Store(full) }

func TestConformanceReplicated(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a cluster of three servers: five seconds")
	}
	var routes []*url.URL
	var ports []int
	for range 3 {
		ports = append(ports, freeport.Port(t))
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", ports[len(ports)-1])})
	}
	var servers []*server.Server
	for i, port := range ports {
		s := startServer(t, server.Options{
			ServerName: fmt.Sprint("s", i), Port: server.RANDOM_PORT, StoreDir: t.TempDir(), Routes: routes,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
		})
		servers = append(servers, s)
		t.Cleanup(func() { stopServer(s) })
	}
	eventually.Holds(t, "the cluster agrees on a leader", servers[0].JetStreamIsCurrent)
	streams := 0
	journaltest.Run(t, func(t *testing.T) journaltest.Store {
		streams++
		return &replicated{t: t, url: servers[streams%3].ClientURL(), stream: fmt.Sprint("JOURNAL", streams)}
	})
}
