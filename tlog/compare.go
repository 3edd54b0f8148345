// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// maxDifferences bounds how many are listed.
const maxDifferences = 100

// compare holds the message in question to the leaf. original is the bundle's
// own message, which may be the same, absent or wrong.
func (v *verification) compare(message, original []byte) bool {
	if len(message) == 0 {
		v.note(NoteMessageAbsent)
		return true
	}
	if sha256.Sum256(original) != v.Leaf.CAP {
		if len(original) > 0 && len(v.options.Message) > 0 {
			v.note(NoteOwnMessage)
		}
		original = nil
	}
	alert, err := cap.Read(message)
	if err != nil {
		v.is(Unreadable, "%v", err)
		return false
	}
	found, err := messageLeaf(message, alert)
	if err != nil {
		v.is(Unreadable, "%v", err)
		return false
	}
	differences := leafDifferences(v.Leaf, found, alert)
	if found.CAP == v.Leaf.CAP {
		if len(differences) > 0 {
			v.Differences = differences
			v.is(Contradiction, "the leaf has the message's digest, but says otherwise than the message in %s", differences[0].Field)
			return false
		}
		return true
	}
	if original != nil {
		if known, err := cap.Read(original); err == nil {
			differences = Differences(known, alert)
		}
	}
	v.Differences = differences
	switch {
	case found.Identifier != v.Leaf.Identifier:
		v.is(OtherMessage, "the proof is for %s, the message is %s", v.Leaf.Identifier, found.Identifier)
		v.resembles(found.Sender)
	case len(differences) == 0:
		v.is(AlteredForm, "the message says the same as that in the log, in other bytes")
	default:
		v.is(Altered, "it is not as in the log: %s", differences[0].Field)
		v.resembles(found.Sender)
	}
	return false
}

// CheckMessage compares a leaf with the exact bytes of the message that it is
// about. No difference, and no error, means that they belong together.
func CheckMessage(l *Leaf, message []byte) ([]Difference, error) {
	alert, err := cap.Read(message)
	if err != nil {
		return nil, err
	}
	found, err := messageLeaf(message, alert)
	if err != nil {
		return nil, err
	}
	differences := leafDifferences(l, found, alert)
	if found.CAP != l.CAP {
		differences = append(differences, Difference{"cap", fmt.Sprintf("%x", l.CAP), fmt.Sprintf("%x", found.CAP)})
	}
	return differences, nil
}

// leafDifferences compares what a leaf says of a message with the message.
func leafDifferences(logged, found *Leaf, alert *cap.Alert) []Difference {
	var all []Difference
	differ := func(field, a, b string) {
		if a != b {
			all = append(all, Difference{field, a, b})
		}
	}
	differ("identifier", logged.Identifier, found.Identifier)
	differ("sender", logged.Sender, found.Sender)
	differ("sent", logged.Sent, found.Sent)
	differ("status", string(statusOf(logged.Realm, alert.Status)), string(alert.Status))
	differ("msgType", logged.MsgType, found.MsgType)
	if want := typeOf[logged.Kind]; logged.MsgType == found.MsgType {
		differ("msgType", string(want), found.MsgType)
	}
	differ("expires", logged.Expires, found.Expires)
	if logged.References != found.References {
		differ("references", fmt.Sprintf("%d %x", logged.References.Count, logged.References.Digest), alert.References.String())
	}
	for _, area := range found.Areas {
		if !within(area, logged.Areas) {
			differ("area", strings.Join(logged.Areas, " "), area)
		}
	}
	if logged.Content != found.Content {
		differ("content", fmt.Sprintf("%x", logged.Content), fmt.Sprintf("%x", found.Content))
	}
	return all
}

// typeOf is the type of the messages of each kind of leaf.
var typeOf = map[Kind]cap.MsgType{
	KindRelease: cap.MsgTypeAlert, KindUpdate: cap.MsgTypeUpdate, KindEnd: cap.MsgTypeCancel,
}

// statusOf is the status that messages of a realm have. A live log may hold
// tests and system messages, which say of themselves that nothing is to be done.
func statusOf(r Realm, found cap.Status) cap.Status {
	switch {
	case r == Exercise:
		return cap.StatusExercise
	case found == cap.StatusTest || found == cap.StatusSystem:
		return found
	}
	return cap.StatusActual
}

// Differences lists the fields in which two messages differ, at most 100, by
// their paths in cap.Alert's JSON form.
func Differences(logged, found *cap.Alert) []Difference {
	a, b := flat(logged), flat(found)
	fields := slices.Collect(maps.Keys(a))
	for field := range b {
		if _, ok := a[field]; !ok {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	var all []Difference
	for _, field := range fields {
		if a[field] != b[field] && len(all) < maxDifferences {
			all = append(all, Difference{field, a[field], b[field]})
		}
	}
	return all
}

// flat gives the values of a message by their paths.
func flat(alert *cap.Alert) map[string]string {
	values := map[string]string{}
	raw, err := json.Marshal(alert)
	if err != nil {
		return values // it was read from XML and is valid, so it can be written
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return values
	}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch node := node.(type) {
		case map[string]any:
			for name, child := range node {
				walk(strings.TrimPrefix(path+"."+name, "."), child)
			}
		case []any:
			for i, child := range node {
				walk(path+"["+strconv.Itoa(i)+"]", child)
			}
		default:
			values[path] = fmt.Sprint(node)
		}
	}
	walk("", tree)
	return values
}
