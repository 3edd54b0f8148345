// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package siren holds what a siren is, the signed frames that command it, the
// rules by which a device decides whether to act on a frame, and the state of
// the fleet. It is pure: transports live in siren/mqtt, the simulated devices in
// siren/simulator, and both obey the rules written here.
package siren

import (
	"time"

	"github.com/tocsin-alert/tocsin/geo"
)

// Siren is one device of an authority's fleet as its registry describes it.
type Siren struct {
	// ID is unique within the authority; letters, digits and hyphens, at most 40.
	ID string `json:"id"`
	// Number is the siren's place in the authority's numbering, from 1, sorted by
	// region; frames address lists of sirens as ranges of numbers.
	Number   uint32    `json:"number"`
	Name     string    `json:"name"`
	ARS      geo.ARS   `json:"ars"`
	Position geo.Point `json:"position"`
	// PublicKey is the Ed25519 key with which the device signs what it says.
	PublicKey []byte `json:"publicKey"`
	// Type is what the registry says of the hardware, such as "electronic 600 W".
	Type string `json:"type,omitempty"`
	// Signals are the names of the signals that the device can give; see Signals.
	Signals []string `json:"signals"`
}

// Condition is the state of a siren in one word, from the vocabulary of the
// TETRA siren status messages (BDBOS, 57344 to 57359).
type Condition string

// The conditions.
const (
	ConditionUnknown   Condition = "unknown"   // nothing heard yet
	ConditionReady     Condition = "ready"     // 57348
	ConditionTriggered Condition = "triggered" // 57344: sounding
	ConditionBusy      Condition = "busy"      // 57346, 57347
	ConditionFault     Condition = "fault"     // 57349
	ConditionOff       Condition = "off"       // 57350
	ConditionSabotage  Condition = "sabotage"  // 57351
	ConditionOffline   Condition = "offline"   // the connection ended or went silent
)

// State is what is known of one siren now. It travels as telemetry, never in the journal.
type State struct {
	Siren     string    `json:"siren"`
	Condition Condition `json:"condition"`
	// Mains and Battery are false when the device reports them failed.
	Mains   bool `json:"mains"`
	Battery bool `json:"battery"`
	// ClockOffset is the device's clock minus the node's, as last seen.
	ClockOffset time.Duration `json:"clockOffset"`
	// Detail names the trouble in plain words, if any; a catalogue key.
	Detail string `json:"detail,omitempty"`
	// Frame is the id of the frame that the siren sounds or sounded last.
	Frame  string `json:"frame,omitempty"`
	Signal string `json:"signal,omitempty"`
	// SoundingUntil is when the signal ends, zero when silent.
	SoundingUntil time.Time `json:"soundingUntil,omitzero"`
	// Since is when the condition began; LastContact when the device last spoke.
	Since       time.Time `json:"since"`
	LastContact time.Time `json:"lastContact"`
}

// StateSubject is the telemetry subject of a siren's state.
func StateSubject(id string) string { return "telemetry.siren." + id }

// StatePattern matches the telemetry of all sirens.
const StatePattern = "telemetry.siren.*"

// EventRegistered is the journal event that adds sirens to the registry or
// replaces them by id.
const EventRegistered = "siren.registered"

// Registered is the body of EventRegistered.
type Registered struct {
	Sirens []Siren `json:"sirens"`
}
