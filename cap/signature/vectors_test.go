// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The terms of layout that the vectors edit.
const (
	secondTransform = `<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform></Transforms>`
	firstTransform  = `<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform>`
	infoMethod      = `<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">`
	excURI          = `http://www.w3.org/2001/10/xml-exc-c14n#`
	ecdsaSHA256     = `http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256`
	wholeReference  = `<Reference URI="">`
	evil            = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>evil</identifier></alert>`
)

// genuine are messages to believe.
func genuine(t *testing.T) []vector {
	h := holders()
	own := signed(t, h["P-256"])
	withCertificate, err := Sign(message(t), SignOptions{Key: h["RSA-3072"].key, Certificate: h["RSA-3072"].certificate})
	if err != nil {
		t.Fatal(err)
	}
	var v verdicts
	v.add("genuine-p256", "", "as Tocsin signs with ECDSA on P-256", own)
	v.add("genuine-rsa", "", "as Tocsin signs with RSA, with the certificate", string(withCertificate))
	for i := range v {
		v[i].own = true
	}
	inclusive := func(algorithm canonical.Algorithm) string {
		return craft{by: h["P-256"], message: text, form: algorithm, edits: []string{infoMethod,
			`<CanonicalizationMethod Algorithm="` + string(algorithm) + `">`, secondTransform, strings.Replace(secondTransform, excURI, string(algorithm), 1)}}.sign(t)
	}
	v.add("genuine-inclusive-10", "", "a partner's, with Canonical XML 1.0", inclusive(canonical.Inclusive))
	v.add("genuine-inclusive-11", "", "a partner's, with Canonical XML 1.1", inclusive(canonical.Inclusive11))
	v.add("genuine-sha512", "", "a partner's, with SHA-512", craft{by: h["P-256"], message: text, hash: crypto.SHA512, edits: []string{
		"ecdsa-sha256", "ecdsa-sha512", "xmlenc#sha256", "xmlenc#sha512"}}.sign(t))
	v.add("genuine-pretty", "", "signed as it was laid out, with an XML declaration and line ends in the value",
		"<?xml version='1.0' encoding='UTF-8'?>\n"+edit(t, own, "<SignatureValue>", "<SignatureValue>\n ")+"\n")
	v.add("same-attribute-quotes", "", "other quotes: the same canonical form", edit(t, own, `URI=""`, `URI=''`))
	v.add("same-character-reference", "", "A letter written as a reference: the same canonical form", edit(t, own, "<scope>P", "<scope>&#80;"))
	v.add("same-cdata", "", "text written as CDATA: the same canonical form", edit(t, own, "Rauch &amp; Ruß am Hafen", "<![CDATA[Rauch & Ruß am Hafen]]>"))
	v.add("same-byte-order-mark", "", "a byte order mark in front", "\uFEFF"+own)
	v.add("same-ecdsa-twin", "", "the value (r, n-s) in place of (r, s): anybody can make it, and it fits as well", twin(t, own))
	v[len(v)-1].own = true
	return v
}

// twin replaces s by n-s in an ECDSA signature on P-256.
func twin(t *testing.T, raw string) string {
	t.Helper()
	value := valueOf(t, raw)
	s := new(big.Int).SetBytes(value[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(value[32:])
	return withValue(t, raw, value)
}

func valueOf(t *testing.T, raw string) []byte {
	t.Helper()
	_, rest, _ := strings.Cut(raw, "<SignatureValue>")
	text, _, _ := strings.Cut(rest, "</SignatureValue>")
	value, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func withValue(t *testing.T, raw string, value []byte) string {
	t.Helper()
	return edit(t, raw, base64.StdEncoding.EncodeToString(valueOf(t, raw)), base64.StdEncoding.EncodeToString(value))
}

// changes are genuine messages changed after they were signed.
func changes(t *testing.T) []vector {
	h := holders()
	own := signed(t, h["P-256"])
	var v verdicts
	change := func(name, why, old, new string) { v.add(name, RuleDigest, why, edit(t, own, old, new)) }
	change("changed-status", "Actual became Exercise", ">Actual<", ">Exercise<")
	change("changed-letter", "one letter of the headline", "am Hafen", "am Bafen")
	change("changed-polygon", "one digit of the area", "52.4,13 52.5", "52.4,13 53.5")
	change("changed-invisibly", "a space of no width", "Großbrand</event>", "Großbrand\u200B</event>")
	change("changed-blank-line", "white space between elements", "  <info>", "\n  <info>")
	change("changed-escape", "an escape escaped once more", "&amp;", "&amp;amp;")
	change("changed-expiry", "an element added", "<area>", "<parameter><valueName>a</valueName><value>b</value></parameter><area>")
	change("changed-order", "two elements exchanged", "<urgency>Immediate</urgency>\n    <severity>Severe</severity>", "<severity>Severe</severity>\n    <urgency>Immediate</urgency>")
	change("changed-area-removed", "the area removed", between(t, own, "<area>", "</area>"), "")
	change("changed-attribute", "an attribute added", "<info>", `<info xml:lang="en">`)
	change("changed-base", "xml:base added to the root", "<alert ", `<alert xml:base="https://evil.example/" `)
	change("changed-schema-location", "a schema address added", "<alert ", `<alert xsi:noNamespaceSchemaLocation="urn:evil" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" `)
	change("changed-namespace", "CAP 1.1 in place of 1.2", `cap:1.2"`, `cap:1.1"`)
	v.add("changed-prefix", RuleDigest, "a prefix for all of CAP's elements: the same names, another canonical form", prefixed(t, own))
	change("changed-foreign-element", "an element in a foreign namespace", "<info>", `<e:identifier xmlns:e="urn:evil">evil</e:identifier><info>`)
	other := message(t)
	other.Identifier = "2.49.0.0.276.999.2026.10"
	second, err := Sign(other, SignOptions{Key: h["P-256"].key})
	if err != nil {
		t.Fatal(err)
	}
	v.add("changed-transplant", RuleDigest, "the signature of another message of the same issuer",
		edit(t, own, between(t, own, "<Signature ", "</Signature>"), between(t, string(second), "<Signature ", "</Signature>")))
	return v
}

