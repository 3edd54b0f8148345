// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// mender turns the tree of another issuer's message into one that the strict
// decoder accepts. It moves, renames, rewrites and completes elements; the
// strict decoder then reads the result, so that there is one decoder only.
type mender struct {
	src     string
	root    *node
	space   string // the namespace of the root as it was
	repairs []placed
	faults  []placed
	// otherTimes is the offset from UTC that all times of the message name
	// which name one, nil if they name none or several.
	otherTimes *int
	kept       []keptText
	noteSize   int // in bytes, of what was kept in the note
	copies     int // of elements that were put into several info blocks
	messages   int // in unknown elements of the root
}

// keptText is a text that goes into a parameter of owner, or into the note.
type keptText struct {
	owner, from *node
	name, text  string
}

// repaired records that used was taken in the place of original.
func (m *mender) repaired(e *node, rule Rule, message, original, used string) {
	if len(m.repairs) == maxRepairs {
		if len(m.faults) == 0 {
			m.fault(m.root, RuleRepairLimit, fmt.Sprintf("needs more than %d repairs", maxRepairs), "ask the issuer for a valid message")
		}
		return
	}
	m.repairs = append(m.repairs, placed{e.offset, Finding{Rule: rule, Severity: GravityWarning,
		Path: e.path(), Message: message, Original: strings.Clone(original), Used: strings.Clone(used)}})
}

// fault records what cannot be repaired.
func (m *mender) fault(e *node, rule Rule, message, remedy string) {
	if len(m.faults) < maxFaults {
		m.faults = append(m.faults, placed{e.offset, Finding{Rule: rule, Severity: GravityError,
			Path: e.path(), Message: message, Remedy: remedy}})
	}
}

// rewrite replaces the text of an element.
func (m *mender) rewrite(e *node, rule Rule, message, used string) {
	m.repaired(e, rule, message, e.text, used)
	e.text = used
}

// fill adds an element that is missing. It has the place of its parent.
func (m *mender) fill(parent *node, local, text string) {
	m.repaired(parent, RuleRepairMissing, "lacks "+local+"; filled in", "", text)
	m.add(parent, parent, local, text)
}

// hopeless says that no more repairs are recorded, so that the message will be
// refused, and nothing more need be added to it.
func (m *mender) hopeless() bool { return len(m.repairs) == maxRepairs }

// add appends a new element, which stands where from stands.
func (m *mender) add(parent, from *node, local, text string) *node {
	child := &node{name: lexical.Name{Space: Namespace, Local: local}, offset: from.offset, text: text, parent: parent, moved: true}
	if m.hopeless() {
		return child
	}
	parent.children = append(parent.children, child)
	return child
}

const (
	// maxKept is the largest text that is kept as a parameter, in bytes.
	maxKept = 60 << 10
	// maxNote is how much is kept in the note, in bytes.
	maxNote = 32 << 10
)

// drop keeps the text of an element that cannot stand where it stands, and
// reports it. The caller takes it out of the tree.
func (m *mender) drop(e *node, rule Rule, message string) {
	text := e.allText()
	if lexical.IsBlank(text) {
		m.repaired(e, rule, message+"; left out", "", "")
		return
	}
	m.repaired(e, rule, message+"; "+m.keep(e, "", text), text, "")
}

// keep keeps a text that has no place in CAP: as a parameter of the info
// block, or in the note if it stands outside of any. It says which.
func (m *mender) keep(e *node, suffix, text string) string {
	if m.hopeless() {
		return "left out"
	}
	text = trimSpace(text)
	name := strings.TrimSuffix(suffix, ".")
	owner := e
	for ; owner.parent != nil && !(owner.parent.parent == nil && owner.name.Local == "info" && isCAPNamespace(owner.name.Space)); owner = owner.parent {
		name = owner.name.Local + "." + name
	}
	name = "x-" + lexical.Clip(strings.TrimSuffix(strings.Map(nameRune, name), "."))
	if owner.parent == nil {
		if m.noteSize += len(name) + len(text) + 3; m.noteSize > maxNote {
			return "left out"
		}
		m.kept = append(m.kept, keptText{owner, e, name, text})
		return "kept in the note as " + name
	}
	if len(text) > maxKept {
		return "left out"
	}
	m.kept = append(m.kept, keptText{owner, e, name, text})
	return "kept as the parameter " + name
}

func nameRune(r rune) rune {
	if isSpaceRune(r) {
		return '_'
	}
	return r
}

// finish puts what was kept into the tree, and everything into the order of
// the schema.
func (m *mender) finish() {
	root := m.root
	note := root.child("note")
	for _, k := range m.kept {
		if k.owner != root {
			parameter := m.add(k.owner, k.from, "parameter", "")
			m.add(parameter, k.from, "valueName", k.name)
			m.add(parameter, k.from, "value", k.text)
			continue
		}
		line := k.name + ": " + k.text
		if note == nil {
			note = m.add(root, k.from, "note", line)
		} else {
			note.text += "\n" + line
		}
	}
	inSchemaOrder(root)
}

// inSchemaOrder sorts the elements below e.
func inSchemaOrder(e *node) {
	holds := contents[e.name.Local]
	slices.SortStableFunc(e.children, func(a, b *node) int {
		return slices.Index(holds, a.name.Local) - slices.Index(holds, b.name.Local)
	})
	for _, child := range e.children {
		inSchemaOrder(child)
	}
}
