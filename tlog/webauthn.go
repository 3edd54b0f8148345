// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Ceremony is what a passkey signed besides the challenge, in a form without
// the parts that follow from the statement and the relying party (WebAuthn
// Level 3, sections 5.8.1 and 6.1). The full form is rebuilt from it.
type Ceremony struct {
	// RelyingParty is the relying party's id, a domain.
	RelyingParty string
	// Flags and Counter are those of the authenticator data.
	Flags   byte
	Counter uint32
	// ClientData is what follows `"origin":"` in the client data: the origin
	// itself, the closing quote and all after it. Printable ASCII.
	ClientData string
}

// The flags of authenticator data (WebAuthn, section 6.1).
const (
	flagUserPresent    = 1 << 0
	flagUserVerified   = 1 << 2
	flagBackupEligible = 1 << 3
	flagBackupState    = 1 << 4
	flagAttested       = 1 << 6
	flagExtensions     = 1 << 7
)

// The standard serialization of client data begins with these, with the
// challenge in base64url between them (WebAuthn, section 5.8.1.1).
const (
	clientDataStart  = `{"type":"webauthn.get","challenge":"`
	clientDataMiddle = `","origin":"`
)

// authenticatorDataLength is that without attested data and extensions.
const authenticatorDataLength = sha256.Size + 1 + 4

// maxClientData bounds Ceremony.ClientData, in bytes.
const maxClientData = 256

// PasskeyResponse is what an authenticator answers, as WebAuthn gives it.
type PasskeyResponse struct {
	AuthenticatorData []byte
	ClientDataJSON    []byte
	// Signature is in ASN.1.
	Signature []byte
}

// NewPasskeyAssertion makes the assertion of a passkey from the enrolled public
// key in DER form and the response to the statement's Challenge at the relying
// party of that id. It refuses a response that cannot be rebuilt byte for byte
// from the assertion; otherwise it does not verify it.
func NewPasskeyAssertion(s Statement, der []byte, relyingParty string, response PasskeyResponse) (Assertion, error) {
	key, err := NewKey(der)
	if err != nil {
		return Assertion{}, err
	}
	signature, err := signatureFromDER(response.Signature)
	if err != nil {
		return Assertion{}, err
	}
	data := response.AuthenticatorData
	if len(data) != authenticatorDataLength {
		return Assertion{}, fmt.Errorf("the authenticator data has %d bytes, not the %d of an assertion without extensions",
			len(data), authenticatorDataLength)
	}
	challenge := s.Challenge()
	start := clientDataStart + base64.RawURLEncoding.EncodeToString(challenge[:]) + clientDataMiddle
	rest, ok := strings.CutPrefix(string(response.ClientDataJSON), start)
	if !ok {
		return Assertion{}, errors.New("the client data is for something else than this statement, or not in WebAuthn's standard form")
	}
	ceremony := Ceremony{
		RelyingParty: relyingParty, Flags: data[sha256.Size],
		Counter: binary.BigEndian.Uint32(data[sha256.Size+1:]), ClientData: rest,
	}
	if string(ceremony.authenticatorData()) != string(data) {
		return Assertion{}, fmt.Errorf("the authenticator data is for another relying party than %s", relyingParty)
	}
	if _, err := ceremony.origin(); err != nil {
		return Assertion{}, err
	}
	return Assertion{
		Action: s.Action, Role: s.Role, Guard: Passkey, Key: key, Signature: signature, Ceremony: ceremony,
	}, nil
}

func (c Ceremony) authenticatorData() []byte {
	party := sha256.Sum256([]byte(c.RelyingParty))
	return binary.BigEndian.AppendUint32(append(party[:], c.Flags), c.Counter)
}

// ClientDataJSON rebuilds the client data for a challenge.
func (c Ceremony) ClientDataJSON(challenge [sha256.Size]byte) []byte {
	return []byte(clientDataStart + base64.RawURLEncoding.EncodeToString(challenge[:]) + clientDataMiddle + c.ClientData)
}

// signed is what the authenticator signs (WebAuthn, section 6.3.3, step 11).
func (c Ceremony) signed(challenge [sha256.Size]byte) []byte {
	client := sha256.Sum256(c.ClientDataJSON(challenge))
	return append(c.authenticatorData(), client[:]...)
}

// origin gives the web origin out of the client data. It holds the rest to the
// standard form: nothing, or crossOrigin false, and then whatever clients add.
func (c Ceremony) origin() (string, error) {
	if len(c.ClientData) > maxClientData || !printable(c.ClientData) {
		return "", fmt.Errorf("the client data is longer than %d bytes or not printable ASCII", maxClientData)
	}
	origin, rest, ok := strings.Cut(c.ClientData, `"`)
	if !ok || origin == "" || strings.ContainsAny(origin, `\ `) {
		return "", errors.New("the client data has no plain origin")
	}
	more, hasMore := strings.CutPrefix(rest, `,"crossOrigin":false`)
	switch {
	case rest == "}", hasMore && more == "}":
	case hasMore && strings.HasPrefix(more, ",") && strings.HasSuffix(more, "}"):
	default:
		return "", errors.New("the client data does not go on in WebAuthn's standard form after the origin, or is of another origin's frame")
	}
	return origin, nil
}

// check holds the ceremony to the rules. The error is an *AssertionError.
func (c Ceremony) check(rules AssertionRules) error {
	origin, err := c.origin()
	if err != nil {
		return faulty(FaultClientData, "%v", err)
	}
	if !slices.Contains(rules.Origins, origin) {
		return faulty(FaultOrigin, "it was made at %s, which is not a trusted origin", origin)
	}
	address, err := url.Parse(origin)
	if err != nil || c.RelyingParty == "" || address.Hostname() != c.RelyingParty && !strings.HasSuffix(address.Hostname(), "."+c.RelyingParty) {
		return faulty(FaultRelyingParty, "the relying party %q is not that of %s", c.RelyingParty, origin)
	}
	switch {
	case c.Flags&(flagAttested|flagExtensions) != 0, c.Flags&flagBackupState != 0 && c.Flags&flagBackupEligible == 0:
		return faulty(FaultClientData, "the authenticator's flags %#02x contradict its data", c.Flags)
	case c.Flags&flagUserPresent == 0:
		return faulty(FaultPresence, "the authenticator saw no user")
	case c.Flags&flagUserVerified == 0:
		return faulty(FaultVerification, "the authenticator did not verify who its user is")
	case c.Flags&(flagBackupEligible|flagBackupState) != 0 && !rules.AllowSynced:
		return faulty(FaultSynced, "the passkey is, or may be, copied to other devices")
	}
	return nil
}

// printable reports whether the text is printable ASCII, spaces included.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			return false
		}
	}
	return true
}
