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

const (
	core    = "XML Signature 1.1, "
	profile = "docs/formats/cap-signature.md"
)

// Rules returns all rules of signatures. A signed message must also pass the
// gate, whose rules cap.Rules has.
func Rules() []cap.RuleInfo {
	return []cap.RuleInfo{
		{ID: RuleMissing, Severity: cap.GravityError, Title: "The message has a signature.", Source: "CAP 1.2, 3.3.4.1"},
		{ID: RuleSeveral, Severity: cap.GravityError, Title: "The message has one signature only.", Source: profile},
		{ID: RulePlace, Severity: cap.GravityError, Title: "The signature is the last element in alert.", Source: "CAP 1.2, 3.3.4.1"},
		{ID: RuleStructure, Severity: cap.GravityError, Title: "The signature has the elements and attributes of the standard, each at its place, and no others.", Source: core + "4"},
		{ID: RuleObject, Severity: cap.GravityError, Title: "The signature carries no Object.", Source: profile},
		{ID: RuleReference, Severity: cap.GravityError, Title: `The signature refers to the whole message, by one Reference with URI="".`, Source: "CAP 1.2, 3.3.4.1; " + core + "4.4.3"},
		{ID: RuleTransform, Severity: cap.GravityError, Title: "The transforms are enveloped-signature, then one allowed canonicalization.", Source: core + "6.6"},
		{ID: RuleCanonicalization, Severity: cap.GravityError, Title: "What is signed has a canonical form, by an allowed algorithm.", Source: core + "6.5"},
		{ID: RuleWeak, Severity: cap.GravityError, Title: "No algorithm is broken: no SHA-1, MD5, DSA or HMAC.", Source: "RFC 6194; RFC 6151; " + profile},
		{ID: RuleAlgorithm, Severity: cap.GravityError, Title: "The algorithms are known: RSA or ECDSA, with SHA-256, SHA-384 or SHA-512.", Source: core + "6.1; RFC 9231"},
		{ID: RuleEncoding, Severity: cap.GravityError, Title: "Digest and value are base64 of the right length, an ECDSA value r and s side by side.", Source: core + "4.3, 6.4.3"},
		{ID: RuleKey, Severity: cap.GravityError, Title: "A pinned key is of the kind that signed, and strong enough.", Source: profile},
		{ID: RuleUnpinned, Severity: cap.GravityError, Title: "The key is pinned; a certificate in the message proves nothing.", Source: profile},
		{ID: RuleCertificate, Severity: cap.GravityError, Title: "A certificate in the message is that of the key that signed.", Source: profile},
		{ID: RuleValue, Severity: cap.GravityError, Title: "The value is by a pinned key, over SignedInfo as it stands.", Source: core + "3.2.2"},
		{ID: RuleDigest, Severity: cap.GravityError, Title: "The message is as it was when it was signed.", Source: core + "3.2.1"},
		{ID: RuleBytes, Severity: cap.GravityError, Title: "In Tocsin's own profile a message's bytes are its canonical form.", Source: profile},
	}
}

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
