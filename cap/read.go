// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

// Read reads a CAP 1.2 message in XML, strictly. It accepts what the schema of
// the specification allows, as libxml2 understands it, as long as it also
// keeps the rules of the specification's text on identifier and sender,
// references, shapes, heights, resources, and on who is addressed under which
// scope. Where the schema lets a processor ignore white space around a value,
// so does Read. An empty optional element counts as absent.
//
// XML signatures at the end of the message are skipped, neither verified nor
// kept; package signature verifies them.
//
// The error is a *Refusal if the gate did not let the document through, else
// an *InvalidError with all faults found. Examine says more.
func Read(raw []byte) (*Alert, error) {
	doc, err := parseXML(raw)
	if err != nil {
		return nil, err
	}
	return examine(doc).result()
}
