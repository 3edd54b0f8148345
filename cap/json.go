// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// ReadJSON reads a message in the JSON form, as strictly as Read reads XML.
// The form is that of encoding/json for Alert: an object with CAP's element
// names as keys; elements that may repeat are arrays; size, altitude and
// ceiling are numbers; everything else is the text of the CAP element,
// references, polygon and circle included. Keys are matched exactly, and
// unknown ones, repeated ones and null are faults. The bounds are those of
// DefaultLimits.
//
// The error is a *Refusal if the text is not JSON or beyond the bounds, else
// an *InvalidError with all faults found.
func ReadJSON(raw []byte) (*Alert, error) {
	doc, err := parseJSON(raw)
	if err != nil {
		return nil, err
	}
	return examine(doc).result()
}

// kind is what an element was in JSON; fromXML if it was not in JSON.
type kind string

const (
	fromXML      kind = ""
	objectKind   kind = "an object"
	stringKind   kind = "a string"
	numberKind   kind = "a number"
	arrayKind    kind = "an array"
	literalKind  kind = "null, true or false"
	repeatedKind kind = "a second value for its key"
)

// kinds holds the elements that are not text in JSON.
var kinds = map[string]kind{
	"info": objectKind, "eventCode": objectKind, "parameter": objectKind, "resource": objectKind, "area": objectKind, "geocode": objectKind,
	"size": numberKind, "altitude": numberKind, "ceiling": numberKind,
}

// jsonFits reports whether an element is what the JSON form wants there, and
// records it if not.
func (d *decoder) jsonFits(e *element, repeats bool) bool {
	want := kinds[e.name.Local]
	if want == "" {
		want = stringKind
	}
	switch {
	case repeats && e.kind == arrayKind && e.inList == 0:
		return false // an empty array says nothing
	case e.kind != want:
		d.extra(e, RuleJSON, fmt.Sprintf("is %s, not %s", e.kind, want), fmt.Sprintf("give %s, or leave it out", want))
		return false
	case repeats && e.inList == 0:
		d.fault(e, RuleJSON, "is not in an array", "put it in [ ]")
	case !repeats && e.inList > 0:
		d.extra(e, RuleJSON, "is an array", "give it without [ ]")
		return false
	}
	return true
}

// jsonParser reads a JSON text into elements.
type jsonParser struct {
	src      string
	doc      *document
	dec      *json.Decoder
	limits   Limits
	elements int
}

func parseJSON(raw []byte) (*document, error) {
	limits := DefaultLimits()
	src, err := lexical.Characters(raw, limits)
	if err != nil {
		return nil, err
	}
	p := &jsonParser{src: src, limits: limits}
	p.dec = json.NewDecoder(strings.NewReader(p.src))
	p.dec.UseNumber()
	doc := &document{src: src}
	p.doc = doc
	root := doc.add(nil, element{name: lexical.Name{Space: Namespace, Local: "alert"}, offset: p.next(), kind: objectKind})
	first, err := p.token()
	if err != nil {
		return nil, err
	}
	if first != json.Delim('{') {
		return nil, p.refuse(root.offset, lexical.RuleSyntax, "the message is not a JSON object", "begin it with {")
	}
	if err := p.object(root, 1); err != nil {
		return nil, err
	}
	rest := p.next()
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, p.refuse(rest, lexical.RuleAfterRoot, "something follows the message", "end the text after the message")
	}
	return doc, nil
}

func (p *jsonParser) refuse(offset int, rule Rule, message, remedy string) *Refusal {
	return lexical.Refuse(p.src, offset, rule, message, remedy)
}

// next returns the offset of the next token.
func (p *jsonParser) next() int {
	offset := int(p.dec.InputOffset())
	return offset + len(p.src[offset:]) - len(strings.TrimLeft(p.src[offset:], " \t\r\n:,"))
}

func (p *jsonParser) token() (json.Token, error) {
	t, err := p.dec.Token()
	if err == nil {
		return t, nil
	}
	offset := int(p.dec.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = max(0, int(syntax.Offset)-1)
	}
	return nil, p.refuse(offset, lexical.RuleSyntax, "the JSON is malformed or ends too early", "send one JSON object")
}

// object reads the members of an object into the children of e.
func (p *jsonParser) object(e *element, depth int) error {
	seen := map[string]bool{}
	for p.dec.More() {
		offset := p.next()
		key, err := p.token()
		if err != nil {
			return err
		}
		before := e.last
		member := element{name: lexical.Name{Space: Namespace, Local: key.(string)}, offset: offset}
		if err := p.value(e, member, depth+1); err != nil {
			return err
		}
		if seen[member.name.Local] {
			for child := after(e, before); child != nil; child = child.next {
				child.kind = repeatedKind
			}
		}
		seen[member.name.Local] = true
	}
	_, err := p.token()
	return err
}

// after returns the first child of e that was added after the child before.
func after(e, before *element) *element {
	if before == nil {
		return e.first
	}
	return before.next
}

// value reads a value and adds it to the children of parent: e itself, or for
// an array one like e for every item.
func (p *jsonParser) value(parent *element, e element, depth int) error {
	if p.elements++; p.elements > p.limits.Elements {
		return p.refuse(e.offset, lexical.RuleElements, fmt.Sprintf("the message has more than the %d values allowed", p.limits.Elements), "send a smaller message")
	}
	if depth > p.limits.Depth {
		return p.refuse(e.offset, lexical.RuleDepth, fmt.Sprintf("the message is deeper than the %d levels allowed", p.limits.Depth), "remove the nesting")
	}
	start := p.next()
	value, err := p.token()
	if err != nil {
		return err
	}
	switch value := value.(type) {
	case json.Delim:
		if value == '[' {
			return p.array(parent, e, depth)
		}
		e.kind = objectKind
		return p.object(p.doc.add(parent, e), depth)
	case string:
		e.kind, e.text = stringKind, value
		if err := p.checkText(e, p.src[start:p.dec.InputOffset()]); err != nil {
			return err
		}
	case json.Number:
		e.kind, e.text = numberKind, value.String()
	case bool:
		e.kind, e.text = literalKind, strconv.FormatBool(value)
	default:
		e.kind = literalKind
	}
	p.doc.add(parent, e)
	return nil
}

func (p *jsonParser) array(parent *element, e element, depth int) error {
	e.kind = arrayKind
	if !p.dec.More() {
		p.doc.add(parent, e)
	}
	for p.dec.More() {
		item := e
		item.offset = p.next()
		item.inList++
		if err := p.value(parent, item, depth+1); err != nil {
			return err
		}
	}
	_, err := p.token()
	return err
}

// checkText holds the gate's bound on text, and refuses halves of surrogate
// pairs, which encoding/json replaces in silence.
func (p *jsonParser) checkText(e element, written string) error {
	limit := p.limits.Text
	if slices.Contains(p.limits.Large, e.name.Local) {
		limit = p.limits.LargeText
	}
	if len(e.text) > limit {
		return p.refuse(e.offset, lexical.RuleText, fmt.Sprintf("the text of %s has more than the %d bytes allowed", lexical.Clip(e.name.Local), limit), "shorten it")
	}
	const replacement = string(utf8.RuneError)
	if !strings.Contains(e.text, replacement) {
		return nil
	}
	meant := strings.Count(written, replacement) + strings.Count(strings.ToLower(written), `\ufffd`)
	if strings.Count(e.text, replacement) > meant {
		return p.refuse(e.offset, lexical.RuleEncoding, fmt.Sprintf("the text of %s has half a surrogate pair", lexical.Clip(e.name.Local)), "remove it")
	}
	return nil
}
