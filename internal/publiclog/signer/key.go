// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signer

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Key is what signs for a log: one key signs its checkpoints, the other says
// when. Both are Ed25519; where they lie is for whoever made it.
type Key struct {
	Origin       string
	signs, clock crypto.Signer
}

// NewKey makes the key of a log in memory.
func NewKey(origin string) (Key, error) {
	var keys [2]ed25519.PrivateKey
	for i := range keys {
		var err error
		if _, keys[i], err = ed25519.GenerateKey(rand.Reader); err != nil {
			return Key{}, fmt.Errorf("make log key: %w", err)
		}
	}
	return KeyOf(origin, keys[0], keys[1])
}

// KeyOf is the key of a log out of two that lie somewhere else. They sign with
// crypto.Hash(0), and need no source of randomness.
func KeyOf(origin string, signs, clock crypto.Signer) (Key, error) {
	k := Key{origin, signs, clock}
	for _, key := range []crypto.Signer{signs, clock} {
		if _, ok := key.Public().(ed25519.PublicKey); !ok {
			return Key{}, fmt.Errorf("log key of %q: it is not Ed25519", origin)
		}
	}
	_, _, err := k.note()
	return k, err
}

// note gives the key for notes in the forms of x/mod.
func (k Key) note() (note.Signer, note.Verifier, error) {
	vkey, err := note.NewEd25519VerifierKey(k.Origin, k.signs.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, nil, fmt.Errorf("log key of %q: %w", k.Origin, err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, nil, fmt.Errorf("log key of %q: %w", k.Origin, err)
	}
	return noteSigner{verifier, k.signs}, verifier, nil
}

// noteSigner is a note.Signer over a key that may lie anywhere: x/mod has one for
// keys that are at hand as bytes.
type noteSigner struct {
	note.Verifier
	key crypto.Signer
}

// Sign implements note.Signer.
func (s noteSigner) Sign(message []byte) ([]byte, error) {
	return s.key.Sign(nil, message, crypto.Hash(0))
}

// Public gives the public keys in the form of C2SP signed-note: that of the
// signatures first, that of the clock second.
func (k Key) Public() []string {
	vkey, err := note.NewEd25519VerifierKey(k.Origin, k.signs.Public().(ed25519.PublicKey))
	if err != nil {
		panic("signer: " + err.Error()) // KeyOf tried it
	}
	return []string{vkey, tlog.CosignerKey(k.Origin, k.clock.Public().(ed25519.PublicKey))}
}

// keyVersion opens a key file.
const keyVersion = "tocsin-log-key/v1"

// maxKeyFile bounds what is read as a key file, in bytes.
const maxKeyFile = 16 << 10

// encode writes a key that is in memory.
func (k Key) encode() []byte {
	seed := func(key crypto.Signer) string {
		return base64.StdEncoding.EncodeToString(key.(ed25519.PrivateKey).Seed())
	}
	return fmt.Appendf(nil, "%s\norigin %s\nsigns %s\nclock %s\n", keyVersion, k.Origin, seed(k.signs), seed(k.clock))
}

func parseKey(raw []byte) (Key, error) {
	lines := strings.Split(string(raw), "\n")
	if len(lines) != 5 || lines[0] != keyVersion || lines[4] != "" {
		return Key{}, errors.New("it does not have the four lines of " + keyVersion)
	}
	origin, ok := strings.CutPrefix(lines[1], "origin ")
	if !ok {
		return Key{}, errors.New("line 2 is not the origin")
	}
	var keys [2]ed25519.PrivateKey
	for i := range keys {
		_, text, _ := strings.Cut(lines[2+i], " ")
		seed, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || len(seed) != ed25519.SeedSize {
			return Key{}, fmt.Errorf("line %d is not a key", 3+i)
		}
		keys[i] = ed25519.NewKeyFromSeed(seed)
	}
	k, err := KeyOf(origin, keys[0], keys[1])
	if err == nil && !bytes.Equal(k.encode(), raw) {
		err = errors.New("it is not written in its one form")
	}
	return k, err
}

// Create makes the key of a log in a file, and the state that goes with it. It
// overwrites neither. The key is encrypted for the recipients (age); without any
// it lies open, readable by its owner alone.
func Create(origin, keyFile, stateFile string, recipients ...age.Recipient) (Key, error) {
	if _, err := os.Stat(keyFile); err == nil {
		return Key{}, problem.New(problem.Conflict, fmt.Sprintf("There is a key in %s.", keyFile), "Name another file, or keep that key.")
	}
	k, err := NewKey(origin)
	if err != nil {
		return Key{}, problem.Wrap(err, problem.Invalid, fmt.Sprintf("A log cannot have the name %q.", origin), "Write a name without blanks and plus signs, such as warnung.example/log.")
	}
	content := k.encode()
	if len(recipients) > 0 {
		var out bytes.Buffer
		w, err := age.Encrypt(&out, recipients...)
		if err == nil {
			_, err = w.Write(content)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return Key{}, fmt.Errorf("encrypt log key: %w", err)
		}
		content = out.Bytes()
	}
	// The state first: a key without its state is refused for good, a state
	// without its key is nothing.
	if err := Begin(k, stateFile); err != nil {
		return Key{}, err
	}
	return k, writeNew(keyFile, content)
}

// Begin writes the state of a new key: the signed checkpoint of an empty log. It
// does not overwrite that of a key which has signed more.
func Begin(k Key, stateFile string) error {
	if raw, err := os.ReadFile(stateFile); err == nil {
		if t, err := tlog.UnsignedCheckpoint(raw); err != nil || t.Size > 0 {
			return problem.New(problem.Conflict, fmt.Sprintf("In %s is what a key has signed that is not there.", stateFile), "Bring the key back, or begin a new log (docs/runbooks/log-signer.md).")
		}
	}
	signs, _, err := k.note()
	if err != nil {
		return err
	}
	empty := tlog.Tree{Origin: k.Origin, Root: (&tlog.Range{}).Root()}
	signed, err := tlog.SignCheckpoint(empty, signs)
	if err != nil {
		return fmt.Errorf("sign empty log: %w", err)
	}
	return writeNew(stateFile, signed)
}

// Load reads a key file. One that is encrypted needs one of the identities.
func Load(keyFile string, identities ...age.Identity) (Key, error) {
	info, err := os.Stat(keyFile)
	if err != nil {
		return Key{}, problem.Wrap(err, problem.NotFound, fmt.Sprintf("There is no log key %s.", keyFile), "Make one with tocsin log key, or bring it back from its backup.")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Key{}, problem.New(problem.Forbidden, fmt.Sprintf("Others may read the log key %s.", keyFile), fmt.Sprintf("Run chmod 600 %s. If others could have copied it, begin a new log (docs/runbooks/log-signer.md).", keyFile))
	}
	if info.Size() > maxKeyFile {
		return Key{}, problem.New(problem.Unreadable, fmt.Sprintf("%s is no log key: it has %d bytes.", keyFile, info.Size()), "Name the file that tocsin log key made.")
	}
	raw, err := os.ReadFile(keyFile)
	if err == nil && !bytes.HasPrefix(raw, []byte(keyVersion)) {
		raw, err = decrypt(raw, identities)
	}
	var k Key
	if err == nil {
		k, err = parseKey(raw)
	}
	if err != nil {
		return Key{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The log key %s cannot be read.", keyFile), "Give the passphrase or identity that it was encrypted for, or bring it back from its backup.")
	}
	return k, nil
}

// Passphrase gives what encrypts and decrypts a key file with a passphrase.
func Passphrase(passphrase string) (age.Identity, age.Recipient, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, nil, problem.Wrap(err, problem.Invalid, "The passphrase of the log key is empty.", "Write one into its file.")
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	return identity, recipient, err
}

func decrypt(raw []byte, identities []age.Identity) ([]byte, error) {
	if len(identities) == 0 {
		return nil, errors.New("it is encrypted, and there is neither passphrase nor identity")
	}
	r, err := age.Decrypt(bytes.NewReader(raw), identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxKeyFile))
}
