// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// VerifyOptions says what Verify believes.
type VerifyOptions struct {
	// Keys are the pinned keys. One of them must have signed.
	Keys []Key
	// Profile is what a signature may look like; the zero value is the
	// stricter.
	Profile Profile
}

// Verified is what a signature vouches for.
type Verified struct {
	// Alert is the message, read from Content.
	Alert *cap.Alert
	// Findings are the repairs of a lenient reading, which partners' messages
	// get; a message in ProfileOwn is read strictly.
	Findings []cap.Finding
	// Content is what was signed: the message without its signature, in
	// canonical form.
	Content []byte
	// Key is the pinned key that fits.
	Key Key
	// Algorithm names what was signed with, as in "RSA with SHA-256".
	Algorithm string
	// Profile is the stricter profile that the message keeps.
	Profile Profile
}

// Verify checks the signature of a message in XML and returns what it vouches
// for. Use only that: raw may hold more, such as white space or another
// spelling of the same text.
//
// An ECDSA signature (r, s) has a twin (r, n-s) that fits as well, and base64
// may be broken into lines: the bytes of a signature identify nothing, the
// message's identifier and Content do.
//
// Errors are a *cap.Refusal if the gate did not let the document through, an
// *Error if the signature is not believed, and what cap.Read and
// cap.ReadLenient return, wrapped, if it is but the message is not CAP.
func Verify(raw []byte, options VerifyOptions) (*Verified, error) {
	v, err := verify(raw, options)
	if err != nil {
		return nil, err
	}
	if v.Profile == ProfileOwn {
		v.Alert, err = cap.Read(v.Content)
	} else {
		v.Alert, v.Findings, err = cap.ReadLenient(v.Content)
	}
	if err != nil {
		return nil, fmt.Errorf("signed by %s, but %w", v.Key.Name, err)
	}
	return v, nil
}

// verify is Verify for any document.
func verify(raw []byte, options VerifyOptions) (*Verified, error) {
	for _, key := range options.Keys {
		if err := checkKey(key.Public, ProfilePartner); err != nil {
			return nil, &Error{cap.Finding{Rule: RuleKey, Severity: cap.GravityError, Path: "pinned key " + key.Name,
				Message: err.Error(), Remedy: "pin another key"}}
		}
	}
	document, err := canonical.Parse(raw, lexical.Options{Limits: cap.DefaultLimits(), NoComments: true})
	if err != nil {
		return nil, err
	}
	element, err := locate(document)
	if err != nil {
		return nil, err
	}
	r := &reader{document: document, profile: options.Profile}
	c, err := r.signature(element)
	if err != nil {
		return nil, err
	}
	signed, err := r.canonical(c.infoForm, c.signedInfo, nil)
	if err != nil {
		return nil, err
	}
	key, err := r.signer(c, signed, options.Keys)
	if err != nil {
		return nil, err
	}
	content, err := r.canonical(c.contentForm, document.Root, element)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(sum(c.digestHash, content), c.digest) != 1 {
		return nil, r.changed(c)
	}
	if err := r.bytes(raw); err != nil {
		return nil, err
	}
	v := &Verified{Content: content, Key: key, Algorithm: c.algorithm.name}
	if r.beyond != nil {
		v.Profile = ProfilePartner
	}
	return v, nil
}

func sum(hash crypto.Hash, content []byte) []byte {
	h := hash.New()
	h.Write(content)
	return h.Sum(nil)
}

func (r *reader) canonical(form canonical.Form, apex, without *canonical.Element) ([]byte, error) {
	out, err := form.Of(apex, without)
	var failure *canonical.Error
	if errors.As(err, &failure) {
		at := *apex
		at.Offset = failure.Offset
		return nil, fault(r.document, &at, RuleCanonicalization, "has no canonical form: "+failure.Message, "ask the issuer for another form of the message")
	}
	return out, err
}

