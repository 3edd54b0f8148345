// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package logtest keeps a public log with real signatures for the tests of
// those who read logs. Everything in it follows from fixed seeds. Nothing stops
// it from lying: that is what its readers are to find out.
package logtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Origin is the log's; its authority is called kreis.
const Origin = "log.kreis.example/2026"

const sender = "leitstelle@kreis.example"

// Start is the time of the first entry.
var Start = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

// Log is a log in memory, with the messages that its entries are about.
type Log struct {
	t testing.TB
	// Entries may be changed until they are published.
	Entries [][]byte
	// Messages are by their identifiers.
	Messages map[string][]byte

	hashes   []merkle.Hash
	author   *ecdsa.PrivateKey
	releaser *ecdsa.PrivateKey
	signer   note.Signer
	vkey     string
	clock    ed25519.PrivateKey
	releases int
}

// New makes a log with its first entry and two operators' keys.
func New(t testing.TB) *Log {
	t.Helper()
	l := &Log{t: t, Messages: map[string][]byte{}, author: key256(t, "author"), releaser: key256(t, "releaser"), clock: key25519("clock")}
	log := key25519("log")
	var err error
	if l.vkey, err = note.NewEd25519VerifierKey(Origin, log.Public().(ed25519.PublicKey)); err != nil {
		t.Fatal(err)
	}
	secret := fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", Origin, strings.Split(l.vkey, "+")[1], base64.StdEncoding.EncodeToString(append([]byte{1}, log.Seed()...)))
	if l.signer, err = note.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	l.Add(&tlog.Leaf{Kind: tlog.KindFirst, Time: Start, Origin: Origin})
	for i, key := range []*ecdsa.PrivateKey{l.author, l.releaser} {
		public, err := tlog.NewKey(l.der(key))
		if err != nil {
			t.Fatal(err)
		}
		l.Add(&tlog.Leaf{Kind: tlog.KindEnrolment, Time: Start, Key: public, Guard: tlog.SoftwareKey, Holder: fmt.Sprintf("%016x", i+1), Roles: []string{[]string{"author", "releaser"}[i]}})
	}
	return l
}

func key25519(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

func key256(t testing.TB, seed string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha256.Sum256([]byte(seed))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (l *Log) der(key *ecdsa.PrivateKey) []byte {
	l.t.Helper()
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		l.t.Fatal(err)
	}
	return public
}

// Key is the public key of the log.
func (l *Log) Key() string { return l.vkey }

// Add appends a leaf of the authority.
func (l *Log) Add(leaf *tlog.Leaf) {
	l.t.Helper()
	leaf.Authority, leaf.Realm = "kreis", tlog.Live
	raw, err := leaf.Encode()
	if err != nil {
		l.t.Fatal(err)
	}
	l.Append(raw)
}

// Append appends an entry, whatever it is.
func (l *Log) Append(entry []byte) {
	l.t.Helper()
	stored, err := merkle.StoredHashes(int64(len(l.Entries)), entry, l)
	if err != nil {
		l.t.Fatal(err)
	}
	l.Entries, l.hashes = append(l.Entries, entry), append(l.hashes, stored...)
}

// Release appends a new warning for a region, and gives its identifier.
func (l *Log) Release(ars string) string {
	l.t.Helper()
	l.releases++
	at := Start.Add(time.Duration(l.releases) * time.Second)
	zone := time.FixedZone("", 3600)
	a := &cap.Alert{
		Identifier: fmt.Sprintf("de-kreis.20261123.%d.1", l.releases), Sender: sender, Sent: cap.NewTime(at.In(zone)),
		Status: cap.StatusActual, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
		Info: []cap.Info{{
			Category: []cap.Category{cap.CategoryGeo}, Event: "Flood", Headline: "Flood at the river",
			Urgency: cap.UrgencyImmediate, Severity: cap.SeveritySevere, Certainty: cap.CertaintyLikely, Expires: cap.NewTime(at.Add(6 * time.Hour).In(zone)),
			Area: []cap.Area{{AreaDesc: "Riverside", Geocode: []cap.NamedValue{{ValueName: tlog.GeocodeARS, Value: ars}}}},
		}},
	}
	raw, err := cap.Write(a)
	if err != nil {
		l.t.Fatal(err)
	}
	leaf, err := tlog.MessageLeaf(raw)
	if err != nil {
		l.t.Fatal(err)
	}
	leaf.Kind, leaf.Warning, leaf.Time = tlog.KindRelease, strings.TrimSuffix(a.Identifier, ".1"), at
	leaf.Assertions = []tlog.Assertion{l.assert(leaf, tlog.ActionRequest, l.author), l.assert(leaf, tlog.ActionRelease, l.releaser)}
	l.Messages[a.Identifier] = raw
	l.Add(leaf)
	return a.Identifier
}

func (l *Log) assert(leaf *tlog.Leaf, action tlog.Action, key *ecdsa.PrivateKey) tlog.Assertion {
	l.t.Helper()
	role := map[tlog.Action]tlog.Role{tlog.ActionRequest: tlog.RoleAuthor, tlog.ActionRelease: tlog.RoleReleaser}[action]
	s := leaf.Statement(tlog.Assertion{Action: action, Role: role})
	sum := s.Challenge()                             // the SHA-256 of its bytes
	asn, err := key.Sign(nil, sum[:], crypto.SHA256) // without randomness: RFC 6979
	if err != nil {
		l.t.Fatal(err)
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(asn, &pair); err != nil {
		l.t.Fatal(err)
	}
	signature := make([]byte, 64)
	pair.R.FillBytes(signature[:32])
	pair.S.FillBytes(signature[32:])
	a, err := tlog.NewAssertion(s, l.der(key), signature)
	if err != nil {
		l.t.Fatal(err)
	}
	return a
}

// ReadHashes implements merkle.HashReader.
func (l *Log) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = l.hashes[index]
	}
	return out, nil
}

