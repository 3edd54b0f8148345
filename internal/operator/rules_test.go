// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// desk runs commands on a directory as the core does.
type desk struct {
	*Directory
	seq uint64
	now time.Time
}

func newDesk() *desk { return &desk{Directory: NewDirectory(), now: start} }

func (d *desk) do(name, by string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	events, err := d.Step(name, by, raw, d.now)
	if err != nil {
		return err
	}
	d.seq++
	return d.Apply(journal.Record{Version: 1, Seq: d.seq, Time: d.now, By: by, Events: events})
}

func (d *desk) must(t testing.TB, name, by string, body any) {
	t.Helper()
	if err := d.do(name, by, body); err != nil {
		t.Fatalf("%s by %s: %v", name, by, err)
	}
}

// staffed has an administrator clara, an author anna and a releaser ben.
func staffed(t testing.TB) *desk {
	d := newDesk()
	for name, role := range map[string]Role{"clara": Administrator, "anna": Author, "ben": Releaser} {
		d.must(t, CommandCreate, Node, Create{Name: name, FullName: name, Roles: []Role{role}})
	}
	return d
}

func publicKey(t testing.TB, curve elliptic.Curve) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestRefusals(t *testing.T) {
	key := publicKey(t, elliptic.P256())
	hash := HashPassword("a long enough password", bytes.Repeat([]byte{1}, SaltBytes))
	secret := SecretHash{1}
	for _, test := range []struct {
		name, command, by string
		body              any
		want              problem.Kind
	}{
		{"a command that there is not", "operator.promote", "clara", struct{}{}, problem.Invalid},
		{"a body that is not JSON of the right form", CommandCreate, "clara", "text", problem.Unreadable},
		{"nobody", CommandCreate, "zoe", Create{}, problem.Unauthenticated},
		{"an account by an author", CommandCreate, "anna", Create{Name: "x", FullName: "X", Roles: []Role{Author}}, problem.Forbidden},
		{"a name twice", CommandCreate, "clara", Create{Name: "anna", FullName: "X", Roles: []Role{Author}}, problem.Conflict},
		{"a name with blanks", CommandCreate, "clara", Create{Name: "x y", FullName: "X", Roles: []Role{Author}}, problem.Invalid},
		{"a name in capitals", CommandCreate, "clara", Create{Name: "Xy", FullName: "X", Roles: []Role{Author}}, problem.Invalid},
		{"the node's name", CommandCreate, "clara", Create{Name: Node, FullName: "X", Roles: []Role{Author}}, problem.Invalid},
		{"a long name", CommandCreate, "clara", Create{Name: string(bytes.Repeat([]byte("x"), 41)), FullName: "X", Roles: []Role{Author}}, problem.Invalid},
		{"no full name", CommandCreate, "clara", Create{Name: "x", FullName: " ", Roles: []Role{Author}}, problem.Invalid},
		{"a full name of two lines", CommandCreate, "clara", Create{Name: "x", FullName: "X\nY", Roles: []Role{Author}}, problem.Invalid},
		{"no role", CommandCreate, "clara", Create{Name: "x", FullName: "X"}, problem.Invalid},
		{"a role that there is not", CommandCreate, "clara", Create{Name: "x", FullName: "X", Roles: []Role{"king"}}, problem.Invalid},
		{"a plain password", CommandCreate, "clara", Create{Name: "x", FullName: "X", Roles: []Role{Author}, PasswordHash: "secret"}, problem.Invalid},
		{"one's own roles", CommandChange, "clara", Change{Name: "clara", Roles: &[]Role{Author, Administrator}}, problem.Forbidden},
		{"roles by an author", CommandChange, "anna", Change{Name: "ben", Roles: &[]Role{Author}}, problem.Forbidden},
		{"an account that there is not", CommandChange, "clara", Change{Name: "zoe", Roles: &[]Role{Author}}, problem.NotFound},
		{"the last administrator's roles", CommandChange, Node, Change{Name: "clara", Roles: &[]Role{Author}}, problem.Conflict},
		{"the last administrator", CommandDisable, Node, Disabled{Name: "clara", Disabled: true}, problem.Conflict},
		{"an account, by an author", CommandDisable, "anna", Disabled{Name: "ben", Disabled: true}, problem.Forbidden},
		{"someone else's password", CommandSetPassword, "anna", PasswordSet{Name: "ben", PasswordHash: hash}, problem.Forbidden},
		{"a password that is no hash", CommandSetPassword, "anna", PasswordSet{Name: "anna", PasswordHash: "x"}, problem.Invalid},
		{"a key of the node", CommandEnrolKey, Node, EnrolKey{PublicKey: key}, problem.Forbidden},
		{"a key on another curve", CommandEnrolKey, "anna", EnrolKey{PublicKey: publicKey(t, elliptic.P384())}, problem.Invalid},
		{"a key that is none", CommandEnrolKey, "anna", EnrolKey{PublicKey: []byte("x")}, problem.Invalid},
		{"a key that is not there", CommandRevokeKey, "anna", KeyRevoked{Name: "anna", KeyID: "x"}, problem.NotFound},
		{"someone else's key", CommandRevokeKey, "anna", KeyRevoked{Name: "ben", KeyID: "x"}, problem.Forbidden},
		{"someone else's token", CommandIssueToken, "anna", IssueToken{Operator: "ben", Label: "l", Hash: secret}, problem.Forbidden},
		{"a token of nobody", CommandIssueToken, "clara", IssueToken{Operator: "zoe", Label: "l", Hash: secret}, problem.NotFound},
		{"a token without a label", CommandIssueToken, "anna", IssueToken{Operator: "anna", Hash: secret}, problem.Invalid},
		{"a token that is over", CommandIssueToken, "anna", IssueToken{Operator: "anna", Label: "l", Hash: secret, Expires: start}, problem.Invalid},
		{"a token without a secret", CommandIssueToken, "anna", IssueToken{Operator: "anna", Label: "l"}, problem.Conflict},
		{"a token that is not there", CommandRevokeToken, "anna", TokenRevoked{Name: "anna", ID: "x"}, problem.NotFound},
		{"a session of the node", CommandStartSession, Node, StartSession{Hash: secret, Expires: start.Add(time.Hour)}, problem.Forbidden},
		{"a session for ever", CommandStartSession, "anna", StartSession{Hash: secret, Expires: start.Add(SessionLife + 1)}, problem.Invalid},
		{"a session that is over", CommandStartSession, "anna", StartSession{Hash: secret, Expires: start}, problem.Invalid},
		{"a session that is not there", CommandEndSession, "anna", SessionEnded{Hash: secret}, problem.NotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := staffed(t)
			err := d.do(test.command, test.by, test.body)
			if !errors.Is(err, test.want) {
				t.Fatalf("the error is %v, want %s", err, test.want)
			}
			refusal, ok := errors.AsType[*problem.Error](err)
			if !ok || refusal.Message == "" || (refusal.Remedy == "" && len(refusal.Faults) == 0) {
				t.Errorf("the refusal does not say what to do: %+v", refusal)
			}
		})
	}
}

