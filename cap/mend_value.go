// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// values rewrites the texts below e into the form that CAP 1.2 asks for, and
// takes out those that cannot be.
func (m *mender) values(e *node) {
	kept := e.children[:0:0]
	count := map[string]int{}
	for _, child := range e.children {
		local := child.name.Local
		if repeated[local] {
			child.index = count[local] + 1
		}
		if contents[local] != nil {
			if m.values(child); !m.complete(child) {
				continue
			}
		} else if !m.value(child) {
			continue
		}
		count[local]++
		kept = append(kept, child)
		if local == "category" || local == "responseType" {
			for _, more := range m.several(child) {
				count[local]++
				kept = append(kept, more)
			}
		}
	}
	e.children = kept
}

// value rewrites the text of one element, and reports whether it may stay.
func (m *mender) value(e *node) bool {
	switch e.name.Local {
	case "sent", "effective", "onset", "expires":
		return m.time(e)
	case "identifier", "sender":
		return m.token(e)
	case "status":
		choose(m, e, statuses, nil)
	case "msgType":
		choose(m, e, msgTypes, nil)
	case "scope":
		choose(m, e, scopes, nil)
	case "category":
		m.choice(e, choose(m, e, categories, categoryWords), string(CategoryOther))
	case "responseType":
		return m.choice(e, choose(m, e, responseTypes, responseWords), "")
	case "urgency":
		m.choice(e, choose(m, e, urgencies, nil), string(UrgencyUnknown))
	case "severity":
		m.choice(e, choose(m, e, severities, nil), string(SeverityUnknown))
	case "certainty":
		m.choice(e, choose(m, e, certainties, certaintyWords), string(CertaintyUnknown))
	case "references":
		return m.references(e)
	case "language":
		return m.language(e)
	case "event", "audience", "senderName", "headline", "description", "instruction", "contact", "resourceDesc", "areaDesc":
		if used := plain(e.text); used != e.text {
			m.rewrite(e, RuleRepairHTML, "has HTML in its text; resolved", used)
		}
	case "web", "uri":
		return m.uri(e)
	case "polygon":
		return m.polygon(e)
	case "circle":
		return m.measured(e, RuleRepairCircle, func(text string) error { _, err := ParseCircle(text); return err },
			func(text string) (string, bool) { circle, ok := parseLooseCircle(text); return circle.String(), ok })
	case "altitude", "ceiling":
		return m.measured(e, RuleRepairHeight, func(text string) error { _, err := parseHeight(text); return err },
			func(text string) (string, bool) {
				feet, ok := parseLooseHeight(text)
				return string(appendDecimal(nil, feet)), ok
			})
	case "size":
		return m.measured(e, RuleRepairSize, func(text string) error { _, _, err := parseSize(text); return err },
			func(text string) (string, bool) {
				size, ok := parseLooseSize(text)
				return strconv.FormatInt(size, 10), ok
			})
	}
	return true
}

// isEmpty takes out an element that says nothing and may not be empty.
func (m *mender) isEmpty(e *node) bool {
	if !lexical.IsBlank(e.text) {
		return false
	}
	m.repaired(e, RuleRepairEmpty, "is empty; left out", "", "")
	return true
}

// measured rewrites a text that parse refuses with what loose makes of it, or
// drops it.
func (m *mender) measured(e *node, rule Rule, parse func(string) error, loose func(string) (string, bool)) bool {
	err := parse(trimSpace(e.text))
	if err == nil {
		return true
	}
	if m.isEmpty(e) {
		return false
	}
	used, ok := loose(e.text)
	if !ok {
		m.drop(e, RuleRepairUnusable, err.Error())
		return false
	}
	m.rewrite(e, rule, err.Error()+"; rewritten", used)
	return true
}

func (m *mender) polygon(e *node) bool {
	_, err := ParsePolygon(e.text)
	if err == nil {
		return true
	}
	if m.isEmpty(e) {
		return false
	}
	shape, ok := parseLoosePoints(e.text)
	if !ok {
		m.drop(e, RuleRepairUnusable, err.Error())
		return false
	}
	if shape.points.distinct() < 3 {
		m.drop(e, RuleRepairUnusable, "has fewer than three different points")
		return false
	}
	original := e.text
	if n := len(shape.points); shape.points[0] != shape.points[n-1] {
		shape.points, shape.closed = append(shape.points, shape.points[0]), true
	}
	e.text = shape.points.String()
	for _, done := range []struct {
		is      bool
		rule    Rule
		message string
	}{
		{shape.rewritten, RuleRepairPolygon, "is not written as latitude,longitude pairs with spaces between; rewritten"},
		{shape.swapped, RuleRepairSwapped, "has longitudes before latitudes, which are beyond 90; swapped"},
		{shape.wrapped, RuleRepairWrapped, "has longitudes beyond 180; taken round the globe"},
		{shape.closed, RuleRepairOpen, "is not closed; the first point was repeated at the end"},
	} {
		if done.is {
			m.repaired(e, done.rule, done.message, original, e.text)
		}
	}
	return true
}

