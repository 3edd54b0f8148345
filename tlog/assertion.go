// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Action is what an assertion asserts.
type Action string

// The actions.
const (
	// ActionRequest: an author asks for the release of a message.
	ActionRequest Action = "request"
	// ActionRelease: another operator releases it.
	ActionRelease Action = "release"
)

// Role is the role in which an operator asserts.
type Role string

// The roles that sign.
const (
	RoleAuthor   Role = "author"
	RoleReleaser Role = "releaser"
)

// Guard says what keeps an operator's key.
type Guard string

// The guards.
const (
	// SoftwareKey is a key that a program holds.
	SoftwareKey Guard = "software-key"
	// Passkey is a key in a WebAuthn authenticator.
	Passkey Guard = "passkey"
	// BreakGlass is a key for emergencies that lay sealed until it was enrolled. It
	// signs as a software key does; its holder is the operator who sealed it.
	BreakGlass Guard = "break-glass"
)

// statementVersion opens every statement, so that a signature over one can
// never be taken for a signature over anything else.
const statementVersion = "tocsin/assertion/v1"

// Statement is what an operator signs.
type Statement struct {
	Action Action
	Role   Role
	// Warning is the chain's id, Message the identifier of the CAP message.
	Warning string
	Message string
	// Digest is the content digest of the message (docs/formats/content-digest.md).
	Digest [sha256.Size]byte
}

// Bytes is what is signed: the version, action, role, warning, message and
// digest in hexadecimal, each on a line of its own.
func (s Statement) Bytes() []byte {
	lines := []string{
		statementVersion, string(s.Action), string(s.Role), s.Warning, s.Message,
		hex.EncodeToString(s.Digest[:]),
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// Challenge is the WebAuthn challenge for the statement: the SHA-256 of Bytes.
func (s Statement) Challenge() [sha256.Size]byte { return sha256.Sum256(s.Bytes()) }

// Check refuses parts that are empty or have line breaks: with them, two
// statements could have the same bytes.
func (s Statement) Check() error {
	for _, part := range []string{string(s.Action), string(s.Role), s.Warning, s.Message} {
		if part == "" || strings.ContainsAny(part, "\n\r") {
			return fmt.Errorf("a part of the statement is empty or has a line break: %q", part)
		}
	}
	return nil
}

// Signature is r and s of ECDSA on P-256, 32 bytes each (IEEE P1363).
type Signature [2 * coordinate]byte

// Assertion is an operator's signature over a statement, with all that is
// needed to check it but the statement. It names a key and a role, no person.
type Assertion struct {
	Action Action
	Role   Role
	Guard  Guard
	Key    Key
	// Signature is over Statement.Bytes for a software key, and over what the
	// authenticator signs for a passkey.
	Signature Signature
	// Ceremony is what a passkey signed besides; zero for a software key.
	Ceremony Ceremony
}

// NewAssertion makes the assertion of a software key from the enrolled public
// key in DER form and r and s as 64 bytes. It does not verify it.
func NewAssertion(s Statement, der, signature []byte) (Assertion, error) {
	key, err := NewKey(der)
	if err != nil {
		return Assertion{}, err
	}
	if len(signature) != len(Signature{}) {
		return Assertion{}, fmt.Errorf("the signature has %d bytes, not %d", len(signature), len(Signature{}))
	}
	return Assertion{
		Action: s.Action, Role: s.Role, Guard: SoftwareKey, Key: key, Signature: Signature(signature),
	}, nil
}

// AssertionRules are what a verifier asks of assertions beyond the signature.
// They come from the trust file, never from whoever asserts.
type AssertionRules struct {
	// Origins are the web origins at which passkeys may be used, such as
	// https://warn.example.org. Without any, no passkey is accepted.
	Origins []string
	// AllowSynced accepts passkeys that are, or may be, copied to other devices.
	AllowSynced bool
	// RefuseSoftware refuses software keys; not those of BreakGlass, without which
	// such an authority could not warn in an emergency.
	RefuseSoftware bool
}

// Fault names what is wrong with an assertion. The ids are stable.
type Fault string

// The faults of assertions.
const (
	FaultStatement    Fault = "statement"         // the statement itself is malformed
	FaultPurpose      Fault = "purpose"           // it asserts another action, or in another role
	FaultGuard        Fault = "guard"             // no such guard, or one that the rules refuse
	FaultSignature    Fault = "signature"         // the signature does not fit key and statement
	FaultOrigin       Fault = "origin"            // made at a web origin that is not trusted
	FaultRelyingParty Fault = "relying-party"     // made for a relying party that is not the origin's
	FaultClientData   Fault = "client-data"       // the client data is not in its standard form
	FaultPresence     Fault = "user-not-present"  // the authenticator saw no user
	FaultVerification Fault = "user-not-verified" // the authenticator did not verify the user
	FaultSynced       Fault = "synced-passkey"    // the passkey may be on other devices too
)

// AssertionError is why VerifyAssertion does not accept an assertion.
type AssertionError struct {
	Fault Fault
	// Detail is a sentence for a log, in English.
	Detail string
}

func (e *AssertionError) Error() string { return "assertion: " + e.Detail }

func faulty(fault Fault, format string, args ...any) error {
	return &AssertionError{fault, fmt.Sprintf(format, args...)}
}

// VerifyAssertion checks that the key in the assertion signed the statement, as
// the rules ask. Whose key it is, and whether it is enrolled, is for the caller.
// The error is an *AssertionError.
func VerifyAssertion(s Statement, a Assertion, rules AssertionRules) error {
	if err := s.Check(); err != nil {
		return faulty(FaultStatement, "%v", err)
	}
	if a.Action != s.Action || a.Role != s.Role {
		return faulty(FaultPurpose, "it is to %s as %s, not to %s as %s", a.Action, a.Role, s.Action, s.Role)
	}
	signed := s.Bytes()
	switch a.Guard {
	case SoftwareKey:
		if rules.RefuseSoftware {
			return faulty(FaultGuard, "it is by a software key, which the rules refuse")
		}
	case BreakGlass:
	case Passkey:
		if err := a.Ceremony.check(rules); err != nil {
			return err
		}
		signed = a.Ceremony.signed(s.Challenge())
	default:
		return faulty(FaultGuard, "there is no guard %q", a.Guard)
	}
	if !a.Key.verify(signed, a.Signature) {
		return faulty(FaultSignature, "the signature is not this key's over this statement")
	}
	return nil
}

// signatureFromDER reads the ASN.1 form in which WebAuthn gives a signature
// (RFC 3279, section 2.2.3), in DER only.
func signatureFromDER(der []byte) (Signature, error) {
	var parsed struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &parsed)
	if err != nil || len(rest) > 0 {
		return Signature{}, errors.New("the signature is not an ASN.1 pair of numbers")
	}
	if parsed.R.Sign() <= 0 || parsed.S.Sign() <= 0 || parsed.R.BitLen() > 8*coordinate || parsed.S.BitLen() > 8*coordinate {
		return Signature{}, errors.New("the signature's numbers are out of range")
	}
	var signature Signature
	parsed.R.FillBytes(signature[:coordinate])
	parsed.S.FillBytes(signature[coordinate:])
	return signature, nil
}
