// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

const signatureNamespace = "http://www.w3.org/2000/09/xmldsig#"

// element is a node of a document, from XML or JSON, before it is decoded.
type element struct {
	name       lexical.Name
	offset     int
	text       string // the element's own, that of its children left out
	attributes []lexical.Attribute
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
	s, err := lexical.NewScanner(raw, lexical.Options{Limits: DefaultLimits()})
	if err != nil {
		return nil, err
	}
	top := &element{}
	current := top
	var runs [][]string // of text, for every open element
	for {
		t, err := s.Next()
		if errors.Is(err, io.EOF) {
			root := top.children[0]
			root.parent = nil
			return &document{src: s.Source(), root: root}, nil
		}
		if err != nil {
			return nil, err
		}
		switch t.Kind {
		case lexical.Start:
			child := &element{name: t.Name, offset: t.Offset, attributes: slices.Clone(t.Attributes), parent: current}
			if current.name.Space != signatureNamespace {
				current.children = append(current.children, child)
			}
			current = child
			runs = append(runs, nil)
		case lexical.Text:
			runs[len(runs)-1] = append(runs[len(runs)-1], t.Text)
		case lexical.End:
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
	for _, child := range e.children {
		if child.name.Local != local || child.dropped {
			continue
		}
		if n--; n <= 0 {
			return child.find(rest)
		}
	}
	return e
}
