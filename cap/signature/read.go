// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// claim is what a Signature element says.
type claim struct {
	element, signedInfo, reference *canonical.Element
	infoForm, contentForm          canonical.Form
	algorithm                      algorithm
	digestHash                     crypto.Hash
	digest, value                  []byte
	valueElement                   *canonical.Element
	certificates                   []*x509.Certificate
	keyInfo                        *canonical.Element // nil if there is none
	hints                          int                // elements in it
}

// reader reads a Signature element. It takes what the profile allows, each
// thing at its one place, and nothing else.
type reader struct {
	document *canonical.Document
	profile  Profile
	// beyond is what the message has that only ProfilePartner allows.
	beyond *Error
}

// partner notes something that ProfileOwn does not allow.
func (r *reader) partner(at *canonical.Element, rule cap.Rule, message string) error {
	found := fault(r.document, at, rule, message+", which is for partners' messages only",
		"sign with Tocsin's own profile, or verify as a partner's message")
	if r.profile == ProfileOwn {
		return found
	}
	if r.beyond == nil {
		r.beyond = found
	}
	return nil
}

// locate returns the one Signature of a document: the last child of the root.
func locate(document *canonical.Document) (*canonical.Element, error) {
	var found []*canonical.Element
	var walk func(e *canonical.Element)
	walk = func(e *canonical.Element) {
		if e.Name.Space == namespace {
			found = append(found, e)
			return
		}
		for _, child := range e.Children() {
			walk(child)
		}
	}
	walk(document.Root)
	switch {
	case len(found) == 0:
		return nil, fault(document, document.Root, RuleMissing, "has no signature", "ask the issuer for the signed message")
	case len(found) > 1:
		return nil, fault(document, found[1], RuleSeveral, fmt.Sprintf("is one of %d signatures, and may be the only one", len(found)),
			"ask for the message with the signature of one pinned issuer alone")
	}
	e := found[0]
	if e.Name.Local != "Signature" || e.Parent != document.Root {
		return nil, fault(document, e, RulePlace, "is of a signature, but not a Signature in <alert> itself",
			"the Signature stands in <alert>, as its last element")
	}
	after := document.Root.Content[slices.IndexFunc(document.Root.Content, func(n canonical.Node) bool { return n.Element == e })+1:]
	for _, n := range after {
		if n.Element != nil || !lexical.IsBlank(n.Text) {
			return nil, fault(document, e, RulePlace, "is followed by something", "the Signature stands in <alert>, as its last element")
		}
	}
	return e, nil
}

// contents returns the children of e, which must be those of the pattern, in
// its order. A name that ends in ? may be absent; its element is nil then.
func (r *reader) contents(e *canonical.Element, pattern ...string) ([]*canonical.Element, error) {
	children := e.Children()
	if err := r.blank(e); err != nil {
		return nil, err
	}
	matched := make([]*canonical.Element, len(pattern))
	next := 0
	for i, name := range pattern {
		name, optional := strings.CutSuffix(name, "?")
		if next < len(children) && children[next].Name == (lexical.Name{Space: namespace, Local: name}) {
			matched[i] = children[next]
			next++
		} else if !optional {
			return nil, fault(r.document, e, RuleStructure, fmt.Sprintf("has no <%s> at its place", name), "follow XML Signature 1.1")
		}
	}
	if next < len(children) {
		child := children[next]
		if child.Name == (lexical.Name{Space: namespace, Local: "Object"}) {
			return nil, fault(r.document, child, RuleObject, "carries a payload beside the message", "leave Object out")
		}
		return nil, fault(r.document, child, RuleStructure, "has no place here", "remove it")
	}
	return matched, nil
}

// blank refuses text between the elements in e, and notes white space there.
func (r *reader) blank(e *canonical.Element) error {
	switch text := e.Text(); {
	case text == "":
		return nil
	case !lexical.IsBlank(text):
		return fault(r.document, e, RuleStructure, "has text between its elements", "remove the text")
	}
	return r.partner(e, RuleBytes, "has white space between its elements")
}

// attributes returns the values of the attributes of e: those named and no
// others. Nothing can refer to an Id here, so that it may stand.
func (r *reader) attributes(e *canonical.Element, names ...string) ([]string, error) {
	values := make([]string, len(names))
	found := 0
	for _, a := range e.Attributes {
		if i := slices.Index(names, a.Raw); i >= 0 {
			values[i] = a.Value
			found++
			continue
		}
		if a.Raw == "Id" {
			if err := r.partner(e, RuleStructure, "has an Id"); err != nil {
				return nil, err
			}
			continue
		}
		return nil, fault(r.document, e, RuleStructure, fmt.Sprintf("has the attribute %s, which has no place here", lexical.Clip(a.Raw)), "remove it")
	}
	if found < len(names) {
		return nil, fault(r.document, e, RuleStructure, "lacks an attribute: "+strings.Join(names, ", "), "follow XML Signature 1.1")
	}
	return values, nil
}

