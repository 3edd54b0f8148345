// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// AtomType is the media type of a feed.
const AtomType = "application/atom+xml"

// Feed is an Atom feed of CAP messages (RFC 4287).
type Feed struct {
	// ID is the feed's identity, an address where it has one.
	ID, Title string
	// Language is the tag of the titles and texts, and says which block of a
	// message an entry is made of: the first one in that language, else the first.
	Language string
	Author   string
	// Self is the feed's address, Alternate that of the page with the same content
	// for people; "" for none.
	Self, Alternate string
	// Updated is the newest message's time of sending if it is zero.
	Updated time.Time
	Entries []Entry
}

// Entry is a message in a feed.
type Entry struct {
	Alert *cap.Alert
	// Address is where the message can be fetched: https://…/cap/<identifier>.xml
	// serves all pollers, since some take the entry's id for it, some its only link,
	// and some want it to end in .xml. An entry without an address carries the
	// message in itself.
	Address string
	// Terms are the terms of the entry's categories.
	Terms []string
	// Related are addresses of what belongs to the message, such as its proof.
	Related []Related
}

// Related is the address of something in a media type.
type Related struct{ Address, Type string }

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomContent struct {
	Type    string `xml:"type,attr"`
	Message []byte `xml:",innerxml"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

// atomEntry is one message, with the CAP elements that pollers select by.
type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Updated    string         `xml:"updated"`
	Published  string         `xml:"published"`
	Author     atomAuthor     `xml:"author"`
	Links      []atomLink     `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    string         `xml:"summary,omitempty"`

	Identifier string       `xml:"cap:identifier"`
	Sender     string       `xml:"cap:sender"`
	Sent       string       `xml:"cap:sent"`
	Status     string       `xml:"cap:status"`
	MsgType    string       `xml:"cap:msgType"`
	Scope      string       `xml:"cap:scope"`
	References string       `xml:"cap:references,omitempty"`
	Category   []string     `xml:"cap:category"`
	Event      string       `xml:"cap:event,omitempty"`
	Urgency    string       `xml:"cap:urgency,omitempty"`
	Severity   string       `xml:"cap:severity,omitempty"`
	Certainty  string       `xml:"cap:certainty,omitempty"`
	Onset      string       `xml:"cap:onset,omitempty"`
	Expires    string       `xml:"cap:expires,omitempty"`
	AreaDesc   string       `xml:"cap:areaDesc,omitempty"`
	Polygon    []string     `xml:"cap:polygon"`
	Circle     []string     `xml:"cap:circle"`
	Geocode    []atomNaming `xml:"cap:geocode"`

	Content *atomContent `xml:"content"`
}

type atomNaming struct {
	Name  string `xml:"cap:valueName"`
	Value string `xml:"cap:value"`
}

// WriteAtom writes a feed. The error is that of cap.Write for a message that is
// to be carried in its entry.
func WriteAtom(f Feed) ([]byte, error) {
	if f.Updated.IsZero() {
		f.Updated = time.Unix(0, 0).UTC()
		for _, e := range f.Entries {
			if e.Alert.Sent.After(f.Updated) {
				f.Updated = e.Alert.Sent.Time
			}
		}
	}
	var out bytes.Buffer
	w := &AtomWriter{Writer: &out, Title: f.Title, Language: f.Language}
	w.start()
	w.facts(f.ID, f.Author, f.Updated)
	if f.Self != "" {
		w.element("link", atomLink{Rel: "self", Type: AtomType, Href: f.Self})
	}
	if f.Alternate != "" {
		w.element("link", atomLink{Rel: "alternate", Type: "text/html", Href: f.Alternate})
	}
	for _, e := range f.Entries {
		entry, err := e.atom(f.Language)
		if err != nil {
			return nil, err
		}
		w.element("entry", entry)
	}
	w.end()
	return out.Bytes(), w.err
}

// AtomWriter writes a feed entry by entry, for one that is too large to be held
// in memory. Identity, time and author stand behind the entries: RFC 4287 gives
// the order of the elements no meaning.
type AtomWriter struct {
	Writer io.Writer
	// Title and Language are those of Feed.
	Title, Language string

	digest  hash.Hash
	updated time.Time
	author  string
	err     error
}

// Add writes an entry. The error is that of cap.Write for a message that is to
// be carried in its entry, which is left out, or of the Writer.
func (w *AtomWriter) Add(e Entry) error {
	entry, err := e.atom(w.Language)
	if err != nil {
		return err
	}
	if w.digest == nil {
		w.digest, w.author = sha256.New(), strings.Clone(e.Alert.Sender)
		w.start()
	}
	if e.Alert.Sent.After(w.updated) {
		w.updated = e.Alert.Sent.Time
	}
	fmt.Fprintln(w.digest, e.Alert.Reference())
	w.element("entry", entry)
	return w.err
}

