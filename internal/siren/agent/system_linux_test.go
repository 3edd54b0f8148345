// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package agent

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// A full disk: the siren refuses and says why, a stop works, and with room again
// it sounds.
func TestFullDisk(t *testing.T) {
	s := newSite(t)
	state := filepath.Join(s.dir, "state")
	key, err := os.ReadFile(filepath.Join(state, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", state, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(state, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s.write("state/"+keyFile, string(key))
	s.start()
	s.in(siren.ConditionReady)
	ballast := filepath.Join(state, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk takes more than it holds")
	}
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusRefused || got.Reason != siren.ReasonStorage.Key() {
		t.Errorf("on a full disk: %s %s", got.Status, got.Reason)
	}
	s.detail(siren.DetailStorage)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusDone {
		t.Errorf("with room again: %s %s", got.Status, got.Reason)
	}
	if sounded := s.sounded(); len(sounded) != 1 {
		t.Errorf("sounded %v", sounded)
	}
	s.agent.link.Take(s.frame(siren.ActionSound, 1))
	s.wait("it sounds", func() bool { return len(s.sounded()) == 2 })
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk takes more than it holds")
	}
	s.agent.link.Take(s.frame(siren.ActionStop, 0))
	if s.agent.horn.state(time.Now()).Audible {
		t.Error("on a full disk a stop does not stop")
	}
}

// A disk that has become read-only does not keep the siren from starting, from
// saying so, and from stopping.
func TestReadOnlyDisk(t *testing.T) {
	s := newSite(t)
	s.start()
	s.in(siren.ConditionReady)
	s.send(s.frame(siren.ActionTest, 16))
	s.stop()
	state := filepath.Join(s.dir, "state")
	if err := syscall.Mount(state, state, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		s.stop()
		if err := syscall.Unmount(state, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mount("", state, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("no disk can be made read-only here: %v", err)
	}
	s.start()
	s.in(siren.ConditionReady)
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusRefused || got.Reason != siren.ReasonStorage.Key() {
		t.Errorf("on a read-only disk: %s %s", got.Status, got.Reason)
	}
	if sounded := s.sounded(); len(sounded) != 0 {
		t.Errorf("sounded %v", sounded)
	}
}
