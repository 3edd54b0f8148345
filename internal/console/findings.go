// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/warning/assessment"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// notForAuthors are rules about what the node decides: how it grades for each
// channel, and what its messages carry beside their content.
var notForAuthors = []cap.Rule{"cell-broadcast.derived", "cell-broadcast.grading", "note.missing", "ars.missing"}

// findings is what the rules say of a message beyond what forbids it: a request
// goes through with it. w is the chain, nil for a new one.
func (s *Service) findings(who Identity, w *warning.Warning, draft warning.Draft) []problem.Fault {
	c, now := draft.Content, s.o.Now()
	message := check.Message{
		Kind: check.Kind(draft.Kind), Event: c.Event, Level: int(c.Level), Texts: checkTexts(c.Texts),
		Required: s.o.Authority.Languages, Responses: c.ResponseTypes, Onset: c.Onset, Expires: c.Expires,
		Now: now, Authority: s.o.Authority.SenderName, Places: []string{c.Area.Name}, Exercise: s.o.Authority.Realm == authority.Exercise,
	}
	if w != nil && w.Last() != nil {
		message.Previous = checkTexts(w.Last().Content.Texts)
	}
	message = wording.Complete(message, who.Language)
	var found []cap.Finding
	if draft.Alert == nil {
		found = check.Wording(message, who.Language)
	} else {
		found = check.Alert(draft.Alert, check.Options{
			Profile: check.ProfileGerman, Language: who.Language, Now: now, Languages: s.o.Authority.Languages, Draft: &message,
		})
	}
	faults := []problem.Fault{}
	for _, f := range found {
		fault := problem.Fault{
			Field: fieldOf(draft.Alert, f.Path), Rule: string(f.Rule), Severity: string(f.Severity), Message: f.Message, Remedy: f.Remedy,
		}
		forbids := slices.ContainsFunc(draft.Faults, func(known problem.Fault) bool { return known.Rule == fault.Rule })
		said := slices.ContainsFunc(faults, func(other problem.Fault) bool {
			return other.Field == fault.Field && other.Rule == fault.Rule && other.Message == fault.Message
		})
		// Where the author gives no page, the node names its own.
		ours := slices.Contains(notForAuthors, f.Rule) || slices.Contains(assessment.JudgedBefore, fault.Rule) || fault.Field == "web" && c.Web == ""
		if !forbids && !said && !ours {
			faults = append(faults, fault)
		}
	}
	return faults
}

// fields are the fields of a content by the element of CAP that it becomes.
var fields = map[string]string{
	"event": "event", "eventCode": "event", "category": "event", "responseType": "responseTypes",
	"urgency": "level", "severity": "level", "certainty": "level", "parameter": "level",
	"onset": "onset", "effective": "onset", "expires": "expires", "web": "web", "contact": "contact", "area": "area",
}

// element matches an element of an info block: the number of the block, and the
// name of the element.
var element = regexp.MustCompile(`^alert/info\[(\d+)\]/(\w+)`)

// fieldOf is the field of a content that an element of its message comes from;
// empty for what no field says.
func fieldOf(a *cap.Alert, path string) string {
	match := element.FindStringSubmatch(path)
	switch {
	case path == "alert/info":
		return "texts"
	case strings.HasSuffix(path, "/areaDesc"):
		return "area.name"
	case match == nil && strings.HasPrefix(path, "alert"):
		return ""
	case match == nil:
		return path // the message is not CAP yet, and this is its field
	}
	switch match[2] {
	case "headline", "description", "instruction":
		block, _ := strconv.Atoi(match[1]) // the expression leaves digits only
		return "texts." + a.Info[block-1].Language + "." + match[2]
	}
	return fields[match[2]]
}

func checkTexts(from map[string]warning.Text) map[string]check.Text {
	to := make(map[string]check.Text, len(from))
	for tag, text := range from {
		to[tag] = check.Text(text)
	}
	return to
}
