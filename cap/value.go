// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"strconv"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The methods below decode one element each. They take what stands there and
// leave most rules to Validate.

func (d *decoder) info(e *element) Info {
	var i Info
	decodeFields(d, e, infoFields, &i)
	return i
}

func (d *decoder) resource(e *element) Resource {
	var r Resource
	decodeFields(d, e, resourceFields, &r)
	return r
}

func (d *decoder) area(e *element) Area {
	var a Area
	decodeFields(d, e, areaFields, &a)
	return a
}

func (d *decoder) namedValue(e *element) NamedValue {
	var n NamedValue
	decodeFields(d, e, namedValueFields, &n)
	return n
}

func (d *decoder) time(e *element) Time {
	t, err := ParseTime(trimSpace(d.leaf(e)))
	if err != nil {
		d.fault(e, RuleTime, err.Error(), "write it like 2026-11-23T14:05:00+01:00, UTC with -00:00")
	}
	return t
}

func (d *decoder) polygon(e *element) Polygon {
	polygon, err := parsePoints(d.leaf(e))
	if err != nil {
		d.fault(e, RulePolygon, err.Error(), "give four or more latitude,longitude pairs with spaces between, the last like the first")
	}
	return polygon
}

func (d *decoder) circle(e *element) Circle {
	circle, err := ParseCircle(d.leaf(e))
	if err != nil {
		d.fault(e, RuleCircle, err.Error(), "write latitude,longitude, a space, and the radius in kilometres")
	}
	return circle
}

func (d *decoder) references(e *element) References {
	text := d.leaf(e)
	if lexical.IsBlank(text) {
		return nil
	}
	references, err := ParseReferences(text)
	if err != nil {
		d.fault(e, RuleReferences, err.Error(), "write sender,identifier,sent of each earlier message, with spaces between")
	}
	return references
}

// language returns the text of a language. The schema gives an empty element,
// but not one of white space, its default.
func (d *decoder) language(e *element) string {
	text := d.leaf(e)
	tag := trimSpace(text)
	if text == "" || checkLanguage(tag) == nil {
		return tag
	}
	d.fault(e, RuleLanguage, fmt.Sprintf("%q is not a language tag", lexical.Clip(text)), languageRemedy)
	return ""
}

const languageRemedy = "write a tag such as de-DE"

// size returns the number of bytes of a resource.
func (d *decoder) size(e *element) (int64, bool) {
	size, rule, err := parseSize(trimSpace(d.leaf(e)))
	if err != nil {
		d.fault(e, rule, err.Error(), "give the size in bytes")
	}
	return size, err == nil
}

// parseSize reads a size. If it cannot, it names the rule that is broken.
func parseSize(text string) (int64, Rule, error) {
	if !isInteger(text) || digits(text) > maxDigits {
		return 0, RuleNumber, fmt.Errorf("%q is not a whole number of at most %d digits", lexical.Clip(text), maxDigits)
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 {
		return 0, RuleResource, fmt.Errorf("%q is not a possible size", lexical.Clip(text))
	}
	return size, "", nil
}

// height returns the feet of an altitude or a ceiling.
func (d *decoder) height(e *element) (float64, bool) {
	height, err := parseHeight(trimSpace(d.leaf(e)))
	if err != nil {
		d.fault(e, RuleNumber, err.Error(), heightRemedy)
		return 0, false
	}
	return height, true
}
