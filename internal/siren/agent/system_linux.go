// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package agent

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// bind makes a command die with the thread that starts it, and leads a group of
// its own, so that whatever it starts can be ended with it.
func bind(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// signalGroup sends a signal to a command and to whatever it started.
func signalGroup(pid int, signal syscall.Signal) { _ = syscall.Kill(-pid, signal) }

// lock takes the directory for this process, until it ends.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, syscall.EROFS) {
		// A disk that wears out is often made read-only. The siren then refuses
		// signals and says why, which it could not if it did not start.
		file, err = os.Open(path)
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "The state directory cannot be written.", "Check that it exists, belongs to the agent's user and has room.")
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, problem.Wrap(err, problem.Conflict, "Another agent uses the state directory.", "End it, or name another directory.")
	}
	return file, nil
}
