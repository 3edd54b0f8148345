// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package ceremony keeps the files with which people sign roots, keysets and
// firmware of sirens: each person a key of their own, one after the other, on
// machines without a network.
package ceremony

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const (
	// PublicSuffix is what the name of a public key's file ends with, after the key's.
	PublicSuffix = ".pub"
	keyVersion   = "tocsin-siren-root-key/v1 "
	publicPrefix = "tocsin-siren-root/v1 "
	maxFile      = 1 << 20
)

// Passphrase gives what encrypts and decrypts a key file with a passphrase.
func Passphrase(passphrase string) (age.Identity, age.Recipient, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, nil, problem.Wrap(err, problem.Invalid, "The passphrase of the root key is empty.", "Choose one, and write it down.")
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	return identity, recipient, err
}

// CreateKey makes a root key in a file, encrypted for the recipient, and its
// public half beside it. It overwrites neither.
func CreateKey(path string, recipient age.Recipient) (siren.RootPublic, error) {
	seed := make([]byte, siren.RootSeedBytes)
	rand.Read(seed)
	key, err := siren.NewRootKey(seed)
	if err != nil {
		return siren.RootPublic{}, err
	}
	var secret bytes.Buffer
	w, err := age.Encrypt(&secret, recipient)
	if err == nil {
		_, err = io.WriteString(w, keyVersion+base64.StdEncoding.EncodeToString(key.Seed())+"\n")
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return siren.RootPublic{}, fmt.Errorf("encrypt root key: %w", err)
	}
	public := publicPrefix + base64.StdEncoding.EncodeToString(key.Public().Bytes()) + "\n"
	for _, file := range []struct {
		path    string
		content []byte
	}{{path, secret.Bytes()}, {path + PublicSuffix, []byte(public)}} {
		if err := durable.Create(file.path, file.content); err != nil {
			return siren.RootPublic{}, problem.Wrap(err, problem.Conflict, fmt.Sprintf("The key cannot be written to %s.", file.path), "Name a file that is not there yet, in a folder that is.")
		}
	}
	return key.Public(), nil
}

// LoadKey reads a key file.
func LoadKey(path string, identity age.Identity) (siren.RootKey, error) {
	raw, err := read(path)
	if err != nil {
		return siren.RootKey{}, err
	}
	bad := func(err error) (siren.RootKey, error) {
		return siren.RootKey{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The root key %s cannot be read.", path), "Give the passphrase that it was encrypted with, or its copy from the safe.")
	}
	r, err := age.Decrypt(bytes.NewReader(raw), identity)
	if err != nil {
		return bad(err)
	}
	if raw, err = io.ReadAll(io.LimitReader(r, maxFile)); err != nil {
		return bad(err)
	}
	seed, err := line(string(raw), keyVersion)
	if err != nil {
		return bad(err)
	}
	key, err := siren.NewRootKey(seed)
	if err != nil {
		return bad(err)
	}
	return key, nil
}

// LoadPublic reads a public root key.
func LoadPublic(path string) (siren.RootPublic, error) {
	raw, err := read(path)
	if err != nil {
		return siren.RootPublic{}, err
	}
	key, err := line(string(raw), publicPrefix)
	var public siren.RootPublic
	if err == nil {
		public, err = siren.ParseRootPublic(key)
	}
	if err != nil {
		return siren.RootPublic{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no public root key.", path), "Name a file that tocsin siren root key made, its name ending with "+PublicSuffix+".")
	}
	return public, nil
}

// line reads the one line of a key file.
func line(text, prefix string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, prefix)
	if !ok || !strings.HasSuffix(encoded, "\n") {
		return nil, errors.New("it is not one line that begins with " + strings.TrimSpace(prefix))
	}
	return base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(encoded, "\n"))
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, problem.Wrap(err, problem.NotFound, fmt.Sprintf("%s cannot be read.", path), "Check the path and its permissions.")
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil || len(raw) > maxFile {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read, or is over 1 MiB long.", path), "Name another file.")
	}
	return raw, nil
}
