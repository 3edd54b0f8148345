// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// node is an element in the hands of the mender, which moves and makes them.
type node struct {
	name        lexical.Name
	offset, end int // in the document; end is 0 for what was made, and in JSON
	text        string
	attributes  []lexical.Attribute
	parent      *node
	children    []*node
	index       int
	kind        kind
	inList      int
	moved       bool // does not stand where it stood
}

// nodeOf copies an element and those in it, but not what is in a signature.
func nodeOf(e *element, parent *node) *node {
	n := &node{name: e.name, offset: e.offset, end: e.end, text: e.text, attributes: e.attributes, parent: parent, kind: e.kind, inList: e.inList}
	if e.name.Space == signatureNamespace {
		return n
	}
	count := 0
	for child := e.first; child != nil; child = child.next {
		count++
	}
	if count > 0 {
		n.children = make([]*node, 0, count)
	}
	for child := e.first; child != nil; child = child.next {
		n.children = append(n.children, nodeOf(child, n))
	}
	return n
}

// into adds a node and those in it to a document.
func (e *node) into(doc *document, parent *element) {
	added := doc.add(parent, element{name: e.name, offset: e.offset, text: e.text, attributes: e.attributes})
	for _, child := range e.children {
		child.into(doc, added)
	}
}

// path returns the node's path as a Finding has it.
func (e *node) path() string {
	if e.parent == nil {
		return lexical.Clip(e.name.Local)
	}
	path := e.parent.path() + "/" + lexical.Clip(e.name.Local)
	if e.index > 0 {
		path += "[" + strconv.Itoa(e.index) + "]"
	}
	return path
}

// child returns the first child of a name, or nil.
func (e *node) child(local string) *node {
	for _, child := range e.children {
		if child.name.Local == local {
			return child
		}
	}
	return nil
}

// textOf returns the text of the first child of a name, without white space
// around it.
func (e *node) textOf(local string) string {
	if child := e.child(local); child != nil {
		return trimSpace(child.allText())
	}
	return ""
}

// allText returns the text of a node and of those in it.
func (e *node) allText() string {
	if len(e.children) == 0 {
		return e.text
	}
	words := []string{trimSpace(e.text)}
	for _, child := range e.children {
		words = append(words, child.allText())
	}
	return trimSpace(strings.Join(words, " "))
}

func (e *node) size() int {
	size := 1
	for _, child := range e.children {
		size += child.size()
	}
	return size
}

func (e *node) clone() *node {
	copied := *e
	copied.attributes = slices.Clone(e.attributes)
	copied.children = make([]*node, len(e.children))
	for i, child := range e.children {
		copied.children[i] = child.clone()
		copied.children[i].parent = &copied
	}
	return &copied
}

// readingOrder returns the text of a node and of those in it in the order in
// which they stand in src, and how it was written. Elements that begin a line
// in HTML do so.
func (e *node) readingOrder(src string) (text, written string) {
	if e.end == 0 {
		return e.allText(), e.allText()
	}
	src = src[e.offset:e.end]
	limits := DefaultLimits()
	limits.LargeText = limits.Bytes
	limits.Large = append(limits.Large, e.name.Local)
	s, err := lexical.NewScanner([]byte(src), lexical.Options{
		Limits:       limits,
		Instructions: true,
		Reference:    func(_ int, entity string) (string, bool) { return html.UnescapeString("&" + entity + ";"), true },
		Stray:        func(int, string) bool { return true },
		Prefix:       func(int, string) (string, bool) { return "", true },
	})
	var b strings.Builder
	from, to := 0, 0
	for err == nil {
		var t lexical.Token
		if t, err = s.Next(); err != nil {
			break
		}
		before, after := around(t.Name.Local)
		switch {
		case t.Kind == lexical.Start && from == 0:
			from = t.End
		case t.Kind == lexical.Start:
			b.WriteString(before)
			for _, a := range t.Attributes {
				b.WriteString(linked(a.Name.Local, a.Value))
			}
		case t.Kind == lexical.Text:
			b.WriteString(t.Text)
		case t.Kind == lexical.End:
			b.WriteString(after)
			to = t.Offset
		}
	}
	if !errors.Is(err, io.EOF) {
		return e.allText(), e.allText()
	}
	return tidyLines(b.String()), src[from:to]
}
