// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// PrepareRequest asks what a message would be and do. Nothing is stored.
type PrepareRequest struct {
	// Warning is the chain that an update or all-clear belongs to; empty for an alert.
	Warning string       `json:"warning,omitempty"`
	Kind    warning.Kind `json:"kind" enum:"alert,update,all-clear"`
	// Content is what the author wrote. Instead of it, CAP takes a CAP 1.2
	// message as XML, from which the content is read.
	Content *warning.Content `json:"content,omitempty"`
	CAP     string           `json:"cap,omitempty"`
}

// Draft is a message before anyone asked for its release.
type Draft struct {
	Warning    string          `json:"warning"`
	Identifier string          `json:"identifier"`
	Kind       warning.Kind    `json:"kind"`
	Content    warning.Content `json:"content"`
	// Digest is the SHA-256 of CAP in hexadecimal, which is signed; Code its six
	// digits for people. They, Statement and CAP are empty when the message
	// cannot be composed at all; Faults then says why.
	Digest string `json:"digest,omitempty"`
	Code   string `json:"code,omitempty"`
	// Statement is the text that the author's key signs, byte for byte in UTF-8.
	Statement string `json:"statement,omitempty"`
	// Replaces is the digest of the request that this one would revise.
	Replaces string `json:"replaces,omitempty"`
	// CAP is the message in canonical XML, still without its sent element.
	CAP string `json:"cap,omitempty"`
	// Faults are broken rules: with one of them the request is refused.
	Faults []problem.Fault `json:"faults"`
	// Findings are advice on the text: the request goes through with them.
	Findings []problem.Fault `json:"findings"`
	Reach    Reach           `json:"reach"`
	// Touches are the regions that the area touches.
	Touches []RegionName `json:"touches"`
	// Confirmation is what the releaser will type.
	Confirmation string `json:"confirmation"`
}

// RegionName names a region.
type RegionName struct {
	ARS  geo.ARS `json:"ars"`
	Name string  `json:"name"`
	// Own is true within the authority's territory.
	Own bool `json:"own"`
}

// Reach says whom a message can reach; see package coverage.
type Reach = coverage.Reach

// Accepted answers whatever became a record.
type Accepted struct {
	// Seq is the record's place in the journal.
	Seq        uint64 `json:"seq"`
	Warning    string `json:"warning,omitempty"`
	Identifier string `json:"identifier,omitempty"`
	// ID is the id of what was made: an account, token, key or proposal.
	ID string `json:"id,omitempty"`
}

// Release releases the pending request of a warning.
type Release struct {
	Identifier string         `json:"identifier"`
	Digest     warning.Digest `json:"digest"`
	// Assertion is the releaser's signature.
	Assertion operator.Assertion `json:"assertion"`
	// Confirmation is the area and the level, as Confirmation of the request
	// says ("Potsdam 1"). A browser session must send it; with a bearer token it
	// may be left out, but is checked when it is there.
	Confirmation string `json:"confirmation,omitempty"`
}

