// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator/operatortest"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// bound lets device-bound passkeys release, as a node does by default.
var bound = KeyPolicy{Origin: "https://konsole.example"}.WithDefaults()

func authenticator(t testing.TB) *operatortest.Authenticator {
	t.Helper()
	a, err := operatortest.New(bound.RelyingParty, bound.Origin)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func registration(t testing.TB, a *operatortest.Authenticator, challenge [32]byte) *Registration {
	t.Helper()
	data, client, err := a.Register(challenge)
	if err != nil {
		t.Fatal(err)
	}
	return &Registration{AuthenticatorData: data, ClientDataJSON: client}
}

// enrolPasskey gives the key as it was enrolled.
func (d *desk) enrolPasskey(t testing.TB, name string, a *operatortest.Authenticator) Key {
	t.Helper()
	o, _ := d.Operator(name)
	d.must(t, CommandEnrolKey, name, EnrolKey{Passkey: registration(t, a, EnrolmentChallenge(o)), Label: "desk"})
	o, _ = d.Operator(name)
	return o.Keys[len(o.Keys)-1]
}

func assertion(t testing.TB, a *operatortest.Authenticator, name, key string, s Statement) Assertion {
	t.Helper()
	data, client, signature, err := a.Sign(s.Challenge())
	if err != nil {
		t.Fatal(err)
	}
	return Assertion{
		Operator: name, Role: s.Role, Action: s.Action, KeyID: key, KeyType: Passkey, Signature: signature,
		Evidence: &Evidence{AuthenticatorData: data, ClientDataJSON: client},
	}
}

func passkeyDesk(t testing.TB) *desk {
	d := staffed(t)
	d.Keys = bound
	return d
}

func TestPasskeyEnrolment(t *testing.T) {
	for _, test := range []struct {
		name string
		// change spoils the authenticator before, edit its answer after.
		change func(*operatortest.Authenticator)
		edit   func(*EnrolKey)
		rule   string // empty where it is enrolled
		kind   KeyType
	}{
		{"right", nil, nil, "", Passkey},
		{"may be copied", func(a *operatortest.Authenticator) { a.Flags |= operatortest.BackupEligible }, nil, "", SyncedPasskey},
		{"was copied", func(a *operatortest.Authenticator) { a.Flags |= operatortest.BackupEligible | operatortest.BackedUp }, nil, "", SyncedPasskey},
		{"was copied and may not be", func(a *operatortest.Authenticator) { a.Flags |= operatortest.BackedUp }, nil, "passkey.form", ""},
		{"nobody verified", func(a *operatortest.Authenticator) { a.Flags &^= operatortest.UserVerified }, nil, "passkey.unverified", ""},
		{"nobody present", func(a *operatortest.Authenticator) { a.Flags &^= operatortest.UserPresent }, nil, "passkey.unverified", ""},
		{"another site", func(a *operatortest.Authenticator) { a.Origin = "https://konsole.example.evil.example" }, nil, "passkey.origin", ""},
		{"another port", func(a *operatortest.Authenticator) { a.Origin += ":8443" }, nil, "passkey.origin", ""},
		{"another relying party", func(a *operatortest.Authenticator) { a.RelyingParty = "example" }, nil, "passkey.party", ""},
		{"no credential id", func(a *operatortest.Authenticator) { a.ID = nil }, nil, "passkey.form", ""},
		{"another algorithm", nil, func(c *EnrolKey) {
			c.Passkey.AuthenticatorData = bytes.Replace(c.Passkey.AuthenticatorData, coseHead[:5], []byte{0xa5, 1, 1, 3, 0x27}, 1)
		}, "passkey.algorithm", ""},
		{"a point beside the curve", nil, func(c *EnrolKey) { c.Passkey.AuthenticatorData[len(c.Passkey.AuthenticatorData)-1]++ }, "passkey.form", ""},
		{"cut short", nil, func(c *EnrolKey) { c.Passkey.AuthenticatorData = c.Passkey.AuthenticatorData[:60] }, "passkey.form", ""},
		{"something after the key", nil, func(c *EnrolKey) { c.Passkey.AuthenticatorData = append(c.Passkey.AuthenticatorData, 0) }, "passkey.form", ""},
		{"an assertion", nil, func(c *EnrolKey) {
			c.Passkey.ClientDataJSON = bytes.Replace(c.Passkey.ClientDataJSON, []byte("create"), []byte("get"), 1)
		}, "passkey.form", ""},
		{"in another site's frame", nil, func(c *EnrolKey) {
			c.Passkey.ClientDataJSON = bytes.Replace(c.Passkey.ClientDataJSON, []byte("false"), []byte("true"), 1)
		}, "passkey.form", ""},
		{"client data without end", nil, func(c *EnrolKey) { c.Passkey.ClientDataJSON = bytes.Repeat([]byte(" "), maxClientData+1) }, "passkey.form", ""},
		{"an old challenge", nil, func(c *EnrolKey) {
			c.Passkey.ClientDataJSON = []byte(strings.Replace(string(c.Passkey.ClientDataJSON), `"challenge":"`, `"challenge":"x`, 1))
		}, "passkey.challenge", ""},
		{"with a software key beside it", nil, func(c *EnrolKey) { c.PublicKey = []byte("x") }, "passkey.form", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, a := passkeyDesk(t), authenticator(t)
			if test.change != nil {
				test.change(a)
			}
			anna, _ := d.Operator("anna")
			command := EnrolKey{Passkey: registration(t, a, EnrolmentChallenge(anna)), Label: "desk"}
			if test.edit != nil {
				test.edit(&command)
			}
			err := d.do(CommandEnrolKey, "anna", command)
			if test.rule == "" {
				anna, _ = d.Operator("anna")
				if err != nil || len(anna.Keys) != 1 || anna.Keys[0].Type != test.kind || !bytes.Equal(anna.Keys[0].Credential.ID, a.ID) || anna.Keys[0].Awaits {
					t.Fatalf("enrolled %+v, error %v", anna.Keys, err)
				}
				return
			}
			p, ok := errors.AsType[*problem.Error](err)
			if !ok || len(p.Faults) != 1 || p.Faults[0].Rule != test.rule || p.Faults[0].Remedy == "" {
				t.Fatalf("the error is %+v, want the rule %s with a remedy", p, test.rule)
			}
		})
	}
	t.Run("a node without an address", func(t *testing.T) {
		d, a := staffed(t), authenticator(t)
		anna, _ := d.Operator("anna")
		err := d.do(CommandEnrolKey, "anna", EnrolKey{Passkey: registration(t, a, EnrolmentChallenge(anna))})
		if p, ok := errors.AsType[*problem.Error](err); !ok || p.Faults[0].Rule != "passkey.off" {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("the same answer twice", func(t *testing.T) {
		d, a := passkeyDesk(t), authenticator(t)
		anna, _ := d.Operator("anna")
		command := EnrolKey{Passkey: registration(t, a, EnrolmentChallenge(anna))}
		d.must(t, CommandEnrolKey, "anna", command)
		if err := d.do(CommandEnrolKey, "anna", command); !errors.Is(err, problem.Invalid) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestPasskeyAssertions(t *testing.T) {
	for _, test := range []struct {
		name string
		// enrolment changes the authenticator before, change after enrolment.
		enrolment, change func(*operatortest.Authenticator)
		edit              func(*Assertion)
		policy            KeyPolicy
		rule              string // empty where it is accepted
	}{
		{"right", nil, nil, nil, bound, ""},
		{"altered flags", nil, nil, func(a *Assertion) { a.Evidence.AuthenticatorData[32] |= 1 << 1 }, bound, "assertion.signature"},
		{"altered signature", nil, nil, func(a *Assertion) { a.Signature[len(a.Signature)-1]++ }, bound, "assertion.signature"},
		{"altered client data", nil, nil, func(a *Assertion) {
			a.Evidence.ClientDataJSON = bytes.Replace(a.Evidence.ClientDataJSON, []byte("false}"), []byte(`false,"a":1}`), 1)
		}, bound, "assertion.signature"},
		{"no evidence", nil, nil, func(a *Assertion) { a.Evidence = nil }, bound, "assertion.signature"},
		{"evidence of nothing", nil, nil, func(a *Assertion) { a.Evidence = &Evidence{} }, bound, "assertion.signature"},
		{"nobody verified", nil, func(a *operatortest.Authenticator) { a.Flags &^= operatortest.UserVerified }, nil, bound, "assertion.unverified"},
		{"nobody present", nil, func(a *operatortest.Authenticator) { a.Flags &^= operatortest.UserPresent }, nil, bound, "assertion.unverified"},
		{"another site", nil, func(a *operatortest.Authenticator) { a.Origin = "https://evil.example" }, nil, bound, "assertion.origin"},
		{"another relying party", nil, func(a *operatortest.Authenticator) { a.RelyingParty = "evil.example" }, nil, bound, "assertion.signature"},
		{"copied since", nil, func(a *operatortest.Authenticator) { a.Flags |= operatortest.BackupEligible }, nil, bound, "assertion.synced"},
		{"a counter that stands still", nil, func(a *operatortest.Authenticator) { a.Count = 6 }, nil, bound, "assertion.count"},
		{"a counter that fell to none", nil, func(a *operatortest.Authenticator) { a.Count = 1<<32 - 1 }, nil, bound, "assertion.count"},
		{"a synced key", synced, nil, nil, bound, "assertion.release.synced-passkey"},
		{"a synced key where it may", synced, nil, nil, allowing(SyncedPasskey), ""},
		{"a passkey where software keys alone may", nil, nil, nil, allowing(SoftwareKey), "assertion.release.passkey"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, a := passkeyDesk(t), authenticator(t)
			a.Count = 6
			if test.enrolment != nil {
				test.enrolment(a)
			}
			key := d.enrolPasskey(t, "ben", a)
			if err := d.apply(journal.NewEvent(EventKeyUsed, KeyUsed{Name: "ben", KeyID: key.ID, SignCount: 7}), Node, start); err != nil {
				t.Fatal(err)
			}
			a.Count = 7
			if test.change != nil {
				test.change(a)
			}
			ben, _ := d.Operator("ben")
			made := assertion(t, a, "ben", key.ID, sample)
			if test.edit != nil {
				test.edit(&made)
			}
			kept, events, err := test.policy.Accept(ben, sample, made, start)
			if test.rule == "" {
				if err != nil || kept.KeyType != key.Type || len(events) != 1 || events[0].Kind != EventKeyUsed {
					t.Fatalf("kept %+v with %v, error %v", kept, events, err)
				}
				return
			}
			if p, ok := errors.AsType[*problem.Error](err); !ok || p.Rule != test.rule || p.Kind != problem.Forbidden || p.Remedy == "" {
				t.Fatalf("the error is %+v, want the rule %s", err, test.rule)
			}
		})
	}
}

// A passkey signs one statement, and none that differs in anything.
func TestPasskeySignsOneStatement(t *testing.T) {
	d, a := passkeyDesk(t), authenticator(t)
	key := d.enrolPasskey(t, "ben", a)
	ben, _ := d.Operator("ben")
	made := assertion(t, a, "ben", key.ID, sample)
	for name, change := range map[string]func(*Statement){
		"digest":  func(s *Statement) { s.Digest[31]++ },
		"warning": func(s *Statement) { s.Warning += "x" },
		"message": func(s *Statement) { s.Message += "x" },
	} {
		other := sample
		change(&other)
		if _, err := bound.Verify(ben, other, made); !errors.Is(err, problem.Forbidden) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if _, err := bound.Verify(ben, sample, made); err != nil {
		t.Errorf("what was signed: %v", err)
	}
	if _, err := software.Verify(ben, sample, made); !errors.Is(err, problem.Forbidden) {
		t.Errorf("at a node for another address: %v", err)
	}
}

func TestKeyPolicy(t *testing.T) {
	for _, test := range []struct {
		name   string
		policy KeyPolicy
		field  string
	}{
		{"no passkeys", KeyPolicy{Release: []KeyType{SoftwareKey}}, ""},
		{"right", KeyPolicy{Origin: "https://konsole.example:8443"}, ""},
		{"a domain above", KeyPolicy{Origin: "https://konsole.lage.example", RelyingParty: "lage.example"}, ""},
		{"this machine", KeyPolicy{Origin: "http://localhost:8080"}, ""},
		{"a kind that there is not", KeyPolicy{Release: []KeyType{"stamp"}}, "keys.release"},
		{"plain HTTP", KeyPolicy{Origin: "http://konsole.example"}, "keys.origin"},
		{"a path", KeyPolicy{Origin: "https://konsole.example/console/"}, "keys.origin"},
		{"no address", KeyPolicy{Origin: "konsole.example"}, "keys.origin"},
		{"another domain", KeyPolicy{Origin: "https://konsole.example", RelyingParty: "sole.example"}, "keys.relying_party"},
	} {
		faults := test.policy.WithDefaults().Validate()
		named := slices.ContainsFunc(faults, func(f problem.Fault) bool { return f.Field == test.field && f.Remedy != "" })
		if named != (test.field != "") || test.field == "" && len(faults) > 0 {
			t.Errorf("%s: %+v", test.name, faults)
		}
	}
}

func FuzzRegistration(f *testing.F) {
	a := authenticator(f)
	anna := Operator{Name: "anna"}
	seed := registration(f, a, EnrolmentChallenge(anna))
	f.Add(seed.AuthenticatorData, seed.ClientDataJSON)
	f.Add(seed.AuthenticatorData[:55], []byte(`{"type":"webauthn.create"}`))
	f.Add([]byte{}, []byte("["))
	f.Fuzz(func(t *testing.T, data, client []byte) {
		d := NewDirectory()
		d.Keys = bound
		key, faults := d.newKey(anna, EnrolKey{Passkey: &Registration{AuthenticatorData: data, ClientDataJSON: client}})
		if len(faults) > 0 {
			return
		}
		if key.Type == SoftwareKey || key.ID != KeyID(key.PublicKey) || len(key.Credential.ID) == 0 || data[32]&flagUserVerified == 0 {
			t.Errorf("enrolled %+v", key)
		}
	})
}

func FuzzEvidence(f *testing.F) {
	d, a := passkeyDesk(f), authenticator(f)
	key := d.enrolPasskey(f, "ben", a)
	ben, _ := d.Operator("ben")
	seed := assertion(f, a, "ben", key.ID, sample)
	f.Add(seed.Evidence.AuthenticatorData, seed.Evidence.ClientDataJSON, seed.Signature)
	f.Add([]byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, data, client, signature []byte) {
		shown := seed
		shown.Evidence, shown.Signature = &Evidence{AuthenticatorData: data, ClientDataJSON: client}, signature
		_, err := bound.Verify(ben, sample, shown)
		genuine := bytes.Equal(data, seed.Evidence.AuthenticatorData) && bytes.Equal(client, seed.Evidence.ClientDataJSON)
		if err == nil && !genuine {
			t.Errorf("accepted %x %q", data, client)
		}
	})
}

func synced(a *operatortest.Authenticator) { a.Flags |= operatortest.BackupEligible }

func allowing(kinds ...KeyType) KeyPolicy {
	p := bound
	p.Release = kinds
	return p
}

func TestStandInsNeedAConfirmation(t *testing.T) {
	hash := HashPassword("a long enough password", bytes.Repeat([]byte{1}, SaltBytes))
	d := passkeyDesk(t)
	d.must(t, CommandCreate, Node, Create{Name: "dora", FullName: "Dora", Roles: []Role{Administrator}})
	first, second := authenticator(t), authenticator(t)
	kept := d.enrolPasskey(t, "ben", first)
	claras, doras := authenticator(t), authenticator(t)
	clarasKey, dorasKey := d.enrolPasskey(t, "clara", claras), d.enrolPasskey(t, "dora", doras)

	// Whoever sets their own password stays alone with the account.
	d.must(t, CommandSetPassword, "ben", PasswordSet{Name: "ben", PasswordHash: hash})
	if own := d.enrolPasskey(t, "ben", authenticator(t)); own.Awaits {
		t.Error("a key awaits a confirmation that nothing asks for")
	}
	d.must(t, CommandSetPassword, "clara", PasswordSet{Name: "ben", PasswordHash: hash})
	fresh := d.enrolPasskey(t, "ben", second)
	if !fresh.Awaits {
		t.Fatal("a key is valid though clara could have enrolled it")
	}
	ben, _ := d.Operator("ben")
	if _, err := bound.Verify(ben, sample, assertion(t, second, "ben", fresh.ID, sample)); problemRule(err) != "assertion.awaits" {
		t.Errorf("a key signs before it is confirmed: %v", err)
	}

	confirm := func(by string, a *operatortest.Authenticator, key Key, role Role) error {
		s := KeyStatement("ben", fresh, role)
		return d.do(CommandConfirmKey, by, KeyConfirmed{Name: "ben", KeyID: fresh.ID, Assertion: assertion(t, a, by, key.ID, s)})
	}
	for _, test := range []struct {
		name, rule string
		err        error
	}{
		{"the key itself", "assertion.awaits", confirm("ben", second, fresh, Owner)},
		{"who set the password", "key.stand-in", confirm("clara", claras, clarasKey, Administrator)},
		{"who does not administer", "operator.administrator", confirm("anna", first, kept, Administrator)},
		{"an administrator as owner", "assertion.signature", confirm("dora", doras, dorasKey, Owner)},
		{"a session alone", "assertion.key", d.do(CommandConfirmKey, "dora", KeyConfirmed{Name: "ben", KeyID: fresh.ID})},
	} {
		if problemRule(test.err) != test.rule {
			t.Errorf("%s: the error is %v, want %s", test.name, test.err, test.rule)
		}
	}
	if err := confirm("dora", doras, dorasKey, Administrator); err != nil {
		t.Fatal(err)
	}
	ben, _ = d.Operator("ben")
	if key, _ := ben.Key(fresh.ID); key.Awaits || key.ConfirmedBy != "dora" || !key.Confirmed.Equal(start) {
		t.Errorf("confirmed: %+v", key)
	}
	if _, err := bound.Verify(ben, sample, assertion(t, second, "ben", fresh.ID, sample)); err != nil {
		t.Errorf("a confirmed key: %v", err)
	}
	if err := confirm("dora", doras, dorasKey, Administrator); !errors.Is(err, problem.Conflict) {
		t.Errorf("confirmed twice: %v", err)
	}

	// The account stays marked: a later key needs it too, and the owner's own key does.
	fresh = d.enrolPasskey(t, "ben", authenticator(t))
	if !fresh.Awaits {
		t.Error("the mark is gone")
	}
	if err := confirm("ben", first, kept, Owner); err != nil {
		t.Errorf("the owner with another key: %v", err)
	}
}

// A token from an administrator is a way in too, but for the first of an account.
func TestTokensMakeStandIns(t *testing.T) {
	d := passkeyDesk(t)
	_, first := NewToken()
	_, second := NewToken()
	d.must(t, CommandIssueToken, "clara", IssueToken{Operator: "ben", Label: "first", Hash: first})
	if key := d.enrolPasskey(t, "ben", authenticator(t)); key.Awaits {
		t.Error("the opening of an account asks for a confirmation")
	}
	d.must(t, CommandIssueToken, "clara", IssueToken{Operator: "ben", Label: "second", Hash: second})
	if key := d.enrolPasskey(t, "ben", authenticator(t)); !key.Awaits {
		t.Error("a token that clara issued enrols a key")
	}
	d.must(t, CommandIssueToken, "anna", IssueToken{Operator: "anna", Label: "own", Hash: SecretHash{7}})
	if key := d.enrolPasskey(t, "anna", authenticator(t)); key.Awaits {
		t.Error("one's own token asks for a confirmation")
	}
}

func problemRule(err error) string {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return p.Rule
	}
	return ""
}
