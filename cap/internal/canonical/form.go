// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package canonical

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// Algorithm is a canonical form by its identifier in XML signatures.
type Algorithm string

// The algorithms.
const (
	Exclusive   Algorithm = "http://www.w3.org/2001/10/xml-exc-c14n#"
	Inclusive   Algorithm = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	Inclusive11 Algorithm = "http://www.w3.org/2006/12/xml-c14n11"
)

// Form is an algorithm with its parameters.
type Form struct {
	Algorithm Algorithm
	// Prefixes are those that Exclusive treats as the inclusive algorithms
	// do; "" is that of the default namespace. The others ignore it.
	Prefixes []string
	// Limit is the largest size of the output in bytes. Canonical forms repeat
	// namespace declarations, so that a small document can have a huge one.
	Limit int
	// NoBlanks leaves out all text that is white space only. No algorithm does
	// so: it is for finding out whether a message was merely indented anew.
	NoBlanks bool
}

// Error is why an element has no canonical form.
type Error struct {
	// Offset is that of the element at fault.
	Offset  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Of returns the canonical form of apex and what is in it, but for the element
// without, which may be nil. The inclusive algorithms give apex the namespaces
// and the xml: attributes of its ancestors. Any error is an *Error.
func (f Form) Of(apex, without *Element) ([]byte, error) {
	w := &writer{form: f, apex: apex, without: without, out: make([]byte, 0, min(f.Limit, (apex.End-apex.Offset)*9/8))}
	for e := apex.Parent; e != nil; e = e.Parent {
		if err := checkNamespaces(e); err != nil {
			return nil, err
		}
		w.scope = append(bind(nil, e), w.scope...)
	}
	attributes, err := f.attributes(apex)
	if err != nil {
		return nil, err
	}
	if err := w.element(apex, attributes); err != nil {
		return nil, err
	}
	return w.out, nil
}

// attributes returns the attributes of apex with those in the namespace xml
// that it takes over from its ancestors (Canonical XML 1.0 and 1.1, section
// 2.4).
func (f Form) attributes(apex *Element) ([]lexical.Attribute, error) {
	if f.Algorithm == Exclusive || apex.Parent == nil {
		return apex.Attributes, nil
	}
	all := slices.Clone(apex.Attributes)
	for e := apex.Parent; e != nil; e = e.Parent {
		for _, a := range e.Attributes {
			if a.Name.Space != lexical.XMLNamespace {
				continue
			}
			if f.Algorithm == Inclusive11 {
				if a.Name.Local == "base" {
					return nil, &Error{Offset: e.Offset, Message: "xml:base on an element that encloses the signed one is not supported"}
				}
				if a.Name.Local != "lang" && a.Name.Local != "space" {
					continue
				}
			}
			if !slices.ContainsFunc(all, func(other lexical.Attribute) bool { return other.Name == a.Name }) {
				all = append(all, a)
			}
		}
	}
	slices.SortFunc(all, inOrder)
	return all, nil
}

// inOrder compares attributes by namespace, then by local name. Those without
// a namespace stand first.
func inOrder(a, b lexical.Attribute) int {
	return cmp.Or(strings.Compare(a.Name.Space, b.Name.Space), strings.Compare(a.Name.Local, b.Name.Local))
}

type binding struct {
	prefix, space string
}

// bind appends the namespaces that e declares. That of xml is fixed and never
// written.
func bind(to []binding, e *Element) []binding {
	for _, d := range e.Declarations {
		if prefix := d.Prefix(); prefix != "xml" {
			to = append(to, binding{prefix, d.Value})
		}
	}
	return to
}

// find returns the namespace that the innermost binding of prefix gives it.
func find(bindings []binding, prefix string) (space string, found bool) {
	for i := len(bindings) - 1; i >= 0; i-- {
		if bindings[i].prefix == prefix {
			return bindings[i].space, true
		}
	}
	return "", false
}

type writer struct {
	form          Form
	apex, without *Element
	out           []byte
	// scope holds the namespaces in scope, rendered those that were written on
	// the elements now open.
	scope, rendered []binding
	prefixes        []string // of the present element
}

func (w *writer) element(e *Element, attributes []lexical.Attribute) error {
	if err := checkNamespaces(e); err != nil {
		return err
	}
	scope, rendered := len(w.scope), len(w.rendered)
	w.scope = bind(w.scope, e)
	w.out = append(append(w.out, '<'), e.Raw...)
	w.namespaces(e, scope)
	for _, a := range attributes {
		w.out = append(append(append(w.out, ' '), a.Raw...), `="`...)
		w.out = append(escape(w.out, a.Value, &attributeEscapes), '"')
	}
	w.out = append(w.out, '>')
	for _, n := range e.Content {
		if len(w.out) > w.form.Limit {
			break
		}
		switch {
		case n.Element == nil && !(w.form.NoBlanks && lexical.IsBlank(n.Text)):
			w.out = AppendText(w.out, n.Text)
		case n.Element != nil && n.Element != w.without:
			if err := w.element(n.Element, n.Element.Attributes); err != nil {
				return err
			}
		}
	}
	w.out = append(append(append(w.out, "</"...), e.Raw...), '>')
	if len(w.out) > w.form.Limit {
		return &Error{Offset: e.Offset, Message: fmt.Sprintf("the canonical form has more than the %d bytes allowed", w.form.Limit)}
	}
	w.scope, w.rendered = w.scope[:scope], w.rendered[:rendered]
	return nil
}

// namespaces writes the declarations that e needs and that are not in force
// from an element around it. The default namespace is in force as "" until
// declared otherwise. The first of those in scope are
// not e's own.
func (w *writer) namespaces(e *Element, outerScope int) {
	outer := w.rendered
	w.candidates(e, outerScope)
	for _, prefix := range w.prefixes {
		space, inScope := find(w.scope, prefix)
		before, written := find(outer, prefix)
		if (inScope || prefix == "") && (space != before || !written && prefix != "") {
			w.rendered = append(w.rendered, binding{prefix, space})
			name := " xmlns:"
			if prefix == "" {
				name = " xmlns"
			}
			w.out = append(append(append(w.out, name...), prefix...), `="`...)
			w.out = append(escape(w.out, space, &attributeEscapes), '"')
		}
	}
}

// candidates lists the prefixes whose declarations the algorithm may want on
// e, in their order.
func (w *writer) candidates(e *Element, outerScope int) {
	w.prefixes = w.prefixes[:0]
	if w.form.Algorithm != Exclusive {
		declared := w.scope
		if e != w.apex { // all others are in force already
			declared = w.scope[outerScope:]
		}
		for _, b := range declared {
			w.prefixes = append(w.prefixes, b.prefix)
		}
	} else {
		w.prefixes = append(w.prefixes, prefix(e.Raw))
		for _, a := range e.Attributes {
			if p := prefix(a.Raw); p != "" {
				w.prefixes = append(w.prefixes, p)
			}
		}
		w.prefixes = append(w.prefixes, w.form.Prefixes...)
	}
	slices.Sort(w.prefixes)
	w.prefixes = slices.Compact(w.prefixes)
}

func prefix(raw string) string {
	before, _, found := strings.Cut(raw, ":")
	if !found {
		return ""
	}
	return before
}

// The characters that the algorithms replace, and by what.
var (
	textEscapes      = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '\r': "&#xD;"}
	attributeEscapes = [256]string{'&': "&amp;", '<': "&lt;", '"': "&quot;", '\t': "&#x9;", '\n': "&#xA;", '\r': "&#xD;"}
)

