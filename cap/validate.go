// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

var (
	statuses      = []Status{StatusActual, StatusExercise, StatusSystem, StatusTest, StatusDraft}
	msgTypes      = []MsgType{MsgTypeAlert, MsgTypeUpdate, MsgTypeCancel, MsgTypeAck, MsgTypeError}
	scopes        = []Scope{ScopePublic, ScopeRestricted, ScopePrivate}
	categories    = []Category{CategoryGeo, CategoryMet, CategorySafety, CategorySecurity, CategoryRescue, CategoryFire, CategoryHealth, CategoryEnv, CategoryTransport, CategoryInfra, CategoryCBRNE, CategoryOther}
	responseTypes = []ResponseType{ResponseShelter, ResponseEvacuate, ResponsePrepare, ResponseExecute, ResponseAvoid, ResponseMonitor, ResponseAssess, ResponseAllClear, ResponseNone}
	urgencies     = []Urgency{UrgencyImmediate, UrgencyExpected, UrgencyFuture, UrgencyPast, UrgencyUnknown}
	severities    = []Severity{SeverityExtreme, SeveritySevere, SeverityModerate, SeverityMinor, SeverityUnknown}
	certainties   = []Certainty{CertaintyObserved, CertaintyLikely, CertaintyPossible, CertaintyUnlikely, CertaintyUnknown}
)

// Validate checks a message as [Read] does: what the schema asks for, and the
// specification's own rules. Its error is an *InvalidError whose findings have
// no line and column.
func Validate(a *Alert) error {
	v := &validator{}
	v.alert(a)
	if len(v.faults) == 0 {
		return nil
	}
	kept := min(len(v.faults), maxFaults)
	return &InvalidError{Findings: v.faults[:kept], Omitted: v.omitted + len(v.faults) - kept}
}

// validator collects faults while it walks a message; path is where it is.
type validator struct {
	path    []step
	faults  []Finding
	omitted int
}

// step is an element of a path, and its number from 0, or -1.
type step struct {
	name  string
	index int
}

const once = -1

// fault records what is wrong with a field, the index'th of its name. A reader
// leaves out what it has found itself, hence the room for twice as many.
func (v *validator) fault(rule Rule, field string, index int, message, remedy string) {
	if len(v.faults) == 2*maxFaults {
		v.omitted++
		return
	}
	path := "alert"
	for _, s := range append(v.path, step{field, index}) {
		path += "/" + s.name
		if s.index != once {
			path += "[" + strconv.Itoa(s.index+1) + "]"
		}
	}
	v.faults = append(v.faults, Finding{Rule: rule, Severity: GravityError, Path: path, Message: message, Remedy: remedy})
}

func (v *validator) faultIf(rule Rule, field string, err error, remedy string) {
	if err != nil {
		v.fault(rule, field, once, err.Error(), remedy)
	}
}

// each calls check for every item of a list, with the path at that item.
func each[T any](v *validator, field string, items []T, check func(*validator, *T)) {
	for i := range items {
		v.path = append(v.path, step{field, i})
		check(v, &items[i])
		v.path = v.path[:len(v.path)-1]
	}
}

// oneOf requires one of the known values.
func oneOf[E ~string](v *validator, field string, index int, value E, known []E) {
	if slices.Contains(known, value) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	message := "is missing or empty"
	if value != "" {
		message = fmt.Sprintf("has the unknown value %q", lexical.Clip(string(value)))
	}
	v.fault(RuleValue, field, index, message, "use one of "+strings.Join(names, ", "))
}

// text allows any text that XML can carry.
func (v *validator) text(field, value string) { v.item(field, once, value) }

func (v *validator) item(field string, index int, value string) {
	if i := lexical.Illegal(value); i >= 0 {
		v.fault(RuleCharacter, field, index, fmt.Sprintf("has a character at byte %d that XML cannot carry", i+1), "remove it")
	}
}

func (v *validator) token(rule Rule, field, value string) {
	v.faultIf(rule, field, checkToken(value), "give it a name without spaces, commas, < and &")
	v.text(field, value)
}

func (v *validator) time(field string, t Time) {
	v.faultIf(RuleTime, field, t.check(), "give it whole seconds and an offset from UTC, as NewTime does")
}

