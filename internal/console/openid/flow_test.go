// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package openid

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestARefusalOfTheProvider(t *testing.T) {
	p := New(Config{Issuer: "https://id.example"}, "", time.Now)
	f := newFlow("/")
	answer := url.Values{"error": {"access_denied"}, "state": {f.state()}}
	if _, err := p.Finish(t.Context(), f, answer); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "access_denied") {
		t.Errorf("a refusal: %v", err)
	}
}

func TestFlowsDiffer(t *testing.T) {
	f, g := newFlow("/console/"), newFlow("/console/")
	seen := map[string]bool{}
	for _, text := range []string{f.state(), f.nonce(), f.verifier(), g.state(), g.nonce(), g.verifier()} {
		if len(text) != 43 || seen[text] {
			t.Errorf("%q is short, or came before", text)
		}
		seen[text] = true
	}
	if f.answers(g.state()) || !f.answers(f.state()) || f.answers("") || (Flow{}).answers((Flow{}).state()) {
		t.Error("a flow answers to the wrong states")
	}
}

func TestConfig(t *testing.T) {
	good := Config{Issuer: "https://id.example/realms/kreis", ClientID: "tocsin"}
	filled := good.WithDefaults()
	if want := (Config{Issuer: good.Issuer, ClientID: "tocsin", Scopes: []string{"openid"}, Claim: "sub", Label: "id.example"}); !cmp.Equal(filled, want) {
		t.Error(cmp.Diff(want, filled))
	}
	for _, c := range []struct {
		name   string
		change func(*Config)
		fields string
	}{
		{"complete", func(*Config) {}, ""},
		{"on this machine", func(c *Config) { c.Issuer = "http://localhost:5556/dex" }, ""},
		{"no issuer", func(c *Config) { c.Issuer = "" }, "oidc.issuer"},
		{"http elsewhere", func(c *Config) { c.Issuer = "http://id.example" }, "oidc.issuer"},
		{"a query", func(c *Config) { c.Issuer += "?tenant=1" }, "oidc.issuer"},
		{"no client", func(c *Config) { c.ClientID = "" }, "oidc.client_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := filled
			c.change(&config)
			var fields []string
			for _, f := range config.Validate() {
				fields = append(fields, f.Field)
				if f.Message == "" || f.Remedy == "" || f.Rule == "" {
					t.Errorf("a fault without words: %+v", f)
				}
			}
			if got := strings.Join(fields, " "); got != c.fields {
				t.Errorf("faults of %q, not of %q", got, c.fields)
			}
		})
	}
	if err := problem.InvalidFaults("x", filled.Validate()); err != nil {
		t.Error(err)
	}
}

func FuzzParseFlow(f *testing.F) {
	f.Add(newFlow("/console/").String())
	f.Add(newFlow("").String())
	f.Add(".")
	f.Add("AAAA.L2NvbnNvbGUv")
	f.Fuzz(func(t *testing.T, text string) {
		flow, err := ParseFlow(text)
		if err != nil {
			return
		}
		if again := flow.String(); again != text {
			t.Errorf("%q was read, and is written as %q", text, again)
		}
	})
}
