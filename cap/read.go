// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// Read reads a CAP 1.2 message in XML, strictly. It accepts what the schema
// allows and the rules of section 3 on the form of values allow: names,
// times, references, shapes, and who is addressed under which scope. Where
// the schema lets a processor ignore white space around a value, so does Read.
// An empty optional element counts as absent.
//
// XML signatures at the end of the message are skipped, neither verified nor
// kept.
//
// The error is a *Refusal if the gate did not let the document through, else
// an *InvalidError with all faults found.
func Read(raw []byte) (*Alert, error) {
	doc, err := parseXML(raw)
	if err != nil {
		return nil, err
	}
	d := &decoder{doc: doc, space: Namespace}
	return d.decode()
}

// decode returns the document's Alert if it is valid.
func (d *decoder) decode() (*Alert, error) {
	root := d.doc.root
	if root.name != (lexical.Name{Space: d.space, Local: "alert"}) || d.space != Namespace && d.space != namespace11 && d.space != "" {
		d.fault(root, fmt.Sprintf("is <%s> in the namespace %q, not a CAP message", lexical.Clip(root.name.Local), lexical.Clip(root.name.Space)),
			fmt.Sprintf("send <alert xmlns=%q>", Namespace))
		return nil, d.invalid()
	}
	a := d.alert()
	d.validate(a)
	if len(d.faults) > 0 {
		return nil, d.invalid()
	}
	return a, nil
}

// validate adds the faults of Validate to those of decoding, but for elements
// whose text could not be decoded at all.
func (d *decoder) validate(a *Alert) {
	v := &validator{}
	v.alert(a)
	known := map[string]bool{}
	for _, fault := range d.faults {
		known[fault.what.Path] = true
	}
	for _, fault := range v.faults {
		if known[fault.Path] {
			continue
		}
		if len(d.faults) == maxFaults {
			d.omitted++
			continue
		}
		d.faults = append(d.faults, placed[Finding]{d.doc.root.find(fault.Path).offset, fault})
	}
}

func (d *decoder) invalid() *InvalidError {
	place := func(f *Finding, line, column int) { f.Line, f.Column = line, column }
	return &InvalidError{Findings: inOrder(d.faults, d.doc.src, place), Omitted: d.omitted}
}
