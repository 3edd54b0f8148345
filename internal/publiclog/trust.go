// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/tlog"
)

// TrustOptions are what the trust file of a node says. Witnesses and Quorum may
// be empty; then no warning has grade A. Without IssuerKeys none has grade C.
type TrustOptions struct {
	Authority authority.Authority
	// Operator is the body that runs the node; its own witnesses do not count.
	Operator string
	// Origin is the log's.
	Origin string
	// IssuerKeys are those of the node's issuer.
	IssuerKeys []string
	// ConsoleOrigin is where passkeys are used; empty for nowhere.
	ConsoleOrigin string
	Witnesses     []tlog.Witness
	Quorum        *tlog.Quorum
	// Read makes the verifiers of keys; nil is tlog.NewVerifier.
	Read tlog.KeyReader
	// Issued is when the file is put together.
	Issued time.Time
}

// Trust writes the trust file of one authority and its log with those keys
// (docs/formats/trust.md). It says what the node itself asks of warnings: keys
// of every kind may ask for a release, and which may release is for the node.
func (o TrustOptions) Trust(keys []string) ([]byte, *tlog.Trust, error) {
	a := tlog.Authority{
		ID: o.Authority.ID, Name: o.Authority.Name, Operator: o.Operator, Senders: []string{o.Authority.Sender},
		Persons: o.Authority.Policy.Releases, EndPersons: o.Authority.Policy.AllClearReleases, AllowSynced: true,
		Logs: []tlog.Log{{Origin: o.Origin, Realm: tlog.Realm(o.Authority.Realm), Keys: keys, IssuerKeys: o.IssuerKeys, Quorum: o.Quorum}},
	}
	for _, region := range o.Authority.Territory {
		a.Territory = append(a.Territory, string(region))
	}
	if o.ConsoleOrigin != "" {
		a.Origins = []string{o.ConsoleOrigin}
	}
	raw, err := json.MarshalIndent(tlog.Trust{
		Version: "tocsin-trust/v1", Issued: o.Issued.UTC().Truncate(time.Second), Witnesses: o.Witnesses, Authorities: []tlog.Authority{a},
	}, "", "  ")
	if err != nil {
		return nil, nil, fmt.Errorf("write trust file: %w", err)
	}
	trust, err := tlog.ParseTrust(raw, o.Read)
	return append(raw, '\n'), trust, err
}
