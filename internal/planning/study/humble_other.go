// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package study

import (
	"os/exec"
	"syscall"
)

// humble keeps what a terminal sends here from a process.
func humble(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// humbler gives a process the lowest priority, where the system lets it.
func humbler(pid int) { _ = syscall.Setpriority(syscall.PRIO_PGRP, pid, 19) }
