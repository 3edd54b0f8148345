// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package gpio switches and reads lines of a Linux GPIO chip by the character
// device's second interface (linux/gpio.h, GPIO_V2). When the process ends in
// whatever way, the kernel gives the lines back; what level they then have is the
// chip driver's choice.
package gpio

import "errors"

// MaxLines is how many lines one request can hold.
const MaxLines = 64

// Direction says what the lines of a request are for.
type Direction int

// The directions.
const (
	Input Direction = iota
	Output
)

// Options is one request for lines.
type Options struct {
	// Chip is the device file, such as /dev/gpiochip0.
	Chip string
	// Lines are offsets on the chip, at most MaxLines.
	Lines []uint32
	// Direction is Input or Output; outputs begin inactive.
	Direction Direction
	// ActiveLow makes a low level mean on.
	ActiveLow bool
	// Consumer is shown to others who ask what the lines are used for.
	Consumer string
}

// ErrUnsupported: there is no GPIO character device on this system.
var ErrUnsupported = errors.New("gpio: only Linux has GPIO chips")
