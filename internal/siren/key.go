// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
