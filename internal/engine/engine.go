// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package engine starts the NATS server that a node carries in its own
// process, or connects to a NATS cluster beside it. Journal and bus run on what
// it gives and do not know which of the two it is.
package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/machine"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	// maxPayload bounds one message. A signed CAP message of nearly 1 MiB is
	// known, and in JSON it grows by a third.
	maxPayload = 4 << 20
	// maxMemory bounds what the embedded server may keep in memory; no stream does.
	maxMemory = 512 << 20
	// maxStore switches off the server's own disk limit. It takes three quarters
	// of what is free at the start and then counts what is stored already
	// against it, so that a large journal on a small disk would stop. The
	// journal keeps a reserve of the real free space instead.
	maxStore = 1 << 60
	// startTime and stopTime bound start and stop of the embedded server.
	// Starting on a million records with cold caches takes seven seconds.
	startTime = 2 * time.Minute
	stopTime  = 20 * time.Second
	// timeout bounds one exchange with the engine that has no deadline of its own.
	timeout = 5 * time.Second
)

// Options say where the engine is.
type Options struct {
	// Dir is the embedded server's directory, made when absent. It belongs to
	// one process at a time.
	Dir string
	// Name names server and connection in the engine's own records. Without spaces.
	Name string
	// Cluster, when set, is connected to, and Dir is not used.
	Cluster *ClusterOptions
	// Log takes the engine's warnings and errors; slog.Default() when nil.
	Log *slog.Logger
}

// Engine is a running NATS server or the connection to one.
type Engine struct {
	Conn      *nats.Conn
	JetStream jetstream.JetStream

	dir    string
	server *server.Server // nil in a cluster
	lock   *dirLock
	close  func() error
}

// Open starts the embedded server, or connects to the cluster. Its errors are
// *problem.Error: Conflict when another process has the directory, Unavailable
// when directory or cluster cannot be used. A directory that a newer Tocsin
// wrote is journal.ErrNewerVersion.
func Open(o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	e := &Engine{dir: o.Dir}
	e.close = sync.OnceValue(e.stop)
	var err error
	if o.Cluster != nil {
		err = e.connectCluster(o)
	} else {
		err = e.startEmbedded(o)
	}
	if err == nil {
		e.JetStream, err = jetstream.New(e.Conn, jetstream.WithDefaultTimeout(timeout))
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *Engine) startEmbedded(o Options) error {
	if err := prepareDir(o.Dir); err != nil {
		return err
	}
	var err error
	if e.lock, err = lockDir(o.Dir); err != nil {
		return err
	}
	if err := checkVersion(o.Dir); err != nil {
		return err
	}
	log := &serverLog{log: o.Log}
	s, err := server.NewServer(&server.Options{
		ServerName: o.Name,
		DontListen: true,
		// Else the server installs its own handler and ends the process.
		NoSigs:    true,
		JetStream: true,
		StoreDir:  o.Dir,
		// The default acknowledges up to two minutes before it syncs.
		SyncAlways:         true,
		JetStreamMaxMemory: maxMemory,
		JetStreamMaxStore:  maxStore,
		MaxPayload:         maxPayload,
		NoLog:              true,
	})
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "the engine does not take its settings", "Check the node's name.")
	}
	s.SetLogger(log, false, false)
	e.server = s
	go s.Start()
	if err := awaitStart(s, log); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("the engine does not start in %s", o.Dir),
			"Check that the directory can be written and its disk has space and no faults.")
	}
	e.Conn, err = nats.Connect("", append(connOptions(o), nats.InProcessServer(s), nats.Timeout(startTime))...)
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "the engine takes no connection", "Start the node again.")
	}
	return nil
}

func awaitStart(s *server.Server, log *serverLog) error {
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline); {
		if s.ReadyForConnections(50*time.Millisecond) && s.JetStreamEnabled() {
			return nil
		}
		if err := log.fatal(); err != nil {
			return err
		}
	}
	return fmt.Errorf("not ready after %s", startTime)
}

// connOptions are those of every connection. Nothing is kept for sending after
// a lost connection: what could not be sent has failed, and the caller knows.
func connOptions(o Options) []nats.Option {
	return []nats.Option{
		nats.Name(o.Name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(10 * time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				o.Log.Warn("engine connection lost", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { o.Log.Info("engine connection is back") }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			o.Log.Warn("engine", "subject", subject, "error", err)
		}),
	}
}

// FreeSpace is the space that is left for the node on the disk of its
// directory, in bytes. In a cluster it is unknown: errors.ErrUnsupported.
func (e *Engine) FreeSpace() (uint64, error) {
	if e.server == nil {
		return 0, fmt.Errorf("free space of a cluster: %w", errors.ErrUnsupported)
	}
	return machine.Disk(e.dir)
}

// Close ends the connection, stops the embedded server and gives its directory
// free, within half a minute. Later calls return what the first did.
func (e *Engine) Close() error { return e.close() }

func (e *Engine) stop() error {
	if e.Conn != nil {
		e.Conn.Close()
	}
	if e.server != nil {
		// Once only: a second Shutdown of the same server can panic.
		e.server.Shutdown()
		stopped := make(chan struct{})
		go func() {
			e.server.WaitForShutdown()
			close(stopped)
		}()
		select {
		case <-stopped:
		case <-time.After(stopTime):
			return problem.New(problem.Unavailable, "the engine does not stop; its directory stays locked",
				"End the process; what was acknowledged is safe.")
		}
	}
	return e.lock.unlock()
}