// algorithmOf returns the Algorithm of an element that has nothing else.
func (r *reader) algorithmOf(e *canonical.Element) (string, error) {
	values, err := r.attributes(e, "Algorithm")
	if err != nil {
		return "", err
	}
	if _, err := r.contents(e); err != nil {
		return "", err
	}
	return values[0], nil
}

func (r *reader) signature(e *canonical.Element) (*claim, error) {
	c := &claim{element: e}
	if _, err := r.attributes(e); err != nil {
		return nil, err
	}
	parts, err := r.contents(e, "SignedInfo", "SignatureValue", "KeyInfo?")
	if err != nil {
		return nil, err
	}
	c.signedInfo, c.valueElement, c.keyInfo = parts[0], parts[1], parts[2]
	if err := r.signedInfo(c); err != nil {
		return nil, err
	}
	if c.value, err = r.binary(c.valueElement); err != nil {
		return nil, err
	}
	return c, r.keyInfo(c)
}

func (r *reader) signedInfo(c *claim) error {
	if _, err := r.attributes(c.signedInfo); err != nil {
		return err
	}
	references := 0
	for _, child := range c.signedInfo.Children() {
		if child.Name.Local == "Reference" {
			references++
		}
	}
	if references > 1 {
		return fault(r.document, c.signedInfo, RuleReference, fmt.Sprintf("refers to %d things", references), "sign the message alone, by one Reference")
	}
	parts, err := r.contents(c.signedInfo, "CanonicalizationMethod", "SignatureMethod", "Reference")
	if err != nil {
		return err
	}
	if c.infoForm, err = r.form(parts[0], RuleCanonicalization); err != nil {
		return err
	}
	uri, err := r.algorithmOf(parts[1])
	if err != nil {
		return err
	}
	known := false
	if c.algorithm, known = algorithms[uri]; !known {
		return r.refuseAlgorithm(parts[1], "signed", uri)
	}
	if c.algorithm.hash != crypto.SHA256 {
		if err := r.partner(parts[1], RuleAlgorithm, "is "+c.algorithm.name); err != nil {
			return err
		}
	}
	c.reference = parts[2]
	return r.referenceTo(c)
}

func (r *reader) refuseAlgorithm(e *canonical.Element, done, uri string) error {
	if why := weakness(uri); why != "" {
		return fault(r.document, e, RuleWeak, fmt.Sprintf("says that the message is %s with %s", done, why),
			"ask the issuer to sign with RSA or ECDSA and SHA-256")
	}
	return fault(r.document, e, RuleAlgorithm, fmt.Sprintf("names the algorithm %q, which is not known", lexical.Clip(uri)),
		"ask the issuer to sign with RSA or ECDSA and SHA-256")
}

// form reads a canonicalization and its parameters.
func (r *reader) form(e *canonical.Element, rule cap.Rule) (canonical.Form, error) {
	form := canonical.Form{Limit: cap.DefaultLimits().Bytes}
	values, err := r.attributes(e, "Algorithm")
	if err != nil {
		return form, err
	}
	known := false
	if form.Algorithm, known = forms[values[0]]; !known {
		return form, fault(r.document, e, rule, fmt.Sprintf("names the algorithm %q, which is not allowed here", lexical.Clip(values[0])),
			"use enveloped-signature, then exclusive canonicalization without comments")
	}
	if form.Algorithm != canonical.Exclusive {
		if err := r.partner(e, rule, "is inclusive canonicalization"); err != nil {
			return form, err
		}
	}
	if len(e.Children()) == 0 || form.Algorithm != canonical.Exclusive {
		_, err := r.contents(e)
		return form, err
	}
	form.Prefixes, err = r.inclusiveNamespaces(e)
	return form, err
}

// maxPrefixes bounds the work on a hostile list; messages declare a few.
const maxPrefixes = 32

