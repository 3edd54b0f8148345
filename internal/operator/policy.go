// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// KeyPolicy says which keys may release, and for whom passkeys are made.
// docs/formats/config.md explains it.
type KeyPolicy struct {
	// Release lists the kinds of keys that may release: passkeys alone when empty.
	Release []KeyType `yaml:"release"`
	// Origin is the address at which the console is opened, without a path, such
	// as https://konsole.example. Passkeys work there and nowhere else.
	Origin string `yaml:"origin"`
	// RelyingParty is the host for which passkeys are made: that of Origin when
	// empty, or a domain above it. Passkeys are lost when it changes.
	RelyingParty string `yaml:"relying_party"`
}

// WithDefaults fills what is empty.
func (p KeyPolicy) WithDefaults() KeyPolicy {
	if len(p.Release) == 0 {
		p.Release = []KeyType{Passkey}
	}
	if p.RelyingParty == "" {
		if origin, err := url.Parse(p.Origin); err == nil {
			p.RelyingParty = origin.Hostname()
		}
	}
	return p
}

// Validate lists everything that is wrong with a filled policy. An empty Origin
// is right: then there are no passkeys.
func (p KeyPolicy) Validate() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: "keys." + field, Rule: "config.keys." + field, Message: message, Remedy: remedy})
	}
	for _, kind := range p.Release {
		if !slices.Contains(keyTypes, kind) {
			fault("release", fmt.Sprintf("There is no kind of key %q.", kind), "Use passkey, synced-passkey and software-key.")
		}
	}
	if p.Origin == "" {
		return faults
	}
	origin, err := url.Parse(p.Origin)
	host := ""
	if err == nil {
		host = origin.Hostname()
	}
	switch {
	case host == "" || origin.Scheme+"://"+origin.Host != p.Origin || origin.Scheme != "https" && !(origin.Scheme == "http" && host == "localhost"):
		fault("origin", fmt.Sprintf("%q is no address at which browsers offer passkeys.", p.Origin), "Write the console's address as https://konsole.example, without a path; http is for localhost alone.")
	case host != p.RelyingParty && !strings.HasSuffix(host, "."+p.RelyingParty):
		fault("relying_party", fmt.Sprintf("%q is neither the host of %s nor a domain above it.", p.RelyingParty, p.Origin), "Leave relying_party out, or write a domain that ends the console's host.")
	}
	return faults
}

// CheckRelease refuses a kind of key that may not release. Break-glass keys always
// may: two people made each of them for that. The error is a *problem.Error of
// kind Forbidden.
func (p KeyPolicy) CheckRelease(kind KeyType) error {
	if kind == BreakGlassKey || slices.Contains(p.Release, kind) {
		return nil
	}
	return refusal.New(problem.Forbidden, "assertion.release."+string(kind))
}
