// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// digest tells equal values from unequal ones, whatever their size.
func digest(value any) string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(value); err != nil {
		return fmt.Sprintf("%p", value)
	}
	return string(h.Sum(nil))
}

// once reports whether a value is met for the first time: what stands alike in
// the blocks of all languages is said once.
type once map[string]bool

func (o once) first(value any) bool {
	key := digest(value)
	if o[key] {
		return false
	}
	o[key] = true
	return true
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// emptyElements finds required elements with nothing in them.
func emptyElements(v *view, report report) {
	empty := func(path, text string) {
		if blank(text) {
			report(path)
		}
	}
	for i, code := range v.alert.Code {
		empty(fmt.Sprintf("alert/code[%d]", i+1), code)
	}
	values := func(path, name string, list []cap.NamedValue) {
		for i, value := range list {
			at := fmt.Sprintf("%s%s[%d]/", path, name, i+1)
			empty(at+"valueName", value.ValueName)
			empty(at+"value", value.Value)
		}
	}
	for _, info := range v.infos {
		empty(info.path+"event", info.Event)
		values(info.path, "eventCode", info.EventCode)
		values(info.path, "parameter", info.Parameter)
		for i, resource := range info.Resource {
			at := fmt.Sprintf("%sresource[%d]/", info.path, i+1)
			empty(at+"resourceDesc", resource.ResourceDesc)
			empty(at+"mimeType", resource.MimeType)
		}
		for i, area := range info.Area {
			at := fmt.Sprintf("%sarea[%d]/", info.path, i+1)
			empty(at+"areaDesc", area.AreaDesc)
			values(at, "geocode", area.Geocode)
		}
	}
}

// codeAsName finds a code in the place of the name of its list.
func codeAsName(v *view, report report) {
	seen := once{}
	for _, info := range v.infos {
		if !seen.first(info.EventCode) {
			continue
		}
		for i, code := range info.EventCode {
			if likeCode.MatchString(code.ValueName) || code.ValueName != "" && code.ValueName == code.Value {
				report(fmt.Sprintf("%seventCode[%d]/valueName", info.path, i+1), code.ValueName)
			}
		}
	}
}

var likeCode = regexp.MustCompile(`^\s*(BBK-EVC-\d+|OET-\d+|\d+)\s*$`)

// timeUTC finds UTC in the form that CAP keeps for no time zone at all.
func timeUTC(v *view, report report) {
	look := func(path string, t cap.Time) bool {
		if strings.HasSuffix(t.Verbatim(), "+00:00") {
			report(path, t.Verbatim())
			return true
		}
		return false
	}
	if look("alert/sent", v.alert.Sent) {
		return
	}
	for _, info := range v.infos {
		if look(info.path+"effective", info.Effective) || look(info.path+"onset", info.Onset) || look(info.path+"expires", info.Expires) {
			return
		}
	}
}

func expiresBeforeEffective(v *view, report report) {
	seen := once{}
	for _, info := range v.infos {
		if !info.Expires.IsZero() && info.Effective.After(info.Expires.Time) && seen.first([]cap.Time{info.Effective, info.Expires}) {
			report(info.path+"expires", info.Expires.String(), info.Effective.String())
		}
	}
}

// effectiveAfterOnset finds a message that is to take effect once its event has
// begun, though it could have done so before.
func effectiveAfterOnset(v *view, report report) {
	seen := once{}
	for _, info := range v.infos {
		late := !info.Onset.IsZero() && info.Effective.After(info.Onset.Time) && info.Effective.After(v.from)
		if late && !v.from.IsZero() && seen.first([]cap.Time{info.Effective, info.Onset}) {
			report(info.path+"effective", info.Effective.String(), info.Onset.String())
		}
	}
}

func webRelative(v *view, report report) {
	seen := once{}
	for _, info := range v.infos {
		if blank(info.Web) || !seen.first(info.Web) {
			continue
		}
		if address, err := url.Parse(strings.TrimSpace(info.Web)); err != nil || !address.IsAbs() ||
			(address.Scheme == "http" || address.Scheme == "https") && address.Host == "" {
			report(info.path+"web", info.Web)
		}
	}
}

func webInsecure(v *view, report report) {
	seen := once{}
	for _, info := range v.infos {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(info.Web)), "http:") && seen.first(info.Web) {
			report(info.path+"web", info.Web)
		}
	}
}

// absent makes a rule that wants an element in every info block. What all of
// them lack is said once.
func absent(element string, text func(*cap.Info) string) func(*view, report) {
	return func(v *view, report report) {
		var paths []string
		for _, info := range v.infos {
			if blank(text(info.Info)) {
				paths = append(paths, info.path+element)
			}
		}
		if len(paths) > 1 && len(paths) == len(v.infos) {
			paths = paths[:1]
		}
		for _, path := range paths {
			report(path)
		}
	}
}

var (
	languageMissing    = absent("language", func(i *cap.Info) string { return i.Language })
	webMissing         = absent("web", func(i *cap.Info) string { return i.Web })
	contactMissing     = absent("contact", func(i *cap.Info) string { return i.Contact })
	senderNameMissing  = absent("senderName", func(i *cap.Info) string { return i.SenderName })
	headlineMissing    = absent("headline", func(i *cap.Info) string { return i.Headline })
	descriptionMissing = absent("description", func(i *cap.Info) string { return i.Description })
)

// instructionMissing lets an all-clear go without: there may be nothing to do.
func instructionMissing(v *view, report report) {
	if v.kind != KindAllClear {
		absent("instruction", func(i *cap.Info) string { return i.Instruction })(v, report)
	}
}

func responseMissing(v *view, report report) {
	for _, info := range v.infos {
		if len(info.ResponseType) == 0 {
			report(info.path + "responseType")
			return
		}
	}
}

func gradingUnknown(v *view, report report) {
	seen := once{}
	for _, info := range v.infos {
		if !seen.first([]string{string(info.Urgency), string(info.Severity), string(info.Certainty)}) {
			continue
		}
		for _, grade := range []struct{ element, value string }{
			{"urgency", string(info.Urgency)}, {"severity", string(info.Severity)}, {"certainty", string(info.Certainty)},
		} {
			if grade.value == "Unknown" {
				report(info.path+grade.element, grade.element)
			}
		}
	}
}
