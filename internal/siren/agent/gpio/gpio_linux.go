// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package gpio

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// The structures and numbers of linux/gpio.h.
type (
	attribute struct {
		id      uint32
		_       uint32
		payload uint64
	}
	configAttribute struct {
		attribute attribute
		mask      uint64
	}
	lineConfig struct {
		flags      uint64
		count      uint32
		_          [5]uint32
		attributes [10]configAttribute
	}
	lineRequest struct {
		offsets     [MaxLines]uint32
		consumer    [32]byte
		config      lineConfig
		count       uint32
		eventBuffer uint32
		_           [5]uint32
		descriptor  int32
	}
	lineValues struct {
		bits, mask uint64
	}
)

const (
	flagActiveLow = 1 << 1
	flagInput     = 1 << 2
	flagOutput    = 1 << 3

	ioctlType = 0xB4
	readWrite = 3 << 30 // the directions of an _IOWR number

	getLine   = readWrite | unsafe.Sizeof(lineRequest{})<<16 | ioctlType<<8 | 0x07
	getValues = readWrite | unsafe.Sizeof(lineValues{})<<16 | ioctlType<<8 | 0x0E
	setValues = readWrite | unsafe.Sizeof(lineValues{})<<16 | ioctlType<<8 | 0x0F
)

// Lines are lines that this process holds.
type Lines struct {
	file  *os.File
	count int
}

// Request takes the lines. Outputs are inactive from then on.
func Request(o Options) (*Lines, error) {
	if len(o.Lines) == 0 || len(o.Lines) > MaxLines {
		return nil, fmt.Errorf("gpio: %d lines in one request, want 1 to %d", len(o.Lines), MaxLines)
	}
	chip, err := os.OpenFile(o.Chip, os.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer chip.Close()
	request := lineRequest{count: uint32(len(o.Lines))}
	copy(request.offsets[:], o.Lines)
	copy(request.consumer[:len(request.consumer)-1], o.Consumer)
	request.config.flags = flagInput
	if o.Direction == Output {
		request.config.flags = flagOutput
	}
	if o.ActiveLow {
		request.config.flags |= flagActiveLow
	}
	if err := ioctl(chip.Fd(), getLine, unsafe.Pointer(&request)); err != nil {
		return nil, fmt.Errorf("request lines %v of %s: %w", o.Lines, o.Chip, err)
	}
	return &Lines{os.NewFile(uintptr(request.descriptor), o.Chip), len(o.Lines)}, nil
}

// Set switches every line of the request: bit n is the line at place n.
func (l *Lines) Set(bits uint64) error {
	values := lineValues{bits: bits, mask: l.mask()}
	if err := ioctl(l.file.Fd(), setValues, unsafe.Pointer(&values)); err != nil {
		return fmt.Errorf("switch lines of %s: %w", l.file.Name(), err)
	}
	return nil
}

// Get reads every line of the request.
func (l *Lines) Get() (bits uint64, err error) {
	values := lineValues{mask: l.mask()}
	if err := ioctl(l.file.Fd(), getValues, unsafe.Pointer(&values)); err != nil {
		return 0, fmt.Errorf("read lines of %s: %w", l.file.Name(), err)
	}
	return values.bits, nil
}

// Close gives the lines back.
func (l *Lines) Close() error { return l.file.Close() }

func (l *Lines) mask() uint64 { return 1<<l.count - 1 }

func ioctl(descriptor, request uintptr, argument unsafe.Pointer) error {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, descriptor, request, uintptr(argument))
	runtime.KeepAlive(argument)
	if errno != 0 {
		return errno
	}
	return nil
}
