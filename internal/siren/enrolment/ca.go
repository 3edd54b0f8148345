// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package enrolment gives sirens their certificates: a small authority of the
// fleet's own, one-time codes by which a device enrols, and renewals by the
// certificate that it has. Which certificates are valid stands in the journal.
// The service runs in the gateway, the client in the device;
// docs/formats/siren-enrolment.md describes what they say to each other.
package enrolment

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Life is how long a siren's certificate is valid.
const Life = 365 * 24 * time.Hour

const (
	// authorityLife is beyond the life of the devices, which know no other.
	authorityLife = 25 * 365 * 24 * time.Hour
	// serverLife is that of the node's own certificates, which never leave its memory.
	serverLife = 30 * 24 * time.Hour
	// tolerance is how far behind a device's clock may be.
	tolerance = time.Hour
)

// CA is the certificate authority of one fleet: one key on P-256 that signs
// everything. It is safe for use by several goroutines.
type CA struct {
	// organization is the id of the authority that warns; it stands in every certificate.
	organization string
	key          *ecdsa.PrivateKey
	certificate  *x509.Certificate
}

// OpenCA reads the authority from a file with its key and certificate, or makes
// it when there is none. The error is a *problem.Error.
func OpenCA(path, organization string, now time.Time) (*CA, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newCA(path, organization, now)
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The sirens' certificate authority %s cannot be read.", path), "Check its permissions.")
	}
	ca, err := parseCA(raw, organization)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is not the sirens' certificate authority.", path), "Restore it from its backup: with another one all sirens have to be enrolled again.")
	}
	return ca, nil
}

func parseCA(raw []byte, organization string) (*CA, error) {
	pair, err := tls.X509KeyPair(raw, raw)
	if err != nil {
		return nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, errors.New("not the key and the certificate of an authority on P-256")
	}
	if got := pair.Leaf.Subject.Organization; len(got) != 1 || got[0] != organization {
		return nil, fmt.Errorf("it is that of %q", got)
	}
	return &CA{organization, key, pair.Leaf}, nil
}

func newCA(path, organization string, now time.Time) (*CA, error) {
	ca, err := makeCA(organization, now)
	if err != nil {
		return nil, err
	}
	key, err := keyPEM(ca.key)
	if err != nil {
		return nil, err
	}
	if err := durable.Create(path, append(key, ca.PEM()...)); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", path), "Check the directory's permissions.")
	}
	return ca, nil
}

// makeCA makes an authority that is kept nowhere.
func makeCA(organization string, now time.Time) (*CA, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{organization}, CommonName: "Sirens of " + organization},
		NotBefore: now.Add(-tolerance), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the sirens' certificate authority: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	return &CA{organization, key, certificate}, err
}

// serial is a random number of 127 bits, which no other certificate has.
func serial() *big.Int {
	raw := make([]byte, 16)
	rand.Read(raw)
	raw[0] &= 0x7f
	raw[0] |= 0x40
	return new(big.Int).SetBytes(raw)
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

func keyPEM(key crypto.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// PEM is the authority's certificate.
func (ca *CA) PEM() []byte { return certificatePEM(ca.certificate.Raw) }

// Pool holds the authority alone.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.certificate)
	return pool
}

// Fingerprint is the SHA-256 digest of the authority's certificate in
// hexadecimal digits. A device that enrols knows the node by it.
func (ca *CA) Fingerprint() string { return fingerprint(ca.certificate.Raw) }

func fingerprint(der []byte) string {
	digest := sha256.Sum256(der)
	return hex.EncodeToString(digest[:])
}

// issue signs a certificate for a key.
func (ca *CA) issue(key crypto.PublicKey, template *x509.Certificate, now time.Time, life time.Duration) (*x509.Certificate, error) {
	template.SerialNumber = serial()
	template.Subject = pkix.Name{Organization: []string{ca.organization}, CommonName: template.Subject.CommonName}
	template.NotBefore, template.NotAfter = now.Add(-tolerance), now.Add(life).Truncate(time.Second)
	template.KeyUsage, template.BasicConstraintsValid = x509.KeyUsageDigitalSignature, true
	der, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key, ca.key)
	if err != nil {
		return nil, fmt.Errorf("sign a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// Siren signs a certificate for a siren by its id. Of the request only the key
// is taken, which the device has shown to own. It is for P-256 or Ed25519.
func (ca *CA) Siren(request []byte, id string, now time.Time) (*x509.Certificate, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err == nil {
		err = csr.CheckSignature()
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The certificate request cannot be read.", "Send a PKCS #10 request in DER form.")
	}
	if key, ok := csr.PublicKey.(*ecdsa.PublicKey); csr.PublicKeyAlgorithm != x509.Ed25519 && (!ok || key.Curve != elliptic.P256()) {
		return nil, problem.New(problem.Invalid, "The certificate request is for another kind of key.", "Use a key on P-256, or Ed25519.")
	}
	return ca.issue(csr.PublicKey, &x509.Certificate{
		Subject: pkix.Name{CommonName: id}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, now, Life)
}

// forHosts is the template of a server's certificate for hosts: names or IP addresses.
func forHosts(hosts []string) *x509.Certificate {
	template := &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
			continue
		}
		template.DNSNames = append(template.DNSNames, host)
	}
	return template
}

// server gives certificates for hosts, as Gateway does.
func (ca *CA) server(hosts []string, now func() time.Time) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	get := ca.kept(func() *x509.Certificate { return forHosts(hosts) }, now)
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return get() }
}

