// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"crypto"
	_ "crypto/sha256" // the hashes of the tables below
	_ "crypto/sha512"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
)

// namespace is that of XML signatures.
const namespace = "http://www.w3.org/2000/09/xmldsig#"

const enveloped = namespace + "enveloped-signature"

// Profile is a set of forms that a signature may have.
type Profile int

const (
	// ProfileOwn is the form that Sign writes: exclusive canonicalization,
	// SHA-256, RSA of 3072 bits or more or ECDSA on P-256, and a message whose
	// bytes are canonical, so that nothing about them can be changed unseen.
	ProfileOwn Profile = iota
	// ProfilePartner adds what other issuers send: Canonical XML 1.0 and 1.1,
	// SHA-384 and SHA-512, RSA from 2048 bits, ECDSA on P-384 and P-521, and
	// any way of writing the same document.
	ProfilePartner
)

func (p Profile) String() string {
	if p == ProfileOwn {
		return "own profile"
	}
	return "partner"
}

// keyKind is what a signature algorithm needs a key of.
type keyKind string

const (
	kindRSA   keyKind = "RSA"
	kindECDSA keyKind = "ECDSA"
)

// algorithm is a signature algorithm.
type algorithm struct {
	name string
	kind keyKind
	hash crypto.Hash
}

// The algorithms that are believed (RFC 9231; XML Signature 1.1, section 6.1).
// Those with SHA-256 belong to ProfileOwn.
var (
	algorithms = map[string]algorithm{
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256":   {"RSA with SHA-256", kindRSA, crypto.SHA256},
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384":   {"RSA with SHA-384", kindRSA, crypto.SHA384},
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512":   {"RSA with SHA-512", kindRSA, crypto.SHA512},
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256": {"ECDSA with SHA-256", kindECDSA, crypto.SHA256},
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384": {"ECDSA with SHA-384", kindECDSA, crypto.SHA384},
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512": {"ECDSA with SHA-512", kindECDSA, crypto.SHA512},
	}
	digests = map[string]crypto.Hash{
		digestSHA256: crypto.SHA256,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
		"http://www.w3.org/2001/04/xmlenc#sha512":       crypto.SHA512,
	}
	forms = map[string]canonical.Algorithm{
		string(canonical.Exclusive):   canonical.Exclusive,
		string(canonical.Inclusive):   canonical.Inclusive,
		string(canonical.Inclusive11): canonical.Inclusive11,
	}
)

const digestSHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

// weakness says why an algorithm is not believed although it is known, or "".
func weakness(uri string) string {
	_, name, _ := strings.Cut(strings.ToLower(uri), "#")
	switch {
	case strings.HasPrefix(name, "hmac-"):
		return "HMAC, which proves nothing: whoever can verify it can also forge it"
	case strings.HasPrefix(name, "dsa-"):
		return "DSA, which is out of use"
	case strings.HasSuffix(name, "sha1") || strings.HasPrefix(name, "sha1-"):
		return "SHA-1, with which two documents can be made that have one signature"
	case strings.Contains(name, "md5"):
		return "MD5, with which two documents can be made that have one signature"
	case strings.HasSuffix(name, "sha224") || strings.HasSuffix(name, "ripemd160"):
		return "a digest that is too short"
	}
	return ""
}
