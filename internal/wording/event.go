// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"slices"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

// The names under which event codes stand in CAP's eventCode.
const (
	// EventCodeName is that of the German federal civil protection office.
	EventCodeName = check.EventCodeName
	// OASISEventCodeName is that of the OASIS event terms list 1.2 (CAP-ETL).
	OASISEventCodeName = "OET:v1.2"
)

// Event is something that a warning can be about.
type Event struct {
	// Code is the event's code in the list of the German federal civil
	// protection office, such as "BBK-EVC-038".
	Code string `yaml:"code"`
	// Name is the name to show and to put in CAP's event.
	Name       Words              `yaml:"name"`
	Categories []cap.Category     `yaml:"category"`
	Responses  []cap.ResponseType `yaml:"response"`
	Siren      SirenRule          `yaml:"siren"`
	// OASIS is the code of the OASIS event terms list 1.2, empty where none fits.
	OASIS string `yaml:"oasis"`
	// Words name the hazard in a headline beside the words of Name.
	Words []string `yaml:"words"`
	// Vague marks an event that names no hazard and so fits level 3 only.
	Vague bool `yaml:"vague"`
	// Test marks the events of announced tests.
	Test bool `yaml:"test"`
}

// Events are all events by code.
func Events() []Event { return slices.Clone(events) }

// EventOf is the event of a code.
func EventOf(code string) (Event, bool) {
	index := slices.IndexFunc(events, func(e Event) bool { return e.Code == code })
	if index < 0 {
		return Event{}, false
	}
	return events[index], true
}

// Codes are the event's codes as CAP's eventCode elements.
func (e Event) Codes() []cap.NamedValue {
	codes := []cap.NamedValue{{ValueName: EventCodeName, Value: e.Code}}
	if e.OASIS != "" {
		codes = append(codes, cap.NamedValue{ValueName: OASISEventCodeName, Value: e.OASIS})
	}
	return codes
}
