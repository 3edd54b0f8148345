// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strings"
)

// startTag scans a start tag or an empty-element tag, with the gate's rules
// for depth, number, attributes and namespaces.
func (s *scanner) startTag() (token, error) {
	offset := s.pos
	s.pos++
	raw := s.rawName()
	if raw == "" {
		return token{}, s.refuse(offset, RuleSyntax, "< begins no tag", "write &lt; for the character <")
	}
	s.elements++
	if s.elements > s.limits.Elements {
		return token{}, s.refuse(offset, RuleElements, fmt.Sprintf("the document has more than the %d elements allowed", s.limits.Elements),
			"send a smaller document")
	}
	if len(s.open) == s.limits.Depth {
		return token{}, s.refuse(offset, RuleDepth, fmt.Sprintf("<%s> lies deeper than the %d levels allowed", clip(raw), s.limits.Depth),
			"remove the nesting")
	}
	bindings := len(s.bindings)
	written, empty, err := s.writtenAttributes(raw)
	if err != nil {
		return token{}, err
	}
	if err := s.bind(written); err != nil {
		return token{}, err
	}
	resolved, err := s.resolve(raw, offset, true)
	if err != nil {
		return token{}, err
	}
	s.attributes = s.attributes[:0]
	for _, a := range written {
		if a.raw == "xmlns" || strings.HasPrefix(a.raw, "xmlns:") {
			continue
		}
		n, err := s.resolve(a.raw, a.offset, false)
		if err != nil {
			return token{}, err
		}
		if slices.ContainsFunc(s.attributes, func(other attribute) bool { return other.name == n }) {
			return token{}, s.refuseTwice(a.raw, a.offset)
		}
		s.attributes = append(s.attributes, attribute{name: n, value: a.value})
	}
	limit := s.limits.Text
	if slices.Contains(s.limits.Large, resolved.local) {
		limit = s.limits.LargeText
	}
	s.open = append(s.open, openElement{raw: raw, name: resolved, limit: limit, bindings: bindings})
	if empty {
		s.emptyOffset = offset + 1 // never 0, and inside the tag
	}
	return token{kind: startToken, offset: offset, name: resolved, attributes: s.attributes}, nil
}

type writtenAttribute struct {
	raw, value string
	offset     int
}

// writtenAttributes scans the rest of a tag and reports whether it is an
// empty-element tag.
func (s *scanner) writtenAttributes(element string) (written []writtenAttribute, empty bool, err error) {
	for {
		spaced := s.skipSpace()
		rest := s.src[s.pos:]
		switch {
		case strings.HasPrefix(rest, ">"):
			s.pos++
			return written, false, nil
		case strings.HasPrefix(rest, "/>"):
			s.pos += 2
			return written, true, nil
		}
		at := s.pos
		raw := s.rawName()
		value, quoted := s.quoted(len(s.src))
		if raw == "" || !spaced || !quoted {
			return nil, false, s.refuse(at, RuleSyntax, fmt.Sprintf("the tag <%s is malformed", clip(element)),
				`write <name>, or <name attribute="value">`)
		}
		valueAt := s.pos - 1 - len(value)
		if strings.IndexByte(value, '<') >= 0 {
			return nil, false, s.refuse(at, RuleSyntax, fmt.Sprintf("the attribute %s contains <", clip(raw)), "write &lt;")
		}
		if len(value) > s.limits.Text {
			return nil, false, s.refuse(at, RuleText, fmt.Sprintf("the attribute %s has more than the %d bytes allowed", clip(raw), s.limits.Text), "shorten it")
		}
		if len(written) == s.limits.Attributes {
			return nil, false, s.refuse(at, RuleAttribute,
				fmt.Sprintf("<%s> has more than the %d attributes allowed", clip(element), s.limits.Attributes), "remove attributes")
		}
		if slices.ContainsFunc(written, func(other writtenAttribute) bool { return other.raw == raw }) {
			return nil, false, s.refuseTwice(raw, at)
		}
		if value, err = s.decode(value, valueAt, true); err != nil {
			return nil, false, err
		}
		written = append(written, writtenAttribute{raw: raw, value: value, offset: at})
	}
}

func (s *scanner) refuseTwice(raw string, offset int) *Refusal {
	return s.refuse(offset, RuleAttribute, fmt.Sprintf("the attribute %s stands twice in one tag", clip(raw)), "remove one")
}

// bind takes up the namespace declarations of a tag (Namespaces in XML 1.0,
// sections 2.2 and 3).
func (s *scanner) bind(written []writtenAttribute) error {
	for _, a := range written {
		prefix, isPrefix := strings.CutPrefix(a.raw, "xmlns:")
		if !isPrefix && a.raw != "xmlns" {
			continue
		}
		if !isPrefix {
			prefix = ""
		}
		misused := isPrefix && (a.value == "" || prefix == "" || prefix == "xmlns" || !isNameStart(prefix[0]) || strings.Contains(prefix, ":")) ||
			a.value == xmlnsNamespace || (prefix == "xml") != (a.value == xmlNamespace)
		if misused {
			return s.refuse(a.offset, RuleNamespace, fmt.Sprintf("the namespace declaration %s is not allowed", clip(a.raw)), "remove it")
		}
		s.bindings = append(s.bindings, binding{prefix: prefix, space: a.value})
	}
	return nil
}

// resolve finds the namespace of a name as written.
func (s *scanner) resolve(raw string, offset int, element bool) (name, error) {
	prefix, local, prefixed := strings.Cut(raw, ":")
	if !prefixed {
		prefix, local = "", raw
		if !element {
			return name{local: local}, nil
		}
	}
	if prefixed && (prefix == "" || local == "" || !isNameStart(local[0]) || strings.Contains(local, ":")) {
		return name{}, s.refuse(offset, RuleNamespace, fmt.Sprintf("%s is not a name with one prefix", clip(raw)), "write prefix:name")
	}
	if prefix == "xml" {
		return name{space: xmlNamespace, local: local}, nil
	}
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == prefix {
			return name{space: s.bindings[i].space, local: local}, nil
		}
	}
	if prefixed {
		return name{}, s.refuse(offset, RuleNamespace, fmt.Sprintf("the prefix of %s is not declared", clip(raw)),
			fmt.Sprintf("declare it with xmlns:%s, or leave it out", clip(prefix)))
	}
	return name{local: local}, nil
}

// rawName scans a name, "" if there is none. Of the names of XML 1.0 it knows
// those in ASCII; no format that Tocsin reads has others.
func (s *scanner) rawName() string {
	from := s.pos
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		if !isNameStart(c) && c != ':' && (s.pos == from || !isNamePart(c)) {
			break
		}
		s.pos++
	}
	return s.src[from:s.pos]
}

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func isNamePart(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '.'
}
