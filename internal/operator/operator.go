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
	PasswordHash string `json:"-"`
	// Subject is whom a sign-in service knows the person as; zero for nobody.
	Subject  Subject   `json:"subject,omitzero"`
	Keys     []Key     `json:"keys"`
	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created"`
	// Seal is set for the account of a break-glass key.
	Seal *Seal `json:"seal,omitempty"`
	// StandIns are the administrators who could have acted as this person, since
	// they set the password of the account, issued a token for it or changed its
	// subject after it was opened. While there are any, a new key awaits a
	// confirmation.
	StandIns []string `json:"standIns,omitempty"`
}

// Subject names a person at a sign-in service (OpenID Connect Core 1.0, section
// 5.7): the value of one claim, which is unique within its issuer.
type Subject struct {
	Issuer string `json:"issuer"`
	Claim  string `json:"claim"`
	Value  string `json:"value"`
}

// KeyType says what guards a signing key; it is stored with every assertion.
type KeyType string

// The key types.
const (
	// SoftwareKey is a P-256 key held by a browser or in a file.
	SoftwareKey KeyType = "software-key"
	// Passkey is a P-256 key of an authenticator that verified its user (by PIN,
	// finger or face) and does not let the key out.
	Passkey KeyType = "passkey"
	// SyncedPasskey is a passkey that its provider may copy to other devices.
	SyncedPasskey KeyType = "synced-passkey"
	// BreakGlassKey is a P-256 key that lay sealed, for a role and no person.
	BreakGlassKey KeyType = "break-glass"
)

// keyTypes are those that people enrol for themselves.
var keyTypes = []KeyType{Passkey, SyncedPasskey, SoftwareKey}

// Key is the public half of an operator's signing key.
type Key struct {
	// ID is the first 16 hexadecimal digits of the SHA-256 of PublicKey.
	ID   string  `json:"id"`
	Type KeyType `json:"type"`
	// PublicKey is the DER form of the SubjectPublicKeyInfo (RFC 5280).
	PublicKey []byte `json:"publicKey"`
	Label     string `json:"label,omitempty"`
	// Credential is what the authenticator said; zero for a software key.
	Credential Credential `json:"credential,omitzero"`
	Enrolled   time.Time  `json:"enrolled"`
	// Awaits is true until the key is confirmed; it signs nothing until then.
	Awaits bool `json:"awaits,omitempty"`
	// ConfirmedBy is who confirmed the key, for one that had to be.
	ConfirmedBy string    `json:"confirmedBy,omitempty"`
	Confirmed   time.Time `json:"confirmed,omitzero"`
	Revoked     time.Time `json:"revoked,omitzero"`
}

// Action is what an assertion asserts.
type Action string

// The actions.
const (
	ActionRequest Action = "request"
	ActionRelease Action = "release"
	// ActionConfirmKey confirms a key: Warning is then the name of its owner,
	// Message the key's id, and Digest the SHA-256 of its public key.
	ActionConfirmKey Action = "confirm-key"
	// ActionSeal makes a break-glass key, and ActionBreakSeal opens a session by it.
	ActionSeal      Action = "seal"
	ActionBreakSeal Action = "break-seal"
)

// Owner is the role in which operators confirm keys of their own.
const Owner Role = "owner"

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
	// Signature is ECDSA P-256 with SHA-256. A software key's is over
	// Statement.Bytes, r and s as 32 bytes each (IEEE P1363, what WebCrypto
	// gives). A passkey's is over Evidence, in DER form.
	Signature []byte    `json:"signature"`
	Evidence  *Evidence `json:"evidence,omitempty"`
	At        time.Time `json:"at,omitzero"`
}

// Evidence is what a passkey signed beside the statement, whose SHA-256 is the
// challenge in it (Web Authentication Level 3, sections 5.8.1 and 6.1).
type Evidence struct {
	AuthenticatorData []byte `json:"authenticatorData"`
	ClientDataJSON    []byte `json:"clientDataJSON"`
}
