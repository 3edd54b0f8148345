// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package lexical

import (
	"fmt"
	"slices"
	"strings"
)

// startTag scans a start tag or an empty-element tag, with the gate's rules
// for depth, number, attributes and namespaces.
func (s *Scanner) startTag() (Token, error) {
	offset := s.pos
	limits := &s.options.Limits
	s.pos++
	raw := s.rawName()
	if raw == "" {
		return Token{}, s.refuse(offset, RuleSyntax, "< begins no tag", "write &lt; for the character <")
	}
	if s.stream != nil {
		raw = strings.Clone(raw) // the open elements outlive the window
	}
	s.elements++
	if s.elements > limits.Elements {
		return Token{}, s.refuse(offset, RuleElements, fmt.Sprintf("the document has more than the %d elements allowed", limits.Elements),
			"send a smaller document")
	}
	if len(s.open) == limits.Depth {
		return Token{}, s.refuse(offset, RuleDepth, fmt.Sprintf("<%s> lies deeper than the %d levels allowed", Clip(raw), limits.Depth),
			"remove the nesting")
	}
	bindings := len(s.bindings)
	empty, err := s.tagEnd(raw)
	if err != nil {
		return Token{}, err
	}
	if err := s.bind(); err != nil {
		return Token{}, err
	}
	resolved, err := s.resolve(raw, offset, true)
	if err != nil {
		return Token{}, err
	}
	for i := range s.attributes {
		a := &s.attributes[i]
		if a.Name, err = s.resolve(a.Raw, a.Offset, false); err != nil {
			return Token{}, err
		}
		for _, other := range s.attributes[:i] {
			if other.Name == a.Name {
				return Token{}, s.refuseTwice(a.Raw, a.Offset)
			}
		}
	}
	limit := limits.Text
	if slices.Contains(limits.Large, resolved.Local) {
		limit = limits.LargeText
	}
	s.open = append(s.open, openElement{raw: raw, name: resolved, limit: limit, bindings: bindings})
	s.emptyTag = empty
	return Token{Kind: Start, Offset: offset, End: s.pos, Name: resolved, Raw: raw,
		Declarations: s.declarations, Attributes: s.attributes}, nil
}

// tagEnd scans the rest of a start tag, its attributes and its end, and
// reports whether it is an empty-element tag.
func (s *Scanner) tagEnd(element string) (empty bool, err error) {
	s.declarations, s.attributes = s.declarations[:0], s.attributes[:0]
	for {
		spaced := s.skipSpace()
		rest := s.src[s.pos:]
		switch {
		case strings.HasPrefix(rest, ">"):
			s.pos++
			return false, nil
		case strings.HasPrefix(rest, "/>"):
			s.pos += 2
			return true, nil
		}
		a := Attribute{Offset: s.pos}
		a.Raw = s.rawName()
		value, quoted := s.quoted(len(s.src))
		if a.Raw == "" || !spaced || !quoted {
			return false, s.refuse(a.Offset, RuleSyntax, fmt.Sprintf("the tag <%s is malformed", Clip(element)),
				`write <name>, or <name attribute="value">`)
		}
		if err := s.checkAttribute(element, a, value); err != nil {
			return false, err
		}
		if a.Value, err = s.decode(value, s.pos-1-len(value), true); err != nil {
			return false, err
		}
		if a.Raw == "xmlns" || strings.HasPrefix(a.Raw, "xmlns:") {
			s.declarations = append(s.declarations, a)
		} else {
			s.attributes = append(s.attributes, a)
		}
	}
}

func (s *Scanner) checkAttribute(element string, a Attribute, value string) error {
	limits := &s.options.Limits
	if strings.IndexByte(value, '<') >= 0 {
		return s.refuse(a.Offset, RuleSyntax, fmt.Sprintf("the attribute %s contains <", Clip(a.Raw)), "write &lt;")
	}
	if len(value) > limits.Text {
		return s.refuse(a.Offset, RuleText, fmt.Sprintf("the attribute %s has more than the %d bytes allowed", Clip(a.Raw), limits.Text), "shorten it")
	}
	if len(s.declarations)+len(s.attributes) == limits.Attributes {
		return s.refuse(a.Offset, RuleAttribute,
			fmt.Sprintf("<%s> has more than the %d attributes allowed", Clip(element), limits.Attributes), "remove attributes")
	}
	same := func(other Attribute) bool { return other.Raw == a.Raw }
	if slices.ContainsFunc(s.declarations, same) || slices.ContainsFunc(s.attributes, same) {
		return s.refuseTwice(a.Raw, a.Offset)
	}
	return nil
}

