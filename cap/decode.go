// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

const schemaInstanceNamespace = "http://www.w3.org/2001/XMLSchema-instance"

// decoder turns a document into an Alert. Strict or lenient, it is the same
// walk: what is not as it should be goes through amiss, which makes a fault of
// it in a strict reading and a finding in a lenient one.
type decoder struct {
	doc      *document
	lenient  bool
	space    string // the namespace of the document's elements
	faults   []placed[Finding]
	omitted  int
	findings []placed[Finding]
}

func (d *decoder) fault(e *element, message, remedy string) {
	if len(d.faults) == maxFaults {
		d.omitted++
		return
	}
	d.faults = append(d.faults, placed[Finding]{e.offset, Finding{Severity: GravityError, Path: e.path(), Message: message, Remedy: remedy}})
}

// repaired records that used was taken in the place of original.
func (d *decoder) repaired(e *element, message, original, used string) {
	if len(d.findings) == maxFindings {
		if len(d.faults) == 0 {
			d.fault(d.doc.root, fmt.Sprintf("needs more than %d repairs", maxFindings), "ask the issuer for a valid message")
		}
		return
	}
	d.findings = append(d.findings, placed[Finding]{e.offset, Finding{Severity: GravityWarning,
		Path: e.path(), Message: message, Original: strings.Clone(original), Used: strings.Clone(used)}})
}

// amiss records a fault, or that e was left out.
func (d *decoder) amiss(e *element, message, remedy string) {
	if !d.lenient {
		d.fault(e, message, remedy)
		return
	}
	d.repaired(e, message+"; left out", e.allText(), "")
	e.dropped = true
}

// allText returns the text of an element and of those in it.
func (e *element) allText() string {
	if len(e.children) == 0 {
		return e.text
	}
	words := []string{trimSpace(e.text)}
	for _, child := range e.children {
		words = append(words, child.allText())
	}
	return trimSpace(strings.Join(words, " "))
}

// field is one element in the content of an element of type T.
type field[T any] struct {
	name   string
	decode func(d *decoder, e *element, to *T)
}

// decodeFields decodes the children of e, whose schema type is a sequence of
// the fields.
func decodeFields[T any](d *decoder, e *element, fields []field[T], to *T) {
	d.attributes(e)
	if !lexical.IsBlank(e.text) {
		d.stray(e)
	}
	last := 0
	count := make([]int, len(fields)) // how many of each are in the Alert
	for _, child := range e.children {
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == child.name.Local })
		if i >= 0 && repeated[child.name.Local] {
			child.index = count[i] + 1
		}
		switch {
		case child.name == lexical.Name{Space: signatureNamespace, Local: "Signature"} && e == d.doc.root:
			last = len(fields)
			if d.lenient {
				d.repaired(child, "holds a signature, which was not checked", "", "")
			}
			child.dropped = true
			continue
		case child.name.Space != d.space:
			d.extra(child, fmt.Sprintf("is in the foreign namespace %q", lexical.Clip(child.name.Space)), "leave it out; parameter is for additions")
			continue
		case i < 0:
			d.extra(child, fmt.Sprintf("is not known in <%s>", lexical.Clip(e.name.Local)), "leave it out; parameter is for additions")
			continue
		case count[i] > 0 && !repeated[child.name.Local]:
			d.extra(child, "stands twice", "leave one out")
			continue
		case i < last && child.kind == fromXML:
			d.misplaced(child)
		}
		if !d.jsonFits(child) {
			continue
		}
		last = max(last, i)
		fields[i].decode(d, child, to)
		if !child.dropped {
			count[i]++
		}
	}
}

// extra records an element that has no place in the Alert.
func (d *decoder) extra(e *element, message, remedy string) {
	d.amiss(e, message, remedy)
	e.dropped = true
}

func (d *decoder) misplaced(e *element) {
	const message = "stands too late"
	if d.lenient {
		d.repaired(e, message+"; moved to its place", "", "")
		return
	}
	d.fault(e, message, "put the elements in the order of the schema")
}

