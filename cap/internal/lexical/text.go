// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package lexical

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// decode resolves references and line ends in text or in an attribute's value.
func (s *Scanner) decode(run string, offset int, inAttribute bool) (string, error) {
	plain := strings.IndexByte(run, '&') < 0 && strings.IndexByte(run, '\r') < 0
	if plain && (!inAttribute || strings.IndexByte(run, '\n') < 0 && strings.IndexByte(run, '\t') < 0) {
		return run, nil
	}
	var b strings.Builder
	b.Grow(len(run))
	for i := 0; i < len(run); i++ {
		switch c := run[i]; {
		case c == '&':
			r, size := reference(run[i:])
			if size > 0 {
				b.WriteRune(r)
				i += size - 1
				continue
			}
			text, size, err := s.otherReference(run[i:], offset+i)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
			i += size - 1
		case inAttribute && IsSpace(c):
			if c != '\r' || i+1 == len(run) || run[i+1] != '\n' {
				b.WriteByte(' ')
			}
		case c == '\r':
			if i+1 == len(run) || run[i+1] != '\n' {
				b.WriteByte('\n')
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// maxReference bounds a reference in bytes, so that looking for its end stays
// cheap in a text that is full of &.
const maxReference = 64

// reference reads the character reference or the entity that run begins with.
// Its size is 0 if there is none that is allowed.
func reference(run string) (rune, int) {
	body, _, ok := strings.Cut(run[1:min(len(run), maxReference)], ";")
	if !ok {
		return 0, 0
	}
	size := len(body) + 2
	digits, numeric := strings.CutPrefix(body, "#")
	if !numeric {
		i := slices.Index([]string{"lt", "gt", "amp", "quot", "apos"}, body)
		if i < 0 {
			return 0, 0
		}
		return rune(`<>&"'`[i]), size
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	value, err := strconv.ParseUint(digits, base, 31)
	if err != nil || !IsLegal(rune(value)) {
		return 0, 0
	}
	return rune(value), size
}

// otherReference asks the caller for what reference does not know. The size is
// that of what the text stands for.
func (s *Scanner) otherReference(run string, offset int) (text string, size int, err error) {
	body, _, ok := strings.Cut(run[:min(len(run), maxReference)], ";")
	isReference := ok && len(body) > 1 && !strings.ContainsAny(body[1:], " \t\r\n<&")
	entity, size := "", 1
	if isReference {
		entity, size = body[1:], len(body)+1
	}
	if s.options.Reference != nil {
		if text, ok := s.options.Reference(offset, entity); ok {
			return text, size, nil
		}
	}
	switch {
	case isReference && body[1] == '#':
		return "", 0, s.refuse(offset, RuleEncoding, fmt.Sprintf("%s; is no character of XML", Clip(body)), "remove it")
	case isReference:
		return "", 0, s.refuse(offset, RuleEntity, fmt.Sprintf("the entity %s; is not known", Clip(body)),
			"write the character itself; only &lt; &gt; &amp; &quot; &apos; are known")
	}
	return "", 0, s.refuse(offset, RuleSyntax, "& begins no reference", "write &amp;")
}

// declaration scans the XML declaration (XML 1.0, production 23).
func (s *Scanner) declaration() error {
	offset := s.pos
	end := strings.Index(s.src[offset:], "?>")
	if end < 0 {
		return s.refuse(offset, RuleSyntax, "the XML declaration does not end", "end it with ?>")
	}
	stop := offset + end
	s.pos += len("<?xml")
	expected := []string{"version", "encoding", "standalone"}
	for n := 0; ; n++ {
		spaced := s.skipSpace()
		if s.pos == stop && n > 0 {
			s.pos += len("?>")
			return nil
		}
		at := s.pos
		key := s.rawName()
		i := slices.Index(expected, key)
		value, ok := s.quoted(stop)
		if i < 0 || n == 0 && i > 0 || !spaced || !ok {
			return s.refuse(at, RuleSyntax, "the XML declaration is malformed", `write <?xml version="1.0" encoding="UTF-8"?>`)
		}
		expected = expected[i+1:]
		switch {
		case key == "version" && value != "1.0":
			return s.refuse(at, RuleSyntax, fmt.Sprintf("XML version %q is not read", Clip(value)), "send XML 1.0")
		case key == "encoding" && !s.options.Converted && !strings.EqualFold(value, "UTF-8"):
			return s.refuse(at, RuleEncoding, fmt.Sprintf("the document says it is in %q", Clip(value)), "send it in UTF-8 and say so")
		case key == "standalone" && value != "yes" && value != "no":
			return s.refuse(at, RuleSyntax, "standalone is neither yes nor no", "leave it out")
		}
	}
}

// quoted scans = and a quoted value that ends before stop.
func (s *Scanner) quoted(stop int) (string, bool) {
	s.skipSpace()
	if s.pos >= stop || s.src[s.pos] != '=' {
		return "", false
	}
	s.pos++
	s.skipSpace()
	if s.pos >= stop || s.src[s.pos] != '"' && s.src[s.pos] != '\'' {
		return "", false
	}
	length := strings.IndexByte(s.src[s.pos+1:stop], s.src[s.pos])
	if length < 0 {
		return "", false
	}
	value := s.src[s.pos+1 : s.pos+1+length]
	s.pos += length + 2
	return value, true
}

func (s *Scanner) skipSpace() bool {
	from := s.pos
	for s.pos < len(s.src) && IsSpace(s.src[s.pos]) {
		s.pos++
	}
	return s.pos > from
}
