// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"encoding/json"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// SirenRow is a siren with its state.
type SirenRow struct {
	ID       string    `json:"id"`
	Number   uint32    `json:"number"`
	Name     string    `json:"name"`
	ARS      geo.ARS   `json:"ars"`
	Region   string    `json:"region"`
	Position geo.Point `json:"position"`
	Type     string    `json:"type,omitempty"`
	Signals  []string  `json:"signals"`
	// Paths are the ways to it, the one to try first in front.
	Paths     []SirenPath     `json:"paths"`
	Equipment siren.Equipment `json:"equipment,omitzero"`
	State     siren.State     `json:"state"`
	// Ready is true when the siren would sound.
	Ready bool `json:"ready"`
	// Generated marks a siren that is made up and stands nowhere.
	Generated bool `json:"generated,omitempty"`
	// Troubles are codes of what is wrong with it, the gravest first.
	Troubles []string `json:"troubles"`
	// LastTest is the last test that said something of it; absent for none.
	LastTest *siren.LastTest `json:"lastTest,omitempty"`
}

// SirenPath is one way to a siren.
type SirenPath struct {
	siren.Path
	// Unauthenticated says that the siren cannot tell on this way who commands it:
	// anyone with a radio can send the call, and repeat it.
	Unauthenticated bool `json:"unauthenticated,omitempty"`
}

// SirenPage is a part of the fleet.
type SirenPage struct {
	// Version is that of the registry: it grows with every change.
	Version uint64      `json:"version"`
	Counts  SirenCounts `json:"counts"`
	// Matching is how many sirens the filter took, before Offset and Limit.
	Matching int        `json:"matching"`
	Sirens   []SirenRow `json:"sirens"`
}

// SirenDetail is one siren with what it did.
type SirenDetail struct {
	SirenRow
	PublicKey []byte `json:"publicKey"`
	// CertificateUntil is when its certificate ends; absent without one.
	CertificateUntil time.Time `json:"certificateUntil,omitzero"`
	// EnrolmentUntil is how long a code holds that no device has used; absent
	// without one.
	EnrolmentUntil time.Time `json:"enrolmentUntil,omitzero"`
	// UTMREF is its place in the German army's grid, to the metre; empty outside it.
	UTMREF string `json:"utmref,omitempty"`
	// Public allows that its exact place is shown to anyone.
	Public    bool             `json:"public"`
	Documents []siren.Document `json:"documents"`
	// Changes are those of its registry entry, newest first, at most 50.
	Changes []RegistryChange `json:"changes"`
	// Outcomes are what became of messages sent to it, newest first, at most 50.
	Outcomes []SirenOutcome `json:"outcomes"`
	// States are its conditions as this process saw them, newest first, at most 50.
	States []siren.State `json:"states"`
}

// RegistryChange is one change of a siren's registry entry.
type RegistryChange struct {
	siren.Change
	Person Person `json:"person"`
}

// SirenOutcome is what one siren did with one message.
type SirenOutcome struct {
	Warning string `json:"warning"`
	Message string `json:"message"`
	TargetOutcome
}

// AreaHit is a region or a place that a search found.
type AreaHit struct {
	// Kind is "land", "kreis", "gemeinde" or "place".
	Kind string `json:"kind" enum:"land,kreis,gemeinde,place"`
	Name string `json:"name"`
	// Type is the official word for it: "Landkreis", "Stadt", "Ort".
	Type string `json:"type"`
	// Within names the region that it lies in.
	Within     string    `json:"within,omitempty"`
	ARS        geo.ARS   `json:"ars,omitempty"`
	Population int       `json:"population,omitempty"`
	Position   geo.Point `json:"position"`
	// Own is true within the authority's territory.
	Own bool `json:"own"`
	// Area is ready for a content: a region by its ARS, a place as a circle.
	Area geo.Area `json:"area"`
}

// AreaCheck says what an area is and holds.
type AreaCheck struct {
	Area    geo.Area        `json:"area"`
	Faults  []problem.Fault `json:"faults"`
	Reach   Reach           `json:"reach"`
	Touches []RegionName    `json:"touches"`
	// Outline is a GeoJSON geometry (RFC 7946): MultiPolygon.
	Outline json.RawMessage `json:"outline,omitempty"`
}

// LevelInfo explains a warning level.
type LevelInfo struct {
	Level   warning.Level `json:"level"`
	Name    Words         `json:"name"`
	Meaning Words         `json:"meaning"`
	// Colour is a token of the style sheet; Shape and the name go with it always.
	Colour    string `json:"colour"`
	Shape     string `json:"shape"`
	ShapeName string `json:"shapeName"`
	// Validity and Longest are in seconds: how long a message lasts by default,
	// and the time after which it ought to be renewed rather than run on.
	Validity int `json:"validity"`
	Longest  int `json:"longest"`
}

// SignalInfo explains a siren signal, so that it can be shown and heard.
type SignalInfo struct {
	// Number stands for it in frames.
	Number uint8  `json:"number"`
	Name   string `json:"name"`
	Title  Words  `json:"title"`
	// Sounds describes it part by part.
	Sounds Words `json:"sounds"`
	// Test marks signals that are no alarm and are not offered for warnings.
	Test bool `json:"test"`
	// Duration is that of the whole signal in seconds.
	Duration float64         `json:"duration"`
	Segments []siren.Segment `json:"segments"`
}

