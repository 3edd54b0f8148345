// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
)

// holder is somebody with a key, made for the tests.
type holder struct {
	name        string
	key         crypto.Signer
	certificate *x509.Certificate
}

func (h holder) pin() Key { return Key{Name: h.name, Public: h.key.Public()} }

// holders are made once: RSA keys take a while.
var holders = sync.OnceValue(func() map[string]holder {
	made := map[string]holder{}
	add := func(name string, key crypto.Signer, err error) {
		if err != nil {
			panic(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			panic(err)
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		made[name] = holder{name, key, certificate}
	}
	for name, bits := range map[string]int{"RSA-3072": 3072, "RSA-2048": 2048} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		add(name, key, err)
	}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(), "other P-256": elliptic.P256()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		add(name, key, err)
	}
	return made
})

// text is a message as somebody may write it.
const text = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>2.49.0.0.276.999.2026.9</identifier>
  <sender>leitstelle@kreis.example</sender>
  <sent>2026-11-23T14:05:00+01:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>de-DE</language>
    <category>Fire</category>
    <event>Großbrand</event>
    <urgency>Immediate</urgency>
    <severity>Severe</severity>
    <certainty>Observed</certainty>
    <headline>Rauch &amp; Ruß am Hafen</headline>
    <description>Brand in einer Lagerhalle. Über dem Hafen zieht Rauch ab.</description>
    <area>
      <areaDesc>Hafen</areaDesc>
      <polygon>52.4,13 52.5,13 52.5,13.1 52.4,13</polygon>
    </area>
  </info>
</alert>`

func message(t testing.TB) *cap.Alert {
	t.Helper()
	alert, err := cap.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return alert
}

func written(t testing.TB, alert *cap.Alert) string {
	t.Helper()
	raw, err := cap.Write(alert)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// signed returns the message as signed by a holder.
func signed(t testing.TB, h holder) string {
	t.Helper()
	raw, err := Sign(message(t), SignOptions{Key: h.key})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// ruleOf returns the rule by which a message was not believed, "" if none.
func ruleOf(err error) cap.Rule {
	var notBelieved *Error
	if errors.As(err, &notBelieved) {
		return notBelieved.Finding.Rule
	}
	var refusal *cap.Refusal
	if errors.As(err, &refusal) {
		return refusal.Rule
	}
	var invalid *cap.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Findings[0].Rule
	}
	return ""
}

func TestSignedMessagesVerify(t *testing.T) {
	for _, name := range []string{"RSA-3072", "P-256"} {
		h := holders()[name]
		for form, options := range map[string]SignOptions{
			"bare key":    {Key: h.key},
			"certificate": {Key: h.key, Certificate: h.certificate},
			"key name":    {Key: h.key, KeyName: "Leitstelle <Kreis> & \r\"Söhne\""},
		} {
			t.Run(name+" "+form, func(t *testing.T) {
				raw, err := Sign(message(t), options)
				if err != nil {
					t.Fatal(err)
				}
				v, err := Verify(raw, VerifyOptions{Keys: []Key{holders()["other P-256"].pin(), holders()["RSA-2048"].pin(), h.pin()}})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(text, written(t, v.Alert)); diff != "" {
					t.Errorf("the message changed: %s", diff)
				}
				if v.Key.Name != name || v.Profile != ProfileOwn || string(v.Content) != text {
					t.Errorf("verified %v with the content\n%s", v, v.Content)
				}
				if read, err := cap.Read(raw); err != nil || written(t, read) != text {
					t.Errorf("a plain reading gives %v, %v", read, err)
				}
				if !strings.HasSuffix(string(raw), "</Signature></alert>") {
					t.Errorf("the signature is not the last child:\n%s", raw)
				}
				if _, err := Verify(raw, VerifyOptions{Keys: []Key{holders()["other P-256"].pin(), holders()["RSA-2048"].pin()}}); err == nil {
					t.Error("believed without the key")
				}
			})
		}
	}
}

func TestSignRefuses(t *testing.T) {
	h := holders()
	invalid := message(t)
	invalid.Identifier = ""
	tests := map[string]struct {
		alert   *cap.Alert
		options SignOptions
		want    string
	}{
		"no key":                {message(t), SignOptions{}, "there is no key"},
		"short RSA key":         {message(t), SignOptions{Key: h["RSA-2048"].key}, "2048 bits is too short"},
		"other curve":           {message(t), SignOptions{Key: h["P-384"].key}, "on P-384"},
		"another's certificate": {message(t), SignOptions{Key: h["P-256"].key, Certificate: h["RSA-3072"].certificate}, "not that of the key"},
		"invalid message":       {invalid, SignOptions{Key: h["P-256"].key}, "identifier"},
		"broken device":         {message(t), SignOptions{Key: broken{h["P-256"].key}}, "does not verify"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if raw, err := Sign(test.alert, test.options); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %s, %v, want an error with %q", raw, err, test.want)
			}
		})
	}
}

// broken is a signing device that signs something else.
type broken struct{ crypto.Signer }

func (b broken) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	other := append([]byte{digest[0] ^ 1}, digest[1:]...)
	return b.Signer.Sign(random, other, options)
}

func toPEM(t testing.TB, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func privatePEM(t testing.TB, h holder) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(h.key)
	return toPEM(t, "PRIVATE KEY", der, err)
}

func publicPEM(t testing.TB, public crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	return toPEM(t, "PUBLIC KEY", der, err)
}
