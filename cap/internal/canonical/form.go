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
	w := &writer{form: f, apex: apex, without: without}
	for e := apex.Parent; e != nil; e = e.Parent {
		if err := checkNamespaces(e); err != nil {
			return nil, err
		}
		w.scope = append(bindings(e), w.scope...)
	}
	inherited, err := f.inherited(apex)
	if err != nil {
		return nil, err
	}
	if err := w.element(apex, inherited); err != nil {
		return nil, err
	}
	return w.out, nil
}

// inherited returns the attributes in the namespace xml that apex takes over
// from its ancestors (Canonical XML 1.0 and 1.1, section 2.4).
func (f Form) inherited(apex *Element) ([]lexical.Attribute, error) {
	if f.Algorithm == Exclusive {
		return nil, nil
	}
	var inherited []lexical.Attribute
	for e := apex.Parent; e != nil; e = e.Parent {
		for _, a := range e.Attributes {
			same := func(other lexical.Attribute) bool { return other.Name == a.Name }
			if a.Name.Space != lexical.XMLNamespace || slices.ContainsFunc(inherited, same) {
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
			if !slices.ContainsFunc(apex.Attributes, same) {
				inherited = append(inherited, a)
			}
		}
	}
	return inherited, nil
}

type binding struct {
	prefix, space string
}

// bindings returns the namespaces that e declares. That of xml is fixed and
// never written.
func bindings(e *Element) []binding {
	var own []binding
	for _, d := range e.Declarations {
		if prefix := d.Prefix(); prefix != "xml" {
			own = append(own, binding{prefix, d.Value})
		}
	}
	return own
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
}

func (w *writer) element(e *Element, inherited []lexical.Attribute) error {
	if err := checkNamespaces(e); err != nil {
		return err
	}
	scope, rendered := len(w.scope), len(w.rendered)
	w.scope = append(w.scope, bindings(e)...)
	w.out = append(append(w.out, '<'), e.Raw...)
	w.namespaces(e)
	w.attributes(slices.Concat(inherited, e.Attributes))
	w.out = append(w.out, '>')
	for _, n := range e.Content {
		if len(w.out) > w.form.Limit {
			break
		}
		switch {
		case n.Element == nil && !(w.form.NoBlanks && lexical.IsBlank(n.Text)):
			w.out = AppendText(w.out, n.Text)
		case n.Element != nil && n.Element != w.without:
			if err := w.element(n.Element, nil); err != nil {
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
// declared otherwise.
func (w *writer) namespaces(e *Element) {
	outer := w.rendered
	for _, prefix := range w.candidates(e) {
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

// candidates returns the prefixes whose declarations the algorithm may want on
// e, in their order.
func (w *writer) candidates(e *Element) []string {
	var prefixes []string
	if w.form.Algorithm != Exclusive {
		declared := w.scope
		if e != w.apex { // all others are in force already
			declared = bindings(e)
		}
		for _, b := range declared {
			prefixes = append(prefixes, b.prefix)
		}
	} else {
		prefixes = append(prefixes, prefix(e.Raw))
		for _, a := range e.Attributes {
			if p := prefix(a.Raw); p != "" && p != "xml" {
				prefixes = append(prefixes, p)
			}
		}
		prefixes = append(prefixes, w.form.Prefixes...)
	}
	slices.Sort(prefixes)
	return slices.DeleteFunc(slices.Compact(prefixes), func(p string) bool { return p == "xml" })
}

func prefix(raw string) string {
	before, _, found := strings.Cut(raw, ":")
	if !found {
		return ""
	}
	return before
}

// attributes writes attributes in the order of their namespaces and local
// names, those without a namespace first.
func (w *writer) attributes(list []lexical.Attribute) {
	slices.SortFunc(list, func(a, b lexical.Attribute) int {
		return cmp.Or(strings.Compare(a.Name.Space, b.Name.Space), strings.Compare(a.Name.Local, b.Name.Local))
	})
	for _, a := range list {
		w.out = append(append(append(w.out, ' '), a.Raw...), `="`...)
		w.out = append(escape(w.out, a.Value, &attributeEscapes), '"')
	}
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
