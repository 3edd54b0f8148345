// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// CommandStop is the name of the command that orders sirens to be silent; its
// body is StopCommand.
const CommandStop = "siren.stop"

// StopCommand says which sirens are to be silent: exactly one of All, Warning
// and Sirens is given.
type StopCommand struct {
	// All is an all-stop: every siren that obeys this authority.
	All bool `json:"all,omitempty"`
	// Warning is the id of one whose sirens are meant.
	Warning string `json:"warning,omitempty"`
	// Sirens are ids.
	Sirens []string `json:"sirens,omitempty" maxItems:"5000"`
	// Reason is why, for the journal; it is asked for.
	Reason string `json:"reason" maxLength:"1000"`
}

// EventStopOrdered is the journal event of an order to be silent; its body is StopOrder.
const EventStopOrdered = "siren.stop-ordered"

// StopOrder is an order to sirens to end whatever they sound.
type StopOrder struct {
	// ID names the order: "stop-" and its number, from 1.
	ID      string `json:"id"`
	All     bool   `json:"all,omitempty"`
	Warning string `json:"warning,omitempty"`
	// Sirens are the ids of those meant; none when All.
	Sirens []string  `json:"sirens,omitempty"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Stops is the projection of all orders to be silent. It is safe for use by
// several goroutines.
type Stops struct {
	mu   sync.RWMutex
	list []StopOrder
}

// Apply implements journal.Projection; records of other things are passed over.
func (s *Stops) Apply(record journal.Record) error {
	for _, event := range record.Events {
		if event.Kind != EventStopOrdered {
			continue
		}
		body, err := journal.Decode[StopOrder](event)
		if err != nil {
			return fmt.Errorf("record %d: %w", record.Seq, err)
		}
		s.mu.Lock()
		s.list = append(s.list, body)
		s.mu.Unlock()
	}
	return nil
}

// All lists the orders, oldest first. The slice is shared: do not change it.
func (s *Stops) All() []StopOrder {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clip(s.list)
}

// Order decides on an order to be silent by an operator who may give it, and
// gives the events that follow. addressed are the sirens of the command's
// warning. It refuses with a *problem.Error.
func (s *Stops) Order(c StopCommand, addressed []Siren, by string, now time.Time) ([]journal.Event, error) {
	order := StopOrder{
		ID: fmt.Sprintf("stop-%d", len(s.All())+1), All: c.All, Warning: c.Warning,
		Reason: strings.TrimSpace(c.Reason), By: by, At: now,
	}
	var faults []problem.Fault
	given := 0
	for _, is := range []bool{c.All, c.Warning != "", len(c.Sirens) > 0} {
		if is {
			given++
		}
	}
	if given != 1 {
		faults = append(faults, refusal.Fault("sirens", "stop.which"))
	}
	if order.Reason == "" {
		faults = append(faults, refusal.Fault("reason", "stop.reason"))
	}
	known := map[string]bool{}
	for _, siren := range addressed {
		known[siren.ID] = true
	}
	for _, id := range c.Sirens {
		if !known[id] {
			faults = append(faults, refusal.Fault("sirens", "siren.unknown", id))
		}
	}
	if c.Warning != "" && len(addressed) == 0 {
		faults = append(faults, refusal.Fault("warning", "stop.nobody"))
	}
	if len(faults) > 0 {
		err := refusal.New(problem.Invalid, "stop.faults")
		err.Faults = faults
		return nil, err
	}
	if !c.All {
		for _, siren := range addressed {
			order.Sirens = append(order.Sirens, siren.ID)
		}
	}
	return []journal.Event{journal.NewEvent(EventStopOrdered, order)}, nil
}
