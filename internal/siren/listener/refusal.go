// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package listener

import (
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// Certificates admits the gateway and the sirens of the registry whose
// certificate is valid. Who a client is stands in its certificate alone.
func Certificates(registered func(id string) bool, valid func(id, serial string) bool, now func() time.Time) Admit {
	return func(c *x509.Certificate, _, _ string) (string, error) {
		id, serial := enrolment.Name(c)
		switch {
		case now().After(c.NotAfter):
			return id, fmt.Errorf("its certificate expired at %v", c.NotAfter)
		case id == siren.GatewayName:
			return id, nil
		case !registered(id):
			return id, fmt.Errorf("there is no siren %q in the registry", id)
		case !valid(id, serial):
			return id, fmt.Errorf("the certificate %s was revoked", serial)
		}
		return id, nil
	}
}

// Passwords admits whoever knows a derived password: for connections that never
// leave the machine.
func Passwords(registered func(id string) bool, credentials mqtt.Credentials) Admit {
	return func(_ *x509.Certificate, user, password string) (string, error) {
		if user != siren.GatewayName && !registered(user) {
			return "", fmt.Errorf("there is no siren %q in the registry", user)
		}
		if subtle.ConstantTimeCompare([]byte(password), []byte(credentials.Password(user))) != 1 {
			return "", fmt.Errorf("the password is not that of %s", user)
		}
		return user, nil
	}
}

// Reason says what sort of refusal it is.
type Reason string

// The reasons.
const (
	ReasonCertificate Reason = "certificate" // of a foreign authority, expired, none, or no TLS at all
	ReasonIdentity    Reason = "identity"    // revoked, not registered, or another one's name
	ReasonTopic       Reason = "topic"       // one that is not its own
	ReasonQoS         Reason = "qos"         // QoS 1 or 2
	ReasonProtocol    Reason = "protocol"    // not MQTT 3.1.1
	ReasonLimit       Reason = "limit"       // over one of the limits
	ReasonFlood       Reason = "flood"       // more packets than a siren has to send
)

// Refusal is something that was refused.
type Refusal struct {
	At time.Time
	// Siren is who it was by its certificate, empty where that is not known.
	Siren string
	// From is the address it came from.
	From   string
	Reason Reason
	Cause  error
}

// Refusals is what was refused since the start.
type Refusals struct {
	Counts map[Reason]int
	// Last are the newest, oldest first.
	Last []Refusal
}

type refusalError struct {
	reason Reason
	err    error
}

func refusal(reason Reason, err error) error { return &refusalError{reason, err} }

// Error implements error.
func (e *refusalError) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *refusalError) Unwrap() error { return e.err }

// errLimit: something is over a limit.
var errLimit = errors.New("over the limit")

const (
	// keptRefusals is how many are remembered.
	keptRefusals = 20
	// Refusals are logged one by one as long as they are few.
	logInterval, logBurst = time.Second, 50
)

// refusals counts and logs what is refused.
type refusals struct {
	log    *slog.Logger
	mu     sync.Mutex
	counts map[Reason]int
	last   []Refusal
	pace   bucket
	silent int // not logged since the last line
}

func newRefusals(log *slog.Logger) *refusals {
	return &refusals{log: log, counts: map[Reason]int{}}
}

func (r *refusals) add(what Refusal) {
	what.At = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[what.Reason]++
	r.keep(what)
	if !r.pace.take(what.At, logInterval, logBurst) {
		r.silent++
		return
	}
	r.log.Warn("the siren listener refuses a client", "siren", what.Siren, "from", what.From, "reason", what.Reason, "error", what.Cause, "others", r.silent)
	r.silent = 0
}

// keep remembers a refusal. What strangers do never drives out what was done with
// a siren's certificate.
func (r *refusals) keep(what Refusal) {
	if len(r.last) == keptRefusals {
		oldest := slices.IndexFunc(r.last, func(kept Refusal) bool { return kept.Siren == "" })
		if oldest < 0 {
			if what.Siren == "" {
				return
			}
			oldest = 0
		}
		r.last = slices.Delete(r.last, oldest, oldest+1)
	}
	r.last = append(r.last, what)
}

func (r *refusals) all() Refusals {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Refusals{Counts: maps.Clone(r.counts), Last: slices.Clone(r.last)}
}

// bucket bounds a rate: so many at once, and one every interval in the long run.
type bucket struct{ paid time.Time }

// take takes one, or reports that there is none now.
func (b *bucket) take(now time.Time, interval time.Duration, burst int) bool {
	paid := b.paid
	if paid.Before(now) {
		paid = now
	}
	if paid.Sub(now) > time.Duration(burst-1)*interval {
		return false
	}
	b.paid = paid.Add(interval)
	return true
}

// owed takes one in any case, and says how long to wait for it.
func (b *bucket) owed(now time.Time, interval time.Duration, burst int) time.Duration {
	if b.paid.Before(now) {
		b.paid = now
	}
	wait := b.paid.Sub(now) - time.Duration(burst-1)*interval
	b.paid = b.paid.Add(interval)
	return max(wait, 0)
}
