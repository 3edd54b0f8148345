// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package eventually waits, in tests, for what is to come about. All wait with one
// patience, which only a test that fails uses up: how long something takes says
// more about the machine than about the program.
package eventually

import (
	"testing"
	"time"
)

// Patience is how long is waited at the most.
const Patience = 3 * time.Minute

// shortest and longest are the time between two looks.
const (
	shortest = time.Millisecond
	longest  = 50 * time.Millisecond
)

// Is looks until it is so; it reports false where patience ends before.
func Is(so func() bool) bool { return within(Patience, so) }

func within(patience time.Duration, so func() bool) bool {
	pause := shortest
	for end := time.Now().Add(patience); !so(); pause = min(2*pause, longest) {
		if time.Now().After(end) {
			return false
		}
		time.Sleep(pause)
	}
	return true
}

// Holds looks until it is so, or fails the test; what is a sentence such as "the
// siren sounds".
func Holds(t testing.TB, what string, so func() bool) {
	t.Helper()
	if !Is(so) {
		t.Fatalf("not within %v: %s", Patience, what)
	}
}

// Receive waits for what comes through the channel, or fails the test; what is as
// for [Holds]. A closed channel gives its zero value.
func Receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	var got T
	select {
	case got = <-from:
	case <-time.After(Patience):
		t.Fatalf("not within %v: %s", Patience, what)
	}
	return got
}
