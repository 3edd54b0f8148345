// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/tlog"
)

// start is when the tests' world begins; everything in it follows from it and
// from the names.
var start = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

const (
	kreisOrigin    = "log.kreis.example/2026"
	exerciseOrigin = "log.kreis.example/exercise-2026"
	nachbarOrigin  = "log.nachbar.example/2026"
	kreisSender    = "leitstelle@kreis.example"
)

// noteKeys are the two halves of a key for notes.
func noteKeys(t testing.TB, name, seed string) (note.Signer, string) {
	t.Helper()
	key := ed25519Key(seed)
	public, err := note.NewEd25519VerifierKey(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Split(public, "+")[1]
	private := fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", name, hash, base64Std(append([]byte{1}, key.Seed()...)))
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, public
}

func ed25519Key(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

func cosigner(t testing.TB, name, seed string, at time.Time) note.Signer {
	t.Helper()
	signer, err := tlog.NewCosigner(name, ed25519Key(seed), at)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func cosignerKey(name, seed string) string {
	return tlog.CosignerKey(name, ed25519Key(seed).Public().(ed25519.PublicKey))
}

// testLog is a log in memory.
type testLog struct {
	t       testing.TB
	origin  string
	signer  note.Signer
	entries [][]byte
	hashes  []merkle.Hash
	witness []string // names; each its own operator
}

func newTestLog(t testing.TB, origin string, witnesses ...string) *testLog {
	signer, _ := noteKeys(t, origin, origin)
	return &testLog{t: t, origin: origin, signer: signer, witness: witnesses}
}

func (l *testLog) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = l.hashes[index]
	}
	return out, nil
}

func (l *testLog) append(entry []byte) int64 {
	l.t.Helper()
	index := int64(len(l.entries))
	stored, err := merkle.StoredHashes(index, entry, l)
	if err != nil {
		l.t.Fatal(err)
	}
	l.entries, l.hashes = append(l.entries, entry), append(l.hashes, stored...)
	return index
}

func (l *testLog) add(leaf *tlog.Leaf) int64 {
	l.t.Helper()
	raw, err := leaf.Encode()
	if err != nil {
		l.t.Fatal(err)
	}
	return l.append(raw)
}

func (l *testLog) tree() tlog.Tree {
	l.t.Helper()
	root, err := merkle.TreeHash(int64(len(l.entries)), l)
	if err != nil {
		l.t.Fatal(err)
	}
	return tlog.Tree{Origin: l.origin, Size: int64(len(l.entries)), Root: root}
}

// checkpoint is signed by the log, with its own clock, and by its witnesses.
func (l *testLog) checkpoint(at time.Time) []byte {
	l.t.Helper()
	signers := []note.Signer{l.signer, cosigner(l.t, l.origin, l.origin+" clock", at)}
	for _, name := range l.witness {
		signers = append(signers, cosigner(l.t, name, name, at.Add(time.Second)))
	}
	raw, err := tlog.SignCheckpoint(l.tree(), signers...)
	if err != nil {
		l.t.Fatal(err)
	}
	return raw
}

func (l *testLog) prove(index int64, at time.Time) *tlog.Proof {
	l.t.Helper()
	proof, err := tlog.Prove(l.entries[index], index, l.tree(), l, l.checkpoint(at))
	if err != nil {
		l.t.Fatal(err)
	}
	return proof
}

// world is an authority with a log, a neighbour with one, and three witnesses.
type world struct {
	t                  testing.TB
	log, exercise, far *testLog
	anna, ben, ida     person
	trust              *tlog.Trust
	trustFile          []byte
	release            message
}

// message is one with its place in the log.
type message struct {
	cap   []byte
	leaf  *tlog.Leaf
	index int64
}

var witnesses = []string{"witness.press.example", "witness.university.example", "witness.broadcaster.example"}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		t: t, log: newTestLog(t, kreisOrigin, witnesses...), exercise: newTestLog(t, exerciseOrigin, witnesses...),
		far:  newTestLog(t, nachbarOrigin, witnesses...),
		anna: newPerson(t, "anna"), ben: newPerson(t, "ben"), ida: newPerson(t, "ida"),
	}
	w.writeTrust()
	for _, log := range []*testLog{w.log, w.exercise, w.far} {
		first := w.base(tlog.KindFirst, start)
		first.Origin = log.origin
		w.own(log, first)
		log.add(first)
		w.enrol(log)
	}
	w.release = w.publish(w.log, tlog.KindRelease, w.alert(1))
	return w
}

// own sets authority and realm to those of the log.
func (w *world) own(log *testLog, l *tlog.Leaf) {
	l.Authority, l.Realm = "kreis", tlog.Live
	switch log {
	case w.far:
		l.Authority = "nachbar"
	case w.exercise:
		l.Realm = tlog.Exercise
	}
}

func (w *world) base(kind tlog.Kind, at time.Time) *tlog.Leaf {
	return &tlog.Leaf{Kind: kind, Time: at, Authority: "kreis", Realm: tlog.Live}
}

func (w *world) enrol(log *testLog) {
	for _, e := range []struct {
		key    tlog.Key
		guard  tlog.Guard
		holder string
		roles  []string
	}{
		{w.anna.softwareKey(w.t), tlog.SoftwareKey, "00000000000000aa", []string{"author"}},
		{w.anna.passkeyKey(w.t), tlog.Passkey, "00000000000000aa", []string{"author", "releaser"}},
		{w.ben.passkeyKey(w.t), tlog.Passkey, "00000000000000bb", []string{"releaser"}},
	} {
		l := w.base(tlog.KindEnrolment, start)
		w.own(log, l)
		l.Key, l.Guard, l.Holder, l.Roles = e.key, e.guard, e.holder, e.roles
		log.add(l)
	}
}

