// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// leafText looks at the text of an element that holds text only. It is trimmed.
func (d *document) leafText(name lexical.Name, base, text string) {
	if text == "" {
		return
	}
	inNonXML := len(d.open) > 0 && d.open[len(d.open)-1].name.Local == "nonXMLContent"
	switch {
	case strings.HasPrefix(text, "<"):
		d.writtenOut(text)
	case d.entry != nil && len(d.open) == d.entry.depth:
		d.entry.texts(name, base, text)
	case inNonXML && name.Local == "mimeType":
		d.mimeType = strings.Clone(text)
	case inNonXML && name.Local == "uri":
		if isCAPType(d.mimeType) {
			d.link(resolve(base, text))
		} else {
			d.remark(RuleEmpty, "uri "+text, 0, fmt.Sprintf("the file of type %q at %s is no CAP message", lexical.Clip(d.mimeType), lexical.Clip(text)))
		}
	case name.Local == "contentData":
		d.contentData(text)
	}
}

// writtenOut looks for messages in XML that is written as text: escaped, or as a
// CDATA section.
func (d *document) writtenOut(text string) {
	line := d.textLine + leadingLines(d.text.String())
	// What the text says of its encoding was true where it was taken from.
	if rest, found := strings.CutPrefix(text, "<?xml"); found {
		end := strings.Index(rest, "?>")
		if end < 0 {
			return
		}
		passed := len("<?xml") + end + len("?>")
		rest = strings.TrimSpace(text[passed:])
		line += strings.Count(text[:len(text)-len(rest)], "\n")
		text = rest
	}
	switch root := rootName([]byte(text)); {
	case root == "alert":
		if len(text) > MaxMessage {
			d.failed(errTooLarge)
			return
		}
		d.hand(text, []byte(text), line)
	case root != "" && root != "html" && containsCAP(text):
		if d.depth == maxEmbedded {
			d.failed(errors.New("the documents lie too deep in each other"))
			return
		}
		d.nested(strings.NewReader(text))
	}
}

// nested goes into a document that lies in this one as text.
func (d *document) nested(r io.Reader) {
	d.found++
	d.walk.file(content{name: d.numbered(), address: d.address, reader: r, nesting: d.nesting + 1, depth: d.depth + 1})
}

// leadingLines counts the line ends that trimming takes away at the beginning.
func leadingLines(text string) int {
	return strings.Count(text[:len(text)-len(strings.TrimLeft(text, " \t\r\n"))], "\n")
}

func containsCAP(text string) bool {
	return strings.Contains(text, "urn:oasis:names:tc:emergency:cap:") || strings.Contains(text, "http://www.incident.com/cap/")
}

// contentData looks into a file that EDXL-DE carries in base64 (EDXL-DE 1.0,
// nonXMLContent).
func (d *document) contentData(text string) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		d.failed(errors.New("contentData is not in base64"))
		return
	}
	head := trimStart(raw)
	archive := bytes.HasPrefix(raw, []byte("PK")) || bytes.HasPrefix(raw, []byte("\x1F\x8B"))
	switch {
	case !archive && !bytes.HasPrefix(head, []byte("<")) && !bytes.HasPrefix(head, []byte("{")):
		d.note(d.name, cap.Finding{Rule: RuleEmpty, Path: "container", Line: d.textLine,
			Message: fmt.Sprintf("a file of type %q was passed over", lexical.Clip(d.mimeType))})
	case d.depth == maxEmbedded:
		d.failed(errors.New("the documents lie too deep in each other"))
	default:
		d.nested(bytes.NewReader(raw))
	}
}

// countRoots tells whether a file may hold several messages one after another.
// It is cheap, and right for every file with one.
func countRoots(raw []byte) int {
	return bytes.Count(raw, []byte("alert>"))
}

// maxSeveral is how many messages are taken out of such a file.
const maxSeveral = 200

// several takes the messages out of a file in which one follows another, which is
// no XML document. A file that is one message after all stays as it is.
func (w *walk) several(c content, raw []byte) {
	var parts []Item
	line := 1
	for rest := raw; ; {
		rest = skipDeclaration(trimStart(rest))
		line += bytes.Count(raw[:len(raw)-len(rest)], []byte("\n")) + 1 - line
		length := rootLength(rest)
		if length == 0 || len(parts) == maxSeveral {
			break
		}
		parts = append(parts, Item{Name: fmt.Sprintf("%s#%d", c.name, len(parts)+1), Form: XML, Raw: rest[:length], Line: line})
		rest = rest[length:]
		if len(trimStart(rest)) == 0 {
			break
		}
	}
	if len(parts) < 2 {
		w.give(Item{Name: c.name, Form: XML, Raw: raw, Line: 1})
		return
	}
	if !w.fail(c.name, fmt.Errorf("the file is no XML document: %d messages stand in it one after another; they are read one by one", len(parts))) {
		return
	}
	for _, part := range parts {
		if !w.give(part) {
			return
		}
	}
}

// skipDeclaration removes an XML declaration and the white space after it.
func skipDeclaration(raw []byte) []byte {
	if end := bytes.Index(raw, []byte("?>")); bytes.HasPrefix(raw, []byte("<?xml ")) && end > 0 {
		return trimStart(raw[end+len("?>"):])
	}
	return raw
}

// rootLength is where the first element of raw ends, 0 if it is no alert or ends
// nowhere.
func rootLength(raw []byte) int {
	if rootName(raw) != "alert" {
		return 0
	}
	s := lexical.NewStream(bytes.NewReader(raw), lexical.Options{Limits: limits()})
	for depth := 0; ; {
		token, err := s.Next()
		if err != nil {
			return 0
		}
		switch token.Kind {
		case lexical.Start:
			depth++
		case lexical.End:
			if depth--; depth == 0 {
				return token.End
			}
		}
	}
}
