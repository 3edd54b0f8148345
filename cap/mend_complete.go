// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// mend does all repairs, and returns the document that comes of it.
func (m *mender) mend() *document {
	m.repair(m.root)
	doc := &document{src: m.src}
	m.root.into(doc, nil)
	return doc
}

func (m *mender) repair(root *node) {
	m.space = root.name.Space
	switch {
	case isCAPNamespace(m.space):
		m.rename(root)
		if root.name.Local != "alert" {
			return // which the decoder reports
		}
		if m.space != Namespace {
			m.repaired(root, RuleRepairNamespace, "is not in the namespace of CAP 1.2; read as if it were", m.space, Namespace)
			root.name.Space = Namespace
		}
	case root.isMisnamed():
		m.repaired(root, RuleRepairNamespace, fmt.Sprintf("is in the unknown namespace %q, but holds what a CAP message does; read as if it were in that of CAP 1.2", lexical.Clip(m.space)), m.space, Namespace)
		root.renamespace(m.space, Namespace)
		m.space = Namespace
	default:
		return
	}
	offsets := map[int]bool{}
	offsetOfTimes(root, offsets)
	for offset := range offsets {
		if len(offsets) == 1 {
			m.otherTimes = &offset
		}
	}
	for _, left := range m.place(root) {
		m.drop(left, RuleRepairPlace, "has no place in <alert>")
	}
	inSchemaOrder(root)
	m.values(root)
	m.completeAlert(root)
	m.finish()
}

// isMisnamed reports whether a root in a foreign namespace is a CAP message all
// the same: it is called alert, and at least three of the elements that every
// message begins with lie in it, in its own namespace.
func (e *node) isMisnamed() bool {
	begins := []string{"identifier", "sender", "sent", "status", "msgType", "scope"}
	found := map[string]bool{}
	for _, child := range e.children {
		if child.name.Space == e.name.Space && slices.Contains(begins, child.name.Local) {
			found[child.name.Local] = true
		}
	}
	return e.name.Local == "alert" && len(found) >= 3
}

// renamespace puts a node, and those in it, from one namespace into another.
func (e *node) renamespace(from, to string) {
	if e.name.Space == from {
		e.name.Space = to
	}
	for _, child := range e.children {
		child.renamespace(from, to)
	}
}

// completeAlert fills in what a message lacks where nobody is warned or not
// warned by it. It leaves status and msgType to the decoder, which refuses.
func (m *mender) completeAlert(root *node) {
	if root.child("identifier") == nil {
		m.fill(root, "identifier", m.digest())
	}
	if root.child("sender") == nil {
		m.fill(root, "sender", "unknown")
	}
	if root.child("sent") == nil {
		for _, info := range root.children {
			if sent := info.textOf("effective"); info.name.Local == "info" && sent != "" {
				m.fill(root, "sent", sent)
				break
			}
		}
	}
	m.completeScope(root)
}

// completeScope takes a message without scope for public if nothing restricts
// it, and never takes one for less restricted than it says.
func (m *mender) completeScope(root *node) {
	if child := root.child("restriction"); child != nil && child.text != "" && lexical.IsBlank(child.text) {
		m.rewrite(child, RuleRepairEmpty, "is empty; left out", "")
	}
	scope, restriction, addresses := root.textOf("scope"), root.textOf("restriction"), root.textOf("addresses")
	if slices.Contains([]string{"none", "no", "na", "nil", "null", "public", "unrestricted"}, word(restriction)) && (scope == "" || scope == string(ScopePublic)) {
		m.dropChild(root, "restriction", "restricts nothing")
		restriction = ""
	}
	switch {
	case scope == "" && restriction != "":
		scope = string(ScopeRestricted)
		m.fillIn(root, "scope", scope)
	case scope == "" && addresses == "":
		scope = string(ScopePublic)
		m.fillIn(root, "scope", scope)
	}
	switch {
	case scope == string(ScopeRestricted) && restriction == "":
		m.fillIn(root, "restriction", "-")
	case scope == string(ScopePrivate) && restriction != "":
		m.dropChild(root, "restriction", "is given, though the scope is Private")
	case scope == string(ScopePrivate) && addresses == "":
		m.fillIn(root, "addresses", "-")
	}
}

// fillIn fills in an element that is missing or empty.
func (m *mender) fillIn(parent *node, local, text string) {
	if child := parent.child(local); child != nil {
		m.rewrite(child, RuleRepairMissing, "is empty; filled in", text)
		return
	}
	m.fill(parent, local, text)
}

// dropChild takes an element out of its parent, and keeps its text.
func (m *mender) dropChild(parent *node, local, message string) {
	child := parent.child(local)
	m.drop(child, RuleRepairUnusable, message)
	parent.children = slices.DeleteFunc(parent.children, func(other *node) bool { return other == child })
}

// complete fills in what an element lacks, and reports whether it may stay.
func (m *mender) complete(e *node) bool {
	need := func(local, text string) {
		if e.child(local) == nil {
			m.fill(e, local, text)
		}
	}
	switch e.name.Local {
	case "info":
		need("category", string(CategoryOther))
		need("event", m.eventOf(e))
		need("urgency", string(UrgencyUnknown))
		need("severity", string(SeverityUnknown))
		need("certainty", string(CertaintyUnknown))
	case "eventCode", "parameter", "geocode":
		if len(e.children) == 0 {
			m.repaired(e, RuleRepairEmpty, "is empty; left out", "", "")
			return false
		}
		need("valueName", e.name.Local)
		need("value", "")
	case "resource":
		need("resourceDesc", "-")
		need("mimeType", "application/octet-stream")
		content := e.child("derefUri")
		if uri := e.textOf("uri"); uri != "" && (content == nil || content.text == "") && !isAbsolute(uri) {
			m.dropChild(e, "uri", "is relative, though derefUri is not there")
		}
	case "area":
		need("areaDesc", "-")
		if e.child("ceiling") != nil && e.child("altitude") == nil {
			m.dropChild(e, "ceiling", "is given without altitude")
		}
	}
	return true
}

// eventOf finds what an info block without event is about.
func (m *mender) eventOf(info *node) string {
	if headline := info.textOf("headline"); headline != "" {
		return headline
	}
	if code := info.child("eventCode"); code != nil && code.textOf("value") != "" {
		return code.textOf("value")
	}
	return "-"
}
