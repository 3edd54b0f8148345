// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package enrolment

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Paths of the service.
const (
	EnrolPath = "/siren/v1/enrol"
	RenewPath = "/siren/v1/renew"
)

// largestBody bounds requests and answers, in bytes.
const largestBody = 64 << 10

// request is what a device sends to EnrolPath, and to RenewPath with Request alone.
type request struct {
	Siren string `json:"siren,omitempty"`
	Code  string `json:"code,omitempty"`
	// Request is a certificate request (PKCS #10, DER).
	Request []byte `json:"request"`
	// PublicKey is the Ed25519 key with which the device will sign what it says,
	// and Proof its signature over proofOf.
	PublicKey []byte `json:"publicKey,omitempty"`
	Proof     []byte `json:"proof,omitempty"`
}

// proofOf is what a device signs to show that the public key is its own.
func proofOf(siren string, request []byte) []byte {
	digest := sha256.Sum256(request)
	return append([]byte("tocsin siren enrolment v1\n"+siren+"\n"), digest[:]...)
}

func (r request) proven() bool {
	return len(r.PublicKey) == ed25519.PublicKeySize && ed25519.Verify(r.PublicKey, proofOf(r.Siren, r.Request), r.Proof)
}

// Grant is what a device gets: all that it needs to belong to the fleet.
type Grant struct {
	// Authority is the id in the topics.
	Authority string `json:"authority"`
	Siren     string `json:"siren"`
	// Number, ARS and Signals are those of the registry.
	Number  uint32   `json:"number"`
	ARS     geo.ARS  `json:"ars"`
	Signals []string `json:"signals"`
	// Certificate is the siren's, and CA that of the fleet's authority, in PEM.
	Certificate string `json:"certificate"`
	CA          string `json:"ca"`
	// Broker is where the siren connects, such as mqtts://sirens.example:8883.
	Broker string `json:"broker"`
	// Keyset is the keys that the siren obeys, where the node has them; see
	// docs/formats/siren-frame.md.
	Keyset []byte `json:"keyset,omitempty"`
	// Keys are those that it obeys where the authority has no root to sign keysets.
	Keys []Key `json:"keys,omitempty"`
}

// Key is a key that may command the siren, as siren.Issuer.
type Key struct {
	// PublicKey is the Ed25519 key.
	PublicKey []byte    `json:"publicKey"`
	Epoch     uint16    `json:"epoch"`
	Territory []geo.ARS `json:"territory"`
	// Actions are sound, stop, test and beacon.
	Actions []string `json:"actions"`
}

// KeyOf is the key of an issuer.
func KeyOf(i siren.Issuer) Key {
	k := Key{PublicKey: i.PublicKey, Epoch: i.Epoch, Territory: i.Territory}
	for _, a := range i.Actions {
		k.Actions = append(k.Actions, a.String())
	}
	return k
}

// Issuer is what KeyOf was made from.
func (k Key) Issuer() (siren.Issuer, error) {
	i := siren.Issuer{PublicKey: k.PublicKey, Epoch: k.Epoch, Territory: k.Territory}
	if len(k.PublicKey) != ed25519.PublicKeySize {
		return siren.Issuer{}, fmt.Errorf("the public key has %d bytes", len(k.PublicKey))
	}
	for _, name := range k.Actions {
		at := slices.IndexFunc(siren.AllActions, func(a siren.Action) bool { return a.String() == name })
		if at < 0 {
			return siren.Issuer{}, fmt.Errorf("there is no action %q", name)
		}
		i.Actions = append(i.Actions, siren.AllActions[at])
	}
	return i, nil
}

// Info is what whoever sets up a device needs beside the code.
type Info struct {
	// URL is the address of the service.
	URL string `json:"url"`
	// Fingerprint is that of the fleet's certificate authority.
	Fingerprint string `json:"fingerprint"`
}

// InfoSubject is the bus subject at which the gateway answers with its Info.
const InfoSubject = "gateway.siren-enrolment"
