// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package container takes CAP messages out of what carries them, and writes
// them as an Atom feed.
//
// [Messages] looks at the bytes, not at names or media types, and knows a CAP
// file in XML or JSON, a zip container, one file in gzip, feeds in Atom 1.0,
// RSS 2.0 and RSS 1.0, EDXL-DE 1.0 and any other XML that holds CAP messages
// somewhere. It reads with bounded memory whatever the size of the container,
// and says of everything that it passes over that it does.
//
// It does not read the messages: what it gives goes to package cap, or to
// package federal for the JSON forms.
package container

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"

	"github.com/tocsin-alert/tocsin/cap"
)

// The bounds of a container.
const (
	// MaxSize is the largest container, in bytes.
	MaxSize = 32 << 20
	// MaxMessage is the largest message, in bytes.
	MaxMessage = 1 << 20
	// maxUnpacked bounds all that is unpacked out of archives, in bytes,
	// measured while unpacking and whatever the archive says.
	maxUnpacked = 128 << 20
	// maxItems bounds what one container gives.
	maxItems = 50_000
	// maxNesting is how deep archives may lie in each other.
	maxNesting = 2
)

// Source is what messages are taken out of.
type Source struct {
	// Name is given to the items: "name" to the file itself, "name/member" to a
	// file in an archive, "name#1" to the first message in a document.
	Name string
	// Reader gives the bytes, Size of them. It is read in pieces.
	Reader io.ReaderAt
	Size   int64
	// Address is the URL that the source was fetched from, if it was: relative
	// links are resolved against it.
	Address string
}

// Bytes is the source of bytes in memory.
func Bytes(name string, raw []byte) Source {
	return Source{Name: name, Reader: bytes.NewReader(raw), Size: int64(len(raw))}
}

// Form is the form of a message.
type Form string

// The forms of messages.
const (
	// XML is a CAP message in XML, for cap.Examine.
	XML Form = "xml"
	// JSON is an object with the names of CAP's elements: the JSON form of
	// package cap, or the detail form of the federal API, for package federal.
	JSON Form = "json"
	// GeoJSON is a feature collection, for package federal.
	GeoJSON Form = "geojson"
)

// Item is one thing in a container: a message (Raw is set), a link to one
// (Link), something that cannot be taken out (Err), or something that was
// passed over (Note).
type Item struct {
	// Name says where in the source it stands; not to be used as a path. It has
	// no control characters.
	Name string
	// Form and Raw are a message's. What was embedded in a document is a document
	// of its own, in UTF-8, with the namespaces declared that were in force.
	Form Form
	Raw  []byte
	// Line is the line of the document around it on which Raw begins, from 1: line
	// n of Raw is line Line-1+n there. It is 1 for a file of its own, and 0 where
	// lines do not correspond.
	Line int
	// Link is the address of a message, absolute if the source's is known.
	Link string
	// Err says why something cannot be taken out: a *cap.Refusal for a document
	// that the lexical gate refuses. The other items are good.
	Err error
	// Note is what was passed over and why, never nil without a cause that a
	// person may want to know.
	Note *cap.Finding
}

// The rules of notes.
const (
	RuleInstruction cap.Rule = "container.instruction" // a processing instruction in a feed
	RuleEntity      cap.Rule = "container.entity"      // an entity that XML does not know
	RuleEmpty       cap.Rule = "container.empty"       // an entry or a file without a message
	RuleNoEntries   cap.Rule = "container.no-entries"  // a feed without entries: nothing is in force
)

// Rules lists the rules of this package.
func Rules() []cap.RuleInfo {
	const source = "docs/formats/containers.md"
	return []cap.RuleInfo{
		{ID: RuleInstruction, Severity: cap.GravityWarning, Title: "A feed has no processing instructions.", Source: source},
		{ID: RuleEntity, Severity: cap.GravityWarning, Title: "A feed has only those entities that XML knows, and no bare &.", Source: source},
		{ID: RuleEmpty, Severity: cap.GravityWarning, Title: "An entry, file or attachment holds a message or a link to one.", Source: source},
		{ID: RuleNoEntries, Severity: cap.GravityWarning, Title: "A feed has entries; without any, nothing is in force.", Source: source},
	}
}

// Messages iterates over what is in a source, in the order in which it stands
// there. Of one source it gives at most 50,000 items; a larger one ends with an
// Err. Memory stays within a few MiB, but for an archive inside an archive, of
// which at most 8 MiB are held.
func Messages(source Source) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		w := &walk{yield: yield, left: maxUnpacked}
		name := printable(source.Name)
		if source.Size > MaxSize {
			w.fail(name, fmt.Errorf("it has %d bytes, more than the %d allowed", source.Size, MaxSize))
			return
		}
		w.file(content{name: name, address: source.Address, archive: source.Reader, size: source.Size,
			reader: io.NewSectionReader(source.Reader, 0, source.Size)})
	}
}

// content is one file, whether the source itself or one out of an archive.
type content struct {
	name, address string
	reader        io.Reader
	// archive gives the same bytes at random, if they are at hand.
	archive io.ReaderAt
	size    int64
	nesting int // of archives around it
	depth   int // of documents around it
}

// walk is one iteration.
type walk struct {
	yield   func(Item) bool
	items   int
	left    int64 // that may still be unpacked
	spent   bool  // more was asked for, and refused with errUnpacked
	stopped bool
}

// give hands an item out and reports whether more are wanted.
func (w *walk) give(item Item) bool {
	if w.stopped {
		return false
	}
	if w.items++; w.items > maxItems {
		item = Item{Name: item.Name, Err: fmt.Errorf("the container holds more than the %d items allowed; the rest was not looked at", maxItems)}
		w.stopped = true
		w.yield(item)
		return false
	}
	if !w.yield(item) {
		w.stopped = true
	}
	return !w.stopped
}

func (w *walk) fail(name string, err error) bool { return w.give(Item{Name: name, Err: err}) }

func (w *walk) note(name string, finding cap.Finding) bool {
	finding.Severity = cap.GravityWarning
	return w.give(Item{Name: name, Note: &finding})
}

// message hands out a file that is one message.
func (w *walk) message(c content, form Form, r io.Reader) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	switch {
	case err != nil:
		w.fail(c.name, fmt.Errorf("reading it: %w", err))
	case len(raw) > MaxMessage:
		w.fail(c.name, errTooLarge)
	case form == XML && countRoots(raw) > 1:
		w.several(c, raw)
	default:
		w.give(Item{Name: c.name, Form: form, Raw: raw, Line: 1})
	}
}

var errTooLarge = fmt.Errorf("the message has more than the %d bytes allowed", MaxMessage)

var errUnpacked = fmt.Errorf("the files in the archive have more than the %d bytes allowed", int64(maxUnpacked))

// printable makes a name from outside fit for a line of text.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	const most = 200
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}

// budget counts what an archive unpacks.
type budget struct {
	reader io.Reader
	walk   *walk
}

func (b budget) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	if b.walk.left -= int64(n); b.walk.left < 0 {
		b.walk.spent = true
		return 0, errUnpacked
	}
	return n, err
}
