// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// field is a CAP element as the detail form has it.
type field struct {
	name string
	// list says that it may stand more than once, required that it stands even
	// if it is empty.
	list, required bool
	// fields are those of an element that holds elements.
	fields []field
	// read turns the text of the form into CAP's.
	read func(c *converter, at where, text string) string
}

var pairFields = []field{{name: "valueName", required: true}, {name: "value", required: true}}

// alertFields are in the order of the schema.
var alertFields = []field{
	{name: "identifier", required: true}, {name: "sender", required: true}, {name: "sent", required: true},
	{name: "status", required: true}, {name: "msgType", required: true}, {name: "source"}, {name: "scope", required: true},
	{name: "restriction"}, {name: "addresses"}, {name: "code", list: true, required: true}, {name: "note"}, {name: "references"}, {name: "incidents"},
	{name: "info", list: true, fields: []field{
		{name: "language", read: (*converter).language}, {name: "category", list: true, required: true},
		{name: "event", required: true, read: (*converter).prose}, {name: "responseType", list: true, required: true},
		{name: "urgency", required: true}, {name: "severity", required: true}, {name: "certainty", required: true},
		{name: "audience"}, {name: "eventCode", list: true, fields: pairFields},
		{name: "effective"}, {name: "onset"}, {name: "expires"}, {name: "senderName", read: (*converter).prose},
		{name: "headline", read: (*converter).prose}, {name: "description", read: (*converter).prose}, {name: "instruction", read: (*converter).prose},
		{name: "web"}, {name: "contact", read: (*converter).prose}, {name: "parameter", list: true, fields: pairFields},
		{name: "resource", list: true, fields: []field{
			{name: "resourceDesc", required: true, read: (*converter).prose}, {name: "mimeType", required: true}, {name: "size"}, {name: "uri"}, {name: "derefUri"}, {name: "digest"}}},
		{name: "area", list: true, fields: []field{
			{name: "areaDesc", required: true, read: (*converter).prose}, {name: "polygon", list: true, required: true, read: (*converter).polygon},
			{name: "circle", list: true, required: true, read: (*converter).circle}, {name: "geocode", list: true, fields: pairFields},
			{name: "altitude"}, {name: "ceiling"}}},
	}},
}

// filledKey names the member that lists what WriteDetail filled in.
const filledKey = "filled"

// converter writes a message in the detail form as CAP in XML, every leaf on its
// own line, so that what is found there can be traced back.
type converter struct {
	text   string
	out    strings.Builder
	lines  []int // of every line written, where in the text it comes from
	found  []found
	known  place
	filled map[string]bool
	// own says that WriteDetail wrote the message.
	own bool
}

type found struct {
	offset  int
	finding cap.Finding
}

// where is a place in the text and in the message.
type where struct {
	path   string
	offset int
}

func (c *converter) repaired(at where, rule cap.Rule, message, original, used string) {
	const most = 10_000
	if len(c.found) < most {
		c.found = append(c.found, found{at.offset, cap.Finding{Rule: rule, Severity: cap.GravityWarning, Path: at.path, Message: message, Original: original, Used: used}})
	}
}

func (c *converter) line(offset int, text ...string) {
	for _, part := range text {
		c.out.WriteString(part)
	}
	c.out.WriteByte('\n')
	c.lines = append(c.lines, offset)
}

func (c *converter) convert(root *node) []byte {
	c.known = place{line: 1, column: 1}
	c.filled = map[string]bool{}
	if list := root.member(filledKey); list != nil {
		c.own = true
		for _, item := range list.items {
			c.filled[item.text] = true
		}
	}
	c.line(root.offset, `<alert xmlns="`, cap.Namespace, `">`)
	c.members(root, alertFields, where{path: "alert"}, "")
	c.line(root.offset, "</alert>")
	return []byte(c.out.String())
}

