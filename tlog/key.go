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
	"sync"
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

// point is a key as a point of the curve, with its name.
type point struct {
	public *ecdsa.PublicKey
	id     string
}

// mostPoints bounds the memory for points, of half a KiB each.
const mostPoints = 1024

// points are those of the keys that were met last. The same few people sign all
// warnings of a log, and to find a point takes a third as long as to verify with it.
var points = struct {
	sync.Mutex
	of map[Key]*point
}{of: map[Key]*point{}}

// point gives the point; an error when the bytes are none on the curve.
func (k Key) point() (*point, error) {
	points.Lock()
	known := points.of[k]
	points.Unlock()
	if known != nil {
		return known, nil
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k[:])
	if x == nil {
		return nil, errors.New("the key is no point of the curve P-256")
	}
	raw := make([]byte, 1+2*coordinate)
	raw[0] = 4
	x.FillBytes(raw[1 : 1+coordinate])
	y.FillBytes(raw[1+coordinate:])
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	found := &point{public, hex.EncodeToString(sum[:8])}
	points.Lock()
	defer points.Unlock()
	if len(points.of) >= mostPoints {
		clear(points.of)
	}
	points.of[k] = found
	return found, nil
}

// DER gives the SubjectPublicKeyInfo.
func (k Key) DER() ([]byte, error) {
	p, err := k.point()
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(p.public)
}

// ID names the key: the first 16 hexadecimal digits of the SHA-256 of its DER
// form; "" when the bytes are no point of the curve.
func (k Key) ID() string {
	p, err := k.point()
	if err != nil {
		return ""
	}
	return p.id
}

// verify checks r and s over the SHA-256 of the message.
func (k Key) verify(message []byte, signature Signature) bool {
	p, err := k.point()
	if err != nil {
		return false
	}
	sum := sha256.Sum256(message)
	r := new(big.Int).SetBytes(signature[:coordinate])
	s := new(big.Int).SetBytes(signature[coordinate:])
	return ecdsa.Verify(p.public, sum[:], r, s)
}