// word reduces the value of an enumeration to its letters.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// Words that the specification itself uses to say what a value means, and
// those of CAP 1.0.
var (
	categoryWords = map[string]string{"geophysical": "Geo", "meteorological": "Met", "meteo": "Met", "weather": "Met",
		"environmental": "Env", "environment": "Env", "infrastructure": "Infra", "transportation": "Transport", "cbrn": "CBRNE"}
	responseWords  = map[string]string{"evacuation": "Evacuate", "preparation": "Prepare", "monitoring": "Monitor", "avoidance": "Avoid", "assessment": "Assess"}
	certaintyWords = map[string]string{"verylikely": "Likely"}
)

// match returns the known value that a text means, "" if there is none.
func match[E ~string](text string, known []E, words map[string]string) E {
	letters := word(text)
	for _, k := range known {
		if strings.ToLower(string(k)) == letters {
			return k
		}
	}
	return E(words[letters])
}

// choose rewrites the value of an enumeration if it is known in other
// spelling, and returns whether it is.
func choose[E ~string](m *mender, e *node, known []E, words map[string]string) bool {
	if slices.Contains(known, E(e.text)) {
		return true
	}
	if used := match(e.text, known, words); used != "" {
		m.rewrite(e, RuleRepairValue, fmt.Sprintf("is written %q; rewritten", lexical.Clip(e.text)), string(used))
		return true
	}
	return false
}

// choice puts the fallback in the place of an unknown value, which it keeps;
// without a fallback it takes the element out. A list of known values stays
// for several.
func (m *mender) choice(e *node, known bool, fallback string) bool {
	if known || len(listed(e)) > 1 {
		return true
	}
	original := trimSpace(e.text)
	message := fmt.Sprintf("has the unknown value %q", lexical.Clip(original))
	if original == "" {
		message = "is empty"
	}
	if fallback == "" {
		if original == "" {
			m.isEmpty(e)
		} else {
			m.drop(e, RuleRepairUnknownValue, message)
		}
		return false
	}
	if original != "" {
		message += "; " + m.keep(e, "", original)
	}
	m.rewrite(e, RuleRepairUnknownValue, message+"; taken as "+fallback, fallback)
	return true
}

