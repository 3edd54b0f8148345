// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// ring is the private keys of a test, by account.
type ring map[string]*ecdsa.PrivateKey

// keyed is staffed, with a second administrator dora, an observer otto and a
// software key for everyone.
func keyed(t testing.TB) (*desk, ring) {
	t.Helper()
	d := staffed(t)
	d.must(t, CommandCreate, Node, Create{Name: "dora", FullName: "Dora", Roles: []Role{Administrator}})
	d.must(t, CommandCreate, Node, Create{Name: "otto", FullName: "Otto", Roles: []Role{Observer}})
	keys := ring{}
	for _, o := range d.All() {
		keys[o.Name] = keyOf(t)
		d.must(t, CommandEnrolKey, o.Name, EnrolKey{PublicKey: publicOf(t, keys[o.Name])})
	}
	return d, keys
}

func keyOf(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicOf(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (r ring) signs(t testing.TB, name string, s Statement) Assertion {
	t.Helper()
	a, err := Assert(r[name], name, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// prepared is what clara sends to make a break-glass key for a role.
func (r ring) prepared(t testing.TB, role Role) PrepareSeal {
	t.Helper()
	key := keyOf(t)
	c := PrepareSeal{Label: "Envelope 1", Role: role, PublicKey: publicOf(t, key), Box: []byte("ciphertext")}
	r[c.Name()] = key
	c.Assertion = r.signs(t, "clara", c.Statement())
	return c
}

// confirmation is what somebody sends to confirm the key of a seal.
func (r ring) confirmation(t testing.TB, d *desk, name, by string, role Role) KeyConfirmed {
	t.Helper()
	o, _ := d.Operator(name)
	return KeyConfirmed{Name: name, KeyID: o.Keys[0].ID, Assertion: r.signs(t, by, KeyStatement(name, o.Keys[0], role))}
}

// opening is what the finder of an envelope sends.
func (r ring) opening(t testing.TB, name string, expires time.Time) BreakSeal {
	t.Helper()
	_, hash := NewSession()
	c := BreakSeal{Hash: hash, Expires: expires, By: "Ben Okafor", Reason: "Passkey lost"}
	c.Assertion = r.signs(t, name, c.Statement(name))
	return c
}

// opened is a world with a break-glass key for releasers that was made by clara,
// confirmed by dora and opened.
func opened(t testing.TB) (*desk, ring, string) {
	t.Helper()
	d, keys := keyed(t)
	c := keys.prepared(t, Releaser)
	d.must(t, CommandSeal, "clara", c)
	d.must(t, CommandConfirmKey, "dora", keys.confirmation(t, d, c.Name(), "dora", Administrator))
	d.must(t, CommandBreakSeal, c.Name(), keys.opening(t, c.Name(), d.now.Add(SealLife)))
	return d, keys, c.Name()
}

func TestTheLifeOfABreakGlassKey(t *testing.T) {
	d, keys := keyed(t)
	c := keys.prepared(t, Releaser)
	name := c.Name()
	release := func() error {
		o, _ := d.Operator(name)
		s := Statement{Action: ActionRelease, Role: Releaser, Warning: "w", Message: "w.1", Digest: [32]byte{1}}
		_, err := KeyPolicy{Release: []KeyType{Passkey}}.Verify(o, s, keys.signs(t, name, s))
		return err
	}
	d.must(t, CommandSeal, "clara", c)
	if err := d.do(CommandBreakSeal, name, keys.opening(t, name, d.now.Add(time.Hour))); !errors.Is(err, problem.Forbidden) {
		t.Errorf("opened before it was confirmed: %v", err)
	}
	d.must(t, CommandConfirmKey, "ben", keys.confirmation(t, d, name, "ben", Releaser))
	if o, _ := d.Operator(name); !o.Sealed() || len(o.Roles) > 0 || release() == nil {
		t.Errorf("it works sealed: %+v", o)
	}
	opening := keys.opening(t, name, d.now.Add(SealLife))
	d.must(t, CommandBreakSeal, name, opening)
	o, _, open := d.Session(opening.Hash, d.now)
	if !open || !o.Has(Releaser) || o.Seal.BrokenBy != "Ben Okafor" || !o.Seal.Ends.Equal(d.now.Add(SealLife)) || o.Behind() != "clara" {
		t.Errorf("open as %+v", o)
	}
	if err := release(); err != nil {
		t.Errorf("passkeys alone release here, and the envelope is for when there is none: %v", err)
	}

	// Another window within the time; its end stays.
	d.now = d.now.Add(7 * time.Hour)
	if err := d.do(CommandBreakSeal, name, keys.opening(t, name, d.now.Add(2*time.Hour))); !errors.Is(err, problem.Invalid) {
		t.Errorf("longer than the key's time: %v", err)
	}
	d.must(t, CommandBreakSeal, name, keys.opening(t, name, d.now.Add(time.Hour)))
	if events := d.Due(d.now); len(events) > 0 {
		t.Errorf("due before the end: %+v", events)
	}
	d.now = d.now.Add(time.Hour)
	events := d.Due(d.now)
	if len(events) != 1 || events[0].Kind != EventKeyRevoked {
		t.Fatalf("due at the end: %+v", events)
	}
	d.apply(events[0], Node, d.now)
	if len(d.Due(d.now)) > 0 || release() == nil || d.SignedIn(name, d.now) {
		t.Error("the key is not over")
	}
	if err := d.do(CommandBreakSeal, name, keys.opening(t, name, d.now.Add(time.Hour))); err == nil {
		t.Error("opened after its end")
	}
}

func TestWhoMakesBreakGlassKeys(t *testing.T) {
	d, keys := keyed(t)
	good := keys.prepared(t, Author)
	for _, c := range []struct {
		name, by string
		change   func(*PrepareSeal)
		kind     problem.Kind
	}{
		{"no administrator", "ben", func(*PrepareSeal) {}, problem.Forbidden},
		{"the node", Node, func(*PrepareSeal) {}, problem.Forbidden},
		{"another administrator's signature", "dora", func(*PrepareSeal) {}, problem.Forbidden},
		{"no signature", "clara", func(c *PrepareSeal) { c.Assertion = Assertion{} }, problem.Forbidden},
		{"a signature for another role", "clara", func(c *PrepareSeal) { c.Role = Releaser }, problem.Forbidden},
		{"a signature for another label", "clara", func(c *PrepareSeal) { c.Label = "Envelope 2" }, problem.Forbidden},
		{"for administrators", "clara", func(c *PrepareSeal) { c.Role = Administrator }, problem.Invalid},
		{"no label", "clara", func(c *PrepareSeal) { c.Label = " " }, problem.Invalid},
		{"no key", "clara", func(c *PrepareSeal) { c.PublicKey = nil }, problem.Invalid},
		{"no box", "clara", func(c *PrepareSeal) { c.Box = nil }, problem.Invalid},
		{"a large box", "clara", func(c *PrepareSeal) { c.Box = make([]byte, maxBox+1) }, problem.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			command := good
			c.change(&command)
			if err := d.do(CommandSeal, c.by, command); !errors.Is(err, c.kind) {
				t.Errorf("the answer is %v, not %s", err, c.kind)
			}
		})
	}
	d.must(t, CommandSeal, "clara", good)
	if err := d.do(CommandSeal, "clara", good); !errors.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	for by, role := range map[string]Role{"clara": Administrator, "anna": Author, "otto": Observer, good.Name(): Owner} {
		if err := d.do(CommandConfirmKey, by, keys.confirmation(t, d, good.Name(), by, role)); !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s confirms: %v", by, err)
		}
	}
	if err := d.do(CommandConfirmKey, "dora", keys.confirmation(t, d, good.Name(), "clara", Administrator)); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a session of dora with a signature of clara: %v", err)
	}
	d.must(t, CommandConfirmKey, "dora", keys.confirmation(t, d, good.Name(), "dora", Administrator))
}

// TestABreakGlassKeyHasNoOtherWayIn covers what administrators do with accounts of
// people, and what a session by the key could try.
func TestABreakGlassKeyHasNoOtherWayIn(t *testing.T) {
	d, keys, name := opened(t)
	_, hash := NewSession()
	fullName := "Somebody"
	for command, body := range map[string]any{
		CommandChange: Change{Name: name, FullName: &fullName}, CommandDisable: Disabled{Name: name, Disabled: true},
		CommandSetPassword: PasswordSet{Name: name, PasswordHash: DecoyHash()}, CommandLink: Linked{Name: name, Subject: subjectOf("1")},
		CommandIssueToken: IssueToken{Operator: name, Label: "x", Hash: hash},
	} {
		if err := d.do(command, "dora", body); !errors.Is(err, problem.Conflict) {
			t.Errorf("%s by an administrator: %v", command, err)
		}
	}
	for command, body := range map[string]any{
		CommandStartSession: StartSession{Hash: hash, Expires: d.now.Add(time.Hour)}, CommandEnrolKey: EnrolKey{PublicKey: publicOf(t, keyOf(t))},
		CommandIssueToken: IssueToken{Operator: name, Label: "x", Hash: hash}, CommandSetPassword: PasswordSet{Name: name, PasswordHash: DecoyHash()},
	} {
		if err := d.do(command, name, body); !errors.Is(err, problem.Conflict) {
			t.Errorf("%s by the key itself: %v", command, err)
		}
	}
	other := keys.prepared(t, Author)
	d.must(t, CommandSeal, "clara", other)
	if err := d.do(CommandConfirmKey, name, keys.confirmation(t, d, other.Name(), name, Releaser)); !errors.Is(err, problem.Forbidden) {
		t.Errorf("one break-glass key confirms another: %v", err)
	}
	for by, of := range map[string]string{"dora": name, "anna": "ben"} {
		if err := d.do(CommandBreakSeal, by, keys.opening(t, by, d.now.Add(time.Hour))); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s opens %s: %v", by, of, err)
		}
	}
	opening := keys.opening(t, name, d.now.Add(time.Hour))
	opening.Reason = "Another one"
	if err := d.do(CommandBreakSeal, name, opening); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a reason that was not signed: %v", err)
	}
}

