// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func open(t *testing.T, dir string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(engine.Options{Dir: dir, Name: "test"})
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

func TestEmbedded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "store")
	e := open(t, dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory is %v, %v; want mode 0700", info.Mode(), err)
	}
	if _, err := e.JetStream.CreateStream(t.Context(), jetstream.StreamConfig{Name: "A", Subjects: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), 3<<20)
	if _, err := e.JetStream.Publish(t.Context(), "a", big); err != nil {
		t.Fatalf("publish of 3 MiB: %v", err)
	}
	if free, err := e.FreeSpace(); err != nil || free == 0 {
		t.Errorf("free space is %d, %v", free, err)
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	e = open(t, dir)
	stream, err := e.JetStream.Stream(t.Context(), "A")
	if err != nil {
		t.Fatal(err)
	}
	if msg, err := stream.GetMsg(t.Context(), 1); err != nil || !bytes.Equal(msg.Data, big) {
		t.Errorf("the message is not there after a new start: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir string) engine.Options
		kind    problem.Kind
		says    string
	}{
		{"in use", func(t *testing.T, dir string) engine.Options {
			open(t, dir)
			return engine.Options{Dir: dir}
		}, problem.Conflict, fmt.Sprintf("in use by process %d", os.Getpid())},
		{"newer layout", func(t *testing.T, dir string) engine.Options {
			write(t, filepath.Join(dir, "version"), "2\n")
			return engine.Options{Dir: dir}
		}, problem.Conflict, "layout 2"},
		{"no version number", func(t *testing.T, dir string) engine.Options {
			write(t, filepath.Join(dir, "version"), "two\n")
			return engine.Options{Dir: dir}
		}, problem.Unavailable, "no version number"},
		{"a file in its place", func(t *testing.T, dir string) engine.Options {
			write(t, filepath.Join(dir, "file"), "")
			return engine.Options{Dir: filepath.Join(dir, "file")}
		}, problem.Unavailable, "cannot be"},
		{"a broken store", func(t *testing.T, dir string) engine.Options {
			write(t, filepath.Join(dir, "jetstream"), "a file where a directory must be")
			return engine.Options{Dir: dir}
		}, problem.Unavailable, "does not start"},
		{"a name with spaces", func(t *testing.T, dir string) engine.Options {
			return engine.Options{Dir: dir, Name: "my node"}
		}, problem.Unavailable, "settings"},
		{"no cluster", func(t *testing.T, dir string) engine.Options {
			return engine.Options{Cluster: &engine.ClusterOptions{URLs: []string{"nats://user:secret@127.0.0.1:1"}}}
		}, problem.Unavailable, "nats://user:xxxxx@127.0.0.1:1"},
		{"no credentials", func(t *testing.T, dir string) engine.Options {
			return engine.Options{Cluster: &engine.ClusterOptions{
				URLs: []string{serve(t, 4<<20)}, CredentialsFile: filepath.Join(dir, "none")}}
		}, problem.Unavailable, "credentials"},
		{"a cluster for small messages", func(t *testing.T, dir string) engine.Options {
			return engine.Options{Cluster: &engine.ClusterOptions{URLs: []string{serve(t, 1<<20)}}}
		}, problem.Unavailable, "1048576"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			options := c.prepare(t, dir)
			e, err := engine.Open(options)
			if err == nil {
				t.Fatal(errors.Join(errors.New("the engine opens"), e.Close()))
			}
			p, ok := errors.AsType[*problem.Error](err)
			if !ok || p.Kind != c.kind || p.Remedy == "" {
				t.Fatalf("error is %#v, want a problem of kind %s with a remedy", err, c.kind)
			}
			if text := err.Error() + p.Remedy; !strings.Contains(text, c.says) || strings.Contains(text, "secret") {
				t.Errorf("%q does not say %q", text, c.says)
			}
		})
	}
}

func TestNewerLayoutIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "version"), "7\n")
	_, err := engine.Open(engine.Options{Dir: dir})
	if !errors.Is(err, journal.ErrNewerVersion) {
		t.Fatalf("error is %v, want ErrNewerVersion", err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "version")); string(raw) != "7\n" || err != nil {
		t.Errorf("the version is now %q, %v", raw, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a store now: %v", err)
	}
}

func TestCluster(t *testing.T) {
	e, err := engine.Open(engine.Options{Name: "test", Cluster: &engine.ClusterOptions{URLs: []string{serve(t, 4<<20)}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.JetStream.AccountInfo(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := e.FreeSpace(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("free space: %v, want ErrUnsupported", err)
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// serve starts a NATS server with a port, such as a cluster has, and returns its address.
func serve(t *testing.T, maxPayload int32) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), MaxPayload: maxPayload,
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(eventually.Patience) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
