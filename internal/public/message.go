// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// message is a released message and what its CAP bytes say. Pages and feeds show
// what the CAP message says, since that is what people signed.
type message struct {
	*warning.Message
	alert *cap.Alert
	// regions are the keys of all that the message concerns.
	regions []geo.ARS
}

// read reads the CAP message. One that cannot be read any more is a defect, but no
// reason to leave people without the warning: its text stands in.
func (role *Role) read(m *warning.Message) message {
	alert, _, err := cap.ReadLenient(m.CAP)
	if err != nil || len(alert.Info) == 0 {
		role.log.Error("a released message cannot be read as CAP; the page shows its text",
			"identifier", m.Identifier, "error", err)
		alert = role.alertFromContent(m)
	}
	return message{Message: m, alert: alert, regions: role.regionsOf(m.Content.Area)}
}

func (role *Role) alertFromContent(m *warning.Message) *cap.Alert {
	alert := &cap.Alert{
		Identifier: m.Identifier, Sender: role.authority.Sender, Sent: cap.NewTime(m.Sent.In(role.location)),
		Status: cap.StatusActual, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
	}
	for _, tag := range role.authority.Languages {
		if text, ok := m.Content.Texts[tag]; ok {
			alert.Info = append(alert.Info, cap.Info{
				Language: tag, Event: text.Headline, Headline: text.Headline, Description: text.Description, Instruction: text.Instruction,
				Urgency: cap.UrgencyUnknown, Severity: cap.SeverityUnknown, Certainty: cap.CertaintyUnknown,
				SenderName: role.authority.SenderName, Expires: cap.NewTime(m.Content.Expires.In(role.location)),
				Area: []cap.Area{{AreaDesc: m.Content.Area.Name}},
			})
		}
	}
	if len(alert.Info) == 0 {
		alert.Info = []cap.Info{{Language: "de", Headline: m.Content.Event, Event: m.Content.Event}}
	}
	return alert
}

// info is the block in the reader's language, or else the first one. It is never
// nil: read sees to it.
func (m message) info(tag string) *cap.Info {
	for i := range m.alert.Info {
		if language := m.alert.Info[i].Language; sameLanguage(language, tag) {
			return &m.alert.Info[i]
		}
	}
	return &m.alert.Info[0]
}

// sameLanguage compares the primary subtags of two language tags.
func sameLanguage(a, b string) bool {
	return strings.EqualFold(primarySubtag(a), primarySubtag(b))
}

func primarySubtag(tag string) string {
	primary, _, _ := strings.Cut(tag, "-")
	return primary
}

// areaDesc joins the names of the block's areas.
func areaDesc(info *cap.Info) string {
	var names []string
	for _, area := range info.Area {
		if !slices.Contains(names, area.AreaDesc) {
			names = append(names, area.AreaDesc)
		}
	}
	return strings.Join(names, ", ")
}

// capPath is the address of a message's CAP form, and ends in .xml because
// some pollers insist on it.
func capPath(identifier string) string { return formPath(identifier, formCAP) }

// formPath is the address of a form of a message.
func formPath(identifier, form string) string { return "/cap/" + url.PathEscape(identifier) + form }

func warningPath(id string) string { return "/warnings/" + url.PathEscape(id) }

// regionsOf lists the keys that a message concerns: those that it names, and
// those of the places in its circles and polygons, of their centres and corners.
func (role *Role) regionsOf(a geo.Area) []geo.ARS {
	keys := slices.Clone(a.ARS)
	add := func(key geo.ARS) {
		if key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	shapes := geo.Area{Circles: a.Circles, Polygons: a.Polygons}
	if !shapes.Empty() {
		for _, place := range role.gazetteer.PlacesIn(shapes) {
			add(place.ARS)
		}
	}
	locate := func(p geo.Point) {
		key, _ := role.gazetteer.Locate(p)
		add(key)
	}
	for _, circle := range a.Circles {
		locate(circle.Center)
		for _, p := range circle.Ring(16) {
			locate(p)
		}
	}
	for _, ring := range a.Polygons {
		for _, p := range ring {
			locate(p)
		}
	}
	return keys
}

// concerns reports whether a feed for the key carries what concerns the keys:
// the region itself, a part of it, or the whole that it is a part of.
func concerns(keys []geo.ARS, feed geo.ARS) bool {
	return slices.ContainsFunc(keys, func(key geo.ARS) bool { return feed.Contains(key) || key.Contains(feed) })
}
