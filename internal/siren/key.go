// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
)

// KeyID names a signing key: the first four bytes of the SHA-256 digest of its
// public half. It finds the key and proves nothing.
type KeyID [4]byte

// KeyIDOf is the name of a public key.
func KeyIDOf(public ed25519.PublicKey) KeyID {
	digest := sha256.Sum256(public)
	return KeyID(digest[:4])
}

// String gives the id as eight hexadecimal digits.
func (k KeyID) String() string { return hex.EncodeToString(k[:]) }

// MarshalText implements encoding.TextMarshaler.
func (k KeyID) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *KeyID) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(k)) {
		return fmt.Errorf("key id %q has not eight hexadecimal digits", text)
	}
	var raw KeyID
	if _, err := hex.Decode(raw[:], text); err != nil {
		return fmt.Errorf("key id %q: %w", text, err)
	}
	*k = raw
	return nil
}

// Signer signs frames or answers with one Ed25519 key, wherever that key lives.
type Signer interface {
	KeyID() KeyID
	// Sign returns the Ed25519 signature (RFC 8032, 64 bytes) over the message.
	Sign(message []byte) ([]byte, error)
}

// NewSigner is a signer with its key in memory.
func NewSigner(key ed25519.PrivateKey) Signer {
	return memorySigner{key, KeyIDOf(key.Public().(ed25519.PublicKey))}
}

type memorySigner struct {
	key ed25519.PrivateKey
	id  KeyID
}

func (s memorySigner) KeyID() KeyID { return s.id }

func (s memorySigner) Sign(message []byte) ([]byte, error) {
	return ed25519.Sign(s.key, message), nil
}

// Issuer is a key that may command sirens, and how far it may.
type Issuer struct {
	PublicKey ed25519.PublicKey
	// Epoch is the only one in which frames of this key are taken.
	Epoch uint16
	// Territory lists the regions whose sirens the key may command.
	Territory []geo.ARS
	// Actions lists what it may command.
	Actions []Action
}

// may reports whether the issuer may command the action at a siren in the region.
func (i Issuer) may(action Action, region geo.ARS) bool {
	return slices.Contains(i.Actions, action) &&
		slices.ContainsFunc(i.Territory, func(whole geo.ARS) bool { return whole.Contains(region) })
}

// Keyset is the keys that a device obeys. It is part of the device's set-up.
type Keyset []Issuer

// Find returns the issuer with the key id.
func (k Keyset) Find(id KeyID) (Issuer, bool) {
	i := slices.IndexFunc(k, func(issuer Issuer) bool { return KeyIDOf(issuer.PublicKey) == id })
	if i < 0 {
		return Issuer{}, false
	}
	return k[i], true
}
