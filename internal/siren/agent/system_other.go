// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package agent

import (
	"os"
	"os/exec"
	"syscall"
)

// bind does nothing: only Linux ends a command with the process that started it.
func bind(*exec.Cmd) {}

// signalGroup kills the command alone.
func signalGroup(pid int, _ syscall.Signal) {
	if process, err := os.FindProcess(pid); err == nil {
		_ = process.Kill()
	}
}

// lock keeps nobody out here.
func lock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}
