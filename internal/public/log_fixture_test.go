// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

const testOrigin = "warnung.example/log"

// office is a station whose authority keeps a public log, with people who sign,
// the log's signer and three witnesses, of which two have to cosign. Signatures
// are asked for by hand.
type office struct {
	*station
	people *operator.Directory
	inside *journal.Ledger // what the core knows
	core   *publiclog.Tree // as the core knows it
	scribe *publiclog.Scribe
	signer *signer.Local
	issuer *publiclog.Issuer
	keys   map[string]*ecdsa.PrivateKey
	trust  *tlog.Trust
	state  publiclog.State
	live   bool // the role runs, and renders by itself
}

// witnessKey is that of a witness by its number from 1.
func witnessKey(number byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{number}, ed25519.SeedSize))
}

var witnessNames = []string{"witness.press.example", "witness.school.example", "witness.radio.example"}

func newOffice(t *testing.T, change ...func(*Options)) *office {
	t.Helper()
	options := publiclog.TrustOptions{Authority: testAuthority, Operator: "brandenburg", Quorum: &tlog.Quorum{Operators: 2}, Issued: start}
	for i, name := range witnessNames {
		key := tlog.CosignerKey(name, witnessKey(byte(i+1)).Public().(ed25519.PublicKey))
		options.Witnesses = append(options.Witnesses, tlog.Witness{Key: key, Operator: []string{"press", "school", "radio"}[i]})
	}
	o := &office{people: operator.NewDirectory(), keys: map[string]*ecdsa.PrivateKey{}}
	o.station = newStation(t, append(change, func(po *Options) { po.Trust = options })...)
	book := warning.NewBook()
	o.core = publiclog.NewTree()
	var err error
	if o.scribe, err = publiclog.NewScribe(publiclog.ScribeOptions{
		Authority: testAuthority, Origin: testOrigin, Operators: o.people, Warnings: book, Tree: o.core,
		Regions: func(geo.Area) []string { return []string{"12"} },
	}); err != nil {
		t.Fatal(err)
	}
	o.inside = journal.NewLedger(o.journal, journal.Projections{o.people, o.scribe, book}, func() time.Time { return o.clock })
	dir := t.TempDir()
	key, err := signer.Create(testOrigin, filepath.Join(dir, "key"), filepath.Join(dir, "signed"))
	if err != nil {
		t.Fatal(err)
	}
	if o.signer, err = signer.Open(key, filepath.Join(dir, "signed"), func() time.Time { return o.clock }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.signer.Close() })
	if o.issuer, err = publiclog.NewIssuer("issuer.brandenburg.example", witnessKey(9)); err != nil {
		t.Fatal(err)
	}
	o.state = publiclog.State{Origin: testOrigin, Keys: key.Public(), IssuerKeys: []string{o.issuer.Public()}}
	options.Origin, options.IssuerKeys = testOrigin, o.state.IssuerKeys
	if _, o.trust, err = options.Trust(o.state.Keys); err != nil {
		t.Fatal(err)
	}
	o.hire("anna", operator.Author)
	o.hire("ben", operator.Releaser)
	return o
}

