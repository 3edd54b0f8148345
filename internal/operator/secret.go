// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// TokenPrefix opens every bearer token, so that people and secret scanners know
// one when they see it.
const TokenPrefix = "tocsin_"

// secretBytes is the entropy of tokens and sessions.
const secretBytes = 32

// SecretHash is the SHA-256 of the secret of a token or session. A fast hash is
// enough: the secret is random, and nobody guesses 256 bits.
type SecretHash [sha256.Size]byte

// MarshalText gives the hash in hexadecimal.
func (h SecretHash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText reads what MarshalText gives.
func (h *SecretHash) UnmarshalText(text []byte) error {
	var raw SecretHash
	if len(text) != hex.EncodedLen(len(raw)) {
		return fmt.Errorf("%d characters are not the hash of a secret", len(text))
	}
	if _, err := hex.Decode(raw[:], text); err != nil {
		return fmt.Errorf("hash of a secret: %w", err)
	}
	*h = raw
	return nil
}

// NewToken makes the secret of a bearer token and its hash.
func NewToken() (string, SecretHash) {
	raw := random()
	return TokenPrefix + base64.RawURLEncoding.EncodeToString(raw), sha256.Sum256(raw)
}

// NewSession makes the secret of a session cookie and its hash.
func NewSession() (string, SecretHash) {
	raw := random()
	return base64.RawURLEncoding.EncodeToString(raw), sha256.Sum256(raw)
}

func random() []byte {
	raw := make([]byte, secretBytes)
	rand.Read(raw) // never fails (crypto/rand, since Go 1.24)
	return raw
}

// ParseToken gives the hash of a bearer token; an error when it cannot be one.
func ParseToken(token string) (SecretHash, error) {
	secret, ok := strings.CutPrefix(token, TokenPrefix)
	if !ok {
		return SecretHash{}, fmt.Errorf("a token starts with %q", TokenPrefix)
	}
	return ParseSession(secret)
}

// ParseSession gives the hash of a session secret; an error when it cannot be one.
func ParseSession(secret string) (SecretHash, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != secretBytes {
		return SecretHash{}, fmt.Errorf("the secret is not %d bytes in base64url", secretBytes)
	}
	return sha256.Sum256(raw), nil
}
