// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package logaudit

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Line says in one line what an entry records; the leaf of one that cannot be
// read is nil. What is in a leaf is printable ASCII and cannot command a terminal.
func Line(words catalogue.Language, index int64, l *tlog.Leaf) string {
	if l == nil {
		return fmt.Sprintf("%8d  %s", index, words.T("log.unreadable"))
	}
	line := fmt.Sprintf("%8d  %s  %s: %s", index, l.Time.Format(time.DateTime+"Z"), words.T("log.kind."+string(l.Kind)), about(words, l))
	if l.Realm == tlog.Exercise {
		line += " [" + words.T("common.realm.exercise") + "]"
	}
	return line
}

// about says what a leaf is about.
func about(words catalogue.Language, l *tlog.Leaf) string {
	in := func(areas []string) string { return words.T("log.in", strings.Join(areas, " ")) }
	switch l.Kind {
	case tlog.KindRelease, tlog.KindUpdate, tlog.KindEnd:
		return words.T("log.signed", len(l.Assertions), l.Identifier, in(l.Areas))
	case tlog.KindRefusal:
		return l.Identifier + ", " + l.Reason
	case tlog.KindSiren:
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", l.Signal, l.Identifier, in(l.Areas)))
	case tlog.KindEnrolment:
		return words.T("log.key", l.Key.ID(), l.Holder, string(l.Guard), strings.Join(l.Roles, " "))
	case tlog.KindRevoke:
		return strings.TrimSpace(l.Key.ID() + " " + l.Reason)
	case tlog.KindRoles:
		return words.T("log.roles", l.Holder, strings.Join(l.Roles, " "))
	case tlog.KindTerritory:
		return l.Grantee + " " + in(l.Areas)
	case tlog.KindLast:
		return strings.TrimSpace(l.Origin + " " + l.Next)
	}
	return l.Origin
}
