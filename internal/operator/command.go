// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import "time"

// The names of the commands that Directory.Step takes.
const (
	CommandCreate       = "operator.create"        // body Create
	CommandChange       = "operator.change"        // body Change
	CommandDisable      = "operator.disable"       // body Disabled
	CommandSetPassword  = "operator.set-password"  // body PasswordSet
	CommandLink         = "operator.link"          // body Linked
	CommandEnrolKey     = "operator.enrol-key"     // body EnrolKey
	CommandConfirmKey   = "operator.confirm-key"   // body KeyConfirmed
	CommandRevokeKey    = "operator.revoke-key"    // body KeyRevoked
	CommandSeal         = "operator.seal"          // body PrepareSeal
	CommandBreakSeal    = "operator.break-seal"    // body BreakSeal
	CommandIssueToken   = "operator.issue-token"   // body IssueToken
	CommandRevokeToken  = "operator.revoke-token"  // body TokenRevoked
	CommandStartSession = "operator.start-session" // body StartSession
	CommandEndSession   = "operator.end-session"   // body SessionEnded
)

// Node is who commands what the node does by itself, such as opening the first
// account from its configuration. It counts as an administrator, but has no key.
const Node = "node"

// SessionLife is how long a session lasts at most: a shift.
const SessionLife = 12 * time.Hour

// MaxKeys is how many keys an operator may have at once.
const MaxKeys = 5

// MaxTokens is how many valid tokens an operator may have at once.
const MaxTokens = 20

// Create opens an account.
type Create struct {
	Name     string `json:"name"`
	FullName string `json:"fullName"`
	Roles    []Role `json:"roles"`
	// PasswordHash is from HashPassword; empty for an account without password.
	PasswordHash string `json:"passwordHash,omitempty"`
}

// Change changes an account; nil leaves as it is.
type Change struct {
	Name     string  `json:"name"`
	FullName *string `json:"fullName,omitempty"`
	Roles    *[]Role `json:"roles,omitempty"`
}

// EnrolKey enrols a key of whoever commands: a software key or a passkey.
type EnrolKey struct {
	// PublicKey is the DER form of a P-256 SubjectPublicKeyInfo; empty for a passkey.
	PublicKey []byte `json:"publicKey,omitempty"`
	// Passkey answers EnrolmentChallenge; nil for a software key.
	Passkey *Registration `json:"passkey,omitempty"`
	Label   string        `json:"label,omitempty"`
}

// IssueToken issues a bearer token.
type IssueToken struct {
	Operator string     `json:"operator"`
	Label    string     `json:"label"`
	Hash     SecretHash `json:"hash"`
	// Expires is zero for a token that lasts until it is revoked.
	Expires time.Time `json:"expires,omitzero"`
}

// StartSession opens a session of whoever commands, who has been authenticated.
type StartSession struct {
	Hash SecretHash `json:"hash"`
	// Expires is at most SessionLife from now.
	Expires time.Time `json:"expires"`
}
