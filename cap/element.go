// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

const signatureNamespace = "http://www.w3.org/2000/09/xmldsig#"

// element is a node of a document, from XML or JSON, before it is decoded.
type element struct {
	name                      lexical.Name
	offset, end               int    // in the document; end is behind the end tag, 0 in JSON
	text                      string // the element's own, that of its children left out
	attributes                []lexical.Attribute
	parent, first, last, next *element // next is the next child of the parent
	index                     int      // among those of its name that are in the Alert, from 1; 0 if it cannot repeat
	kind                      kind
	inList                    int  // of how many arrays it is an item, in JSON
	cdata                     bool // has a CDATA section among its text
	dropped                   bool // has no place in the Alert
}

// document is a tree of elements and the text that it was read from.
type document struct {
	src  string
	root *element
	// instructions are the offsets of processing instructions, where the
	// options of the scanner let them through.
	instructions []int
	made         int       // how many elements were allocated
	free         []element // not yet used; elements are allocated many at a time
}

// add adds a child to parent, which may be nil for the root.
func (doc *document) add(parent *element, child element) *element {
	if len(doc.free) == 0 {
		size := 512
		if doc.made == 0 {
			size = max(1, min(size, strings.Count(doc.src, "</")))
		}
		doc.free, doc.made = make([]element, size), doc.made+size
	}
	e := &doc.free[0]
	doc.free = doc.free[1:]
	*e = child
	e.parent = parent
	switch {
	case parent == nil:
		doc.root = e
	case parent.last == nil:
		parent.first, parent.last = e, e
	default:
		parent.last.next, parent.last = e, e
	}
	return e
}

// parseXML reads raw through the gate.
func parseXML(raw []byte) (*document, error) {
	return parseOpen(raw, lexical.Options{Limits: DefaultLimits()})
}

// parseOpen reads raw through the gate as far as the options open it.
func parseOpen(raw []byte, options lexical.Options) (*document, error) {
	s, err := lexical.NewScanner(raw, options)
	if err != nil {
		return nil, err
	}
	doc := &document{src: s.Source()}
	var current *element
	var runs [][]string // of text beyond the first, for every open element
	depth := -1
	for {
		t, err := s.Next()
		if errors.Is(err, io.EOF) {
			return doc, nil
		}
		if err != nil {
			return nil, err
		}
		switch t.Kind {
		case lexical.Start:
			current = doc.add(current, element{name: t.Name, offset: t.Offset, attributes: keep(s, t.Attributes)})
			if depth++; depth == len(runs) {
				runs = append(runs, nil)
			}
		case lexical.Text:
			current.cdata = current.cdata || t.CDATA
			switch {
			case current.text == "":
				current.text = t.Text
			case current.first != nil && len(runs[depth]) == 0 && lexical.IsBlank(current.text) && lexical.IsBlank(t.Text):
				// indentation between elements, of which the first is enough
			default:
				runs[depth] = append(runs[depth], t.Text)
			}
		case lexical.Instruction:
			doc.instructions = append(doc.instructions, t.Offset)
		case lexical.End:
			if len(runs[depth]) > 0 {
				current.text += strings.Join(runs[depth], "")
				clear(runs[depth])
				runs[depth] = runs[depth][:0]
			}
			current.end = t.End
			current = current.parent
			depth--
		}
	}
}

// keep copies attributes for as long as the document lasts, and resolves the
// name that an xsi:type holds to {namespace}name.
func keep(s *lexical.Scanner, attributes []lexical.Attribute) []lexical.Attribute {
	if len(attributes) == 0 {
		return nil
	}
	kept := append([]lexical.Attribute(nil), attributes...)
	for i, a := range kept {
		if a.Name == schemaType {
			prefix, local, prefixed := strings.Cut(a.Value, ":")
			if !prefixed {
				prefix, local = "", a.Value
			}
			space, _ := s.Space(prefix)
			kept[i].Value = "{" + space + "}" + local
		}
	}
	return kept
}

// alike counts e and the elements of its name that follow it without a break.
func (e *element) alike() int {
	n := 1
	for next := e.next; next != nil && next.name == e.name; next = next.next {
		n++
	}
	return n
}

// path returns the element's path as a Finding has it.
func (e *element) path() string {
	if e.parent == nil {
		return lexical.Clip(e.name.Local)
	}
	path := e.parent.path() + "/" + lexical.Clip(e.name.Local)
	if e.index > 0 {
		path += "[" + strconv.Itoa(e.index) + "]"
	}
	return path
}

// find returns the element at the path, or its nearest ancestor that exists.
func (e *element) find(path string) *element {
	_, rest, ok := strings.Cut(path, "/")
	if !ok {
		return e
	}
	step, _, _ := strings.Cut(rest, "/")
	local, index, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
	n, _ := strconv.Atoi(index)
	for child := e.first; child != nil; child = child.next {
		if child.name.Local != local || child.dropped {
			continue
		}
		if n--; n <= 0 {
			return child.find(rest)
		}
	}
	return e
}
