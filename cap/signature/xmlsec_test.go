// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
)

// xmlsec runs xmlsec1 with files of the test's own.
type xmlsec struct {
	program, dir string
}

// newXMLSec skips the test where xmlsec1 is not installed.
func newXMLSec(t *testing.T) xmlsec {
	t.Helper()
	program, err := exec.LookPath("xmlsec1")
	if err != nil {
		t.Skip("xmlsec1 is not installed")
	}
	return xmlsec{program, t.TempDir()}
}

func (x xmlsec) file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(x.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// files writes documents to files and returns their names.
func (x xmlsec) files(t *testing.T, documents []string) []string {
	t.Helper()
	names := make([]string, len(documents))
	for i, document := range documents {
		names[i] = x.file(t, fmt.Sprintf("%d.xml", i), document)
	}
	return names
}

// sign fills in templates, in one process.
func (x xmlsec) sign(t *testing.T, templates []string, h holder) []string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.Command(x.program, append([]string{"--sign", "--privkey-pem",
		x.file(t, "key.pem", privatePEM(t, h)) + "," + x.file(t, "certificate.pem", toPEM(t, "CERTIFICATE", h.certificate.Raw, nil))}, x.files(t, templates)...)...)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("xmlsec1 --sign: %v\n%s", err, stderr.Bytes())
	}
	const declaration = "<?xml "
	documents := strings.SplitAfter(strings.ReplaceAll(stdout.String(), declaration, "\x00"+declaration), "\x00")[1:]
	if len(documents) != len(templates) {
		t.Fatalf("xmlsec1 signed %d of %d documents", len(documents), len(templates))
	}
	for i := range documents {
		documents[i] = strings.TrimSuffix(documents[i], "\x00")
	}
	return documents
}

// verify returns what xmlsec1 has against one of the messages, given one key in
// PEM.
func (x xmlsec) verify(t *testing.T, key string, messages ...string) error {
	t.Helper()
	command := exec.Command(x.program, append([]string{"--verify", "--enabled-key-data", "key-name,rsa,ec", "--pubkey-pem", x.file(t, "public.pem", key)}, x.files(t, messages)...)...)
	said, err := command.CombinedOutput()
	if ok := bytes.Count(said, []byte("OK\nSignedInfo References")); err != nil || ok != len(messages) {
		return fmt.Errorf("xmlsec1 --verify believes %d of %d: %v\n%s", ok, len(messages), err, said)
	}
	return nil
}

// outline is how an issuer signs.
type outline struct {
	info      canonical.Algorithm
	transform string // markup of the second transform
	method    string // fragment of the signature algorithm
	digest    string
	prefix    string // of the Signature's elements, with its colon
}

func (o outline) String() string {
	declaration := "xmlns"
	if o.prefix != "" {
		declaration += ":" + strings.TrimSuffix(o.prefix, ":")
	}
	outline := strings.NewReplacer("ds:", o.prefix, "DECLARATION", declaration, "INFO", string(o.info), "METHOD", o.method, "DIGEST", o.digest)
	return outline.Replace(strings.Replace(`
  <ds:Signature DECLARATION="http://www.w3.org/2000/09/xmldsig#">
    <ds:SignedInfo>
      <ds:CanonicalizationMethod Algorithm="INFO"/>
      <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#METHOD"/>
      <ds:Reference URI="">
        <ds:Transforms>
          <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>TRANSFORM
        </ds:Transforms>
        <ds:DigestMethod Algorithm="DIGEST"/>
        <ds:DigestValue/>
      </ds:Reference>
    </ds:SignedInfo>
    <ds:SignatureValue/>
  </ds:Signature>`, "TRANSFORM", o.transform, 1))
}

func transform(algorithm canonical.Algorithm) string {
	return `<ds:Transform Algorithm="` + string(algorithm) + `"/>`
}

const prefixList = `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">` +
	`<InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="x #default unknown"/></ds:Transform>`

// withSignature puts a Signature at the end of a message.
func withSignature(message string, signature fmt.Stringer) string {
	end := strings.LastIndex(message, "</")
	return message[:end] + signature.String() + message[end:]
}

// variants are ways to write the message that keep its meaning.
func variants() map[string]string {
	replace := func(old, new string) string {
		if !strings.Contains(text, old) {
			panic(old + " is not in the message")
		}
		return strings.ReplaceAll(text, old, new)
	}
	prefixed := strings.NewReplacer("</", "</cap:", "<", "<cap:", "xmlns=", "xmlns:x='urn:x' xmlns:cap=").Replace(text)
	return map[string]string{
		"as written":           text,
		"declaration":          `<?xml version="1.0" encoding="UTF-8" standalone="no"?>` + "\n" + text + "\n",
		"CDATA":                replace("Rauch &amp; Ruß", "<![CDATA[Rauch & Ruß]]>"),
		"character references": replace("Über", "&#220;&#x62;er"),
		"carriage returns":     replace("Lagerhalle.", "Lagerhalle.&#13;\n&#xD;"),
		"CR LF":                replace("\n", "\r\n"),
		"prefixes":             prefixed,
		"unused namespaces":    replace("<info>", `<info xmlns:x="urn:x" xmlns:y="urn:y">`),
		"schema location":      replace(`cap:1.2">`, `cap:1.2" xsi:schemaLocation='urn:a  b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`),
		"Arabic and signs":     replace("Brand in", "حريق 火災 Пожар \U0001F525 > \" ' in"),
		"large":                replace("Brand in", strings.Repeat("Überall Rauch &amp; Ruß. ", 15_000)),
	}
}