// prefixed gives CAP's elements a prefix and leaves the signature alone.
func prefixed(t *testing.T, raw string) string {
	t.Helper()
	signature := between(t, raw, "<Signature ", "</Signature>")
	rest := strings.NewReplacer("</", "</c:", "<", "<c:", "xmlns=", "xmlns:c=").Replace(strings.Replace(raw, signature, "{signature}", 1))
	return strings.Replace(rest, "{signature}", signature, 1)
}

// wrappings show a reader one message and a verifier another.
func wrappings(t *testing.T) []vector {
	h := holders()
	own := signed(t, h["P-256"])
	signature := between(t, own, "<Signature ", "</Signature>")
	unsigned := strings.Replace(own, signature, "", 1)
	forged := strings.ReplaceAll(unsigned, ">2.49.0.0.276.999.2026.9<", ">2.49.0.0.276.999.2026.13<")
	inAlert := func(inner string) string { return strings.Replace(forged, "</alert>", inner+"</alert>", 1) }
	inSignature := func(inner string) string { return strings.Replace(signature, "</Signature>", inner+"</Signature>", 1) }
	var v verdicts
	v.add("stripped", RuleMissing, "the signature taken out", unsigned)
	v.add("stripped-to-nothing", RuleStructure, "an empty Signature", inAlert(`<Signature xmlns="`+namespace+`"/>`))
	v.add("stripped-to-info", RuleStructure, "a Signature without a value", edit(t, own, between(t, own, "<SignatureValue>", "</SignatureValue>"), ""))
	v.add("wrapped-in-forged-alert", RulePlace, "the genuine message inside a forged one", inAlert(own))
	v.add("wrapped-in-object", RuleObject, "a forged message whose signature carries the genuine one", inAlert(inSignature("<Object>"+unsigned+"</Object>")))
	v.add("wrapped-in-key-info", RuleStructure, "a forged message with the genuine one in KeyInfo", inAlert(inSignature("<KeyInfo>"+unsigned+"</KeyInfo>")))
	v.add("wrapped-in-key-name", RuleStructure, "a forged message with the genuine one in KeyName", inAlert(inSignature("<KeyInfo><KeyName>"+unsigned+"</KeyName></KeyInfo>")))
	v.add("wrapped-in-feed", RulePlace, "the genuine message in an Atom entry", `<entry xmlns="http://www.w3.org/2005/Atom"><content>`+own+"</content></entry>")
	v.add("wrapped-forged-sibling", RulePlace, "a root with the forged message before the genuine one", `<alerts>`+evil+own+"</alerts>")
	v.add("moved-first", RulePlace, "the signature before the message", strings.Replace(strings.Replace(own, signature, "", 1), "\n", signature+"\n", 1))
	v.add("moved-into-info", RulePlace, "the signature in info", strings.Replace(unsigned, "<info>", "<info>"+signature, 1))
	v.add("content-after-signature", RulePlace, "an info after the signature", edit(t, own, "</alert>", "<info></info></alert>"))
	v.add("text-after-signature", RulePlace, "text after the signature", edit(t, own, "</alert>", "evil</alert>"))
	v.add("object", RuleObject, "a payload beside the message, which no digest covers", strings.Replace(own, signature, inSignature("<Object>"+evil+"</Object>"), 1))
	v.add("object-manifest", RuleObject, "a Manifest, whose references nobody checks",
		strings.Replace(own, signature, inSignature("<Object><Manifest></Manifest></Object>"), 1))
	v.add("two-signatures", RuleSeveral, "the same signature twice", strings.Replace(own, signature, signature+signature, 1))
	v.add("two-signers", RuleSeveral, "signed by the pinned key, then by an aggregator", craft{by: h["other P-256"], message: own}.sign(t))
	v.add("nested-signature", RuleStructure, "a signature inside a signature", strings.Replace(own, signature, inSignature(signature), 1))
	v.add("foreign-signature", RuleMissing, "a Signature in a foreign namespace", strings.Replace(own, namespace, "urn:evil", 1))
	v.add("foreign-case", RuleMissing, "the namespace in capitals", strings.Replace(own, namespace, strings.ToUpper(namespace), 1))
	v.add("shadowed-prefix", RuleMissing, "the prefix of the signature means something else where it stands",
		`<alert xmlns:ds="`+namespace+`" `+strings.TrimPrefix(inAlert(`<ds:Signature xmlns:ds="urn:evil">evil</ds:Signature>`), "<alert "))
	v.add("shadowed-info", RuleStructure, "SignedInfo in a foreign namespace", edit(t, own, "<SignedInfo>", `<SignedInfo xmlns="urn:evil">`))
	v.add("shadowed-method", RuleStructure, "SignatureMethod in a foreign namespace", edit(t, own, "<SignatureMethod ", `<SignatureMethod xmlns="urn:evil" `))
	info := between(t, own, "<SignedInfo>", "</SignedInfo>")
	v.add("two-signed-infos", RuleStructure, "a second SignedInfo with the digest of a forged message", strings.Replace(own, info, info+info, 1))
	v.add("two-values", RuleStructure, "a second SignatureValue", edit(t, own, "<SignatureValue>", "<SignatureValue>AAAA</SignatureValue><SignatureValue>"))
	v.add("value-before-info", RuleStructure, "the parts of the signature in another order", edit(t, own, info, "<KeyInfo/>"+info))
	v.add("two-digest-values", RuleStructure, "a second DigestValue", edit(t, own, "<DigestValue>", "<DigestValue>AAAA</DigestValue><DigestValue>"))
	v.add("attribute-on-signature", RuleStructure, "an attribute that signatures do not have", edit(t, own, "<Signature ", `<Signature xml:lang="de" `))
	v.add("element-in-digest", RuleStructure, "an element in DigestValue", edit(t, own, "<DigestValue>", "<DigestValue><evil/>"))
	v.add("text-in-info", RuleStructure, "text in SignedInfo", edit(t, own, "<SignedInfo>", "<SignedInfo>evil"))
	return v
}

