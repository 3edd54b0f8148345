// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package enrolment

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// ServiceOptions are what the service needs; all but Keyset and Keys are required.
type ServiceOptions struct {
	CA   *CA
	Book *Book
	// Siren finds an entry of the registry.
	Siren func(id string) (siren.Siren, bool)
	// Bus leads to the core, which decides.
	Bus bus.Bus
	// Authority is the id in the topics.
	Authority string
	// URL is the service's own address, and Broker that of the broker, as devices
	// are to use them.
	URL, Broker string
	// Keyset gives the keys that sirens obey; nil where there is no keyset.
	Keyset func() []byte
	// Keys are those that sirens obey where there is no keyset.
	Keys []Key
	Now  func() time.Time
	Log  *slog.Logger
}

// Service is the gateway's end: it enrols devices and renews their certificates.
type Service struct {
	options ServiceOptions
	mux     *http.ServeMux
	limits  limits
}

// NewService makes a service, for a listener whose configuration is that of
// CA.Listen: devices that renew show their certificate, those that enrol have none.
func NewService(o ServiceOptions) *Service {
	s := &Service{options: o, mux: http.NewServeMux(), limits: limits{now: o.Now, by: map[string]*bucket{}}}
	s.mux.HandleFunc("POST "+EnrolPath, s.answer(s.enrol))
	s.mux.HandleFunc("POST "+RenewPath, s.answer(s.renew))
	return s
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Inform answers InfoSubject until stop is called.
func (s *Service) Inform() (stop func(), err error) {
	return s.options.Bus.Serve(InfoSubject, func(context.Context, []byte) ([]byte, error) {
		return json.Marshal(Info{URL: s.options.URL, Fingerprint: s.options.CA.Fingerprint()})
	})
}

func (s *Service) answer(handle func(*http.Request, request) (Grant, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		grant, err := s.decide(w, r, handle)
		if err != nil {
			document := problem.DocumentOf(err)
			s.options.Log.Warn("a device gets no certificate", "from", r.RemoteAddr, "path", r.URL.Path, "error", err)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(document.Status)
			_ = json.NewEncoder(w).Encode(document) // whoever has gone asks again
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(grant) // the answer to the same request is given again
	}
}

func (s *Service) decide(w http.ResponseWriter, r *http.Request, handle func(*http.Request, request) (Grant, error)) (Grant, error) {
	from, _, _ := net.SplitHostPort(r.RemoteAddr) // net/http gives both
	if wait := s.limits.wait(from); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return Grant{}, problem.New(problem.RateLimited, "There are too many requests for certificates.", "Wait a minute and try again.")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return Grant{}, problem.New(problem.TooLarge, "The request is over 64 KiB.", "Send what docs/formats/siren-enrolment.md describes.")
	}
	var in request
	if err == nil {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil {
		return Grant{}, problem.Wrap(err, problem.Unreadable, "The request cannot be read.", "Send what docs/formats/siren-enrolment.md describes.")
	}
	return handle(r, in)
}

func (s *Service) enrol(r *http.Request, in request) (Grant, error) {
	now := s.options.Now()
	entry, known := s.options.Siren(in.Siren)
	// Codes are costly to hash, so what cannot be right is refused before.
	if !known || !s.options.Book.awaits(in.Siren, now) {
		return Grant{}, errCode
	}
	if !in.proven() {
		return Grant{}, problem.New(problem.Invalid, "The device does not show that the public key is its own.", "Sign the request with the device's Ed25519 key.")
	}
	hash, ok := HashCode(in.Siren, in.Code)
	if !ok || !s.options.Book.takes(in.Siren, hash, in.PublicKey, now) {
		return Grant{}, errCode
	}
	return s.certify(r, entry, in.Request, Certification{Hash: hash, PublicKey: in.PublicKey})
}

func (s *Service) renew(r *http.Request, in request) (Grant, error) {
	if len(r.TLS.VerifiedChains) == 0 {
		return Grant{}, problem.New(problem.Unauthenticated, "The device shows no certificate.", "Renew with the certificate that is to be renewed.")
	}
	id, serial := Name(r.TLS.PeerCertificates[0])
	entry, known := s.options.Siren(id)
	if !known || !s.options.Book.Valid(id, serial) {
		return Grant{}, errRevoked
	}
	return s.certify(r, entry, in.Request, Certification{By: serial})
}

// certify signs, has it recorded, and only then gives it away.
func (s *Service) certify(r *http.Request, entry siren.Siren, csr []byte, c Certification) (Grant, error) {
	o := s.options
	certificate, err := o.CA.Siren(csr, entry.ID, o.Now())
	if err != nil {
		return Grant{}, err
	}
	c.Siren, c.NotAfter = entry.ID, certificate.NotAfter
	_, c.Serial = Name(certificate)
	if _, err := command.Do(r.Context(), o.Bus, CommandCertify, "node", c); err != nil {
		return Grant{}, err
	}
	o.Log.Info("a siren has a new certificate", "siren", entry.ID, "serial", c.Serial, "renewed", c.By != "", "from", r.RemoteAddr)
	grant := Grant{
		Authority: o.Authority, Siren: entry.ID, Number: entry.Number, ARS: entry.ARS, Signals: entry.Signals,
		Certificate: string(certificatePEM(certificate.Raw)), CA: string(o.CA.PEM()), Broker: o.Broker,
	}
	if o.Keyset != nil {
		grant.Keyset = o.Keyset()
	}
	if len(grant.Keyset) == 0 {
		grant.Keys = o.Keys
	}
	return grant, nil
}

// limits bounds attempts: of one address, and of all together, since a code that
// is tried costs 20 ms.
type limits struct {
	now func() time.Time
	mu  sync.Mutex
	all bucket
	by  map[string]*bucket
}

// bucket holds until when its attempts are paid for.
type bucket struct{ paid time.Time }

const (
	attemptAll, burstAll = 100 * time.Millisecond, 20
	attemptOne, burstOne = time.Second, 10
	// largestLimits is how many addresses are remembered.
	largestLimits = 10_000
)

// wait takes an attempt of the address, or says how long to wait for one.
func (l *limits) wait(from string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	one := l.by[from]
	if one == nil {
		if len(l.by) >= largestLimits {
			clear(l.by)
		}
		one = &bucket{}
		l.by[from] = one
	}
	if wait := one.take(now, attemptOne, burstOne); wait > 0 {
		return wait
	}
	return l.all.take(now, attemptAll, burstAll)
}

func (b *bucket) take(now time.Time, cost time.Duration, burst int) time.Duration {
	paid := b.paid
	if paid.Before(now) {
		paid = now
	}
	if wait := paid.Sub(now) - time.Duration(burst-1)*cost; wait > 0 {
		return wait
	}
	b.paid = paid.Add(cost)
	return 0
}
