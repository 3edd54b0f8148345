// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Key is a pinned key: its holder is known from elsewhere.
type Key struct {
	// Name is what the caller calls the key; Verified repeats it.
	Name string
	// Public is an *rsa.PublicKey or an *ecdsa.PublicKey.
	Public crypto.PublicKey
}

// Fingerprint returns the SHA-256 of the key's SubjectPublicKeyInfo in hex, as
// `openssl pkey -pubin -outform DER | sha256sum` does.
func (k Key) Fingerprint() string {
	der, err := x509.MarshalPKIXPublicKey(k.Public)
	if err != nil {
		return ""
	}
	digest := sha256.Sum256(der)
	return hex.EncodeToString(digest[:])
}

// ParsePEM reads public keys and certificates, one or more, from PEM. A
// certificate is a wrapping of its key: its dates, its issuer and its purposes
// play no part, since whoever pins it trusts the key until the pin is removed.
// A key is named by the common name of its certificate, else by its
// fingerprint. Keys that Verify would not believe are an error.
func ParsePEM(raw []byte) ([]Key, error) {
	var keys []Key
	for {
		var block *pem.Block
		if block, raw = pem.Decode(raw); block == nil {
			break
		}
		key, err := parseBlock(block)
		if err == nil {
			err = checkKey(key.Public, ProfilePartner)
		}
		if err != nil {
			return nil, fmt.Errorf("PEM block %d (%s): %w", len(keys)+1, block.Type, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no PEM block found; give a public key (BEGIN PUBLIC KEY) or a certificate (BEGIN CERTIFICATE)")
	}
	if rest := bytes.TrimSpace(raw); bytes.Contains(rest, []byte("-----BEGIN")) {
		return nil, fmt.Errorf("PEM block %d is damaged", len(keys)+1)
	}
	return keys, nil
}

func parseBlock(block *pem.Block) (Key, error) {
	key := Key{}
	var err error
	switch {
	case block.Type == "PUBLIC KEY":
		key.Public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case block.Type == "RSA PUBLIC KEY":
		key.Public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case block.Type == "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = Key{Name: certificate.Subject.CommonName, Public: certificate.PublicKey}
		}
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		err = errors.New("is a private key; give the public one, and keep this one secret")
	default:
		err = errors.New("is neither a public key nor a certificate")
	}
	if err == nil && key.Name == "" {
		key.Name = key.Fingerprint()
	}
	return key, err
}

// ParsePrivateKey reads the first private key in PEM (PKCS #8, PKCS #1 or SEC
// 1, not encrypted) for Sign.
func ParsePrivateKey(raw []byte) (crypto.Signer, error) {
	for {
		var block *pem.Block
		if block, raw = pem.Decode(raw); block == nil {
			return nil, errors.New("no private key found; give one in PEM (BEGIN PRIVATE KEY)")
		}
		var key any
		var err error
		switch {
		case block.Type == "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case block.Type == "RSA PRIVATE KEY" && block.Headers["DEK-Info"] == "":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case block.Type == "EC PRIVATE KEY" && block.Headers["DEK-Info"] == "":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil, errors.New("the private key is encrypted; decrypt it first, as with openssl pkey")
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("private key: %w", err)
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("a key of type %T cannot sign", key)
		}
		return signer, checkKey(signer.Public(), ProfileOwn)
	}
}

// checkKey says what is wrong with a key for use in a profile.
func checkKey(public crypto.PublicKey, profile Profile) error {
	switch public := public.(type) {
	case *rsa.PublicKey:
		least := 2048
		if profile == ProfileOwn {
			least = 3072
		}
		if public == nil || public.N == nil {
			return errors.New("the RSA key is empty")
		}
		switch bits := public.N.BitLen(); {
		case bits < least:
			return fmt.Errorf("an RSA key of %d bits is too short; it needs %d or more", bits, least)
		case bits > 16384:
			return fmt.Errorf("an RSA key of %d bits is too long; 16384 are the most", bits)
		case public.E < 65537 || public.E%2 == 0 || public.N.Bit(0) == 0:
			return fmt.Errorf("an RSA key with the exponent %d is not safe; 65537 is", public.E)
		}
		return nil
	case *ecdsa.PublicKey:
		if public == nil || public.Curve == nil {
			return errors.New("the ECDSA key is empty")
		}
		switch public.Curve {
		case elliptic.P256():
			return nil
		case elliptic.P384(), elliptic.P521():
			if profile == ProfilePartner {
				return nil
			}
		}
		return fmt.Errorf("an ECDSA key on %s is not used here; one on P-256 is", public.Curve.Params().Name)
	}
	return fmt.Errorf("a key of type %T is not used here; RSA and ECDSA are", public)
}

// kindOf returns the kind of a key that checkKey let through.
func kindOf(public crypto.PublicKey) keyKind {
	if _, ok := public.(*rsa.PublicKey); ok {
		return kindRSA
	}
	return kindECDSA
}
