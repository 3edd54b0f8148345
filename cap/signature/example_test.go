// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/signature"
)

func Example() {
	alert := &cap.Alert{
		Identifier: "2.49.0.0.276.999.2026.10", Sender: "leitstelle@kreis.example",
		Sent:   cap.NewTime(time.Date(2026, 11, 23, 13, 5, 0, 0, time.UTC)),
		Status: cap.StatusTest, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic, Note: "Probe",
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	raw, err := signature.Sign(alert, signature.SignOptions{Key: key})
	if err != nil {
		log.Fatal(err)
	}

	pinned := signature.VerifyOptions{Keys: []signature.Key{{Name: "Leitstelle Kreis", Public: key.Public()}}}
	verified, err := signature.Verify(raw, pinned)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(verified.Alert.Note, "from", verified)

	_, err = signature.Verify([]byte(strings.Replace(string(raw), "Test", "Actual", 1)), pinned)
	var notBelieved *signature.Error
	if errors.As(err, &notBelieved) {
		fmt.Println(notBelieved.Finding.Rule)
	}
	// Output:
	// Probe from Leitstelle Kreis, ECDSA with SHA-256, own profile
	// signature.digest
}

// A partner's key comes as a file, from the partner and not with a message.
func ExampleParsePEM() {
	keys, err := signature.ParsePEM([]byte(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsbM5b6iXmqJ6DGzinOnLeNHIyW2v
QIYgvhcrzpEBDw2aot92CaURDv79aYAkjI1sGfiq4iaLovO0KO4ElnCizQ==
-----END PUBLIC KEY-----
`))
	fmt.Println(len(keys), err)
	// Output: 1 <nil>
}
