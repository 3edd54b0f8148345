// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
)

// Write returns the message in XML, in the one form that Tocsin emits: valid
// against the schema, and equal to its own exclusive canonical form (so
// without XML declaration, comments, prefixes, or a line end behind the root),
// one element a line, two spaces for each level. Read reads it back as it was.
//
// A message that Read would not accept is an *InvalidError; one that is larger
// than DefaultLimits allow is a *Refusal, wrapped.
func Write(a *Alert) ([]byte, error) {
	if err := Validate(a); err != nil {
		return nil, err
	}
	w := writers.Get().(*writer)
	defer writers.Put(w)
	w.out = w.out[:0]
	w.alert(a)
	if err := Gate(w.out, DefaultLimits()); err != nil {
		return nil, fmt.Errorf("the message is too large to be sent: %w", err)
	}
	return bytes.Clone(w.out), nil
}

// writers keeps buffers that have grown to the size of messages.
var writers = sync.Pool{New: func() any { return new(writer) }}

// writer appends elements at its present depth.
type writer struct {
	out   []byte
	depth int
}

func (w *writer) line() {
	w.out = append(w.out, '\n')
	for range w.depth {
		w.out = append(w.out, "  "...)
	}
}

// open begins an element on a line of its own.
func (w *writer) open(name string) {
	w.line()
	w.tag("<", name)
}

func (w *writer) tag(before, name string) {
	w.out = append(w.out, before...)
	w.out = append(w.out, name...)
	w.out = append(w.out, '>')
}

// appendEscaped appends text with the characters replaced that canonical XML
// 1.0 replaces.
func appendEscaped(to []byte, text string) []byte {
	done := 0
	for i := range len(text) {
		var reference string
		switch text[i] {
		case '&':
			reference = "&amp;"
		case '<':
			reference = "&lt;"
		case '>':
			reference = "&gt;"
		case '\r':
			reference = "&#xD;"
		default:
			continue
		}
		to = append(append(to, text[done:i]...), reference...)
		done = i + 1
	}
	return append(to, text[done:]...)
}

// text writes an element, or nothing for empty text.
func (w *writer) text(name, text string) {
	if text != "" {
		w.needed(name, text)
	}
}

// needed writes an element that stands even if it is empty.
func (w *writer) needed(name, text string) {
	w.open(name)
	w.out = appendEscaped(w.out, text)
	w.tag("</", name)
}

func (w *writer) texts(name string, texts []string) {
	for _, text := range texts {
		w.needed(name, text)
	}
}

func writeAll[E ~string](w *writer, name string, values []E) {
	for _, value := range values {
		w.text(name, string(value))
	}
}

func (w *writer) decimal(name string, value *float64) {
	if value != nil {
		w.open(name)
		w.out = appendDecimal(w.out, *value)
		w.tag("</", name)
	}
}

// group begins an element that holds elements.
func (w *writer) group(name string) {
	w.open(name)
	w.depth++
}

func (w *writer) endGroup(name string) {
	w.depth--
	w.line()
	w.tag("</", name)
}

func (w *writer) alert(a *Alert) {
	w.out = append(w.out, `<alert xmlns="`+Namespace+`">`...)
	w.depth = 1
	w.text("identifier", a.Identifier)
	w.text("sender", a.Sender)
	w.text("sent", a.Sent.String())
	w.text("status", string(a.Status))
	w.text("msgType", string(a.MsgType))
	w.text("source", a.Source)
	w.text("scope", string(a.Scope))
	w.text("restriction", a.Restriction)
	w.text("addresses", a.Addresses)
	w.texts("code", a.Code)
	w.text("note", a.Note)
	w.text("references", a.References.String())
	w.text("incidents", a.Incidents)
	for i := range a.Info {
		w.group("info")
		w.info(&a.Info[i])
		w.endGroup("info")
	}
	w.endGroup("alert")
}

func (w *writer) info(i *Info) {
	w.text("language", i.Language)
	writeAll(w, "category", i.Category)
	w.needed("event", i.Event)
	writeAll(w, "responseType", i.ResponseType)
	w.text("urgency", string(i.Urgency))
	w.text("severity", string(i.Severity))
	w.text("certainty", string(i.Certainty))
	w.text("audience", i.Audience)
	w.namedValues("eventCode", i.EventCode)
	w.text("effective", i.Effective.String())
	w.text("onset", i.Onset.String())
	w.text("expires", i.Expires.String())
	w.text("senderName", i.SenderName)
	w.text("headline", i.Headline)
	w.text("description", i.Description)
	w.text("instruction", i.Instruction)
	w.text("web", i.Web)
	w.text("contact", i.Contact)
	w.namedValues("parameter", i.Parameter)
	for n := range i.Resource {
		w.group("resource")
		w.resource(&i.Resource[n])
		w.endGroup("resource")
	}
	for n := range i.Area {
		w.group("area")
		w.area(&i.Area[n])
		w.endGroup("area")
	}
}

func (w *writer) namedValues(name string, values []NamedValue) {
	for _, value := range values {
		w.group(name)
		w.needed("valueName", value.ValueName)
		w.needed("value", value.Value)
		w.endGroup(name)
	}
}

func (w *writer) resource(r *Resource) {
	w.needed("resourceDesc", r.ResourceDesc)
	w.needed("mimeType", r.MimeType)
	if r.Size != nil {
		w.open("size")
		w.out = strconv.AppendInt(w.out, *r.Size, 10)
		w.tag("</", "size")
	}
	w.text("uri", r.URI)
	w.text("derefUri", r.DerefURI)
	w.text("digest", r.Digest)
}

func (w *writer) area(a *Area) {
	w.needed("areaDesc", a.AreaDesc)
	for _, polygon := range a.Polygon {
		w.open("polygon")
		w.out = polygon.appendTo(w.out)
		w.tag("</", "polygon")
	}
	for _, circle := range a.Circle {
		w.open("circle")
		w.out = circle.appendTo(w.out)
		w.tag("</", "circle")
	}
	w.namedValues("geocode", a.Geocode)
	w.decimal("altitude", a.Altitude)
	w.decimal("ceiling", a.Ceiling)
}
