// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import "time"

// Namespace is the XML namespace of CAP 1.2 (CAP 1.2, section 3.4).
const Namespace = "urn:oasis:names:tc:emergency:cap:1.2"

// MediaType is the media type under which CAP messages are served.
const MediaType = "application/cap+xml"

// Alert is one CAP 1.2 message (section 3.2.1). Fields stand in schema order.
// Empty strings, empty slices and zero times mean that the element is absent,
// or, where the schema requires it, that it is empty. Text is kept as it stood,
// white space included.
type Alert struct {
	Identifier  string     `json:"identifier"`
	Sender      string     `json:"sender"`
	Sent        Time       `json:"sent,omitzero"`
	Status      Status     `json:"status"`
	MsgType     MsgType    `json:"msgType"`
	Source      string     `json:"source,omitempty"`
	Scope       Scope      `json:"scope"`
	Restriction string     `json:"restriction,omitempty"`
	Addresses   string     `json:"addresses,omitempty"`
	Code        []string   `json:"code,omitempty"`
	Note        string     `json:"note,omitempty"`
	References  References `json:"references,omitempty"`
	// Incidents is the white-space separated list as it stood, since
	// incident names may be quoted.
	Incidents string `json:"incidents,omitempty"`
	Info      []Info `json:"info,omitempty"`
}

// Info is one <info> block (section 3.2.2): the message in one language.
type Info struct {
	// Language is an RFC 3066 tag; empty means en-US.
	Language     string         `json:"language,omitempty"`
	Category     []Category     `json:"category"`
	Event        string         `json:"event"`
	ResponseType []ResponseType `json:"responseType,omitempty"`
	Urgency      Urgency        `json:"urgency"`
	Severity     Severity       `json:"severity"`
	Certainty    Certainty      `json:"certainty"`
	Audience     string         `json:"audience,omitempty"`
	EventCode    []NamedValue   `json:"eventCode,omitempty"`
	Effective    Time           `json:"effective,omitzero"`
	Onset        Time           `json:"onset,omitzero"`
	Expires      Time           `json:"expires,omitzero"`
	SenderName   string         `json:"senderName,omitempty"`
	Headline     string         `json:"headline,omitempty"`
	Description  string         `json:"description,omitempty"`
	Instruction  string         `json:"instruction,omitempty"`
	// Web is an absolute URI of a page with more about the event.
	Web       string       `json:"web,omitempty"`
	Contact   string       `json:"contact,omitempty"`
	Parameter []NamedValue `json:"parameter,omitempty"`
	Resource  []Resource   `json:"resource,omitempty"`
	Area      []Area       `json:"area,omitempty"`
}

// Resource is a file that goes with an info block (section 3.2.3).
type Resource struct {
	ResourceDesc string `json:"resourceDesc"`
	MimeType     string `json:"mimeType"`
	// Size is the approximate size in bytes, nil when absent.
	Size *int64 `json:"size,omitempty"`
	// URI is absolute, or relative when it names the content of DerefURI.
	URI string `json:"uri,omitempty"`
	// DerefURI is the content itself in base64.
	DerefURI string `json:"derefUri,omitempty"`
	// Digest is the SHA-1 of the content in hexadecimal.
	Digest string `json:"digest,omitempty"`
}

// Area is one target area (section 3.2.4).
type Area struct {
	AreaDesc string       `json:"areaDesc"`
	Polygon  []Polygon    `json:"polygon,omitempty"`
	Circle   []Circle     `json:"circle,omitempty"`
	Geocode  []NamedValue `json:"geocode,omitempty"`
	// Altitude and Ceiling are in feet above mean sea level (WGS 84), nil
	// when absent. A ceiling needs an altitude.
	Altitude *float64 `json:"altitude,omitempty"`
	Ceiling  *float64 `json:"ceiling,omitempty"`
}

// NamedValue is an eventCode, a parameter or a geocode.
type NamedValue struct {
	ValueName string `json:"valueName"`
	Value     string `json:"value"`
}

