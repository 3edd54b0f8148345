// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The methods below decode one element each. A strict decoder takes what
// stands there and leaves most rules to Validate; a lenient one repairs first
// what can be repaired.

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
		d.leaveOut(e, "lacks valueName or value")
	}
	return n
}

func (d *decoder) code(e *element) string {
	code := d.leaf(e)
	if d.lenient && code == "" {
		d.leaveOut(e, "is empty")
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
			d.repaired(e, RuleRepairTime, err.Error()+"; rewritten", text, t.String())
			return t
		}
	}
	if e.name.Local == "sent" {
		d.fault(e, RuleTime, err.Error(), timeRemedy)
		return Time{}
	}
	d.amiss(e, RuleTime, err.Error(), timeRemedy)
	return Time{}
}

const timeRemedy = "write it like 2026-11-23T14:05:00+01:00, UTC with -00:00"

func (d *decoder) polygon(e *element) Polygon {
	const remedy = "give four or more latitude,longitude pairs with spaces between, the last like the first"
	polygon, err := parsePoints(d.leaf(e))
	if err != nil {
		d.amiss(e, RulePolygon, err.Error(), remedy)
		return nil
	}
	if !d.lenient {
		return polygon
	}
	if n := len(polygon); n >= 3 && polygon[0] != polygon[n-1] {
		d.repaired(e, RuleRepairShape, "is not closed; the first point was repeated at the end", "", polygon[0].String())
		polygon = append(polygon, polygon[0])
	}
	if err := polygon.check(); err != nil {
		d.amiss(e, RulePolygon, err.Error(), remedy)
	}
	return polygon
}

func (d *decoder) circle(e *element) Circle {
	circle, err := ParseCircle(d.leaf(e))
	if err != nil {
		d.amiss(e, RuleCircle, err.Error(), "write latitude,longitude, a space, and the radius in kilometres")
	}
	return circle
}

func (d *decoder) references(e *element) References {
	text := d.leaf(e)
	if lexical.IsBlank(text) {
		return nil
	}
	references, err := ParseReferences(text)
	if err == nil {
		return references
	}
	if d.lenient {
		return d.repairReferences(e, text)
	}
	d.fault(e, RuleReferences, err.Error(), "write sender,identifier,sent of each earlier message, with spaces between")
	return nil
}

// language returns the text of a language. The schema gives an empty element,
// but not one of white space, its default.
func (d *decoder) language(e *element) string {
	text := d.leaf(e)
	tag := trimSpace(text)
	if text == "" || checkLanguage(tag) == nil {
		return tag
	}
	if !d.lenient {
		d.fault(e, RuleLanguage, fmt.Sprintf("%q is not a language tag", lexical.Clip(text)), languageRemedy)
		return ""
	}
	used := strings.ReplaceAll(tag, "_", "-")
	if checkLanguage(used) != nil {
		used = "und"
	}
	d.repaired(e, RuleRepairValue, "is not a language tag; rewritten", text, used)
	return used
}

const languageRemedy = "write a tag such as de-DE"

// size returns the number of bytes of a resource.
func (d *decoder) size(e *element) (int64, bool) {
	text := trimSpace(d.leaf(e))
	if !isInteger(text) || digits(text) > maxDigits {
		d.amiss(e, RuleNumber, fmt.Sprintf("%q is not a whole number of at most %d digits", lexical.Clip(text), maxDigits), "give the size in bytes")
		return 0, false
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 {
		d.amiss(e, RuleResource, "is not a possible size", "give the size in bytes")
		return 0, false
	}
	return size, true
}

// height returns the feet of an altitude or a ceiling.
func (d *decoder) height(e *element) (float64, bool) {
	height, err := parseHeight(trimSpace(d.leaf(e)))
	if err != nil {
		d.amiss(e, RuleNumber, err.Error(), heightRemedy)
		return 0, false
	}
	return height, true
}

// trimmed returns the text of an identifier or a sender.
func (d *decoder) trimmed(e *element, text string) string {
	used := trimSpace(text)
	if !d.lenient || used == text {
		return text
	}
	d.repaired(e, RuleRepairText, "has white space around it; removed", text, used)
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
			d.repaired(e, RuleRepairValue, fmt.Sprintf("is written %q; rewritten", lexical.Clip(text)), text, string(k))
			return k
		}
	}
	message := fmt.Sprintf("has the unknown value %q", lexical.Clip(text))
	switch {
	case e.parent == d.doc.root:
		return E(text)
	case fallback == "":
		d.leaveOut(e, message)
		return ""
	}
	d.repaired(e, RuleRepairValue, message+"; taken as "+string(fallback), text, string(fallback))
	return fallback
}
