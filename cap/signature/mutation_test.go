// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// short is a message small enough for fuzzing.
const short = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>a-1</identifier>
  <sender>a@b.example</sender>
  <sent>2026-11-23T14:05:00+01:00</sent>
  <status>Test</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
</alert>`

// shortSigned returns short in our own form, and as a partner may send it.
func shortSigned(t testing.TB) (own, partner []byte) {
	t.Helper()
	alert, err := cap.Read([]byte(short))
	if err != nil {
		t.Fatal(err)
	}
	own, err = Sign(alert, SignOptions{Key: holders()["P-256"].key})
	if err != nil {
		t.Fatal(err)
	}
	spread := strings.NewReplacer("><", ">\n <", `URI=""`, "URI = ''").Replace(layout)
	spread = edit(t, edit(t, spread, ">\n <", "><"), "<Signature ", `<Signature Id="s" `)
	partner = []byte(craft{by: holders()["P-256"], message: short, edits: []string{layout, spread}}.sign(t))
	return own, partner
}

// holds fails the test if something else than short is believed.
func holds(t *testing.T, raw []byte, options VerifyOptions) (believed bool) {
	t.Helper()
	v, err := Verify(raw, options)
	if err == nil && string(v.Content) != short {
		t.Fatalf("believed\n%s\nfrom\n%s", v.Content, raw)
	}
	return err == nil
}

func TestNoByteCanBeChanged(t *testing.T) {
	own, partner := shortSigned(t)
	keys := []Key{holders()["P-256"].pin()}
	for name, raw := range map[string][]byte{"own": own, "partner": partner} {
		believed := 0
		for i := range raw {
			for change, with := range map[string][]byte{
				"without": nil, "twice": {raw[i], raw[i]}, "flipped": {raw[i] ^ 1}, "other case": {raw[i] ^ 0x20}, "a space": {' '}, "a space more": {raw[i], ' '},
				"a letter": {'A'}, "a tag": []byte("<a/>"), "a comment": []byte("<!---->" + string(raw[i])), "a quote": {'\''}, "a prefix": []byte("a:" + string(raw[i])),
			} {
				mutant := bytes.Join([][]byte{raw[:i], with, raw[i+1:]}, nil)
				if bytes.Equal(mutant, raw) {
					continue
				}
				if holds(t, mutant, VerifyOptions{Keys: keys}) {
					t.Errorf("%s: byte %d %s still passes as our own profile:\n%s", name, i, change, mutant)
				}
				if holds(t, mutant, VerifyOptions{Keys: keys, Profile: ProfilePartner}) {
					believed++
				}
			}
		}
		t.Logf("%s: %d mutants mean the same and are believed from a partner", name, believed)
	}
}

// FuzzVerify puts pieces of one message at other places and strange bytes in
// between. Whatever is believed says what was signed.
func FuzzVerify(f *testing.F) {
	own, partner := shortSigned(f)
	options := VerifyOptions{Keys: []Key{holders()["P-256"].pin()}, Profile: ProfilePartner}
	f.Add(false, uint16(60), uint16(0), uint16(0), uint16(0), []byte("<!-- -->"))
	f.Add(true, uint16(340), uint16(0), uint16(0), uint16(340), []byte("<info></info>"))
	f.Add(true, uint16(500), uint16(10), uint16(400), uint16(700), []byte("\n"))
	f.Add(false, uint16(2000), uint16(0), uint16(0), uint16(2000), []byte("<?x y?>"))
	f.Fuzz(func(t *testing.T, second bool, at, cut, from, length uint16, insert []byte) {
		raw := own
		if second {
			raw = partner
		}
		clamp := func(n uint16, low int) int { return max(low, min(int(n), len(raw))) }
		start := clamp(at, 0)
		piece := raw[clamp(from, 0):clamp(from+length, clamp(from, 0))]
		holds(t, bytes.Join([][]byte{raw[:start], insert, piece, raw[clamp(at+cut, start):]}, nil), options)
	})
}

// TestHostileMessagesCostLittle verifies documents within the gate's limits
// that would be slow for a verifier whose work grows faster than its input.
func TestHostileMessagesCostLittle(t *testing.T) {
	const bound = time.Minute
	h := holders()["P-256"]
	own := signed(t, h)
	inInfo := func(inner string) string { return edit(t, own, "<info>", inner+"<info>") }
	var declarations, certificates strings.Builder
	for i := range 31 {
		fmt.Fprintf(&declarations, " xmlns:n%d='urn:%d'", i, i)
	}
	certificate := fmt.Sprintf("<X509Certificate>%s</X509Certificate>", strings.Repeat("AAAA", 1000))
	certificates.WriteString(strings.Repeat(certificate, 200))
	nested := strings.Repeat("<x"+declarations.String()+">", 8)
	for name, raw := range map[string]string{
		"repeated declarations": edit(t, own, "<info>", "<x xmlns:p='urn:"+strings.Repeat("x", 60<<10)+"'>"+strings.Repeat("<p:x/>", 40_000)+"</x><info>"),
		"bound prefixes":        inInfo(nested + strings.Repeat("<n0:y n1:a='' n2:a='' n3:a='' n4:a=''/>", 22_000) + strings.Repeat("</x>", 8)),
		"pieces of text":        inInfo("<x>" + strings.Repeat("<![CDATA[]]>", 80_000) + "</x>"),
		"attributes":            inInfo(strings.Repeat("<x a='' b='' c='' d=''/>", 40_000)),
		"elements":              inInfo(strings.Repeat("<x/>", 49_000)),
		"signatures":            inInfo(strings.Repeat("<s:Signature xmlns:s='"+namespace+"'/>", 10_000)),
		"certificates":          edit(t, own, "</Signature>", "<KeyInfo><X509Data>"+certificates.String()+"</X509Data></KeyInfo></Signature>"),
		"key info":              edit(t, own, "</Signature>", "<KeyInfo>"+strings.Repeat("<KeyName/>", 40_000)+"</KeyInfo></Signature>"),
		"transforms":            edit(t, own, "</Transforms>", strings.Repeat("<Transform Algorithm='a'/>", 30_000)+"</Transforms>"),
		"signed info":           edit(t, own, "<SignedInfo>", "<SignedInfo>"+strings.Repeat("<a/>", 49_000)),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Verify([]byte(raw), VerifyOptions{Keys: []Key{h.pin()}, Profile: ProfilePartner})
			took := time.Since(start)
			t.Logf("%d bytes in %v: %v", len(raw), took, err)
			if err == nil || took > bound {
				t.Errorf("took %v: %v", took, err)
			}
		})
	}
}
