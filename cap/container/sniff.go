// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-alert/tocsin/cap"
)

// sniffed is how much of a file is looked at to tell what it is, in bytes.
const sniffed = 64 << 10

// file tells what a file is and goes into it.
func (w *walk) file(c content) {
	r := bufio.NewReaderSize(c.reader, sniffed)
	head, err := r.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		w.fail(c.name, fmt.Errorf("reading it: %w", err))
		return
	}
	isZip, isGzip := bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")), bytes.HasPrefix(head, []byte("\x1F\x8B"))
	switch {
	case (isZip || isGzip) && c.nesting == maxNesting:
		w.fail(c.name, errors.New("the archives lie too deep in each other"))
	case isZip:
		w.zip(c, r)
	case isGzip:
		w.gzip(c, r)
	case err != nil && len(trimStart(head)) == 0:
		w.note(c.name, emptyNote("the file is empty"))
	default:
		w.text(c, head, r)
	}
}

// text goes into a file that is neither zip nor gzip.
func (w *walk) text(c content, head []byte, r io.Reader) {
	switch form := formOf(head); {
	case form == JSON || form == GeoJSON:
		w.message(c, form, r)
	case isMessage(head):
		w.message(c, XML, r)
	default:
		w.document(c, r)
	}
}

// FormOf tells the form of one message by its first bytes.
func FormOf(raw []byte) Form { return formOf(raw[:min(len(raw), sniffed)]) }

func formOf(head []byte) Form {
	head = trimStart(head)
	if len(head) == 0 || head[0] != '{' {
		return XML
	}
	// A feature collection says so in its type; CAP has no element of that name.
	if i := bytes.Index(head, []byte(`"FeatureCollection"`)); i >= 0 {
		before := bytes.TrimRight(head[:i], " \t\r\n:")
		if bytes.HasSuffix(before, []byte(`"type"`)) {
			return GeoJSON
		}
	}
	return JSON
}

// trimStart removes a byte order mark and white space.
func trimStart(raw []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\uFEFF")), " \t\r\n")
}

// isMessage reports whether an XML file is to be read as one CAP message, by
// the name of its root. UTF-16 and what has no root at all is, so that the
// reader of messages says what is wrong with it.
func isMessage(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xFE\xFF")) || bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte{0}) {
		return true
	}
	root := rootName(head)
	return root == "" || root == "alert"
}

// rootName returns the local name of the first start tag, "" if there is none.
// It only chooses the reader: what it passes over, that reader judges.
func rootName(head []byte) string {
	for {
		start := bytes.IndexByte(head, '<')
		if start < 0 {
			return ""
		}
		head = head[start+1:]
		var skip []byte
		switch {
		case bytes.HasPrefix(head, []byte("!--")):
			skip = []byte("-->")
		case bytes.HasPrefix(head, []byte("?")):
			skip = []byte("?>")
		case bytes.HasPrefix(head, []byte("!")):
			return "" // a document type
		default:
			end := bytes.IndexAny(head, " \t\r\n/>")
			if end < 0 {
				return ""
			}
			name := head[:end]
			if i := bytes.IndexByte(name, ':'); i >= 0 {
				name = name[i+1:]
			}
			return string(name)
		}
		end := bytes.Index(head, skip)
		if end < 0 {
			return ""
		}
		head = head[end+len(skip):]
	}
}

func emptyNote(message string) cap.Finding {
	return cap.Finding{Rule: RuleEmpty, Path: "container", Message: message}
}
