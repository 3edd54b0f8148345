// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/ed25519"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// CommandRegister is the name of the command that adds sirens to the registry
// or replaces them by id; its body is Registered.
const CommandRegister = "siren.register"

// MaxRegister is how many sirens one command may carry; a journal record holds them all.
const MaxRegister = 5000

var idPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

// CommandRemove is the name of the command that takes a siren out of the
// registry; its body is Removed.
const CommandRemove = "siren.remove"

// ValidID reports whether a text can be the id of a siren.
func ValidID(id string) bool { return idPattern.MatchString(id) }

// Register decides on sirens to be added to those that exist, or to replace
// them by id, and gives the events that follow: none when all stand there
// already as they are given. A siren without a key keeps the one that it has,
// since its device brings it. It refuses with a *problem.Error that names every
// broken rule, and then changes nothing.
func Register(existing []Siren, sirens []Siren) ([]journal.Event, error) {
	if len(sirens) == 0 {
		return nil, problem.New(problem.Invalid, "there is no siren to register", "Give at least one siren.")
	}
	if len(sirens) > MaxRegister {
		return nil, problem.New(problem.TooLarge, fmt.Sprintf("%d sirens at once are over the %d that one command may carry", len(sirens), MaxRegister),
			"Register them in several parts.")
	}
	var faults []problem.Fault
	ids, numbers := map[string]bool{}, map[uint32]string{}
	for _, s := range sirens {
		ids[s.ID] = true
	}
	for _, s := range existing {
		if !ids[s.ID] {
			numbers[s.Number] = s.ID
		}
	}
	clear(ids)
	for i, s := range sirens {
		for _, f := range s.Check() {
			f.Field = fmt.Sprintf("sirens[%d].%s", i, f.Field)
			faults = append(faults, f)
		}
		if ids[s.ID] {
			faults = append(faults, problem.Fault{
				Field: fmt.Sprintf("sirens[%d].id", i), Rule: "siren.id-twice",
				Message: fmt.Sprintf("the id %q stands twice", s.ID), Remedy: "Give every siren an id of its own.",
			})
		}
		ids[s.ID] = true
		if other, taken := numbers[s.Number]; taken && other != s.ID {
			faults = append(faults, problem.Fault{
				Field: fmt.Sprintf("sirens[%d].number", i), Rule: "siren.number-twice",
				Message: fmt.Sprintf("the number %d is that of %s already", s.Number, other), Remedy: "Give every siren a number of its own.",
			})
		}
		numbers[s.Number] = s.ID
	}
	if err := problem.InvalidFaults("the sirens cannot be registered", faults); err != nil {
		return nil, err
	}
	before := make(map[string]Siren, len(existing))
	for _, s := range existing {
		before[s.ID] = s
	}
	changed := slices.Clone(sirens)
	for i, s := range changed {
		if len(s.PublicKey) == 0 {
			changed[i].PublicKey = before[s.ID].PublicKey
		}
	}
	changed = slices.DeleteFunc(changed, func(s Siren) bool {
		old, known := before[s.ID]
		return known && len(Difference(old, s)) == 0
	})
	if len(changed) == 0 {
		return nil, nil
	}
	return []journal.Event{journal.NewEvent(EventRegistered, Registered{Sirens: changed})}, nil
}

// Remove decides on the removal of a siren. It refuses with a *problem.Error.
func Remove(existing []Siren, command Removed) ([]journal.Event, error) {
	if !slices.ContainsFunc(existing, func(s Siren) bool { return s.ID == command.Siren }) {
		return nil, problem.New(problem.NotFound, fmt.Sprintf("There is no siren %q.", command.Siren), "See the list of sirens.")
	}
	command.Reason = strings.TrimSpace(command.Reason)
	if command.Reason == "" || len(command.Reason) > 1000 {
		return nil, problem.InvalidFaults("the siren cannot be removed", []problem.Fault{{
			Field: "reason", Rule: "siren.reason-missing", Message: "the reason is empty or over 1000 bytes long",
			Remedy: "Say why, such as \"dismantled, replaced by 07131-0012\".",
		}})
	}
	return []journal.Event{journal.NewEvent(EventRemoved, command)}, nil
}

