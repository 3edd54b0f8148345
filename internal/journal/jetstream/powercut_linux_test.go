// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// TestPowerCut takes the power from a file system while a child appends: ext4
// on a loop device is shut down without its log being written, which leaves on
// the device exactly what was synced. The control runs without SyncAlways and
// must lose records: else this rig cannot tell a journal that syncs from one
// that does not, and the test says so.
func TestPowerCut(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts file systems: ten seconds")
	}
	const appendFor = 1500 * time.Millisecond

	control := newDisk(t)
	acknowledged := cutPower(t, control, appendFor, unsyncedEnv+"=1")
	js, stop, err := openUnsynced(control.storeDir())
	if err != nil {
		t.Fatal(err)
	}
	n, err := lost(t.Context(), js, acknowledged)
	stop()
	control.release()
	if n == 0 && err == nil {
		t.Skipf("this disk cannot tell: without syncing, none of %d acknowledged records was lost", len(acknowledged))
	}
	t.Logf("control without SyncAlways: %d of %d acknowledged records lost, error: %v", n, len(acknowledged), err)

	disk := newDisk(t)
	all := map[uint64]journal.Digest{}
	for cut := range 4 {
		for seq, digest := range cutPower(t, disk, appendFor) {
			all[seq] = digest
		}
		s := &store{t: t, dir: disk.storeDir()}
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
func cutPower(t *testing.T, d *disk, appendFor time.Duration, env ...string) map[uint64]journal.Digest {
	t.Helper()
	a := startAppender(t, d.storeDir(), env...)
	a.awaitOpen(t)
	const enough = 100
	for begun := time.Now(); time.Since(begun) < appendFor || a.received.Load() < enough && time.Since(begun) < 20*time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
	// What is acknowledged while the file system goes down does not count: a
	// machine without power acknowledges nothing, and ext4 may call a sync good
	// whose transaction the shutdown has just dropped.
	before := a.received.Load()
	d.cut()
	// The child may see its disk fail and end by itself: both are the same to us.
	_ = a.cmd.Process.Kill()
	heads := (<-a.done)[:before]
	_ = a.cmd.Wait()
	if len(heads) < enough {
		t.Fatalf("the child acknowledged only %d records: %s", len(heads), a.stderr)
	}
	d.unmount()
	d.mount()
	acknowledged := map[uint64]journal.Digest{}
	for _, head := range heads {
		if head.Seq > 0 {
			acknowledged[head.Seq] = head.Digest
		}
	}
	return acknowledged
}

// disk is an ext4 file system on a loop device of its own.
type disk struct {
	t                  *testing.T
	device, mountpoint string
	mounted            bool
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a file system needs root")
	}
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 512<<20); err != nil {
		t.Fatal(err)
	}
	command(t, "mkfs.ext4", "-q", "-F", image)
	d := &disk{t: t, mountpoint: t.TempDir(), device: command(t, "losetup", "--find", "--show", image)}
	t.Cleanup(d.release)
	d.mount()
	return d
}

// command runs a program of the system, and skips the test where it cannot run.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Skipf("no power cut without %s: %v: %s", name, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (d *disk) storeDir() string { return filepath.Join(d.mountpoint, "store") }

func (d *disk) mount() {
	d.t.Helper()
	if err := syscall.Mount(d.device, d.mountpoint, "ext4", 0, ""); err != nil {
		d.t.Skipf("no power cut without mounting ext4: %v", err)
	}
	d.mounted = true
}

func (d *disk) unmount() {
	d.t.Helper()
	if !d.mounted {
		return
	}
	// A process that was just killed may still hold the file system.
	err := syscall.Unmount(d.mountpoint, 0)
	for deadline := time.Now().Add(10 * time.Second); errors.Is(err, syscall.EBUSY) && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
		err = syscall.Unmount(d.mountpoint, 0)
	}
	if err != nil {
		err = syscall.Unmount(d.mountpoint, syscall.MNT_DETACH)
	}
	d.mounted = false
	if err != nil {
		d.t.Fatalf("unmount %s: %v", d.mountpoint, err)
	}
}

func (d *disk) release() {
	d.t.Helper()
	d.unmount()
	if d.device == "" {
		return
	}
	if out, err := exec.Command("losetup", "--detach", d.device).CombinedOutput(); err != nil {
		d.t.Errorf("losetup --detach %s: %v: %s", d.device, err, out)
	}
	d.device = ""
}

// cut shuts the file system down as a power failure does (Linux,
// fs/ext4/ext4.h: EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH).
func (d *disk) cut() {
	d.t.Helper()
	const shutdown, noLogFlush = 0x8004587d, uint32(2)
	root, err := os.Open(d.mountpoint)
	if err != nil {
		d.t.Fatal(err)
	}
	defer root.Close()
	flags := noLogFlush
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, root.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		d.t.Skipf("no power cut: this kernel cannot shut down ext4: %v", errno)
	}
}
