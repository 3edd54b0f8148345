// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
)

// context writes a random document whose root has what SignedInfo takes over
// in the inclusive forms: namespaces, used or not, and xml: attributes.
func context(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 2))
	var attributes []string
	for name, values := range inOrder(map[string]string{
		"xmlns": "urn:d", "xmlns:p": "urn:p", "xmlns:q": "urn:q", "xmlns:z": "urn:p", "xml:lang": "de", "xml:space": "preserve", "xml:id": "i", "a": "1 &#10;2", "b": "",
	}) {
		if r.IntN(2) == 0 {
			attributes = append(attributes, fmt.Sprintf(" %s='%s'", name, values))
		}
	}
	r.Shuffle(len(attributes), func(i, j int) { attributes[i], attributes[j] = attributes[j], attributes[i] })
	root := "a"
	if slices.Contains(attributes, " xmlns:p='urn:p'") && r.IntN(2) == 0 {
		root = "p:a"
	}
	inner := []string{"<b xmlns='' xml:lang='en'>x</b>", "\r\n", "<![CDATA[<&]]>", "&#13;", "<b xmlns:y='urn:y' y:c='' c=''/>", "<b xmlns='urn:e'><b xmlns=''/></b>"}
	r.Shuffle(len(inner), func(i, j int) { inner[i], inner[j] = inner[j], inner[i] })
	inner = inner[:r.IntN(len(inner))]
	return "<" + root + strings.Join(attributes, "") + ">" + strings.Join(inner, "") + "</" + root + ">"
}

// TestSignaturesInContext lets xmlsec1 sign random documents in all forms, so
// that both the document without its signature and SignedInfo within the
// document must have libxml2's canonical form.
func TestSignaturesInContext(t *testing.T) {
	x := newXMLSec(t)
	h := holders()["P-256"]
	forms := []canonical.Algorithm{canonical.Exclusive, canonical.Inclusive, canonical.Inclusive11}
	var templates []string
	for seed := range uint64(300) {
		o := outline{forms[seed%3], transform(forms[seed/3%3]), "ecdsa-sha256", digestSHA256, []string{"", "ds:"}[seed/9%2]}
		if seed%10 == 0 {
			o.transform = strings.Replace(prefixList, "x #default", "q #default p", 1)
		}
		templates = append(templates, withSignature(context(seed), o))
	}
	for i, raw := range x.sign(t, templates, h) {
		v, err := verify([]byte(raw), VerifyOptions{Keys: []Key{h.pin()}, Profile: ProfilePartner})
		if err != nil {
			t.Errorf("%v in\n%s", err, raw)
		} else if v.Profile != ProfilePartner {
			t.Errorf("document %d passes as our own profile:\n%s", i, raw)
		}
	}
}