// Tree is the log as it stands.
func (l *Log) Tree() tlog.Tree {
	l.t.Helper()
	n := int64(len(l.Entries))
	root, err := merkle.TreeHash(n, l)
	if err != nil {
		l.t.Fatal(err)
	}
	return tlog.Tree{Origin: Origin, Size: n, Root: root}
}

// Checkpoint is signed by the log, at that time by its own clock.
func (l *Log) Checkpoint(at time.Time) []byte {
	l.t.Helper()
	clock, err := tlog.NewCosigner(Origin, l.clock, at)
	if err != nil {
		l.t.Fatal(err)
	}
	raw, err := tlog.SignCheckpoint(l.Tree(), l.signer, clock)
	if err != nil {
		l.t.Fatal(err)
	}
	return raw
}

// Bundle is that of a message.
func (l *Log) Bundle(identifier string, at time.Time) *tlog.Bundle {
	l.t.Helper()
	for i, entry := range l.Entries {
		if leaf, err := tlog.ParseLeaf(entry); err == nil && leaf.Identifier == identifier {
			proof, err := tlog.Prove(entry, int64(i), l.Tree(), l, l.Checkpoint(at))
			if err != nil {
				l.t.Fatal(err)
			}
			return &tlog.Bundle{CAP: l.Messages[identifier], Proof: proof}
		}
	}
	l.t.Fatalf("there is no entry about %s", identifier)
	return nil
}

// TrustFile believes the log, for the regions that begin with 12069.
func (l *Log) TrustFile() []byte {
	l.t.Helper()
	raw, err := json.Marshal(tlog.Trust{Version: "tocsin-trust/v1", Issued: Start, Authorities: []tlog.Authority{{
		ID: "kreis", Name: "Kreis Example", Operator: "kreis", Territory: []string{"12069"}, Senders: []string{sender},
		Logs: []tlog.Log{{Origin: Origin, Realm: tlog.Live, Keys: []string{l.vkey, tlog.CosignerKey(Origin, l.clock.Public().(ed25519.PublicKey))}}},
	}}})
	if err != nil {
		l.t.Fatal(err)
	}
	return raw
}

// Trust is TrustFile, read.
func (l *Log) Trust() *tlog.Trust {
	l.t.Helper()
	trust, err := tlog.ParseTrust(l.TrustFile(), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return trust
}

// Publish writes the log and its messages as a node serves them: dir/log and
// dir/cap.
func (l *Log) Publish(dir string, at time.Time) {
	l.t.Helper()
	n := int64(len(l.Entries))
	for _, tile := range merkle.NewTiles(tlog.TileHeight, 0, n) {
		data, err := merkle.ReadTileData(tile, l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.write(filepath.Join(dir, "log", tlog.TilePath(tile)), data)
	}
	for first := int64(0); first < n; first += tlog.TileWidth {
		var bundle []byte
		for _, entry := range l.Entries[first:min(n, first+tlog.TileWidth)] {
			var err error
			if bundle, err = tlog.AppendEntry(bundle, entry); err != nil {
				l.t.Fatal(err)
			}
		}
		l.write(filepath.Join(dir, "log", tlog.TilePath(tlog.EntryTile(first, n))), bundle)
	}
	for identifier, raw := range l.Messages {
		l.write(filepath.Join(dir, "cap", identifier+".xml"), raw)
	}
	l.write(filepath.Join(dir, "log", tlog.CheckpointPath), l.Checkpoint(at))
}

func (l *Log) write(path string, data []byte) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		l.t.Fatal(err)
	}
}
