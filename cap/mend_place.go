// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// contents holds, for each element that holds elements, which, in order.
var contents = map[string][]string{
	"alert":     names(alertFields),
	"info":      names(infoFields),
	"resource":  names(resourceFields),
	"area":      names(areaFields),
	"eventCode": names(namedValueFields),
	"parameter": names(namedValueFields),
	"geocode":   names(namedValueFields),
}

// repeated holds the elements that may stand more than once.
var repeated = map[string]bool{}

func names[T any](fields []field[T]) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.name
		if f.repeats {
			repeated[f.name] = true
		}
	}
	return list
}

// depths holds how deep the elements that hold others lie.
var depths = map[string]int{"alert": 1, "info": 2, "resource": 3, "area": 3}

// homes holds for each element the one that it belongs into. valueName and
// value belong into three, and have none.
var homes = func() map[string]string {
	homes := map[string]string{}
	for parent := range depths {
		for _, local := range contents[parent] {
			homes[local] = parent
		}
	}
	return homes
}()

// spellings holds the names of all elements, and names that plainly mean them,
// by their lower-case letters.
var spellings = func() map[string]string {
	spellings := map[string]string{
		"messagetype": "msgType", "areadescription": "areaDesc", "resourcedescription": "resourceDesc",
		"instructions": "instruction", "reference": "references", "alert": "alert", "valuename": "valueName", "value": "value",
	}
	for local := range homes {
		spellings[strings.ToLower(local)] = local
	}
	return spellings
}()

var joints = strings.NewReplacer("_", "", "-", "", ".", "")

func spelled(local string) string {
	return spellings[strings.ToLower(joints.Replace(local))]
}

// rename gives an element its proper name.
func (m *mender) rename(e *node) {
	if !isCAPNamespace(e.name.Space) {
		return
	}
	local := e.name.Local
	if e.parent != nil && slices.Contains(contents[e.parent.name.Local], "valueName") && (local == "name" || local == "key") {
		local = "valueName"
	} else if known := spelled(local); known != "" {
		local = known
	}
	if local != e.name.Local {
		m.repaired(e, RuleRepairName, fmt.Sprintf("is written <%s>; read as <%s>", lexical.Clip(e.name.Local), local), e.name.Local, local)
		e.name.Local = local
	}
}

// sorted holds the children of an element by where they belong.
type sorted struct {
	own, pairs, down, up []*node
	// newest holds the areas and the resources that take bare elements.
	newest map[string]*part
}

// part is an area or a resource that takes the elements that stand bare in an
// info block.
type part struct {
	element *node
	open    bool // takes more
}

// place puts the elements in e where they belong, and returns those that
// belong further up.
func (m *mender) place(e *node) (up []*node) {
	m.attributes(e)
	m.strayText(e)
	var s sorted
	m.sort(e, e.children, &s)
	e.children = nil
	s.own = append(s.own, m.pairUp(e, s.pairs)...)
	m.placeDown(e, &s)
	last, latest := 0, map[string]*node{}
	for i := 0; i < len(s.own); i++ {
		child := s.own[i]
		child.parent = e
		if at := slices.Index(contents[e.name.Local], child.name.Local); at >= last {
			last = at
		} else if child.kind == fromXML && !child.moved {
			m.repaired(child, RuleRepairOrder, "stands too late; moved to its place", "", "")
		}
		if contents[child.name.Local] == nil {
			m.flatten(child)
			if m.isFirst(latest, child) {
				e.children = append(e.children, child)
			}
			continue
		}
		for _, piece := range m.split(child) {
			m.isFirst(latest, piece)
			e.children = append(e.children, piece)
			for _, risen := range m.place(piece) {
				switch home := homes[risen.name.Local]; {
				case home == e.name.Local:
					m.repaired(risen, RuleRepairPlace, fmt.Sprintf("stands in <%s>; moved to <%s>", risen.parent.name.Local, home), "", "")
					risen.moved = true
					s.own = append(s.own, risen)
				case depths[home] < depths[e.name.Local]:
					up = append(up, risen)
				default:
					m.drop(risen, RuleRepairPlace, fmt.Sprintf("has no place in <%s>", risen.parent.name.Local))
				}
			}
		}
	}
	return append(s.up, up...)
}

