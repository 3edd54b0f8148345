// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// ReadLenient reads a message of another issuer, in XML or in the JSON form,
// as a careful person would: it repairs what can be repaired without guessing
// what was meant. What has no place in CAP 1.2 it keeps, as a parameter whose
// name begins with "x-" or in the note. Nothing happens in silence: every
// repair is a Finding with the original text. The federal warning API's JSON has
// its coordinates the other way round: read that with package federal.
//
// What Read accepts it takes as it is, but for HTML in text, which it resolves,
// and for signatures, which it reports as not checked. The Alert is valid: Write
// accepts it, unless it was valid as it stood but too large to be written, and a
// second reading finds nothing to repair. If status, msgType or scope cannot be read, on which it depends
// whether people are warned, if there is no time at which the message was
// sent, or if 10,000 repairs do not suffice, the error is an *InvalidError; if
// the gate refuses the document, a *Refusal.
func ReadLenient(raw []byte) (*Alert, []Finding, error) {
	x, err := Examine(raw, Lenient)
	if err != nil {
		return nil, nil, err
	}
	a, err := x.result()
	if err != nil {
		return nil, nil, err
	}
	return a, x.Findings, nil
}

// examineLenient mends a document and then reads it strictly. What is valid and
// has nothing to resolve is not mended, which would take several times as long.
func examineLenient(raw []byte) (*Examination, error) {
	if x, err := Examine(raw, Strict); err == nil && x.Valid() && x.doc.root.isPlain() {
		return x, nil
	}
	m, doc, err := newMender(raw)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return unmended(raw, doc), nil
	}
	doc = m.mend()
	d := &decoder{doc: doc, space: doc.root.name.Space, faults: m.faults, repairs: m.repairs}
	alert := d.read()
	if len(d.faults) == 0 && len(d.repairs) > 0 {
		// What was repaired may have grown. What is valid as it stands is better
		// read as it stands than not at all.
		if _, err := Write(alert); err != nil {
			if strict, refused := Examine(raw, Strict); refused == nil && strict.Valid() {
				return strict, nil
			}
			d.fault(doc.root, RuleRepairLimit, fmt.Sprintf("cannot be written again: %v", err), "ask the issuer for a smaller message")
		}
	}
	return &Examination{Alert: alert, Findings: d.inOrder(), Omitted: d.omitted, doc: doc}, nil
}

// unmended reads a document that has too many elements to be mended.
func unmended(raw []byte, doc *document) *Examination {
	x, err := Examine(raw, Strict)
	if err != nil {
		x = &Examination{Alert: &Alert{}, doc: doc}
	} else if x.Valid() {
		return x
	}
	line, column := lexical.Position(x.doc.src, x.doc.root.offset)
	x.Findings = append([]Finding{{Rule: RuleRepairLimit, Severity: GravityError, Path: x.doc.root.path(), Line: line, Column: column,
		Message: fmt.Sprintf("is not valid, and has more than %d elements, which are too many to be repaired", mostMended), Remedy: "ask the issuer for a valid message"}}, x.Findings...)
	return x
}

// isPlain reports whether the mender has nothing to do in a valid message: no
// text that may be HTML, and no signature to speak of.
func (e *element) isPlain() bool {
	if e.name.Space != Namespace || strings.ContainsAny(e.text, "<&") {
		return false
	}
	for child := e.first; child != nil; child = child.next {
		if !child.isPlain() {
			return false
		}
	}
	return true
}

// newMender parses a document so that as much of it as possible gets past the
// gate. Document types, unknown entities, a second root, broken tags and all
// that is beyond the bounds are refused here too. There is no mender for a
// document of too many elements.
func newMender(raw []byte) (m *mender, doc *document, err error) {
	limits := DefaultLimits()
	c, err := convert(raw, limits)
	if err != nil {
		return nil, nil, err
	}
	if isJSON([]byte(c.text)) {
		doc, err = parseJSON([]byte(c.text))
	} else {
		doc, err = parseOpen([]byte(c.text), lexical.Options{
			Limits:       limits,
			Instructions: true,
			Reference:    c.reference,
			Stray:        c.stray,
			Prefix:       c.prefix,
		})
	}
	if err != nil {
		return nil, nil, err
	}
	if doc.made-len(doc.free) > mostMended {
		return nil, doc, nil
	}
	for _, offset := range doc.instructions {
		written, _, _ := strings.Cut(doc.src[offset:], "?>")
		c.repaired(offset, RuleRepairInstruction, "has a processing instruction, which was not followed; left out", written+"?>", "")
	}
	return &mender{src: doc.src, root: nodeOf(doc.root, nil), repairs: c.repairs}, nil, nil
}

// reference resolves HTML's entities and the numbers that browsers take for
// characters of windows-1252. An & that begins no reference stands for itself.
func (c *conversion) reference(offset int, entity string) (string, bool) {
	if entity == "" {
		c.once(offset, RuleRepairAmpersand, "has an & that begins no reference; taken as it stands", "&", "&")
		return "&", true
	}
	written := "&" + entity + ";"
	text := html.UnescapeString(written)
	if text == written {
		return "", false
	}
	if strings.HasPrefix(entity, "#") && (text == "\uFFFD" || lexical.Illegal(text) >= 0) {
		text = " "
	}
	c.once(offset, RuleRepairEntity, "has a reference that XML does not know; resolved as HTML does", written, text)
	return text, true
}

func (c *conversion) stray(offset int, what string) bool {
	c.once(offset, RuleRepairAmpersand, fmt.Sprintf("has %s in its text, which must be written otherwise; taken as it stands", what), what, what)
	return true
}

// prefix takes xsi for what it always is, any other undeclared prefix for none.
func (c *conversion) prefix(offset int, prefix string) (string, bool) {
	c.once(offset, RuleRepairPrefix, fmt.Sprintf("has the undeclared prefix %q; left out", lexical.Clip(prefix)), prefix, "")
	switch prefix {
	case "xsi":
		return schemaInstanceNamespace, true
	case "ds", "dsig":
		return signatureNamespace, true
	}
	return "", true
}

// earlierNamespaces matches what messages of CAP 1.0, 1.1 and 1.2 name as
// their namespace: OASIS's own in any spelling, the one before OASIS, and the
// addresses of the specifications.
var earlierNamespaces = regexp.MustCompile(`(?i)^\s*(urn:)?(oasis:names:tc:emergency:cap:|https?://(www\.)?incident\.com/cap/|https?://docs\.oasis-open\.org/emergency/cap/v)1\.[0-2](/.*)?\s*$`)

func isCAPNamespace(space string) bool {
	return space == Namespace || space == "" || earlierNamespaces.MatchString(space)
}
