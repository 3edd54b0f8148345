// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// maxCheckpoint bounds a signed checkpoint, in bytes: ten witnesses with two
// signatures each, the long ones of ML-DSA-44 among them, have 40 KB.
const maxCheckpoint = 64 << 10

// The algorithms of keys in notes (C2SP signed-note and tlog-cosignature).
const (
	algorithmNote          = 0x01 // Ed25519 over the note
	algorithmCosignature   = 0x04 // Ed25519 with a time
	algorithmCosignatureML = 0x06 // ML-DSA-44 with a time
)

// Text is the checkpoint of the tree (C2SP tlog-checkpoint), without signatures.
func (t Tree) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", t.Origin, t.Size, t.Root)
}

// ParseCheckpoint reads a checkpoint without signatures. Lines after the third
// are refused: nobody vouches for them.
func ParseCheckpoint(text string) (Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return Tree{}, errors.New("checkpoint: it is not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Tree{}, errors.New("checkpoint: line 2 is not the size of a tree")
	}
	root, err := merkle.ParseHash(lines[2])
	if err != nil {
		return Tree{}, errors.New("checkpoint: line 3 is not a root in base64")
	}
	t := Tree{lines[0], size, root}
	if t.Text() != text {
		return Tree{}, errors.New("checkpoint: it is not written in its one form")
	}
	return t, nil
}

// SignCheckpoint signs the tree's checkpoint. Whoever calls it makes sure that
// no two roots are ever signed for one size.
func SignCheckpoint(t Tree, signers ...note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: t.Text()}, signers...)
}

// OpenCheckpoint verifies that one of the keys signed the checkpoint. Other
// signature lines do not count, good or bad.
func OpenCheckpoint(raw []byte, keys ...note.Verifier) (Tree, error) {
	if len(raw) > maxCheckpoint {
		return Tree{}, fmt.Errorf("checkpoint: it has %d bytes, more than %d", len(raw), maxCheckpoint)
	}
	err := errors.New("checkpoint: there is no key to check it with")
	for _, key := range keys {
		var signed *note.Note
		if signed, err = note.Open(raw, note.VerifierList(key)); err == nil {
			return ParseCheckpoint(signed.Text)
		}
	}
	return Tree{}, fmt.Errorf("checkpoint: %w", err)
}

// UnsignedCheckpoint reads the tree out of a signed checkpoint without checking
// any signature: to find out whose keys to check it with.
func UnsignedCheckpoint(raw []byte) (Tree, error) {
	if len(raw) > maxCheckpoint {
		return Tree{}, fmt.Errorf("checkpoint: it has %d bytes, more than %d", len(raw), maxCheckpoint)
	}
	_, err := note.Open(raw, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Tree{}, errors.New("checkpoint: it is not a signed note")
	}
	return ParseCheckpoint(unverified.Note.Text)
}

// Cosignature says that a key's holder saw the tree at a time.
type Cosignature struct {
	// Name is the key's.
	Name string
	Time time.Time
}

// Cosignatures gives those by the keys that verify, one for each key. Lines that
// do not verify are passed over, so that nobody can spoil the others' by adding
// one.
func Cosignatures(raw []byte, keys ...note.Verifier) []Cosignature {
	var all []Cosignature
	if len(raw) > maxCheckpoint {
		return nil
	}
	for _, key := range keys {
		signed, err := note.Open(raw, note.VerifierList(key))
		if err != nil {
			continue
		}
		line, err := base64.StdEncoding.DecodeString(signed.Sigs[0].Base64)
		if err != nil || len(line) < 4+8 {
			continue
		}
		seconds := binary.BigEndian.Uint64(line[4:])
		if seconds > math.MaxInt64 {
			continue
		}
		all = append(all, Cosignature{key.Name(), time.Unix(int64(seconds), 0).UTC()})
	}
	return all
}

// KeyReader makes the verifier of a key in the form of C2SP signed-note (a
// "vkey"). NewVerifier is one; another may know more algorithms and pass on to
// it what it does not know.
type KeyReader func(vkey string) (note.Verifier, error)

// ErrAlgorithm is NewVerifier's error for a key of an algorithm that it does not know.
var ErrAlgorithm = errors.New("this program cannot check signatures of that algorithm")

