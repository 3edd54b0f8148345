// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
)

// coordinate is the length of a coordinate, and of r and of s, for P-256.
const coordinate = 32

// Key is an operator's public key on the curve P-256, compressed (SEC 1,
// section 2.3.3): 2 or 3 for an even or odd y, then x.
type Key [1 + coordinate]byte

// NewKey reads a public key as it is enrolled: the DER form of a
// SubjectPublicKeyInfo (RFC 5280), in the one way that Go writes it.
func NewKey(der []byte) (Key, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return Key{}, fmt.Errorf("read public key: %w", err)
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return Key{}, errors.New("read public key: it is not an ECDSA key on the curve P-256")
	}
	point, err := public.Bytes()
	if err != nil {
		return Key{}, fmt.Errorf("read public key: %w", err)
	}
	key := Key{0: 2 + point[len(point)-1]&1}
	copy(key[1:], point[1:1+coordinate])
	if again, err := key.DER(); err != nil || string(again) != string(der) {
		return Key{}, errors.New("read public key: it is not in the usual form of a SubjectPublicKeyInfo")
	}
	return key, nil
}

// public gives the point; an error when the bytes are none on the curve.
func (k Key) public() (*ecdsa.PublicKey, error) {
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k[:])
	if x == nil {
		return nil, errors.New("the key is no point of the curve P-256")
	}
	point := make([]byte, 1+2*coordinate)
	point[0] = 4
	x.FillBytes(point[1 : 1+coordinate])
	y.FillBytes(point[1+coordinate:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// DER gives the SubjectPublicKeyInfo.
func (k Key) DER() ([]byte, error) {
	public, err := k.public()
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(public)
}

// ID names the key: the first 16 hexadecimal digits of the SHA-256 of its DER
// form; "" when the bytes are no point of the curve.
func (k Key) ID() string {
	der, err := k.DER()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8])
}

// verify checks r and s over the SHA-256 of the message.
func (k Key) verify(message []byte, signature Signature) bool {
	public, err := k.public()
	if err != nil {
		return false
	}
	sum := sha256.Sum256(message)
	r := new(big.Int).SetBytes(signature[:coordinate])
	s := new(big.Int).SetBytes(signature[coordinate:])
	return ecdsa.Verify(public, sum[:], r, s)
}
