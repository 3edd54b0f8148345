// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package federal reads and writes the forms in which the German federal
// warning API (api31) publishes a warning: the detail form, which is CAP in
// JSON with habits of its own, and GeoJSON with the areas.
//
// [Read] takes the detail form as it comes, with its upper-case languages, its
// HTML in text and its polygons of longitude before latitude, and reports every
// repair. [Join] adds the areas out of the GeoJSON file that goes with it.
// [WriteDetail] and [WriteGeoJSON] write a clean superset: every field is always
// there, so that no client stumbles over a missing one, and Read gives the same
// message back. docs/formats/federal-json.md describes both forms.
package federal

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The rules of the repairs that the federal forms need before the message can be
// read as any other is.
const (
	RuleLanguage   cap.Rule = "federal.language"   // a language in another form
	RuleHTML       cap.Rule = "federal.html"       // HTML in text
	RulePolygon    cap.Rule = "federal.polygon"    // fillers, or latitude first
	RuleKind       cap.Rule = "federal.kind"       // a JSON value of another kind
	RuleUnknown    cap.Rule = "federal.unknown"    // a key that CAP has no element for
	RuleCharacters cap.Rule = "federal.characters" // characters that XML cannot carry
	RuleArea       cap.Rule = "federal.area"       // areas joined or not found
)

const source = "docs/formats/federal-json.md"

// Rules lists the rules of this package.
func Rules() []cap.RuleInfo {
	return []cap.RuleInfo{
		{ID: RuleLanguage, Severity: cap.GravityWarning, Title: "A language is a tag of BCP 47.", Source: source},
		{ID: RuleHTML, Severity: cap.GravityWarning, Title: "Text has no HTML in it.", Source: source},
		{ID: RulePolygon, Severity: cap.GravityWarning, Title: "A polygon or circle is of longitude,latitude pairs, without fillers.", Source: source},
		{ID: RuleKind, Severity: cap.GravityWarning, Title: "A value is of the kind that its key has.", Source: source},
		{ID: RuleUnknown, Severity: cap.GravityWarning, Title: "A key is the name of a CAP element, once.", Source: source},
		{ID: RuleCharacters, Severity: cap.GravityWarning, Title: "Text is of characters that XML can carry.", Source: source},
		{ID: RuleArea, Severity: cap.GravityWarning, Title: "Areas and their outlines belong together by their AreaId.", Source: source},
	}
}

// Is reports whether a JSON text is a message in the detail form or GeoJSON, and
// not in the JSON form of package cap, which has the same keys but latitudes
// before longitudes. The marks of the detail form are the geocode AreaId, a code
// of the federal distribution (DVN), a language in capitals, and what WriteDetail
// adds.
func Is(raw []byte) bool {
	_, root, err := parse(raw)
	return err == nil && root.isDetail()
}

// isDetail reports whether an object has a mark of the forms.
func (n *node) isDetail() bool {
	if n.member(filledKey) != nil || n.isCollection() {
		return true
	}
	for _, code := range n.list("code") {
		if strings.HasPrefix(code.text, "DVN:") {
			return true
		}
	}
	for _, info := range n.list("info") {
		for _, language := range info.list("language") {
			if primary, _, _ := strings.Cut(language.text, "-"); primary != strings.ToLower(primary) {
				return true
			}
		}
		for _, area := range info.list("area") {
			for _, geocode := range area.list("geocode") {
				if name := geocode.member("valueName"); name != nil && name.text == areaID {
					return true
				}
			}
		}
	}
	return false
}

func (n *node) isCollection() bool {
	kind := n.member("type")
	return kind != nil && kind.text == "FeatureCollection"
}

// list returns the values of a member, whether they stand in an array or not.
func (n *node) list(key string) []*node {
	switch member := n.member(key); {
	case member == nil:
		return nil
	case member.kind == array:
		return member.items
	default:
		return []*node{member}
	}
}

// Read reads a message in JSON: in the detail form, out of GeoJSON that carries
// one as WriteGeoJSON's does, or else in the JSON form of package cap. What the
// detail form's habits demand it repairs itself; the rest is read as cap.Read
// does, or else as cap.ReadLenient. The findings are all repairs, in the order of
// the text; their paths are those of CAP.
//
// The error is a *cap.Refusal if the text is not JSON or beyond the bounds of
// cap.DefaultLimits, else a *cap.InvalidError.
func Read(raw []byte) (*cap.Alert, []cap.Finding, error) {
	text, root, err := parse(raw)
	if err != nil {
		return nil, nil, err
	}
	if !root.isDetail() {
		return cap.ReadLenient(raw)
	}
	if root.isCollection() {
		if root = root.member(messageMember); root == nil || root.kind != object {
			return nil, nil, &cap.InvalidError{Findings: []cap.Finding{{Rule: RuleArea, Severity: cap.GravityError, Path: "alert",
				Message: "is not in this GeoJSON, which has areas only", Remedy: "give the warning's detail file, and this one for its areas"}}}
		}
	}
	c := &converter{text: text}
	document := c.convert(root)
	alert, err := cap.Read(document)
	var findings []cap.Finding
	if _, invalid := errors.AsType[*cap.InvalidError](err); invalid {
		alert, findings, err = cap.ReadLenient(document)
	}
	c.place(findings)
	switch failed := err.(type) {
	case *cap.InvalidError:
		c.place(failed.Findings)
		return nil, nil, failed
	case *cap.Refusal:
		failed.Line, failed.Column = c.position(c.offsetOf(failed.Line))
		return nil, nil, failed
	case nil:
	default:
		return nil, nil, err
	}
	findings = append(c.findings(), findings...)
	slices.SortStableFunc(findings, func(a, b cap.Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return alert, findings, nil
}

// place gives findings in the document that was made their place in the text.
func (c *converter) place(findings []cap.Finding) {
	for i := range findings {
		findings[i].Line, findings[i].Column = c.position(c.offsetOf(findings[i].Line))
	}
}

// offsetOf is where in the text the thing stands that a line was made of.
func (c *converter) offsetOf(line int) int {
	if line < 1 || line > len(c.lines) {
		return 0
	}
	return c.lines[line-1]
}

// position returns the line and the column of an offset. It is quick for offsets
// near each other, since the whole text may be one line.
func (c *converter) position(offset int) (line, column int) {
	if offset < c.known.offset {
		c.known = place{line: 1, column: 1}
	}
	passed := c.text[c.known.offset:offset]
	line, column = lexical.Position(passed, len(passed))
	if line == 1 {
		column += c.known.column - 1
	}
	c.known = place{offset: offset, line: c.known.line + line - 1, column: column}
	return c.known.line, c.known.column
}

type place struct{ offset, line, column int }

// findings gives the converter's own findings, each with its place.
func (c *converter) findings() []cap.Finding {
	slices.SortStableFunc(c.found, func(a, b found) int { return cmp.Compare(a.offset, b.offset) })
	all := make([]cap.Finding, len(c.found))
	for i, f := range c.found {
		all[i] = f.finding
		all[i].Line, all[i].Column = c.position(f.offset)
		all[i].Original, all[i].Used = strings.Clone(f.finding.Original), strings.Clone(f.finding.Used)
	}
	return all
}
