// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// signingKey reads an Ed25519 key, or makes it at the first start. what names it
// to people.
func signingKey(path, what string) (ed25519.PrivateKey, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return newSigningKey(path, what)
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The %s %s cannot be read.", what, path), "Check its permissions.")
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, problem.New(problem.Unreadable, fmt.Sprintf("%s is no PEM file.", path), fmt.Sprintf("Restore the %s from its backup.", what))
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, problem.New(problem.Unreadable, fmt.Sprintf("%s holds no Ed25519 key.", path), fmt.Sprintf("Restore the %s from its backup.", what))
	}
	return key, nil
}

func newSigningKey(path, what string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", what, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", what, err)
	}
	return key, writeNew(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// keptRandom reads a file of 32 random bytes, or makes it at the first start.
func keptRandom(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		return raw, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", path), "Check its permissions.")
	}
	raw = make([]byte, 32)
	rand.Read(raw)
	return raw, writeNew(path, raw)
}

// writeNew writes a secret file that must not exist yet, whole and durable: a
// key that is lost in a crash after its first use would be a new identity.
func writeNew(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be made.", filepath.Dir(path)), "Check the directory's permissions.")
	}
	if err := durable.Create(path, content); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func readSecret(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The secret %s cannot be read.", path), "Check the path and its permissions.")
	}
	return strings.TrimSpace(string(raw)), nil
}

func trusting(path string) (*tls.Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", path), "Check the path and its permissions.")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		return nil, problem.New(problem.Unreadable, fmt.Sprintf("%s holds no certificate.", path), "Name a PEM file with the authority that signed the broker's certificate.")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}
