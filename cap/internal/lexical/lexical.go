// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package lexical is the gate in front of all XML that Tocsin reads, and the
// one scanner behind it: it splits a document into tokens while it holds the
// limits and refuses what attacks on readers of XML are made of. Whoever reads
// a document for its meaning, verifies its signature or takes it out of a
// container does so over these tokens, so that all see the same document.
package lexical

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits bounds a document. Every field must be set.
type Limits struct {
	// Bytes is the largest size of the document as it arrives.
	Bytes int
	// Depth is how deep elements may lie in each other; the root is at 1.
	Depth int
	// Elements is the largest number of elements.
	Elements int
	// Attributes is the largest number of attributes of one element,
	// namespace declarations included.
	Attributes int
	// Text is the largest size in bytes of an element's own text and of an
	// attribute's value; LargeText is that of the elements whose local names
	// are in Large.
	Text, LargeText int
	Large           []string
}

// Options says how a document is scanned. Its zero value but for the limits is
// the strict gate: comments give no tokens, instructions are refused.
type Options struct {
	Limits Limits
	// Comments gives comments as tokens, NoComments refuses them.
	Comments, NoComments bool
	// Instructions lets processing instructions through, as tokens.
	Instructions bool
	// Converted says that the caller converted the document to UTF-8, so that
	// its declaration may name another encoding.
	Converted bool
	// Reference, if set, is asked for the meaning of what the gate would
	// refuse: an entity that is not one of XML's five (its name, without & and
	// ;), the number of a character that is none of XML's ("#0"), or "" for an
	// & that begins no reference, which it may let stand as "&". It is given
	// the offset of the &.
	Reference func(offset int, entity string) (text string, ok bool)
	// Stray, if set, is asked whether a "<" that begins no tag or a "]]>" may
	// stand in text for what it is.
	Stray func(offset int, what string) bool
	// Prefix, if set, is asked for the namespace of an undeclared prefix.
	Prefix func(offset int, prefix string) (space string, ok bool)
}

// Rule names the rule that a document broke, or that found something in it.
type Rule string

// The rules of the gate.
const (
	RuleSize        Rule = "xml.size"        // larger than Limits.Bytes
	RuleEncoding    Rule = "xml.encoding"    // not UTF-8, or a character XML forbids
	RuleSyntax      Rule = "xml.syntax"      // not well-formed
	RuleDoctype     Rule = "xml.doctype"     // a document type declaration
	RuleEntity      Rule = "xml.entity"      // an entity other than XML's five
	RuleInstruction Rule = "xml.instruction" // a processing instruction
	RuleComment     Rule = "xml.comment"     // a comment where none may stand
	RuleAfterRoot   Rule = "xml.after-root"  // anything but white space and comments after the root
	RuleAttribute   Rule = "xml.attribute"   // an attribute twice, or too many
	RuleNamespace   Rule = "xml.namespace"   // an undeclared or misused prefix
	RuleDepth       Rule = "xml.depth"       // deeper than Limits.Depth
	RuleElements    Rule = "xml.elements"    // more than Limits.Elements
	RuleText        Rule = "xml.text"        // longer than Limits.Text or LargeText
)

// Refusal is the gate's error: why a document is not read at all. Line and
// Column count from 1, columns in characters.
type Refusal struct {
	Rule         Rule
	Line, Column int
	// Message says in plain words what is wrong, Remedy what to do.
	Message, Remedy string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("line %d, column %d: %s; %s", r.Line, r.Column, r.Message, r.Remedy)
}

// Refuse returns a refusal at an offset of src.
func Refuse(src string, offset int, rule Rule, message, remedy string) *Refusal {
	line, column := Position(src, offset)
	return &Refusal{Rule: rule, Line: line, Column: column, Message: message, Remedy: remedy}
}

// Position returns the line and the column of an offset, both from 1, columns
// in characters.
func Position(src string, offset int) (line, column int) {
	before := src[:min(offset, len(src))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// ByteOrderMark may begin a document.
const ByteOrderMark = "\uFEFF"

// Characters checks the size of a text and that it is UTF-8 of characters that XML
// allows, and returns it without a byte order mark. Any error is a *Refusal.
func Characters(raw []byte, limits Limits) (string, error) {
	if len(raw) > limits.Bytes {
		return "", &Refusal{Rule: RuleSize, Line: 1, Column: 1,
			Message: fmt.Sprintf("the document has %d bytes, more than the %d allowed", len(raw), limits.Bytes),
			Remedy:  "send a smaller document"}
	}
	src := string(raw)
	if strings.HasPrefix(src, "\xFE\xFF") || strings.HasPrefix(src, "\xFF\xFE") {
		return "", Refuse(src, 0, RuleEncoding, "the document is in UTF-16", "send it in UTF-8")
	}
	if i := Illegal(src); i >= 0 {
		message, remedy := illegalAt(src[i:])
		return "", Refuse(src, i, RuleEncoding, message, remedy)
	}
	return strings.TrimPrefix(src, ByteOrderMark), nil
}

// illegalAt says what is wrong with the text's first byte.
func illegalAt(text string) (message, remedy string) {
	if r, size := utf8.DecodeRuneInString(text); r != utf8.RuneError || size > 1 {
		return fmt.Sprintf("the character U+%04X is not allowed in XML", r), "remove it"
	}
	return "the document is not in UTF-8", "send it in UTF-8"
}

// IsSpace reports whether c is white space in XML.
func IsSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r'
}

// IsBlank reports whether text is white space only.
func IsBlank(text string) bool {
	for i := range len(text) {
		if !IsSpace(text[i]) {
			return false
		}
	}
	return true
}

// IsLegal reports whether r may occur in an XML 1.0 document.
func IsLegal(r rune) bool {
	return r >= 0x20 && r <= 0xD7FF || r == '\n' || r == '\t' || r == '\r' ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// Illegal returns the offset of the first byte of text that is not UTF-8 or
// not a character of XML 1.0, or -1.
func Illegal(text string) int {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c < 0x20 && !IsSpace(c) {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || !IsLegal(r) {
			return i
		}
		i += size
	}
	return -1
}

// Clip shortens text for a message to a person.
func Clip(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
