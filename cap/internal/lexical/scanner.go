// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package lexical

import (
	"fmt"
	"io"
	"strings"
)

// The namespaces that Namespaces in XML 1.0 gives to the prefixes xml and
// xmlns.
const (
	XMLNamespace   = "http://www.w3.org/XML/1998/namespace"
	XMLNSNamespace = "http://www.w3.org/2000/xmlns/"
)

// Name is a name with its namespace resolved.
type Name struct {
	Space, Local string
}

// Attribute is an attribute of a start tag, or a namespace declaration.
type Attribute struct {
	// Name is resolved; an attribute without prefix is in no namespace, a
	// declaration in XMLNSNamespace.
	Name Name
	// Raw is the name as written, with its prefix.
	Raw string
	// Value has its references resolved and its white space normalized.
	Value  string
	Offset int
}

// Prefix returns the prefix that a namespace declaration binds, "" for the
// default namespace.
func (a Attribute) Prefix() string {
	prefix, _ := strings.CutPrefix(a.Raw, "xmlns")
	return strings.TrimPrefix(prefix, ":")
}

// Kind is the kind of a token.
type Kind int

// The kinds of tokens. Comments and instructions give tokens only where
// Options says so; the XML declaration never does.
const (
	Start Kind = iota
	End
	Text
	Comment
	Instruction
)

// Token is one event of a document.
type Token struct {
	Kind Kind
	// Offset and End bound the token in Scanner.Source. The end of an
	// empty-element tag lies empty behind that tag.
	Offset, End int
	// Name and Raw are a start's or an end's: resolved, and as written.
	Name Name
	Raw  string
	// Declarations and Attributes are a start's, in the order in which they
	// are written. They are valid until the next call of Next.
	Declarations, Attributes []Attribute
	// Text is the content of a text with its references resolved, that of a
	// comment or an instruction as it stands.
	Text string
	// CDATA says of a text that it is a CDATA section.
	CDATA bool
}

// Scanner splits a document into tokens and holds the gate's rules.
type Scanner struct {
	src          string
	pos          int
	options      Options
	elements     int
	seen, done   bool // the declaration or anything else; the root's end
	open         []openElement
	bindings     []binding
	declarations []Attribute // of the present tag
	attributes   []Attribute
	emptyTag     bool // an empty-element tag whose end is still due
	stream       *stream
}

type openElement struct {
	raw      string // the name as written
	name     Name
	text     int // bytes so far
	limit    int // on text
	bindings int // of the enclosing elements
}

type binding struct {
	prefix, space string
}

// NewScanner checks size and encoding and returns a scanner at the first
// token. Any error is a *Refusal.
func NewScanner(raw []byte, options Options) (*Scanner, error) {
	src, err := Characters(raw, options.Limits)
	if err != nil {
		return nil, err
	}
	return &Scanner{src: src, options: options, open: make([]openElement, 0, 16)}, nil
}

// Source is the document that offsets count in: the one given, without its
// byte order mark.
func (s *Scanner) Source() string { return s.src }

// Space returns the namespace that a prefix is bound to at the last token, ""
// being the default namespace's prefix.
func (s *Scanner) Space(prefix string) (string, bool) {
	if prefix == "xml" {
		return XMLNamespace, true
	}
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == prefix {
			return s.bindings[i].space, true
		}
	}
	return "", prefix == ""
}

func (s *Scanner) refuse(offset int, rule Rule, message, remedy string) *Refusal {
	refusal := Refuse(s.src, offset, rule, message, remedy)
	if s.stream != nil {
		refusal.Line, refusal.Column = s.stream.place(refusal.Line, refusal.Column)
	}
	return refusal
}

// Next returns the next token, io.EOF after the last, or a *Refusal; see
// NewStream for the errors of a stream.
func (s *Scanner) Next() (Token, error) {
	for {
		if s.stream != nil {
			if err := s.fill(); err != nil {
				return Token{}, err
			}
		}
		if s.emptyTag {
			s.emptyTag = false
			return s.close(s.pos), nil
		}
		first := !s.seen
		s.seen = true
		rest := s.src[s.pos:]
		switch {
		case rest == "":
			return Token{}, s.end()
		case rest[0] != '<':
			t, err := s.text()
			if err != nil || len(s.open) > 0 {
				return t, err
			}
		case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'):
			t, report, err := s.markup(rest, first)
			if err != nil || report {
				return t, err
			}
		case strings.HasPrefix(rest, "</"):
			return s.endTag()
		case s.done:
			return Token{}, s.refuse(s.pos, RuleAfterRoot, "a second element follows the root", "send one document at a time")
		case len(s.open) > 0 && (len(rest) == 1 || !isNameStart(rest[1])) && s.mayStand(s.pos, "<"):
			s.pos++
			return s.textToken("<", s.pos-1)
		default:
			return s.startTag()
		}
	}
}

func (s *Scanner) mayStand(offset int, what string) bool {
	return s.options.Stray != nil && s.options.Stray(offset, what)
}