// Drop ends a pending request: refuse, withdraw or stop.
type Drop struct {
	Identifier string `json:"identifier"`
	// Reason is required for a refusal.
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

// WarningRow is a warning in the list of all.
type WarningRow struct {
	Summary
	Warning  string         `json:"warning"`
	Status   warning.Status `json:"status"`
	Created  time.Time      `json:"created"`
	Updated  time.Time      `json:"updated"`
	Expires  time.Time      `json:"expires,omitzero"`
	Messages int            `json:"messages"`
	Pending  warning.Kind   `json:"pending,omitempty"`
}

// Warning is one warning with everything about it.
type Warning struct {
	ID       string         `json:"id"`
	Status   warning.Status `json:"status"`
	Created  time.Time      `json:"created"`
	Summary  Summary        `json:"summary"`
	Pending  *Pending       `json:"pending,omitempty"`
	Messages []Message      `json:"messages"`
	History  []HistoryEntry `json:"history"`
	// Deliveries are in the order of the messages, with their targets.
	Deliveries []Delivery `json:"deliveries"`
	// May says what the operator who asks can do with the warning now.
	May        May       `json:"may"`
	ServerTime time.Time `json:"serverTime"`
}

// May says what an operator can do; where something is refused, the reason in
// Refusals (keyed by the name of the member) says which rule, who could, and how.
type May struct {
	Release  bool              `json:"release"`
	Refuse   bool              `json:"refuse"`
	Withdraw bool              `json:"withdraw"`
	Stop     bool              `json:"stop"`
	Revise   bool              `json:"revise"`
	Update   bool              `json:"update"`
	AllClear bool              `json:"allClear"`
	Refusals map[string]string `json:"refusals,omitempty"`
}

// Pending is the request of a warning that waits for release.
type Pending struct {
	Kind       warning.Kind    `json:"kind"`
	Identifier string          `json:"identifier"`
	Content    warning.Content `json:"content"`
	Digest     string          `json:"digest"`
	Code       string          `json:"code"`
	// Statement is the text that a releaser's key signs, byte for byte in UTF-8.
	Statement string `json:"statement"`
	// CAP is the message in canonical XML as it would go out, without sent.
	CAP          string    `json:"cap"`
	Confirmation string    `json:"confirmation"`
	Author       Person    `json:"author"`
	At           time.Time `json:"at"`
	Revision     int       `json:"revision"`
	Escalates    time.Time `json:"escalates"`
	Escalated    time.Time `json:"escalated,omitzero"`
	Lapses       time.Time `json:"lapses"`
	// EscalatesTo is the next duty holder as the policy names it.
	EscalatesTo string          `json:"escalatesTo,omitempty"`
	Findings    []problem.Fault `json:"findings"`
	Reach       Reach           `json:"reach"`
	Touches     []RegionName    `json:"touches"`
	Assertions  []Signature     `json:"assertions"`
}

// Message is a released message.
type Message struct {
	Number     int             `json:"number"`
	Kind       warning.Kind    `json:"kind"`
	Identifier string          `json:"identifier"`
	Content    warning.Content `json:"content"`
	Digest     string          `json:"digest"`
	Code       string          `json:"code"`
	// CAP is the message as it went out.
	CAP         string      `json:"cap"`
	Sent        time.Time   `json:"sent"`
	RequestedAt time.Time   `json:"requestedAt"`
	Assertions  []Signature `json:"assertions"`
	// PublicURL is where the public finds it.
	PublicURL string `json:"publicUrl,omitempty"`
}

// Signature is an assertion with its signer's full name.
type Signature struct {
	operator.Assertion
	FullName string `json:"fullName"`
	// Marking says what guards the key: "software-key".
	Marking operator.KeyType `json:"marking"`
}

// HistoryEntry is one line of a warning's history.
type HistoryEntry struct {
	warning.Entry
	// FullName is that of By, or "" for what the node did by itself.
	FullName string `json:"fullName,omitempty"`
}

// Difference shows what a pending message changes: the first and the last one
// released beside it. Without a pending message it shows what the last one
// changed of the one before.
type Difference struct {
	Warning string           `json:"warning"`
	First   *warning.Content `json:"first,omitempty"`
	Last    *warning.Content `json:"last,omitempty"`
	Next    *warning.Content `json:"next,omitempty"`
	// Changes are from Last to Next.
	Changes []Change `json:"changes"`
	// PeopleBefore and PeopleAfter are the residents of the two areas.
	PeopleBefore int `json:"peopleBefore"`
	PeopleAfter  int `json:"peopleAfter"`
}

// ReadBack is a released message as the public receives it now.
type ReadBack struct {
	Warning    string         `json:"warning"`
	Identifier string         `json:"identifier"`
	At         time.Time      `json:"at"`
	Pages      []ReadBackPage `json:"pages"`
}

// ReadBackPage is one public address, fetched back.
type ReadBackPage struct {
	// Name is "cap", "page" or "feed".
	Name string `json:"name" enum:"cap,page,feed"`
	URL  string `json:"url"`
	// Result is "same" when the page holds what was released, "missing" when it
	// does not, "different" when the CAP message is not byte for byte the one in
	// the journal, "unreachable" when nothing answered.
	Result string `json:"result" enum:"same,missing,different,unreachable"`
	// Milliseconds is how long the answer took.
	Milliseconds int64 `json:"milliseconds"`
	// Detail is for technicians.
	Detail string `json:"detail,omitempty"`
}

// Change is one field that differs.
type Change struct {
	// Field is a path such as "texts.de.headline".
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
	// Parts is the text cut into what stayed, went and came; only for texts.
	Parts []Part `json:"parts,omitempty"`
}

// Part is a run of words in a changed text.
type Part struct {
	Op   string `json:"op" enum:"same,removed,added"`
	Text string `json:"text"`
}

// Prefilled is the content of an update or all-clear, ready for the author.
type Prefilled struct {
	Warning string          `json:"warning"`
	Kind    warning.Kind    `json:"kind"`
	Content warning.Content `json:"content"`
	// CannotUndo says what the message does not take back ("sirens have sounded").
	CannotUndo Words `json:"cannotUndo"`
}
