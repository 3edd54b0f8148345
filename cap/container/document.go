// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// limits are those of a document around messages.
func limits() lexical.Limits {
	return lexical.Limits{
		Bytes: maxUnpacked, Depth: 40, Elements: 2_000_000, Attributes: 64,
		Text: MaxMessage, LargeText: 2 * MaxMessage, Large: []string{"contentData"}, // in base64
	}
}

const (
	// maxNotes is how many notes one document gives, a last one with the number
	// of the others not counted.
	maxNotes = 100
	// maxEmbedded is how deep documents may lie in the texts of others.
	maxEmbedded = 2
)

// document goes through an XML document that is not itself a message, and finds
// the messages in it.
type document struct {
	*walk
	content
	scanner *lexical.Scanner
	open    []openElement
	// scope are the namespace declarations in force.
	scope []declaration
	// root is the document's outermost element.
	root lexical.Name
	// message is the alert element that the scanner is in, nil outside of one.
	message *embedded
	// entry is the entry of a feed that the scanner is in, nil outside of one.
	entry *entry
	// text is what the innermost element holds; leaf says that it holds no element.
	text     strings.Builder
	textLine int
	leaf     bool
	// mimeType is that of the present nonXMLContent.
	mimeType string
	found    int // messages, links and failures so far
	entries  int
	notes    int
	noted    map[string]bool
}

type openElement struct {
	name         lexical.Name
	base         string // for relative links
	declarations int    // in force around it
}

type declaration struct{ prefix, space string }

// embedded is a message that is an element of the document.
type embedded struct {
	depth    int // of its alert element
	line     int
	tag      int // where the declarations go: behind the name of its start tag
	scope    string
	tooLarge bool
}

func (w *walk) document(c content, r io.Reader) {
	d := &document{walk: w, content: c, noted: map[string]bool{}}
	r, converted, err := decoded(r)
	if err != nil {
		w.fail(c.name, fmt.Errorf("reading it: %w", err))
		return
	}
	d.scanner = lexical.NewStream(r, lexical.Options{Limits: limits(), Instructions: true, Converted: converted, Reference: d.reference})
	for !w.stopped {
		token, err := d.scanner.Next()
		if errors.Is(err, io.EOF) {
			d.end()
			return
		}
		if err != nil {
			w.fail(c.name, err)
			return
		}
		switch token.Kind {
		case lexical.Start:
			d.start(token)
		case lexical.End:
			d.close(token)
		case lexical.Text:
			if d.message == nil && d.leaf {
				if d.text.Len() == 0 {
					d.textLine = d.scanner.Line(token.Offset)
				}
				d.text.WriteString(token.Text)
			}
		case lexical.Instruction:
			if d.message == nil {
				name, _, _ := strings.Cut(token.Text, " ")
				d.remark(RuleInstruction, "instruction "+name, token.Offset, fmt.Sprintf("the processing instruction %q was passed over", lexical.Clip(name)))
			}
		}
		if d.message != nil {
			d.bound()
		}
	}
}

// reference lets stand in a feed what XML does not know: HTML's entities, and an
// & that begins nothing.
func (d *document) reference(offset int, name string) (string, bool) {
	written, used := "&", "&"
	if name != "" {
		written = "&" + name + ";"
		used = html.UnescapeString(written)
	}
	if d.message == nil {
		d.remark(RuleEntity, written, offset, fmt.Sprintf("%q is not known in XML; read as %q", lexical.Clip(written), lexical.Clip(used)))
	}
	return used, true
}

// remark gives a note, once for what is the same thing.
func (d *document) remark(rule cap.Rule, what string, offset int, message string) {
	if d.noted[what] {
		return
	}
	if d.notes++; d.notes > maxNotes {
		return
	}
	d.noted[strings.Clone(what)] = true
	d.walk.note(d.name, cap.Finding{Rule: rule, Path: "container", Line: d.scanner.Line(offset), Message: message})
}

func (d *document) start(t lexical.Token) {
	depth := len(d.open) + 1
	element := openElement{name: t.Name, base: d.address, declarations: len(d.scope)}
	if depth > 1 {
		element.base = d.open[depth-2].base
	} else {
		d.root = lexical.Name{Space: strings.Clone(t.Name.Space), Local: strings.Clone(t.Name.Local)}
	}
	d.open = append(d.open, element)
	if d.message != nil {
		return
	}
	d.leaf = true
	d.text.Reset()
	if isAlert(t.Name) {
		d.message = &embedded{depth: depth, line: d.scanner.Line(t.Offset), tag: 1 + len(t.Raw), scope: d.inherited(t.Declarations)}
		d.scanner.Hold(t.Offset)
		return
	}
	for _, a := range t.Declarations {
		d.scope = append(d.scope, declaration{strings.Clone(a.Prefix()), strings.Clone(a.Value)})
	}
	if base := attributeOf(t, lexical.XMLNamespace, "base"); base != "" {
		d.open[depth-1].base = resolve(d.open[depth-1].base, base)
	}
	switch {
	case d.entry == nil && isEntry(t.Name):
		d.entries++
		d.entry = &entry{depth: depth, line: d.scanner.Line(t.Offset), before: d.found}
	case d.entry != nil && depth == d.entry.depth+1:
		d.entry.attributes(t, d.open[depth-1].base)
	case t.Name.Local == "nonXMLContent":
		d.mimeType = ""
	}
}

