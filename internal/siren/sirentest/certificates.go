// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sirentest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// NewCA is a certificate authority of the rigs' authority, unlike any other.
func NewCA(t testing.TB) *enrolment.CA {
	t.Helper()
	ca, err := enrolment.OpenCA(filepath.Join(t.TempDir(), "ca.pem"), Authority, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// CA is the rig's certificate authority.
func (r *Rig) CA() *enrolment.CA { return r.ca }

// TLS is how a siren connects, with the certificate that it has.
func (r *Rig) TLS(id string) *tls.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	config, enrolled := r.configs[id]
	if !enrolled {
		certificate := Certificate(r.t, r.ca, id, time.Now())
		_, serial := enrolment.Name(certificate.Leaf)
		r.certified(enrolment.Certification{Siren: id, Serial: serial, NotAfter: certificate.Leaf.NotAfter})
		config = r.Showing(certificate)
		r.configs[id] = config
	}
	return config
}

// Enrol gives a siren a new certificate that ends all it had.
func (r *Rig) Enrol(id string) {
	r.mu.Lock()
	delete(r.configs, id)
	r.mu.Unlock()
	r.TLS(id)
}

func (r *Rig) certified(c enrolment.Certification) {
	r.t.Helper()
	event := journal.NewEvent(enrolment.EventCertified, c)
	if err := r.Book.Apply(journal.Record{Seq: 1, Time: time.Now(), Events: []journal.Event{event}}); err != nil {
		r.t.Fatal(err)
	}
}

// Revoke ends all certificates of a siren.
func (r *Rig) Revoke(id string) {
	r.t.Helper()
	event := journal.NewEvent(enrolment.EventRevoked, enrolment.Revocation{Siren: id})
	if err := r.Book.Apply(journal.Record{Seq: 1, Time: time.Now(), Events: []journal.Event{event}}); err != nil {
		r.t.Fatal(err)
	}
}

// Showing is how one connects with the certificate.
func (r *Rig) Showing(certificate tls.Certificate) *tls.Config {
	return &tls.Config{RootCAs: r.ca.Pool(), Certificates: []tls.Certificate{certificate}, ServerName: "127.0.0.1"}
}

// Certificate is one for the name that begins its life at a time.
func Certificate(t testing.TB, ca *enrolment.CA, name string, now time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Siren(request, name, now)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

// PEM is a certificate for programs that are not ours.
func PEM(t testing.TB, c tls.Certificate) (key, certificate []byte) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}
