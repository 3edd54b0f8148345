// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Credential is what an authenticator said of a passkey when it was enrolled.
// No attestation is asked for, so it is the authenticator's own word.
type Credential struct {
	// ID is the credential id, by which a browser finds the passkey again.
	ID []byte `json:"id"`
	// AAGUID names the model of the authenticator, in the form of a UUID; all
	// zeros where it does not say.
	AAGUID string `json:"aaguid"`
	// BackupEligible is true for a key that may be copied to other devices, and
	// BackedUp when it had been at enrolment (Web Authentication Level 3, 6.1.3).
	BackupEligible bool `json:"backupEligible"`
	BackedUp       bool `json:"backedUp"`
	// SignCount is the highest signature counter seen; zero for an authenticator
	// that does not count.
	SignCount uint32 `json:"signCount"`
}

// Registration is a browser's answer to navigator.credentials.create.
type Registration struct {
	AuthenticatorData []byte `json:"authenticatorData"`
	ClientDataJSON    []byte `json:"clientDataJSON"`
}

// The bounds of what is read of a registration, in bytes.
const (
	maxAuthenticatorData = 4 << 10
	maxClientData        = 4 << 10
	maxCredentialID      = 1023 // Web Authentication Level 3, section 4
)

// The flags of authenticator data (Web Authentication Level 3, section 6.1).
const (
	flagUserPresent    = 1 << 0
	flagUserVerified   = 1 << 2
	flagBackupEligible = 1 << 3
	flagBackedUp       = 1 << 4
	flagAttested       = 1 << 6
	flagExtensions     = 1 << 7
)

// What is wrong with a registration; refusals are made of these.
var (
	errRelyingParty = errors.New("it is for another relying party")
	errUnverified   = errors.New("the authenticator did not verify its user")
	errAlgorithm    = errors.New("the key is not an ECDSA key on the curve P-256")
)

// EnrolmentChallenge is what a browser has to pass to navigator.credentials.create
// for the next passkey of an operator. It is used once, since it counts the keys
// that the operator has ever enrolled.
func EnrolmentChallenge(o Operator) [sha256.Size]byte {
	return sha256.Sum256([]byte("tocsin/enrolment/v1\n" + o.Name + "\n" + strconv.Itoa(len(o.Keys)) + "\n"))
}

// The head of a COSE key for ES256 as CTAP 2 demands it: a map of five, kty EC2,
// alg ES256, crv P-256, and then x and y, 32 bytes each (RFC 9053, 7.1.1). The
// canonical form has no other way of writing it.
var (
	coseHead = []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}
	coseY    = []byte{0x22, 0x58, 0x20}
)

// cosePublicKey reads an ES256 key and gives its DER form and what follows it.
func cosePublicKey(raw []byte) (der, rest []byte, err error) {
	raw, ok := bytes.CutPrefix(raw, coseHead)
	if !ok || len(raw) < size+len(coseY)+size || !bytes.Equal(raw[size:size+len(coseY)], coseY) {
		return nil, nil, errAlgorithm
	}
	point := append([]byte{4}, raw[:size]...)
	point = append(point, raw[size+len(coseY):size+len(coseY)+size]...)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, nil, fmt.Errorf("read COSE key: %w", err)
	}
	der, err = x509.MarshalPKIXPublicKey(key)
	return der, raw[size+len(coseY)+size:], err
}

// parseCredential reads the authenticator data of a registration with the rules
// that a passkey has to meet here (Web Authentication Level 3, 7.1): for this
// relying party, with its user present and verified, and an ES256 key. It gives
// the DER form of the public key beside the credential.
func parseCredential(raw []byte, relyingParty string) (Credential, []byte, error) {
	const head, attested = sha256.Size + 1 + 4, 16 + 2
	if len(raw) < head+attested || len(raw) > maxAuthenticatorData {
		return Credential{}, nil, fmt.Errorf("authenticator data of %d bytes holds no credential", len(raw))
	}
	flags := raw[sha256.Size]
	if flags&flagAttested == 0 || flags&flagBackedUp != 0 && flags&flagBackupEligible == 0 {
		return Credential{}, nil, fmt.Errorf("flags %#x are not those of a registration", flags)
	}
	if party := sha256.Sum256([]byte(relyingParty)); !bytes.Equal(raw[:sha256.Size], party[:]) {
		return Credential{}, nil, errRelyingParty
	}
	if flags&flagUserPresent == 0 || flags&flagUserVerified == 0 {
		return Credential{}, nil, errUnverified
	}
	aaguid := hex.EncodeToString(raw[head : head+16])
	length := int(binary.BigEndian.Uint16(raw[head+16:]))
	rest := raw[head+attested:]
	if length == 0 || length > maxCredentialID || length > len(rest) {
		return Credential{}, nil, fmt.Errorf("a credential id of %d bytes in %d", length, len(rest))
	}
	der, extensions, err := cosePublicKey(rest[length:])
	if err != nil {
		return Credential{}, nil, err
	}
	if (flags&flagExtensions != 0) != (len(extensions) > 0) {
		return Credential{}, nil, fmt.Errorf("%d bytes follow the key", len(extensions))
	}
	return Credential{
		ID:             bytes.Clone(rest[:length]),
		AAGUID:         aaguid[:8] + "-" + aaguid[8:12] + "-" + aaguid[12:16] + "-" + aaguid[16:20] + "-" + aaguid[20:],
		BackupEligible: flags&flagBackupEligible != 0, BackedUp: flags&flagBackedUp != 0,
		SignCount: binary.BigEndian.Uint32(raw[sha256.Size+1:]),
	}, der, nil
}

// clientData is what a browser says of a ceremony (Web Authentication Level 3, 5.8.1).
type clientData struct {
	Type        string `json:"type"`
	Challenge   string `json:"challenge"`
	Origin      string `json:"origin"`
	CrossOrigin bool   `json:"crossOrigin"`
}

// parseClientData reads it as far as a registration needs.
func parseClientData(raw []byte) (clientData, error) {
	if len(raw) > maxClientData {
		return clientData{}, fmt.Errorf("client data of %d bytes", len(raw))
	}
	var data clientData
	if err := json.Unmarshal(raw, &data); err != nil {
		return clientData{}, fmt.Errorf("read client data: %w", err)
	}
	if data.Type != "webauthn.create" || data.CrossOrigin {
		return clientData{}, fmt.Errorf("client data of type %q, across origins: %t", clip(data.Type), data.CrossOrigin)
	}
	return data, nil
}

// challenges reports whether the client data answers the challenge.
func (d clientData) challenges(challenge [sha256.Size]byte) bool {
	return d.Challenge == base64.RawURLEncoding.EncodeToString(challenge[:])
}
