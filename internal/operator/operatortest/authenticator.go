// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package operatortest has an authenticator and a browser in one for tests: it
// makes a passkey and signs with it, in the forms of Web Authentication Level 3.
package operatortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// The flags of authenticator data (section 6.1).
const (
	UserPresent    = 1 << 0
	UserVerified   = 1 << 2
	BackupEligible = 1 << 3
	BackedUp       = 1 << 4
)

// Authenticator holds one passkey. Tests change its fields to have it err.
type Authenticator struct {
	Key          *ecdsa.PrivateKey
	ID           []byte // of the credential
	AAGUID       [16]byte
	Flags        byte
	Count        uint32 // of the last signature
	RelyingParty string
	Origin       string
}

// New makes an authenticator with a key that it does not let out.
func New(relyingParty, origin string) (*Authenticator, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make passkey: %w", err)
	}
	id := make([]byte, 16)
	rand.Read(id) // never fails (crypto/rand, since Go 1.24)
	return &Authenticator{Key: key, ID: id, Flags: UserPresent | UserVerified, RelyingParty: relyingParty, Origin: origin}, nil
}

// Register answers navigator.credentials.create.
func (a *Authenticator) Register(challenge [32]byte) (authenticatorData, clientDataJSON []byte, err error) {
	point, err := a.Key.PublicKey.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("encode public key: %w", err)
	}
	const attested = 1 << 6
	data := append(a.data(attested), a.AAGUID[:]...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(data, a.ID...)
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	data = append(data, point[1:33]...)
	data = append(data, 0x22, 0x58, 0x20)
	return append(data, point[33:]...), a.client("webauthn.create", challenge), nil
}

// Sign answers navigator.credentials.get, and counts.
func (a *Authenticator) Sign(challenge [32]byte) (authenticatorData, clientDataJSON, signature []byte, err error) {
	a.Count++
	authenticatorData, clientDataJSON = a.data(0), a.client("webauthn.get", challenge)
	client := sha256.Sum256(clientDataJSON)
	sum := sha256.Sum256(append(authenticatorData[:len(authenticatorData):len(authenticatorData)], client[:]...))
	signature, err = ecdsa.SignASN1(rand.Reader, a.Key, sum[:])
	return authenticatorData, clientDataJSON, signature, err
}

func (a *Authenticator) data(flags byte) []byte {
	party := sha256.Sum256([]byte(a.RelyingParty))
	return binary.BigEndian.AppendUint32(append(party[:], a.Flags|flags), a.Count)
}

func (a *Authenticator) client(kind string, challenge [32]byte) []byte {
	return fmt.Appendf(nil, `{"type":"%s","challenge":"%s","origin":"%s","crossOrigin":false}`,
		kind, base64.RawURLEncoding.EncodeToString(challenge[:]), a.Origin)
}
