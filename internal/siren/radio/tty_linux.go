// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

var speeds = map[int]uint32{
	1200: unix.B1200, 2400: unix.B2400, 4800: unix.B4800, 9600: unix.B9600, 19200: unix.B19200,
	38400: unix.B38400, 57600: unix.B57600, 115200: unix.B115200,
}

// openPort opens a serial port for raw bytes: 8 data bits, no parity, one stop
// bit, no flow control, no echo. Reading from it ends when it is closed.
func openPort(path string, baud int) (*os.File, error) {
	speed, ok := speeds[baud]
	if !ok {
		return nil, fmt.Errorf("%d baud is no speed of a serial port", baud)
	}
	port, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	raw, err := port.SyscallConn()
	if err != nil {
		port.Close()
		return nil, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		settings, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			failed = fmt.Errorf("%s is no serial port: %w", path, err)
			return
		}
		settings.Iflag, settings.Oflag, settings.Lflag = 0, 0, 0
		settings.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | speed
		settings.Ispeed, settings.Ospeed = speed, speed
		settings.Cc[unix.VMIN], settings.Cc[unix.VTIME] = 1, 0
		// Two programs that talk to one radio understand neither its answers.
		if err := unix.IoctlSetInt(int(fd), unix.TIOCEXCL, 0); err != nil && err != syscall.ENOTTY {
			failed = fmt.Errorf("keep %s to oneself: %w", path, err)
			return
		}
		if err := unix.IoctlSetTermios(int(fd), unix.TCSETS, settings); err != nil {
			failed = fmt.Errorf("set up %s: %w", path, err)
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		port.Close()
		return nil, err
	}
	return port, nil
}