func TestXMLSecVerifiesWhatWeSign(t *testing.T) {
	x := newXMLSec(t)
	for _, name := range []string{"RSA-3072", "P-256"} {
		h := holders()[name]
		var messages []string
		for variant, raw := range variants() {
			alert, err := cap.Read([]byte(raw))
			if err != nil {
				t.Fatalf("%s: %v", variant, err)
			}
			for _, options := range []SignOptions{{Key: h.key}, {Key: h.key, Certificate: h.certificate}, {Key: h.key, KeyName: "a & b"}} {
				out, err := Sign(alert, options)
				if err != nil {
					t.Fatal(err)
				}
				messages = append(messages, string(out))
			}
		}
		key := publicPEM(t, h.key.Public())
		if err := x.verify(t, key, messages...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := x.verify(t, key, strings.Replace(messages[0], "Hafen", "Bafen", 1)); err == nil {
			t.Errorf("%s: xmlsec1 believes a changed message", name)
		}
	}
}

func TestWeVerifyWhatXMLSecSigns(t *testing.T) {
	x := newXMLSec(t)
	const sha256, sha384, sha512 = digestSHA256, "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512"
	exclusive, inclusive, inclusive11 := canonical.Exclusive, canonical.Inclusive, canonical.Inclusive11
	for name, test := range map[string]struct {
		holder  string
		outline outline
	}{
		"RSA, exclusive":          {"RSA-3072", outline{exclusive, transform(exclusive), "rsa-sha256", sha256, ""}},
		"RSA, inclusive 1.0":      {"RSA-3072", outline{inclusive, transform(inclusive), "rsa-sha256", sha256, "ds:"}},
		"RSA, inclusive 1.1":      {"RSA-3072", outline{inclusive11, transform(inclusive11), "rsa-sha256", sha256, ""}},
		"RSA-2048, SHA-512":       {"RSA-2048", outline{inclusive11, transform(exclusive), "rsa-sha512", sha512, "ds:"}},
		"P-256, exclusive":        {"P-256", outline{exclusive, transform(exclusive), "ecdsa-sha256", sha256, "ds:"}},
		"P-256, inclusive 1.0":    {"P-256", outline{inclusive, transform(inclusive), "ecdsa-sha256", sha256, ""}},
		"P-256, inclusive 1.1":    {"P-256", outline{inclusive11, transform(inclusive11), "ecdsa-sha256", sha256, "ds:"}},
		"P-256, SHA-512":          {"P-256", outline{inclusive, transform(inclusive), "ecdsa-sha512", sha512, ""}},
		"P-384, SHA-384":          {"P-384", outline{exclusive, transform(exclusive), "ecdsa-sha384", sha384, ""}},
		"P-521, SHA-512":          {"P-521", outline{exclusive, transform(inclusive11), "ecdsa-sha512", sha512, "ds:"}},
		"enveloped alone":         {"P-256", outline{exclusive, "", "ecdsa-sha256", sha256, ""}},
		"exclusive with prefixes": {"P-256", outline{exclusive, prefixList, "ecdsa-sha256", sha256, "ds:"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := holders()[test.holder]
			var templates, texts []string
			for _, raw := range inOrder(variants()) {
				texts = append(texts, raw)
				templates = append(templates, withSignature(raw, test.outline))
			}
			for i, out := range x.sign(t, templates, h) {
				v, err := Verify([]byte(out), VerifyOptions{Keys: []Key{h.pin()}, Profile: ProfilePartner})
				if err != nil {
					t.Errorf("%v\n%s", err, out[:min(len(out), 5000)])
					continue
				}
				want, err := cap.Examine([]byte(texts[i]), cap.Lenient)
				if err != nil {
					t.Fatal(err)
				}
				if v.Profile != ProfilePartner || v.Key.Name != test.holder || written(t, v.Alert) != written(t, want.Alert) {
					t.Errorf("verified %v from\n%s", v, out[:min(len(out), 5000)])
				}
				if _, err := Verify([]byte(out), VerifyOptions{Keys: []Key{h.pin()}}); err == nil {
					t.Error("passes as our own profile")
				}
				changed := strings.Replace(out, "Hafen", "Bafen", 1)
				if _, err := Verify([]byte(changed), VerifyOptions{Keys: []Key{h.pin()}, Profile: ProfilePartner}); ruleOf(err) != RuleDigest {
					t.Errorf("changed: %v", err)
				}
			}
		})
	}
}

// Templates leave to xmlsec1 how it describes the key.
func TestWeVerifyWhateverXMLSecSaysOfTheKey(t *testing.T) {
	x := newXMLSec(t)
	var templates []string
	for _, hints := range []string{
		"<ds:KeyName/>", "<ds:KeyName>a</ds:KeyName>", "<ds:KeyValue/>", "<ds:X509Data/>", "<ds:KeyValue/>\n<ds:X509Data/>",
		"<ds:X509Data><ds:X509SubjectName/><ds:X509IssuerSerial/><ds:X509Certificate/></ds:X509Data>",
	} {
		o := outline{canonical.Exclusive, transform(canonical.Exclusive), "rsa-sha256", digestSHA256, "ds:"}
		templates = append(templates, strings.Replace(withSignature(text, o), "</ds:Signature>", "<ds:KeyInfo>"+hints+"</ds:KeyInfo></ds:Signature>", 1))
	}
	h := holders()["RSA-3072"]
	for _, out := range x.sign(t, templates, h) {
		if _, err := Verify([]byte(out), VerifyOptions{Keys: []Key{h.pin()}, Profile: ProfilePartner}); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
