// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package enrolment

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Access is what a device keeps: what it was given, and its key for TLS.
type Access struct {
	Grant
	// URL and Fingerprint are how the device knows the service.
	URL         string `json:"url"`
	Fingerprint string `json:"fingerprint"`
	// Key is the private key of the certificate (PKCS #8, PEM).
	Key string `json:"key"`
}

// Application is a device's request to be enrolled.
type Application struct {
	// URL is the service's address, such as https://sirens.example:8884, and
	// Fingerprint that of the fleet's certificate authority.
	URL, Fingerprint string
	Siren, Code      string
	// Key is the device's own, with which it signs what it says. It must be on the
	// disk: a code counts for one key.
	Key ed25519.PrivateKey
	// Clock is the device's clock; nil for the system's.
	Clock func() time.Time
}

// Enrol asks for the first certificate. The error is a *problem.Error:
// Unavailable when nobody answers, Unauthenticated for a wrong code.
func Enrol(ctx context.Context, a Application) (Access, error) {
	if a.Clock == nil {
		a.Clock = time.Now
	}
	a.Fingerprint = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(a.Fingerprint))
	private, key, csr, err := newRequest(a.Siren)
	if err != nil {
		return Access{}, err
	}
	in := request{
		Siren: a.Siren, Code: a.Code, Request: csr, PublicKey: a.Key.Public().(ed25519.PublicKey),
		Proof: ed25519.Sign(a.Key, proofOf(a.Siren, csr)),
	}
	access := Access{URL: strings.TrimSuffix(a.URL, "/"), Fingerprint: a.Fingerprint, Key: key}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, Time: a.Clock, InsecureSkipVerify: true, // replaced by the fingerprint below
		VerifyConnection: func(c tls.ConnectionState) error {
			return pinned(c.PeerCertificates, a.Fingerprint, c.ServerName, a.Clock())
		},
	}
	if access.Grant, err = ask(ctx, access.URL+EnrolPath, config, in); err != nil {
		return Access{}, err
	}
	return access, access.check(private)
}

// newRequest makes a key and a request for its certificate.
func newRequest(siren string) (private crypto.Signer, key string, csr []byte, err error) {
	private, err = newKey()
	if err != nil {
		return nil, "", nil, err
	}
	raw, err := keyPEM(private)
	if err != nil {
		return nil, "", nil, err
	}
	csr, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: siren}}, private)
	if err != nil {
		return nil, "", nil, fmt.Errorf("make a certificate request: %w", err)
	}
	return private, string(raw), csr, nil
}

func ask(ctx context.Context, address string, config *tls.Config, in request) (Grant, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return Grant{}, fmt.Errorf("encode a request for a certificate: %w", err)
	}
	out, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if u, bad := url.Parse(address); err != nil || bad != nil || u.Scheme != "https" || u.Host == "" {
		return Grant{}, problem.New(problem.Invalid, fmt.Sprintf("%q is no address of an enrolment service.", address), "Write it as https://host:port.")
	}
	out.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, TLSHandshakeTimeout: 10 * time.Second}
	answer, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Do(out)
	if err != nil {
		return Grant{}, problem.Wrap(err, problem.Unavailable, "The enrolment service at "+out.URL.Host+" cannot be reached.",
			"Check the address, the fingerprint, and that the node runs.")
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, largestBody))
	if err != nil {
		return Grant{}, problem.Wrap(err, problem.Unavailable, "The enrolment service broke off.", "Try again.")
	}
	if answer.StatusCode != http.StatusCreated {
		var document problem.Document
		if err := json.Unmarshal(raw, &document); err != nil || document.Type == "" {
			return Grant{}, problem.New(problem.Unavailable, fmt.Sprintf("The enrolment service answers with the status %d.", answer.StatusCode), "Check the address.")
		}
		return Grant{}, problem.ErrorOf(document)
	}
	var grant Grant
	if err := json.Unmarshal(raw, &grant); err != nil {
		return Grant{}, problem.Wrap(err, problem.Unreadable, "The answer of the enrolment service cannot be read.", "Check that it is a Tocsin node of the same version.")
	}
	return grant, nil
}

