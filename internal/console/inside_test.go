// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What stayed and went is the old text, what stayed and came is the new one.
func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([abü]{1,3}[ \n]{0,2}){0,20}`)
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		var old, next strings.Builder
		for _, p := range parts(before, after) {
			if p.Op != "added" {
				old.WriteString(p.Text)
			}
			if p.Op != "removed" {
				next.WriteString(p.Text)
			}
		}
		if old.String() != before || next.String() != after {
			t.Fatalf("%q and %q became %q and %q", before, after, old.String(), next.String())
		}
		if before == after && len(parts(before, after)) > 1 {
			t.Fatalf("equal texts differ: %v", parts(before, after))
		}
	})
	long := strings.Repeat("wort ", 3000)
	if got := parts(long, long+"x"); len(got) != 2 || got[0].Op != "removed" {
		t.Errorf("long texts are compared word by word: %d parts", len(got))
	}
}

// stopped is a clock for the limiter.
type stopped struct{ now time.Time }

func (s *stopped) Now() time.Time { return s.now }

func limiter(c *stopped) *signIns { return newSignIns(c.Now) }

func TestAStrangerCannotKeepTheOwnerOut(t *testing.T) {
	c := &stopped{now: time.Unix(1_000_000, 0)}
	s := limiter(c)
	attempt, err := s.begin("anna", "desk")
	if err != nil {
		t.Fatal(err)
	}
	attempt.succeeded()
	refused := false
	for i := range 1000 {
		if _, err := s.begin("anna", fmt.Sprintf("stranger-%d", i)); err != nil {
			refused = true
		}
	}
	if !refused {
		t.Error("a thousand addresses may try one account")
	}
	if _, err := s.begin("anna", "desk"); err != nil {
		t.Errorf("the owner at her own desk: %v", err)
	}
	if _, err := s.begin("anna", "new desk"); err == nil {
		t.Error("an address that never signed in is not limited")
	}
}

func TestAFloodOfPasswordsDoesNotQueueForEver(t *testing.T) {
	s := limiter(&stopped{now: time.Unix(1_000_000, 0)})
	for range hashesAtOnce {
		s.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.match(ctx, "x", "y"); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestLimits(t *testing.T) {
	c := &stopped{now: time.Unix(1_000_000, 0)}
	s := limiter(c)
	tries := func(account func(int) string) int {
		for i := range 1000 {
			if _, err := s.begin(account(i), "address"); err != nil {
				return i
			}
		}
		return 1000
	}
	if n := tries(func(int) string { return "anna" }); n != int(perAccount.most) {
		t.Errorf("%d attempts for one account", n)
	}
	c.now = c.now.Add(24 * time.Hour)
	if n := tries(func(i int) string { return fmt.Sprint(i) }); n != int(perAddress.most) {
		t.Errorf("%d attempts from one address", n)
	}
	_, err := s.begin("anna", "address")
	if l, ok := errors.AsType[limited](err); !ok || l.wait <= 0 || l.wait > perAddress.every {
		t.Errorf("the wait is %v", err)
	}
	c.now = c.now.Add(perAddress.every)
	if _, err := s.begin("anna", "address"); err != nil {
		t.Errorf("after waiting: %v", err)
	}
	for i := range maxBuckets + 10 {
		_, _ = s.begin(fmt.Sprint(i), fmt.Sprint(i))
	}
	if len(s.buckets) > maxBuckets+2 {
		t.Errorf("%d buckets are kept", len(s.buckets))
	}
}

func TestAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:1234": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[::ffff:192.0.2.1]:1": "192.0.2.1",
		"[fe80::1%eth0]:1": "fe80::/64", "pipe": "pipe",
	} {
		if got := address(&http.Request{RemoteAddr: remote}, false); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestAddressBehindAProxy(t *testing.T) {
	r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": {"198.51.100.7, 192.0.2.2", "192.0.2.3"}}}
	if got := address(r, true); got != "192.0.2.3" {
		t.Errorf("behind a proxy: %s", got)
	}
	if got := address(r, false); got != "10.0.0.1" {
		t.Errorf("without one, the header is believed: %s", got)
	}
	if got := address(&http.Request{RemoteAddr: "10.0.0.1:1"}, true); got != "10.0.0.1" {
		t.Errorf("a proxy that says nothing: %s", got)
	}
}

// Every trouble has words for what it is, what still works and what to do.
func TestTroubleIsWorded(t *testing.T) {
	for _, code := range []string{
		"dispatch.not-reached", "dispatch.failed", "request.escalated", "siren.mains", "siren.battery", "siren.clock",
		"siren.unknown", "siren.fault", "siren.off", "siren.sabotage", "siren.offline",
	} {
		for _, part := range []string{"", ".still-works", ".to-do"} {
			if key := "api.trouble." + code + part; !catalogue.For("de").Has(key) {
				t.Errorf("%s has no words", key)
			}
		}
	}
	if line := worded(Trouble{Code: "something.new", Count: 2}); line.Text["de"] != "2 Störungen" {
		t.Errorf("a trouble without words: %+v", line)
	}
}

func TestChangesGather(t *testing.T) {
	c := newChanges()
	w, stop := c.watch()
	for range 3 {
		c.warning("a", "warning.requested")
		c.siren("s-1")
	}
	c.warning("a", "warning.released")
	c.record(7)
	<-w.wake
	got := c.take(w)
	if got.seq != 7 || len(got.warnings["a"]) != 2 || len(got.sirens) != 1 {
		t.Errorf("%+v", got)
	}
	if again := c.take(w); again.seq != 0 || again.warnings != nil || again.sirens != nil {
		t.Errorf("taken twice: %+v", again)
	}
	stop()
	c.record(8)
	if got := c.take(w); got.seq != 0 {
		t.Error("somebody who left is told")
	}
}
