// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

const contentAtom = container.AtomType + "; charset=utf-8"

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
	var messages []message
	for _, w := range e.recent {
		for _, i := range feedMessages(w, e.now) {
			m := role.message(e, &w.Messages[i])
			if region == "" || concerns(m.regions, region) {
				messages = append(messages, m)
			}
		}
	}
	slices.SortStableFunc(messages, func(x, y message) int { return y.Sent.Compare(x.Sent) })
	updated := time.Unix(0, 0)
	if len(messages) > 0 {
		updated = messages[0].Sent
	}
	address := role.base + feedPath(region)
	feed := container.Feed{
		ID: address, Title: title, Language: role.authority.Languages[0], Author: role.authority.SenderName,
		Self: address, Alternate: role.base + "/", Updated: updated.In(role.location),
	}
	for _, m := range messages {
		entry := container.Entry{
			Alert: m.alert, Address: role.base + capPath(m.Identifier),
			Terms: []string{string(m.Kind), "level-" + strconv.Itoa(int(m.Content.Level))},
		}
		if grade := role.footing(m.Identifier).grade; grade != "" {
			entry.Terms = append(entry.Terms, "grade-"+strings.ToLower(string(grade)))
			entry.Related = []container.Related{{Address: role.base + formPath(m.Identifier, formBundle), Type: tlog.BundleMediaType}}
		}
		feed.Entries = append(feed.Entries, entry)
	}
	out, err := container.WriteAtom(feed)
	if err != nil {
		panic("public: render feed: " + err.Error()) // entries with an address are never refused
	}
	return newBody(contentAtom, cacheIndex, e.changed, out)
}

// regionName names a region in words, or by its key if it is not known.
func (role *Role) regionName(key geo.ARS) string {
	if region, ok := role.gazetteer.Regions().Lookup(key); ok {
		return region.Name
	}
	return string(key)
}

// capBody is the message as it was released, byte for byte.
func capBody(m *warning.Message) *body {
	return newBody(cap.MediaType, cacheForever, m.Sent, m.CAP)
}
