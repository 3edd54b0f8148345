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

// Validate checks a message as [Read] does: the schema's rules and those of
// the specification's section 3 that concern the form of a message. Its error
// is an *InvalidError whose faults have no line and column.
func Validate(a *Alert) error {
	v := &validator{}
	v.alert(a)
	if len(v.faults) == 0 {
		return nil
	}
	kept := min(len(v.faults), maxFaults)
	return &InvalidError{Findings: v.faults[:kept], Omitted: len(v.faults) - kept}
}

// validator collects faults while it walks a message; path is where it is.
type validator struct {
	path   []string
	faults []Finding
}

func (v *validator) fault(field, message, remedy string) {
	v.faults = append(v.faults, Finding{Severity: GravityError, Path: strings.Join(v.path, "/") + "/" + field, Message: message, Remedy: remedy})
}

func (v *validator) faultIf(field string, err error, remedy string) {
	if err != nil {
		v.fault(field, err.Error(), remedy)
	}
}

func nth(field string, i int) string {
	return field + "[" + strconv.Itoa(i+1) + "]"
}

// each calls check for every item of a list, with the path at that item.
func each[T any](v *validator, field string, items []T, check func(*T)) {
	for i := range items {
		v.path = append(v.path, nth(field, i))
		check(&items[i])
		v.path = v.path[:len(v.path)-1]
	}
}

// oneOf requires one of the known values.
func oneOf[E ~string](v *validator, field string, value E, known []E) {
	if slices.Contains(known, value) {
		return
	}
	message := "is missing or empty"
	if value != "" {
		message = fmt.Sprintf("has the unknown value %q", lexical.Clip(string(value)))
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	v.fault(field, message, "use one of "+strings.Join(names, ", "))
}

// text allows any text that XML can carry.
func (v *validator) text(field, value string) {
	if i := lexical.Illegal(value); i >= 0 {
		v.fault(field, fmt.Sprintf("has a character at byte %d that XML cannot carry", i+1), "remove it")
	}
}

// someText requires text.
func (v *validator) someText(field, value string) {
	if value == "" {
		v.fault(field, "is missing or empty", "give it a text")
		return
	}
	v.text(field, value)
}

func (v *validator) token(field, value string) {
	v.faultIf(field, checkToken(value), "give it a name without spaces, commas, < and &")
	v.text(field, value)
}

func (v *validator) time(field string, t Time) {
	v.faultIf(field, t.check(), "give it whole seconds and an offset from UTC, as NewTime does")
}

func (v *validator) alert(a *Alert) {
	v.path = []string{"alert"}
	v.token("identifier", a.Identifier)
	v.token("sender", a.Sender)
	if a.Sent.IsZero() {
		v.fault("sent", "is missing or empty", "give the time at which the message is sent")
	}
	v.time("sent", a.Sent)
	oneOf(v, "status", a.Status, statuses)
	oneOf(v, "msgType", a.MsgType, msgTypes)
	v.text("source", a.Source)
	oneOf(v, "scope", a.Scope, scopes)
	v.text("restriction", a.Restriction)
	v.text("addresses", a.Addresses)
	switch {
	case a.Scope == ScopeRestricted && lexical.IsBlank(a.Restriction):
		v.fault("restriction", "is missing, though the scope is Restricted", "say who may have the message")
	case a.Scope != ScopeRestricted && a.Restriction != "":
		v.fault("restriction", "is given, though the scope is not Restricted", "leave it out, or set the scope to Restricted")
	}
	if a.Scope == ScopePrivate && lexical.IsBlank(a.Addresses) {
		v.fault("addresses", "is missing, though the scope is Private", "name the recipients")
	}
	for i, code := range a.Code {
		v.someText(nth("code", i), code)
	}
	v.text("note", a.Note)
	for _, reference := range a.References {
		if err := reference.check(); err != nil {
			v.fault("references", err.Error(), "write sender,identifier,sent of the earlier message as they stand there")
		}
		v.text("references", reference.Sender+reference.Identifier)
	}
	v.text("incidents", a.Incidents)
	each(v, "info", a.Info, v.info)
}

func (v *validator) info(i *Info) {
	if i.Language != "" {
		v.faultIf("language", checkLanguage(i.Language), "write a tag such as de-DE")
	}
	if len(i.Category) == 0 {
		v.fault("category", "is missing", "give at least one")
	}
	for n, category := range i.Category {
		oneOf(v, nth("category", n), category, categories)
	}
	v.someText("event", i.Event)
	for n, response := range i.ResponseType {
		oneOf(v, nth("responseType", n), response, responseTypes)
	}
	oneOf(v, "urgency", i.Urgency, urgencies)
	oneOf(v, "severity", i.Severity, severities)
	oneOf(v, "certainty", i.Certainty, certainties)
	v.text("audience", i.Audience)
	each(v, "eventCode", i.EventCode, v.namedValue)
	v.time("effective", i.Effective)
	v.time("onset", i.Onset)
	v.time("expires", i.Expires)
	v.text("senderName", i.SenderName)
	v.text("headline", i.Headline)
	v.text("description", i.Description)
	v.text("instruction", i.Instruction)
	if i.Web != "" {
		v.uri("web", i.Web, true)
	}
	v.text("contact", i.Contact)
	each(v, "parameter", i.Parameter, v.namedValue)
	each(v, "resource", i.Resource, v.resource)
	each(v, "area", i.Area, v.area)
}

func (v *validator) namedValue(n *NamedValue) {
	v.someText("valueName", n.ValueName)
	v.someText("value", n.Value)
}

func (v *validator) uri(field, value string, absolute bool) {
	v.faultIf(field, checkURI(value, absolute), "write a URI such as https://example.org/page")
	v.text(field, value)
}

func (v *validator) resource(r *Resource) {
	v.someText("resourceDesc", r.ResourceDesc)
	v.someText("mimeType", r.MimeType)
	if r.Size != nil && *r.Size < 0 {
		v.fault("size", "is below 0", "give the size in bytes")
	}
	if r.URI != "" {
		v.uri("uri", r.URI, r.DerefURI == "")
	}
	v.text("derefUri", r.DerefURI)
	v.text("digest", r.Digest)
}

func (v *validator) area(a *Area) {
	v.someText("areaDesc", a.AreaDesc)
	for n, polygon := range a.Polygon {
		v.faultIf(nth("polygon", n), polygon.check(), "give four or more latitude,longitude pairs, the last like the first")
	}
	for n, circle := range a.Circle {
		v.faultIf(nth("circle", n), circle.check(), "give latitude,longitude and a radius in kilometres")
	}
	each(v, "geocode", a.Geocode, v.namedValue)
	if a.Altitude != nil {
		v.faultIf("altitude", checkHeight(*a.Altitude), heightRemedy)
	}
	if a.Ceiling != nil {
		v.faultIf("ceiling", checkHeight(*a.Ceiling), heightRemedy)
		if a.Altitude == nil {
			v.fault("ceiling", "is given without altitude", "give altitude too, or leave it out")
		}
	}
}

const heightRemedy = "give feet above mean sea level, with two decimals at most"