func TestAccounts(t *testing.T) {
	d := staffed(t)
	name, roles := " Anna Lindow ", []Role{Releaser, Author, Releaser}
	d.must(t, CommandChange, "clara", Change{Name: "anna", FullName: &name, Roles: &roles})
	anna, _ := d.Operator("anna")
	if anna.FullName != "Anna Lindow" || !slices.Equal(anna.Roles, []Role{Author, Releaser}) || !anna.Created.Equal(start) {
		t.Errorf("changed: %+v", anna)
	}
	d.must(t, CommandDisable, "clara", Disabled{Name: "anna", Disabled: true})
	if err := d.do(CommandEnrolKey, "anna", EnrolKey{}); !errors.Is(err, problem.Unauthenticated) {
		t.Errorf("a disabled account commands: %v", err)
	}
	if got := d.With(Author); len(got) != 0 {
		t.Errorf("disabled accounts count: %+v", got)
	}
	d.must(t, CommandDisable, "clara", Disabled{Name: "anna"})
	d.must(t, CommandCreate, "clara", Create{Name: "dora", FullName: "Dora", Roles: []Role{Administrator}})
	d.must(t, CommandDisable, "dora", Disabled{Name: "clara", Disabled: true})
	if err := d.do(CommandDisable, "dora", Disabled{Name: "dora", Disabled: true}); !errors.Is(err, problem.Conflict) {
		t.Errorf("the last enabled administrator: %v", err)
	}
}

