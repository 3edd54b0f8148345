// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// decoder turns a document into an Alert. It is strict; a lenient reading mends
// the document first.
type decoder struct {
	doc     *document
	space   string // the namespace of the document's elements
	faults  []placed
	omitted int
	repairs []placed
	// signatures are the elements of XML-DSig's namespace that end the message.
	signatures []*element
}

func (d *decoder) fault(e *element, rule Rule, message, remedy string) {
	if len(d.faults) == maxFaults {
		d.omitted++
		return
	}
	d.faults = append(d.faults, placed{e.offset, Finding{Rule: rule, Severity: GravityError, Path: e.path(), Message: message, Remedy: remedy}})
}

// hopeless says that so much is wrong that the rest of the message is read for
// its faults alone, since it might need more memory than the document.
func (d *decoder) hopeless() bool {
	return len(d.faults) == maxFaults || len(d.repairs) == maxRepairs
}

// field is one element in the content of an element of type T.
type field[T any] struct {
	name    string
	least   int    // how often it must stand
	repeats bool   // whether it may stand more than once
	kind    string // the name of its type in XML Schema, "" if it has none
	decode  func(d *decoder, e *element, to *T)
}

// maxFields is how many fields the largest element has.
const maxFields = 21

// decodeFields decodes the children of e, whose schema type is a sequence of
// the fields.
func decodeFields[T any](d *decoder, e *element, fields []field[T], to *T) {
	d.attributes(e, "")
	if e.cdata || !lexical.IsBlank(e.text) {
		d.stray(e)
	}
	last := 0
	var count [maxFields]int // how many of each are in the Alert
	for child := e.first; child != nil; child = child.next {
		i := -1
		if child.name.Space == d.space {
			i = fieldAt(fields, child.name.Local, last)
		}
		if i < 0 {
			if child.name.Space == signatureNamespace && e == d.doc.root {
				last = len(fields) - 1 // libxml2 lets info follow, and nothing else
				d.signatures = append(d.signatures, child)
				child.dropped = true
			} else {
				d.unknown(child)
			}
			continue
		}
		f := &fields[i]
		if f.repeats {
			child.index = count[i] + 1
		}
		if count[i] > 0 && !f.repeats {
			d.extra(child, RuleCardinality, "stands twice", "leave one out")
			continue
		}
		if i < last && child.kind == fromXML {
			d.misplaced(child)
		}
		if child.kind != fromXML && !d.jsonFits(child, f.repeats) {
			continue
		}
		last = max(last, i)
		if f.kind != "" {
			d.attributes(child, f.kind)
		}
		f.decode(d, child, to)
		if !child.dropped {
			count[i]++
		}
	}
	for i := range fields {
		if count[i] < fields[i].least {
			d.missing(e, fields[i].name)
		}
	}
}

// fieldAt returns the index of the field with a name, or -1. It looks first
// where the field is in a document that is in order.
func fieldAt[T any](fields []field[T], name string, from int) int {
	for i := from; i < len(fields); i++ {
		if fields[i].name == name {
			return i
		}
	}
	for i := range min(from, len(fields)) {
		if fields[i].name == name {
			return i
		}
	}
	return -1
}

// missing records that e lacks a field.
func (d *decoder) missing(e *element, field string) {
	if len(d.faults) == maxFaults {
		d.omitted++
		return
	}
	d.faults = append(d.faults, placed{e.offset, Finding{Rule: RuleCardinality, Severity: GravityError,
		Path: e.path() + "/" + field, Message: "is missing", Remedy: "give it, in its place in the order of the schema"}})
}

// unknown records an element that is no field.
func (d *decoder) unknown(e *element) {
	const remedy = "leave it out; parameter is for additions"
	if e.name.Space != d.space {
		d.extra(e, RuleElement, fmt.Sprintf("is in the foreign namespace %q", lexical.Clip(e.name.Space)), remedy)
		return
	}
	d.extra(e, RuleElement, fmt.Sprintf("is not known in <%s>", lexical.Clip(e.parent.name.Local)), remedy)
}

// extra records an element that has no place in the Alert.
func (d *decoder) extra(e *element, rule Rule, message, remedy string) {
	d.fault(e, rule, message, remedy)
	e.dropped = true
}

func (d *decoder) misplaced(e *element) {
	d.fault(e, RuleOrder, "stands too late", "put the elements in the order of the schema")
}

// stray records text between elements. libxml2 takes an empty CDATA section
// for text.
func (d *decoder) stray(e *element) {
	d.fault(e, RuleContent, "has text between its elements", "remove the text")
}

// leaf returns the text of an element that holds text only.
func (d *decoder) leaf(e *element) string {
	if e.first == nil {
		return e.text
	}
	d.fault(e, RuleContent, fmt.Sprintf("holds the element <%s>, but may hold text only", lexical.Clip(e.first.name.Local)), "write the text without tags")
	return e.text
}

// The constructors below make a field from the place of its value.

func textField[T any](name string, least int, at func(*T) *string) field[T] {
	return field[T]{name, least, false, "string", func(d *decoder, e *element, to *T) { *at(to) = d.leaf(e) }}
}

func uriField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name, 0, false, "anyURI", func(d *decoder, e *element, to *T) { *at(to) = collapse(d.leaf(e)) }}
}

func enumField[T any, E ~string](name string, at func(*T) *E) field[T] {
	return field[T]{name, 1, false, localType, func(d *decoder, e *element, to *T) { *at(to) = E(d.leaf(e)) }}
}

func enumsField[T any, E ~string](name string, least int, at func(*T) *[]E) field[T] {
	return listField(name, least, localType, at, func(d *decoder, e *element) E { return E(d.leaf(e)) })
}

