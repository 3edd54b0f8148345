// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/canonical"
)

// SignOptions says who signs.
type SignOptions struct {
	// Key is an RSA key of 3072 bits or more, or an ECDSA key on P-256.
	Key crypto.Signer
	// Certificate goes into the message if it is not nil. It must be the
	// key's.
	Certificate *x509.Certificate
	// KeyName goes into the message where there is no certificate, if it is
	// not "".
	KeyName string
}

// Sign writes a message as cap.Write does, with a signature at its end, in
// ProfileOwn. It verifies what it made before it returns it, so that a faulty
// signing device cannot send out a message that nobody believes.
//
// Errors are those of cap.Write, of the signing device, or about the key.
func Sign(alert *cap.Alert, options SignOptions) ([]byte, error) {
	content, err := cap.Write(alert)
	if err != nil {
		return nil, err
	}
	if options.Key == nil {
		return nil, errors.New("signing: there is no key")
	}
	public := options.Key.Public()
	if err := checkKey(public, ProfileOwn); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	key := Key{Name: "the signing key", Public: public}
	if options.Certificate != nil && (Key{Public: options.Certificate.PublicKey}).Fingerprint() != key.Fingerprint() {
		return nil, errors.New("signing: the certificate is not that of the key")
	}
	info := signedInfo(kindOf(public), sum(crypto.SHA256, content))
	// In its own canonical form SignedInfo takes over Signature's namespace.
	signed := strings.Replace(info, "<SignedInfo", `<SignedInfo xmlns="`+namespace+`"`, 1)
	value, err := sign(options.Key, sum(crypto.SHA256, []byte(signed)))
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	signature := `<Signature xmlns="` + namespace + `">` + info +
		"<SignatureValue>" + base64.StdEncoding.EncodeToString(value) + "</SignatureValue>" + keyInfo(options) + "</Signature>"
	out := slices.Insert(content, bytes.LastIndex(content, []byte("</alert>")), []byte(signature)...)
	if _, err := Verify(out, VerifyOptions{Keys: []Key{key}}); err != nil {
		return nil, fmt.Errorf("signing: the result does not verify: %w", err)
	}
	return out, nil
}

// signedInfo writes SignedInfo as it stands in Signature, in canonical form.
func signedInfo(kind keyKind, digest []byte) string {
	method := "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	if kind == kindECDSA {
		method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	}
	empty := func(name, algorithm string) string {
		return "<" + name + ` Algorithm="` + algorithm + `"></` + name + ">"
	}
	return "<SignedInfo>" + empty("CanonicalizationMethod", string(canonical.Exclusive)) + empty("SignatureMethod", method) +
		`<Reference URI=""><Transforms>` + empty("Transform", enveloped) + empty("Transform", string(canonical.Exclusive)) + "</Transforms>" +
		empty("DigestMethod", digestSHA256) + "<DigestValue>" + base64.StdEncoding.EncodeToString(digest) + "</DigestValue></Reference></SignedInfo>"
}

func keyInfo(options SignOptions) string {
	switch {
	case options.Certificate != nil:
		return "<KeyInfo><X509Data><X509Certificate>" + base64.StdEncoding.EncodeToString(options.Certificate.Raw) +
			"</X509Certificate></X509Data></KeyInfo>"
	case options.KeyName != "":
		return "<KeyInfo><KeyName>" + string(canonical.AppendText(nil, options.KeyName)) + "</KeyName></KeyInfo>"
	}
	return ""
}

// sign returns the signature over a digest by SHA-256 in the form of XML
// signatures: RSASSA-PKCS1-v1_5, or r and s of 32 bytes each.
func sign(key crypto.Signer, digest []byte) ([]byte, error) {
	value, err := key.Sign(rand.Reader, digest, crypto.SHA256)
	if err != nil || kindOf(key.Public()) == kindRSA {
		return value, err
	}
	var der struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(value, &der); err != nil || len(rest) > 0 || der.R.Sign() < 0 || der.S.Sign() < 0 || der.R.BitLen() > 256 || der.S.BitLen() > 256 {
		return nil, errors.New("the signing device gave no ECDSA signature")
	}
	fixed := make([]byte, 64)
	der.R.FillBytes(fixed[:32])
	der.S.FillBytes(fixed[32:])
	return fixed, nil
}
