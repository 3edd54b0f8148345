// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package radio

import (
	"errors"
	"os"
)

func openPort(string, int) (*os.File, error) {
	return nil, errors.New("serial ports are opened on Linux alone")
}
