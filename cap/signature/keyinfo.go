// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
)

// namespace11 is that of the additions of XML Signature 1.1.
const namespace11 = "http://www.w3.org/2009/xmldsig11#"

// maxHints bounds what a hostile message can hang on a signature; a chain of
// certificates has few elements.
const maxHints = 32

// keyInfo reads what the message says about its key. It is not signed and
// nothing follows from it, but that a certificate must be of the key that
// verifies.
func (r *reader) keyInfo(c *claim) error {
	if c.keyInfo == nil {
		return nil
	}
	if _, err := r.attributes(c.keyInfo); err != nil {
		return err
	}
	if err := r.blank(c.keyInfo); err != nil {
		return err
	}
	for _, hint := range c.keyInfo.Children() {
		if hint.Name.Space != namespace || !slices.Contains([]string{"KeyName", "KeyValue", "X509Data"}, hint.Name.Local) {
			return fault(r.document, hint, RuleStructure, "has no place here", "name the key by KeyName or X509Data, or not at all")
		}
		if err := r.hint(c, hint); err != nil {
			return err
		}
	}
	return nil
}

// hint reads one element of KeyInfo, and those in it.
func (r *reader) hint(c *claim, e *canonical.Element) error {
	if e.Name.Space != namespace && e.Name.Space != namespace11 {
		return fault(r.document, e, RuleStructure, "is in a foreign namespace", "remove it")
	}
	if c.hints++; c.hints > maxHints {
		return fault(r.document, e, RuleStructure, fmt.Sprintf("is one element more than the %d allowed in KeyInfo", maxHints), "leave out all but the issuer's certificate")
	}
	switch e.Name.Local {
	case "X509Certificate":
		der, err := r.binary(e)
		if err != nil {
			return err
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return fault(r.document, e, RuleCertificate, "is not a certificate: "+err.Error(), "remove it, or put the issuer's there")
		}
		c.certificates = append(c.certificates, certificate)
	case "KeyName":
		if _, err := r.attributes(e); err != nil {
			return err
		}
	case "X509Data":
		if _, err := r.attributes(e); err != nil {
			return err
		}
		if err := r.blank(e); err != nil {
			return err
		}
	default:
		if err := r.partner(e, RuleStructure, "describes the key otherwise than by its name or certificate"); err != nil {
			return err
		}
	}
	for _, child := range e.Children() {
		if err := r.hint(c, child); err != nil {
			return err
		}
	}
	return nil
}
