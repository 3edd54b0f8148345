// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// Profile names the receivers that a message is checked for.
type Profile string

// The profiles. Each looks for more than the one before it.
const (
	// ProfileCAP is anybody who reads CAP: what the specification advises and
	// implies. It finds no errors: those are strict reading's.
	ProfileCAP Profile = "cap"
	// ProfilePublic is pages, apps and feed readers for the public.
	ProfilePublic Profile = "public"
	// ProfileGerman is the German warning system: levels, regional keys, cell
	// broadcast, nine languages, and the wording of texts.
	ProfileGerman Profile = "de"
)

// Profiles are all profiles.
func Profiles() []Profile { return []Profile{ProfileCAP, ProfilePublic, ProfileGerman} }

// Options says how a message is checked. The zero value checks it by the
// profile cap, with findings in English.
type Options struct {
	// Profile is one of Profiles; empty is ProfileCAP.
	Profile Profile
	// Language is a BCP 47 tag: German gives findings in German, all others in English.
	Language string
	// Now is the time of the check. A message that says it was sent later than
	// that is reported, and one that is not sent yet is judged as if sent now.
	// Without it these rules rest.
	Now time.Time
	// Languages are those in which the issuer must write. When none is named,
	// the profile de requires German and asks for its other eight.
	Languages []string
	// Draft is the message as its author has it, where that is known. The rules
	// about texts take their facts from it rather than from the alert.
	Draft *Message
	// Place gives line and column of a path in the document that the alert was
	// read from, both from 1; without it findings have no place.
	Place func(path string) (line, column int)
	// Size is the size of that document in bytes; without it the rule on it rests.
	Size int
	// Mode is how Document reads.
	Mode cap.Mode
}

// Result is what Document found.
type Result struct {
	// Alert is the message as far as it could be read, never nil.
	Alert *cap.Alert
	// Valid is true if the reading itself found no error.
	Valid bool
	// Findings are those of the reading and those of the profile's rules: errors
	// first, then warnings, then advice, each in the order of the document.
	Findings []cap.Finding
	// Omitted is how many findings there were beyond those.
	Omitted int
}

// The largest numbers of findings of one rule, and of all rules together.
const (
	mostOfRule = 100
	mostOfAll  = 500
)

// Document examines a CAP document and checks what it says by the rules of the
// profile. Where the reading found an error, the rules do not add to it. Its
// error is a *cap.Refusal: the document was not read at all.
func Document(raw []byte, o Options) (*Result, error) {
	examined, err := cap.Examine(raw, o.Mode)
	if err != nil {
		return nil, err
	}
	if o.Place == nil {
		o.Place = examined.Place
	}
	o.Size = len(raw)
	result := Reading(examined.Alert, examined.Findings, o)
	result.Omitted += examined.Omitted
	return result, nil
}

// Reading checks a message that was read from some document, as far as that was
// possible, and puts what the reading found together with what the rules find.
// Where the reading found an error, the rules do not add to it.
func Reading(a *cap.Alert, found []cap.Finding, o Options) *Result {
	findings, omitted := look(a, o).apply(o)
	valid, wrong := true, map[string]bool{}
	for _, f := range found {
		if f.Severity == cap.GravityError {
			valid, wrong[f.Path] = false, true
		}
	}
	findings = slices.DeleteFunc(findings, func(f cap.Finding) bool { return wrong[f.Path] })
	findings = slices.Concat(found, findings)
	sortFindings(findings)
	return &Result{Alert: a, Valid: valid, Findings: findings, Omitted: omitted}
}

// Alert checks a message by the rules of the profile. Errors come first, then
// warnings, then advice; it gives at most 500 findings.
func Alert(a *cap.Alert, o Options) []cap.Finding {
	findings, _ := look(a, o).apply(o)
	sortFindings(findings)
	return findings
}

// Wording applies the rules about texts and the facts that go with them to a
// message that its author has not finished. The paths of its findings are those
// of fields: "texts.de.headline", "event", "level", "responseTypes", "expires".
func Wording(m Message, language string) []cap.Finding {
	o := Options{Profile: ProfileGerman, Language: language, Now: m.Now}
	findings, _ := lookAtDraft(m).apply(o)
	sortFindings(findings)
	return findings
}

// apply runs the rules of the profile over the message.
func (v *view) apply(o Options) (findings []cap.Finding, omitted int) {
	profile := cmp.Or(o.Profile, ProfileCAP)
	words := wordsOf(o.Language)
	for _, r := range rules {
		if !slices.Contains(r.in, profile) {
			continue
		}
		severity, count := r.severityIn(profile), 0
		r.look(v, func(path string, arguments ...any) {
			if count++; count > mostOfRule || len(findings) == mostOfAll {
				omitted++
				return
			}
			f := cap.Finding{
				Rule: r.id, Severity: severity, Path: path,
				Message: words.message(r.id, arguments), Remedy: words.remedy(r.id),
			}
			if o.Place != nil {
				f.Line, f.Column = o.Place(path)
			}
			findings = append(findings, f)
		})
	}
	return findings, omitted
}

var severityOrder = []cap.Gravity{cap.GravityError, cap.GravityWarning, cap.GravityAdvice}

func sortFindings(findings []cap.Finding) {
	slices.SortStableFunc(findings, func(a, b cap.Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severityOrder, a.Severity), slices.Index(severityOrder, b.Severity)),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