// lexicalTricks are documents that readers of XML disagree about.
func lexicalTricks(t *testing.T) []vector {
	own := signed(t, holders()["P-256"])
	var v verdicts
	v.add("comment-in-text", lexical.RuleComment, "a comment that cuts a text in two for some readers", edit(t, own, "leitstelle@kreis.example", "leitstelle@kreis.example<!---->.evil"))
	v.add("comment-in-digest", lexical.RuleComment, "a comment in DigestValue", edit(t, own, "<DigestValue>", "<DigestValue><!-- AAAA -->"))
	v.add("comment-before", lexical.RuleComment, "a comment before the root", "<!-- evil -->"+own)
	v.add("comment-after", lexical.RuleComment, "a comment after the root", own+"<!-- evil -->")
	v.add("second-root", lexical.RuleAfterRoot, "a forged message after the genuine one", own+evil)
	v.add("text-after-root", lexical.RuleAfterRoot, "text after the root", own+"evil")
	v.add("doctype", lexical.RuleDoctype, "a document type", "<!DOCTYPE alert>"+own)
	v.add("doctype-entity", lexical.RuleDoctype, "an entity with a file's content", `<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>`+edit(t, own, "am Hafen", "&x;"))
	v.add("doctype-attributes", lexical.RuleDoctype, "attributes by default", `<!DOCTYPE alert [<!ATTLIST info lang CDATA "en">]>`+own)
	v.add("entity", lexical.RuleEntity, "an entity without a declaration", edit(t, own, "am Hafen", "am&nbsp;Hafen"))
	v.add("stylesheet", lexical.RuleInstruction, "a style sheet, with which a browser shows anything", `<?xml-stylesheet href="https://evil.example/x.xsl"?>`+own)
	v.add("instruction-inside", lexical.RuleInstruction, "an instruction in the message", edit(t, own, "<info>", "<?evil?><info>"))
	v.add("instruction-after", lexical.RuleInstruction, "an instruction after the root", own+"<?evil?>")
	v.add("duplicate-namespace", lexical.RuleAttribute, "xmlns twice in one tag", edit(t, own, "<alert ", `<alert xmlns="urn:evil" `))
	v.add("duplicate-algorithm", lexical.RuleAttribute, "an algorithm twice in one tag", edit(t, own, "<SignatureMethod ", `<SignatureMethod Algorithm="urn:evil" `))
	v.add("undeclared-prefix", lexical.RuleNamespace, "a prefix that is not declared", edit(t, own, "<info>", "<e:evil/><info>"))
	v.add("control-character", lexical.RuleEncoding, "a reference to NUL", edit(t, own, "am Hafen", "am&#0;Hafen"))
	v.add("declared-utf-16", lexical.RuleEncoding, "UTF-8 that says it is UTF-16", `<?xml version="1.0" encoding="UTF-16"?>`+own)
	v.add("overlong-utf-8", lexical.RuleEncoding, "a < in two bytes", edit(t, own, "am Hafen", "am \xC0\xBCinfo>"))
	v.add("truncated", lexical.RuleSyntax, "the end is missing", own[:len(own)-len("</alert>")])
	v.add("truncated-signature", lexical.RuleSyntax, "the end of the signature is missing", own[:strings.Index(own, "</SignatureValue>")])
	v.add("deep", lexical.RuleDepth, "elements seventeen deep", edit(t, own, "<info>", strings.Repeat("<info>", 16)))
	return v
}
