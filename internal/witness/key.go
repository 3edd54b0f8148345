// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"filippo.io/mldsa"
	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/tlog"
)

// Key is the secret of a witness: two seeds under one name, for an Ed25519
// cosignature and for one that quantum computers cannot forge (ML-DSA-44).
type Key struct {
	Name    string
	classic ed25519.PrivateKey
	quantum *mldsa.PrivateKey
}

// NewKey makes the key of a witness.
func NewKey(name string) (Key, error) {
	seeds := make([]byte, 2*seedSize)
	rand.Read(seeds)
	return keyOf(name, seeds[:seedSize], seeds[seedSize:])
}

// seedSize is that of both algorithms, in bytes.
const seedSize = 32

func keyOf(name string, classic, quantum []byte) (Key, error) {
	k := Key{Name: name, classic: ed25519.NewKeyFromSeed(classic)}
	var err error
	if k.quantum, err = mldsa.NewPrivateKey(mldsa.MLDSA44(), quantum); err != nil {
		return Key{}, fmt.Errorf("make key: %w", err)
	}
	_, err = tlog.NewCosigner(name, k.classic, time.Unix(0, 0)) // refuses names that no key can have
	return k, err
}

// Public gives the public keys in the form of C2SP signed-note: Ed25519 first.
func (k Key) Public() []string {
	return []string{tlog.CosignerKey(k.Name, k.classic.Public().(ed25519.PublicKey)), k.quantumVerifier().vkey()}
}

func (k Key) quantumVerifier() quantumVerifier { return quantumVerifier{k.Name, k.quantum.PublicKey()} }

// keyVersion opens a key file.
const keyVersion = "tocsin-witness-key/v1"

func (k Key) encode() []byte {
	base64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, "%s\nname %s\ned25519 %s\nml-dsa-44 %s\n", keyVersion, k.Name, base64(k.classic.Seed()), base64(k.quantum.Bytes()))
}

func parseKey(raw []byte) (Key, error) {
	lines := strings.Split(string(raw), "\n")
	if len(lines) != 5 || lines[0] != keyVersion || lines[4] != "" {
		return Key{}, errors.New("it does not have the four lines of " + keyVersion)
	}
	name, _ := strings.CutPrefix(lines[1], "name ")
	var seeds [2][]byte
	for i := range seeds {
		_, text, _ := strings.Cut(lines[2+i], " ")
		var err error
		if seeds[i], err = base64.StdEncoding.Strict().DecodeString(text); err != nil || len(seeds[i]) != seedSize {
			return Key{}, fmt.Errorf("line %d is not a key", 3+i)
		}
	}
	k, err := keyOf(name, seeds[0], seeds[1])
	if err == nil && !bytes.Equal(k.encode(), raw) {
		err = errors.New("it is not written in its one form")
	}
	return k, err
}

// cosign gives the signature lines for a tree.
func (k Key) cosign(t tlog.Tree, at time.Time) ([]byte, error) {
	classic, err := tlog.NewCosigner(k.Name, k.classic, at)
	if err != nil {
		return nil, err
	}
	quantum := quantumSigner{k.quantumVerifier(), k.quantum, uint64(at.Unix())}
	signed, err := tlog.SignCheckpoint(t, classic, quantum)
	if err != nil {
		return nil, err
	}
	_, lines, _ := bytes.Cut(signed, []byte("\n\n"))
	return lines, nil
}

// algorithmQuantum is ML-DSA-44 with a time (C2SP tlog-cosignature).
const algorithmQuantum = 0x06

// NewVerifier reads keys of all algorithms that cosign; it is a tlog.KeyReader.
func NewVerifier(vkey string) (note.Verifier, error) {
	verifier, err := tlog.NewVerifier(vkey)
	if !errors.Is(err, tlog.ErrAlgorithm) {
		return verifier, err
	}
	parts := strings.SplitN(vkey, "+", 3)
	raw, decoding := base64.StdEncoding.Strict().DecodeString(parts[len(parts)-1])
	if decoding != nil || len(parts) != 3 || len(raw) == 0 || raw[0] != algorithmQuantum {
		return nil, err
	}
	public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), raw[1:])
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", parts[0], err)
	}
	return quantumVerifier{parts[0], public}, nil
}

// quantumVerifier checks ML-DSA-44 cosignatures.
type quantumVerifier struct {
	name string
	key  *mldsa.PublicKey
}

// Name implements note.Verifier.
func (v quantumVerifier) Name() string { return v.name }

// KeyHash implements note.Verifier.
func (v quantumVerifier) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(v.name+"\n"), v.raw()...))
	return binary.BigEndian.Uint32(sum[:])
}

func (v quantumVerifier) raw() []byte { return append([]byte{algorithmQuantum}, v.key.Bytes()...) }

func (v quantumVerifier) vkey() string {
	return fmt.Sprintf("%s+%08x+%s", v.name, v.KeyHash(), base64.StdEncoding.EncodeToString(v.raw()))
}

// Verify implements note.Verifier: a time, then the signature.
func (v quantumVerifier) Verify(message, signature []byte) bool {
	t, err := tlog.ParseCheckpoint(string(message))
	if err != nil || len(signature) < 8 {
		return false
	}
	return mldsa.Verify(v.key, tlog.CosignedMessage(v.name, binary.BigEndian.Uint64(signature), t), signature[8:], nil) == nil
}

// quantumSigner cosigns at one point in time.
type quantumSigner struct {
	quantumVerifier
	private *mldsa.PrivateKey
	seconds uint64
}

// Sign implements note.Signer.
func (s quantumSigner) Sign(message []byte) ([]byte, error) {
	t, err := tlog.ParseCheckpoint(string(message))
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	signature, err := s.private.Sign(nil, tlog.CosignedMessage(s.name, s.seconds, t), nil)
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	return append(binary.BigEndian.AppendUint64(nil, s.seconds), signature...), nil
}
