// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/tocsin-alert/tocsin/tlog"
)

// person is an operator of the tests, with a software key and a passkey that
// both follow from the name.
type person struct {
	software, passkey *ecdsa.PrivateKey
}

func newPerson(t testing.TB, name string) person {
	t.Helper()
	return person{keyFrom(t, name+" software"), keyFrom(t, name+" passkey")}
}

func keyFrom(t testing.TB, seed string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha256.Sum256([]byte(seed))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func der(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func (p person) softwareKey(t testing.TB) tlog.Key {
	t.Helper()
	key, err := tlog.NewKey(der(t, p.software))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (p person) passkeyKey(t testing.TB) tlog.Key {
	t.Helper()
	key, err := tlog.NewKey(der(t, p.passkey))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// assert signs with the software key.
func (p person) assert(t testing.TB, s tlog.Statement) tlog.Assertion {
	t.Helper()
	sum := s.Challenge()                                    // the SHA-256 of its bytes
	asn, err := p.software.Sign(nil, sum[:], crypto.SHA256) // without randomness: RFC 6979
	if err != nil {
		t.Fatal(err)
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(asn, &pair); err != nil {
		t.Fatal(err)
	}
	var signature [64]byte
	pair.R.FillBytes(signature[:32])
	pair.S.FillBytes(signature[32:])
	a, err := tlog.NewAssertion(s, der(t, p.software), signature[:])
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const (
	testOrigin       = "https://release.kreis.example"
	testRelyingParty = "kreis.example"
	userVerified     = 0x05 // present and verified
)

// authenticator is what a passkey's ceremony depends on besides the statement.
type authenticator struct {
	relyingParty string
	flags        byte
	clientData   string // after the challenge
}

func goodAuthenticator() authenticator {
	return authenticator{testRelyingParty, userVerified, `","origin":"` + testOrigin + `","crossOrigin":false}`}
}

// respond makes the response of an authenticator as WebAuthn describes it.
func (p person) respond(t testing.TB, s tlog.Statement, with authenticator) tlog.PasskeyResponse {
	t.Helper()
	challenge := s.Challenge()
	client := []byte(`{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(challenge[:]) + with.clientData)
	party := sha256.Sum256([]byte(with.relyingParty))
	data := binary.BigEndian.AppendUint32(append(party[:], with.flags), 7)
	digest := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte(nil), data...), digest[:]...))
	signature, err := p.passkey.Sign(nil, signed[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return tlog.PasskeyResponse{AuthenticatorData: data, ClientDataJSON: client, Signature: signature}
}

// touch signs with the passkey.
func (p person) touch(t testing.TB, s tlog.Statement) tlog.Assertion {
	t.Helper()
	a, err := tlog.NewPasskeyAssertion(s, der(t, p.passkey), testRelyingParty, p.respond(t, s, goodAuthenticator()))
	if err != nil {
		t.Fatal(err)
	}
	return a
}