// sort says of every child where it belongs. What is not known it keeps as
// text, unless known elements are in it: those take its place.
func (m *mender) sort(e *node, children []*node, s *sorted) {
	holds := contents[e.name.Local]
	for _, child := range children {
		if m.saysNothing(child) {
			continue
		}
		m.rename(child)
		local := child.name.Local
		isPair := local == "valueName" || local == "value"
		known := isCAPNamespace(child.name.Space)
		if known && !child.moved && child.name.Space != m.space {
			message := "is in the namespace of another version than the message; read as if it were not"
			if child.name.Space == "" {
				message = "is in no namespace; read as if it were in that of CAP"
			}
			m.repaired(child, RuleRepairNamespace, message, child.name.Space, Namespace)
		}
		switch {
		case known && slices.Contains(holds, local):
			s.own = append(s.own, child)
		case known && isPair && (e.name.Local == "info" || e.name.Local == "area"):
			s.pairs = append(s.pairs, child)
		case known && homes[local] != "" && depths[homes[local]] < depths[e.name.Local]:
			s.up = append(s.up, child)
		case known && homes[local] != "" && depths[homes[local]] > depths[e.name.Local] && depths[e.name.Local] > 0:
			s.down = append(s.down, child)
		case holdsKnown(child):
			if e.parent == nil && slices.ContainsFunc(child.children, func(c *node) bool { return spelled(c.name.Local) == "identifier" }) {
				if m.messages++; m.messages == 2 {
					m.fault(child, RuleRepairTwice, "is a second message in one document", "give each message by itself")
				}
			}
			m.repaired(child, RuleRepairUnknown, fmt.Sprintf("is not known in <%s>; what it holds was taken in its place", lexical.Clip(e.name.Local)), "", "")
			if text := trimSpace(child.text); text != "" {
				m.repaired(child, RuleRepairUnknown, "has text between its elements; "+m.keep(child, "text", text), text, "")
			}
			for _, grandchild := range child.children {
				grandchild.parent = e
			}
			m.sort(e, child.children, s)
		case local == "password" && known:
			m.repaired(child, RuleRepairPassword, "is a password of CAP 1.0; left out, and not quoted, since others read this", "", "")
		default:
			m.unknown(e, child)
		}
		child.name.Space = spaceIfKnown(child.name.Space)
	}
}

// spaceIfKnown returns the namespace of CAP 1.2 for that of any version.
func spaceIfKnown(space string) string {
	if isCAPNamespace(space) {
		return Namespace
	}
	return space
}

// saysNothing reports whether an element is to be passed over: signatures,
// which cannot be kept, and what is empty in JSON.
func (m *mender) saysNothing(e *node) bool {
	switch {
	case e.name.Space == signatureNamespace:
		m.repaired(e, RuleRepairSignature, "holds a signature, which was not checked; left out", "", "")
		return true
	case e.kind == arrayKind:
		return true // an empty array
	case e.kind == literalKind && e.text == "":
		m.repaired(e, RuleRepairEmpty, "is null; taken as absent", "null", "")
		return true
	}
	return false
}

// holdsKnown reports whether an element of CAP lies in e.
func holdsKnown(e *node) bool {
	return slices.ContainsFunc(e.children, func(child *node) bool {
		return isCAPNamespace(child.name.Space) && homes[spelled(child.name.Local)] != "" || holdsKnown(child)
	})
}

// unknown keeps the texts of an element that CAP does not know.
func (m *mender) unknown(e, child *node) {
	message := fmt.Sprintf("is not known in <%s>", lexical.Clip(e.name.Local))
	if !isCAPNamespace(child.name.Space) {
		message = fmt.Sprintf("is in the foreign namespace %q", lexical.Clip(child.name.Space))
	}
	m.attributes(child)
	if len(child.children) == 0 {
		m.drop(child, RuleRepairUnknown, message)
		return
	}
	if text := trimSpace(child.text); text != "" {
		m.repaired(child, RuleRepairUnknown, message+"; "+m.keep(child, "text", text), text, "")
	}
	for _, grandchild := range child.children {
		m.unknown(e, grandchild)
	}
}