func TestWhatEndsABreakGlassKey(t *testing.T) {
	t.Run("an administrator", func(t *testing.T) {
		d, _, name := opened(t)
		o, _ := d.Operator(name)
		d.must(t, CommandRevokeKey, "dora", KeyRevoked{Name: name, KeyID: o.Keys[0].ID})
		if o, _ := d.Operator(name); !o.Disabled || len(o.Roles) > 0 || d.SignedIn(name, d.now) || len(d.Due(d.now.Add(2*SealLife))) > 0 {
			t.Errorf("still there: %+v", o)
		}
	})
	t.Run("the leaving of who knows the code", func(t *testing.T) {
		d, _, name := opened(t)
		d.must(t, CommandDisable, "dora", Disabled{Name: "clara", Disabled: true})
		if o, _ := d.Operator(name); !o.Disabled || d.SignedIn(name, d.now) {
			t.Errorf("still there: %+v", o)
		}
	})
	t.Run("no change of roles meanwhile", func(t *testing.T) {
		d, _, _ := opened(t)
		roles := []Role{Administrator, Author}
		if err := d.do(CommandChange, "dora", Change{Name: "clara", Roles: &roles}); !errors.Is(err, problem.Conflict) {
			t.Errorf("the roles of who is behind an open key: %v", err)
		}
	})
}

// TestSealsInTheJournal checks that the event carries what the projection needs.
func TestSealsInTheJournal(t *testing.T) {
	d, keys := keyed(t)
	c := keys.prepared(t, Author)
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	events, err := d.Step(CommandSeal, "clara", raw, d.now)
	if err != nil || len(events) != 1 || events[0].Kind != EventSealed {
		t.Fatalf("events %+v: %v", events, err)
	}
	if body := string(events[0].Body); !strings.Contains(body, `"preparedBy":"clara"`) || !strings.Contains(body, `"awaits":true`) {
		t.Errorf("the event is %s", body)
	}
	if slices.Contains(keyTypes, BreakGlassKey) {
		t.Error("a configuration could list break-glass keys")
	}
}