// check finds out whether the access is one: that its parts belong together. It
// compares the key, where one is given.
func (a Access) check(key crypto.Signer) error {
	pair, err := tls.X509KeyPair([]byte(a.Certificate), []byte(a.Key))
	block, _ := pem.Decode([]byte(a.CA))
	if err == nil && (block == nil || fingerprint(block.Bytes) != a.Fingerprint) {
		err = errors.New("the authority is not that of the fingerprint")
	}
	if err == nil && key != nil && !key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(pair.Leaf.PublicKey) {
		err = errors.New("the certificate is for another key")
	}
	if err == nil && (a.Broker == "" || a.Siren == "" || a.Authority == "") {
		err = errors.New("the siren, the authority or the broker is missing")
	}
	if err != nil {
		return problem.Wrap(err, problem.Unreadable, "What the enrolment service gave is not usable.", "Check that it is a Tocsin node of the same version.")
	}
	return nil
}

// Keeper keeps a device's access in a file and renews its certificate.
type Keeper struct {
	path  string
	clock func() time.Time

	mu     sync.Mutex
	access Access
	pair   tls.Certificate
}

// NewKeeper stores an access that was just given. The error is a *problem.Error.
func NewKeeper(path string, access Access, clock func() time.Time) (*Keeper, error) {
	k := &Keeper{path: path, clock: clock}
	return k, k.keep(access)
}

// OpenKeeper reads what NewKeeper stored. The error is fs.ErrNotExist when there
// is nothing, else a *problem.Error.
func OpenKeeper(path string, clock func() time.Time) (*Keeper, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k := &Keeper{path: path, clock: clock}
	if err = json.Unmarshal(raw, &k.access); err == nil {
		err = k.access.check(nil)
	}
	if err == nil {
		k.pair, err = tls.X509KeyPair([]byte(k.access.Certificate), []byte(k.access.Key))
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The siren's access %s cannot be read.", path), "Remove it and enrol the siren again.")
	}
	return k, nil
}

// keep makes the access durable before it is used: the one before may end.
func (k *Keeper) keep(access Access) error {
	pair, err := tls.X509KeyPair([]byte(access.Certificate), []byte(access.Key))
	if err != nil {
		return problem.Wrap(err, problem.Unreadable, "The siren's certificate cannot be used.", "Enrol the siren again.")
	}
	raw, err := json.MarshalIndent(access, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the siren's access: %w", err)
	}
	if err := durable.Replace(k.path, raw); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", k.path), "Check the disk and the directory's permissions.")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.access, k.pair = access, pair
	return nil
}

// Access is what the device has now.
func (k *Keeper) Access() Access {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.access
}

// TLS is the configuration with which the device connects, to the broker too. It
// always shows the newest certificate and trusts the fleet's authority alone.
func (k *Keeper) TLS() *tls.Config {
	access := k.Access()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(access.CA)) // check has read it
	return &tls.Config{
		MinVersion: tls.VersionTLS12, RootCAs: roots, Time: evenClock(k.clock, []byte(access.Certificate)),
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			pair := k.pair
			return &pair, nil
		},
	}
}

const (
	// lookInterval is how often the keeper looks whether a renewal is due.
	lookInterval = time.Hour
	// renewSpread keeps a fleet that was enrolled on one day from renewing at once.
	renewSpread = 10 * time.Minute
)

// Run renews the certificate whenever less than a third of its life is left,
// until the context ends; it returns the context's error. A renewal that fails is
// tried again every hour.
func (k *Keeper) Run(ctx context.Context, log *slog.Logger) error {
	for {
		if k.Due() {
			if err := k.Renew(ctx); err != nil {
				log.Warn("the siren's certificate is not renewed", "error", err)
			} else {
				log.Info("the siren's certificate is renewed")
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookInterval + mathrand.N(renewSpread)):
		}
	}
}

// Due reports whether the certificate is to be renewed.
func (k *Keeper) Due() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return due(k.pair.Leaf, k.clock())
}

// Renew asks for a new certificate with a new key and stores them. The old one
// stays valid until the new one is renewed. The error is a *problem.Error;
// Unauthenticated when the siren has to be enrolled again.
func (k *Keeper) Renew(ctx context.Context) error {
	access := k.Access()
	private, key, csr, err := newRequest(access.Siren)
	if err != nil {
		return err
	}
	if access.Grant, err = ask(ctx, access.URL+RenewPath, k.TLS(), request{Request: csr}); err != nil {
		return err
	}
	access.Key = key
	if err := access.check(private); err != nil {
		return err
	}
	return k.keep(access)
}