// members writes the members of an object. pointer is the path of the object in
// the JSON.
func (c *converter) members(n *node, fields []field, at where, pointer string) {
	seen := map[string]*node{}
	for _, member := range n.items {
		here := where{at.path + "/" + member.key, member.offset}
		known := slices.ContainsFunc(fields, func(f field) bool { return f.name == member.key })
		switch {
		case member.key == filledKey && pointer == "":
		case !known:
			c.repaired(here, RuleUnknown, "is not known; left out", shown(member), "")
		case seen[member.key] != nil:
			c.repaired(here, RuleUnknown, "stands twice; the first is taken", shown(member), "")
		default:
			seen[member.key] = member
		}
	}
	for _, f := range fields {
		if member := seen[f.name]; member != nil {
			c.member(f, member, at, pointer)
		}
	}
}

// shown is a value for a finding.
func shown(n *node) string {
	if n.kind == object || n.kind == array {
		return string(n.kind)
	}
	return n.text
}

// member writes the value of one key.
func (c *converter) member(f field, member *node, at where, pointer string) {
	here := where{at.path + "/" + f.name, member.offset}
	if pointer != "" {
		pointer += "."
	}
	pointer += f.name
	items := []*node{member}
	switch {
	case member.kind == null || c.filled[pointer]:
		return
	case member.kind == array:
		items = member.items
		if !f.list {
			items = c.joined(f, here, member)
		}
	case f.list:
		c.repaired(here, RuleKind, "is not in an array; read as if it were", shown(member), shown(member))
	}
	n := 0
	for i, item := range items {
		itemPointer := pointer
		if f.list {
			itemPointer = fmt.Sprintf("%s[%d]", pointer, i)
			here = where{fmt.Sprintf("%s/%s[%d]", at.path, f.name, n+1), item.offset}
		}
		if c.filled[itemPointer] {
			continue
		}
		if c.item(f, item, here, itemPointer) {
			n++
		}
	}
}

// joined makes one text of an array for a key that has one text.
func (c *converter) joined(f field, at where, member *node) []*node {
	var words []string
	for _, item := range member.items {
		words = append(words, item.text)
	}
	one := &node{key: f.name, kind: text, text: strings.Join(words, " "), offset: member.offset}
	c.repaired(at, RuleKind, "is an array; its texts are joined", string(array), one.text)
	return []*node{one}
}

// item writes one element and reports whether there was one to write.
func (c *converter) item(f field, n *node, at where, pointer string) bool {
	if f.fields != nil {
		if n.kind != object {
			c.repaired(at, RuleKind, fmt.Sprintf("is %s, not an object; left out", n.kind), shown(n), "")
			return false
		}
		c.line(n.offset, "<", f.name, ">")
		c.members(n, f.fields, at, pointer)
		c.line(n.offset, "</", f.name, ">")
		return true
	}
	switch n.kind {
	case object, array:
		c.repaired(at, RuleKind, fmt.Sprintf("is %s, not a text; left out", n.kind), string(n.kind), "")
		return false
	case null:
		return false
	}
	if n.text == "" && !f.required {
		return false
	}
	value := c.characters(at, n)
	if f.read != nil {
		value = f.read(c, at, value)
	}
	c.line(n.offset, "<", f.name, ">", textEscape.Replace(value), "</", f.name, ">")
	return true
}

var textEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;", "\n", "&#xA;")

// characters replaces what XML cannot carry, and reports halves of surrogate
// pairs, which encoding/json replaces in silence.
func (c *converter) characters(at where, n *node) string {
	used := strings.Map(func(r rune) rune {
		if !lexical.IsLegal(r) {
			return utf8.RuneError
		}
		return r
	}, n.text)
	meant := strings.Count(n.written, replacement) + strings.Count(strings.ToLower(n.written), `\ufffd`)
	halves := strings.Count(n.text, replacement) > meant
	if halves || used != n.text {
		c.repaired(at, RuleCharacters, "has characters that XML cannot carry; replaced", n.text, used)
	}
	return used
}

// simpleGerman is how the federal API calls Leichte Sprache.
const simpleGerman = "DE-LS"

// language writes a tag as BCP 47 recommends.
func (c *converter) language(at where, tag string) string {
	used := tag
	switch {
	case strings.EqualFold(tag, simpleGerman):
		used = "de-simple"
	case tag == strings.ToUpper(tag):
		primary, rest, region := strings.Cut(tag, "-")
		used = strings.ToLower(primary)
		if region {
			used += "-" + rest
		}
	}
	if used != tag {
		c.repaired(at, RuleLanguage, "is in another form than BCP 47's; rewritten", tag, used)
	}
	return used
}

