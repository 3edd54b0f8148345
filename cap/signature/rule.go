// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The rules that a signature can break.
const (
	RuleMissing          cap.Rule = "signature.missing"
	RuleSeveral          cap.Rule = "signature.several"
	RulePlace            cap.Rule = "signature.place"
	RuleStructure        cap.Rule = "signature.structure"
	RuleObject           cap.Rule = "signature.object"
	RuleReference        cap.Rule = "signature.reference"
	RuleTransform        cap.Rule = "signature.transform"
	RuleCanonicalization cap.Rule = "signature.canonicalization"
	RuleWeak             cap.Rule = "signature.weak"
	RuleAlgorithm        cap.Rule = "signature.algorithm"
	RuleEncoding         cap.Rule = "signature.encoding"
	RuleKey              cap.Rule = "signature.key"
	RuleUnpinned         cap.Rule = "signature.unpinned"
	RuleCertificate      cap.Rule = "signature.certificate"
	RuleValue            cap.Rule = "signature.value"
	RuleDigest           cap.Rule = "signature.digest"
	RuleBytes            cap.Rule = "signature.bytes"
)

// Error says why a message is not signed as it should be.
type Error struct {
	// Finding has the rule, the place, the reason and the remedy. Line and
	// Column are 0 if the reason lies in a pinned key.
	Finding cap.Finding
}

func (e *Error) Error() string { return "the signature is not believed: " + e.Finding.String() }

// fault returns an Error at an element of the document.
func fault(document *canonical.Document, at *canonical.Element, rule cap.Rule, words ...string) *Error {
	line, column := lexical.Position(document.Source, at.Offset)
	return &Error{cap.Finding{Rule: rule, Severity: cap.GravityError, Path: path(at), Line: line, Column: column,
		Message: words[0], Remedy: words[1]}}
}

// path names an element as a cap.Finding has it.
func path(e *canonical.Element) string {
	if e.Parent == nil {
		return lexical.Clip(e.Name.Local)
	}
	return path(e.Parent) + "/" + lexical.Clip(e.Name.Local)
}
