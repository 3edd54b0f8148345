// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/powercut"
)

// TestPowerCut takes the power from the disk of a library that is at work: what was
// acknowledged before is there when the power is back.
func TestPowerCut(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts file systems: some seconds")
	}
	disk := powercut.New(t)
	dir, so := filepath.Join(disk.Dir(), "planning"), interrupted{map[string]string{}, map[string]string{}}
	random := rand.New(rand.NewPCG(3, 4))
	for range 8 {
		so.run(t, dir, 1+random.IntN(15), func(*exec.Cmd) { disk.Cut() })
		disk.Restore()
		so.check(t, dir)
	}
}