func TestKeys(t *testing.T) {
	d := staffed(t)
	var keys [][]byte
	for range MaxKeys {
		keys = append(keys, publicKey(t, elliptic.P256()))
		d.must(t, CommandEnrolKey, "anna", EnrolKey{PublicKey: keys[len(keys)-1], Label: "desk"})
	}
	another := EnrolKey{PublicKey: publicKey(t, elliptic.P256())}
	if err := d.do(CommandEnrolKey, "anna", another); !errors.Is(err, problem.Conflict) {
		t.Errorf("one key too many: %v", err)
	}
	if err := d.do(CommandEnrolKey, "ben", EnrolKey{PublicKey: keys[0]}); !errors.Is(err, problem.Conflict) {
		t.Errorf("one key for two persons: %v", err)
	}
	d.must(t, CommandRevokeKey, "clara", KeyRevoked{Name: "anna", KeyID: KeyID(keys[0])})
	if err := d.do(CommandRevokeKey, "anna", KeyRevoked{Name: "anna", KeyID: KeyID(keys[0])}); !errors.Is(err, problem.Conflict) {
		t.Errorf("revoked twice: %v", err)
	}
	if err := d.do(CommandEnrolKey, "anna", EnrolKey{PublicKey: keys[0]}); !errors.Is(err, problem.Conflict) {
		t.Errorf("a revoked key came back: %v", err)
	}
	d.must(t, CommandEnrolKey, "anna", another)
	anna, _ := d.Operator("anna")
	if len(anna.Keys) != MaxKeys+1 || len(anna.ActiveKeys()) != MaxKeys {
		t.Errorf("%d keys, %d active", len(anna.Keys), len(anna.ActiveKeys()))
	}
}

func TestTokensAndSessions(t *testing.T) {
	d := staffed(t)
	_, token := NewToken()
	d.must(t, CommandIssueToken, "anna", IssueToken{Operator: "anna", Label: "laptop", Hash: token, Expires: start.Add(time.Hour)})
	if err := d.do(CommandIssueToken, "ben", IssueToken{Operator: "ben", Label: "x", Hash: token}); !errors.Is(err, problem.Conflict) {
		t.Errorf("one secret for two: %v", err)
	}
	if o, _, ok := d.Bearer(token, start); !ok || o.Name != "anna" {
		t.Error("the token is not known")
	}
	if _, _, ok := d.Bearer(token, start.Add(time.Hour)); ok {
		t.Error("the token outlives its end")
	}
	d.must(t, CommandRevokeToken, "clara", TokenRevoked{Name: "anna", ID: TokenID(token)})
	if _, _, ok := d.Bearer(token, start); ok {
		t.Error("a revoked token works")
	}
	open := func(by string) SecretHash {
		_, hash := NewSession()
		d.must(t, CommandStartSession, by, StartSession{Hash: hash, Expires: d.now.Add(SessionLife)})
		return hash
	}
	first := open("anna")
	if o, _, ok := d.Session(first, start); !ok || o.Name != "anna" || !d.SignedIn("anna", start) || d.SignedIn("ben", start) {
		t.Error("the session is not open")
	}
	if _, _, ok := d.Session(first, start.Add(SessionLife)); ok {
		t.Error("the session outlives its end")
	}
	if err := d.do(CommandEndSession, "ben", SessionEnded{Hash: first}); !errors.Is(err, problem.NotFound) {
		t.Errorf("ending someone else's session: %v", err)
	}
	d.must(t, CommandEndSession, "anna", SessionEnded{Hash: first})
	second := open("anna")
	hash := HashPassword("a long enough password", bytes.Repeat([]byte{1}, SaltBytes))
	d.must(t, CommandSetPassword, "anna", PasswordSet{Name: "anna", PasswordHash: hash})
	if _, _, ok := d.Session(second, start); ok {
		t.Error("a session outlives the password that opened it")
	}
	third := open("anna")
	d.must(t, CommandDisable, "clara", Disabled{Name: "anna", Disabled: true})
	d.must(t, CommandDisable, "clara", Disabled{Name: "anna"})
	if _, _, ok := d.Session(third, start); ok {
		t.Error("a session outlives the disabling of its account")
	}
	open("ben")
	d.now = start.Add(2 * SessionLife)
	open("ben")
	if len(d.sessions) != 1 {
		t.Errorf("%d sessions are kept", len(d.sessions))
	}
}

