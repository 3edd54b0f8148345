// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"html/template"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// languages are those in which pages are written, by the first part of their
// address. Leichte Sprache joins them once its texts have been checked by readers.
var languages = []string{catalogue.German, catalogue.English}

// edition is everything that is served for one selection in one minute. It does
// not change, but for the bodies that it keeps once somebody has asked for them.
type edition struct {
	selection
	// at is the minute that pages name as their age.
	at time.Time
	// seq is the journal sequence that the edition was made at.
	seq uint64
	// version names what is shown; changed and shownSince are the time and the
	// journal sequence at which that became so.
	version    string
	changed    time.Time
	shownSince uint64
	// messages are the messages of the chains that the pages and feeds show.
	messages map[string]message
	// index holds the bodies that everybody asks for, by path.
	index map[string]*body
	// fronts are the front pages by language, for those who search.
	fronts map[string]front
	asked  asked
}

// newEdition renders what everybody asks for, and takes over from the older
// edition what is still right.
func (role *Role) newEdition(seq uint64, now time.Time, selected selection, older *edition) *edition {
	e := &edition{
		selection: selected, at: now.Truncate(time.Minute), seq: seq, version: selected.version(), changed: now, shownSince: seq,
		messages: map[string]message{}, index: map[string]*body{}, fronts: map[string]front{},
	}
	if older != nil && older.version == e.version {
		e.changed, e.shownSince = older.changed, older.shownSince
	}
	for _, chains := range [][]*warning.Warning{e.inForce, e.cleared, e.recent} {
		for _, w := range chains {
			for i := range w.Messages {
				m := &w.Messages[i]
				if older != nil {
					if kept, ok := older.messages[m.Identifier]; ok {
						e.messages[m.Identifier] = kept
						continue
					}
				}
				e.messages[m.Identifier] = role.read(m)
			}
		}
	}
	put := func(path string, b *body) {
		if older != nil {
			b = b.kept(older.index[path])
		}
		e.index[path] = b
	}
	for _, tag := range languages {
		front := role.frontPage(e, tag)
		list := page(e, "list", front)
		front.List = template.HTML(list.plain) // our own template's, escaped there
		e.fronts[tag] = front
		put("/"+tag+"/", page(e, "front.html", front))
		put("/"+tag+"/list", list)
	}
	put("/feed.atom", role.feed(e, ""))
	put("/warnings.json", role.listJSON(e))
	put("/warnings.geojson", role.geoJSON(e))
	return e
}

// next is when a newer edition is due if nothing happens: at the next minute, or
// when time changes the selection.
func (e *edition) next() time.Time {
	next := e.at.Add(time.Minute)
	if !e.until.IsZero() && e.until.Before(next) {
		return e.until
	}
	return next
}

// holdsAt reports whether the edition is right at the time, if nothing happened.
func (e *edition) holdsAt(t time.Time) bool { return !t.Before(e.now) && t.Before(e.next()) }

// warm compresses what everybody asks for ahead of the first reader.
func (e *edition) warm() {
	for _, b := range e.index {
		b.gzip()
		b.brotli()
	}
}

// message gives a message of a chain, read now if the edition does not show it.
func (role *Role) message(e *edition, m *warning.Message) message {
	if shown, ok := e.messages[m.Identifier]; ok {
		return shown
	}
	return role.read(m)
}

// mostAsked bounds the bodies that an edition keeps beside its index; others are
// rendered for each reader.
const mostAsked = 2000

// asked keeps the bodies that somebody asked for, each rendered once.
type asked struct {
	mu     sync.Mutex
	bodies map[string]func() *body
}

func (a *asked) get(path string, render func() *body) *body {
	a.mu.Lock()
	once, ok := a.bodies[path]
	if !ok {
		once = sync.OnceValue(render)
		if a.bodies == nil {
			a.bodies = map[string]func() *body{}
		}
		if len(a.bodies) < mostAsked {
			a.bodies[path] = once
		}
	}
	a.mu.Unlock()
	return once()
}
