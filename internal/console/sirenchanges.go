// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// keptChanges is how many changes of a registry entry are kept for its page.
const keptChanges = 50

// entryChange is one change of a siren's registry entry.
type entryChange struct {
	at     time.Time
	by     string
	fields []FieldChange
}

// entryChanges compares the entries that a record registers with those that
// there are. It is called before the fleet takes the record.
func (v *view) entryChanges(r journal.Record) error {
	for _, e := range r.Events {
		if e.Kind != siren.EventRegistered {
			continue
		}
		body, err := journal.Decode[siren.Registered](e)
		if err != nil {
			return err
		}
		for _, entry := range body.Sirens {
			change := entryChange{at: r.Time, by: r.By}
			if old, known := v.fleet.Siren(entry.ID); known {
				if change.fields, err = changedFields(old, entry); err != nil {
					return err
				}
				if len(change.fields) == 0 {
					continue
				}
			}
			list := append(v.entries[entry.ID], change)
			v.entries[entry.ID] = list[max(0, len(list)-keptChanges):]
		}
	}
	return nil
}

// changedFields names the fields of the JSON form that differ, by name.
func changedFields(old, entry siren.Siren) ([]FieldChange, error) {
	before, err := fieldsOf(old)
	if err != nil {
		return nil, err
	}
	after, err := fieldsOf(entry)
	if err != nil {
		return nil, err
	}
	names := maps.Clone(before)
	maps.Copy(names, after)
	var changes []FieldChange
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !bytes.Equal(before[name], after[name]) {
			changes = append(changes, FieldChange{Field: name, Old: before[name], New: after[name]})
		}
	}
	return changes, nil
}

func fieldsOf(entry siren.Siren) (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	return fields, json.Unmarshal(raw, &fields)
}

// registryChanges gives the changes of a siren's entry, newest first. It is
// called within View.
func (s *Service) registryChanges(id string) []RegistryChange {
	changes := []RegistryChange{}
	for _, c := range slices.Backward(s.view.entries[id]) {
		changes = append(changes, RegistryChange{At: c.at, By: s.person(c.by), Fields: listed(c.fields)})
	}
	return changes
}
