// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Words is one text in several languages, keyed by language tag ("de", "en").
type Words map[string]string

// AuthorityInfo says whose node this is.
type AuthorityInfo struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// SenderName is who warns, in words for the public; texts name it.
	SenderName string `json:"senderName"`
	// Realm is "live" or "exercise".
	Realm string `json:"realm" enum:"live,exercise"`
	// Languages are those that every warning has, the authority's own first.
	Languages []string `json:"languages"`
	// TimeZone is the zone in which people are shown times (IANA name).
	TimeZone string `json:"timeZone"`
	// Territory lists the ARS prefixes in which the authority may warn; Bounds is
	// the box around them, where the map opens.
	Territory []geo.ARS `json:"territory"`
	Bounds    Bounds    `json:"bounds"`
	// PublicURL is the address of the citizens' page.
	PublicURL string `json:"publicUrl,omitempty"`
}

// Bounds is a box in degrees (WGS 84).
type Bounds struct {
	South float64 `json:"south"`
	West  float64 `json:"west"`
	North float64 `json:"north"`
	East  float64 `json:"east"`
}

// Me is the operator who asks, as the node knows them.
type Me struct {
	Name     string          `json:"name"`
	FullName string          `json:"fullName"`
	Roles    []operator.Role `json:"roles"`
	// Keys are the signing keys that are enrolled and not revoked.
	Keys    []operator.Key `json:"keys"`
	Signing Signing        `json:"signing"`
	// Via says how they signed in.
	Via string `json:"via" enum:"session,token"`
	// BreakGlass is set for who works with a break-glass key.
	BreakGlass *BreakGlass `json:"breakGlass,omitempty"`
	// Expires is when the session or token ends; absent for one without end.
	Expires    time.Time     `json:"expires,omitzero"`
	Authority  AuthorityInfo `json:"authority"`
	ServerTime time.Time     `json:"serverTime"`
}

// Board is the situation: what waits, what is in force, what is in trouble.
type Board struct {
	// Seq is the journal sequence that the board shows.
	Seq        uint64         `json:"seq"`
	ServerTime time.Time      `json:"serverTime"`
	Authority  AuthorityInfo  `json:"authority"`
	Waiting    []Waiting      `json:"waiting"`
	InForce    []InForce      `json:"inForce"`
	Sirens     SirenCounts    `json:"sirens"`
	Channels   []ChannelState `json:"channels"`
	Trouble    []Trouble      `json:"trouble"`
	// Proposals is the number of foreign messages that wait for a decision.
	Proposals int `json:"proposals"`
	// OnShift are the people with an open session.
	OnShift []Person `json:"onShift"`
}

// Person is an operator as their colleagues see them.
type Person struct {
	Name     string          `json:"name"`
	FullName string          `json:"fullName"`
	Roles    []operator.Role `json:"roles"`
}

// Summary is a message in one line.
type Summary struct {
	Event string `json:"event"`
	// EventName is the event's name in every language of the catalogue.
	EventName Words         `json:"eventName"`
	Level     warning.Level `json:"level"`
	Area      string        `json:"area"`
	// Headline is keyed by language.
	Headline Words  `json:"headline"`
	Signal   string `json:"signal,omitempty"`
}

// Waiting is a request that waits for its release.
type Waiting struct {
	Summary
	Warning    string       `json:"warning"`
	Identifier string       `json:"identifier"`
	Kind       warning.Kind `json:"kind"`
	Author     Person       `json:"author"`
	At         time.Time    `json:"at"`
	Revision   int          `json:"revision"`
	// Escalates is when the request climbs to the next duty holder, Escalated
	// when it did, Lapses when it ends unreleased.
	Escalates time.Time `json:"escalates"`
	Escalated time.Time `json:"escalated,omitzero"`
	Lapses    time.Time `json:"lapses"`
	// NeedsYou is true when the operator who asks may release it.
	NeedsYou bool `json:"needsYou"`
}

// InForce is a warning that people are told now.
type InForce struct {
	Summary
	Warning    string    `json:"warning"`
	Identifier string    `json:"identifier"`
	Where      geo.Area  `json:"where"`
	Since      time.Time `json:"since"`
	Updated    time.Time `json:"updated"`
	Expires    time.Time `json:"expires"`
	// Messages is the number of messages released so far.
	Messages int `json:"messages"`
	// Pending is the kind of the message that waits for release, empty for none.
	Pending    warning.Kind `json:"pending,omitempty"`
	Deliveries []Delivery   `json:"deliveries"`
}

