// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"html"
	"regexp"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// namespace11 is the namespace of CAP 1.1, whose messages have the form of 1.2.
const namespace11 = "urn:oasis:names:tc:emergency:cap:1.1"

// ReadLenient reads a message of another issuer, in XML or in the JSON form,
// and repairs what can be repaired without guessing what was meant: the order
// of elements, the namespace of CAP 1.1 or none, times with Z or fractions,
// values in other case, open polygons, markup in text. What it cannot use it
// leaves out, never silently: every repair and every omission is a Finding
// with the original text. An empty element counts as an absent one.
//
// The Alert is valid: Write accepts it. If status, msgType, scope, identifier,
// sender, sent or event cannot be read, or the audience is restricted in a way
// that does not fit the scope, or 10,000 repairs do not suffice, the error is
// an *InvalidError; if the gate refuses the document, a *Refusal.
func ReadLenient(raw []byte) (*Alert, []Finding, error) {
	var doc *document
	var err error
	if strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(string(raw[:min(len(raw), 64)]), lexical.ByteOrderMark), " \t\r\n"), "{") {
		doc, err = parseJSON(raw)
	} else {
		doc, err = parseXML(raw)
	}
	if err != nil {
		return nil, nil, err
	}
	d := &decoder{doc: doc, lenient: true, space: doc.root.name.Space}
	switch d.space {
	case Namespace:
	case namespace11, "":
		d.repaired(doc.root, "is not in the namespace of CAP 1.2; read as if it were", d.space, Namespace)
	}
	a, err := d.decode()
	if err != nil {
		return nil, nil, err
	}
	return a, inOrder(d.findings, doc.src, func(f *Finding, line, column int) { f.Line, f.Column = line, column }), nil
}

// timeForms are forms in which issuers write times that name their offset.
// Fractions of a second may follow the seconds of each.
var timeForms = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05-0700",
	"2006-01-02T15:04:05-07",
	"2006-01-02T15:04Z07:00",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05-0700",
}

func repairTime(text string) (Time, bool) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, strings.ToUpper(text)); err == nil {
			repaired := NewTime(t)
			return repaired, repaired.check() == nil && !repaired.IsZero()
		}
	}
	return Time{}, false
}

// repairReferences keeps the triples that can be read.
func (d *decoder) repairReferences(e *element, text string) References {
	var kept References
	for _, word := range strings.FieldsFunc(text, isSpaceRune) {
		reference, err := parseReference(word)
		if err == nil {
			kept = append(kept, reference)
			continue
		}
		if t, ok := repairTime(reference.Sent); ok {
			reference.Sent = t.String()
			if reference.check() == nil {
				d.repaired(e, err.Error()+"; rewritten", word, reference.String())
				kept = append(kept, reference)
				continue
			}
		}
		d.repaired(e, err.Error()+"; left out", word, "")
	}
	return kept
}

var (
	lineBreak = regexp.MustCompile(`(?i)<br\s*/?>`)
	entity    = regexp.MustCompile(`&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z]+);`)
)

// prose returns text for people; a lenient decoder resolves HTML's line breaks
// and character references in it.
func (d *decoder) prose(e *element, text string) string {
	if !d.lenient || !strings.ContainsAny(text, "<&") {
		return text
	}
	used := entity.ReplaceAllStringFunc(lineBreak.ReplaceAllString(text, "\n"), html.UnescapeString)
	if used == text || lexical.Illegal(used) >= 0 {
		return text
	}
	d.repaired(e, "has HTML in its text; resolved", text, used)
	return used
}

// completeInfo fills required elements that are absent with the values that
// say so, and leaves out what may not stand.
func (d *decoder) completeInfo(e *element, i *Info) {
	if len(i.Category) == 0 {
		i.Category = []Category{CategoryOther}
		d.repaired(e, "lacks category; filled in", "", string(CategoryOther))
	}
	complete(d, e, "urgency", &i.Urgency, UrgencyUnknown)
	complete(d, e, "severity", &i.Severity, SeverityUnknown)
	complete(d, e, "certainty", &i.Certainty, CertaintyUnknown)
	d.dropURI(e, "web", &i.Web, true)
}

func (d *decoder) completeResource(e *element, r *Resource) {
	complete(d, e, "mimeType", &r.MimeType, "application/octet-stream")
	complete(d, e, "resourceDesc", &r.ResourceDesc, "-")
	d.dropURI(e, "uri", &r.URI, r.DerefURI == "")
}

func (d *decoder) completeArea(e *element, a *Area) {
	complete(d, e, "areaDesc", &a.AreaDesc, "-")
	if a.Ceiling != nil && a.Altitude == nil {
		a.Ceiling = nil
		d.amiss(e.find("area/ceiling"), "is given without altitude", "")
	}
}

func complete[E ~string](d *decoder, e *element, field string, value *E, fallback E) {
	if *value == "" {
		*value = fallback
		d.repaired(e, "lacks "+field+"; filled in", "", string(fallback))
	}
}

func (d *decoder) dropURI(e *element, field string, value *string, absolute bool) {
	if *value == "" {
		return
	}
	if err := checkURI(*value, absolute); err != nil {
		*value = ""
		d.amiss(e.find(e.name.Local+"/"+field), err.Error(), "")
	}
}
