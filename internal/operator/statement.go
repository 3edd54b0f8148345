// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// statementVersion opens every statement, so that a signature over one can
// never be taken for a signature over anything else.
const statementVersion = "tocsin/assertion/v1"

// Bytes is what is signed: the version, action, role, warning, message and
// digest in hexadecimal, each on a line of its own (docs/formats/api.md).
func (s Statement) Bytes() []byte {
	lines := []string{
		statementVersion, string(s.Action), string(s.Role), s.Warning, s.Message,
		hex.EncodeToString(s.Digest[:]),
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// check refuses names with line breaks: two statements would have the same bytes.
func (s Statement) check() error {
	for _, part := range []string{string(s.Action), string(s.Role), s.Warning, s.Message} {
		if part == "" || strings.ContainsAny(part, "\n\r") {
			return fmt.Errorf("a part of the statement is empty or has a line break: %q", part)
		}
	}
	return nil
}

// Assert signs a statement for the operator. The assertion carries no time: the
// core sets it.
func Assert(key *ecdsa.PrivateKey, name string, s Statement) (Assertion, error) {
	if err := s.check(); err != nil {
		return Assertion{}, fmt.Errorf("sign statement: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return Assertion{}, fmt.Errorf("sign statement: %w", err)
	}
	signature, err := sign(key, s.Bytes())
	if err != nil {
		return Assertion{}, fmt.Errorf("sign statement: %w", err)
	}
	return Assertion{
		Operator: name, Role: s.Role, Action: s.Action,
		KeyID: KeyID(public), KeyType: SoftwareKey, Signature: signature,
	}, nil
}

// Verify checks that the assertion is this operator's, over this statement, with
// a key of theirs that is enrolled and not revoked, and in a role that they have.
// It gives what guards the key; the assertion's own word for it does not count.
// The error is a *problem.Error of kind Forbidden.
func Verify(o Operator, s Statement, a Assertion) (KeyType, error) {
	refuse := func(rule string, args ...string) (KeyType, error) {
		return "", refusal.New(problem.Forbidden, rule, args...)
	}
	if err := s.check(); err != nil {
		refused := refusal.New(problem.Forbidden, "assertion.statement")
		refused.Err = err
		return "", refused
	}
	switch {
	case a.Operator != o.Name:
		return refuse("assertion.other-name", clip(a.Operator), o.Name)
	case o.Disabled:
		return refuse("assertion.disabled", o.Name)
	case a.Action != s.Action || a.Role != s.Role:
		return refuse("assertion.other-purpose")
	case !o.Has(s.Role):
		return refuse("assertion.role", o.Name, string(s.Role))
	}
	key, ok := o.Key(a.KeyID)
	if !ok {
		return refuse("assertion.key", clip(a.KeyID), o.Name)
	}
	if !key.Revoked.IsZero() {
		return refuse("assertion.revoked", a.KeyID)
	}
	public, err := parsePublicKey(key.PublicKey)
	if err != nil {
		return "", fmt.Errorf("key %s of %s: %w", a.KeyID, o.Name, err) // it was checked when it was enrolled
	}
	if !verify(public, s.Bytes(), a.Signature) {
		return refuse("assertion.signature")
	}
	return key.Type, nil
}

// size is the length of r and of s for P-256.
const size = 32

// sign gives r and s over the SHA-256 of the message.
func sign(key *ecdsa.PrivateKey, message []byte) ([]byte, error) {
	if key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("the key is not on the curve P-256")
	}
	sum := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(nil, key, sum[:])
	if err != nil {
		return nil, err
	}
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}

func verify(key *ecdsa.PublicKey, message, signature []byte) bool {
	if len(signature) != 2*size {
		return false
	}
	sum := sha256.Sum256(message)
	r := new(big.Int).SetBytes(signature[:size])
	s := new(big.Int).SetBytes(signature[size:])
	return ecdsa.Verify(key, sum[:], r, s)
}