// Delivery is one message on one channel, in numbers.
type Delivery struct {
	Job     string    `json:"job"`
	Message string    `json:"message"`
	Channel string    `json:"channel"`
	Planned time.Time `json:"planned"`
	// Deadline ends the job: whoever has not answered by then is not reached.
	Deadline time.Time `json:"deadline,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Last is when the last receipt came, absent for never.
	Last time.Time `json:"last,omitzero"`
	// Error says why the channel could not plan.
	Error string `json:"error,omitempty"`
	// Hearing is who in the area hears the sirens that sounded, by the census; of
	// the newest message to the sirens, where a census was imported.
	Hearing *coverage.Hearing `json:"hearing,omitempty"`
	// Total is the number of targets. Open + Good + Bad make the total: Good are
	// reached, sounding or done, Bad refused or not reached, Open the rest.
	Total  int                      `json:"total"`
	Open   int                      `json:"open"`
	Good   int                      `json:"good"`
	Bad    int                      `json:"bad"`
	Counts map[dispatch.Outcome]int `json:"counts"`
	// Targets stand in the view of one warning only, those in trouble first.
	Targets []TargetOutcome `json:"targets,omitempty"`
}

// TargetOutcome is how far a message came with one target.
type TargetOutcome struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Outcome is empty before anything was sent.
	Outcome dispatch.Outcome `json:"outcome"`
	// Reason is a catalogue key, Detail is for technicians.
	Reason  string    `json:"reason,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Attempt int       `json:"attempt,omitempty"`
	// Path is the way that worked, or was tried last, where the channel has several.
	Path string `json:"path,omitempty"`
	// Unauthenticated says that the target cannot tell on this way who commands it.
	Unauthenticated bool `json:"unauthenticated,omitempty"`
	// Remedy is the nearest thing to do about a siren that was not reached.
	Remedy Remedy `json:"remedy,omitempty" enum:"wait,listen,hand,vehicle"`
}

// ChannelState is a channel as the board shows it: what it did with the
// messages of the warnings in force.
type ChannelState struct {
	Channel string `json:"channel"`
	Total   int    `json:"total"`
	Open    int    `json:"open"`
	Good    int    `json:"good"`
	Bad     int    `json:"bad"`
	// Failed counts the messages that the channel could not plan.
	Failed int `json:"failed"`
	// Last is when the last receipt came, zero for never.
	Last time.Time `json:"last,omitzero"`
}

// SirenCounts is the fleet in numbers.
type SirenCounts struct {
	Total int `json:"total"`
	// Ready counts the sirens that would sound: ready, triggered or busy.
	Ready       int                     `json:"ready"`
	ByCondition map[siren.Condition]int `json:"byCondition"`
	ByTrouble   map[string]int          `json:"byTrouble"`
	// Generated counts those that are made up and stand nowhere.
	Generated int `json:"generated,omitempty"`
	// Bereft is how many people would hear a siren that is not ready, and hear no
	// other; absent where no census was imported.
	Bereft *int `json:"bereft,omitempty"`
}

// Trouble is a line of what is wrong; one fault is one line.
type Trouble struct {
	// Code names the sort of trouble, stable for catalogues: one of SirenTroubles,
	// "siren.rogue", "siren.stop-missed", "dispatch.not-reached", "dispatch.failed", "request.escalated",
	// "key.awaits", "siren-test.missed", "siren-test.reminder".
	Code string `json:"code"`
	// Count is how many things share the trouble, Things the first of them.
	Count  int      `json:"count"`
	Things []string `json:"things"`
	// Since is when the oldest of them began.
	Since time.Time `json:"since,omitzero"`
	// Warning and Channel are set when the trouble belongs to one.
	Warning string `json:"warning,omitempty"`
	Channel string `json:"channel,omitempty"`
	// Text, StillWorks and ToDo say it in words.
	Text       Words `json:"text"`
	StillWorks Words `json:"stillWorks"`
	ToDo       Words `json:"toDo"`
}

// StreamWarning is the data of the stream event "warning".
type StreamWarning struct {
	Warning string `json:"warning"`
	// Events are the journal events of the warning since the last time.
	Events []string `json:"events"`
	Seq    uint64   `json:"seq"`
}

// StreamReach is the data of the stream event "reach": who in the area of a warning
// in force hears the sirens that sounded for its newest message.
type StreamReach struct {
	Warning    string `json:"warning"`
	Identifier string `json:"identifier"`
	coverage.Numbers
}

// StreamSirens is the data of the stream event "siren": states that changed.
type StreamSirens struct {
	Counts SirenCounts   `json:"counts"`
	States []siren.State `json:"states"`
}