// NewVerifier reads a key for notes (Ed25519) or for cosignatures (Ed25519 with
// a time). ML-DSA-44 is not in the standard library: such keys give ErrAlgorithm
// here, and CosignedMessage is what a KeyReader that knows it checks.
func NewVerifier(vkey string) (note.Verifier, error) {
	key, err := keyBytes(vkey)
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(vkey, "+")
	switch key[0] {
	case algorithmNote:
		return note.NewVerifier(vkey)
	case algorithmCosignature:
		if len(key) != 1+ed25519.PublicKeySize {
			return nil, fmt.Errorf("key %s has %d bytes, not %d", name, len(key), 1+ed25519.PublicKeySize)
		}
		return cosignatureVerifier{name, key[1:]}, nil
	}
	return nil, fmt.Errorf("key %s, algorithm %#02x: %w", name, key[0], ErrAlgorithm)
}

// keyBytes gives the key out of a vkey, with its algorithm as the first byte.
func keyBytes(vkey string) ([]byte, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("key %q is not name, hash and key", vkey)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) == 0 {
		return nil, fmt.Errorf("key %s: it is not in base64", parts[0])
	}
	if checkOrigin(parts[0]) != nil || fmt.Sprintf("%08x", keyHash(parts[0], key)) != parts[1] {
		return nil, fmt.Errorf("key %s: the hash is not that of name and key", parts[0])
	}
	return key, nil
}

// keyHash is over the name and the key with its algorithm in front.
func keyHash(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

type cosignatureVerifier struct {
	name string
	key  ed25519.PublicKey
}

func (v cosignatureVerifier) Name() string { return v.name }

func (v cosignatureVerifier) KeyHash() uint32 {
	return keyHash(v.name, append([]byte{algorithmCosignature}, v.key...))
}

// Verify implements note.Verifier: a time, then the signature.
func (v cosignatureVerifier) Verify(message, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	return seconds <= math.MaxInt64 && ed25519.Verify(v.key, cosigned(seconds, message), signature[8:])
}

// cosigned is what an Ed25519 cosignature is over.
func cosigned(seconds uint64, checkpoint []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", seconds), checkpoint...)
}

// CosignedMessage is what an ML-DSA-44 cosignature of that name is over, at a
// time in seconds since 1970.
func CosignedMessage(name string, seconds uint64, t Tree) []byte {
	out := append([]byte("subtree/v1\n\x00"), byte(len(name)))
	out = append(out, name...)
	out = binary.BigEndian.AppendUint64(out, seconds)
	out = append(append(out, byte(len(t.Origin))), t.Origin...)
	out = binary.BigEndian.AppendUint64(out, 0)
	out = binary.BigEndian.AppendUint64(out, uint64(t.Size))
	return append(out, t.Root[:]...)
}

// CosignerKey gives the key of a cosigner in the form that NewVerifier reads.
func CosignerKey(name string, key ed25519.PublicKey) string {
	raw := append([]byte{algorithmCosignature}, key...)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, raw), base64.StdEncoding.EncodeToString(raw))
}

// NewCosigner makes a signer of cosignatures for one point in time. The key is
// Ed25519. What it signs must be a checkpoint in its one form.
func NewCosigner(name string, key crypto.Signer, at time.Time) (note.Signer, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("cosigner: the key is not Ed25519")
	}
	if err := checkOrigin(name); err != nil {
		return nil, fmt.Errorf("cosigner: the name %w", err)
	}
	if at.Unix() < 0 {
		return nil, fmt.Errorf("cosigner: %v is before 1970", at)
	}
	return cosigner{cosignatureVerifier{name, public}, key, uint64(at.Unix())}, nil
}

type cosigner struct {
	cosignatureVerifier
	private crypto.Signer
	seconds uint64
}

// Sign implements note.Signer.
func (c cosigner) Sign(message []byte) ([]byte, error) {
	if _, err := ParseCheckpoint(string(message)); err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	signature, err := c.private.Sign(nil, cosigned(c.seconds, message), crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	return append(binary.BigEndian.AppendUint64(nil, c.seconds), signature...), nil
}