// EventInfo is an event code of the wording catalogue.
type EventInfo struct {
	Code          string             `json:"code"`
	Name          Words              `json:"name"`
	Categories    []cap.Category     `json:"categories"`
	ResponseTypes []cap.ResponseType `json:"responseTypes"`
	// Signals are the siren signals that fit, by level; empty for none.
	Signals map[warning.Level]string `json:"signals"`
	// Vague marks an event that names no hazard and fits level 3 alone, Test an
	// announced test.
	Vague bool `json:"vague"`
	Test  bool `json:"test"`
}

// TemplateInfo is a template: a content to start from.
type TemplateInfo struct {
	ID    string `json:"id"`
	Title Words  `json:"title"`
	// Question is what an author decides first, Release says who decides.
	Question Words  `json:"question"`
	Release  Words  `json:"release"`
	Event    string `json:"event"`
	// Related are other events that the texts fit.
	Related       []string           `json:"related"`
	ResponseTypes []cap.ResponseType `json:"responseTypes"`
	// Level and Signal are where to start; Levels are all that may apply, and when.
	Level  warning.Level   `json:"level"`
	Signal string          `json:"signal,omitempty"`
	Levels []TemplateLevel `json:"levels"`
	// Reason says why sirens fit or do not.
	Reason Words `json:"reason"`
	// Speech is what a siren that can speak says.
	Speech Words `json:"speech,omitempty"`
	// Expires is how long a message lasts, UpdateEvery how long people wait for
	// the next one at most, both in seconds.
	Expires     int `json:"expires"`
	UpdateEvery int `json:"updateEvery"`
	// Radius is that of a first area around the site, in metres.
	Radius float64 `json:"radius"`
	// Texts and Blanks are those of the alert. Blanks stand in texts as {name}.
	Texts  map[string]warning.Text `json:"texts"`
	Blanks []TemplateBlank         `json:"blanks"`
	// Parts are the later messages: "update", "correction" and "all-clear".
	Parts map[string]TemplatePart `json:"parts"`
}

// TemplateLevel is a level that may apply.
type TemplateLevel struct {
	Level warning.Level `json:"level"`
	// When says when it applies.
	When Words `json:"when"`
	// Signal is the siren signal at this level, empty for none.
	Signal string `json:"signal,omitempty"`
}

// TemplatePart is one message that a template prepares.
type TemplatePart struct {
	// Texts are keyed by language; blanks stand in them as {name}.
	Texts  map[string]warning.Text `json:"texts"`
	Blanks []TemplateBlank         `json:"blanks"`
}

// TemplateBlank is a blank that a template leaves.
type TemplateBlank struct {
	Name    string `json:"name"`
	Label   Words  `json:"label"`
	Example Words  `json:"example"`
	// From says where a form takes the value by itself: "authority", "area",
	// "onset", "expires", "previous"; empty when only the author knows it.
	From string `json:"from,omitempty" enum:"authority,area,onset,expires,previous"`
}

// Proposal is a foreign CAP message that an author may adopt.
type Proposal struct {
	ID string `json:"id"`
	// Status is "open", "adopted", "dismissed" or "superseded".
	Status   string    `json:"status" enum:"open,adopted,dismissed,superseded"`
	Source   string    `json:"source"`
	Imported time.Time `json:"imported"`
	By       string    `json:"by"`
	// Identifier to References are those of the foreign message.
	Identifier string      `json:"identifier"`
	Sender     string      `json:"sender"`
	SenderName string      `json:"senderName,omitempty"`
	Sent       time.Time   `json:"sent,omitzero"`
	MsgType    cap.MsgType `json:"msgType"`
	CAPStatus  cap.Status  `json:"capStatus"`
	Event      string      `json:"event"`
	Headline   string      `json:"headline"`
	Languages  []string    `json:"languages"`
	Areas      []string    `json:"areas"`
	Expires    time.Time   `json:"expires,omitzero"`
	// Findings are the repairs that reading it took, and what could not be kept.
	Findings []problem.Fault `json:"findings"`
	// SupersededBy is the proposal that updates this one, Warning the one that
	// adopted it, Reason why it was dismissed.
	SupersededBy string `json:"supersededBy,omitempty"`
	Warning      string `json:"warning,omitempty"`
	// Follows is the warning that adopted a proposal which this one updates or
	// cancels: adopting this one means an update or an all-clear of that.
	Follows string `json:"follows,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// ProposalDetail is a proposal with its original and what adopting it gives.
type ProposalDetail struct {
	Proposal
	// Original is the message as it came, byte for byte.
	Original []byte `json:"original"`
	// Content is prefilled for the author.
	Content warning.Content `json:"content"`
}

// Imported says what became of an imported file.
type Imported struct {
	// Proposals are the ids of new proposals, in the order of the file.
	Proposals []string `json:"proposals"`
	// Known counts the messages that had come before.
	Known int `json:"known"`
	// Failed are the members of the file that are no CAP.
	Failed []problem.Fault `json:"failed"`
}

// Dismissal says why a proposal is not adopted.
type Dismissal struct {
	Reason string `json:"reason" maxLength:"1000"`
}