// listed returns the values in an element that holds several, if all are known.
func listed(e *node) []string {
	find := func(text string) string { return string(match(text, responseTypes, responseWords)) }
	switch e.name.Local {
	case "category":
		find = func(text string) string { return string(match(text, categories, categoryWords)) }
	case "responseType":
	default:
		return nil
	}
	const most = 20 // there are no more values
	var values []string
	for part := range strings.FieldsFuncSeq(e.text, func(r rune) bool { return isSpaceRune(r) || strings.ContainsRune(",;/|", r) }) {
		value := find(part)
		if value == "" || len(values) == most {
			return nil
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

// several makes of a list of values one element for each; it returns those
// behind the first.
func (m *mender) several(e *node) (more []*node) {
	values := listed(e)
	if len(values) == 0 || e.text == values[0] {
		return nil
	}
	m.rewrite(e, RuleRepairList, "holds several values; made one element of each", values[0])
	m.repairs[len(m.repairs)-1].what.Used = strings.Join(values, " ")
	for _, value := range values[1:] {
		copied := e.clone()
		copied.text = value
		more = append(more, copied)
	}
	return more
}

// token rewrites a name in which stands what may not (section 3.2.1).
func (m *mender) token(e *node) bool {
	used := trimSpace(e.text)
	if checkToken(used) == nil {
		if used != e.text {
			m.rewrite(e, RuleRepairSpace, "has white space around it; removed", used)
		}
		return true
	}
	if m.isEmpty(e) {
		return false
	}
	m.rewrite(e, RuleRepairToken, "contains spaces, commas, < or &; replaced by _", asToken(used))
	return true
}

var notInToken = regexp.MustCompile(`[\s,<&]+`)

func asToken(text string) string {
	return notInToken.ReplaceAllString(trimSpace(text), "_")
}

// time rewrites a time. If it names no offset, it takes the one that all other
// times of the message name, else UTC.
func (m *mender) time(e *node) bool {
	text := trimSpace(e.text)
	if _, err := ParseTime(text); err == nil {
		return true
	}
	if m.isEmpty(e) {
		return false
	}
	loose, ok := parseLooseTime(text)
	offset := 0
	if m.otherTimes != nil {
		offset = *m.otherTimes
	}
	t, valid := loose.time(offset, e.name.Local == "expires")
	if !ok || !valid {
		m.drop(e, RuleRepairUnusable, errTimeForm(text).Error())
		return false
	}
	rule, message := RuleRepairTime, errTimeForm(text).Error()+"; rewritten"
	if loose.dateOnly {
		rule, message = RuleRepairDate, fmt.Sprintf("%q names no time of day; taken as the beginning of the day", lexical.Clip(text))
		if e.name.Local == "expires" {
			message = fmt.Sprintf("%q names no time of day; taken as the end of the day", lexical.Clip(text))
		}
	}
	if loose.offset == nil {
		if !loose.dateOnly {
			rule = RuleRepairZone
		}
		if m.otherTimes != nil {
			message += ", in the offset that the message's other times name, since it names none"
		} else {
			message += ", in UTC, since it names no offset"
		}
	}
	m.rewrite(e, rule, message, t.String())
	return true
}

// offsetOfTimes finds the offset that all times below e name which name one.
func offsetOfTimes(e *node, found map[int]bool) {
	switch spelled(e.name.Local) {
	case "sent", "effective", "onset", "expires":
		if t, ok := parseLooseTime(e.text); ok && t.offset != nil {
			found[*t.offset] = true
		}
	}
	for _, child := range e.children {
		offsetOfTimes(child, found)
	}
}

var looseReference = regexp.MustCompile(`([^,]*?)\s*,\s*([^,]*?)\s*,\s*(\d{4}-?\d{2}-?\d{2}[Tt ]\d{2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?\s?(?:[Zz]|[-+]\d{2}:?\d{2})?)(?:\s*[;,]\s+|\s+|[;,]|$)`)

// references rewrites the triples that can be read, and keeps what is between
// them.
func (m *mender) references(e *node) bool {
	if _, err := ParseReferences(e.text); err == nil || lexical.IsBlank(e.text) {
		return true
	}
	text := trimSpace(e.text)
	sender := asToken(m.root.textOf("sender"))
	kept, changed, from := References{}, false, 0
	leftOver := func(until int) {
		if rest := strings.Trim(text[from:until], " \t\r\n,;"); rest != "" {
			m.repaired(e, RuleRepairReference, "has what is no sender,identifier,sent triple; "+m.keep(e, "", rest), rest, "")
			changed = true
		}
	}
	for _, at := range looseReference.FindAllStringSubmatchIndex(text, -1) {
		reference := Reference{Sender: trimSpace(text[at[2]:at[3]]), Identifier: trimSpace(text[at[4]:at[5]]), Sent: trimSpace(text[at[6]:at[7]])}
		start := at[0]
		if space := strings.LastIndexAny(reference.Sender, " \t\r\n"); space >= 0 && asToken(reference.Sender) != sender {
			start = at[2] + strings.LastIndexAny(text[at[2]:at[3]], " \t\r\n") + 1
			reference.Sender = reference.Sender[space+1:]
		}
		if reference.check() != nil {
			reference = m.looseReference(reference)
		}
		if reference.check() != nil {
			continue // from stays, so that it is kept
		}
		leftOver(start)
		from = at[1]
		if written := trimSpace(text[start:at[1]]); written != reference.String() {
			m.repaired(e, RuleRepairReference, "is not a list of sender,identifier,sent triples; rewritten", strings.Trim(written, " ,;"), reference.String())
			changed = true
		}
		kept = append(kept, reference)
	}
	leftOver(len(text))
	if changed {
		e.text = kept.String()
	}
	return e.text != ""
}

func (m *mender) looseReference(r Reference) Reference {
	r.Sender, r.Identifier = asToken(r.Sender), asToken(r.Identifier)
	offset := 0
	if m.otherTimes != nil {
		offset = *m.otherTimes
	}
	if _, err := ParseTime(r.Sent); err == nil {
		return r
	}
	if loose, ok := parseLooseTime(r.Sent); ok {
		if t, ok := loose.time(offset, false); ok {
			r.Sent = t.String()
		}
	}
	return r
}

func (m *mender) language(e *node) bool {
	text := trimSpace(e.text)
	if e.text == "" || text != "" && checkLanguage(text) == nil {
		return true
	}
	if m.isEmpty(e) {
		return false
	}
	used := strings.NewReplacer("_", "-", "‑", "-", "–", "-", " ", "").Replace(text)
	if checkLanguage(used) == nil {
		m.rewrite(e, RuleRepairLanguage, "is not a language tag; rewritten", used)
		return true
	}
	m.rewrite(e, RuleRepairLanguage, "is not a language tag; "+m.keep(e, "", text)+"; taken as undetermined", "und")
	return true
}

// uri percent-encodes what may not stand in an address.
func (m *mender) uri(e *node) bool {
	text := trimSpace(e.text)
	if text == "" || checkURI(text) == nil && !strings.Contains(text, "&amp;") {
		return true
	}
	used := strings.ReplaceAll(text, "&amp;", "&")
	var b strings.Builder
	for i := range len(used) {
		c := used[i]
		isEscape := c == '%' && i+2 < len(used) && isHex(used[i+1]) && isHex(used[i+2])
		if strings.IndexByte(" \t\r\n<>\"{}|\\^`", c) >= 0 || c == '%' && !isEscape {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	if used = b.String(); checkURI(used) != nil {
		m.drop(e, RuleRepairUnusable, checkURI(used).Error())
		return false
	}
	m.rewrite(e, RuleRepairURI, "is not an address as RFC 3986 writes it; rewritten", used)
	return true
}

// digest names a message that has no identifier by its content.
func (m *mender) digest() string {
	return fmt.Sprintf("sha256-%x", sha256.Sum256([]byte(m.src)))[:39]
}
