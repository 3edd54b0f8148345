// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning

import "github.com/tocsin-alert/tocsin/internal/operator"

// The names of the commands that Rules.Step takes.
const (
	CommandRequest  = "warning.request"  // body RequestCommand
	CommandRelease  = "warning.release"  // body ReleaseCommand
	CommandRefuse   = "warning.refuse"   // body DropCommand, by a releaser
	CommandWithdraw = "warning.withdraw" // body DropCommand, by the author
	CommandStop     = "warning.stop"     // body DropCommand, by anyone on shift
)

// RequestCommand asks for the release of a message.
type RequestCommand struct {
	// Warning and Identifier are those that Rules.Prepare gave.
	Warning    string  `json:"warning"`
	Identifier string  `json:"identifier"`
	Kind       Kind    `json:"kind"`
	Content    Content `json:"content"`
	// Digest is what the author's assertion is over. The rules compose the
	// message again and refuse when it differs.
	Digest Digest `json:"digest"`
	// Replaces is the digest of the pending request that this one revises; nil
	// when none is pending. A mismatch means that someone else was faster.
	Replaces *Digest `json:"replaces,omitempty"`
	// Assertion is the author's.
	Assertion operator.Assertion `json:"assertion"`
}

// ReleaseCommand releases a pending request.
type ReleaseCommand struct {
	Warning    string             `json:"warning"`
	Identifier string             `json:"identifier"`
	Digest     Digest             `json:"digest"`
	Assertion  operator.Assertion `json:"assertion"`
}

// DropCommand ends a pending request without release.
type DropCommand struct {
	Warning    string `json:"warning"`
	Identifier string `json:"identifier"`
	Reason     string `json:"reason"`
}