// Whatever is commanded by whomever, an administrator remains, nobody signs with
// another's key, and what is replayed is what was.
func TestInvariants(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	var pool [][]byte
	for range 6 {
		pool = append(pool, publicKey(t, elliptic.P256()))
	}
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk()
		var records []journal.Record
		step := func(name, by string, body any) {
			raw, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			events, err := d.Step(name, by, raw, d.now)
			if err != nil {
				return
			}
			record := journal.Record{Version: 1, Seq: uint64(len(records) + 1), Time: d.now, By: by, Events: events}
			records = append(records, record)
			if err := d.Apply(record); err != nil {
				t.Fatal(err)
			}
		}
		step(CommandCreate, Node, Create{Name: "a", FullName: "A", Roles: []Role{Administrator}})
		some := func(label string) string { return rapid.SampledFrom(names).Draw(t, label) }
		someRoles := rapid.SliceOfNDistinct(rapid.SampledFrom(roles), 1, 3, rapid.ID)
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				step(CommandCreate, some("by"), Create{Name: some("who"), FullName: "X", Roles: someRoles.Draw(t, "roles")})
			},
			"change": func(t *rapid.T) {
				given := someRoles.Draw(t, "roles")
				step(CommandChange, some("by"), Change{Name: some("who"), Roles: &given})
			},
			"disable": func(t *rapid.T) {
				step(CommandDisable, some("by"), Disabled{Name: some("who"), Disabled: rapid.Bool().Draw(t, "disabled")})
			},
			"enrol": func(t *rapid.T) {
				step(CommandEnrolKey, some("by"), EnrolKey{PublicKey: rapid.SampledFrom(pool).Draw(t, "key")})
			},
			"revoke": func(t *rapid.T) {
				step(CommandRevokeKey, some("by"), KeyRevoked{Name: some("who"), KeyID: KeyID(rapid.SampledFrom(pool).Draw(t, "key"))})
			},
			"": func(t *rapid.T) {
				if len(d.With(Administrator)) == 0 {
					t.Fatal("nobody administers")
				}
				owners := map[string]string{}
				for _, o := range d.All() {
					for _, k := range o.Keys {
						if other, taken := owners[k.ID]; taken {
							t.Fatalf("%s and %s have one key", other, o.Name)
						}
						owners[k.ID] = o.Name
					}
				}
			},
		})
		again := NewDirectory()
		for _, r := range records {
			if err := again.Apply(r); err != nil {
				t.Fatal(err)
			}
		}
		if fmt.Sprint(again.All()) != fmt.Sprint(d.All()) {
			t.Fatalf("replayed: %v\nwas: %v", again.All(), d.All())
		}
	})
}

// What was written before there were passkeys means what it meant.
func TestJournalsFromBeforePasskeys(t *testing.T) {
	key := publicKey(t, elliptic.P256())
	event := func(kind, body string) journal.Event {
		return journal.Event{Kind: kind, Body: json.RawMessage(body)}
	}
	records := []journal.Record{
		{By: Node, Events: []journal.Event{event(EventCreated, `{"name":"clara","fullName":"Clara Voss","roles":["administrator"]}`)}},
		{By: "clara", Events: []journal.Event{event(EventCreated, `{"name":"ben","fullName":"Ben Okafor","roles":["releaser"],"passwordHash":"x"}`)}},
		{By: "ben", Events: []journal.Event{event(EventKeyEnrolled, fmt.Sprintf(
			`{"name":"ben","key":{"id":%q,"type":"software-key","publicKey":%q,"label":"Desk 2","enrolled":"2026-03-04T10:00:00Z"}}`,
			KeyID(key), base64.StdEncoding.EncodeToString(key)))}},
		{By: "clara", Events: []journal.Event{event(EventPasswordSet, `{"name":"ben","passwordHash":"y"}`)}},
	}
	d := newDesk()
	for i, r := range records {
		r.Version, r.Seq, r.Time = 1, uint64(i+1), start
		if err := d.Apply(r); err != nil {
			t.Fatal(err)
		}
	}
	ben, _ := d.Operator("ben")
	if old, ok := ben.Key(KeyID(key)); !ok || old.Type != SoftwareKey || old.Awaits || !bytes.Equal(old.PublicKey, key) {
		t.Errorf("the key is now %+v", ben.Keys)
	}
	// A password that an administrator set then asks for a confirmation now.
	d.must(t, CommandEnrolKey, "ben", EnrolKey{PublicKey: publicKey(t, elliptic.P256())})
	if ben, _ = d.Operator("ben"); !ben.Keys[1].Awaits {
		t.Error("the new key needs no confirmation")
	}
}
