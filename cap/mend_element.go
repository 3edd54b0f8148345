// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// isFirst counts the elements that may repeat, and reports whether one that
// may not is the first of its name. latest holds what it saw in this parent. A
// second one is kept as far as it says something else.
func (m *mender) isFirst(latest map[string]*node, child *node) bool {
	child.kind, child.inList = fromXML, 0
	first := latest[child.name.Local]
	if repeated[child.name.Local] {
		child.index = 1
		if first != nil {
			child.index = first.index + 1
		}
		latest[child.name.Local] = child
		return true
	}
	if first == nil {
		latest[child.name.Local] = child
		return true
	}
	was, is := trimSpace(first.text), trimSpace(child.text)
	switch local := child.name.Local; {
	case is == "" || was == is:
		m.repaired(child, RuleRepairTwice, "stands twice; left out, since it says nothing else", child.text, was)
	case was == "":
		m.repaired(child, RuleRepairTwice, "stands twice, the first time empty; taken", "", is)
		first.text = child.text
	case slices.Contains([]string{"status", "msgType", "scope"}, local):
		m.fault(child, RuleRepairTwice, fmt.Sprintf("stands twice and says both %q and %q", lexical.Clip(was), lexical.Clip(is)), "say one thing")
	case slices.Contains([]string{"references", "incidents", "addresses"}, local):
		m.repaired(child, RuleRepairTwice, "stands twice; joined", is, was+" "+is)
		first.text = was + " " + is
	case slices.Contains([]string{"description", "instruction", "note", "contact", "areaDesc"}, local):
		m.repaired(child, RuleRepairTwice, "stands twice; joined", is, was+"\n"+is)
		first.text = was + "\n" + is
	default:
		m.drop(child, RuleRepairTwice, "stands twice")
	}
	return false
}

// attributes keeps the value of every attribute, but for those that only
// concern XML and its schemas, and takes xml:lang for the language of an info block.
func (m *mender) attributes(e *node) {
	for _, a := range e.attributes {
		message := fmt.Sprintf("has the attribute %s, which CAP does not know", lexical.Clip(a.Name.Local))
		switch {
		case a.Name.Space == schemaInstanceNamespace && strings.HasSuffix(a.Name.Local, "chemaLocation"):
		case a.Name == schemaType && strings.HasPrefix(a.Value, "{"+schemaNamespace+"}"):
		case a.Name.Space == lexical.XMLNamespace && a.Name.Local == "lang" && e.name.Local == "info" && !hasSpelled(e, "language"):
			m.repaired(e, RuleRepairAttribute, "has the attribute lang; taken as its language", a.Value, a.Value)
			m.add(e, e, "language", a.Value).kind = e.kind
		case a.Name.Space == schemaInstanceNamespace, a.Name.Space == lexical.XMLNamespace, strings.EqualFold(a.Name.Local, "id"), lexical.IsBlank(a.Value):
			m.repaired(e, RuleRepairAttribute, message+"; left out", a.Value, "")
		default:
			m.repaired(e, RuleRepairAttribute, message+"; "+m.keep(e, a.Name.Local, a.Value), a.Value, "")
		}
	}
	e.attributes = nil
}

// strayText keeps text that stands between the elements of e.
func (m *mender) strayText(e *node) {
	if text := trimSpace(e.text); text != "" {
		m.repaired(e, RuleRepairStrayText, "has text between its elements; "+m.keep(e, "text", text), text, "")
	}
	e.text = ""
}

// flatten makes one text of what stands in an element that holds text only.
func (m *mender) flatten(e *node) {
	m.attributes(e)
	if len(e.children) == 0 {
		return
	}
	used, written := e.readingOrder(m.src)
	m.repaired(e, RuleRepairTags, fmt.Sprintf("holds the element <%s>, but may hold text only; its tags were left out", lexical.Clip(e.children[0].name.Local)), written, used)
	e.text, e.children = used, nil
}

// split makes of an eventCode, parameter or geocode with several values one
// for each; and of one in a form of before CAP 1.1 one of today.
func (m *mender) split(e *node) []*node {
	if !slices.Contains(contents[e.name.Local], "valueName") {
		return []*node{e}
	}
	m.splitText(e)
	for _, child := range e.children {
		m.rename(child)
	}
	pieces := []*node{{name: e.name, offset: e.offset, parent: e.parent, attributes: e.attributes, text: e.text, index: e.index}}
	for _, child := range e.children {
		piece := pieces[len(pieces)-1]
		isPart := isCAPNamespace(child.name.Space) && (child.name.Local == "valueName" || child.name.Local == "value")
		if isPart && piece.child(child.name.Local) != nil {
			m.repaired(child, RuleRepairNamedValue, fmt.Sprintf("stands twice in a <%s>; put into one more", e.name.Local), "", "")
			next := &node{name: e.name, offset: child.offset, parent: e.parent}
			if valueName := piece.child("valueName"); child.name.Local == "value" && valueName != nil {
				next.children = []*node{valueName.clone()}
				next.children[0].parent = next
			}
			pieces = append(pieces, next)
			piece = next
		}
		child.parent = piece
		piece.children = append(piece.children, child)
	}
	return pieces
}

// splitText makes elements of a name and a value that stand as text,
// "name=value" as in CAP 1.0, or as an attribute.
func (m *mender) splitText(e *node) {
	name, value := "", ""
	e.attributes = slices.DeleteFunc(e.attributes, func(a lexical.Attribute) bool {
		switch local := spelled(a.Name.Local); {
		case a.Name.Space != "" || len(e.children) > 0:
			return false
		case local == "valueName" || a.Name.Local == "name" || a.Name.Local == "key":
			name = a.Value
			return true
		case local == "value":
			value = a.Value
			return true
		}
		return false
	})
	text := trimSpace(e.text)
	if len(e.children) > 0 || text == "" && name == "" && value == "" {
		return
	}
	if name == "" {
		var found bool
		if name, value, found = strings.Cut(text, "="); !found || trimSpace(name) == "" {
			name, value = e.name.Local, text
		}
	} else if value == "" {
		value = text
	}
	name, value = trimSpace(name), trimSpace(value)
	m.repaired(e, RuleRepairNamedValue, "has no valueName and value; made of what stands there", text, name+"="+value)
	e.text = ""
	m.add(e, e, "valueName", name)
	m.add(e, e, "value", value)
}
