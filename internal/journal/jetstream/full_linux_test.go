// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
)

// bigDraft makes a record of a quarter of a mebibyte.
func bigDraft() journal.Draft {
	return journal.Draft{Time: time.Unix(1, 0), By: "node",
		Events: []journal.Event{journal.NewEvent("test.big", strings.Repeat("x", 256<<10))}}
}

// appendUntilError returns the last good head and the error.
func appendUntilError(t *testing.T, j journal.Journal) (journal.Head, error) {
	t.Helper()
	head, err := j.Head(t.Context())
	for range 1000 {
		if err != nil {
			t.Fatal(err)
		}
		made, err := j.Append(t.Context(), head.Seq, bigDraft())
		if err != nil {
			return head, err
		}
		head = made
	}
	t.Fatal("250 MiB fit into a place of 32 MiB")
	return head, nil
}

// A stream that has reached its size refuses, and grows on when its size is raised.
func TestMaxBytes(t *testing.T) {
	s := newStore(t)
	s.start()
	j, err := jetstream.Open(t.Context(), s.engine.JetStream, jetstream.Options{MaxBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	head, err := appendUntilError(t, j)
	if !errors.Is(err, journal.ErrFull) {
		t.Fatalf("error is %v, want ErrFull", err)
	}
	if got, err := j.Head(t.Context()); got != head || err != nil {
		t.Fatalf("head is %v, %v; want %v", got, err, head)
	}
	j, err = jetstream.Open(t.Context(), s.engine.JetStream, jetstream.Options{MaxBytes: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), head.Seq, bigDraft()); err != nil {
		t.Fatal(err)
	}
}

// smallDisk is a store on a disk of 32 MiB, 16 MiB of which are taken by a file
// that can be removed.
func smallDisk(t *testing.T) (s *store, ballast string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("no small disk: %v", err)
	}
	s = &store{t: t, dir: filepath.Join(dir, "store")}
	t.Cleanup(func() {
		s.Close()
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(errors.Join(err, syscall.Unmount(dir, syscall.MNT_DETACH)))
		}
	})
	ballast = filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 16<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	return s, ballast
}

// A full disk is refused before the engine meets it, and once there is space
// again the journal goes on by itself.
func TestDiskFull(t *testing.T) {
	s, ballast := smallDisk(t)
	j, err := jetstream.Open(t.Context(), s.engine.JetStream,
		jetstream.Options{FreeSpace: s.engine.FreeSpace, Reserve: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	head, err := appendUntilError(t, j)
	if !errors.Is(err, journal.ErrFull) || head.Seq < 10 {
		t.Fatalf("after %d records: %v, want ErrFull", head.Seq, err)
	}
	if got, err := j.Head(t.Context()); got != head || err != nil {
		t.Fatalf("head is %v, %v; want %v", got, err, head)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), head.Seq, bigDraft()); err != nil {
		t.Fatalf("append with space again: %v", err)
	}
	replay(t, j, head.Seq+1)
}

// When something else eats the reserve, the engine itself meets the full disk
// and takes nothing more. What it acknowledged is safe, and with space again a
// new start heals it.
func TestDiskFullBelowTheEngine(t *testing.T) {
	s, ballast := smallDisk(t)
	j, err := jetstream.Open(t.Context(), s.engine.JetStream, jetstream.Options{Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	head, err := appendUntilError(t, j)
	if errors.Is(err, journal.ErrFull) || errors.Is(err, journal.ErrConflict) {
		t.Fatalf("the engine has told %v, but the journal could not know that nothing was stored", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s.engine, err = engine.Open(engine.Options{Dir: s.dir, Name: "test"}); err != nil {
		t.Fatal(err)
	}
	again, err := jetstream.Open(t.Context(), s.engine.JetStream, jetstream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := again.Head(t.Context())
	if err != nil || found.Seq < head.Seq || found.Seq > head.Seq+1 {
		t.Fatalf("%d records were acknowledged, %d are there: %v", head.Seq, found.Seq, err)
	}
	if _, err := again.Append(t.Context(), found.Seq, bigDraft()); err != nil {
		t.Fatal(fmt.Errorf("append after a new start: %w", err))
	}
	replay(t, again, found.Seq+1)
}