// signer returns the pinned key that the signature is by.
func (r *reader) signer(c *claim, signed []byte, keys []Key) (Key, error) {
	digest := sum(c.algorithm.hash, signed)
	suitable := 0
	for _, key := range keys {
		if kindOf(key.Public) != c.algorithm.kind {
			continue
		}
		suitable++
		if !fits(key.Public, c, digest) {
			continue
		}
		if err := checkKey(key.Public, ProfileOwn); err != nil {
			if err := r.partner(c.valueElement, RuleKey, "is by "+key.Name+": "+err.Error()); err != nil {
				return Key{}, err
			}
		}
		return key, r.certificate(c, key)
	}
	for _, certificate := range c.certificates {
		if checkKey(certificate.PublicKey, ProfilePartner) == nil && kindOf(certificate.PublicKey) == c.algorithm.kind && fits(certificate.PublicKey, c, digest) {
			brought := Key{Public: certificate.PublicKey}
			return Key{}, fault(r.document, c.keyInfo, RuleUnpinned,
				fmt.Sprintf("has the certificate of the key that signed, %q, SHA-256 %s; it is not pinned, and anybody can send a certificate along",
					lexical.Clip(certificate.Subject.CommonName), brought.Fingerprint()),
				"pin this key only if the issuer confirms its fingerprint by another way")
		}
	}
	if suitable == 0 {
		return Key{}, fault(r.document, c.valueElement, RuleKey, fmt.Sprintf("is %s, and none of the %d pinned keys is for %s", c.algorithm.name, len(keys), c.algorithm.kind),
			"pin the issuer's key")
	}
	if c.algorithm.kind == kindECDSA {
		var der struct{ R, S *big.Int }
		if rest, err := asn1.Unmarshal(c.value, &der); err == nil && len(rest) == 0 {
			return Key{}, fault(r.document, c.valueElement, RuleEncoding, "is in DER, where XML Signature has the numbers r and s of fixed length, one after the other",
				"ask the issuer to correct the signing program")
		}
	}
	return Key{}, fault(r.document, c.valueElement, RuleValue, "is by none of the pinned keys, or was changed",
		"pin the issuer's present key, or ask the issuer for the message as signed")
}

// fits reports whether a key made the signature over a digest.
func fits(public crypto.PublicKey, c *claim, digest []byte) bool {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, c.algorithm.hash, digest, c.value) == nil
	case *ecdsa.PublicKey:
		size := (public.Curve.Params().BitSize + 7) / 8
		if len(c.value) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(c.value[:size]), new(big.Int).SetBytes(c.value[size:])
		return ecdsa.Verify(public, digest, r, s)
	}
	return false
}

// certificate holds the certificates in the message, if any, against the key.
func (r *reader) certificate(c *claim, key Key) error {
	for _, certificate := range c.certificates {
		if (Key{Public: certificate.PublicKey}).Fingerprint() == key.Fingerprint() {
			return nil
		}
	}
	if len(c.certificates) == 0 {
		return nil
	}
	return fault(r.document, c.keyInfo, RuleCertificate, "has a certificate, but not of "+key.Name+", whose key signed",
		"ask the issuer for the message as signed")
}

// changed tells a message that was merely indented anew from others.
func (r *reader) changed(c *claim) error {
	const message = "has another digest than the one signed: the message was changed after it was signed"
	form := c.contentForm
	form.NoBlanks = true
	if content, err := form.Of(r.document.Root, c.element); err == nil && bytes.Equal(sum(c.digestHash, content), c.digest) {
		return fault(r.document, c.reference, RuleDigest, message+", by white space between its elements",
			"ask for the message as signed: something on its way indented it anew")
	}
	return fault(r.document, c.reference, RuleDigest, message+"; what was changed cannot be known",
		"ask for the message as signed, and through which program it went on its way")
}

// bytes notes a document whose bytes are not its canonical form.
func (r *reader) bytes(raw []byte) error {
	if r.beyond != nil {
		return nil
	}
	form := canonical.Form{Algorithm: canonical.Exclusive, Limit: cap.DefaultLimits().Bytes}
	if out, err := form.Of(r.document.Root, nil); err == nil && bytes.Equal(out, raw) {
		return nil
	}
	return r.partner(r.document.Root, RuleBytes, "is not in canonical form")
}

// String names the key and what it signed with.
func (v *Verified) String() string {
	return strings.Join([]string{v.Key.Name, v.Algorithm, v.Profile.String()}, ", ")
}
