// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// name is a name with its namespace resolved.
type name struct {
	space, local string
}

type attribute struct {
	name  name
	value string
}

type tokenKind int

const (
	startToken tokenKind = iota
	endToken
	textToken
)

// token is one event of a document. Comments and the XML declaration give
// none. attributes is valid until the next token.
type token struct {
	kind       tokenKind
	offset     int
	name       name        // of a start or an end
	attributes []attribute // of a start, without namespace declarations
	text       string      // of a text, references resolved
}

// scanner splits a document into tokens and holds the gate's rules.
type scanner struct {
	src         string
	pos         int
	limits      Limits
	elements    int
	seen, done  bool // the declaration or anything else; the root's end
	open        []openElement
	bindings    []binding
	attributes  []attribute
	emptyOffset int // of an empty-element tag whose end is still due; 0 is none
}

type openElement struct {
	raw      string // the name as written
	name     name
	text     int // bytes so far
	limit    int // on text
	bindings int // of the enclosing elements
}

type binding struct {
	prefix, space string
}

// next returns the next token, io.EOF after the last, or a *Refusal.
func (s *scanner) next() (token, error) {
	for {
		if s.emptyOffset > 0 {
			offset := s.emptyOffset
			s.emptyOffset = 0
			return s.close(offset), nil
		}
		first := !s.seen
		s.seen = true
		rest := s.src[s.pos:]
		switch {
		case rest == "":
			return token{}, s.end()
		case rest[0] != '<':
			t, err := s.text()
			if err != nil || len(s.open) > 0 {
				return t, err
			}
		case strings.HasPrefix(rest, "<!--"):
			if err := s.comment(); err != nil {
				return token{}, err
			}
		case strings.HasPrefix(rest, "<![CDATA[") && len(s.open) > 0:
			return s.cdata()
		case strings.HasPrefix(rest, "<!DOCTYPE"):
			return token{}, s.refuse(s.pos, RuleDoctype, "a document type declaration is not allowed", "remove <!DOCTYPE …>")
		case strings.HasPrefix(rest, "<!"):
			return token{}, s.refuse(s.pos, RuleSyntax, "<! begins nothing that is allowed here", "write < in text as &lt;")
		case first && strings.HasPrefix(rest, "<?xml") && len(rest) > 5 && isSpace(rest[5]):
			if err := s.declaration(); err != nil {
				return token{}, err
			}
		case strings.HasPrefix(rest, "<?"):
			return token{}, s.refuse(s.pos, RuleInstruction, "a processing instruction is not allowed",
				"remove <?…?>; an XML declaration may stand once, at the very beginning")
		case strings.HasPrefix(rest, "</"):
			return s.endTag()
		case s.done:
			return token{}, s.refuse(s.pos, RuleAfterRoot, "a second element follows the root", "send one document at a time")
		default:
			return s.startTag()
		}
	}
}

func (s *scanner) end() error {
	if len(s.open) > 0 {
		return s.refuse(s.pos, RuleSyntax, fmt.Sprintf("the document ends inside <%s>", clip(s.open[len(s.open)-1].raw)),
			"send the whole document")
	}
	if !s.done {
		return s.refuse(s.pos, RuleSyntax, "the document has no element", "send an XML document")
	}
	return io.EOF
}

// text scans character data up to the next tag.
func (s *scanner) text() (token, error) {
	offset := s.pos
	end := strings.IndexByte(s.src[offset:], '<')
	if end < 0 {
		end = len(s.src)
	} else {
		end += offset
	}
	run := s.src[offset:end]
	s.pos = end
	if len(s.open) == 0 {
		if isBlank(run) {
			return token{}, nil
		}
		at := offset + len(run) - len(strings.TrimLeft(run, " \t\r\n"))
		if s.done {
			return token{}, s.refuse(at, RuleAfterRoot, "text follows the root element", "end the document after the root's end tag")
		}
		return token{}, s.refuse(at, RuleSyntax, "text stands before the root element", "send an XML document, beginning with <")
	}
	if i := strings.Index(run, "]]>"); i >= 0 {
		return token{}, s.refuse(offset+i, RuleSyntax, "]]> is not allowed in text", "write ]]&gt;")
	}
	decoded, err := s.decode(run, offset, false)
	if err != nil {
		return token{}, err
	}
	return s.textToken(decoded, offset)
}

func (s *scanner) textToken(text string, offset int) (token, error) {
	open := &s.open[len(s.open)-1]
	open.text += len(text)
	if open.text > open.limit {
		return token{}, s.refuse(offset, RuleText,
			fmt.Sprintf("the text of <%s> has more than the %d bytes allowed", clip(open.raw), open.limit), "shorten it")
	}
	return token{kind: textToken, offset: offset, text: text}, nil
}

