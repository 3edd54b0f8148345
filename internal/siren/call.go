// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import "time"

// Call is one command on the air, on a way that carries no frames: TETRA, POCSAG
// or tones. It reaches every siren that listens to its address, and nothing in it
// says who sent it.
type Call struct {
	Kind PathKind `json:"kind"`
	// Transmitter names the radio that sends it.
	Transmitter string `json:"transmitter"`
	Address     string `json:"address"`
	// Command is what asks for the signal on this way: a function letter, the name
	// of a double tone, a text, the number of a status.
	Command string `json:"command"`
	// Group says that several sirens share the address.
	Group bool `json:"group,omitempty"`
	// Sirens are the ids of those that listen to the address.
	Sirens []string `json:"sirens"`
	// Airtime is how long the call occupies the channel when it is sent alone, estimated.
	Airtime time.Duration `json:"airtime"`
}

// String is the call as receivers and people name it, such as "1234567 C".
func (c Call) String() string {
	if c.Command == "" {
		return c.Address
	}
	return c.Address + " " + c.Command
}

// CallStage is how far a call came.
type CallStage string

// The stages.
const (
	CallBegun  CallStage = "begun"  // it is about to go out; whether it did is not known yet
	CallSent   CallStage = "sent"   // the transmitter says that it went out
	CallFailed CallStage = "failed" // the transmitter says that it did not
)

// EventCalled is the journal event of every step of a call on the air: a call
// that nobody can recognise as a repeat must not be repeated by accident.
const EventCalled = "siren.called"

// Called is the body of EventCalled: calls that share one transmission.
type Called struct {
	// Order is that of the job that the calls belong to.
	Order string    `json:"order"`
	Stage CallStage `json:"stage"`
	Calls []Call    `json:"calls"`
	At    time.Time `json:"at"`
	// Detail is what the transmitter said, for technicians.
	Detail string `json:"detail,omitempty"`
}