// Check holds one entry of the registry to the rules that need no other entry.
func (s Siren) Check() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, rule, message, remedy string) {
		faults = append(faults, problem.Fault{Field: field, Rule: "siren." + rule, Message: message, Remedy: remedy})
	}
	if !idPattern.MatchString(s.ID) {
		fault("id", "id", fmt.Sprintf("%q is no id", s.ID), "Use 1 to 40 letters, digits and hyphens.")
	}
	if s.Number == 0 {
		fault("number", "number", "the number is missing", "Number the sirens from 1.")
	}
	if strings.TrimSpace(s.Name) == "" || len(s.Name) > 200 {
		fault("name", "name", "the name is empty or over 200 bytes long", "Say where the siren stands, such as \"Cottbus, Feuerwache 1\".")
	}
	if ars, err := geo.ParseARS(string(s.ARS)); err != nil || ars != s.ARS {
		fault("ars", "ars", fmt.Sprintf("%q is no regional key in its shortest form", s.ARS),
			"Give the Amtlicher Regionalschlüssel of the Gemeinde, 12 digits.")
	}
	// Written so that a NaN is refused too.
	if !(s.Position.Lat >= -90 && s.Position.Lat <= 90 && s.Position.Lon >= -180 && s.Position.Lon <= 180) {
		fault("position", "position", fmt.Sprintf("%v, %v is no place on earth", s.Position.Lat, s.Position.Lon),
			"Give WGS 84 degrees: latitude -90 to 90, longitude -180 to 180.")
	}
	if len(s.PublicKey) != 0 && len(s.PublicKey) != ed25519.PublicKeySize {
		fault("publicKey", "key", fmt.Sprintf("the public key has %d bytes", len(s.PublicKey)),
			"Give the device's Ed25519 public key, 32 bytes in base64, or none until it is enrolled.")
	}
	if len(s.Signals) == 0 {
		fault("signals", "signals", "the siren can give no signal", "List the signals it can give: warning and all-clear at least.")
	}
	for i, p := range s.Paths {
		for _, f := range p.Check() {
			fault(fmt.Sprintf("paths[%d].%s", i, f.Field), "path", f.Message, f.Remedy)
		}
	}
	faults = append(faults, s.Equipment.check()...)
	for i, d := range s.Documents {
		if u, err := url.Parse(d.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || strings.TrimSpace(d.Title) == "" {
			fault(fmt.Sprintf("documents[%d]", i), "document", fmt.Sprintf("%q is no document", d.URL), "Give a title and an address that begins with https://.")
		}
	}
	known := AllSignals()
	for _, name := range s.Signals {
		if _, ok := known.Named(name); !ok {
			fault("signals", "signals", fmt.Sprintf("there is no signal %q", name), "Use "+strings.Join(known.Names(), ", ")+".")
		}
	}
	return faults
}

// DetailNotEnrolled is the detail of a siren whose device has not told its key yet.
const DetailNotEnrolled = "siren.detail.not-enrolled"

// Enrolled reports whether the device's key is known, or no way to it needs one.
func (s Siren) Enrolled() bool {
	return len(s.PublicKey) > 0 || !slices.ContainsFunc(s.Ways(), func(p Path) bool { return p.Kind.Authenticated() })
}

// SpectrumAgrees gives the level in dB(A) that the bands of the spectrum make
// together, and whether that is the level stated, to 1 dB; it is so where one of
// the two is not known.
func (e Equipment) SpectrumAgrees() (rating float64, agrees bool) {
	_, rating = acoustics.Bands(e.Spectrum)
	return rating, e.Level == 0 || e.Spectrum == (acoustics.Spectrum{}) || math.Abs(rating-e.Level) <= 1
}

func (e Equipment) check() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: "equipment." + field, Rule: "siren.equipment", Message: message, Remedy: remedy})
	}
	if e.Kind != "" && e.Kind != "electronic" && e.Kind != "motor" {
		fault("kind", fmt.Sprintf("there is no kind of siren %q", e.Kind), "Use electronic or motor.")
	}
	if e.Mount != "" && e.Mount != "roof" && e.Mount != "mast" {
		fault("mount", fmt.Sprintf("there is no mount %q", e.Mount), "Use roof or mast.")
	}
	if e.Power != "" && e.Power != "mains" && e.Power != "mains-battery" && e.Power != "solar" {
		fault("power", fmt.Sprintf("there is no power supply %q", e.Power), "Use mains, mains-battery or solar.")
	}
	// Written so that a NaN is refused too.
	if e.Level != 0 && !(e.Level >= 60 && e.Level <= 150) {
		fault("level", fmt.Sprintf("%g dB(A) at 30 m is not the level of a siren", e.Level), "Give the level at 30 m, such as 101; makers also name that at 1 m, which is 29.5 dB more.")
	}
	if e.Height != 0 && !(e.Height > 0 && e.Height <= 200) {
		fault("height", fmt.Sprintf("%g m is not the height of a horn", e.Height), "Give metres above the ground.")
	}
	if e.Spectrum != (acoustics.Spectrum{}) {
		if err := e.Spectrum.Validate(); err != nil {
			fault("spectrum", err.Error(), "Give eight levels in dB, unweighted, at 30 m.")
		} else if rating, agrees := e.SpectrumAgrees(); !agrees {
			fault("spectrum", fmt.Sprintf("its bands make %.1f dB(A), not %g", rating, e.Level), "Correct the level or the spectrum, or leave the level out.")
		}
	}
	if err := e.Directivity.Validate(); err != nil {
		fault("directivity", err.Error(), "Give seven losses in dB, for 0, 30, 60, 90, 120, 150 and 180 degrees off the axis.")
	}
	if !(e.Axis >= 0 && e.Axis <= 360) {
		fault("axis", fmt.Sprintf("%g° is no bearing", e.Axis), "Give degrees from north, clockwise, 0 to 360.")
	}
	if e.Cycles < 0 || e.Cycles > 1000 {
		fault("cycles", fmt.Sprintf("%d cycles are impossible", e.Cycles), "Give how often the battery lasts for a warning and an all-clear.")
	}
	if e.Built != 0 && (e.Built < 1900 || e.Built > 2100) {
		fault("built", fmt.Sprintf("%d is not a year in which it was put up", e.Built), "Give a year of four digits.")
	}
	return faults
}
