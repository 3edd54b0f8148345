// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package capfile takes CAP messages out of what people name on a command
// line: files, folders, standard input, and addresses of messages and feeds.
// Whatever it is given, it holds no more than a few MiB of it in memory.
package capfile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
)

// Message is one message, or the reason why there is none.
type Message struct {
	// File is the name as the person gave it; after a ! follows the place of
	// the message in a container. Messages that a feed links to have their own
	// address. It has no control characters.
	File string
	// Form and Raw are the message's; Raw is nil if Err is set. Line is that of
	// container.Item.
	Form container.Form
	Raw  []byte
	Line int
	// Err is a *cap.Refusal if the document was refused.
	Err error
}

// RuleUnreadable is the rule of a file that cannot be opened or taken apart.
const RuleUnreadable cap.Rule = "container.unreadable"

// Opener opens what people name.
type Opener struct {
	// Stdin is read for the name "-".
	Stdin io.Reader
	// Client fetches addresses; nil stands for one that gives up after 30 seconds
	// and follows redirects on the same host only.
	Client *http.Client
	// Note is told, in words, of everything that is passed over.
	Note func(file string, note cap.Finding)
	// Progress is told, while messages of a feed are fetched, how many of how
	// many are done. It may be nil.
	Progress func(done, of int)
}

// The rules of what an Opener notes.
const (
	RuleOther  cap.Rule = "container.other-file" // a file in a folder that does not look like CAP
	RuleLinked cap.Rule = "container.linked"     // links that are not followed
)

// Messages iterates over the messages of all names in their order. A name is a
// file, a folder, "-" for standard input, or an http or https address. Of a
// folder it takes the files, also those in folders below, that end in .xml,
// .cap, .json, .geojson, .atom, .rss, .zip or .gz. Each name gives at least one
// Message: if it holds none, one with an Err. A feed without entries gives none,
// but a note: nothing is in force there.
func (o *Opener) Messages(ctx context.Context, names []string) iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for _, name := range names {
			var more bool
			switch {
			case ctx.Err() != nil:
				more = yield(failed(name, ctx.Err()))
			case name == "-":
				more = o.stream("-", o.Stdin, yield)
			case isAddress(name):
				more = o.address(ctx, name, yield)
			default:
				more = o.path(name, yield)
			}
			if !more {
				return
			}
		}
	}
}

func isAddress(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}

var endings = []string{".xml", ".cap", ".json", ".geojson", ".atom", ".rss", ".zip", ".gz"}

// path takes a file, or all files of a folder that may hold messages.
func (o *Opener) path(name string, yield func(Message) bool) bool {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return o.file(name, yield)
	}
	found, others, more := 0, 0, true
	err := filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			more = yield(failed(path, err))
		case entry.IsDir():
		case !entry.Type().IsRegular() || !slices.Contains(endings, strings.ToLower(filepath.Ext(path))):
			others++
		default:
			found++
			more = o.file(path, yield)
		}
		if !more {
			return fs.SkipAll
		}
		return nil
	})
	if !more {
		return false
	}
	if others > 0 {
		o.Note(name, cap.Finding{Rule: RuleOther, Severity: cap.GravityAdvice, Path: "container",
			Message: fmt.Sprintf("files passed over, since they do not end in %s: %d", strings.Join(endings, " "), others),
			Remedy:  "name them one by one if they hold messages"})
	}
	if found == 0 {
		return yield(failed(name, cmp.Or(err, errors.New("the folder holds no file that may be a message"))))
	}
	return true
}

func (o *Opener) file(name string, yield func(Message) bool) bool {
	file, err := os.Open(name)
	if err != nil {
		return yield(failed(name, err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return yield(failed(name, err))
	}
	if !info.Mode().IsRegular() {
		return o.stream(name, file, yield) // a pipe, or the like
	}
	return o.local(container.Source{Name: name, Reader: file, Size: info.Size()}, yield)
}

// stream takes what can only be read once.
func (o *Opener) stream(name string, r io.Reader, yield func(Message) bool) bool {
	kept, err := keep(r)
	if err != nil {
		return yield(failed(name, err))
	}
	defer kept.Close()
	return o.local(container.Source{Name: name, Reader: kept, Size: kept.size}, yield)
}

// local takes a source that did not come from an address; its links are left.
func (o *Opener) local(source container.Source, yield func(Message) bool) bool {
	given, found, more := o.take(source, yield)
	const remedy = "give the address of the feed to have them fetched"
	if more && given == 0 && found.total > 0 {
		return yield(failed(source.Name, found.only(remedy)))
	}
	o.leave(source.Name, found, remedy)
	return more
}

// LinkedError is why a feed that only links to messages gives none.
type LinkedError struct {
	// Links is how many there are, First the first of them, if it is not too long.
	Links int
	First string
	// Remedy says what to do.
	Remedy string
}

func (e *LinkedError) Error() string {
	message := fmt.Sprintf("it holds no message, but links to some: %d", e.Links)
	if e.First != "" {
		message += ", the first at " + e.First
	}
	return message
}

// only is the error of a source that has links only.
func (l links) only(remedy string) error {
	e := &LinkedError{Links: l.total, Remedy: remedy}
	if len(l.addresses) > 0 {
		e.First = l.addresses[0]
	}
	return e
}

// take yields the messages of a source, and returns how many, and the links
// among them. A source without either yields an error, but for a feed without
// entries.
func (o *Opener) take(source container.Source, yield func(Message) bool) (given int, found links, more bool) {
	var empty error
	quiet := false
	for item := range container.Messages(source) {
		file := within(item.Name, source.Name)
		switch {
		case item.Note != nil:
			o.Note(file, *item.Note)
			switch item.Note.Rule {
			case container.RuleEmpty:
				empty = errors.New(item.Note.Message)
			case container.RuleNoEntries:
				quiet = true
			}
			continue
		case item.Link != "":
			found.add(item.Link)
			continue
		case item.Err != nil:
			more = yield(failed(file, item.Err))
		default:
			more = yield(Message{File: file, Form: item.Form, Raw: item.Raw, Line: item.Line})
		}
		given++
		if !more {
			return given, links{}, false
		}
	}
	if given == 0 && found.total == 0 {
		if quiet && empty == nil {
			return 0, links{}, true
		}
		return 1, links{}, yield(failed(source.Name, cmp.Or(empty, errors.New("it holds no message"))))
	}
	return given, found, true
}

// within names an item: the file, and after a ! its place in it.
func within(item, file string) string {
	if rest, ok := strings.CutPrefix(item, file); ok && rest != "" {
		return file + "!" + strings.TrimLeft(rest, "/#")
	}
	return item
}

func failed(file string, err error) Message {
	if fault, ok := errors.AsType[*fs.PathError](err); ok {
		err = fault.Err // the path is said already
	}
	return Message{File: file, Err: err}
}

// links are addresses of messages: the first of them, each once, and how many
// there are in all.
type links struct {
	addresses []string
	total     int
}

func (l *links) add(address string) {
	l.total++
	if len(l.addresses) < 2*maxLinks && len(address) <= maxAddress && !slices.Contains(l.addresses, address) {
		l.addresses = append(l.addresses, strings.Clone(address))
	}
}

// leave notes links that are not followed.
func (o *Opener) leave(name string, left links, remedy string) {
	if left.total > 0 {
		o.Note(name, cap.Finding{Rule: RuleLinked, Severity: cap.GravityAdvice, Path: "container",
			Message: fmt.Sprintf("linked messages that were not fetched: %d", left.total), Remedy: remedy})
	}
}
