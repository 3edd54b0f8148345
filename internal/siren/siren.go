// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package siren holds what a siren is, the signed frames that command it, the
// rules by which a device decides whether to act on a frame, and the state of
// the fleet. It is pure: transports live in siren/mqtt, the simulated devices in
// siren/simulator, and both obey the rules written here.
package siren

import (
	"time"

	"github.com/tocsin-alert/tocsin/acoustics"
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
	// PublicKey is the Ed25519 key with which the device signs what it says; empty
	// until the device has been enrolled.
	PublicKey []byte `json:"publicKey,omitempty"`
	// Type is what the registry says of the hardware, such as "electronic 600 W".
	Type string `json:"type,omitempty"`
	// Signals are the names of the signals that the device can give; see Signals.
	Signals []string `json:"signals"`
	// Paths are the ways to it, the one to try first in front; MQTT alone when empty.
	Paths     []Path    `json:"paths,omitempty"`
	Equipment Equipment `json:"equipment,omitzero"`
	// Public allows that the siren's exact place is shown to anyone. Some towns
	// publish their sites, some keep them secret.
	Public bool `json:"public,omitempty"`
	// Documents are what is kept about it elsewhere.
	Documents []Document `json:"documents,omitempty"`
	// Generated marks a siren that stands nowhere: made up for a demo or a plan.
	// Whatever is reckoned with such sirens has to say so.
	Generated bool `json:"generated,omitempty"`
}

// GatewayName is what an authority's own gateway is called where sirens are
// called by their ids. No siren can have it as its id.
const GatewayName = "_gateway"

// Equipment is what stands at the site, as the federal funding rules ask for it.
// Zero values are unknown.
type Equipment struct {
	Kind string `json:"kind,omitempty" enum:"electronic,motor"`
	// Level is the sound level at 30 m on the main axis, in dB(A).
	Level float64 `json:"level,omitempty"`
	// Cycles is how often the battery lasts for a warning and an all-clear; the
	// funding rules ask for 4.
	Cycles int    `json:"cycles,omitempty"`
	Mount  string `json:"mount,omitempty" enum:"roof,mast"`
	// Height is that of the horn above the ground, in metres.
	Height float64 `json:"height,omitempty"`
	Power  string  `json:"power,omitempty" enum:"mains,mains-battery,solar"`
	// Spectrum is the unweighted level of each octave band at 30 m on the main axis,
	// in dB; of the zero value nothing is known.
	Spectrum acoustics.Spectrum `json:"spectrum,omitzero"`
	// Directivity is by how many dB less it sounds 0, 30, … 180 degrees off its axis;
	// the zero value sounds alike to all sides. Axis is the axis's bearing in degrees
	// from north, clockwise.
	Directivity acoustics.Beam `json:"directivity,omitzero"`
	Axis        float64        `json:"axis,omitempty"`
	// Built is the year in which it was put up.
	Built int `json:"built,omitempty"`
	// Operator is the body that owns and runs it.
	Operator string `json:"operator,omitempty"`
}

// Document is a paper about a siren, kept where its address says.
type Document struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Ways are the paths to the siren in their order: MQTT where none are named.
func (s Siren) Ways() []Path {
	if len(s.Paths) == 0 {
		return []Path{{Kind: PathMQTT}}
	}
	return s.Paths
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

// Conditions lists all conditions, for legends and filters.
var Conditions = []Condition{
	ConditionReady, ConditionTriggered, ConditionBusy, ConditionFault,
	ConditionSabotage, ConditionOff, ConditionOffline, ConditionUnknown,
}

// State is what is known of one siren now. It travels as telemetry, never in the journal.
type State struct {
	Siren     string    `json:"siren"`
	Condition Condition `json:"condition"`
	// Mains and Battery are false when the device reports them failed.
	Mains   bool `json:"mains"`
	Battery bool `json:"battery"`
	// Overheated and Manual (sounded by hand at the site) are TETRA's 57354 and 57359.
	Overheated bool `json:"overheated,omitempty"`
	Manual     bool `json:"manual,omitempty"`
	// Keyset is the version of the keyset that the device obeys.
	Keyset uint32 `json:"keyset,omitempty"`
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
	// Path is the way on which it was heard last.
	Path PathKind `json:"path,omitempty"`
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

// EventRemoved is the journal event that takes a siren out of the registry.
const EventRemoved = "siren.removed"

// Removed is the body of EventRemoved.
type Removed struct {
	Siren  string `json:"siren"`
	Reason string `json:"reason"`
}
