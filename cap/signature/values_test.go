// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // for messages that must be refused
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// references are messages that the pinned key did sign, as vouching for
// something else than the message, or for it by way of something else.
func references(t *testing.T) []vector {
	h := holders()["P-256"]
	var v verdicts
	with := func(name string, rule cap.Rule, why string, edits ...string) {
		v.add(name, rule, why+" (the pinned key signed it)", craft{by: h, message: text, edits: edits}.sign(t))
	}
	for name, uri := range inOrder(map[string]string{"id": "#a", "document": "https://evil.example/", "pointer": "#xpointer(/)", "file": "message.xml", "space": " "}) {
		with("reference-to-"+name, RuleReference, fmt.Sprintf("a Reference to %q", uri), `URI=""`, `URI="`+uri+`"`)
	}
	with("reference-without-uri", RuleStructure, "a Reference that leaves open to what", ` URI=""`, "")
	with("reference-with-type", RuleStructure, "a Reference with a Type", ` URI=""`, ` URI="" Type="http://www.w3.org/2000/09/xmldsig#Manifest"`)
	second := `<Reference URI="https://evil.example/"><DigestMethod Algorithm="` + digestSHA256 + `"></DigestMethod><DigestValue>AAAA</DigestValue></Reference>`
	with("two-references", RuleReference, "a second Reference", "</Reference>", "</Reference>"+second)
	with("two-references-first", RuleReference, "a second Reference in front", wholeReference, second+wholeReference)
	with("no-reference", RuleStructure, "no Reference at all", between(t, layout, "<Reference", "</Reference>"), "")
	for name, uri := range inOrder(map[string]string{
		"xpath": "http://www.w3.org/TR/1999/REC-xpath-19991116", "xslt": "http://www.w3.org/TR/1999/REC-xslt-19991116",
		"xpath-filter": "http://www.w3.org/2002/06/xmldsig-filter2", "base64": namespace + "base64",
		"with-comments": "http://www.w3.org/2001/10/xml-exc-c14n#WithComments", "capitals": strings.ToUpper(excURI), "unknown": "urn:evil",
	}) {
		with("transform-"+name, RuleTransform, "a transform that is not allowed: "+name, secondTransform, strings.Replace(secondTransform, excURI, uri, 1))
	}
	with("transform-before", RuleTransform, "a transform before enveloped-signature", firstTransform, `<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"></Transform>`)
	with("transform-order", RuleTransform, "canonicalization before enveloped-signature", firstTransform+secondTransform,
		strings.TrimSuffix(secondTransform, "</Transforms>")+firstTransform+"</Transforms>")
	with("transform-not-enveloped", RuleTransform, "no enveloped-signature", firstTransform, "")
	with("transform-three", RuleTransform, "three transforms", firstTransform, firstTransform+firstTransform)
	with("transform-none", RuleTransform, "no transforms", firstTransform+strings.TrimSuffix(secondTransform, "</Transforms>"), "")
	with("transform-parameter", RuleStructure, "a transform with a parameter", secondTransform, strings.Replace(secondTransform, "></", "><XPath>true()</XPath></", 1))
	with("transform-prefixes", RuleStructure, "a list of a thousand prefixes", secondTransform, strings.Replace(secondTransform, "></",
		`><InclusiveNamespaces xmlns="`+excURI+`" PrefixList="`+strings.Repeat("a ", 1000)+`"></InclusiveNamespaces></`, 1))
	for name, uri := range inOrder(map[string]string{"with-comments": excURI + "WithComments", "capitals": strings.ToUpper(excURI), "unknown": "urn:evil"}) {
		with("canonicalization-"+name, RuleCanonicalization, "a canonicalization of SignedInfo that is not allowed: "+name, infoMethod, `<CanonicalizationMethod Algorithm="`+uri+`">`)
	}
	v.add("relative-namespace", RuleCanonicalization, "a namespace that depends on where the document lies",
		edit(t, signed(t, h), "<info>", `<info xmlns:e="evil">`))
	v.add("signed-but-not-cap", "cap.root", "another kind of document (the pinned key signed it)",
		craft{by: h, message: `<evil xmlns="urn:evil"></evil>`}.sign(t))
	return v
}

