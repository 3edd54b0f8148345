// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package openid_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/console/openid/openidtest"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

var (
	anna = openidtest.Person{ID: "7f3a", Username: "anna", Password: "up to the provider", Email: "anna@kreis.example", EmailVerified: true}
	otto = openidtest.Person{ID: "91cc", Username: "otto", Password: "up to the provider", Email: "anna@kreis.example"}
)

// clock is a time that is moved by hand. Tokens are of the real time.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// begin begins a sign-in, with the flow as the browser's cookie keeps it.
func begin(t *testing.T, p *openid.Provider, next string) (string, openid.Flow) {
	t.Helper()
	address, flow, err := p.Begin(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := openid.ParseFlow(flow.String())
	if err != nil {
		t.Fatal(err)
	}
	return address, kept
}

// with gives the address with one parameter changed.
func with(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

func TestSignInAtAProvider(t *testing.T) {
	real := openidtest.New(t)
	real.Start(openidtest.Options{People: []openidtest.Person{anna, otto}})
	config := real.Config()
	byName := openid.New(config, openidtest.Redirect, time.Now)
	config.Claim, config.Scopes = "email", []string{"openid", "email"}
	byEmail := openid.New(config, openidtest.Redirect, time.Now)

	t.Run("the claim names the person", func(t *testing.T) {
		address, flow := begin(t, byName, "/console/warnings")
		query, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "scope": "openid"} {
			if got := query.Query().Get(name); got != want {
				t.Errorf("%s is %q, not %q", name, got, want)
			}
		}
		subject, err := byName.Finish(t.Context(), flow, real.SignIn(address, anna))
		if want := (operator.Subject{Issuer: config.Issuer, Claim: "sub", Value: anna.ID}); err != nil || subject != want {
			t.Errorf("the provider names %+v: %v", subject, err)
		}
		if flow.Next != "/console/warnings" {
			t.Errorf("the person goes on to %q", flow.Next)
		}
	})
	t.Run("a verified e-mail address", func(t *testing.T) {
		address, flow := begin(t, byEmail, "/")
		if subject, err := byEmail.Finish(t.Context(), flow, real.SignIn(address, anna)); err != nil || subject != byEmail.Subject(anna.Email) {
			t.Errorf("the provider names %+v: %v", subject, err)
		}
	})
	t.Run("an e-mail address that anyone may have typed", func(t *testing.T) {
		address, flow := begin(t, byEmail, "/")
		if _, err := byEmail.Finish(t.Context(), flow, real.SignIn(address, otto)); !errors.Is(err, openid.ErrDenied) {
			t.Errorf("an unverified address is taken: %v", err)
		}
	})
	t.Run("a claim that is not there", func(t *testing.T) {
		config := config
		config.Claim = "employee_number"
		p := openid.New(config, openidtest.Redirect, time.Now)
		address, flow := begin(t, p, "/")
		if _, err := p.Finish(t.Context(), flow, real.SignIn(address, anna)); !errors.Is(err, openid.ErrSetup) {
			t.Errorf("no claim: %v", err)
		}
	})
	t.Run("another state", func(t *testing.T) {
		address, flow := begin(t, byName, "/")
		_, other := begin(t, byName, "/")
		answer := real.SignIn(address, anna)
		if _, err := byName.Finish(t.Context(), other, answer); !errors.Is(err, openid.ErrStale) {
			t.Errorf("another browser's answer: %v", err)
		}
		if _, err := byName.Finish(t.Context(), openid.Flow{}, answer); !errors.Is(err, openid.ErrStale) {
			t.Errorf("an answer that nobody asked for: %v", err)
		}
		answer.Set("state", answer.Get("state")+"A")
		if _, err := byName.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrStale) {
			t.Errorf("a longer state: %v", err)
		}
	})
	t.Run("another nonce", func(t *testing.T) {
		address, flow := begin(t, byName, "/")
		answer := real.SignIn(with(t, address, "nonce", "of another sign-in"), anna)
		if _, err := byName.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrUntrusted) || !strings.Contains(err.Error(), "nonce") {
			t.Errorf("a token with another nonce: %v", err)
		}
	})
	t.Run("a code of another sign-in", func(t *testing.T) {
		stolen, _ := begin(t, byName, "/")
		code := real.SignIn(stolen, anna).Get("code")
		address, flow := begin(t, byName, "/")
		answer := real.SignIn(address, otto)
		answer.Set("code", code)
		if _, err := byName.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrDenied) {
			t.Errorf("a code whose verifier is another: %v", err)
		}
	})
	t.Run("a code twice", func(t *testing.T) {
		address, flow := begin(t, byName, "/")
		answer := real.SignIn(address, anna)
		if _, err := byName.Finish(t.Context(), flow, answer); err != nil {
			t.Fatal(err)
		}
		if _, err := byName.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrDenied) {
			t.Errorf("a code that was used: %v", err)
		}
	})
	t.Run("another issuer", func(t *testing.T) {
		address, flow := begin(t, byName, "/")
		answer := real.SignIn(address, anna)
		answer.Set("iss", "https://elsewhere.example")
		if _, err := byName.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrUntrusted) {
			t.Errorf("an answer of another provider: %v", err)
		}
		config := real.Config()
		config.Issuer = strings.Replace(config.Issuer, "127.0.0.1", "localhost", 1)
		if _, _, err := openid.New(config, openidtest.Redirect, time.Now).Begin(t.Context(), "/"); !errors.Is(err, openid.ErrSetup) {
			t.Errorf("a provider with another name: %v", err)
		}
	})
	t.Run("a token of tomorrow", func(t *testing.T) {
		late := &clock{}
		p := openid.New(real.Config(), openidtest.Redirect, late.Now)
		address, flow := begin(t, p, "/")
		answer := real.SignIn(address, anna)
		late.advance(24 * time.Hour)
		if _, err := p.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrUntrusted) {
			t.Errorf("a token that has expired: %v", err)
		}
	})
	t.Run("another secret", func(t *testing.T) {
		config := real.Config()
		config.SecretFile = filepath.Join(t.TempDir(), "secret")
		p := openid.New(config, openidtest.Redirect, time.Now)
		if _, _, err := p.Begin(t.Context(), "/"); !errors.Is(err, openid.ErrSetup) {
			t.Errorf("no secret: %v", err)
		}
		if err := os.WriteFile(config.SecretFile, []byte("a guess"), 0o600); err != nil {
			t.Fatal(err)
		}
		p = openid.New(config, openidtest.Redirect, time.Now)
		address, flow := begin(t, p, "/")
		if _, err := p.Finish(t.Context(), flow, real.SignIn(address, anna)); !errors.Is(err, openid.ErrSetup) {
			t.Errorf("a wrong secret: %v", err)
		}
	})
}

