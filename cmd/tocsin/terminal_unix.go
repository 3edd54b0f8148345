// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// columns is the width of a terminal, 0 for what is none.
func columns(file *os.File) int {
	var size struct{ rows, columns, x, y uint16 }
	_, _, fault := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if fault != 0 {
		return 0
	}
	return int(size.columns)
}

func isTerminal(file *os.File) bool { return columns(file) > 0 }