// record journals events with their leaves.
func (o *office) record(by string, decide func(now time.Time) ([]journal.Event, error)) {
	o.t.Helper()
	err := o.inside.CatchUp(o.t.Context())
	if err == nil {
		_, err = o.inside.Do(o.t.Context(), by, func(now time.Time, _ uint64) ([]journal.Event, error) {
			events, err := decide(now)
			if err != nil {
				return nil, err
			}
			return o.scribe.Complete(events, now)
		})
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) hire(name string, role operator.Role) {
	o.t.Helper()
	key, err := operator.GenerateKey()
	if err != nil {
		o.t.Fatal(err)
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		o.t.Fatal(err)
	}
	o.keys[name] = key
	for _, step := range []struct {
		command, by string
		body        any
	}{
		{operator.CommandCreate, operator.Node, operator.Create{Name: name, FullName: name, Roles: []operator.Role{role}}},
		{operator.CommandEnrolKey, name, operator.EnrolKey{PublicKey: public}},
	} {
		raw, err := json.Marshal(step.body)
		if err != nil {
			o.t.Fatal(err)
		}
		o.record(step.by, func(now time.Time) ([]journal.Event, error) { return o.people.Step(step.command, step.by, raw, now) })
	}
}

// release journals a message that both signed, with its leaf.
func (o *office) release(id string, kind warning.Kind, number int, content warning.Content) warning.Message {
	o.t.Helper()
	m := o.compose(id, kind, number, content)
	leaf, err := tlog.MessageLeaf(m.CAP)
	if err != nil {
		o.t.Fatal(err)
	}
	m.Digest = leaf.Content
	for _, by := range []struct {
		name   string
		action operator.Action
		role   operator.Role
	}{{"anna", operator.ActionRequest, operator.Author}, {"ben", operator.ActionRelease, operator.Releaser}} {
		a, err := operator.Assert(o.keys[by.name], by.name, operator.Statement{Action: by.action, Role: by.role, Warning: id, Message: m.Identifier, Digest: m.Digest})
		if err != nil {
			o.t.Fatal(err)
		}
		m.Assertions = append(m.Assertions, a)
	}
	o.record("ben", func(time.Time) ([]journal.Event, error) {
		return []journal.Event{journal.NewEvent(warning.EventReleased, warning.Released{Warning: id, Message: m})}, nil
	})
	o.render()
	return m
}

func (o *office) render() {
	o.t.Helper()
	if !o.live {
		o.at(o.clock)
	}
}

// sign has everything signed.
func (o *office) sign() {
	o.t.Helper()
	last, err := o.signer.Last(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	before, err := tlog.UnsignedCheckpoint(last)
	if err != nil {
		o.t.Fatal(err)
	}
	tree, err := o.core.At(o.core.Size())
	if err != nil {
		o.t.Fatal(err)
	}
	consistency, err := o.core.Consistency(before.Size, tree.Size)
	if err != nil {
		o.t.Fatal(err)
	}
	if o.state.Checkpoint, err = o.signer.Sign(o.t.Context(), publiclog.Proposal{Tree: tree, Consistency: consistency}); err != nil {
		o.t.Fatal(err)
	}
	o.state.Signed, o.state.Statements = o.clock, nil
	o.tell()
}

// issue has the node state a message by itself, as it does while the signer is away.
func (o *office) issue(identifier string) {
	o.t.Helper()
	index, ok := o.core.Message(identifier)
	if !ok {
		o.t.Fatalf("%s is not in the log", identifier)
	}
	stated, err := o.issuer.State(o.core.Entry(index))
	if err != nil {
		o.t.Fatal(err)
	}
	o.state.Statements = append(o.state.Statements, publiclog.Statement{Index: index, Note: stated})
	o.tell()
}

// cosign has so many witnesses cosign the newest checkpoint.
func (o *office) cosign(witnesses int) {
	o.t.Helper()
	tree, err := tlog.UnsignedCheckpoint(o.state.Checkpoint)
	if err != nil {
		o.t.Fatal(err)
	}
	for i, name := range witnessNames[:witnesses] {
		by, err := tlog.NewCosigner(name, witnessKey(byte(i+1)), o.clock)
		if err != nil {
			o.t.Fatal(err)
		}
		lines, err := note.Sign(&note.Note{Text: tree.Text()}, by)
		if err != nil {
			o.t.Fatal(err)
		}
		o.state.Checkpoint = publiclog.Cosign(o.state.Checkpoint, lines, o.trust)
	}
	if _, met := o.trust.Witnessed(o.state.Checkpoint, o.clock); met {
		o.state.Witnessed, o.state.WitnessedAt = o.state.Checkpoint, o.clock
	}
	o.tell()
}

// tell gives the public role the state of the log, as the bus would.
func (o *office) tell() {
	o.t.Helper()
	s := o.state
	o.hear(s)
	o.render()
}
