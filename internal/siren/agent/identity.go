// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

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
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const keyFile = "device-key.pem"

// identity is what a siren proves with that it is itself.
type identity struct {
	// key signs what the siren says.
	key      ed25519.PrivateKey
	password string
	tls      *tls.Config
}

// public is the key that belongs into the registry.
func (i *identity) public() ed25519.PublicKey { return i.key.Public().(ed25519.PublicKey) }

func openIdentity(c Config) (*identity, error) {
	key, err := deviceKey(filepath.Join(c.State, keyFile))
	if err != nil {
		return nil, err
	}
	i := &identity{key: key}
	if c.PasswordFile != "" {
		raw, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, "The password cannot be read.", "Correct password_file or its permissions.")
		}
		i.password = strings.TrimSpace(string(raw))
	}
	i.tls, err = c.TLS.client()
	return i, err
}

// deviceKey reads the siren's own key, or makes it at the first start.
func deviceKey(path string) (ed25519.PrivateKey, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make the siren's key: %w", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("make the siren's key: %w", err)
		}
		if err := durable.Create(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
			return nil, problem.Wrap(err, problem.Unavailable, "The siren's key cannot be stored.", "Make room in the state directory.")
		}
		return key, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The siren's key cannot be read.", "Check the permissions of "+path+".")
	}
	if block, _ := pem.Decode(raw); block != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if key, ok := parsed.(ed25519.PrivateKey); err == nil && ok {
			return key, nil
		}
	}
	return nil, problem.New(problem.Unreadable, path+" holds no Ed25519 key.", "Remove the file and give the registry the new key that tocsin-agent check then prints.")
}

// client is how the siren speaks TLS.
func (c TLSConfig) client() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		raw, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, "The certificate authority of the brokers cannot be read.", "Correct tls.ca.")
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(raw) {
			return nil, problem.New(problem.Unreadable, c.CA+" holds no certificate.", "Give a PEM file with the certificate of the authority that signs the brokers' certificates.")
		}
	}
	if c.Certificate != "" {
		if _, err := c.load(); err != nil {
			return nil, err
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.load() }
	}
	// A board without a battery for its clock begins in the past, and gets the time
	// from a beacon after it has connected. So a broker's certificate may begin in
	// what the board takes for the future; everything else about it is checked.
	config.InsecureSkipVerify = true
	config.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		options := x509.VerifyOptions{
			Roots: config.RootCAs, DNSName: state.ServerName, Intermediates: x509.NewCertPool(),
			CurrentTime: later(time.Now(), leaf.NotBefore),
		}
		for _, intermediate := range state.PeerCertificates[1:] {
			options.Intermediates.AddCert(intermediate)
		}
		_, err := leaf.Verify(options)
		return err
	}
	return config, nil
}

func (c TLSConfig) load() (*tls.Certificate, error) {
	certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The siren's certificate cannot be used.", "Check that tls.certificate and tls.key are PEM files that belong together.")
	}
	return &certificate, nil
}
