// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

const contentAtom = "application/atom+xml; charset=utf-8"

// atomFeed is an Atom feed (RFC 4287) whose entries carry the CAP elements that
// pollers select by.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	CAP     string      `xml:"xmlns:cap,attr"`
	Lang    string      `xml:"xml:lang,attr"`
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

// atomEntry is one message. Its id is the address of the CAP message, and its
// only link leads there: some pollers fetch the one, some the other.
type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Updated    string         `xml:"updated"`
	Published  string         `xml:"published"`
	Author     atomAuthor     `xml:"author"`
	Link       atomLink       `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    string         `xml:"summary"`

	Identifier string       `xml:"cap:identifier"`
	Sender     string       `xml:"cap:sender"`
	Sent       string       `xml:"cap:sent"`
	Status     string       `xml:"cap:status"`
	MsgType    string       `xml:"cap:msgType"`
	Scope      string       `xml:"cap:scope"`
	References string       `xml:"cap:references,omitempty"`
	Category   []string     `xml:"cap:category"`
	Event      string       `xml:"cap:event"`
	Urgency    string       `xml:"cap:urgency"`
	Severity   string       `xml:"cap:severity"`
	Certainty  string       `xml:"cap:certainty"`
	Onset      string       `xml:"cap:onset"`
	Expires    string       `xml:"cap:expires"`
	AreaDesc   string       `xml:"cap:areaDesc"`
	Polygon    []string     `xml:"cap:polygon"`
	Circle     []string     `xml:"cap:circle"`
	Geocode    []atomNaming `xml:"cap:geocode"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomNaming struct {
	Name  string `xml:"cap:valueName"`
	Value string `xml:"cap:value"`
}

// feedPath is the address of the feed of a region, "" standing for all.
func feedPath(region geo.ARS) string {
	if region == "" {
		return "/feed.atom"
	}
	return "/feed/" + string(region) + ".atom"
}

// feed renders the feed of the messages that concern a region, or of all.
func (role *Role) feed(e *edition, region geo.ARS) *body {
	own := catalogue.For(role.authority.Languages[0])
	title := own.T("public.feed.title", role.authority.Name)
	if region != "" {
		title += " – " + role.regionName(region)
	}
	f := atomFeed{
		CAP: cap.Namespace, Lang: role.authority.Languages[0], ID: role.base + feedPath(region), Title: title,
		Author: atomAuthor{Name: role.authority.SenderName},
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: role.base + feedPath(region)},
			{Rel: "alternate", Type: "text/html", Href: role.base + "/"},
		},
	}
	var entries []message
	for _, w := range e.recent {
		for _, i := range feedMessages(w, e.now) {
			m := role.message(e, &w.Messages[i])
			if region == "" || concerns(m.regions, region) {
				entries = append(entries, m)
			}
		}
	}
	slices.SortStableFunc(entries, func(x, y message) int { return y.Sent.Compare(x.Sent) })
	updated := time.Unix(0, 0)
	for _, m := range entries {
		f.Entries = append(f.Entries, role.entry(m))
		if m.Sent.After(updated) {
			updated = m.Sent
		}
	}
	f.Updated = updated.In(role.location).Format(time.RFC3339)
	out := bytes.NewBufferString(xml.Header)
	if err := xml.NewEncoder(out).Encode(f); err != nil {
		panic("public: render feed: " + err.Error())
	}
	return newBody(contentAtom, cacheIndex, e.changed, out.Bytes())
}

// regionName names a region in words, or by its key if it is not known.
func (role *Role) regionName(key geo.ARS) string {
	if region, ok := role.gazetteer.Regions().Lookup(key); ok {
		return region.Name
	}
	return string(key)
}

func (role *Role) entry(m message) atomEntry {
	info := m.info(role.authority.Languages[0])
	sent := m.alert.Sent.Format(time.RFC3339)
	onset := info.Onset
	if onset.IsZero() {
		onset = m.alert.Sent
	}
	e := atomEntry{
		ID: role.base + capPath(m.Identifier), Title: info.Headline, Updated: sent, Published: sent,
		Author:  atomAuthor{Name: info.SenderName},
		Link:    atomLink{Type: cap.MediaType, Href: role.base + capPath(m.Identifier)},
		Summary: info.Description,

		Identifier: m.alert.Identifier, Sender: m.alert.Sender, Sent: m.alert.Sent.String(),
		Status: string(m.alert.Status), MsgType: string(m.alert.MsgType), Scope: string(m.alert.Scope),
		References: m.alert.References.String(), Event: info.Event,
		Urgency: string(info.Urgency), Severity: string(info.Severity), Certainty: string(info.Certainty),
		Onset: onset.String(), Expires: info.Expires.String(), AreaDesc: areaDesc(info),
		Categories: []atomCategory{{Term: string(m.Kind)}, {Term: "level-" + strconv.Itoa(int(m.Content.Level))}},
	}
	for _, category := range info.Category {
		e.Category = append(e.Category, string(category))
	}
	for _, area := range info.Area {
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
	return e
}

// capBody is the message as it was released, byte for byte.
func capBody(m *warning.Message) *body {
	return newBody(cap.MediaType, cacheForever, m.Sent, m.CAP)
}