func (w *world) writeTrust() {
	w.t.Helper()
	log := func(origin string, realm tlog.Realm) tlog.Log {
		_, public := noteKeys(w.t, origin, origin)
		_, issuer := noteKeys(w.t, origin+"/issuer", origin+" issuer")
		return tlog.Log{
			Origin: origin, Realm: realm, Keys: []string{public, cosignerKey(origin, origin+" clock")},
			IssuerKeys: []string{issuer}, Quorum: &tlog.Quorum{Operators: 2},
		}
	}
	trust := tlog.Trust{Version: "tocsin-trust/v1", Issued: start}
	for _, name := range append(witnesses, "witness.kreis.example") {
		trust.Witnesses = append(trust.Witnesses, tlog.Witness{Key: cosignerKey(name, name), Operator: strings.Split(name, ".")[1]})
	}
	trust.Authorities = []tlog.Authority{
		{
			ID: "kreis", Name: "Kreis Example", Operator: "kreis", Territory: []string{"12069"}, Senders: []string{kreisSender},
			Origins: []string{testOrigin},
			Logs:    []tlog.Log{log(kreisOrigin, tlog.Live), log(exerciseOrigin, tlog.Exercise)},
		},
		{
			ID: "nachbar", Name: "Nachbarkreis", Operator: "nachbar", Territory: []string{"12063"}, Senders: []string{"leitstelle@nachbar.example"},
			Origins: []string{testOrigin}, Logs: []tlog.Log{log(nachbarOrigin, tlog.Live)},
		},
	}
	var err error
	if w.trustFile, err = json.MarshalIndent(trust, "", "  "); err != nil {
		w.t.Fatal(err)
	}
	if w.trust, err = tlog.ParseTrust(w.trustFile, nil); err != nil {
		w.t.Fatal(err)
	}
}

// alert is a message of the chain's number.
func (w *world) alert(number int) *cap.Alert {
	sent := cap.NewTime(start.Add(time.Duration(number) * time.Minute).In(time.FixedZone("", 3600)))
	a := &cap.Alert{
		Identifier: fmt.Sprintf("de-kreis.20261123.abcdefgh.%d", number), Sender: kreisSender, Sent: sent,
		Status: cap.StatusActual, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
		Info: []cap.Info{{
			Language: "de-DE", Category: []cap.Category{cap.CategoryGeo}, Event: "Hochwasser",
			Urgency: cap.UrgencyImmediate, Severity: cap.SeveritySevere, Certainty: cap.CertaintyLikely,
			Expires:  cap.NewTime(start.Add(6 * time.Hour).In(time.FixedZone("", 3600))),
			Headline: "Hochwasser an der Nuthe", Description: "Der Pegel steigt bis zum Abend um einen Meter.",
			Instruction: "Verlassen Sie die Uferstraße.",
			Area: []cap.Area{{AreaDesc: "Uferstraße", Geocode: []cap.NamedValue{
				{ValueName: "ARS", Value: "120690249249"}, {ValueName: "ARS", Value: "120690304304"},
			}}},
		}},
	}
	for n := 1; n < number; n++ {
		a.References = append(a.References, w.alert(n).Reference())
	}
	switch {
	case number == 3:
		a.MsgType = cap.MsgTypeCancel
	case number > 1:
		a.MsgType = cap.MsgTypeUpdate
	}
	return a
}

// sign makes the leaf of a message, asked for by anna and released by ben.
func (w *world) sign(log *testLog, kind tlog.Kind, raw []byte) *tlog.Leaf {
	w.t.Helper()
	l, err := tlog.MessageLeaf(raw)
	if err != nil {
		w.t.Fatal(err)
	}
	l.Kind, l.Warning = kind, l.Identifier[:strings.LastIndex(l.Identifier, ".")]
	sent, err := cap.ParseTime(l.Sent)
	if err != nil {
		w.t.Fatal(err)
	}
	l.Time = sent.UTC()
	w.own(log, l)
	w.assertions(l, w.anna, w.ben)
	return l
}

// assertions sets a software key's by the author and a passkey's by the releaser.
func (w *world) assertions(l *tlog.Leaf, author, releaser person) {
	statement := func(action tlog.Action, role tlog.Role) tlog.Statement {
		return l.Statement(tlog.Assertion{Action: action, Role: role})
	}
	l.Assertions = []tlog.Assertion{
		author.assert(w.t, statement(tlog.ActionRequest, tlog.RoleAuthor)),
		releaser.touch(w.t, statement(tlog.ActionRelease, tlog.RoleReleaser)),
	}
}

func (w *world) publish(log *testLog, kind tlog.Kind, a *cap.Alert) message {
	w.t.Helper()
	raw := write(w.t, a)
	l := w.sign(log, kind, raw)
	return message{raw, l, log.add(l)}
}

func write(t testing.TB, a *cap.Alert) []byte {
	t.Helper()
	raw, err := cap.Write(a)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// bundle is that of the first release, as it stands now.
func (w *world) bundle() *tlog.Bundle {
	return &tlog.Bundle{CAP: w.release.cap, Proof: w.log.prove(w.release.index, now.Add(-time.Minute))}
}

// now is when the tests verify.
var now = start.Add(10 * time.Minute)

func options() tlog.Options { return tlog.Options{Now: now} }

// noteHash is the hash of a key in a note, by the rule of C2SP signed-note.
func noteHash(name string, key []byte) string {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%x", sum[:4])
}
