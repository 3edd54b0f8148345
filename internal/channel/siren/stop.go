// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"time"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/journal"
	sirens "github.com/tocsin-alert/tocsin/internal/siren"
)

// stopSignal names, among the calls that a transmitter has set up, the one that
// makes sirens silent. Where there is none, a siren on that way cannot be stopped
// from here, and the receipt says so.
const stopSignal = "stop"

// stops are the orders to be silent as the dispatch of this channel takes them.
type stops struct {
	channel *Channel
	orders  *sirens.Stops
}

// Stops gives the orders to be silent to the dispatch.
func (c *Channel) Stops() dispatch.Orders { return stops{c, &sirens.Stops{}} }

// Apply implements journal.Projection.
func (s stops) Apply(r journal.Record) error { return s.orders.Apply(r) }

// Open implements dispatch.Orders. An order to be silent that could not go out
// while its frames would have been valid is over: what sounds then is another alarm.
func (s stops) Open(now time.Time) []dispatch.Order {
	var open []dispatch.Order
	for _, stop := range s.orders.All() {
		if now.Sub(stop.At) > s.channel.options.Validity {
			continue
		}
		open = append(open, dispatch.Order{
			ID: stop.ID, Channel: Name, Warning: stop.Warning,
			Plan: func(serial uint64) (dispatch.Plan, error) { return s.channel.planStop(stop, serial) },
		})
	}
	return open
}

// planStop addresses the sirens that are to be silent.
func (c *Channel) planStop(stop sirens.StopOrder, serial uint64) (dispatch.Plan, error) {
	meant := c.options.Fleet.All()
	to := sirens.All()
	if !stop.All {
		meant = nil
		var numbers []uint32
		for _, id := range stop.Sirens {
			if s, registered := c.options.Fleet.Siren(id); registered {
				meant, numbers = append(meant, s), append(numbers, s.Number)
			}
		}
		to = sirens.Numbers(numbers...)
	}
	plan := dispatch.Plan{Targets: make([]dispatch.Target, len(meant))}
	for i, s := range meant {
		plan.Targets[i] = dispatch.Target{ID: s.ID, Name: s.Name}
	}
	window := replyWindow(len(meant))
	plan.Deadline = stop.At.Add(c.options.Validity + 2*window + grace)
	if len(meant) == 0 {
		return plan, nil
	}
	frame := sirens.Frame{
		Epoch: c.options.Epoch, NotBefore: stop.At.UTC().Truncate(time.Second).Add(-slack), TTL: slack + c.options.Validity,
		Action: sirens.ActionStop, ReplyWindow: window,
	}
	frames, err := c.sign(frame, to.Split(), serial)
	if err != nil {
		return dispatch.Plan{}, err
	}
	plan.Payload, err = c.payload(stopSignal, frames, meant)
	return plan, err
}
