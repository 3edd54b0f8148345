// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package eventually

import (
	"testing"
	"time"
)

func TestWithin(t *testing.T) {
	looks := 0
	if !within(Patience, func() bool { looks++; return looks == 5 }) || looks != 5 {
		t.Errorf("it came about at the fifth look and not at %d", looks)
	}
	looks = 0
	if within(5*time.Millisecond, func() bool { looks++; return false }) || looks < 2 {
		t.Errorf("what never comes about came about, after %d looks", looks)
	}
}

func TestReceive(t *testing.T) {
	later := make(chan string)
	go func() { later <- "late" }()
	if got := Receive(t, "it comes late", later); got != "late" {
		t.Errorf("%q came", got)
	}
}