// decode resolves references and line ends in text or in an attribute's value.
func (s *scanner) decode(run string, offset int, inAttribute bool) (string, error) {
	special := "&\r"
	if inAttribute {
		special = "&\r\n\t"
	}
	if !strings.ContainsAny(run, special) {
		return run, nil
	}
	var b strings.Builder
	b.Grow(len(run))
	for i := 0; i < len(run); i++ {
		switch c := run[i]; {
		case c == '&':
			r, size := reference(run[i:])
			if size == 0 {
				return "", s.refuseReference(run[i:], offset+i)
			}
			b.WriteRune(r)
			i += size - 1
		case inAttribute && isSpace(c):
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

// reference reads the character reference or the entity that run begins with.
// Its size is 0 if there is none that is allowed.
func reference(run string) (rune, int) {
	body, _, ok := strings.Cut(run[1:min(len(run), 16)], ";")
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
	if err != nil || !isLegal(rune(value)) {
		return 0, 0
	}
	return rune(value), size
}

func (s *scanner) refuseReference(run string, offset int) *Refusal {
	body, _, ok := strings.Cut(run, ";")
	if !ok || len(body) < 2 || strings.ContainsAny(body, " \t\r\n<") {
		return s.refuse(offset, RuleSyntax, "& begins no reference", "write &amp;")
	}
	if body[1] == '#' {
		return s.refuse(offset, RuleEncoding, fmt.Sprintf("%s; is no character of XML", clip(body)), "remove it")
	}
	return s.refuse(offset, RuleEntity, fmt.Sprintf("the entity %s; is not known", clip(body)),
		"write the character itself; only &lt; &gt; &amp; &quot; &apos; are known")
}

func (s *scanner) comment() error {
	body := s.src[s.pos+4:]
	end := strings.Index(body, "--")
	if end < 0 {
		return s.refuse(s.pos, RuleSyntax, "the comment does not end", "end it with -->")
	}
	if !strings.HasPrefix(body[end:], "-->") {
		return s.refuse(s.pos+4+end, RuleSyntax, "-- is not allowed inside a comment", "remove it")
	}
	s.pos += 4 + end + 3
	return nil
}

func (s *scanner) cdata() (token, error) {
	offset := s.pos
	body := s.src[offset+len("<![CDATA["):]
	end := strings.Index(body, "]]>")
	if end < 0 {
		return token{}, s.refuse(offset, RuleSyntax, "the CDATA section does not end", "end it with ]]>")
	}
	s.pos = offset + len("<![CDATA[") + end + len("]]>")
	text := strings.ReplaceAll(body[:end], "\r\n", "\n")
	return s.textToken(strings.ReplaceAll(text, "\r", "\n"), offset)
}

// declaration scans the XML declaration (XML 1.0, production 23).
func (s *scanner) declaration() error {
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
			return s.refuse(at, RuleSyntax, fmt.Sprintf("XML version %q is not read", clip(value)), "send XML 1.0")
		case key == "encoding" && !strings.EqualFold(value, "UTF-8"):
			return s.refuse(at, RuleEncoding, fmt.Sprintf("the document says it is in %q", clip(value)), "send it in UTF-8 and say so")
		case key == "standalone" && value != "yes" && value != "no":
			return s.refuse(at, RuleSyntax, "standalone is neither yes nor no", "leave it out")
		}
	}
}

// quoted scans = and a quoted value that ends before stop.
func (s *scanner) quoted(stop int) (string, bool) {
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

func (s *scanner) skipSpace() bool {
	from := s.pos
	for s.pos < len(s.src) && isSpace(s.src[s.pos]) {
		s.pos++
	}
	return s.pos > from
}

func (s *scanner) endTag() (token, error) {
	offset := s.pos
	s.pos += len("</")
	raw := s.rawName()
	s.skipSpace()
	if len(s.open) == 0 || s.open[len(s.open)-1].raw != raw {
		return token{}, s.refuse(offset, RuleSyntax, fmt.Sprintf("the end tag </%s> ends nothing that is open", clip(raw)),
			"close elements in the order in which they were opened")
	}
	if s.pos >= len(s.src) || s.src[s.pos] != '>' {
		return token{}, s.refuse(s.pos, RuleSyntax, fmt.Sprintf("the end tag </%s does not end", clip(raw)), "end it with >")
	}
	s.pos++
	return s.close(offset), nil
}

func (s *scanner) close(offset int) token {
	last := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	s.bindings = s.bindings[:last.bindings]
	s.done = len(s.open) == 0
	return token{kind: endToken, offset: offset, name: last.name}
}
