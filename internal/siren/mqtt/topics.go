// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package mqtt carries siren frames and answers over MQTT 3.1.1. It asks nothing
// of the broker but delivery at most once (QoS 0): the link repeats a frame to
// every siren that has not answered until the frame expires, and a siren that
// connects says hello and gets the frames in force. So any broker will do; the
// node's own (siren/listener) and mosquitto are the tested ones. The topics and their
// payloads are described in docs/formats/siren-mqtt.md.
package mqtt

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Topics are the topics of one authority.
type Topics struct{ prefix string }

var authorityPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// NewTopics are the topics of the authority with the id: 1 to 40 lower-case
// letters, digits and hyphens, because brokers give dots and slashes a meaning.
func NewTopics(authority string) (Topics, error) {
	if !authorityPattern.MatchString(authority) {
		return Topics{}, problem.New(problem.Invalid, fmt.Sprintf("%q cannot stand in a topic", authority),
			"Use an authority id of 1 to 40 lower-case letters, digits and hyphens, such as de-bb.")
	}
	return Topics{"tocsin/v1/" + authority + "/"}, nil
}

// The last words of a siren's own topics.
const (
	leafCommand = "cmd"   // frames for this siren
	leafAck     = "ack"   // what became of a frame
	leafState   = "state" // retained: the last report, or payloadOffline
	leafHello   = "hello" // the siren connected
)

// leafKeyset is the last word of the authority's topic for key documents.
const leafKeyset = "keyset"

// payloadOffline is the last will of a siren on its state topic.
const payloadOffline = "offline"

// Broadcast is the topic of frames for all sirens; each decides if it is meant.
func (t Topics) Broadcast() string { return t.prefix + leafCommand }

// Keyset is the topic where the newest roots and keyset are kept for all sirens.
func (t Topics) Keyset() string { return t.prefix + leafKeyset }

// Command is the topic of frames for one siren.
func (t Topics) Command(id string) string { return t.of(id, leafCommand) }

func (t Topics) of(id, leaf string) string { return t.prefix + "siren/" + id + "/" + leaf }

// every is the filter for one leaf of all sirens.
func (t Topics) every(leaf string) string { return t.of("+", leaf) }

// split finds the siren and the leaf of a topic.
func (t Topics) split(topic string) (id, leaf string, ok bool) {
	rest, ok := strings.CutPrefix(topic, t.prefix+"siren/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}

// Rights are the topics of one user at the broker, as topic filters.
type Rights struct{ Publish, Subscribe []string }

// Rights are those of a siren by its id, or of siren.GatewayName.
func (t Topics) Rights(user string) Rights {
	if user == siren.GatewayName {
		return Rights{
			Publish:   []string{t.Broadcast(), t.Keyset(), t.every(leafCommand)},
			Subscribe: []string{t.every(leafAck), t.every(leafState), t.every(leafHello)},
		}
	}
	return Rights{
		Publish:   []string{t.of(user, leafAck), t.of(user, leafState), t.of(user, leafHello)},
		Subscribe: []string{t.Broadcast(), t.Keyset(), t.Command(user)},
	}
}
