// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import "time"

// Order is frames to be brought to sirens.
type Order struct {
	// Frames are signed and of one action; each siren acts on the first that holds it.
	Frames [][]byte
	// Sirens are the ids of those that have no final answer yet.
	Sirens []string
	// Until is when the order is over for whoever has not answered.
	Until time.Time
	// Settled reports whether a siren has answered on another way meanwhile, so that
	// it is not asked again here; nil for never. It is safe for use by several goroutines.
	Settled func(siren string) bool
}

// Status is how far an order came with one siren.
type Status string

// The statuses. All but StatusWaiting and StatusSounding are final.
const (
	StatusWaiting    Status = "waiting"     // no answer yet; the way goes on asking
	StatusSounding   Status = "sounding"    // it said that it acts on the frame
	StatusDone       Status = "done"        // it said that it is done
	StatusEndUnknown Status = "end-unknown" // it said that it acts, but not that it is done
	StatusRefused    Status = "refused"     // it said that it will not act
	StatusNotReached Status = "not-reached" // it said nothing in time
	// StatusUnconfirmed: a call went out on a way without answers. Nobody knows
	// whether the siren obeyed.
	StatusUnconfirmed Status = "unconfirmed"
)

// Final reports whether nothing more comes of the order at this siren.
func (s Status) Final() bool { return s != StatusWaiting && s != StatusSounding }

// Progress is news of one siren in an order.
type Progress struct {
	Siren  string
	Status Status
	// Reason is a catalogue key: that of a Reason of the device, or one of the keys below.
	Reason string
	// Detail is what a technician needs beside it, such as when a call was heard.
	Detail string
	// Path is the way that this is news of; MQTT where it is empty.
	Path PathKind
	// State is what is known of the siren at this moment.
	State   State
	At      time.Time
	Attempt int
}

// Catalogue keys of what ways say of sirens that say nothing themselves.
const (
	KeyNoAnswer   = "reason.no-answer"
	KeyOffline    = "reason.offline"
	KeySuperseded = "reason.superseded"
	KeyExpired    = "reason.expired"
	KeyNotHeld    = "reason.not-addressed"
	KeyNoBroker   = "siren.reason.no-broker"
	KeyEndUnknown = "siren.reason.end-unknown"
	KeyNeverHeard = "siren.reason.never-heard"
	KeyUnknown    = "siren.reason.not-registered"
)