func (d *decoder) stray(e *element) {
	const message = "has text between its elements"
	if d.lenient {
		d.repaired(e, message+"; left out", trimSpace(e.text), "")
		return
	}
	d.fault(e, message, "remove the text")
}

// attributes refuses every attribute but the hint at a schema's address that
// XML Schema allows on any element.
func (d *decoder) attributes(e *element) {
	for _, a := range e.attributes {
		if a.Name.Space == schemaInstanceNamespace && strings.HasSuffix(a.Name.Local, "chemaLocation") {
			continue
		}
		message := fmt.Sprintf("has the attribute %s, which CAP does not know", lexical.Clip(a.Name.Local))
		if d.lenient {
			d.repaired(e, message+"; left out", a.Value, "")
			continue
		}
		d.fault(e, message, "remove it")
	}
}

// leaf returns the text of an element that holds text only.
func (d *decoder) leaf(e *element) string {
	d.attributes(e)
	if len(e.children) > 0 {
		message := fmt.Sprintf("holds the element <%s>, but may hold text only", lexical.Clip(e.children[0].name.Local))
		if d.lenient {
			d.repaired(e, message+"; its tags were left out", e.allText(), e.text)
		} else {
			d.fault(e, message, "write the text without tags")
		}
	}
	return strings.Clone(e.text)
}

// The constructors below make a field from the place of its value.

func textField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) { *at(to) = d.leaf(e) }}
}

func proseField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) { *at(to) = d.prose(e, d.leaf(e)) }}
}

func tokenField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) { *at(to) = d.trimmed(e, d.leaf(e)) }}
}

func uriField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) { *at(to) = trimSpace(d.leaf(e)) }}
}

func enumField[T any, E ~string](name string, at func(*T) *E, known []E, fallback E) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) { *at(to) = choose(d, e, known, fallback) }}
}

func enumsField[T any, E ~string](name string, at func(*T) *[]E, known []E, fallback E) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) {
		value := choose(d, e, known, fallback)
		if !e.dropped {
			*at(to) = append(*at(to), value)
		}
	}}
}

func timeField[T any](name string, at func(*T) *Time) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) {
		*at(to) = d.time(e, trimSpace(d.leaf(e)))
	}}
}

// parsedField is a field whose text parse reads; unusable text leaves it unset.
func parsedField[T, V any](name string, at func(*T) **V, parse func(string) (V, error), remedy string) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) {
		value, err := parse(trimSpace(d.leaf(e)))
		if err != nil {
			d.amiss(e, err.Error(), remedy)
			return
		}
		*at(to) = &value
	}}
}

// listField is a repeated field whose items parse reads. A faulty item keeps
// its place in a strict reading, so that the paths of the others stay right.
func listField[T, V any](name string, at func(*T) *[]V, parse func(d *decoder, e *element) V) field[T] {
	return field[T]{name, func(d *decoder, e *element, to *T) {
		value := parse(d, e)
		if !e.dropped {
			*at(to) = append(*at(to), value)
		}
	}}
}

var alertFields = []field[Alert]{
	tokenField("identifier", func(a *Alert) *string { return &a.Identifier }),
	tokenField("sender", func(a *Alert) *string { return &a.Sender }),
	timeField("sent", func(a *Alert) *Time { return &a.Sent }),
	enumField("status", func(a *Alert) *Status { return &a.Status }, statuses, ""),
	enumField("msgType", func(a *Alert) *MsgType { return &a.MsgType }, msgTypes, ""),
	textField("source", func(a *Alert) *string { return &a.Source }),
	enumField("scope", func(a *Alert) *Scope { return &a.Scope }, scopes, ""),
	textField("restriction", func(a *Alert) *string { return &a.Restriction }),
	textField("addresses", func(a *Alert) *string { return &a.Addresses }),
	listField("code", func(a *Alert) *[]string { return &a.Code }, (*decoder).code),
	textField("note", func(a *Alert) *string { return &a.Note }),
	{"references", func(d *decoder, e *element, to *Alert) { to.References = d.references(e) }},
	textField("incidents", func(a *Alert) *string { return &a.Incidents }),
	listField("info", func(a *Alert) *[]Info { return &a.Info }, (*decoder).info),
}