func (d *document) close(t lexical.Token) {
	depth := len(d.open)
	element := d.open[depth-1]
	d.open = d.open[:depth-1]
	d.scope = d.scope[:element.declarations]
	if d.message != nil {
		if depth == d.message.depth {
			d.cut()
		}
		return
	}
	if d.leaf {
		d.leafText(t.Name, element.base, strings.TrimSpace(d.text.String()))
	}
	d.leaf = false
	if d.entry != nil && depth == d.entry.depth {
		d.closeEntry()
	}
}

// bound stops keeping a message that is too large.
func (d *document) bound() {
	if !d.message.tooLarge && len(d.scanner.Held()) > MaxMessage {
		d.message.tooLarge = true
		d.scanner.Release()
	}
}

// cut hands out the message that ends here as a document of its own.
func (d *document) cut() {
	m := d.message
	d.message = nil
	d.leaf = false
	if m.tooLarge {
		d.failed(errTooLarge)
		return
	}
	held := d.scanner.Held()
	raw := make([]byte, 0, len(held)+len(m.scope))
	raw = append(append(append(raw, held[:m.tag]...), m.scope...), held[m.tag:]...)
	d.scanner.Release()
	d.hand(held, raw, m.line)
}

// inherited writes the declarations in force that an element does not make
// itself.
func (d *document) inherited(own []lexical.Attribute) string {
	var b strings.Builder
	var written []string
	for _, a := range own {
		written = append(written, a.Prefix())
	}
	for _, in := range slices.Backward(d.scope) {
		if slices.Contains(written, in.prefix) {
			continue
		}
		written = append(written, in.prefix)
		if in.space == "" {
			continue
		}
		b.WriteString(" xmlns")
		if in.prefix != "" {
			b.WriteString(":" + in.prefix)
		}
		b.WriteString(`="` + attributeEscape.Replace(in.space) + `"`)
	}
	return b.String()
}

var attributeEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")

// numbered names the next thing that is found.
func (d *document) numbered() string { return fmt.Sprintf("%s#%d", d.name, d.found) }

// hand gives a message that is written in the document as the text says.
func (d *document) hand(written string, raw []byte, line int) {
	if d.entry != nil {
		digest := sha256.Sum256([]byte(written))
		if d.entry.last == digest {
			return // the same message in two elements of one entry
		}
		d.entry.last = digest
	}
	d.found++
	d.give(Item{Name: d.numbered(), Form: XML, Raw: raw, Line: line})
}

func (d *document) link(address string) {
	d.found++
	d.give(Item{Name: d.numbered(), Link: address})
}

func (d *document) failed(err error) {
	d.found++
	d.fail(d.numbered(), err)
}

// end says what a document without a message was.
func (d *document) end() {
	if d.notes > maxNotes {
		d.walk.note(d.name, emptyNote(fmt.Sprintf("and %d more things were passed over", d.notes-maxNotes)))
	}
	switch {
	case d.found > 0 || d.entries > 0:
	case isFeed(d.root):
		d.walk.note(d.name, cap.Finding{Rule: RuleNoEntries, Path: "container", Message: "the feed has no entries"})
	default:
		d.fail(d.name, fmt.Errorf("the document holds no CAP message; its root is <%s> in the namespace %q",
			lexical.Clip(d.root.Local), lexical.Clip(d.root.Space)))
	}
}

// isAlert reports whether an element is a CAP message, of any version. One that
// names no namespace has that of the feed around it.
func isAlert(name lexical.Name) bool {
	return name.Local == "alert" && (name.Space == "" || name.Space == AtomNamespace || isCAP(name.Space))
}

// isCAP reports whether a namespace is that of a version of CAP, or a misspelling
// of it, which the reader of messages judges.
func isCAP(space string) bool {
	space = strings.ToLower(space)
	return strings.HasPrefix(space, "urn:oasis:names:tc:emergency:") || strings.HasPrefix(space, "http://www.incident.com/cap/")
}

func attributeOf(t lexical.Token, space, local string) string {
	for _, a := range t.Attributes {
		if a.Name == (lexical.Name{Space: space, Local: local}) {
			return a.Value
		}
	}
	return ""
}