func timeField[T any](name string, least int, at func(*T) *Time) field[T] {
	return field[T]{name, least, false, localType, func(d *decoder, e *element, to *T) { *at(to) = d.time(e) }}
}

// parsedField is a field whose text parse reads; unusable text leaves it unset.
func parsedField[T, V any](name, kind string, at func(*T) **V, parse func(d *decoder, e *element) (V, bool)) field[T] {
	return field[T]{name, 0, false, kind, func(d *decoder, e *element, to *T) {
		if value, ok := parse(d, e); ok {
			*at(to) = &value
		}
	}}
}

// listField is a repeated field whose items parse reads. A faulty item keeps
// its place in a strict reading, so that the paths of the others stay right.
func listField[T, V any](name string, least int, kind string, at func(*T) *[]V, parse func(d *decoder, e *element) V) field[T] {
	return field[T]{name, least, true, kind, func(d *decoder, e *element, to *T) {
		list := at(to)
		if *list == nil {
			*list = make([]V, 0, min(e.alike(), 512))
		}
		value := parse(d, e)
		if !e.dropped && !d.hopeless() {
			*list = append(*list, value)
		}
	}}
}

var alertFields = []field[Alert]{
	textField("identifier", 1, func(a *Alert) *string { return &a.Identifier }),
	textField("sender", 1, func(a *Alert) *string { return &a.Sender }),
	timeField("sent", 1, func(a *Alert) *Time { return &a.Sent }),
	enumField("status", func(a *Alert) *Status { return &a.Status }),
	enumField("msgType", func(a *Alert) *MsgType { return &a.MsgType }),
	textField("source", 0, func(a *Alert) *string { return &a.Source }),
	enumField("scope", func(a *Alert) *Scope { return &a.Scope }),
	textField("restriction", 0, func(a *Alert) *string { return &a.Restriction }),
	textField("addresses", 0, func(a *Alert) *string { return &a.Addresses }),
	listField("code", 0, "string", func(a *Alert) *[]string { return &a.Code }, (*decoder).leaf),
	textField("note", 0, func(a *Alert) *string { return &a.Note }),
	{"references", 0, false, "string", func(d *decoder, e *element, to *Alert) { to.References = d.references(e) }},
	textField("incidents", 0, func(a *Alert) *string { return &a.Incidents }),
	listField("info", 0, "", func(a *Alert) *[]Info { return &a.Info }, (*decoder).info),
}

var infoFields = []field[Info]{
	{"language", 0, false, "language", func(d *decoder, e *element, to *Info) { to.Language = d.language(e) }},
	enumsField("category", 1, func(i *Info) *[]Category { return &i.Category }),
	textField("event", 1, func(i *Info) *string { return &i.Event }),
	enumsField("responseType", 0, func(i *Info) *[]ResponseType { return &i.ResponseType }),
	enumField("urgency", func(i *Info) *Urgency { return &i.Urgency }),
	enumField("severity", func(i *Info) *Severity { return &i.Severity }),
	enumField("certainty", func(i *Info) *Certainty { return &i.Certainty }),
	textField("audience", 0, func(i *Info) *string { return &i.Audience }),
	listField("eventCode", 0, "", func(i *Info) *[]NamedValue { return &i.EventCode }, (*decoder).namedValue),
	timeField("effective", 0, func(i *Info) *Time { return &i.Effective }),
	timeField("onset", 0, func(i *Info) *Time { return &i.Onset }),
	timeField("expires", 0, func(i *Info) *Time { return &i.Expires }),
	textField("senderName", 0, func(i *Info) *string { return &i.SenderName }),
	textField("headline", 0, func(i *Info) *string { return &i.Headline }),
	textField("description", 0, func(i *Info) *string { return &i.Description }),
	textField("instruction", 0, func(i *Info) *string { return &i.Instruction }),
	uriField("web", func(i *Info) *string { return &i.Web }),
	textField("contact", 0, func(i *Info) *string { return &i.Contact }),
	listField("parameter", 0, "", func(i *Info) *[]NamedValue { return &i.Parameter }, (*decoder).namedValue),
	listField("resource", 0, "", func(i *Info) *[]Resource { return &i.Resource }, (*decoder).resource),
	listField("area", 0, "", func(i *Info) *[]Area { return &i.Area }, (*decoder).area),
}

var namedValueFields = []field[NamedValue]{
	textField("valueName", 1, func(n *NamedValue) *string { return &n.ValueName }),
	textField("value", 1, func(n *NamedValue) *string { return &n.Value }),
}

var resourceFields = []field[Resource]{
	textField("resourceDesc", 1, func(r *Resource) *string { return &r.ResourceDesc }),
	textField("mimeType", 1, func(r *Resource) *string { return &r.MimeType }),
	parsedField("size", "integer", func(r *Resource) **int64 { return &r.Size }, (*decoder).size),
	uriField("uri", func(r *Resource) *string { return &r.URI }),
	textField("derefUri", 0, func(r *Resource) *string { return &r.DerefURI }),
	textField("digest", 0, func(r *Resource) *string { return &r.Digest }),
}

var areaFields = []field[Area]{
	textField("areaDesc", 1, func(a *Area) *string { return &a.AreaDesc }),
	listField("polygon", 0, "string", func(a *Area) *[]Polygon { return &a.Polygon }, (*decoder).polygon),
	listField("circle", 0, "string", func(a *Area) *[]Circle { return &a.Circle }, (*decoder).circle),
	listField("geocode", 0, "", func(a *Area) *[]NamedValue { return &a.Geocode }, (*decoder).namedValue),
	parsedField("altitude", "decimal", func(a *Area) **float64 { return &a.Altitude }, (*decoder).height),
	parsedField("ceiling", "decimal", func(a *Area) **float64 { return &a.Ceiling }, (*decoder).height),
}
