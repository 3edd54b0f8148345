// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package homeassistant

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
)

// The last words of a siren's topics.
const (
	leafState        = "state"        // ON while an alarm sounds, else OFF
	leafAvailability = "availability" // online or offline
	leafAttributes   = "attributes"   // everything else, as JSON
	leafSet          = "set"          // what Home Assistant asks for
)

// What Home Assistant calls available unless told otherwise.
const (
	online  = "online"
	offline = "offline"
)

// config is the topic of a siren's discovery message.
func (b *Bridge) config(id string) string {
	return fmt.Sprintf("%s/siren/tocsin_%s/%s/config", b.o.Prefix, b.o.Authority, id)
}

func (b *Bridge) topic(id, leaf string) string {
	return fmt.Sprintf("tocsin/homeassistant/%s/siren/%s/%s", b.o.Authority, id, leaf)
}

// bridge is the topic of the bridge's own availability.
func (b *Bridge) bridge() string {
	return fmt.Sprintf("tocsin/homeassistant/%s/bridge", b.o.Authority)
}

type message struct {
	topic   string
	payload []byte
}

// discovery is the configuration of one entity (home-assistant.io/integrations/siren.mqtt).
type discovery struct {
	Name           *string     `json:"name"` // null: the entity is called as the device is
	UniqueID       string      `json:"unique_id"`
	ObjectID       string      `json:"object_id"`
	StateTopic     string      `json:"state_topic"`
	CommandTopic   string      `json:"command_topic"`
	AttributeTopic string      `json:"json_attributes_topic"`
	Availability   []available `json:"availability"`
	Mode           string      `json:"availability_mode"`
	Tones          []string    `json:"available_tones,omitempty"`
	Duration       bool        `json:"support_duration"`
	Volume         bool        `json:"support_volume_set"`
	Optimistic     bool        `json:"optimistic"`
	Device         device      `json:"device"`
	Origin         origin      `json:"origin"`
}

type available struct {
	Topic string `json:"topic"`
}

type device struct {
	Identifiers []string `json:"identifiers"`
	Name        string   `json:"name"`
	Model       string   `json:"model,omitempty"`
}

type origin struct {
	Name string `json:"name"`
}

// attributes are what is known of a siren beside its state.
type attributes struct {
	Condition   siren.Condition `json:"condition"`
	Meaning     string          `json:"meaning,omitempty"`
	Trouble     string          `json:"trouble,omitempty"`
	Signal      string          `json:"signal,omitempty"`
	Mains       bool            `json:"mains"`
	Battery     bool            `json:"battery"`
	Region      string          `json:"region"`
	LastContact time.Time       `json:"last_contact,omitzero"`
	LastTest    time.Time       `json:"last_test,omitzero"`
	TestOutcome string          `json:"last_test_outcome,omitempty"`
}

// messages are all that the broker keeps of a siren.
func (b *Bridge) messages(s siren.Siren) []message {
	state, heard := b.states[s.ID]
	if !heard {
		state = siren.State{Siren: s.ID, Condition: siren.ConditionUnknown}
	}
	last, tested := b.o.Fleet.LastTest(s.ID)
	if tested {
		state = state.Tested(last)
	}
	unique := fmt.Sprintf("tocsin_%s_%s", b.o.Authority, s.ID)
	entity := discovery{
		UniqueID: unique, ObjectID: unique, StateTopic: b.topic(s.ID, leafState), CommandTopic: b.topic(s.ID, leafSet),
		AttributeTopic: b.topic(s.ID, leafAttributes), Mode: "all",
		Availability: []available{{b.bridge()}, {b.topic(s.ID, leafAvailability)}},
		Device:       device{Identifiers: []string{unique}, Name: s.Name, Model: s.Type}, Origin: origin{"Tocsin"},
	}
	if b.o.AllowTests {
		entity.Tones = []string{testplan.Silent}
	}
	words := catalogue.For(catalogue.English)
	about := attributes{
		Condition: state.Condition, Mains: state.Mains, Battery: state.Battery,
		Region: string(s.ARS), LastContact: state.LastContact.UTC().Truncate(time.Minute), LastTest: last.At, TestOutcome: string(last.Outcome),
	}
	if key := "siren.condition." + string(state.Condition); words.Has(key) {
		about.Meaning = words.T(key)
	}
	if state.LastContact.IsZero() {
		about.LastContact = time.Time{}
	}
	if words.Has(state.Detail) {
		about.Trouble = words.T(state.Detail)
	}
	availability, sounds := online, "OFF"
	switch state.Condition {
	case siren.ConditionOffline, siren.ConditionUnknown:
		availability = offline
	case siren.ConditionTriggered:
		if signal, known := siren.AllSignals().Named(state.Signal); known {
			about.Signal = state.Signal
			if !signal.Test {
				sounds = "ON"
			}
		} else {
			sounds = "ON" // at the site, whatever it is
		}
	}
	return []message{
		{b.topic(s.ID, leafState), []byte(sounds)},
		{b.topic(s.ID, leafAvailability), []byte(availability)},
		{b.topic(s.ID, leafAttributes), encode(about)},
		{b.config(s.ID), encode(entity)},
	}
}

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("homeassistant: a message does not marshal: %v", err)) // plain structs
	}
	return raw
}

// asksForTest reports whether Home Assistant asks for a silent test by name.
// Switching the entity on is not enough: whoever does that means an alarm.
func asksForTest(payload []byte) bool {
	var asked struct {
		State string `json:"state"`
		Tone  string `json:"tone"`
	}
	return json.Unmarshal(payload, &asked) == nil && asked.State == "ON" && asked.Tone == testplan.Silent
}
