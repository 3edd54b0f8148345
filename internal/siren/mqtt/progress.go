// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Order is frames to be brought to sirens.
type Order struct {
	// Frames are signed and of one action; each siren acts on the first that holds it.
	Frames [][]byte
	// Sirens are the ids of those that have no final answer yet.
	Sirens []string
	// Until is when the order is over for whoever has not answered.
	Until time.Time
}

// Status is how far an order came with one siren.
type Status string

// The statuses. All but StatusWaiting and StatusSounding are final.
const (
	StatusWaiting    Status = "waiting"     // no answer yet; the link goes on asking
	StatusSounding   Status = "sounding"    // it said that it acts on the frame
	StatusDone       Status = "done"        // it said that it is done
	StatusEndUnknown Status = "end-unknown" // it said that it acts, but not that it is done
	StatusRefused    Status = "refused"     // it said that it will not act
	StatusNotReached Status = "not-reached" // it said nothing in time
)

// Progress is news of one siren in an order.
type Progress struct {
	Siren  string
	Status Status
	// Reason is a catalogue key; see siren.Reason and the Reason constants here.
	Reason string
	// State is what is known of the siren at this moment.
	State   siren.State
	At      time.Time
	Attempt int
}

// The reasons that the link itself gives, as catalogue keys.
const (
	ReasonNoAnswer   = "reason.no-answer"
	ReasonOffline    = "reason.offline"
	ReasonNoBroker   = "siren.reason.no-broker"
	ReasonSuperseded = "reason.superseded"
	ReasonExpired    = "reason.expired"
	ReasonEndUnknown = "siren.reason.end-unknown"
	ReasonNeverHeard = "siren.reason.never-heard"
	ReasonUnknown    = "siren.reason.not-registered"
	ReasonNotHeld    = "reason.not-addressed"
)

func (s Status) final() bool { return s != StatusWaiting && s != StatusSounding }
