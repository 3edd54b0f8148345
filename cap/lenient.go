// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// namespace11 is the namespace of CAP 1.1, whose messages have the form of 1.2.
const namespace11 = "urn:oasis:names:tc:emergency:cap:1.1"

// ReadLenient reads a message of another issuer, in XML or in the JSON form,
// and repairs what can be repaired without guessing what was meant: the order
// of elements, the namespace of CAP 1.1 or none, times with Z or fractions,
// values in other case, open polygons, markup in text. What it cannot use it
// leaves out, never silently: every repair and every omission is a Finding
// with the original text. An empty element counts as an absent one.
//
// The Alert is valid: Write accepts it. If status, msgType, scope, identifier,
// sender, sent or event cannot be read, or the audience is restricted in a way
// that does not fit the scope, or 10,000 repairs do not suffice, the error is
// an *InvalidError; if the gate refuses the document, a *Refusal.
func ReadLenient(raw []byte) (*Alert, []Finding, error) {
	x, err := Examine(raw, Lenient)
	if err != nil {
		return nil, nil, err
	}
	a, err := x.result()
	if err != nil {
		return nil, nil, err
	}
	return a, x.Findings, nil
}

// The rules of repairs.
const (
	RuleRepairNamespace Rule = "repair.namespace"
	RuleRepairOrder     Rule = "repair.order"
	RuleRepairTime      Rule = "repair.time"
	RuleRepairValue     Rule = "repair.value"
	RuleRepairText      Rule = "repair.text"
	RuleRepairShape     Rule = "repair.shape"
	RuleRepairMissing   Rule = "repair.missing"
	RuleRepairLeftOut   Rule = "repair.left-out"
	RuleRepairSignature Rule = "repair.signature"
	RuleRepairLimit     Rule = "repair.limit"
)

const lenientSource = "docs/formats/cap.md, Read leniently"

var repairRules = []RuleInfo{
	{RuleRepairNamespace, GravityWarning, "Another namespace is read as that of CAP 1.2.", lenientSource},
	{RuleRepairOrder, GravityWarning, "Elements are put in the order of the schema.", lenientSource},
	{RuleRepairTime, GravityWarning, "Times in other forms are rewritten.", lenientSource},
	{RuleRepairValue, GravityWarning, "Values of lists in other words are taken as those specified.", lenientSource},
	{RuleRepairText, GravityWarning, "Markup and white space around text are removed.", lenientSource},
	{RuleRepairShape, GravityWarning, "Open polygons are closed.", lenientSource},
	{RuleRepairMissing, GravityWarning, "Missing elements get the value that says so.", lenientSource},
	{RuleRepairLeftOut, GravityWarning, "What cannot be used is left out.", lenientSource},
	{RuleRepairSignature, GravityWarning, "A signature is not checked.", lenientSource},
	{RuleRepairLimit, GravityError, "A message needs at most 10,000 repairs.", lenientSource},
}

// maxRepairs is how many repairs make a message unreadable.
const maxRepairs = 10_000

func parseLenient(raw []byte) (*document, error) {
	return parseXML(raw, lexical.Options{Limits: DefaultLimits()})
}

// repaired records that used was taken in the place of original.
func (d *decoder) repaired(e *element, rule Rule, message, original, used string) {
	if len(d.repairs) == maxRepairs {
		if len(d.faults) == 0 {
			d.fault(d.doc.root, RuleRepairLimit, fmt.Sprintf("needs more than %d repairs", maxRepairs), "ask the issuer for a valid message")
		}
		return
	}
	d.repairs = append(d.repairs, placed{e.offset, Finding{Rule: rule, Severity: GravityWarning,
		Path: e.path(), Message: message, Original: strings.Clone(original), Used: strings.Clone(used)}})
}

// leaveOut records that e is not in the Alert.
func (d *decoder) leaveOut(e *element, message string) {
	d.repaired(e, RuleRepairLeftOut, message+"; left out", e.allText(), "")
	e.dropped = true
}

// allText returns the text of an element and of those in it.
func (e *element) allText() string {
	if e.first == nil {
		return e.text
	}
	words := []string{trimSpace(e.text)}
	for child := e.first; child != nil; child = child.next {
		words = append(words, child.allText())
	}
	return trimSpace(strings.Join(words, " "))
}

func (d *decoder) repairRoot(root *element) {
	switch d.space {
	case Namespace:
	case namespace11, "":
		d.repaired(root, RuleRepairNamespace, "is not in the namespace of CAP 1.2; read as if it were", d.space, Namespace)
	default:
		d.notCAP(root)
	}
}

func (d *decoder) repairOrder(e *element) {
	d.repaired(e, RuleRepairOrder, "stands too late; moved to its place", "", "")
}

func (d *decoder) repairStray(e *element) {
	d.repaired(e, RuleRepairLeftOut, "has text between its elements; left out", trimSpace(e.text), "")
}

