// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

const (
	schemaNamespace         = "http://www.w3.org/2001/XMLSchema"
	schemaInstanceNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

var schemaType = lexical.Name{Space: schemaInstanceNamespace, Local: "type"}

// localType stands for a type of CAP's schema that has no name.
const localType = "-"

// attributes refuses every attribute of an element, but for those that XML
// Schema allows on any (XML Schema Part 1, 2.6): a hint at a schema's address,
// and an xsi:type that names the type which the element has anyway, or a
// string with other white space.
func (d *decoder) attributes(e *element, kind string) {
	for _, a := range e.attributes {
		if a.Name.Space == schemaInstanceNamespace && strings.HasSuffix(a.Name.Local, "chemaLocation") {
			continue
		}
		if a.Name == schemaType && kind != "" && (a.Value == "{"+schemaNamespace+"}"+kind ||
			kind == "string" && (a.Value == "{"+schemaNamespace+"}token" || a.Value == "{"+schemaNamespace+"}normalizedString")) {
			continue
		}
		d.fault(e, RuleAttribute, fmt.Sprintf("has the attribute %s, which CAP does not know", lexical.Clip(a.Name.Local)), "remove it")
	}
}

// declared checks what lies in the elements of XML-DSig's namespace at the end
// of the message. The schema allows anything there that no schema declares; what
// CAP's declares for itself (alert, value, valueName) must be as declared even
// there.
func (d *decoder) declared(e *element) {
	for child := e.first; child != nil; child = child.next {
		switch child.name {
		case lexical.Name{Space: Namespace, Local: "alert"}:
			nested := &decoder{doc: &document{src: d.doc.src, root: child}, space: Namespace, faults: d.faults, omitted: d.omitted}
			nested.message()
			d.faults, d.omitted = nested.faults, nested.omitted
		case lexical.Name{Space: Namespace, Local: "value"}, lexical.Name{Space: Namespace, Local: "valueName"}:
			d.attributes(child, "string")
			d.leaf(child)
		default:
			d.declared(child)
		}
	}
}