func (s *Scanner) refuseTwice(raw string, offset int) *Refusal {
	return s.refuse(offset, RuleAttribute, fmt.Sprintf("the attribute %s stands twice in one tag", Clip(raw)), "remove one")
}

// bind takes up the namespace declarations of a tag (Namespaces in XML 1.0,
// sections 2.2 and 3).
func (s *Scanner) bind() error {
	for i := range s.declarations {
		a := &s.declarations[i]
		a.Name = Name{Space: XMLNSNamespace, Local: "xmlns"}
		prefix, isPrefix := strings.CutPrefix(a.Raw, "xmlns:")
		if isPrefix {
			a.Name.Local = prefix
		} else {
			prefix = ""
		}
		misused := isPrefix && (a.Value == "" || prefix == "" || prefix == "xmlns" || !isNameStart(prefix[0]) || strings.Contains(prefix, ":")) ||
			a.Value == XMLNSNamespace || (prefix == "xml") != (a.Value == XMLNamespace)
		if misused {
			return s.refuse(a.Offset, RuleNamespace, fmt.Sprintf("the namespace declaration %s is not allowed", Clip(a.Raw)), "remove it")
		}
		if s.stream != nil {
			prefix, a.Value = strings.Clone(prefix), strings.Clone(a.Value)
		}
		s.bindings = append(s.bindings, binding{prefix: prefix, space: a.Value})
	}
	return nil
}

// resolve finds the namespace of a name as written.
func (s *Scanner) resolve(raw string, offset int, element bool) (Name, error) {
	prefix, local, prefixed := strings.Cut(raw, ":")
	if !prefixed {
		if !element {
			return Name{Local: raw}, nil
		}
		space, _ := s.Space("")
		return Name{Space: space, Local: raw}, nil
	}
	if prefix == "" || local == "" || !isNameStart(local[0]) || strings.Contains(local, ":") {
		return Name{}, s.refuse(offset, RuleNamespace, fmt.Sprintf("%s is not a name with one prefix", Clip(raw)), "write prefix:name")
	}
	space, declared := s.Space(prefix)
	if !declared && s.options.Prefix != nil {
		space, declared = s.options.Prefix(offset, prefix)
	}
	if !declared {
		return Name{}, s.refuse(offset, RuleNamespace, fmt.Sprintf("the prefix of %s is not declared", Clip(raw)),
			fmt.Sprintf("declare it with xmlns:%s, or leave it out", Clip(prefix)))
	}
	return Name{Space: space, Local: local}, nil
}

// rawName scans a name, "" if there is none. Of the names of XML 1.0 it knows
// those in ASCII; no format that Tocsin reads has others.
func (s *Scanner) rawName() string {
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

func (s *Scanner) endTag() (Token, error) {
	offset := s.pos
	s.pos += len("</")
	raw := s.rawName()
	s.skipSpace()
	if len(s.open) == 0 || s.open[len(s.open)-1].raw != raw {
		return Token{}, s.refuse(offset, RuleSyntax, fmt.Sprintf("the end tag </%s> ends nothing that is open", Clip(raw)),
			"close elements in the order in which they were opened")
	}
	if s.pos >= len(s.src) || s.src[s.pos] != '>' {
		return Token{}, s.refuse(s.pos, RuleSyntax, fmt.Sprintf("the end tag </%s does not end", Clip(raw)), "end it with >")
	}
	s.pos++
	return s.close(offset), nil
}

func (s *Scanner) close(offset int) Token {
	last := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	s.bindings = s.bindings[:last.bindings]
	s.done = len(s.open) == 0
	return Token{Kind: End, Offset: offset, End: s.pos, Name: last.name, Raw: last.raw}
}
