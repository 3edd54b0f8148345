// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import "time"

// Refused is what the gateway's listener has refused since its start, as it
// travels in telemetry.
type Refused struct {
	// Counts are by reason; see the listener's reasons.
	Counts map[string]int `json:"counts"`
	// Last are the newest, oldest first.
	Last []Refusal `json:"last"`
}

// Refusal is something that a client of the listener tried.
type Refusal struct {
	At time.Time `json:"at"`
	// Siren is whose certificate it showed; empty for strangers.
	Siren  string `json:"siren,omitempty"`
	From   string `json:"from"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// RefusedSubject is the telemetry subject of what the listener refuses.
const RefusedSubject = "telemetry.gateway.refused"
