// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// Mode is how a message is read.
type Mode int

// Strict refuses what the schema and the specification do not allow; Lenient
// repairs what it can.
const (
	Strict Mode = iota
	Lenient
)

// Examination is what reading a document found.
type Examination struct {
	// Alert is the message. It is never nil; if the message is not valid, it
	// holds as much of it as could be read.
	Alert *Alert
	// Findings are in the order of the document: at most 100 errors, and of a
	// lenient reading at most 10,000 repairs. Omitted is how many more errors
	// there were.
	Findings []Finding
	Omitted  int

	doc *document
}

// Examine reads a message in XML, or in the JSON form, and reports everything
// that is wrong with it. The error is a *Refusal if the gate did not let the
// document through; there are no others.
func Examine(raw []byte, mode Mode) (*Examination, error) {
	if mode == Lenient {
		return examineLenient(raw)
	}
	parse := parseJSON
	if !isJSON(raw) {
		parse = parseXML
	}
	doc, err := parse(raw)
	if err != nil {
		return nil, err
	}
	return examine(doc), nil
}

// isJSON reports whether the first character that is not white space is {.
func isJSON(raw []byte) bool {
	start := strings.TrimPrefix(string(raw[:min(len(raw), 64)]), lexical.ByteOrderMark)
	return strings.HasPrefix(strings.TrimLeft(start, " \t\r\n"), "{")
}

func examine(doc *document) *Examination {
	d := &decoder{doc: doc, space: doc.root.name.Space}
	a := d.read()
	return &Examination{Alert: a, Findings: d.inOrder(), Omitted: d.omitted, doc: doc}
}

// Valid reports whether the message is: whether no finding is an error.
func (x *Examination) Valid() bool {
	return !slices.ContainsFunc(x.Findings, Finding.isError)
}

func (f Finding) isError() bool { return f.Severity == GravityError }

// Place returns the line and the column, from 1, of the element at a path in
// the form of Finding.Path, or of its nearest ancestor that is there.
func (x *Examination) Place(path string) (line, column int) {
	return lexical.Position(x.doc.src, x.doc.root.find(path).offset)
}

// result returns the message if it is valid, else an *InvalidError.
func (x *Examination) result() (*Alert, error) {
	if x.Valid() {
		return x.Alert, nil
	}
	faults := slices.DeleteFunc(slices.Clone(x.Findings), func(f Finding) bool { return !f.isError() })
	return nil, &InvalidError{Findings: faults, Omitted: x.Omitted}
}

// read decodes the message, if it is one, and checks it.
func (d *decoder) read() *Alert {
	root := d.doc.root
	if root.name.Space != Namespace {
		d.notCAP(root)
	}
	if root.name.Local != "alert" {
		d.notCAP(root)
		return &Alert{}
	}
	return d.message()
}

// message decodes the root element and checks it.
func (d *decoder) message() *Alert {
	a := &Alert{}
	decodeFields(d, d.doc.root, alertFields, a)
	d.validate(a)
	for _, signature := range d.signatures {
		d.declared(signature)
	}
	return a
}

// notCAP records, once, that the root is not that of a CAP message.
func (d *decoder) notCAP(root *element) {
	if len(d.faults) == 0 {
		d.fault(root, RuleRoot, fmt.Sprintf("is <%s> in the namespace %q, not a CAP message", lexical.Clip(root.name.Local), lexical.Clip(root.name.Space)),
			fmt.Sprintf("send <alert xmlns=%q>", Namespace))
	}
}

// validate adds the faults of Validate to those of decoding, but for elements
// whose text could not be decoded at all.
func (d *decoder) validate(a *Alert) {
	v := &validator{}
	v.alert(a)
	if len(v.faults) == 0 {
		return
	}
	known := map[string]bool{}
	for _, fault := range d.faults {
		known[fault.what.Path] = true
	}
	for _, fault := range v.faults {
		switch {
		case known[fault.Path]:
		case len(d.faults) == maxFaults:
			d.omitted++
		default:
			d.faults = append(d.faults, placed{d.doc.root.find(fault.Path).offset, fault})
		}
	}
	d.omitted += v.omitted
}
