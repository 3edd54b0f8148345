// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package authority holds what a body that may warn is: its name, its
// territory, its languages, and the policy by which its operators release
// warnings. It is pure and reads no files.
package authority

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Realm keeps exercise and live apart.
type Realm string

// The realms.
const (
	Live     Realm = "live"
	Exercise Realm = "exercise"
)

// Authority is a body that may warn.
type Authority struct {
	// ID names the authority in identifiers, topics and logs: lower-case
	// letters, digits and hyphens, such as "de-bb".
	ID string `yaml:"id" json:"id"`
	// Name is what people call it, such as "Land Brandenburg".
	Name string `yaml:"name" json:"name"`
	// Sender is the CAP sender of its messages: globally unique, no blanks or commas.
	Sender string `yaml:"sender" json:"sender"`
	// SenderName is who warns, in words for the public.
	SenderName string `yaml:"sender_name" json:"senderName"`
	// Territory lists ARS prefixes. The authority warns only within them.
	Territory []geo.ARS `yaml:"territory" json:"territory"`
	Realm     Realm     `yaml:"realm" json:"realm"`
	// Languages are the tags in which every warning must be written; the first
	// is the authority's own. Empty means German and English.
	Languages []string `yaml:"languages" json:"languages"`
	// TimeZone is the IANA name of the zone in which times are shown.
	TimeZone string `yaml:"time_zone" json:"timeZone"`
	// Contact is printed in every message: a telephone number or an address.
	Contact string `yaml:"contact" json:"contact,omitempty"`
	Policy  Policy `yaml:"policy" json:"policy"`
}

// Policy is how an authority releases warnings. Zero values take the defaults
// of DefaultPolicy. docs/formats/policy.md explains every field with examples.
type Policy struct {
	// Releases is how many people must have signed a message before it goes
	// out, the author included: 2 or more for alerts and updates.
	Releases int `yaml:"releases" json:"releases"`
	// AllClearReleases is the same for all-clears: 1 or more.
	AllClearReleases int `yaml:"all_clear_releases" json:"allClearReleases"`
	// Deadline is how long a request may wait before it climbs to EscalateTo.
	Deadline Duration `yaml:"deadline" json:"deadline"`
	// EscalateTo says who is to be called then: a duty post with its telephone number.
	EscalateTo string `yaml:"escalate_to" json:"escalateTo"`
	// Lapse is how long a request may wait at all before it ends unreleased.
	Lapse Duration `yaml:"lapse" json:"lapse"`
	// LongestValidity bounds expires, counted from the request.
	LongestValidity Duration `yaml:"longest_validity" json:"longestValidity"`
}

// DefaultPolicy is the two-person rule with the deadlines of a staffed control room.
var DefaultPolicy = Policy{
	Releases:         2,
	AllClearReleases: 2,
	Deadline:         Duration(5 * time.Minute),
	EscalateTo:       "the next duty holder",
	Lapse:            Duration(time.Hour),
	LongestValidity:  Duration(72 * time.Hour),
}

// Duration is a time.Duration that reads and writes as text, such as "5m".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration: write a number and a unit, such as 5m or 12h", text)
	}
	*d = Duration(parsed)
	return nil
}

// WithDefaults fills what is empty.
func (a Authority) WithDefaults() Authority {
	if a.SenderName == "" {
		a.SenderName = a.Name
	}
	if a.Realm == "" {
		a.Realm = Live
	}
	if len(a.Languages) == 0 {
		a.Languages = []string{"de", "en"}
	}
	if a.TimeZone == "" {
		a.TimeZone = "Europe/Berlin"
	}
	p, d := &a.Policy, DefaultPolicy
	setDefault(&p.Releases, d.Releases)
	setDefault(&p.AllClearReleases, d.AllClearReleases)
	setDefault(&p.Deadline, d.Deadline)
	setDefault(&p.EscalateTo, d.EscalateTo)
	setDefault(&p.Lapse, d.Lapse)
	setDefault(&p.LongestValidity, d.LongestValidity)
	return a
}

func setDefault[T comparable](value *T, byDefault T) {
	var zero T
	if *value == zero {
		*value = byDefault
	}
}

var (
	idPattern     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	senderPattern = regexp.MustCompile(`^[^\s,<&]+$`)
)

// Validate lists everything that is wrong with a filled authority.
func (a Authority) Validate() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: "authority." + field, Rule: "authority." + field, Message: message, Remedy: remedy})
	}
	if !idPattern.MatchString(a.ID) {
		fault("id", fmt.Sprintf("%q is no authority id.", a.ID), "Use lower-case letters, digits and hyphens, such as de-bb.")
	}
	if strings.TrimSpace(a.Name) == "" {
		fault("name", "The authority has no name.", "Write the name that people know.")
	}
	if !senderPattern.MatchString(a.Sender) {
		fault("sender", fmt.Sprintf("%q is no CAP sender.", a.Sender), "Use a globally unique name without blanks, commas, < and &, such as warnung@brandenburg.example.")
	}
	if len(a.Territory) == 0 {
		fault("territory", "The authority has no territory.", "List the ARS prefixes in which it may warn, such as \"12\".")
	}
	for i, prefix := range a.Territory {
		if _, err := geo.ParseARS(string(prefix)); err != nil {
			fault(fmt.Sprintf("territory[%d]", i), err.Error(), "Write the ARS as a string of 2, 3, 5, 9 or 12 digits.")
		}
	}
	if a.Realm != Live && a.Realm != Exercise {
		fault("realm", fmt.Sprintf("%q is no realm.", a.Realm), "Write live or exercise.")
	}
	if _, err := time.LoadLocation(a.TimeZone); err != nil {
		fault("time_zone", fmt.Sprintf("%q is no time zone.", a.TimeZone), "Write an IANA name, such as Europe/Berlin.")
	}
	if slices.Contains(a.Languages, "") {
		fault("languages", "A language tag is empty.", "Write tags such as de and en.")
	}
	p := a.Policy
	if p.Releases < 2 {
		fault("policy.releases", "Fewer than two people would release a warning.", "Write 2 or more.")
	}
	if p.AllClearReleases < 1 {
		fault("policy.all_clear_releases", "Nobody would release an all-clear.", "Write 1 or more.")
	}
	if p.Deadline <= 0 || p.Lapse <= p.Deadline {
		fault("policy.lapse", "A request would lapse before it climbs.", "Make lapse longer than deadline, and both positive.")
	}
	if p.LongestValidity <= 0 {
		fault("policy.longest_validity", "No warning could be valid.", "Write a positive duration, such as 72h.")
	}
	return faults
}

// Location is the zone in which the authority shows times; UTC when it is unknown.
func (a Authority) Location() *time.Location {
	location, err := time.LoadLocation(a.TimeZone)
	if err != nil {
		return time.UTC
	}
	return location
}