// AppendText appends text as all canonical forms write it.
func AppendText(to []byte, text string) []byte { return escape(to, text, &textEscapes) }

func escape(to []byte, text string, escapes *[256]string) []byte {
	from := 0
	for i := range len(text) {
		if replacement := escapes[text[i]]; replacement != "" {
			to = append(append(to, text[from:i]...), replacement...)
			from = i + 1
		}
	}
	return append(to, text[from:]...)
}

// checkNamespaces refuses relative namespace addresses, as the algorithms ask:
// what they mean would depend on where the document lies.
func checkNamespaces(e *Element) error {
	for _, d := range e.Declarations {
		if d.Value != "" && !isAbsolute(d.Value) {
			return &Error{Offset: e.Offset, Message: fmt.Sprintf("the namespace %q is not an absolute address", lexical.Clip(d.Value))}
		}
	}
	return nil
}

// isAbsolute reports whether uri is made of the characters of RFC 3986 and
// begins with a scheme.
func isAbsolute(uri string) bool {
	for i := range len(uri) {
		if c := uri[i]; c <= ' ' || c >= 0x7F || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
	}
	scheme, _, found := strings.Cut(uri, ":")
	if !found || scheme == "" {
		return false
	}
	for i := range len(scheme) {
		c := scheme[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !strings.Contains("0123456789+-.", scheme[i:i+1])) {
			return false
		}
	}
	return true
}
