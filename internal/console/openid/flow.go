// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package openid

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// FlowLife is how long a sign-in may take at the provider.
const FlowLife = 10 * time.Minute

const (
	secretBytes = 32
	maxNext     = 1 << 10 // bytes; a longer path is forgotten
)

// Flow is one sign-in that was begun: a secret that only the browser knows in
// which it began, and where it goes on. State, nonce and the verifier of PKCE
// follow from the secret, so that the node keeps nothing.
type Flow struct {
	// Next is the path that the person wanted.
	Next   string
	secret []byte
}

func newFlow(next string) Flow {
	if len(next) > maxNext {
		next = ""
	}
	f := Flow{Next: next, secret: make([]byte, secretBytes)}
	rand.Read(f.secret) // never fails (crypto/rand, since Go 1.24)
	return f
}

// String is the flow as a cookie keeps it.
func (f Flow) String() string {
	return base64.RawURLEncoding.EncodeToString(f.secret) + "." + base64.RawURLEncoding.EncodeToString([]byte(f.Next))
}

// ParseFlow reads what String gives.
func ParseFlow(text string) (Flow, error) {
	first, second, cut := strings.Cut(text, ".")
	secret, err := base64.RawURLEncoding.Strict().DecodeString(first)
	if err != nil || !cut || len(secret) != secretBytes {
		return Flow{}, errors.New("a flow has a secret of 32 bytes in base64url")
	}
	next, err := base64.RawURLEncoding.Strict().DecodeString(second)
	if err != nil || len(next) > maxNext {
		return Flow{}, errors.New("a flow has a path in base64url")
	}
	return Flow{Next: string(next), secret: secret}, nil
}

func (f Flow) derive(purpose string) string {
	mac := hmac.New(sha256.New, f.secret)
	mac.Write([]byte("tocsin/sign-in/v1\n" + purpose + "\n"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (f Flow) state() string    { return f.derive("state") }
func (f Flow) nonce() string    { return f.derive("nonce") }
func (f Flow) verifier() string { return f.derive("verifier") }

// answers reports whether the state is that of this flow.
func (f Flow) answers(state string) bool {
	return len(f.secret) == secretBytes && equal(state, f.state())
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
