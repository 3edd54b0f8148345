// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// allowance is how many attempts there may be at once, and how long one takes
// to come back.
type allowance struct {
	most  float64
	every time.Duration
}

// The allowances. An address is a room behind one router as often as one
// person, so it has more than an account.
var (
	perAccount = allowance{most: 8, every: 30 * time.Second}
	perAddress = allowance{most: 30, every: 5 * time.Second}
)

const (
	// hashesAtOnce bounds the memory that sign-ins take: 64 MiB each.
	hashesAtOnce = 2
	// roomTimeout bounds the queue before that.
	roomTimeout = 5 * time.Second
	// maxBuckets bounds the memory of the limiter itself.
	maxBuckets = 20_000
)

// signIns bounds how often and how many at once passwords are tried. It is for
// use by several goroutines.
type signIns struct {
	now func() time.Time
	// slots is taken while a password is hashed.
	slots chan struct{}
	// decoy is the hash of a password that nobody has.
	decoy string

	mu      sync.Mutex
	buckets map[string]*bucket
	// known holds the pairs of account and address that signed in before: they
	// have an allowance of their own, so that a stranger who tries passwords for
	// an account cannot keep its owner out.
	known map[string]time.Time
}

// bucket is a token bucket.
type bucket struct {
	left float64
	at   time.Time
	allowance
}

func newSignIns(now func() time.Time) *signIns {
	return &signIns{
		now: now, slots: make(chan struct{}, hashesAtOnce), decoy: operator.DecoyHash(),
		buckets: map[string]*bucket{}, known: map[string]time.Time{},
	}
}

// attempt is one try that was paid for.
type attempt struct {
	s    *signIns
	pair string
	paid []*bucket
}

// limited says that there were too many attempts.
type limited struct{ wait time.Duration }

func (e limited) Error() string { return fmt.Sprintf("too many attempts, wait %s", e.wait) }

// begin pays for an attempt, or gives a limited error. An attempt that succeeds
// is paid back; paying first keeps many at once from slipping through.
func (s *signIns) begin(account, address string) (*attempt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.sweep(now)
	pair := account + "\n" + address
	payers := []string{"account\n" + account, "address\n" + address}
	if _, known := s.known[pair]; known {
		payers[0] = "pair\n" + pair
	}
	var buckets []*bucket
	var wait time.Duration
	for i, payer := range payers {
		a := perAccount
		if i == 1 {
			a = perAddress
		}
		b := s.bucket(payer, a, now)
		if b.left < 1 {
			wait = max(wait, time.Duration((1-b.left)*float64(b.every)))
		}
		buckets = append(buckets, b)
	}
	if wait > 0 {
		return nil, limited{wait: wait}
	}
	for _, b := range buckets {
		b.left--
	}
	return &attempt{s: s, pair: pair, paid: buckets}, nil
}

func (a *attempt) succeeded() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for _, b := range a.paid {
		b.left = min(b.left+1, b.most)
	}
	a.s.known[a.pair] = a.s.now()
}

func (s *signIns) bucket(payer string, a allowance, now time.Time) *bucket {
	b, ok := s.buckets[payer]
	if !ok {
		b = &bucket{left: a.most, at: now, allowance: a}
		s.buckets[payer] = b
	}
	b.refill(now)
	return b
}

func (b *bucket) refill(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(b.left+float64(passed)/float64(b.every), b.most)
	}
	b.at = now
}

// sweep forgets what no longer limits anyone once there is much of it; under a
// flood of new names or addresses it forgets everything rather than grow.
func (s *signIns) sweep(now time.Time) {
	if len(s.buckets) > maxBuckets {
		maps.DeleteFunc(s.buckets, func(_ string, b *bucket) bool {
			b.refill(now)
			return b.left >= b.most
		})
		if len(s.buckets) > maxBuckets {
			clear(s.buckets)
		}
	}
	if len(s.known) > maxBuckets {
		clear(s.known)
	}
}

// match compares a password with its hash, with few at once. It gives up when
// the context ends before there is room.
func (s *signIns) match(ctx context.Context, password, hash string) (bool, error) {
	if err := s.room(ctx); err != nil {
		return false, err
	}
	defer func() { <-s.slots }()
	return operator.MatchPassword(password, hash), nil
}

// hash makes the hash of a new password, with few at once.
func (s *signIns) hash(ctx context.Context, password string) (string, error) {
	if err := s.room(ctx); err != nil {
		return "", err
	}
	defer func() { <-s.slots }()
	salt := make([]byte, operator.SaltBytes)
	rand.Read(salt) // never fails (crypto/rand, since Go 1.24)
	return operator.HashPassword(password, salt), nil
}

func (s *signIns) room(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for room to hash a password: %w", ctx.Err())
	}
}

// tooMany words the refusal; the API adds Retry-After.
func tooMany(who Identity, err error) error {
	seconds := retryAfter(err)
	return problem.Wrap(err, problem.RateLimited, who.text("api.sign-in.limited"), who.text("api.sign-in.limited.remedy", seconds))
}

// address is where a request comes from: the IPv4 address, or the /64 network
// of an IPv6 one, since a household has a whole one.
func address(r *http.Request, behindProxy bool) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if behindProxy {
		// The proxy adds the last element; those before are anyone's claim.
		forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if last := strings.TrimSpace(forwarded[len(forwarded)-1]); last != "" {
			host = last
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap(); ip.Is6() {
		if prefix, err := ip.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}