// markup scans what begins with <! or <?, and says whether it is a token.
func (s *Scanner) markup(rest string, first bool) (t Token, report bool, err error) {
	switch {
	case strings.HasPrefix(rest, "<!--"):
		t, err = s.comment()
		return t, s.options.Comments, err
	case strings.HasPrefix(rest, "<![CDATA[") && len(s.open) > 0:
		t, err = s.cdata()
		return t, true, err
	case strings.HasPrefix(rest, "<!DOCTYPE"):
		return t, false, s.refuse(s.pos, RuleDoctype, "a document type declaration is not allowed", "remove <!DOCTYPE …>")
	case rest[1] == '!':
		return t, false, s.refuse(s.pos, RuleSyntax, "<! begins nothing that is allowed here", "write < in text as &lt;")
	case first && strings.HasPrefix(rest, "<?xml") && len(rest) > 5 && IsSpace(rest[5]):
		return t, false, s.declaration()
	}
	t, err = s.instruction()
	return t, true, err
}

func (s *Scanner) end() error {
	if len(s.open) > 0 {
		return s.refuse(s.pos, RuleSyntax, fmt.Sprintf("the document ends inside <%s>", Clip(s.open[len(s.open)-1].raw)),
			"send the whole document")
	}
	if !s.done {
		return s.refuse(s.pos, RuleSyntax, "the document has no element", "send an XML document")
	}
	return io.EOF
}

// text scans character data up to the next tag.
func (s *Scanner) text() (Token, error) {
	offset := s.pos
	end := strings.IndexByte(s.src[offset:], '<')
	if end < 0 {
		end = s.textEnd()
	} else {
		end += offset
	}
	run := s.src[offset:end]
	s.pos = end
	if len(s.open) == 0 {
		if IsBlank(run) {
			return Token{}, nil
		}
		at := offset + len(run) - len(strings.TrimLeft(run, " \t\r\n"))
		if s.done {
			return Token{}, s.refuse(at, RuleAfterRoot, "text follows the root element", "end the document after the root's end tag")
		}
		return Token{}, s.refuse(at, RuleSyntax, "text stands before the root element", "send an XML document, beginning with <")
	}
	if i := cdataEnd(run); i >= 0 && !s.mayStand(offset+i, "]]>") {
		return Token{}, s.refuse(offset+i, RuleSyntax, "]]> is not allowed in text", "write ]]&gt;")
	}
	decoded, err := s.decode(run, offset, false)
	if err != nil {
		return Token{}, err
	}
	return s.textToken(decoded, offset)
}

// cdataEnd returns the index of the first ]]> in a text, or -1. Most texts have
// no bracket at all, and looking for one byte is quicker.
func cdataEnd(run string) int {
	if strings.IndexByte(run, ']') < 0 {
		return -1
	}
	return strings.Index(run, "]]>")
}

// textToken counts text against the limit of its element. The scanner stands
// behind it.
func (s *Scanner) textToken(text string, offset int) (Token, error) {
	open := &s.open[len(s.open)-1]
	open.text += len(text)
	if open.text > open.limit {
		return Token{}, s.refuse(offset, RuleText,
			fmt.Sprintf("the text of <%s> has more than the %d bytes allowed", Clip(open.raw), open.limit), "shorten it")
	}
	return Token{Kind: Text, Offset: offset, End: s.pos, Text: text}, nil
}

func (s *Scanner) comment() (Token, error) {
	offset := s.pos
	if s.options.NoComments {
		return Token{}, s.refuse(offset, RuleComment, "a comment is not allowed in a signed message", "remove <!--…-->")
	}
	body := s.src[offset+len("<!--"):]
	end := strings.Index(body, "--")
	if end < 0 {
		return Token{}, s.refuse(offset, RuleSyntax, "the comment does not end", "end it with -->")
	}
	if !strings.HasPrefix(body[end:], "-->") {
		return Token{}, s.refuse(offset+len("<!--")+end, RuleSyntax, "-- is not allowed inside a comment", "remove it")
	}
	s.pos += len("<!--") + end + len("-->")
	return Token{Kind: Comment, Offset: offset, End: s.pos, Text: body[:end]}, nil
}

// instruction scans a processing instruction (XML 1.0, production 16) where
// the options let one through.
func (s *Scanner) instruction() (Token, error) {
	offset := s.pos
	if !s.options.Instructions {
		return Token{}, s.refuse(offset, RuleInstruction, "a processing instruction is not allowed",
			"remove <?…?>; an XML declaration may stand once, at the very beginning")
	}
	s.pos += len("<?")
	target := s.rawName()
	if target == "" || strings.EqualFold(target, "xml") || strings.Contains(target, ":") {
		return Token{}, s.refuse(offset, RuleSyntax, "the processing instruction has no name that is allowed", "remove it")
	}
	end := strings.Index(s.src[s.pos:], "?>")
	if end < 0 || end > 0 && !IsSpace(s.src[s.pos]) {
		return Token{}, s.refuse(offset, RuleSyntax, "the processing instruction does not end", "end it with ?>")
	}
	s.pos += end + len("?>")
	return Token{Kind: Instruction, Offset: offset, End: s.pos, Text: s.src[offset+len("<?") : s.pos-len("?>")]}, nil
}

func (s *Scanner) cdata() (Token, error) {
	offset := s.pos
	body := s.src[offset+len("<![CDATA["):]
	end := strings.Index(body, "]]>")
	if end < 0 {
		return Token{}, s.refuse(offset, RuleSyntax, "the CDATA section does not end", "end it with ]]>")
	}
	s.pos = offset + len("<![CDATA[") + end + len("]]>")
	text := strings.ReplaceAll(body[:end], "\r\n", "\n")
	t, err := s.textToken(strings.ReplaceAll(text, "\r", "\n"), offset)
	t.CDATA = true
	return t, err
}
