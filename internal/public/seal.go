// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"net/url"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// seal says what stands behind a message.
type seal struct {
	catalogue.Language
	// Grade is "A" or "B", "" for a message that is not in the log, and "…" for
	// one that is about to be signed.
	Grade string
	// Word is the grade in words, Meaning a sentence about it.
	Word, Meaning string
	// Signers say who asked and who released, by role and kind of key.
	Signers []string
	Time    string
	// Place is the number of the entry, from 1, Size that of all entries.
	Place, Size int64
	// Proof, Bundle and Code are addresses; empty while there is no proof.
	Proof, Bundle, Code string
	// Verify is where readers check for themselves.
	Verify string
}

const gradePending = "…"

// grade says what stands behind a message now.
func (role *Role) grade(identifier string) (index int64, grade string) {
	index, ok := role.tree.Message(identifier)
	if !ok {
		return 0, ""
	}
	if s := role.logged.standing.Load(); s != nil {
		if checkpoint, grade := s.Best(index, role.now()); checkpoint != nil {
			return index, string(grade)
		}
	}
	return index, gradePending
}

// seals names the grades of all messages that are shown, so that a page whose
// seals rise is a new one.
func (role *Role) seals(s selection) string {
	var all strings.Builder
	for _, chains := range [][]*warning.Warning{s.inForce, s.cleared, s.recent} {
		for _, w := range chains {
			for i := range w.Messages {
				_, grade := role.grade(w.Messages[i].Identifier)
				all.WriteString(grade)
			}
			all.WriteByte(' ')
		}
	}
	return all.String()
}

// keysOfGrades are what the words about the grades are called.
var keysOfGrades = map[string]string{string(tlog.GradeA): "a", string(tlog.GradeB): "b", gradePending: "pending", "": "none"}

func (role *Role) seal(identifier string, in catalogue.Language) seal {
	index, grade := role.grade(identifier)
	key := "public.seal." + keysOfGrades[grade]
	s := seal{Language: in, Grade: grade, Word: in.T(key), Meaning: in.T(key + ".meaning"), Verify: verifyPath + "#" + url.PathEscape(identifier)}
	leaf, err := tlog.ParseLeaf(role.tree.Entry(index))
	if grade == "" || err != nil {
		return s
	}
	for _, a := range leaf.Assertions {
		s.Signers = append(s.Signers, in.T("public.seal."+string(a.Action), in.T("public.seal.guard."+string(a.Guard))))
	}
	s.Time = in.Time(leaf.Time, catalogue.LayoutShort, role.location)
	s.Place, s.Size = index+1, role.tree.Size()
	if grade != gradePending {
		s.Proof, s.Bundle, s.Code = formPath(identifier, formProof), formPath(identifier, formBundle), formPath(identifier, formCode)
	}
	return s
}