// Listen is the configuration of a listener for hosts: names or IP addresses. It
// asks clients for certificates of this authority, and verifies those that it gets.
func (ca *CA) Listen(hosts []string, ask tls.ClientAuthType, now func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Time: now, GetCertificate: ca.server(hosts, now),
		ClientAuth: ask, ClientCAs: ca.Pool(), SessionTicketsDisabled: true,
	}
}

// Dial is the configuration with which the gateway reaches a listener at the
// host: it shows a certificate of its own.
func (ca *CA) Dial(host string, now func() time.Time) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, Time: now, RootCAs: ca.Pool(), ServerName: host, GetClientCertificate: ca.Gateway(now)}
}

// Gateway gives the gateway's own certificate as GetClientCertificate. The key
// never leaves the memory, and the certificate is renewed in time.
func (ca *CA) Gateway(now func() time.Time) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	get := ca.kept(func() *x509.Certificate {
		return &x509.Certificate{
			Subject: pkix.Name{CommonName: siren.GatewayName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
	}, now)
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return get() }
}

// kept holds one certificate until two thirds of its life are over.
func (ca *CA) kept(template func() *x509.Certificate, now func() time.Time) func() (*tls.Certificate, error) {
	var mu sync.Mutex
	var held *tls.Certificate
	return func() (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		if held != nil && !due(held.Leaf, now()) {
			return held, nil
		}
		key, err := newKey()
		if err != nil {
			return nil, err
		}
		leaf, err := ca.issue(key.Public(), template(), now(), serverLife)
		if err != nil {
			return nil, err
		}
		held = &tls.Certificate{Certificate: [][]byte{leaf.Raw, ca.certificate.Raw}, PrivateKey: key, Leaf: leaf}
		return held, nil
	}
}

// ServerFiles makes a key and a certificate for a broker outside, valid for as
// long as a siren's.
func (ca *CA) ServerFiles(hosts []string, now time.Time) (key, certificate []byte, err error) {
	private, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	leaf, err := ca.issue(private.Public(), forHosts(hosts), now, Life)
	if err != nil {
		return nil, nil, err
	}
	key, err = keyPEM(private)
	return key, append(certificatePEM(leaf.Raw), ca.PEM()...), err
}

// CRL is the list of revoked certificates in PEM, for a broker outside. It is
// valid for a week.
func (ca *CA) CRL(revoked []Revoked, now time.Time) ([]byte, error) {
	list := &x509.RevocationList{Number: big.NewInt(now.Unix()), ThisUpdate: now.Add(-tolerance), NextUpdate: now.Add(7 * 24 * time.Hour)}
	for _, r := range revoked {
		number, ok := new(big.Int).SetString(r.Serial, 16)
		if !ok {
			return nil, fmt.Errorf("the serial number %q is none", r.Serial)
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: number, RevocationTime: r.At})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, ca.certificate, ca.key)
	if err != nil {
		return nil, fmt.Errorf("sign the revocation list: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}), nil
}

// Name reads a certificate that this authority has signed: the siren's id or
// siren.GatewayName, and the serial number as the journal has it.
func Name(c *x509.Certificate) (name, serial string) {
	return c.Subject.CommonName, c.SerialNumber.Text(16)
}

// Due reports whether a certificate in PEM is none any more, or has less than a
// third of its life left.
func Due(certificate []byte, now time.Time) bool {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return true
	}
	c, err := x509.ParseCertificate(block.Bytes)
	return err != nil || due(c, now)
}

// due reports whether less than a third of a certificate's life is left.
func due(c *x509.Certificate, now time.Time) bool {
	return now.After(c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore) / 3))
}

// pinned finds the authority with the fingerprint in a chain and verifies the
// chain for the host by it.
func pinned(chain []*x509.Certificate, pin, host string, now time.Time) error {
	roots := x509.NewCertPool()
	for _, c := range chain {
		if c.IsCA && fingerprint(c.Raw) == pin {
			roots.AddCert(c)
			_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: now})
			return err
		}
	}
	return errors.New("the node has another certificate authority than the fingerprint says")
}

// evenClock is a device's clock that is never before its own certificate, which
// it was when the clock lost its battery.
func evenClock(clock func() time.Time, own []byte) func() time.Time {
	block, _ := pem.Decode(bytes.TrimSpace(own))
	if block == nil {
		return clock
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return clock
	}
	return func() time.Time {
		now := clock()
		if now.Before(c.NotBefore) {
			return c.NotBefore.Add(tolerance)
		}
		return now
	}
}
