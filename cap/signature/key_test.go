// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	//lint:ignore SA1019 for a key that must be refused
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
)

func TestParsePEM(t *testing.T) {
	h := holders()
	certificate := func(h holder) string { return toPEM(t, "CERTIFICATE", h.certificate.Raw, nil) }
	rsaKey := h["RSA-2048"].key.Public().(*rsa.PublicKey)
	keys, err := ParsePEM([]byte("# keys of the partners\n" + publicPEM(t, h["P-256"].key.Public()) + "\r\n" + certificate(h["RSA-3072"]) +
		certificate(h["P-521"]) + toPEM(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(rsaKey), nil)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, key := range keys {
		names = append(names, key.Name)
	}
	want := []string{h["P-256"].pin().Fingerprint(), "RSA-3072", "P-521", h["RSA-2048"].pin().Fingerprint()}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("read the keys %v, want %v", names, want)
	}
}

func TestParsePEMRefuses(t *testing.T) {
	h := holders()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus := h["RSA-2048"].key.Public().(*rsa.PublicKey).N
	good := publicPEM(t, h["P-256"].key.Public())
	for name, test := range map[string]struct{ pem, want string }{
		"nothing":          {"", "no PEM block found"},
		"text":             {"hello", "no PEM block found"},
		"private key":      {privatePEM(t, h["P-256"]), "is a private key"},
		"request":          {toPEM(t, "CERTIFICATE REQUEST", []byte{0x30, 0}, nil), "neither a public key nor a certificate"},
		"RSA-1024":         {publicPEM(t, &weak.PublicKey), "1024 bits is too short"},
		"RSA exponent 1":   {toPEM(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: modulus, E: 1}), nil), "exponent 1"},
		"RSA exponent 3":   {toPEM(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: modulus, E: 3}), nil), "exponent 3"},
		"RSA even":         {toPEM(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: new(big.Int).Sub(modulus, big.NewInt(1)), E: 65537}), nil), "is not safe"},
		"P-224":            {publicPEM(t, &p224.PublicKey), "P-224 is not used here"},
		"Ed25519":          {publicPEM(t, edwards), "is not used here"},
		"damaged":          {toPEM(t, "PUBLIC KEY", []byte{1, 2, 3}, nil), "PEM block 1"},
		"second damaged":   {good + toPEM(t, "CERTIFICATE", []byte{1, 2, 3}, nil), "PEM block 2"},
		"second cut off":   {good + good[:40], "PEM block 2 is damaged"},
		"second is secret": {good + privatePEM(t, h["P-256"]), "is a private key"},
	} {
		t.Run(name, func(t *testing.T) {
			if keys, err := ParsePEM([]byte(test.pem)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", keys, err, test.want)
			}
		})
	}
}

func TestWeakPinnedKeysAreRefused(t *testing.T) {
	h := holders()
	raw := []byte(signed(t, h["P-256"]))
	for name, key := range map[string]Key{
		"none":      {Name: "none"},
		"empty RSA": {Public: &rsa.PublicKey{}},
		"nil RSA":   {Public: (*rsa.PublicKey)(nil)},
		"empty EC":  {Public: &ecdsa.PublicKey{}},
		"DSA":       {Public: &dsa.PublicKey{}},
	} {
		if _, err := Verify(raw, VerifyOptions{Keys: []Key{h["P-256"].pin(), key}}); ruleOf(err) != RuleKey {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Verify(raw, VerifyOptions{}); ruleOf(err) != RuleKey {
		t.Errorf("without keys: %v", err)
	}
}

func TestParsePrivateKey(t *testing.T) {
	h := holders()
	ecKey, err := x509.MarshalECPrivateKey(h["P-256"].key.(*ecdsa.PrivateKey))
	sec1 := toPEM(t, "EC PARAMETERS", []byte{6, 0}, nil) + toPEM(t, "EC PRIVATE KEY", ecKey, err)
	pkcs1 := toPEM(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(h["RSA-3072"].key.(*rsa.PrivateKey)), nil)
	for name, test := range map[string]struct{ pem, want string }{
		"PKCS #8":                  {privatePEM(t, h["P-256"]), ""},
		"SEC 1":                    {sec1, ""},
		"PKCS #1":                  {pkcs1, ""},
		"after others":             {publicPEM(t, h["P-256"].key.Public()) + pkcs1, ""},
		"encrypted":                {toPEM(t, "ENCRYPTED PRIVATE KEY", []byte{0x30, 0}, nil), "is encrypted"},
		"encrypted in the old way": {strings.Replace(pkcs1, "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1), "is encrypted"},
		"too short":                {privatePEM(t, h["RSA-2048"]), "2048 bits is too short"},
		"public":                   {publicPEM(t, h["P-256"].key.Public()), "no private key found"},
		"damaged":                  {toPEM(t, "PRIVATE KEY", []byte{0x30, 0}, nil), "private key: "},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := ParsePrivateKey([]byte(test.pem))
			if test.want == "" && (err != nil || key == nil) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func FuzzParsePEM(f *testing.F) {
	f.Add([]byte(publicPEM(f, holders()["P-256"].key.Public())))
	f.Add([]byte(toPEM(f, "CERTIFICATE", holders()["P-256"].certificate.Raw, nil)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		keys, err := ParsePEM(raw)
		if (err == nil) != (len(keys) > 0) {
			t.Fatalf("%d keys and %v", len(keys), err)
		}
		for _, key := range keys {
			if key.Name == "" || key.Fingerprint() == "" || checkKey(key.Public, ProfilePartner) != nil {
				t.Fatalf("an unusable key: %v", key)
			}
		}
	})
}
