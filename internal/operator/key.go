// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// KeyID is the id of a public key in DER form.
func KeyID(publicKey []byte) string {
	sum := sha256.Sum256(publicKey)
	return hex.EncodeToString(sum[:8])
}

// GenerateKey makes a signing key for the command line.
func GenerateKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	return key, nil
}

// PublicKey gives the DER form of the SubjectPublicKeyInfo, as it is enrolled.
func PublicKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	return der, nil
}

const pemType = "PRIVATE KEY"

// EncodeKey gives the content of a key file: PKCS #8 (RFC 5958) in PEM.
func EncodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode signing key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// DecodeKey reads the content of a key file.
func DecodeKey(content []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(content)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("there is no PEM block %q", pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read PKCS #8 key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("the key is not an ECDSA key on the curve P-256")
	}
	return key, nil
}

// maxKeyFile bounds what is read as a key file; a P-256 key has about 250 bytes.
const maxKeyFile = 16 << 10

// SaveKey writes a new key file that only its owner may read. It never
// overwrites: a signing key that is lost cannot be had back.
func SaveKey(path string, key *ecdsa.PrivateKey) error {
	content, err := EncodeKey(key)
	if err != nil {
		return err
	}
	err = durable.Create(path, content)
	if errors.Is(err, fs.ErrExist) {
		return problem.Wrap(err, problem.Conflict, fmt.Sprintf("There is a key file %s already.", path),
			"Choose another path, or move the file that is there away.")
	}
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The key file %s cannot be written.", path), "Check the folder and its permissions.")
	}
	return nil
}

// LoadKey reads a key file. It refuses one that others than its owner may read.
func LoadKey(path string) (*ecdsa.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, problem.Wrap(err, problem.NotFound, fmt.Sprintf("There is no key file %s.", path),
			"Give the path of your key file, or make one with `tocsin operator key`.")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, problem.New(problem.Forbidden, fmt.Sprintf("Others may read the key file %s.", path),
			fmt.Sprintf("Run chmod 600 %s. If others could have copied it, revoke the key and make a new one.", path))
	}
	if info.Size() > maxKeyFile {
		return nil, problem.New(problem.Unreadable, fmt.Sprintf("%s is no key file: it has %d bytes.", path, info.Size()),
			"Give the path of a PKCS #8 key file in PEM.")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The key file %s cannot be read.", path), "Check its owner and rights.")
	}
	key, err := DecodeKey(content)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no key file.", path),
			"Give the path of a PKCS #8 key file in PEM with a P-256 key.")
	}
	return key, nil
}
