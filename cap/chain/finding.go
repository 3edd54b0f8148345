// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package chain

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// The rules on how messages fit together.
const (
	RuleEnded      cap.Rule = "chain.after-end"  // an Update to a chain that has ended
	RuleIdentifier cap.Rule = "chain.identifier" // two messages with one identifier
	RuleIncomplete cap.Rule = "chain.incomplete" // active messages of the chain not named
	RuleLater      cap.Rule = "chain.later"      // a reference to what was sent later
	RuleLoop       cap.Rule = "chain.loop"       // references in a circle
	RuleSelf       cap.Rule = "chain.self"       // a reference to the message itself
	RuleSender     cap.Rule = "chain.sender"     // an Update or Cancel of another sender's message
	RuleStatus     cap.Rule = "chain.status"     // an Update or Cancel of a message of another status
	RuleTime       cap.Rule = "chain.time"       // a reference with another time than the message has
	RuleUnknown    cap.Rule = "chain.unknown"    // a reference to what is not in the set
)

// rules are all rules, in the order of Rules.
var rules = []cap.Rule{RuleUnknown, RuleTime, RuleLater, RuleSelf, RuleLoop, RuleSender, RuleStatus, RuleIncomplete, RuleEnded, RuleIdentifier}

// Rules lists the rules of this package.
func Rules() []cap.RuleInfo {
	infos := make([]cap.RuleInfo, len(rules))
	for i, rule := range rules {
		infos[i] = cap.RuleInfo{ID: rule, Severity: cap.GravityWarning, Title: words["en"].Rules[rule].Title + ".", Source: "CAP 1.2, 3.2.1"}
	}
	return infos
}

// Finding is one place where a message does not fit to the others.
type Finding struct {
	// Alert is the message that has the fault, one of those given to New.
	Alert *cap.Alert
	Rule  cap.Rule
	// References names the other messages that it is about, but at most ten;
	// More says that there are others.
	References []cap.Reference
	More       bool

	given int
}

// Findings returns what does not fit, in the order in which New was given the
// messages. There is at most one finding for each message and rule.
func (s *Set) Findings() []Finding { return s.findings }

func (s *Set) find(n *node, rule cap.Rule, references []cap.Reference, more bool) {
	s.findings = append(s.findings, Finding{Alert: n.alert, Rule: rule, References: references, More: more, given: n.given})
}

// In returns the finding in words, as a warning: in German for "de", in
// English for any other language. Line and column are not known here.
func (f Finding) In(language string) cap.Finding {
	w := words["en"]
	if language == "de" {
		w = words["de"]
	}
	path := "alert/references"
	if f.Rule == RuleIdentifier {
		path = "alert/identifier"
	}
	rule := w.Rules[f.Rule]
	message := rule.Message
	if strings.Contains(message, "%s") {
		message = fmt.Sprintf(message, f.names(w))
	}
	return cap.Finding{Rule: f.Rule, Severity: cap.GravityWarning, Path: path, Message: message, Remedy: rule.Remedy}
}

func (f Finding) names(w wording) string {
	names := make([]string, len(f.References))
	for i, r := range f.References {
		names[i] = r.String()
	}
	if last := len(names) - 1; last > 0 && !f.More {
		return strings.Join(names[:last], "; ") + w.And + names[last]
	}
	text := strings.Join(names, "; ")
	if f.More {
		text += w.More
	}
	return text
}

// wording is what findings say in one language.
type wording struct {
	And, More string
	Rules     map[cap.Rule]struct{ Title, Message, Remedy string }
}

//go:embed words
var files embed.FS

// words are the wordings by language.
var words = map[string]wording{"en": load("en"), "de": load("de")}

func load(language string) wording {
	var w wording
	raw, err := files.ReadFile("words/" + language + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &w)
	}
	if err != nil {
		panic("chain: the words in " + language + ": " + err.Error())
	}
	return w
}