var (
	lineBreak = regexp.MustCompile(`(?i)<br\s*/?>`)
	entity    = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)
)

// prose resolves the line breaks and the character references of HTML.
func (c *converter) prose(at where, written string) string {
	if !strings.ContainsAny(written, "<&") {
		return written
	}
	used := entity.ReplaceAllStringFunc(lineBreak.ReplaceAllString(written, "\n"), func(reference string) string {
		if resolved := html.UnescapeString(reference); lexical.Illegal(resolved) < 0 {
			return resolved
		}
		return reference
	})
	if used != written && used != clean(written) {
		c.repaired(at, RuleHTML, "has HTML in its text; resolved", written, used)
	}
	return used
}

// clean resolves what WriteDetail writes, which needs no finding.
func clean(written string) string {
	if strings.Contains(written, "<") {
		return ""
	}
	plain := cleanEscape.Replace(written)
	if dirty(plain) && escaped(plain) == written {
		return plain
	}
	return ""
}

var cleanEscape = strings.NewReplacer("&amp;", "&", "&lt;", "<")

// dirty reports whether a text would be changed when it is read.
func dirty(plain string) bool { return lineBreak.MatchString(plain) || entity.MatchString(plain) }

// escaped is a text as WriteDetail writes it: as it is, unless it would be taken
// for HTML.
func escaped(plain string) string {
	if !dirty(plain) {
		return plain
	}
	return textUnclean.Replace(plain)
}

var textUnclean = strings.NewReplacer("&", "&amp;", "<", "&lt;")

// filler is how the federal API fills polygons up to a length.
const filler = "-1.0,-1.0"

// polygon turns longitude,latitude pairs round and leaves fillers out.
func (c *converter) polygon(at where, written string) string {
	words := strings.Fields(written)
	kept := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return word == filler })
	if fillers := len(words) - len(kept); fillers > 0 {
		c.repaired(at, RulePolygon, fmt.Sprintf("has %d fillers %s; left out", fillers, filler), written, strings.Join(kept, " "))
	}
	if c.latitudeFirst(at, kept, written) {
		return strings.Join(kept, " ")
	}
	for i, word := range kept {
		kept[i] = turned(word)
	}
	return strings.Join(kept, " ")
}

// circle turns the centre round.
func (c *converter) circle(at where, written string) string {
	words := strings.Fields(written)
	if len(words) == 0 || c.latitudeFirst(at, words[:1], written) {
		return written
	}
	words[0] = turned(words[0])
	return strings.Join(words, " ")
}

func turned(pair string) string {
	x, y, ok := strings.Cut(pair, ",")
	if !ok {
		return pair
	}
	return y + "," + x
}

// latitudeFirst reports whether pairs can only be latitude,longitude, as CAP and
// its JSON form have them. Of a message that WriteDetail did not write, that is so
// too if only so they lie in Germany.
func (c *converter) latitudeFirst(at where, pairs []string, written string) bool {
	turnedRound, asWritten := inside(pairs, world, true), inside(pairs, world, false)
	if turnedRound && asWritten && !c.own {
		turnedRound = !inside(pairs, germany, false) || inside(pairs, germany, true)
	}
	if turnedRound || !asWritten {
		return false
	}
	c.repaired(at, RulePolygon, "has latitude before longitude; read so", written, written)
	return true
}

// box is a part of the world, in degrees.
type box struct{ south, west, north, east float64 }

var (
	world   = box{-90, -180, 90, 180}
	germany = box{47, 5, 56, 16} // with its part of the seas
)

// inside reports whether there are pairs, and all lie in a box if their order is
// latitude,longitude, or the other one.
func inside(pairs []string, b box, longitudeFirst bool) bool {
	for _, pair := range pairs {
		if longitudeFirst {
			pair = turned(pair)
		}
		circle, err := cap.ParseCircle(pair + " 0")
		if err != nil {
			return false
		}
		if lat, lon := circle.Center.Lat, circle.Center.Lon; lat < b.south || lat > b.north || lon < b.west || lon > b.east {
			return false
		}
	}
	return len(pairs) > 0
}