func TestAProviderThatIsNotThere(t *testing.T) {
	real := openidtest.New(t)
	now := &clock{}
	p := openid.New(real.Config(), openidtest.Redirect, now.Now)
	if p.Silent() {
		t.Error("a provider that nobody asked is called silent")
	}
	if _, _, err := p.Begin(t.Context(), "/"); !errors.Is(err, openid.ErrSilent) || !p.Silent() {
		t.Errorf("a provider that was never started: %v", err)
	}
	real.Start(openidtest.Options{People: []openidtest.Person{anna}})
	if _, _, err := p.Begin(t.Context(), "/"); !errors.Is(err, openid.ErrSilent) {
		t.Errorf("it is asked again at once: %v", err)
	}
	now.advance(10 * time.Second)
	address, flow := begin(t, p, "/")
	answer := real.SignIn(address, anna)
	if p.Silent() {
		t.Error("a provider that answers is called silent")
	}

	// Killed while the person is there, and back with no memory of the code.
	real.Kill()
	if _, err := p.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrSilent) {
		t.Errorf("a provider that was killed: %v", err)
	}
	now.advance(10 * time.Second)
	if _, _, err := p.Begin(t.Context(), "/"); !errors.Is(err, openid.ErrSilent) || !p.Silent() {
		t.Errorf("a provider that was killed: %v", err)
	}
	now.advance(10 * time.Second)
	real.Start(openidtest.Options{People: []openidtest.Person{anna}})
	if _, err := p.Finish(t.Context(), flow, answer); !errors.Is(err, openid.ErrDenied) {
		t.Errorf("a code that the provider no longer knows: %v", err)
	}
	address, flow = begin(t, p, "/")
	if _, err := p.Finish(t.Context(), flow, real.SignIn(address, anna)); err != nil {
		t.Errorf("the provider with new keys: %v", err)
	}
}

// TestAProviderThatHangs has a provider that takes connections and says nothing:
// many who sign in at once wait once, and no longer than the timeout.
func TestAProviderThatHangs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := openid.New(openid.Config{Issuer: "http://" + listener.Addr().String(), ClientID: "tocsin"}.WithDefaults(), openidtest.Redirect, time.Now)
	begun := time.Now()
	var people sync.WaitGroup
	for range 8 {
		people.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			if _, _, err := p.Begin(ctx, "/"); !errors.Is(err, openid.ErrSilent) {
				t.Errorf("a provider that hangs: %v", err)
			}
		})
	}
	people.Wait()
	if took := time.Since(begun); took > 45*time.Second {
		t.Errorf("eight people waited %s", took)
	}
}