// pairUp makes parameters, or geocodes, of names and values that stand bare.
func (m *mender) pairUp(e *node, pairs []*node) (made []*node) {
	local := "parameter"
	if e.name.Local == "area" {
		local = "geocode"
	}
	for _, part := range pairs {
		if len(made) == 0 || made[len(made)-1].child(part.name.Local) != nil {
			m.repaired(part, RuleRepairPlace, fmt.Sprintf("stands in <%s>; put into a <%s>", e.name.Local, local), "", "")
			made = append(made, &node{name: lexical.Name{Space: Namespace, Local: local}, offset: part.offset, moved: true})
		}
		to := made[len(made)-1]
		part.parent = to
		to.children = append(to.children, part)
	}
	return made
}

// placeDown puts elements that belong into an info block, an area or a
// resource there.
func (m *mender) placeDown(e *node, s *sorted) {
	for _, child := range s.down {
		m.repaired(child, RuleRepairPlace, fmt.Sprintf("stands in <%s>; moved to <%s>", e.name.Local, homes[child.name.Local]), "", "")
	}
	if e.name.Local == "alert" && len(s.down) > 0 {
		m.intoInfos(e, s)
		return
	}
	for _, child := range s.down {
		m.intoPart(s, child)
	}
}

// intoInfos puts elements into every info block that has room for them, since
// they were said of the whole message; into a new one if there is none.
func (m *mender) intoInfos(e *node, s *sorted) {
	var infos []*node
	for _, child := range s.own {
		if child.name.Local == "info" {
			infos = append(infos, child)
		}
	}
	if len(infos) == 0 {
		infos = []*node{{name: lexical.Name{Space: Namespace, Local: "info"}, offset: s.down[0].offset, parent: e, moved: true}}
		s.own = append(s.own, infos...)
	}
	for _, child := range s.down {
		local, put := child.name.Local, false
		for n, info := range infos {
			if m.copies += child.size(); n > 0 && m.copies > maxRepairs {
				m.repaired(child, RuleRepairPlace, fmt.Sprintf("was looked for in the first %d info blocks only; there are too many", n), "", "")
				break
			}
			if homes[local] == "info" && !repeated[local] && hasSpelled(info, local) {
				continue
			}
			copied := child
			if put {
				copied = child.clone()
			}
			put = true
			copied.parent, copied.moved = info, true
			info.children = append(info.children, copied)
		}
		if !put {
			m.drop(child, RuleRepairTwice, "stands outside of the info blocks, which all have one")
		}
	}
}

func hasSpelled(e *node, local string) bool {
	return slices.ContainsFunc(e.children, func(child *node) bool {
		return child.name.Local == local || isCAPNamespace(child.name.Space) && spelled(child.name.Local) == local
	})
}

// intoPart puts an element of an area or a resource that stands in an info
// block into the only one there is, or into the last new one that has room.
func (m *mender) intoPart(s *sorted, child *node) {
	local := homes[child.name.Local]
	to, known := s.newest[local]
	if !known {
		to = &part{}
		for _, other := range s.own {
			if other.name.Local == local {
				to.open = to.element == nil
				to.element = other
			}
		}
		if s.newest == nil {
			s.newest = map[string]*part{}
		}
		s.newest[local] = to
	}
	if !to.open || !repeated[child.name.Local] && hasSpelled(to.element, child.name.Local) {
		to.element = &node{name: lexical.Name{Space: Namespace, Local: local}, offset: child.offset, moved: true}
		to.open = true
		s.own = append(s.own, to.element)
	}
	child.parent, child.moved = to.element, true
	to.element.children = append(to.element.children, child)
}
