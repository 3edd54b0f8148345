// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package canonical writes the canonical forms of XML that signatures digest:
// Exclusive XML Canonicalization 1.0 and Canonical XML 1.0 and 1.1, all without
// comments (W3C Recommendations of 18 July 2002, 15 March 2001 and 2 May 2008).
// It works on a tree of the one scanner's tokens, so that what is digested,
// what is checked and what is read afterwards are the same document.
package canonical

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// Document is a document as a tree.
type Document struct {
	// Source is what offsets count in.
	Source string
	Root   *Element
}

// Element is an element with all that a canonical form needs of it.
type Element struct {
	Name lexical.Name
	// Raw is the name as written, with its prefix.
	Raw string
	// Declarations are in the order in which they were written, Attributes in
	// that of the canonical forms: of namespace, then of local name.
	Declarations, Attributes []lexical.Attribute
	// Offset is that of the start tag, End that behind the end tag.
	Offset, End int
	// Parent is nil for the root.
	Parent  *Element
	Content []Node
}

// Node is an element or, where Element is nil, a piece of text.
type Node struct {
	Element *Element
	Text    string
}

// Parse reads a document through the gate. Comments are left out, or refused
// where the options say so. Any error is a *lexical.Refusal.
func Parse(raw []byte, options lexical.Options) (*Document, error) {
	s, err := lexical.NewScanner(raw, options)
	if err != nil {
		return nil, err
	}
	document := &Document{Source: s.Source()}
	var current *Element
	for {
		t, err := s.Next()
		if errors.Is(err, io.EOF) {
			return document, nil
		}
		if err != nil {
			return nil, err
		}
		switch t.Kind {
		case lexical.Start:
			e := &Element{Name: t.Name, Raw: t.Raw, Offset: t.Offset, Parent: current,
				Declarations: slices.Clone(t.Declarations), Attributes: slices.Clone(t.Attributes)}
			slices.SortFunc(e.Attributes, inOrder)
			if current == nil {
				document.Root = e
			} else {
				current.Content = append(current.Content, Node{Element: e})
			}
			current = e
		case lexical.Text:
			current.Content = append(current.Content, Node{Text: t.Text})
		case lexical.End:
			current.End = t.End
			current = current.Parent
		}
	}
}

// Text returns the element's own text.
func (e *Element) Text() string {
	var b strings.Builder
	for _, n := range e.Content {
		if n.Element == nil {
			b.WriteString(n.Text)
		}
	}
	return b.String()
}

// Children returns the elements in the element's content.
func (e *Element) Children() []*Element {
	var children []*Element
	for _, n := range e.Content {
		if n.Element != nil {
			children = append(children, n.Element)
		}
	}
	return children
}