// values are messages whose digest, value or key is not right.
func values(t *testing.T) []vector {
	h := holders()
	p256, rsa3072 := h["P-256"], h["RSA-3072"]
	own, ownRSA := signed(t, p256), signed(t, rsa3072)
	var v verdicts
	certificate := func(h holder) string {
		return "<KeyInfo><X509Data><X509Certificate>" + base64.StdEncoding.EncodeToString(h.certificate.Raw) + "</X509Certificate></X509Data></KeyInfo>"
	}
	method := func(name string) []string { return []string{ecdsaSHA256, name} }
	const more = "http://www.w3.org/2001/04/xmldsig-more#"

	v.add("unpinned-key", RuleValue, "signed by a key that is not pinned", signed(t, h["other P-256"]))
	v.add("unpinned-certificate", RuleUnpinned, "signed by a key that is not pinned, with its certificate",
		edit(t, signed(t, h["other P-256"]), "</Signature>", certificate(h["other P-256"])+"</Signature>"))
	v.add("unpinned-key-value", RuleValue, "signed by a key that is not pinned, with the key",
		edit(t, signed(t, h["other P-256"]), "</Signature>", "<KeyInfo><KeyValue><RSAKeyValue></RSAKeyValue></KeyValue></KeyInfo></Signature>"))
	v.add("unpinned-key-named", RuleValue, "signed by a key that is not pinned, under the name of the one that is",
		edit(t, signed(t, h["other P-256"]), "</Signature>", "<KeyInfo><KeyName>"+p256.pin().Fingerprint()+"</KeyName></KeyInfo></Signature>"))
	v.add("pinned-certificate-other-key", RuleValue, "the pinned key's certificate beside another key's signature",
		edit(t, signed(t, h["other P-256"]), "</Signature>", certificate(p256)+"</Signature>"))
	v.add("other-certificate", RuleCertificate, "another certificate beside the pinned key's signature",
		edit(t, own, "</Signature>", certificate(h["other P-256"])+"</Signature>"))
	v.add("broken-certificate", RuleCertificate, "bytes that are no certificate",
		edit(t, own, "</Signature>", "<KeyInfo><X509Data><X509Certificate>AAAA</X509Certificate></X509Data></KeyInfo></Signature>"))
	v.add("retrieval-method", RuleStructure, "a key to be fetched", edit(t, own, "</Signature>", `<KeyInfo><RetrievalMethod URI="https://evil.example/key"/></KeyInfo></Signature>`))
	v.add("foreign-key-info", RuleStructure, "a foreign element in KeyInfo", edit(t, own, "</Signature>", "<KeyInfo><e:evil xmlns:e='urn:evil'/></KeyInfo></Signature>"))

	v.add("short-rsa-key", RuleUnpinned, "signed by an RSA key of 2048 bits that is not pinned",
		edit(t, craft{by: h["RSA-2048"], message: text, edits: method(more + "rsa-sha256")}.sign(t), "</Signature>", certificate(h["RSA-2048"])+"</Signature>"))
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakHolder := certified(t, holder{name: "RSA-1024", key: weak}, &weak.PublicKey)
	v.add("rsa-1024", RuleValue, "signed by an RSA key of 1024 bits, with its certificate",
		edit(t, craft{by: weakHolder, message: text, edits: method(more + "rsa-sha256")}.sign(t), "</Signature>", certificate(weakHolder)+"</Signature>"))
	one := &rsa.PublicKey{N: rsa3072.key.Public().(*rsa.PublicKey).N, E: 1}
	oneHolder := certified(t, rsa3072, one)
	v.add("rsa-exponent-1", RuleValue, "an RSA certificate with the exponent 1, for which every padded digest is its own signature",
		edit(t, craft{by: oneHolder, message: text, edits: method(more + "rsa-sha256"), value: func(info []byte) []byte { return padded(info, one.Size()) }}.sign(t),
			"</Signature>", certificate(oneHolder)+"</Signature>"))

	v.add("hmac-with-public-key", RuleWeak, "HMAC keyed with the pinned public key, which everybody knows",
		craft{by: p256, message: text, edits: method(more + "hmac-sha256"), value: func(info []byte) []byte {
			mac := hmac.New(sha256.New, []byte(publicPEM(t, p256.key.Public())))
			mac.Write(info)
			return mac.Sum(nil)
		}}.sign(t))
	v.add("hmac-of-no-length", RuleStructure, "HMAC cut to no bits", craft{by: p256, message: text, edits: []string{
		ecdsaSHA256 + `">`, more + `hmac-sha256"><HMACOutputLength>0</HMACOutputLength>`}}.sign(t))
	v.add("rsa-sha1", RuleWeak, "RSA with SHA-1 (the pinned key signed it)", craft{by: rsa3072, message: text, hash: crypto.SHA1, edits: []string{
		ecdsaSHA256, namespace + "rsa-sha1", digestSHA256, namespace + "sha1"}}.sign(t))
	v.add("ecdsa-sha1", RuleWeak, "ECDSA with SHA-1 (the pinned key signed it)", craft{by: p256, message: text, hash: crypto.SHA1, edits: []string{
		ecdsaSHA256, more + "ecdsa-sha1", digestSHA256, namespace + "sha1"}}.sign(t))
	for name, uri := range inOrder(map[string]string{"dsa-sha1": namespace + "dsa-sha1", "dsa-sha256": "http://www.w3.org/2009/xmldsig11#dsa-sha256",
		"rsa-md5": more + "rsa-md5", "hmac-sha1": namespace + "hmac-sha1", "rsa-ripemd160": more + "rsa-ripemd160"}) {
		v.add("method-"+name, RuleWeak, "signed with "+name, craft{by: p256, message: text, edits: method(uri)}.sign(t))
	}
	for name, uri := range inOrder(map[string]string{"capitals": strings.ToUpper(ecdsaSHA256), "space": ecdsaSHA256 + " ", "none": "", "unknown": "urn:evil#none"}) {
		v.add("method-"+name, RuleAlgorithm, fmt.Sprintf("the algorithm %q (the pinned key signed it)", uri), craft{by: p256, message: text, edits: method(uri)}.sign(t))
	}
	v.add("digest-sha1", RuleWeak, "a digest by SHA-1 under RSA with SHA-256 (the pinned key signed it)", sha1Digest(t, p256))
	for name, uri := range inOrder(map[string]string{"md5": more + "md5", "ripemd160": "http://www.w3.org/2001/04/xmlenc#ripemd160"}) {
		v.add("digest-"+name, RuleWeak, "a digest by "+name, craft{by: p256, message: text, edits: []string{digestSHA256, uri}}.sign(t))
	}
	v.add("digest-capitals", RuleAlgorithm, "a digest's algorithm in capitals", craft{by: p256, message: text, edits: []string{digestSHA256, strings.ToUpper(digestSHA256)}}.sign(t))
	v.add("digest-wrong", RuleDigest, "another digest (the pinned key signed it)", craft{by: p256, message: text,
		edits: []string{"{digest}", base64.StdEncoding.EncodeToString(make([]byte, 32))}}.sign(t))
	v.add("digest-truncated", RuleEncoding, "half a digest (the pinned key signed it)", craft{by: p256, message: text, truncated: 16}.sign(t))
	v.add("digest-empty", RuleEncoding, "no digest (the pinned key signed it)", craft{by: p256, message: text, edits: []string{"{digest}", ""}}.sign(t))
	v.add("digest-garbage", RuleEncoding, "signs that base64 does not have", edit(t, own, "<DigestValue>", "<DigestValue>!"))
	v.add("digest-replaced", RuleValue, "the digest of a forged message under the old value", edit(t, own, between(t, own, "<DigestValue>", "</DigestValue>"),
		"<DigestValue>"+base64.StdEncoding.EncodeToString(make([]byte, 32))+"</DigestValue>"))

	value, valueRSA := valueOf(t, own), valueOf(t, ownRSA)
	put := func(name string, rule cap.Rule, why string, value []byte) {
		v.add(name, rule, why, withValue(t, own, value))
	}
	put("value-flipped", RuleValue, "one bit of the value", append([]byte{value[0] ^ 1}, value[1:]...))
	put("value-zero", RuleValue, "r and s are 0", make([]byte, 64))
	put("value-order", RuleValue, "r and s are the order of the curve", bytes.Repeat(p256.key.Public().(*ecdsa.PublicKey).Params().N.FillBytes(make([]byte, 32)), 2))
	put("value-short", RuleValue, "the value without its last byte", value[:63])
	put("value-long", RuleValue, "r and s with zeros in front", append(append([]byte{0}, value[:32]...), append([]byte{0}, value[32:]...)...))
	put("value-exchanged", RuleValue, "s before r", append(bytes.Clone(value[32:]), value[:32]...))
	v.add("value-der", RuleEncoding, "the value in DER (the pinned key signed it)", craft{by: p256, message: text, value: func(info []byte) []byte {
		der, err := p256.key.Sign(rand.Reader, sum(crypto.SHA256, info), crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}}.sign(t))
	v.add("value-empty", RuleEncoding, "an empty value", edit(t, own, between(t, own, "<SignatureValue>", "</SignatureValue>"), "<SignatureValue/>"))
	v.add("value-garbage", RuleEncoding, "signs that base64 does not have", edit(t, own, "<SignatureValue>", "<SignatureValue>%"))
	v.add("value-padding", RuleEncoding, "base64 with more padding", edit(t, own, "</SignatureValue>", "=</SignatureValue>"))
	v.add("value-entity", lexical.RuleEntity, "an entity in the value", edit(t, own, "<SignatureValue>", "<SignatureValue>&x;"))
	v.add("rsa-value-short", RuleValue, "an RSA value without its first byte", withValue(t, ownRSA, valueRSA[1:]))
	v.add("rsa-value-plus-modulus", RuleValue, "an RSA value with the modulus added", withValue(t, ownRSA,
		new(big.Int).Add(new(big.Int).SetBytes(valueRSA), rsa3072.key.Public().(*rsa.PublicKey).N).FillBytes(make([]byte, len(valueRSA)+1))))
	v.add("rsa-value-padded-digest", RuleValue, "an RSA value that is the padded digest itself", craft{by: rsa3072, message: text,
		edits: method(more + "rsa-sha256"), value: func(info []byte) []byte { return padded(info, 384) }}.sign(t))
	v.add("rsa-value-pss", RuleValue, "PSS padding under the name of PKCS #1 v1.5 (the pinned key signed it)", craft{by: rsa3072, message: text,
		edits: method(more + "rsa-sha256"), value: func(info []byte) []byte {
			value, err := rsa.SignPSS(rand.Reader, rsa3072.key.(*rsa.PrivateKey), crypto.SHA256, sum(crypto.SHA256, info), nil)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}}.sign(t))
	v.add("method-confused", RuleValue, "an ECDSA value under the name of RSA", edit(t, own, "ecdsa-sha256", "rsa-sha256"))
	return v
}

// inOrder iterates in the order of the keys, so that the vectors keep theirs.
func inOrder(m map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// padded returns the block of PKCS #1 v1.5 for the SHA-256 of content.
func padded(content []byte, size int) []byte {
	prefix := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	tail := append(append([]byte{0}, prefix...), sum(crypto.SHA256, content)...)
	return append(append([]byte{0, 1}, bytes.Repeat([]byte{0xFF}, size-2-len(tail))...), tail...)
}

// certified gives a holder a certificate of any key, signed by the holder's.
func certified(t *testing.T, h holder, public crypto.PublicKey) holder {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: h.name}}
	parent := *template
	parent.PublicKey = h.key.Public()
	der, err := x509.CreateCertificate(rand.Reader, template, &parent, public, h.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return holder{name: h.name, key: h.key, certificate: certificate}
}

// sha1Digest signs the message's SHA-1 with ECDSA and SHA-256.
func sha1Digest(t *testing.T, h holder) string {
	t.Helper()
	root, _ := parsed(t, text)
	content, err := canonical.Form{Algorithm: canonical.Exclusive, Limit: 1 << 20}.Of(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	return craft{by: h, message: text, edits: []string{digestSHA256, namespace + "sha1", "{digest}", base64.StdEncoding.EncodeToString(sum(crypto.SHA1, content))}}.sign(t)
}
