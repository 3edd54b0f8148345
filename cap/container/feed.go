// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"crypto/sha256"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// AtomNamespace is the namespace of Atom 1.0 (RFC 4287).
const AtomNamespace = "http://www.w3.org/2005/Atom"

// rssNamespaces are those of RSS 2.0 and 0.9x, which has none, and of RSS 1.0
// and 0.90, which are RDF.
var rssNamespaces = []string{"", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://backend.userland.com/rss2"}

func isEntry(name lexical.Name) bool {
	return name == lexical.Name{Space: AtomNamespace, Local: "entry"} || name.Local == "item" && slices.Contains(rssNamespaces, name.Space)
}

func isFeed(root lexical.Name) bool {
	return root.Local == "feed" && root.Space == AtomNamespace || root.Local == "rss" ||
		root.Local == "RDF" && root.Space == "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
}

// entry is an entry of an Atom feed or an item of an RSS feed.
type entry struct {
	depth  int
	line   int
	before int               // messages and links that were found before it
	last   [sha256.Size]byte // of the last message in it
	links  []entryLink
	// id is the entry's identity if it is an address on the web.
	id string
}

type entryLink struct {
	address   string
	isCAP     bool
	enclosure bool
	isPage    bool // a page for people
	isMedia   bool // an image, a sound or a film
}

// maxLinks is how many links of one entry are looked at.
const maxLinks = 100

// attributes takes the links that stand in attributes of an entry's elements.
func (e *entry) attributes(t lexical.Token, base string) {
	kind := attributeOf(t, "", "type")
	switch t.Name.Local {
	case "link":
		rel := attributeOf(t, "", "rel")
		switch rel {
		case "", "alternate", "enclosure", "related", "via":
			e.add(entryLink{address: resolve(base, attributeOf(t, "", "href")), enclosure: rel == "enclosure"}, kind)
		}
	case "enclosure":
		e.add(entryLink{address: resolve(base, attributeOf(t, "", "url")), enclosure: true}, kind)
	case "content":
		e.add(entryLink{address: resolve(base, attributeOf(t, "", "src"))}, kind)
	}
}

func (e *entry) add(link entryLink, mediaType string) {
	if link.address == "" || len(e.links) == maxLinks {
		return
	}
	link.isCAP, link.isPage = isCAPType(mediaType), strings.HasPrefix(strings.ToLower(mediaType), "text/html")
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(mediaType)), "/")
	link.isMedia = kind == "image" || kind == "audio" || kind == "video"
	link.address = strings.Clone(link.address)
	e.links = append(e.links, link)
}

// texts takes the links that stand in the texts of an entry's elements.
func (e *entry) texts(name lexical.Name, base, text string) {
	switch name.Local {
	case "link":
		e.add(entryLink{address: resolve(base, text)}, "")
	case "cap": // as GDACS names it
		if isAddress(text) {
			e.add(entryLink{address: text}, cap.MediaType)
		}
	case "id", "guid":
		if isAddress(text) {
			e.id = strings.Clone(text)
		}
	}
}

// isAddress reports whether a text is an address on the web.
func isAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "http" || address.Scheme == "https") && address.Host != ""
}

// best is the address of the entry's message, "" if there is none: the link that
// says that it leads to CAP, else an enclosure, else the only link, else the
// entry's id, which some issuers make the message's address, else the first link.
// Images, sounds and films are no messages.
func (e *entry) best() string {
	e.links = slices.DeleteFunc(e.links, func(l entryLink) bool { return l.isMedia })
	for _, is := range []func(entryLink) bool{
		func(l entryLink) bool { return l.isCAP },
		func(l entryLink) bool { return l.enclosure },
		func(l entryLink) bool { return len(e.links) == 1 && (!l.isPage || e.id == "") },
	} {
		if i := slices.IndexFunc(e.links, is); i >= 0 {
			return e.links[i].address
		}
	}
	if e.id == "" && len(e.links) > 0 {
		return e.links[0].address
	}
	return e.id
}

func isCAPType(mediaType string) bool {
	kind, _, err := mime.ParseMediaType(mediaType)
	return err == nil && (kind == cap.MediaType || kind == "application/common-alerting-protocol+xml")
}

// closeEntry gives the link of an entry that holds no message.
func (d *document) closeEntry() {
	e := d.entry
	d.entry = nil
	if d.found > e.before {
		return
	}
	if address := e.best(); address != "" {
		d.link(address)
		return
	}
	if d.notes++; d.notes <= maxNotes {
		d.note(fmt.Sprintf("%s entry %d", d.name, d.entries), cap.Finding{Rule: RuleEmpty, Path: "container", Line: e.line,
			Message: "the entry holds neither a message nor a link to one"})
	}
}

// resolve makes a link absolute, as far as its base is known.
func resolve(base, link string) string {
	link = strings.TrimSpace(link)
	if link == "" {
		return ""
	}
	reference, err := url.Parse(link)
	if err != nil {
		return ""
	}
	from, err := url.Parse(base)
	if err != nil || base == "" {
		return link
	}
	return from.ResolveReference(reference).String()
}
