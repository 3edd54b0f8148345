// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// PathKind is a way by which commands come to a siren.
type PathKind string

// The kinds of paths.
const (
	PathMQTT   PathKind = "mqtt"   // signed frames, signed answers
	PathHTTP   PathKind = "http"   // the same, posted to the controller
	PathTETRA  PathKind = "tetra"  // short data of the authorities' radio; answers by status
	PathPOCSAG PathKind = "pocsag" // a pager's code
	PathTones  PathKind = "tones"  // a five-tone call and a double tone
)

// PathKinds lists the kinds, from the one that says most to the one that says least.
var PathKinds = []PathKind{PathMQTT, PathHTTP, PathTETRA, PathPOCSAG, PathTones}

// Authenticated reports whether a siren can tell by the command itself that it is
// genuine. A call without that can be sent or repeated by anyone with a radio,
// which every page says that shows such a path.
func (k PathKind) Authenticated() bool { return k == PathMQTT || k == PathHTTP }

// Answers reports whether the siren answers on this path. What a path without
// answers achieved can only be heard, on the air or in the street.
func (k PathKind) Answers() bool { return k == PathMQTT || k == PathHTTP || k == PathTETRA }

// TitleKey is the catalogue key of the kind's name.
func (k PathKind) TitleKey() string { return "siren.path." + string(k) }

// Path is one way to one siren.
type Path struct {
	Kind PathKind `json:"kind" enum:"mqtt,http,tetra,pocsag,tones"`
	// Address is the siren's own: nothing for MQTT, whose topics have its id; the
	// URL for HTTP; the subscriber identity (SSI, up to 8 digits) for TETRA, with a
	// sub-address of 4 digits behind a slash if there is one; the RIC (up to 7
	// digits) for POCSAG; the call (5 to 7 digits) for tones.
	Address string `json:"address,omitempty"`
	// Group is an address of the same form that this siren shares with others, so
	// that one call reaches them all; empty for none.
	Group string `json:"group,omitempty"`
}

var addressPatterns = map[PathKind]struct {
	pattern *regexp.Regexp
	remedy  string
}{
	PathTETRA:  {regexp.MustCompile(`^[0-9]{1,8}(/[0-9]{4})?$`), "Give the SSI of up to 8 digits, with a sub-address of 4 digits behind a slash if there is one."},
	PathPOCSAG: {regexp.MustCompile(`^[0-9]{1,7}$`), "Give the RIC, up to 7 digits."},
	PathTones:  {regexp.MustCompile(`^[0-9A-F]{5,7}$`), "Give the call of 5 to 7 digits."},
}

// highestRIC is the highest radio identity code of POCSAG (ITU-R M.584), 21 bits.
const highestRIC = "2097151"

// Check lists what is wrong with the path, by the names of its members.
func (p Path) Check() []problem.Fault {
	fault := func(field, message, remedy string) []problem.Fault {
		return []problem.Fault{{Field: field, Rule: "siren.path", Message: message, Remedy: remedy}}
	}
	switch {
	case !slices.Contains(PathKinds, p.Kind):
		return fault("kind", fmt.Sprintf("there is no kind of path %q", p.Kind), "Use mqtt, http, tetra, pocsag or tones.")
	case p.Kind == PathMQTT:
		if p.Address != "" || p.Group != "" {
			return fault("address", "a path over MQTT has no address", "Leave address and group out: the topics have the siren's id.")
		}
		return nil
	case p.Kind == PathHTTP:
		if u, err := url.Parse(p.Address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || p.Group != "" {
			return fault("address", fmt.Sprintf("%q is no address of a controller", p.Address), "Give a URL, and no group.")
		}
		return nil
	}
	form := addressPatterns[p.Kind]
	for field, address := range map[string]string{"address": p.Address, "group": p.Group} {
		if field == "group" && address == "" {
			continue
		}
		if !form.pattern.MatchString(address) || p.Kind == PathPOCSAG && len(address) == len(highestRIC) && address > highestRIC {
			return fault(field, fmt.Sprintf("%q is no address for %s", address, p.Kind), form.remedy)
		}
	}
	return nil
}
