// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package powercut

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
)

// Disk is an ext4 file system on a loop device of its own.
type Disk struct {
	t                  testing.TB
	device, mountpoint string
	mounted            bool
}

// New makes a disk of 512 MiB, which is gone when the test ends.
func New(t testing.TB) *Disk {
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
	d := &Disk{t: t, mountpoint: t.TempDir(), device: command(t, "losetup", "--find", "--show", image)}
	t.Cleanup(d.Release)
	d.mount()
	return d
}

// command runs a program of the system, and skips the test where it cannot run.
func command(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Skipf("no power cut without %s: %v: %s", name, err, out)
	}
	return strings.TrimSpace(string(out))
}

// Dir is where the disk's files are.
func (d *Disk) Dir() string { return d.mountpoint }

func (d *Disk) mount() {
	d.t.Helper()
	if err := syscall.Mount(d.device, d.mountpoint, "ext4", 0, ""); err != nil {
		d.t.Skipf("no power cut without mounting ext4: %v", err)
	}
	d.mounted = true
}

// Cut takes the power (Linux, fs/ext4/ext4.h: EXT4_IOC_SHUTDOWN with
// EXT4_GOING_FLAGS_NOLOGFLUSH). From then on writing fails. Around the cut ext4
// may call a sync good whose transaction has just been dropped; a machine without
// power would acknowledge nothing. So only what was acknowledged before Cut was
// called counts.
func (d *Disk) Cut() {
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

// Restore brings the disk up again with what was synced. Whoever had files open
// must have ended.
func (d *Disk) Restore() {
	d.t.Helper()
	d.unmount()
	d.mount()
}

func (d *Disk) unmount() {
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

// Release gives the device free.
func (d *Disk) Release() {
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
