// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
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

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	CAP     string      `xml:"xmlns:cap,attr"`
	Lang    string      `xml:"xml:lang,attr,omitempty"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

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
	written := atomFeed{CAP: cap.Namespace, Lang: f.Language, ID: f.ID, Title: f.Title, Author: atomAuthor{Name: f.Author}}
	if f.Self != "" {
		written.Links = append(written.Links, atomLink{Rel: "self", Type: AtomType, Href: f.Self})
	}
	if f.Alternate != "" {
		written.Links = append(written.Links, atomLink{Rel: "alternate", Type: "text/html", Href: f.Alternate})
	}
	updated := time.Unix(0, 0).UTC()
	for _, e := range f.Entries {
		entry, err := e.atom(f.Language)
		if err != nil {
			return nil, fmt.Errorf("writing the entry of %s: %w", printable(e.Alert.Identifier), err)
		}
		written.Entries = append(written.Entries, entry)
		if e.Alert.Sent.After(updated) {
			updated = e.Alert.Sent.Time
		}
	}
	if !f.Updated.IsZero() {
		updated = f.Updated
	}
	written.Updated = updated.Format(time.RFC3339)
	out := bytes.NewBufferString(xml.Header)
	if err := xml.NewEncoder(out).Encode(written); err != nil {
		return nil, fmt.Errorf("writing the feed: %w", err)
	}
	return out.Bytes(), nil
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
			return entry, err
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
