// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package radio brings calls to sirens on the air: as POCSAG, as tones, and
// through a TETRA radio on a serial port. A transmitter sends one thing at a time,
// alarms before tests. Nothing that goes out here tells a siren who sends it;
// package onair listens to what others send.
package radio

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Area is the regions that a transmitter covers; all when it is empty.
type Area []geo.ARS

// Holds reports whether a siren stands in the area.
func (a Area) Holds(s siren.Siren) bool {
	return len(a) == 0 || slices.ContainsFunc(a, func(region geo.ARS) bool { return region.Contains(s.ARS) })
}

// transmissionLimit is how long one transmission may take, so that an alarm never
// waits longer than this for the channel.
const transmissionLimit = 30 * time.Second

// all is one outcome for several calls.
func all(n int, err error) []error {
	outcomes := make([]error, n)
	for i := range outcomes {
		outcomes[i] = err
	}
	return outcomes
}

func wrap(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("transmitter %s: %w", name, err)
}
