// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The methods below decode one element each. A strict decoder takes what
// stands there and leaves most rules to Validate; a lenient one repairs first
// what can be repaired.

func (d *decoder) alert() *Alert {
	a := &Alert{}
	decodeFields(d, d.doc.root, alertFields, a)
	return a
}

func (d *decoder) info(e *element) Info {
	var i Info
	decodeFields(d, e, infoFields, &i)
	if d.lenient {
		d.completeInfo(e, &i)
	}
	return i
}

func (d *decoder) resource(e *element) Resource {
	var r Resource
	decodeFields(d, e, resourceFields, &r)
	if d.lenient {
		d.completeResource(e, &r)
	}
	return r
}

func (d *decoder) area(e *element) Area {
	var a Area
	decodeFields(d, e, areaFields, &a)
	if d.lenient {
		d.completeArea(e, &a)
	}
	return a
}

func (d *decoder) namedValue(e *element) NamedValue {
	var n NamedValue
	decodeFields(d, e, namedValueFields, &n)
	if d.lenient && (n.ValueName == "" || n.Value == "") {
		d.amiss(e, "lacks valueName or value", "")
	}
	return n
}

func (d *decoder) code(e *element) string {
	code := d.leaf(e)
	if d.lenient && code == "" {
		d.amiss(e, "is empty", "")
	}
	return code
}

func (d *decoder) time(e *element, text string) Time {
	t, err := ParseTime(text)
	if err == nil {
		return t
	}
	if d.lenient {
		if t, ok := repairTime(text); ok {
			d.repaired(e, err.Error()+"; rewritten", text, t.String())
			return t
		}
	}
	if e.name.Local == "sent" {
		d.fault(e, err.Error(), timeRemedy)
		return Time{}
	}
	d.amiss(e, err.Error(), timeRemedy)
	return Time{}
}

const timeRemedy = "write it like 2026-11-23T14:05:00+01:00, UTC with -00:00"

func (d *decoder) polygon(e *element) Polygon {
	const remedy = "give four or more latitude,longitude pairs with spaces between, the last like the first"
	polygon, err := parsePoints(d.leaf(e))
	if err != nil {
		d.amiss(e, err.Error(), remedy)
		return nil
	}
	if !d.lenient {
		return polygon
	}
	if n := len(polygon); n >= 3 && polygon[0] != polygon[n-1] {
		d.repaired(e, "is not closed; the first point was repeated at the end", "", polygon[0].String())
		polygon = append(polygon, polygon[0])
	}
	if err := polygon.check(); err != nil {
		d.amiss(e, err.Error(), remedy)
	}
	return polygon
}

func (d *decoder) circle(e *element) Circle {
	circle, err := ParseCircle(d.leaf(e))
	if err != nil {
		d.amiss(e, err.Error(), "write latitude,longitude, a space, and the radius in kilometres")
	}
	return circle
}

func (d *decoder) references(e *element) References {
	text := d.leaf(e)
	if text == "" {
		return nil
	}
	references, err := ParseReferences(text)
	if err == nil {
		return references
	}
	if d.lenient {
		return d.repairReferences(e, text)
	}
	d.fault(e, err.Error(), "write sender,identifier,sent of each earlier message, with spaces between")
	return nil
}

func (d *decoder) language(e *element) string {
	text := trimSpace(d.leaf(e))
	if !d.lenient || text == "" || checkLanguage(text) == nil {
		return text
	}
	used := strings.ReplaceAll(text, "_", "-")
	if checkLanguage(used) != nil {
		used = "und"
	}
	d.repaired(e, "is not a language tag; rewritten", text, used)
	return used
}

// trimmed returns the text of an identifier or a sender.
func (d *decoder) trimmed(e *element, text string) string {
	used := trimSpace(text)
	if !d.lenient || used == text {
		return text
	}
	d.repaired(e, "has white space around it; removed", text, used)
	return used
}

// choose returns the value of an enumeration. A lenient decoder takes one in
// other case, then the fallback, then leaves it out. It never guesses status,
// msgType or scope, on which it depends whether people are warned.
func choose[E ~string](d *decoder, e *element, known []E, fallback E) E {
	text := d.leaf(e)
	if !d.lenient {
		return E(text)
	}
	word := trimSpace(text)
	if strings.EqualFold(word, "Very Likely") { // of CAP 1.0, which 1.2 asks to read as Likely
		word = string(CertaintyLikely)
	}
	for _, k := range known {
		if string(k) == text {
			return k
		}
		if strings.EqualFold(string(k), word) {
			d.repaired(e, fmt.Sprintf("is written %q; rewritten", lexical.Clip(text)), text, string(k))
			return k
		}
	}
	message := fmt.Sprintf("has the unknown value %q", lexical.Clip(text))
	switch {
	case e.parent == d.doc.root:
		return E(text)
	case fallback == "":
		d.amiss(e, message, "")
		return ""
	}
	d.repaired(e, message+"; taken as "+string(fallback), text, string(fallback))
	return fallback
}
