// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

const signatureNamespace = "http://www.w3.org/2000/09/xmldsig#"

// element is a node of a document, from XML or JSON, before it is decoded.
type element struct {
	name       name
	offset     int
	text       string // the element's own, that of its children left out
	attributes []attribute
	parent     *element
	children   []*element
	index      int // among those of its name that are in the Alert, from 1; 0 if it cannot repeat
	kind       kind
	inList     int  // of how many arrays it is an item, in JSON
	dropped    bool // has no place in the Alert
}

// document is a tree of elements and the text that it was read from.
type document struct {
	src  string
	root *element
}

// parseXML reads raw through the gate. Of an XML signature it keeps the
// outermost element alone.
func parseXML(raw []byte) (*document, error) {
	s, err := newScanner(raw, DefaultLimits())
	if err != nil {
		return nil, err
	}
	top := &element{}
	current := top
	var runs [][]string // of text, for every open element
	for {
		t, err := s.next()
		if errors.Is(err, io.EOF) {
			root := top.children[0]
			root.parent = nil
			return &document{src: s.src, root: root}, nil
		}
		if err != nil {
			return nil, err
		}
		switch t.kind {
		case startToken:
			child := &element{name: t.name, offset: t.offset, attributes: slices.Clone(t.attributes), parent: current}
			if current.name.space != signatureNamespace {
				current.children = append(current.children, child)
			}
			current = child
			runs = append(runs, nil)
		case textToken:
			runs[len(runs)-1] = append(runs[len(runs)-1], t.text)
		case endToken:
			current.text = strings.Join(runs[len(runs)-1], "")
			runs = runs[:len(runs)-1]
			current = current.parent
		}
	}
}

// repeated holds the elements that may stand more than once.
var repeated = map[string]bool{
	"code": true, "info": true, "category": true, "responseType": true, "eventCode": true, "parameter": true,
	"resource": true, "area": true, "polygon": true, "circle": true, "geocode": true,
}

// path returns the element's path as a Fault has it.
func (e *element) path() string {
	if e.parent == nil {
		return clip(e.name.local)
	}
	path := e.parent.path() + "/" + clip(e.name.local)
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
	for _, child := range e.children {
		if child.name.local != local || child.dropped {
			continue
		}
		if n--; n <= 0 {
			return child.find(rest)
		}
	}
	return e
}
