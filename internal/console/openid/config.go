// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package openid

import (
	"fmt"
	"net"
	"net/url"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Config says at which provider people may sign in. docs/formats/config.md
// explains it.
type Config struct {
	// Issuer is the provider's name, which is an address, such as
	// https://id.example. Its metadata is found below it (OpenID Connect
	// Discovery 1.0, section 4).
	Issuer   string `yaml:"issuer"`
	ClientID string `yaml:"client_id"`
	// SecretFile holds the client's secret; empty for a public client, which has
	// PKCE alone. It is read at every sign-in.
	SecretFile string `yaml:"client_secret_file"`
	// Scopes are asked for beside openid.
	Scopes []string `yaml:"scopes"`
	// Claim is the claim of the ID token that names a person: sub when empty.
	Claim string `yaml:"claim"`
	// Label is how people call the service: the issuer's host when empty.
	Label string `yaml:"label"`
}

// The claims that have rules of their own.
const (
	claimSubject  = "sub"
	claimEmail    = "email"
	claimVerified = "email_verified"
)

const scopeOpenID = "openid"

// WithDefaults fills what is empty.
func (c Config) WithDefaults() Config {
	if !slices.Contains(c.Scopes, scopeOpenID) {
		c.Scopes = append([]string{scopeOpenID}, c.Scopes...)
	}
	if c.Claim == "" {
		c.Claim = claimSubject
	}
	if issuer, err := url.Parse(c.Issuer); c.Label == "" && err == nil {
		c.Label = issuer.Host
	}
	return c
}

// Validate lists everything that is wrong with a filled configuration. It asks
// nobody: a provider that does not answer is no fault of the configuration.
func (c Config) Validate() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: "oidc." + field, Rule: "config.oidc." + field, Message: message, Remedy: remedy})
	}
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Host == "" || issuer.RawQuery != "" || issuer.Fragment != "" || issuer.Scheme != "https" && !(issuer.Scheme == "http" && loopback(issuer.Hostname())) {
		fault("issuer", fmt.Sprintf("%q is no address of a provider.", c.Issuer), "Write it exactly as the provider says in its metadata, such as https://id.example; http is for this machine alone.")
	}
	if c.ClientID == "" {
		fault("client_id", "The provider could not tell who asks.", "Write the id under which the provider knows this console.")
	}
	return faults
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