// Close ends a feed; one to which nothing was added is not begun either. Its identity is made of the
// references of its messages, so that the same messages give the same feed.
func (w *AtomWriter) Close() error {
	if w.digest == nil {
		return nil
	}
	w.facts(fmt.Sprintf("urn:tocsin:feed:%x", w.digest.Sum(nil)[:16]), w.author, w.updated)
	w.end()
	return w.err
}

func (w *AtomWriter) start() {
	w.write([]byte(xml.Header + `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="` + cap.Namespace + `"`))
	if w.Language != "" {
		w.write([]byte(` xml:lang="`))
		w.keep(xml.EscapeText(w.Writer, []byte(w.Language)))
		w.write([]byte(`"`))
	}
	w.write([]byte(">"))
	w.element("title", w.Title)
}

func (w *AtomWriter) facts(id, author string, updated time.Time) {
	w.element("id", id)
	w.element("updated", updated.Format(time.RFC3339))
	w.element("author", atomAuthor{author})
}

func (w *AtomWriter) end() { w.write([]byte("</feed>")) }

func (w *AtomWriter) element(name string, value any) {
	if w.err == nil {
		w.keep(xml.NewEncoder(w.Writer).EncodeElement(value, xml.StartElement{Name: xml.Name{Local: name}}))
	}
}

func (w *AtomWriter) write(raw []byte) {
	if w.err == nil {
		_, err := w.Writer.Write(raw)
		w.keep(err)
	}
}

// keep remembers the first error.
func (w *AtomWriter) keep(err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("writing the feed: %w", err)
	}
}

func (e Entry) atom(language string) (atomEntry, error) {
	a, sent := e.Alert, e.Alert.Sent.Format(time.RFC3339)
	entry := atomEntry{
		ID: e.Address, Title: string(a.MsgType) + " " + a.Identifier, Updated: sent, Published: sent, Author: atomAuthor{Name: a.Sender},
		Identifier: a.Identifier, Sender: a.Sender, Sent: a.Sent.String(), Status: string(a.Status), MsgType: string(a.MsgType),
		Scope: string(a.Scope), References: a.References.String(),
	}
	for _, term := range e.Terms {
		entry.Categories = append(entry.Categories, atomCategory{Term: term})
	}
	if e.Address != "" {
		entry.Links = append(entry.Links, atomLink{Type: cap.MediaType, Href: e.Address})
	} else {
		message, err := cap.Write(a)
		if err != nil {
			return entry, fmt.Errorf("writing the entry of %s: %w", printable(a.Identifier), err)
		}
		entry.ID, entry.Content = name(a.Reference()), &atomContent{Type: cap.MediaType, Message: message}
	}
	for _, r := range e.Related {
		entry.Links = append(entry.Links, atomLink{Rel: "related", Type: r.Type, Href: r.Address})
	}
	if i := infoIn(a, language); i != nil {
		entry.take(a, i)
	}
	return entry, nil
}

// take fills in what one block of the message says.
func (e *atomEntry) take(a *cap.Alert, i *cap.Info) {
	e.Title, e.Summary, e.Event = cmp.Or(i.Headline, i.Event, e.Title), i.Description, i.Event
	e.Author.Name = cmp.Or(i.SenderName, a.Sender)
	e.Urgency, e.Severity, e.Certainty = string(i.Urgency), string(i.Severity), string(i.Certainty)
	e.Onset, e.Expires = cmp.Or(i.Onset.String(), i.Effective.String(), e.Sent), i.Expires.String()
	for _, category := range i.Category {
		e.Category = append(e.Category, string(category))
	}
	var names []string
	for _, area := range i.Area {
		if !slices.Contains(names, area.AreaDesc) {
			names = append(names, area.AreaDesc)
		}
		for _, polygon := range area.Polygon {
			e.Polygon = append(e.Polygon, polygon.String())
		}
		for _, circle := range area.Circle {
			e.Circle = append(e.Circle, circle.String())
		}
		for _, code := range area.Geocode {
			e.Geocode = append(e.Geocode, atomNaming{Name: code.ValueName, Value: code.Value})
		}
	}
	e.AreaDesc = strings.Join(names, ", ")
}

// infoIn is the first block in a language, whatever its region, else the first;
// nil if the message has none.
func infoIn(a *cap.Alert, language string) *cap.Info {
	primary := func(tag string) string {
		tag, _, _ = strings.Cut(tag, "-")
		return strings.ToLower(tag)
	}
	for n := range a.Info {
		if primary(cmp.Or(a.Info[n].Language, "en-US")) == primary(language) {
			return &a.Info[n]
		}
	}
	if len(a.Info) == 0 {
		return nil
	}
	return &a.Info[0]
}

// name makes an identity for a message that has no address, always the same one:
// a UUID of version 8 (RFC 9562) from its reference.
func name(r cap.Reference) string {
	sum := sha256.Sum256([]byte(r.String()))
	id := sum[:16]
	id[6], id[8] = id[6]&0x0F|0x80, id[8]&0x3F|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
