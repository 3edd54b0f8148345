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
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

const (
	keyFile    = "device-key.pem"
	accessFile = "access.json"
)

// identity is who the siren is, what it proves that with, and whom it obeys.
type identity struct {
	siren, authority string
	number           uint32
	ars              geo.ARS
	brokers          []string
	trust            siren.Trust
	// key signs what the siren says.
	key      ed25519.PrivateKey
	password string
	tls      *tls.Config
	// keeper renews the certificate; nil for a siren that was not enrolled.
	keeper *enrolment.Keeper
}

// public is the key that belongs into the registry.
func (i *identity) public() ed25519.PublicKey { return i.key.Public().(ed25519.PublicKey) }

// openKeeper reads what an enrolment gave; nil when the siren was not enrolled.
func openKeeper(c Config) (*enrolment.Keeper, error) {
	keeper, err := enrolment.OpenKeeper(filepath.Join(c.State, accessFile), time.Now)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return keeper, err
}

func grantOf(keeper *enrolment.Keeper) *enrolment.Grant {
	if keeper == nil {
		return nil
	}
	access := keeper.Access()
	return &access.Grant
}

// openIdentity puts together what the configuration and an enrolment say; the
// configuration was found right.
func openIdentity(c Config) (*identity, error) {
	i := &identity{siren: c.Siren, authority: c.Authority, number: c.Number, ars: c.ARS, brokers: c.Brokers}
	var err error
	if i.keeper, err = openKeeper(c); err != nil {
		return nil, err
	}
	grant := grantOf(i.keeper)
	if grant != nil {
		i.siren, i.authority, i.number, i.ars = grant.Siren, grant.Authority, grant.Number, grant.ARS
		if len(i.brokers) == 0 {
			i.brokers = []string{grant.Broker}
		}
	}
	if i.trust, err = c.trust(grant); err != nil {
		return nil, err
	}
	if i.key, err = deviceKey(filepath.Join(c.State, keyFile)); err != nil {
		return nil, err
	}
	if c.PasswordFile != "" {
		raw, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, "The password cannot be read.", "Correct password_file or its permissions.")
		}
		i.password = strings.TrimSpace(string(raw))
	}
	if i.keeper != nil && c.TLS.Certificate == "" {
		i.tls = patient(i.keeper.TLS())
		return i, nil
	}
	i.tls, err = c.TLS.client()
	return i, err
}

// trust is whom the siren obeys at first: its set-up vouches for the root in it,
// and the root for the keyset.
func (c Config) trust(grant *enrolment.Grant) (siren.Trust, error) {
	documents, what := []byte(nil), "that came with the enrolment"
	if grant != nil {
		documents = grant.Keyset
	}
	if c.Keyset != "" {
		raw, err := os.ReadFile(c.Keyset)
		if err != nil {
			return siren.Trust{}, problem.Wrap(err, problem.Unreadable, "The keyset cannot be read.", "Correct keyset or its permissions.")
		}
		documents, what = raw, c.Keyset
	}
	if len(documents) == 0 {
		return c.keys(grant)
	}
	envelopes, err := siren.ParseEnvelopes(documents)
	var root siren.Root
	if err == nil {
		root, err = siren.ReadRoot(envelopes[0])
	}
	var trust siren.Trust
	if err == nil {
		trust, err = siren.OpenTrust(documents, root)
	}
	if err == nil && len(trust.Keyset.Issuers) == 0 {
		err = errors.New("there is no keyset behind the root")
	}
	if err != nil {
		return siren.Trust{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The keyset %s cannot be used.", what), "Give the file that the authority made for its sirens: its root, and a keyset that the root signed.")
	}
	return trust, nil
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
	return patient(config), nil
}

// patient lets a broker's certificate begin in what the board takes for the
// future; everything else about it is checked. A board without a battery for its
// clock begins in the past, and gets the time from a beacon after it has connected.
func patient(config *tls.Config) *tls.Config {
	clock := config.Time
	if clock == nil {
		clock = time.Now
	}
	config.InsecureSkipVerify = true // replaced by what follows
	config.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		options := x509.VerifyOptions{
			Roots: config.RootCAs, DNSName: state.ServerName, Intermediates: x509.NewCertPool(),
			CurrentTime: later(clock(), leaf.NotBefore),
		}
		for _, intermediate := range state.PeerCertificates[1:] {
			options.Intermediates.AddCert(intermediate)
		}
		_, err := leaf.Verify(options)
		return err
	}
	return config
}

func (c TLSConfig) load() (*tls.Certificate, error) {
	certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The siren's certificate cannot be used.", "Check that tls.certificate and tls.key are PEM files that belong together.")
	}
	return &certificate, nil
}
