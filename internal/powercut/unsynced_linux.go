// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package powercut

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// ExecUnsynced becomes the program that this process is, with that environment,
// under a kernel that answers every fsync and fdatasync with success and does
// nothing: a control that must lose what it acknowledges. It returns only on an
// error.
func ExecUnsynced(environment []string) error {
	// struct sock_filter and sock_fprog of linux/filter.h, seccomp_data of
	// linux/seccomp.h: load the number of the call; the two syncs return 0.
	const (
		loadWord, jumpEqual, give = 0x20, 0x15, 0x06
		succeed, allow            = 0x00050000, 0x7fff0000 // SECCOMP_RET_ERRNO with no error, SECCOMP_RET_ALLOW
		setNoNewPrivileges        = 38
		filterMode                = 2
	)
	type instruction struct {
		code           uint16
		isTrue, isElse uint8
		k              uint32
	}
	program := []instruction{
		{code: loadWord},
		{jumpEqual, 1, 0, syscall.SYS_FSYNC},
		{jumpEqual, 0, 1, syscall.SYS_FDATASYNC},
		{code: give, k: succeed},
		{code: give, k: allow},
	}
	filter := struct {
		length uint16
		first  *instruction
	}{uint16(len(program)), &program[0]}
	// The filter is this thread's, and stays with what the thread becomes.
	runtime.LockOSThread()
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivileges, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("give up privileges: %w", errno)
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_SECCOMP, filterMode, uintptr(unsafe.Pointer(&filter))); errno != 0 {
		return fmt.Errorf("filter system calls: %w", errno)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, environment)
}