func (v *validator) alert(a *Alert) {
	v.token(RuleIdentifier, "identifier", a.Identifier)
	v.token(RuleSender, "sender", a.Sender)
	if a.Sent.IsZero() {
		v.fault(RuleCardinality, "sent", once, "is missing", "give the time at which the message is sent")
	}
	v.time("sent", a.Sent)
	oneOf(v, "status", once, a.Status, statuses)
	oneOf(v, "msgType", once, a.MsgType, msgTypes)
	v.text("source", a.Source)
	oneOf(v, "scope", once, a.Scope, scopes)
	v.text("restriction", a.Restriction)
	v.text("addresses", a.Addresses)
	v.scope(a)
	for i, code := range a.Code {
		v.item("code", i, code)
	}
	v.text("note", a.Note)
	for _, reference := range a.References {
		if err := reference.check(); err != nil {
			v.fault(RuleReferences, "references", once, err.Error(), "write sender,identifier,sent of the earlier message as they stand there")
		}
		v.text("references", reference.Sender)
		v.text("references", reference.Identifier)
	}
	v.text("incidents", a.Incidents)
	each(v, "info", a.Info, (*validator).info)
}

// scope holds who is addressed under which scope.
func (v *validator) scope(a *Alert) {
	switch {
	case a.Scope == ScopeRestricted && lexical.IsBlank(a.Restriction):
		v.fault(RuleScope, "restriction", once, "is missing, though the scope is Restricted", "say who may have the message")
	case a.Scope != ScopeRestricted && a.Restriction != "":
		v.fault(RuleScope, "restriction", once, "is given, though the scope is not Restricted", "leave it out, or set the scope to Restricted")
	}
	if a.Scope == ScopePrivate && lexical.IsBlank(a.Addresses) {
		v.fault(RuleScope, "addresses", once, "is missing, though the scope is Private", "name the recipients")
	}
}

func (v *validator) info(i *Info) {
	if i.Language != "" {
		v.faultIf(RuleLanguage, "language", checkLanguage(i.Language), languageRemedy)
	}
	if len(i.Category) == 0 {
		v.fault(RuleCardinality, "category", once, "is missing", "give at least one")
	}
	for n, category := range i.Category {
		oneOf(v, "category", n, category, categories)
	}
	v.text("event", i.Event)
	for n, response := range i.ResponseType {
		oneOf(v, "responseType", n, response, responseTypes)
	}
	oneOf(v, "urgency", once, i.Urgency, urgencies)
	oneOf(v, "severity", once, i.Severity, severities)
	oneOf(v, "certainty", once, i.Certainty, certainties)
	v.text("audience", i.Audience)
	each(v, "eventCode", i.EventCode, (*validator).namedValue)
	v.time("effective", i.Effective)
	v.time("onset", i.Onset)
	v.time("expires", i.Expires)
	v.text("senderName", i.SenderName)
	v.text("headline", i.Headline)
	v.text("description", i.Description)
	v.text("instruction", i.Instruction)
	v.uri("web", i.Web)
	v.text("contact", i.Contact)
	each(v, "parameter", i.Parameter, (*validator).namedValue)
	each(v, "resource", i.Resource, (*validator).resource)
	each(v, "area", i.Area, (*validator).area)
}

func (v *validator) namedValue(n *NamedValue) {
	v.text("valueName", n.ValueName)
	v.text("value", n.Value)
}

func (v *validator) uri(field, value string) {
	v.faultIf(RuleURI, field, checkURI(value), "write a URI such as https://example.org/page")
	v.text(field, value)
}

func (v *validator) resource(r *Resource) {
	v.text("resourceDesc", r.ResourceDesc)
	v.text("mimeType", r.MimeType)
	if r.Size != nil && *r.Size < 0 {
		v.fault(RuleResource, "size", once, "is below 0", "give the size in bytes")
	}
	v.uri("uri", r.URI)
	if r.URI != "" && r.DerefURI == "" && !isAbsolute(r.URI) {
		v.fault(RuleResource, "uri", once, "is relative, though derefUri is not there", "write the whole address, such as https://example.org/file")
	}
	v.text("derefUri", r.DerefURI)
	v.text("digest", r.Digest)
}

func (v *validator) area(a *Area) {
	v.text("areaDesc", a.AreaDesc)
	for n, polygon := range a.Polygon {
		if err := polygon.check(); err != nil {
			v.fault(RulePolygon, "polygon", n, err.Error(), "give four or more latitude,longitude pairs, the last like the first")
		}
	}
	for n, circle := range a.Circle {
		if err := circle.check(); err != nil {
			v.fault(RuleCircle, "circle", n, err.Error(), "give latitude,longitude and a radius in kilometres")
		}
	}
	each(v, "geocode", a.Geocode, (*validator).namedValue)
	if a.Altitude != nil {
		v.faultIf(RuleNumber, "altitude", checkHeight(*a.Altitude), heightRemedy)
	}
	if a.Ceiling != nil {
		v.faultIf(RuleNumber, "ceiling", checkHeight(*a.Ceiling), heightRemedy)
		if a.Altitude == nil {
			v.fault(RuleHeight, "ceiling", once, "is given without altitude", "give altitude too, or leave it out")
		}
	}
}

const heightRemedy = "give feet above mean sea level, with two decimals at most"
