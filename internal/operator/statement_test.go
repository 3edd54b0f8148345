// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/ecdsa"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// signer is an author and releaser with a key.
func signer(t testing.TB, name string) (Operator, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return Operator{
		Name: name, FullName: name, Roles: []Role{Author, Releaser},
		Keys: []Key{{ID: KeyID(public), Type: SoftwareKey, PublicKey: public}},
	}, key
}

// software lets software keys release, as the demo does.
var software = KeyPolicy{Release: []KeyType{SoftwareKey}}

var sample = Statement{
	Action: ActionRelease, Role: Releaser, Warning: "de-bb.20260304.abcdefgh", Message: "de-bb.20260304.abcdefgh.1",
	Digest: [32]byte{0: 0xab, 31: 0x01},
}

// Others implement these bytes, in browsers among them, so they never change.
func TestStatementBytes(t *testing.T) {
	const want = "tocsin/assertion/v1\nrelease\nreleaser\nde-bb.20260304.abcdefgh\nde-bb.20260304.abcdefgh.1\n" +
		"ab00000000000000000000000000000000000000000000000000000000000001\n"
	if got := string(sample.Bytes()); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestVerify(t *testing.T) {
	anna, key := signer(t, "anna")
	good, err := Assert(key, "anna", sample)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(o *Operator, s *Statement, a *Assertion)
	}{
		{"another digest", func(_ *Operator, s *Statement, _ *Assertion) { s.Digest[5]++ }},
		{"another warning", func(_ *Operator, s *Statement, _ *Assertion) { s.Warning += "x" }},
		{"another message", func(_ *Operator, s *Statement, _ *Assertion) { s.Message += "x" }},
		{"another action", func(_ *Operator, s *Statement, a *Assertion) { s.Action, a.Action = ActionRequest, ActionRequest }},
		{"another role", func(_ *Operator, s *Statement, a *Assertion) { s.Role, a.Role = Author, Author }},
		{"an action that the assertion does not name", func(_ *Operator, _ *Statement, a *Assertion) { a.Action = ActionRequest }},
		{"a line break in a part", func(_ *Operator, s *Statement, _ *Assertion) { s.Warning += "\nx" }},
		{"someone else's name", func(_ *Operator, _ *Statement, a *Assertion) { a.Operator = "ben" }},
		{"a key that is not enrolled", func(o *Operator, _ *Statement, _ *Assertion) { o.Keys = nil }},
		{"a revoked key", func(o *Operator, _ *Statement, _ *Assertion) { o.Keys[0].Revoked = time.Unix(1, 0) }},
		{"a disabled account", func(o *Operator, _ *Statement, _ *Assertion) { o.Disabled = true }},
		{"a role that was taken away", func(o *Operator, _ *Statement, _ *Assertion) { o.Roles = []Role{Author} }},
		{"a short signature", func(_ *Operator, _ *Statement, a *Assertion) { a.Signature = a.Signature[:63] }},
		{"no signature", func(_ *Operator, _ *Statement, a *Assertion) { a.Signature = nil }},
		{"a signature of zeros", func(_ *Operator, _ *Statement, a *Assertion) { a.Signature = make([]byte, 64) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, s, a := anna, sample, good
			o.Keys = append([]Key(nil), anna.Keys...)
			a.Signature = append([]byte(nil), good.Signature...)
			test.change(&o, &s, &a)
			if _, err := software.Verify(o, s, a); !errors.Is(err, problem.Forbidden) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	a := good
	a.KeyType = "passkey"
	if kept, _, err := software.Accept(anna, sample, a, start); err != nil || kept.KeyType != SoftwareKey || !kept.At.Equal(start) {
		t.Errorf("kept %+v, error %v: what the signer says of the key must not count", kept, err)
	}
}

// A signature holds for the bytes that were signed and no others.
func TestSignaturesHoldForOneStatement(t *testing.T) {
	anna, key := signer(t, "anna")
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z0-9.-]{1,12}`)
		draw := func(label string) Statement {
			return Statement{
				Action:  rapid.SampledFrom([]Action{ActionRequest, ActionRelease}).Draw(t, label+" action"),
				Role:    rapid.SampledFrom([]Role{Author, Releaser}).Draw(t, label+" role"),
				Warning: word.Draw(t, label+" warning"), Message: word.Draw(t, label+" message"),
				Digest: [32]byte{rapid.Byte().Draw(t, label+" digest")},
			}
		}
		signed, shown := draw("signed"), draw("shown")
		a, err := Assert(key, "anna", signed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := software.Verify(anna, signed, a); err != nil {
			t.Fatalf("the statement that was signed: %v", err)
		}
		a.Action, a.Role = shown.Action, shown.Role
		if _, err := software.Verify(anna, shown, a); (err == nil) != (signed == shown) {
			t.Fatalf("signed %+v, shown %+v: %v", signed, shown, err)
		}
	})
}