func (d *decoder) repairAttribute(e *element, a lexical.Attribute) {
	d.repaired(e, RuleRepairLeftOut, fmt.Sprintf("has the attribute %s, which CAP does not know; left out", lexical.Clip(a.Name.Local)), a.Value, "")
}

func (d *decoder) repairTags(e *element) string {
	d.repaired(e, RuleRepairText, fmt.Sprintf("holds the element <%s>, but may hold text only; its tags were left out", lexical.Clip(e.first.name.Local)), e.allText(), e.text)
	return e.text
}

func (d *decoder) reportSignature(e *element) {
	d.repaired(e, RuleRepairSignature, "holds a signature, which was not checked", "", "")
}

// fillsIn reports whether a lenient reading completes a missing element.
func fillsIn(field string) bool {
	return slices.Contains([]string{"category", "urgency", "severity", "certainty", "mimeType", "resourceDesc", "areaDesc", "valueName", "value"}, field)
}

// timeForms are forms in which issuers write times that name their offset.
// Fractions of a second may follow the seconds of each.
var timeForms = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05-0700",
	"2006-01-02T15:04:05-07",
	"2006-01-02T15:04Z07:00",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05-0700",
}

func repairTime(text string) (Time, bool) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, strings.ToUpper(text)); err == nil {
			repaired := NewTime(t)
			return repaired, repaired.check() == nil && !repaired.IsZero()
		}
	}
	return Time{}, false
}

// repairReferences keeps the triples that can be read.
func (d *decoder) repairReferences(e *element, text string) References {
	var kept References
	for _, word := range strings.FieldsFunc(text, isSpaceRune) {
		reference, err := parseReference(word)
		if err == nil {
			kept = append(kept, reference)
			continue
		}
		if t, ok := repairTime(reference.Sent); ok {
			reference.Sent = t.String()
			if reference.check() == nil {
				d.repaired(e, RuleRepairTime, err.Error()+"; rewritten", word, reference.String())
				kept = append(kept, reference)
				continue
			}
		}
		d.repaired(e, RuleRepairLeftOut, err.Error()+"; left out", word, "")
	}
	return kept
}

var (
	lineBreak = regexp.MustCompile(`(?i)<br\s*/?>`)
	entity    = regexp.MustCompile(`&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z]+);`)
)

// prose returns text for people; a lenient decoder resolves HTML's line breaks
// and character references in it.
func (d *decoder) prose(e *element, text string) string {
	if !d.lenient || !strings.ContainsAny(text, "<&") {
		return text
	}
	used := entity.ReplaceAllStringFunc(lineBreak.ReplaceAllString(text, "\n"), html.UnescapeString)
	if used == text || lexical.Illegal(used) >= 0 {
		return text
	}
	d.repaired(e, RuleRepairText, "has HTML in its text; resolved", text, used)
	return used
}

// completeInfo fills required elements that are absent with the values that
// say so, and leaves out what may not stand.
func (d *decoder) completeInfo(e *element, i *Info) {
	if len(i.Category) == 0 {
		i.Category = []Category{CategoryOther}
		d.repaired(e, RuleRepairMissing, "lacks category; filled in", "", string(CategoryOther))
	}
	complete(d, e, "urgency", &i.Urgency, UrgencyUnknown)
	complete(d, e, "severity", &i.Severity, SeverityUnknown)
	complete(d, e, "certainty", &i.Certainty, CertaintyUnknown)
	d.dropURI(e, "web", &i.Web)
}

func (d *decoder) completeResource(e *element, r *Resource) {
	complete(d, e, "mimeType", &r.MimeType, "application/octet-stream")
	complete(d, e, "resourceDesc", &r.ResourceDesc, "-")
	d.dropURI(e, "uri", &r.URI)
	if r.URI != "" && r.DerefURI == "" && !isAbsolute(r.URI) {
		r.URI = ""
		d.leaveOut(e.find("resource/uri"), "is not an absolute URI such as https://example.org/page")
	}
}

func (d *decoder) completeArea(e *element, a *Area) {
	complete(d, e, "areaDesc", &a.AreaDesc, "-")
	if a.Ceiling != nil && a.Altitude == nil {
		a.Ceiling = nil
		d.leaveOut(e.find("area/ceiling"), "is given without altitude")
	}
}

func complete[E ~string](d *decoder, e *element, field string, value *E, fallback E) {
	if *value == "" {
		*value = fallback
		d.repaired(e, RuleRepairMissing, "lacks "+field+"; filled in", "", string(fallback))
	}
}

func (d *decoder) dropURI(e *element, field string, value *string) {
	if err := checkURI(*value); err != nil {
		*value = ""
		d.leaveOut(e.find(e.name.Local+"/"+field), err.Error())
	}
}
