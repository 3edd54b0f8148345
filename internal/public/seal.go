// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// seal says what stands behind a message, to people.
type seal struct {
	catalogue.Language
	// Grade is empty for a message that cannot be proved, or not yet.
	Grade tlog.Grade
	// Word is the grade in words; Why says why there is none.
	Word, Why string
	// Signers say who asked and who released, by role and kind of key; Time is
	// when, Place the number of the entry in the log Origin, Entry its page.
	Signers       []string
	Time, Machine string
	Place, Entry  string
	Origin        string
	// Witnesses are the names of those that have cosigned.
	Witnesses string
	// Bundle is an address, Check that of the page on which people check a message
	// without our word; empty while there is no grade. Proof and Code are addresses
	// too; empty while there is no proof.
	Proof, Bundle, Code, Check string
}

// footing is what stands behind a message: its place in the log, if it is there,
// the grade of its proof or of the node's own statement, if it has one, and who
// witnessed that.
type footing struct {
	logged    bool
	index     int64
	grade     tlog.Grade
	witnesses string
}

// proved reports whether there is a proof: a statement is none, and too long for a
// QR code.
func (f footing) proved() bool { return f.grade != "" && f.grade != tlog.GradeC }

func (role *Role) footing(identifier string) (f footing) {
	f.index, f.logged = role.tree.Message(identifier)
	if !f.logged {
		return f
	}
	if s := role.logged.standing.Load(); s != nil {
		if _, f.grade = s.Best(f.index, role.now()); f.grade == tlog.GradeA {
			f.witnesses = s.witnesses
		}
	}
	if f.grade == "" && role.statement(f.index) != "" {
		f.grade = tlog.GradeC
	}
	return f
}

// seals names the grades of all messages that are shown, so that a page whose
// seals rise is a new one.
func (role *Role) seals(s selection) string {
	var all strings.Builder
	for _, chains := range [][]*warning.Warning{s.inForce, s.cleared, s.recent} {
		for _, w := range chains {
			for i := range w.Messages {
				f := role.footing(w.Messages[i].Identifier)
				if f.logged && f.grade == "" {
					f.grade = "?"
				}
				all.WriteString(string(f.grade))
			}
			all.WriteByte(' ')
		}
	}
	return all.String()
}

func (role *Role) seal(identifier string, in catalogue.Language) seal {
	f := role.footing(identifier)
	s := seal{Language: in, Grade: f.grade, Witnesses: f.witnesses}
	switch {
	case !f.logged:
		s.Word, s.Why = in.T("public.seal.none"), in.T("public.seal.none.why")
		return s
	case f.grade == "":
		s.Word, s.Why = in.T("public.seal.pending"), in.T("public.seal.pending.why")
	default:
		s.Word = in.T("public.seal", in.T("verify.grade."+strings.ToLower(string(f.grade))))
		s.Bundle = formPath(identifier, formBundle)
		if f.proved() {
			s.Proof, s.Code = formPath(identifier, formProof), formPath(identifier, formCode)
		}
		s.Check = verifyPath + "#" + url.PathEscape(identifier)
	}
	leaf, err := tlog.ParseLeaf(role.tree.Entry(f.index))
	if err != nil {
		return s // it was read before it came into the tree
	}
	for _, a := range leaf.Assertions {
		s.Signers = append(s.Signers, in.T("public.seal."+string(a.Action), in.T("common.role."+string(a.Role)), in.T("log.guard."+string(a.Guard))))
	}
	s.Time, s.Machine = in.Time(leaf.Time, catalogue.LayoutShort, role.location), leaf.Time.Format(time.RFC3339)
	s.Place, s.Origin = strconv.FormatInt(f.index, 10), role.tree.Origin() // the place is a name: no grouping
	s.Entry = logEntriesPath + s.Place
	return s
}
