// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/powercut"
)

// TestPowerCut takes the power from a file system while a child appends. The
// control runs without SyncAlways and must lose records: else this rig cannot
// tell a journal that syncs from one that does not, and the test says so.
func TestPowerCut(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts file systems: ten seconds")
	}
	const appendFor = 1500 * time.Millisecond

	control := powercut.New(t)
	acknowledged := cutPower(t, control, appendFor, unsyncedEnv+"=1")
	js, stop, err := openUnsynced(filepath.Join(control.Dir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := lost(t.Context(), js, acknowledged)
	stop()
	control.Release()
	if n == 0 && err == nil {
		t.Skipf("this disk cannot tell: without syncing, none of %d acknowledged records was lost", len(acknowledged))
	}
	t.Logf("control without SyncAlways: %d of %d acknowledged records lost, error: %v", n, len(acknowledged), err)

	disk := powercut.New(t)
	all := map[uint64]journal.Digest{}
	for cut := range 4 {
		for seq, digest := range cutPower(t, disk, appendFor) {
			all[seq] = digest
		}
		s := &store{t: t, dir: filepath.Join(disk.Dir(), "store")}
		s.start()
		n, err := lost(t.Context(), s.engine.JetStream, all)
		s.Close()
		if n > 0 || err != nil {
			t.Fatalf("cut %d: %d of %d acknowledged records lost: %v", cut, n, len(all), err)
		}
	}
	t.Logf("SyncAlways: 4 cuts, 0 of %d acknowledged records lost", len(all))
}

// cutPower lets a child append, cuts the power, and brings the file system up
// again. It returns what the child had acknowledged.
func cutPower(t *testing.T, d *powercut.Disk, appendFor time.Duration, env ...string) map[uint64]journal.Digest {
	t.Helper()
	a := startAppender(t, filepath.Join(d.Dir(), "store"), env...)
	a.awaitOpen(t)
	const enough = 100
	for begun := time.Now(); time.Since(begun) < appendFor || a.received.Load() < enough && time.Since(begun) < eventually.Patience; {
		time.Sleep(10 * time.Millisecond)
	}
	before := a.received.Load()
	d.Cut()
	// The child may see its disk fail and end by itself: both are the same to us.
	_ = a.cmd.Process.Kill()
	heads := (<-a.done)[:before]
	_ = a.cmd.Wait()
	if len(heads) < enough {
		t.Fatalf("the child acknowledged only %d records: %s", len(heads), a.stderr)
	}
	d.Restore()
	acknowledged := map[uint64]journal.Digest{}
	for _, head := range heads {
		if head.Seq > 0 {
			acknowledged[head.Seq] = head.Digest
		}
	}
	return acknowledged
}
