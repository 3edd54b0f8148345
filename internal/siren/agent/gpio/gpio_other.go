// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package gpio

// Lines cannot exist here.
type Lines struct{}

// Request is always ErrUnsupported.
func Request(Options) (*Lines, error) { return nil, ErrUnsupported }

// Set is always ErrUnsupported.
func (l *Lines) Set(uint64) error { return ErrUnsupported }

// Get is always ErrUnsupported.
func (l *Lines) Get() (uint64, error) { return 0, ErrUnsupported }

// Close does nothing.
func (l *Lines) Close() error { return nil }
