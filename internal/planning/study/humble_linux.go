// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// humble makes a process end with this one, and not by what a terminal sends here.
func humble(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// humbler gives a process the lowest priority, and has it killed before others
// where memory runs out. Where the system refuses, it is as it is.
func humbler(pid int) {
	_ = syscall.Setpriority(syscall.PRIO_PGRP, pid, 19)
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("1000"), 0)
}