var infoFields = []field[Info]{
	{"language", func(d *decoder, e *element, to *Info) { to.Language = d.language(e) }},
	enumsField("category", func(i *Info) *[]Category { return &i.Category }, categories, CategoryOther),
	proseField("event", func(i *Info) *string { return &i.Event }),
	enumsField("responseType", func(i *Info) *[]ResponseType { return &i.ResponseType }, responseTypes, ""),
	enumField("urgency", func(i *Info) *Urgency { return &i.Urgency }, urgencies, UrgencyUnknown),
	enumField("severity", func(i *Info) *Severity { return &i.Severity }, severities, SeverityUnknown),
	enumField("certainty", func(i *Info) *Certainty { return &i.Certainty }, certainties, CertaintyUnknown),
	textField("audience", func(i *Info) *string { return &i.Audience }),
	listField("eventCode", func(i *Info) *[]NamedValue { return &i.EventCode }, (*decoder).namedValue),
	timeField("effective", func(i *Info) *Time { return &i.Effective }),
	timeField("onset", func(i *Info) *Time { return &i.Onset }),
	timeField("expires", func(i *Info) *Time { return &i.Expires }),
	textField("senderName", func(i *Info) *string { return &i.SenderName }),
	proseField("headline", func(i *Info) *string { return &i.Headline }),
	proseField("description", func(i *Info) *string { return &i.Description }),
	proseField("instruction", func(i *Info) *string { return &i.Instruction }),
	uriField("web", func(i *Info) *string { return &i.Web }),
	textField("contact", func(i *Info) *string { return &i.Contact }),
	listField("parameter", func(i *Info) *[]NamedValue { return &i.Parameter }, (*decoder).namedValue),
	listField("resource", func(i *Info) *[]Resource { return &i.Resource }, (*decoder).resource),
	listField("area", func(i *Info) *[]Area { return &i.Area }, (*decoder).area),
}

var namedValueFields = []field[NamedValue]{
	textField("valueName", func(n *NamedValue) *string { return &n.ValueName }),
	textField("value", func(n *NamedValue) *string { return &n.Value }),
}

var resourceFields = []field[Resource]{
	textField("resourceDesc", func(r *Resource) *string { return &r.ResourceDesc }),
	textField("mimeType", func(r *Resource) *string { return &r.MimeType }),
	parsedField("size", func(r *Resource) **int64 { return &r.Size }, parseSize, "give the size in bytes"),
	uriField("uri", func(r *Resource) *string { return &r.URI }),
	textField("derefUri", func(r *Resource) *string { return &r.DerefURI }),
	textField("digest", func(r *Resource) *string { return &r.Digest }),
}

var areaFields = []field[Area]{
	textField("areaDesc", func(a *Area) *string { return &a.AreaDesc }),
	listField("polygon", func(a *Area) *[]Polygon { return &a.Polygon }, (*decoder).polygon),
	listField("circle", func(a *Area) *[]Circle { return &a.Circle }, (*decoder).circle),
	listField("geocode", func(a *Area) *[]NamedValue { return &a.Geocode }, (*decoder).namedValue),
	parsedField("altitude", func(a *Area) **float64 { return &a.Altitude }, parseHeight, heightRemedy),
	parsedField("ceiling", func(a *Area) **float64 { return &a.Ceiling }, parseHeight, heightRemedy),
}

// parseSize reads an xs:integer that can be a size.
func parseSize(text string) (int64, error) {
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 {
		return 0, errors.New("is not a number of bytes")
	}
	return size, nil
}
