// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits bounds what Gate lets through. Every field must be set.
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

// DefaultLimits returns the limits for CAP messages: 1 MiB, depth 16, 50,000
// elements, 32 attributes, 64 KiB of text, and 512 KiB in description,
// instruction, polygon and derefUri.
func DefaultLimits() Limits {
	return Limits{
		Bytes:      1 << 20,
		Depth:      16,
		Elements:   50_000,
		Attributes: 32,
		Text:       64 << 10,
		LargeText:  512 << 10,
		Large:      []string{"description", "instruction", "polygon", "derefUri"},
	}
}

// Rule names the rule of the gate that a document broke.
type Rule string

// The rules of the gate.
const (
	RuleSize        Rule = "size"        // larger than Limits.Bytes
	RuleEncoding    Rule = "encoding"    // not UTF-8, or a character XML forbids
	RuleSyntax      Rule = "syntax"      // not well-formed
	RuleDoctype     Rule = "doctype"     // a document type declaration
	RuleEntity      Rule = "entity"      // an entity other than XML's five
	RuleInstruction Rule = "instruction" // a processing instruction
	RuleAfterRoot   Rule = "after-root"  // anything but white space and comments after the root
	RuleAttribute   Rule = "attribute"   // an attribute twice, or too many
	RuleNamespace   Rule = "namespace"   // an undeclared or misused prefix
	RuleDepth       Rule = "depth"       // deeper than Limits.Depth
	RuleElements    Rule = "elements"    // more than Limits.Elements
	RuleText        Rule = "text"        // longer than Limits.Text or LargeText
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

// Gate checks a document as a sequence of characters before anything reads it
// for its meaning. It lets through XML 1.0 in UTF-8 within the limits, with
// namespaces properly declared and names in ASCII, and refuses what attacks on XML readers are
// made of: document types, entities, processing instructions, duplicate
// attributes, anything after the root. Any error is a *Refusal.
//
// What passes, encoding/xml and libxml2 read alike, but that encoding/xml
// keeps line ends and tabs in attributes.
func Gate(raw []byte, limits Limits) error {
	s, err := newScanner(raw, limits)
	for err == nil {
		_, err = s.next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// newScanner checks size and encoding and returns a scanner at the first token.
func newScanner(raw []byte, limits Limits) (*scanner, error) {
	if len(raw) > limits.Bytes {
		return nil, &Refusal{Rule: RuleSize, Line: 1, Column: 1,
			Message: fmt.Sprintf("the document has %d bytes, more than the %d allowed", len(raw), limits.Bytes),
			Remedy:  "send a smaller document"}
	}
	s := &scanner{src: string(raw), limits: limits}
	if strings.HasPrefix(s.src, "\xFE\xFF") || strings.HasPrefix(s.src, "\xFF\xFE") {
		return nil, s.refuse(0, RuleEncoding, "the document is in UTF-16", "send it in UTF-8")
	}
	if i := illegal(s.src); i >= 0 {
		if r, size := utf8.DecodeRuneInString(s.src[i:]); r != utf8.RuneError || size > 1 {
			return nil, s.refuse(i, RuleEncoding, fmt.Sprintf("the character U+%04X is not allowed in XML", r), "remove it")
		}
		return nil, s.refuse(i, RuleEncoding, "the document is not in UTF-8", "send it in UTF-8")
	}
	s.pos = len(s.src) - len(strings.TrimPrefix(s.src, byteOrderMark))
	return s, nil
}

const byteOrderMark = "\uFEFF"

func (s *scanner) refuse(offset int, rule Rule, message, remedy string) *Refusal {
	line, column := position(s.src, offset)
	return &Refusal{Rule: rule, Line: line, Column: column, Message: message, Remedy: remedy}
}

// position returns the line and the column of an offset, both from 1.
func position(src string, offset int) (line, column int) {
	before := src[:min(offset, len(src))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}
