// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// kind is the kind of a JSON value.
type kind string

const (
	object  kind = "an object"
	array   kind = "an array"
	text    kind = "a string"
	number  kind = "a number"
	boolean kind = "true or false"
	null    kind = "null"
)

// node is a JSON value with its place.
type node struct {
	key    string // in its object
	kind   kind
	text   string // of a string, a number, true or false
	items  []*node
	offset int
	// written is a string as it stands in the text, if it has the character that
	// encoding/json puts in the place of half a surrogate pair.
	written string
}

// member returns the first member of an object with the key, nil if there is
// none.
func (n *node) member(key string) *node {
	if n.kind != object {
		return nil
	}
	for _, item := range n.items {
		if item.key == key {
			return item
		}
	}
	return nil
}

const replacement = string(utf8.RuneError)

type parser struct {
	src    string
	dec    *json.Decoder
	limits cap.Limits
	values int
	// passing says that values are checked for their form alone: the features of
	// GeoJSON have a point in every array, and no message.
	passing bool
}

// parse reads a JSON object within the limits of a CAP message.
func parse(raw []byte) (string, *node, error) {
	limits := cap.DefaultLimits()
	src, err := lexical.Characters(raw, limits)
	if err != nil {
		return "", nil, err
	}
	p := &parser{src: src, dec: json.NewDecoder(strings.NewReader(src)), limits: limits}
	p.dec.UseNumber()
	root := &node{}
	if err := p.value(root, 1); err != nil {
		return "", nil, err
	}
	if root.kind != object {
		return "", nil, p.refuse(root.offset, lexical.RuleSyntax, "the message is not a JSON object", "begin it with {")
	}
	rest := p.next()
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return "", nil, p.refuse(rest, lexical.RuleAfterRoot, "something follows the message", "end the text after the message")
	}
	return src, root, nil
}

func (p *parser) refuse(offset int, rule cap.Rule, message, remedy string) error {
	return lexical.Refuse(p.src, offset, rule, message, remedy)
}

// next returns the offset of the next token.
func (p *parser) next() int {
	offset := int(p.dec.InputOffset())
	return offset + len(p.src[offset:]) - len(strings.TrimLeft(p.src[offset:], " \t\r\n:,"))
}

func (p *parser) token() (json.Token, error) {
	t, err := p.dec.Token()
	if err == nil {
		return t, nil
	}
	offset := int(p.dec.InputOffset())
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = max(0, int(syntax.Offset)-1)
	}
	return nil, p.refuse(offset, lexical.RuleSyntax, "the JSON is malformed or ends too early", "send one JSON object")
}

func (p *parser) value(n *node, depth int) error {
	n.offset = p.next()
	if !p.passing {
		p.values++
	}
	if p.values > p.limits.Elements {
		return p.refuse(n.offset, lexical.RuleElements, fmt.Sprintf("the message has more than the %d values allowed", p.limits.Elements), "send a smaller message")
	}
	if depth > p.limits.Depth {
		return p.refuse(n.offset, lexical.RuleDepth, fmt.Sprintf("the message is deeper than the %d levels allowed", p.limits.Depth), "remove the nesting")
	}
	t, err := p.token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		n.kind = array
		if t == '{' {
			n.kind = object
		}
		return p.items(n, depth)
	case string:
		n.kind, n.text = text, t
		if strings.Contains(t, replacement) {
			n.written = p.src[n.offset:p.dec.InputOffset()]
		}
	case json.Number:
		n.kind, n.text = number, t.String()
	case bool:
		n.kind, n.text = boolean, fmt.Sprint(t)
	default:
		n.kind = null
	}
	return nil
}

func (p *parser) items(n *node, depth int) error {
	for p.dec.More() {
		item := &node{}
		if n.kind == object {
			key, err := p.token()
			if err != nil {
				return err
			}
			item.key = key.(string)
		}
		features := depth == 1 && item.key == "features"
		p.passing = p.passing || features
		if err := p.value(item, depth+1); err != nil {
			return err
		}
		if !p.passing {
			n.items = append(n.items, item)
		}
		p.passing = p.passing && !features
	}
	_, err := p.token()
	return err
}
