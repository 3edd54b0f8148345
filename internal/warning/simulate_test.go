// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/warning/warningtest"
)

var (
	oneSeed = flag.Uint64("seed", 0, "run the simulator with this one seed")
	seeds   = flag.Int("seeds", 3000, "how many seeds the simulator runs")
)

// TestSimulate drives the rules with random operators, commands, mistakes,
// forgeries and jumps of the clock, and checks the invariants after every step.
// A seed that fails is repeated with -seed.
func TestSimulate(t *testing.T) {
	people, err := warningtest.NewPeople()
	if err != nil {
		t.Fatal(err)
	}
	count := *seeds
	if testing.Short() {
		count = 200
	}
	first := uint64(1)
	if *oneSeed != 0 {
		first, count = *oneSeed, 1
	}
	for _, releases := range []int{2, 3} {
		t.Run(fmt.Sprintf("releases=%d", releases), func(t *testing.T) {
			t.Parallel()
			seen := map[string]int{}
			for i := range uint64((count + 1) / 2) {
				s, err := warningtest.New(warningtest.Options{People: people, Releases: releases, Seed: first + i})
				if err == nil {
					err = s.Run()
				}
				if err != nil {
					t.Fatalf("seed %d, %d releases: %v", first+i, releases, err)
				}
				for _, r := range s.Records {
					for _, e := range r.Events {
						seen[e.Kind]++
					}
				}
			}
			t.Logf("events: %v", seen)
			// A simulation that never gets anywhere proves nothing.
			for _, kind := range []string{warning.EventRequested, warning.EventReleased, warning.EventRefused, warning.EventWithdrawn, warning.EventStopped, warning.EventEscalated, warning.EventLapsed, warning.EventExpired} {
				if *oneSeed == 0 && seen[kind] == 0 {
					t.Errorf("no run ever came to %s", kind)
				}
			}
		})
	}
}
