// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package operator holds the people who work with a node: their accounts,
// roles, keys, tokens and sessions, and the assertions by which they sign what
// they do. It is pure: it decides and projects, and others store and serve.
package operator

import "time"

// Role is what an operator may do. An operator may have several.
type Role string

// The roles.
const (
	// Author writes warnings and asks for their release.
	Author Role = "author"
	// Releaser releases or refuses what others ask for.
	Releaser Role = "releaser"
	// Administrator manages operators, tokens, sirens and settings.
	Administrator Role = "administrator"
	// Observer sees everything and may stop a pending request.
	Observer Role = "observer"
)

// Operator is one person's account.
type Operator struct {
	// Name is the sign-in name: lower-case letters, digits, hyphens and dots.
	Name     string `json:"name"`
	FullName string `json:"fullName"`
	Roles    []Role `json:"roles"`
	// PasswordHash is in the PHC string format of argon2id; empty when the
	// account has no password.
	PasswordHash string    `json:"-"`
	Keys         []Key     `json:"keys"`
	Disabled     bool      `json:"disabled,omitempty"`
	Created      time.Time `json:"created"`
}

// KeyType says what guards a signing key; it is stored with every assertion.
type KeyType string

// The key types. Passkeys will be another.
const (
	// SoftwareKey is a P-256 key held by a browser or in a file.
	SoftwareKey KeyType = "software-key"
)

// Key is the public half of an operator's signing key.
type Key struct {
	// ID is the first 16 hexadecimal digits of the SHA-256 of PublicKey.
	ID   string  `json:"id"`
	Type KeyType `json:"type"`
	// PublicKey is the DER form of the SubjectPublicKeyInfo (RFC 5280).
	PublicKey []byte    `json:"publicKey"`
	Label     string    `json:"label,omitempty"`
	Enrolled  time.Time `json:"enrolled"`
	Revoked   time.Time `json:"revoked,omitzero"`
}

// Action is what an assertion asserts.
type Action string

// The actions.
const (
	ActionRequest Action = "request"
	ActionRelease Action = "release"
)

// Statement is what an operator signs.
type Statement struct {
	Action Action
	Role   Role
	// Warning is the chain's id, Message the identifier of the CAP message.
	Warning string
	Message string
	// Digest is the content digest of the message (docs/formats/content-digest.md).
	Digest [32]byte
}

// Assertion is an operator's signature over a statement.
type Assertion struct {
	Operator string  `json:"operator"`
	Role     Role    `json:"role"`
	Action   Action  `json:"action"`
	KeyID    string  `json:"keyId"`
	KeyType  KeyType `json:"keyType"`
	// Signature is ECDSA P-256 with SHA-256 over Statement.Bytes, r and s as 32
	// bytes each (IEEE P1363, what WebCrypto gives).
	Signature []byte    `json:"signature"`
	At        time.Time `json:"at,omitzero"`
}
