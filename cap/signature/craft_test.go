// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// craft signs whatever it is told to, as a careless issuer might: the digest
// and the value are right, so that only a rule about the form can refuse it.
type craft struct {
	by      holder
	message string // without signature
	// edits are applied to the Signature before it is signed: pairs of old and
	// new, in terms of layout.
	edits []string
	// form and hash are what the digest and the value are made with; exclusive
	// and SHA-256 if they are not set.
	form canonical.Algorithm
	hash crypto.Hash
	// truncated cuts the digest.
	truncated int
	// value, if set, makes the signature's value from the canonical SignedInfo.
	value func(signedInfo []byte) []byte
}

const layout = `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>` +
	`<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></CanonicalizationMethod>` +
	`<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"></SignatureMethod>` +
	`<Reference URI=""><Transforms>` +
	`<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform>` +
	`<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform></Transforms>` +
	`<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>` +
	`<DigestValue>{digest}</DigestValue></Reference></SignedInfo>` +
	`<SignatureValue>{value}</SignatureValue></Signature>`

func (c craft) sign(t testing.TB) string {
	t.Helper()
	if c.form == "" {
		c.form = canonical.Exclusive
	}
	if c.hash == 0 {
		c.hash = crypto.SHA256
	}
	form := canonical.Form{Algorithm: c.form, Limit: 1 << 20}
	signature := layout
	for i := 0; i < len(c.edits); i += 2 {
		signature = edit(t, signature, c.edits[i], c.edits[i+1])
	}
	end := strings.LastIndex(c.message, "</")
	raw := c.message[:end] + signature + c.message[end:]
	root, element := parsed(t, raw)
	content, err := form.Of(root, element)
	if err != nil {
		t.Fatal(err)
	}
	digest := sum(c.hash, content)
	raw = strings.Replace(raw, "{digest}", base64.StdEncoding.EncodeToString(digest[:len(digest)-c.truncated]), 1)
	_, element = parsed(t, raw)
	info, err := form.Of(element.Children()[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.value == nil {
		c.value = func(info []byte) []byte { return plain(t, c.by.key, c.hash, info) }
	}
	return strings.Replace(raw, "{value}", base64.StdEncoding.EncodeToString(c.value(info)), 1)
}

// plain signs with any digest, where sign knows SHA-256 only.
func plain(t testing.TB, key crypto.Signer, hash crypto.Hash, content []byte) []byte {
	t.Helper()
	digest := sum(hash, content)
	if key, ok := key.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			t.Fatal(err)
		}
		size := (key.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	value, err := key.Sign(rand.Reader, digest, hash)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// parsed returns the root and the last Signature in it.
func parsed(t testing.TB, raw string) (root, signature *canonical.Element) {
	t.Helper()
	document, err := canonical.Parse([]byte(raw), lexical.Options{Limits: cap.DefaultLimits()})
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	for _, child := range document.Root.Children() {
		if child.Name.Local == "Signature" {
			signature = child
		}
	}
	return document.Root, signature
}

// edit replaces the first old, which must be there.
func edit(t testing.TB, text, old, new string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in\n%s", old, text)
	}
	return strings.Replace(text, old, new, 1)
}

// between returns the part of text from the start of one mark to the end of
// another.
func between(t testing.TB, text, from, to string) string {
	t.Helper()
	start := strings.Index(text, from)
	end := strings.LastIndex(text, to)
	if start < 0 || end < start {
		t.Fatalf("nothing between %q and %q in\n%s", from, to, text)
	}
	return text[start : end+len(to)]
}
