// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// identifierForm doubts identifiers that cannot be unique in the world.
func identifierForm(v *view, report report) {
	if id := v.alert.Identifier; id != "" && len(id) < 6 {
		report("alert/identifier", id)
	}
}

// senderForm wants a sign that someone assigned the name: a domain, an address,
// an object identifier, a URN, or parts joined by hyphens.
func senderForm(v *view, report report) {
	if sender := v.alert.Sender; sender != "" && !strings.ContainsAny(sender, ".@:-_/") {
		report("alert/sender", sender)
	}
}

// clocks may differ by this much.
const clocksDiffer = 10 * time.Minute

func sentInFuture(v *view, report report) {
	if !v.now.IsZero() && v.alert.Sent.After(v.now.Add(clocksDiffer)) {
		report("alert/sent", v.alert.Sent.String())
	}
}

func statusDraft(v *view, report report) {
	if v.alert.Status == cap.StatusDraft {
		report("alert/status")
	}
}

func statusNotActual(v *view, report report) {
	if s := v.alert.Status; s == cap.StatusExercise || s == cap.StatusSystem || s == cap.StatusTest {
		report("alert/status", string(s))
	}
}

func scopeNotPublic(v *view, report report) {
	if s := v.alert.Scope; s == cap.ScopeRestricted || s == cap.ScopePrivate {
		report("alert/scope", string(s))
	}
}

func noteMissing(v *view, report report) {
	why := ""
	switch {
	case v.alert.Status == cap.StatusExercise:
		why = "Exercise"
	case v.alert.MsgType == cap.MsgTypeError:
		why = "Error"
	}
	if why != "" && strings.TrimSpace(v.alert.Note) == "" {
		report("alert/note", why)
	}
}

func referencesMissing(v *view, report report) {
	switch t := v.alert.MsgType; t {
	case cap.MsgTypeUpdate, cap.MsgTypeCancel, cap.MsgTypeAck, cap.MsgTypeError:
		if len(v.alert.References) == 0 {
			report("alert/references", string(t))
		}
	}
}

func referencesSelf(v *view, report report) {
	for _, r := range v.alert.References {
		if r.Identifier == v.alert.Identifier && r.Sender == v.alert.Sender {
			report("alert/references", r.Identifier)
			return
		}
	}
}

func referencesLater(v *view, report report) {
	for _, r := range v.alert.References {
		if sent, err := cap.ParseTime(r.Sent); err == nil && !v.from.IsZero() && sent.After(v.from) {
			report("alert/references", r.Identifier, r.Sent)
		}
	}
}

func referencesRepeated(v *view, report report) {
	seen := map[cap.Reference]bool{}
	for _, r := range v.alert.References {
		if seen[r] {
			report("alert/references", r.Identifier)
			return
		}
		seen[r] = true
	}
}

// infoMissing asks for an info block where the message is for the public.
func infoMissing(v *view, report report) {
	switch t := v.alert.MsgType; t {
	case cap.MsgTypeAlert, cap.MsgTypeUpdate, cap.MsgTypeCancel:
		if len(v.infos) == 0 {
			report("alert/info", string(t))
		}
	}
}

// infoDuplicate finds blocks that say all again.
func infoDuplicate(v *view, report report) {
	seen := map[string]int{}
	for i, info := range v.infos {
		key := digest(info.Info)
		if first, again := seen[key]; again {
			report(fmt.Sprintf("alert/info[%d]", i+1), first+1, i+1)
			continue
		}
		seen[key] = i
	}
}

func languageTwice(v *view, report report) {
	seen := map[string]int{}
	for i, b := range v.blocks {
		language := strings.ToLower(b.language)
		if first, again := seen[language]; again {
			report(v.infos[i].path+"language", b.language, first+1)
			return
		}
		seen[language] = i
	}
}

func categoryDiffers(v *view, report report) {
	for i, info := range v.infos {
		if i > 0 && !sameSet(info.Category, v.infos[0].Category) {
			report(info.path+"category[1]", listed(info.Category), listed(v.infos[0].Category))
		}
	}
}

func eventCodeDiffers(v *view, report report) {
	for i, info := range v.infos {
		if i > 0 && !sameSet(withoutVersions(info.EventCode), withoutVersions(v.infos[0].EventCode)) {
			report(info.path+"eventCode[1]", codes(info.EventCode), codes(v.infos[0].EventCode))
		}
	}
}

// withoutVersions leaves the scheme of the federal civil protection office
// without its version, which real messages mix.
func withoutVersions(from []cap.NamedValue) []cap.NamedValue {
	to := slices.Clone(from)
	for i := range to {
		to[i].ValueName = strings.TrimSuffix(to[i].ValueName, ":01.00R")
	}
	return to
}

func codes(values []cap.NamedValue) string {
	var list []string
	for _, v := range values {
		list = append(list, v.Value)
	}
	if len(list) == 0 {
		return "–"
	}
	return strings.Join(list, ", ")
}

func eventDiffers(v *view, report report) {
	first := map[string]string{}
	for _, info := range v.infos {
		language := strings.ToLower(info.Language)
		event, known := first[language]
		if !known {
			first[language] = info.Event
		} else if event != info.Event {
			report(info.path+"event", info.Event, event)
		}
	}
}

// sameSet compares two short lists as sets.
func sameSet[T comparable](a, b []T) bool {
	within := func(a, b []T) bool {
		for _, x := range a[:min(len(a), 50)] {
			if !slices.Contains(b, x) {
				return false
			}
		}
		return true
	}
	return within(a, b) && within(b, a)
}

func listed[T ~string](values []T) string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = string(value)
	}
	return strings.Join(list, ", ")
}

// The sizes up to which feed readers take a message gladly, and at all.
const (
	sizeGladly = 100_000
	sizeAtAll  = 900_000
)

func sizeLarge(v *view, report report) {
	if v.size > sizeGladly && v.size <= sizeAtAll {
		report("alert", v.size/1000, sizeGladly/1000)
	}
}

func sizeTooLarge(v *view, report report) {
	if v.size > sizeAtAll {
		report("alert", v.size/1000, sizeAtAll/1000)
	}
}
