// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"slices"
	"time"
)

// KeyRecord is what a log says about one operator's key.
type KeyRecord struct {
	Guard Guard `json:"guard"`
	// Holder is the operator's number in the log.
	Holder string    `json:"holder"`
	Spans  []RoleSet `json:"roles"`
	// Revoked is zero for a key that counts.
	Revoked time.Time `json:"revoked,omitzero"`
}

// RoleSet is what roles an operator has from a time on.
type RoleSet struct {
	From  time.Time `json:"from"`
	Roles []string  `json:"roles"`
}

// KeyRing is what a log says about operators' keys, by their ids.
type KeyRing map[string]*KeyRecord

// apply takes in a leaf about keys or roles.
func (r KeyRing) apply(l *Leaf) {
	switch l.Kind {
	case KindEnrolment:
		r[l.Key.ID()] = &KeyRecord{Guard: l.Guard, Holder: l.Holder, Spans: []RoleSet{{l.Time, l.Roles}}}
	case KindRevoke:
		if record, ok := r[l.Key.ID()]; ok && record.Revoked.IsZero() {
			record.Revoked = l.Time
		}
	case KindRoles:
		for _, record := range r {
			if record.Holder == l.Holder {
				record.Spans = append(record.Spans, RoleSet{l.Time, l.Roles})
			}
		}
	}
}

// at gives the record of an assertion's key, if it counts at that time in the
// assertion's role; otherwise the result that says why not.
func (r KeyRing) at(a Assertion, t time.Time) (*KeyRecord, Result) {
	record, ok := r[a.Key.ID()]
	if !ok || record.Guard != a.Guard {
		return nil, KeyNotEnrolled
	}
	if !record.Revoked.IsZero() && !t.Before(record.Revoked) {
		return nil, KeyRevoked
	}
	var roles []string
	for _, span := range record.Spans {
		if !t.Before(span.From) {
			roles = span.Roles
		}
	}
	if !slices.Contains(roles, string(a.Role)) {
		return nil, KeyNotEnrolled
	}
	return record, ""
}