// inclusiveNamespaces reads the parameter of exclusive canonicalization.
func (r *reader) inclusiveNamespaces(e *canonical.Element) ([]string, error) {
	parameter := e.Children()[0]
	if parameter.Name != (lexical.Name{Space: string(canonical.Exclusive), Local: "InclusiveNamespaces"}) ||
		len(e.Children()) > 1 || !lexical.IsBlank(e.Text()) {
		return nil, fault(r.document, e, RuleStructure, "has parameters that are not known", "remove them")
	}
	values, err := r.attributes(parameter, "PrefixList")
	if err != nil {
		return nil, err
	}
	if _, err := r.contents(parameter); err != nil {
		return nil, err
	}
	prefixes := strings.Fields(values[0])
	if len(prefixes) > maxPrefixes {
		return nil, fault(r.document, parameter, RuleStructure, fmt.Sprintf("lists more than the %d prefixes allowed", maxPrefixes), "list fewer")
	}
	for i, prefix := range prefixes {
		if prefix == "#default" {
			prefixes[i] = ""
		}
	}
	return prefixes, r.partner(parameter, RuleCanonicalization, "lists prefixes")
}

// referenceTo reads the Reference, which must be to the message as a whole.
func (r *reader) referenceTo(c *claim) error {
	uris, err := r.attributes(c.reference, "URI")
	if err != nil {
		return err
	}
	if uris[0] != "" {
		return fault(r.document, c.reference, RuleReference, fmt.Sprintf("refers to %q", lexical.Clip(uris[0])), `sign the whole message, by URI=""`)
	}
	parts, err := r.contents(c.reference, "Transforms", "DigestMethod", "DigestValue")
	if err != nil {
		return err
	}
	if err := r.transforms(c, parts[0]); err != nil {
		return err
	}
	uri, err := r.algorithmOf(parts[1])
	if err != nil {
		return err
	}
	known := false
	if c.digestHash, known = digests[uri]; !known {
		return r.refuseAlgorithm(parts[1], "digested", uri)
	}
	if c.digestHash != crypto.SHA256 {
		if err := r.partner(parts[1], RuleAlgorithm, "is "+c.digestHash.String()); err != nil {
			return err
		}
	}
	if c.digest, err = r.binary(parts[2]); err != nil {
		return err
	}
	if len(c.digest) != c.digestHash.Size() {
		return fault(r.document, parts[2], RuleEncoding, fmt.Sprintf("has %d bytes, and a digest by %s has %d", len(c.digest), c.digestHash, c.digestHash.Size()),
			"ask the issuer for the message as signed")
	}
	return nil
}

// transforms takes enveloped-signature, then a canonicalization. Where the
// latter is missing the standard has Canonical XML 1.0 (section 4.4.3.2).
func (r *reader) transforms(c *claim, e *canonical.Element) error {
	if _, err := r.attributes(e); err != nil {
		return err
	}
	list := e.Children()
	pattern := slices.Repeat([]string{"Transform"}, len(list))
	if _, err := r.contents(e, pattern...); err != nil {
		return err
	}
	if len(list) == 0 || len(list) > 2 {
		return fault(r.document, e, RuleTransform, fmt.Sprintf("has %d transforms", len(list)),
			"use two: enveloped-signature, then exclusive canonicalization without comments")
	}
	values, err := r.attributes(list[0], "Algorithm")
	if err != nil {
		return err
	}
	if values[0] != enveloped {
		return fault(r.document, list[0], RuleTransform, fmt.Sprintf("begins with %q, which is not allowed here", lexical.Clip(values[0])),
			"begin with enveloped-signature")
	}
	if _, err := r.contents(list[0]); err != nil {
		return err
	}
	if len(list) == 1 {
		c.contentForm = canonical.Form{Algorithm: canonical.Inclusive, Limit: cap.DefaultLimits().Bytes}
		return r.partner(e, RuleTransform, "leaves the canonicalization to the standard")
	}
	c.contentForm, err = r.form(list[1], RuleTransform)
	return err
}

// binary reads the base64 of an element. White space may stand in it.
func (r *reader) binary(e *canonical.Element) ([]byte, error) {
	if _, err := r.attributes(e); err != nil {
		return nil, err
	}
	if len(e.Children()) > 0 {
		return nil, fault(r.document, e.Children()[0], RuleStructure, "has no place here", "remove it")
	}
	text := unspaced.Replace(e.Text())
	if text != e.Text() {
		if err := r.partner(e, RuleBytes, "has white space in it"); err != nil {
			return nil, err
		}
	}
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(value) == 0 {
		return nil, fault(r.document, e, RuleEncoding, "is not base64", "ask the issuer for the message as signed")
	}
	return value, nil
}

var unspaced = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")
