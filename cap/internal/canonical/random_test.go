// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package canonical

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// drawing writes random documents of what makes canonical forms hard.
type drawing struct {
	*rand.Rand
	strings.Builder
	scope []string // declared prefixes
	noted int      // comments so far
}

// draw returns the random document of a seed.
func draw(seed uint64) []byte {
	d := &drawing{Rand: rand.New(rand.NewPCG(seed, 1))}
	if d.IntN(4) == 0 {
		d.WriteString("<?xml version=\"1.0\" encoding='UTF-8' standalone=\"yes\" ?>\n")
	}
	if d.IntN(6) == 0 {
		d.comment()
		d.WriteString(" \r\n ")
	}
	d.element(0)
	if d.IntN(6) == 0 {
		d.WriteString("\n \t")
		d.comment()
	}
	return []byte(d.String())
}

func (d *drawing) pick(from ...string) string { return from[d.IntN(len(from))] }

func (d *drawing) comment() {
	d.noted++
	fmt.Fprintf(d, "<!-- %d: <b> & é - -->", d.noted)
}

var spaces = []string{"urn:a", "urn:b", "http://example.org/x?a=%20;b#c", "urn:a:c", "http://www.w3.org/2001/XMLSchema-instance", "tag:x,2026:y"}

func (d *drawing) element(depth int) {
	outer := len(d.scope)
	tag := map[string]bool{} // written attribute names
	var attributes []string
	add := func(name, value string) {
		if !tag[name] {
			tag[name] = true
			quote := d.pick(`"`, "'")
			value = strings.ReplaceAll(value, quote, "&#x22;&apos;")
			attributes = append(attributes, name+d.pick("=", " = ", "\n=\t")+quote+value+quote)
		}
	}
	bound := map[string]string{}
	for range d.IntN(4) {
		prefix, space := d.pick("p", "q", "r", "a.b-c", "P", "_"), d.pick(spaces...)
		if _, twice := bound[prefix]; !twice {
			bound[prefix] = space
			add("xmlns:"+prefix, space)
			d.scope = append(d.scope, prefix)
		}
	}
	switch d.IntN(6) {
	case 0:
		add("xmlns", d.pick(spaces...))
	case 1:
		add("xmlns", "")
	case 2:
		if d.IntN(4) == 0 {
			add("xmlns:xml", "http://www.w3.org/XML/1998/namespace")
		}
	}
	seen := map[string]bool{}
	for range d.IntN(6) {
		local := d.pick("b", "Id", "a", "lang", "x1", "x-1", "B")
		if seen[local] { // whatever the prefixes: two of them may mean the same namespace
			continue
		}
		seen[local] = true
		prefix := ""
		if len(d.scope) > 0 && d.IntN(2) == 0 {
			prefix = d.pick(d.scope...) + ":"
		}
		add(prefix+local, d.value())
	}
	if d.IntN(3) == 0 {
		add("xml:"+d.pick("lang", "space", "id"), d.pick("de", "default", "preserve", "n1"))
	}
	if d.IntN(9) == 0 {
		add("xml:base", "http://example.org/"+d.pick("", "a/", "../b"))
	}
	d.Shuffle(len(attributes), func(i, j int) { attributes[i], attributes[j] = attributes[j], attributes[i] })
	name := d.pick("a", "b", "info", "x.y")
	if len(d.scope) > 0 && d.IntN(2) == 0 {
		name = d.pick(d.scope...) + ":" + name
	}
	d.WriteString("<" + name)
	for _, a := range attributes {
		d.WriteString(d.pick(" ", "\n\t", "  ") + a)
	}
	if d.IntN(8) == 0 {
		d.WriteString(d.pick("/>", " />"))
	} else {
		d.WriteString(d.pick(">", " >"))
		for range d.IntN(6) {
			d.content(depth)
		}
		d.WriteString("</" + name + d.pick(">", "\n>"))
	}
	d.scope = d.scope[:outer]
}

func (d *drawing) content(depth int) {
	switch n := d.IntN(12); {
	case n < 5 && depth < 6:
		d.element(depth + 1)
	case n == 5:
		d.comment()
	case n == 6:
		d.WriteString("<![CDATA[" + d.pick("", "<b>&amp;\r\n]]", "x\ry", " > ", "\"'\t]") + "]]>")
	case n < 9:
		d.WriteString(d.pick(" ", "\n  ", "\r\n\r", "\t"))
	default:
		d.WriteString(d.value() + d.pick("", "\"", "'", ">", "&#13;", "\r"))
	}
}

// value returns text that may stand in an attribute.
func (d *drawing) value() string {
	var b strings.Builder
	for range d.IntN(5) {
		b.WriteString(d.pick("x", "Größe 火災", " ", "\t", "\n", "\r\n", "&#9;", "&#10;", "&#xD;", "&lt;", "&gt;", "&amp;amp;",
			"&quot;", "&apos;", "&#228;", "&#x1D11E;", "\u00A0", "\u2028", "]]&gt;", "\U0001F6A8", "\u0085", ">="))
	}
	return strings.ReplaceAll(b.String(), "]]>", "")
}
