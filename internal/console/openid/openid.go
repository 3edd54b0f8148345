// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package openid has people say who they are at a sign-in service: a provider of
// OpenID Connect Core 1.0, by the authorization code flow with PKCE (RFC 7636),
// state and nonce. It asks the provider only while somebody signs in, so that
// nothing else depends on it, and takes no more from it than a name.
package openid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// Why a sign-in fails; the errors of Begin and Finish wrap one of them.
var (
	// ErrSilent: the provider does not answer, or not as a provider does.
	ErrSilent = errors.New("the sign-in service does not answer")
	// ErrSetup: provider and configuration do not fit.
	ErrSetup = errors.New("the sign-in service is not set up")
	// ErrStale: the answer belongs to no sign-in that this browser began lately.
	ErrStale = errors.New("the answer belongs to no sign-in of this browser")
	// ErrDenied: the provider did not let the person in, or takes its code back.
	ErrDenied = errors.New("the sign-in service refused")
	// ErrUntrusted: the ID token is not one for this sign-in.
	ErrUntrusted = errors.New("the sign-in service's answer does not hold")
)

const (
	// timeout bounds every question to the provider.
	timeout = 3 * time.Second
	// fresh is how long an answer of the provider's metadata counts, also a
	// missing one: many who sign in at once ask it once.
	fresh = 5 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 1 << 20
)

// Provider is the service at which people sign in. It is for use by several
// goroutines.
type Provider struct {
	config   Config
	redirect string
	now      func() time.Time
	client   *http.Client

	// asking is held while the provider is asked for its metadata.
	asking sync.Mutex
	mu     sync.Mutex
	found  *metadata
	failed error
	at     time.Time
}

// metadata is what the provider says of itself, ready for use.
type metadata struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// New makes a provider from a filled and valid configuration. It asks nobody
// yet. Redirect is the address to which the provider sends people back.
func New(c Config, redirect string, now func() time.Time) *Provider {
	return &Provider{config: c, redirect: redirect, now: now, client: &http.Client{Timeout: timeout, Transport: bounded{http.DefaultTransport}}}
}

// Label is how people call the service.
func (p *Provider) Label() string { return p.config.Label }

// Subject is the name under which the service knows somebody, in the form in
// which accounts hold it.
func (p *Provider) Subject(value string) operator.Subject {
	return operator.Subject{Issuer: p.config.Issuer, Claim: p.config.Claim, Value: value}
}

// Silent reports whether the provider did not answer when it was asked within the
// last minute.
func (p *Provider) Silent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Is(p.failed, ErrSilent) && p.now().Sub(p.at) < time.Minute
}

// remembered gives the last answer while it is fresh.
func (p *Provider) remembered() (m *metadata, known bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := p.now().Sub(p.at)
	return p.found, !p.at.IsZero() && since >= 0 && since < fresh, p.failed
}

// ask gives the provider's metadata. It asks anew for every sign-in, so that a
// person is not sent to a provider that is not there.
func (p *Provider) ask(ctx context.Context) (*metadata, error) {
	p.asking.Lock()
	defer p.asking.Unlock()
	m, known, err := p.remembered()
	if known {
		return m, err
	}
	// Those who wait need the answer also when the one who asked has left.
	m, err = p.discover(context.WithoutCancel(ctx))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.failed = p.now(), err
	if err == nil {
		p.found = m
	}
	return p.found, err
}

func (p *Provider) discover(ctx context.Context) (*metadata, error) {
	secret := ""
	if p.config.SecretFile != "" {
		raw, err := os.ReadFile(p.config.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSetup, err)
		}
		secret = strings.TrimSpace(string(raw))
	}
	ctx, cancel := context.WithTimeout(p.with(ctx), timeout)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, p.config.Issuer)
	if err != nil {
		if _, other := errors.AsType[*oidc.IssuerMismatchError](err); other {
			return nil, fmt.Errorf("%w: %w", ErrSetup, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	var says struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&says); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	endpoint := provider.Endpoint()
	// Trying one way after the other would spend the code on the first.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if secret == "" || len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &metadata{
		oauth:    oauth2.Config{ClientID: p.config.ClientID, ClientSecret: secret, Endpoint: endpoint, RedirectURL: p.redirect, Scopes: p.config.Scopes},
		verifier: provider.Verifier(&oidc.Config{ClientID: p.config.ClientID, Now: p.now}),
	}, nil
}

// with has the provider asked by this client.
func (p *Provider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// Begin gives the address to which the browser goes to sign in, and the flow that
// the browser has to keep until it comes back.
func (p *Provider) Begin(ctx context.Context, next string) (address string, f Flow, err error) {
	m, err := p.ask(ctx)
	if err != nil {
		return "", Flow{}, err
	}
	f = newFlow(next)
	return m.oauth.AuthCodeURL(f.state(), oidc.Nonce(f.nonce()), oauth2.S256ChallengeOption(f.verifier())), f, nil
}

// Finish takes what the provider sent the browser back with, and gives who it
// says the person is.
func (p *Provider) Finish(ctx context.Context, f Flow, answer url.Values) (operator.Subject, error) {
	none := operator.Subject{}
	if !f.answers(answer.Get("state")) {
		return none, fmt.Errorf("%w: another state", ErrStale)
	}
	if from := answer.Get("iss"); from != "" && from != p.config.Issuer { // RFC 9207, section 2.4
		return none, fmt.Errorf("%w: it is from %q", ErrUntrusted, clip(from))
	}
	if refused := answer.Get("error"); refused != "" {
		return none, fmt.Errorf("%w: %q", ErrDenied, clip(refused))
	}
	m, err := p.ask(ctx)
	if err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(p.with(ctx), timeout)
	defer cancel()
	token, err := m.oauth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(f.verifier()))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
			if refused.ErrorCode == "invalid_client" || refused.ErrorCode == "unauthorized_client" {
				return none, fmt.Errorf("%w: %w", ErrSetup, err)
			}
			return none, fmt.Errorf("%w: %w", ErrDenied, err)
		}
		return none, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := m.verifier.Verify(ctx, raw)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	if !equal(id.Nonce, f.nonce()) {
		return none, fmt.Errorf("%w: its nonce is that of another sign-in", ErrUntrusted)
	}
	return p.subject(id)
}

// subject takes the one claim that names the person.
func (p *Provider) subject(id *oidc.IDToken) (operator.Subject, error) {
	none := operator.Subject{}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return none, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	// A token for several is for us only when it was asked for by us (OpenID
	// Connect Core 1.0, section 3.1.3.7).
	if party, has := claims["azp"]; has && party != p.config.ClientID {
		return none, fmt.Errorf("%w: it was made for %q", ErrUntrusted, clip(fmt.Sprint(party)))
	}
	value, _ := claims[p.config.Claim].(string)
	if value == "" {
		return none, fmt.Errorf("%w: the ID token has no claim %q", ErrSetup, p.config.Claim)
	}
	if verified := claims[claimVerified]; p.config.Claim == claimEmail && verified != true && verified != "true" {
		return none, fmt.Errorf("%w: the provider has not verified the e-mail address", ErrDenied)
	}
	return p.Subject(value), nil
}

// clip keeps a foreign value short enough for a log.
func clip(text string) string { return text[:min(len(text), 100)] }

// bounded reads no more of an answer than anyone needs.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}