// Point is a WGS 84 position in degrees, latitude first as CAP writes it.
type Point struct {
	Lat, Lon float64
}

// Polygon is a closed ring: at least four points, the last equal to the first.
// As text and in JSON it is the content of the polygon element.
type Polygon []Point

// Circle is a centre and a radius in kilometres. As text and in JSON it is
// the content of the circle element.
type Circle struct {
	Center   Point
	RadiusKM float64
}

// References is the list of earlier messages that a message refers to. As
// text and in JSON it is one string in the form of the references element.
type References []Reference

// Reference names an earlier message: sender, identifier and sent, verbatim.
type Reference struct {
	Sender     string
	Identifier string
	// Sent is kept as written: a reference must repeat the original's offset.
	Sent string
}

// Time is a CAP dateTime: whole seconds and a numeric offset. It remembers
// the offset; UTC is written -00:00 (section 3.3.2).
type Time struct {
	time.Time
}

// Status is the handling of a message (section 3.2.1).
type Status string

// The values of status.
const (
	StatusActual   Status = "Actual"
	StatusExercise Status = "Exercise"
	StatusSystem   Status = "System"
	StatusTest     Status = "Test"
	StatusDraft    Status = "Draft"
)

// MsgType is the nature of a message (section 3.2.1).
type MsgType string

// The values of msgType.
const (
	MsgTypeAlert  MsgType = "Alert"
	MsgTypeUpdate MsgType = "Update"
	MsgTypeCancel MsgType = "Cancel"
	MsgTypeAck    MsgType = "Ack"
	MsgTypeError  MsgType = "Error"
)

// Scope is the intended distribution of a message (section 3.2.1).
type Scope string

// The values of scope.
const (
	ScopePublic     Scope = "Public"
	ScopeRestricted Scope = "Restricted"
	ScopePrivate    Scope = "Private"
)

// Category is a hazard category (section 3.2.2).
type Category string

// The values of category.
const (
	CategoryGeo       Category = "Geo"
	CategoryMet       Category = "Met"
	CategorySafety    Category = "Safety"
	CategorySecurity  Category = "Security"
	CategoryRescue    Category = "Rescue"
	CategoryFire      Category = "Fire"
	CategoryHealth    Category = "Health"
	CategoryEnv       Category = "Env"
	CategoryTransport Category = "Transport"
	CategoryInfra     Category = "Infra"
	CategoryCBRNE     Category = "CBRNE"
	CategoryOther     Category = "Other"
)

// ResponseType is a recommended action (section 3.2.2).
type ResponseType string

// The values of responseType.
const (
	ResponseShelter  ResponseType = "Shelter"
	ResponseEvacuate ResponseType = "Evacuate"
	ResponsePrepare  ResponseType = "Prepare"
	ResponseExecute  ResponseType = "Execute"
	ResponseAvoid    ResponseType = "Avoid"
	ResponseMonitor  ResponseType = "Monitor"
	ResponseAssess   ResponseType = "Assess"
	ResponseAllClear ResponseType = "AllClear"
	ResponseNone     ResponseType = "None"
)

// Urgency, Severity and Certainty grade an event (section 3.2.2).
type (
	Urgency   string
	Severity  string
	Certainty string
)

// The values of urgency, severity and certainty.
const (
	UrgencyImmediate Urgency = "Immediate"
	UrgencyExpected  Urgency = "Expected"
	UrgencyFuture    Urgency = "Future"
	UrgencyPast      Urgency = "Past"
	UrgencyUnknown   Urgency = "Unknown"

	SeverityExtreme  Severity = "Extreme"
	SeveritySevere   Severity = "Severe"
	SeverityModerate Severity = "Moderate"
	SeverityMinor    Severity = "Minor"
	SeverityUnknown  Severity = "Unknown"

	CertaintyObserved Certainty = "Observed"
	CertaintyLikely   Certainty = "Likely"
	CertaintyPossible Certainty = "Possible"
	CertaintyUnlikely Certainty = "Unlikely"
	CertaintyUnknown  Certainty = "Unknown"
)
