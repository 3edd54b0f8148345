// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/tlog"
)

func sampleStatement() tlog.Statement {
	return tlog.Statement{
		Action: tlog.ActionRelease, Role: tlog.RoleReleaser,
		Warning: "de-bb.20260304.abcdefgh", Message: "de-bb.20260304.abcdefgh.1",
		Digest: [32]byte{0: 0xab, 31: 0x01},
	}
}

var testRules = tlog.AssertionRules{Origins: []string{testOrigin}}

// Others sign these bytes, in browsers among them, so they never change.
func TestStatementBytes(t *testing.T) {
	const want = "tocsin/assertion/v1\nrelease\nreleaser\nde-bb.20260304.abcdefgh\nde-bb.20260304.abcdefgh.1\n" +
		"ab00000000000000000000000000000000000000000000000000000000000001\n"
	if got := string(sampleStatement().Bytes()); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestVerifyAssertion(t *testing.T) {
	ben := newPerson(t, "ben")
	s := sampleStatement()
	soft, pass := ben.assert(t, s), ben.touch(t, s)
	if soft.Key == pass.Key || soft.Key.ID() == pass.Key.ID() {
		t.Fatal("two keys have one id")
	}
	for _, good := range []tlog.Assertion{soft, pass} {
		if err := tlog.VerifyAssertion(s, good, testRules); err != nil {
			t.Errorf("%s: %v", good.Guard, err)
		}
	}
	for _, test := range []struct {
		name   string
		from   tlog.Assertion
		want   tlog.Fault
		change func(*tlog.Statement, *tlog.Assertion, *tlog.AssertionRules)
	}{
		{"software, another digest", soft, tlog.FaultSignature, func(s *tlog.Statement, _ *tlog.Assertion, _ *tlog.AssertionRules) { s.Digest[3]++ }},
		{"passkey, another digest", pass, tlog.FaultSignature, func(s *tlog.Statement, _ *tlog.Assertion, _ *tlog.AssertionRules) { s.Digest[3]++ }},
		{"another warning", pass, tlog.FaultSignature, func(s *tlog.Statement, _ *tlog.Assertion, _ *tlog.AssertionRules) { s.Warning += "x" }},
		{"another message", soft, tlog.FaultSignature, func(s *tlog.Statement, _ *tlog.Assertion, _ *tlog.AssertionRules) { s.Message += "x" }},
		{"a line break", soft, tlog.FaultStatement, func(s *tlog.Statement, _ *tlog.Assertion, _ *tlog.AssertionRules) { s.Message += "\n" }},
		{"another action", soft, tlog.FaultPurpose, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Action = tlog.ActionRequest }},
		{"another role", soft, tlog.FaultPurpose, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Role = tlog.RoleAuthor }},
		{"signature of zeros", soft, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Signature = tlog.Signature{} }},
		{"another key", soft, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Key = pass.Key }},
		{"no key", soft, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Key = tlog.Key{} }},
		{"a passkey's signature as a software key's", pass, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Guard = tlog.SoftwareKey }},
		{"no such guard", soft, tlog.FaultGuard, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Guard = "seal" }},
		{"software keys refused", soft, tlog.FaultGuard, func(_ *tlog.Statement, _ *tlog.Assertion, r *tlog.AssertionRules) { r.RefuseSoftware = true }},
		{"no origin trusted", pass, tlog.FaultOrigin, func(_ *tlog.Statement, _ *tlog.Assertion, r *tlog.AssertionRules) { r.Origins = nil }},
		{"another counter", pass, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) { a.Ceremony.Counter++ }},
		{"another relying party of the origin", pass, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) {
			a.Ceremony.RelyingParty = "example"
		}},
		{"a relying party elsewhere", pass, tlog.FaultRelyingParty, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) {
			a.Ceremony.RelyingParty = "reis.example"
		}},
		{"verification claimed afterwards", pass, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) {
			a.Ceremony.Flags |= 0x20
		}},
		{"client data with more", pass, tlog.FaultSignature, func(_ *tlog.Statement, a *tlog.Assertion, _ *tlog.AssertionRules) {
			a.Ceremony.ClientData = strings.TrimSuffix(a.Ceremony.ClientData, "}") + `,"more":1}`
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, a, rules := s, test.from, testRules
			test.change(&s, &a, &rules)
			var fault *tlog.AssertionError
			if err := tlog.VerifyAssertion(s, a, rules); !errors.As(err, &fault) || fault.Fault != test.want {
				t.Errorf("the error is %v, not of fault %s", err, test.want)
			}
		})
	}
}

// What the authenticator itself signed decides, so each of these is signed.
func TestPasskeyCeremonies(t *testing.T) {
	ben := newPerson(t, "ben")
	s := sampleStatement()
	for _, test := range []struct {
		name   string
		change func(*authenticator)
		rules  tlog.AssertionRules
		want   tlog.Fault
	}{
		{"as it should be", func(*authenticator) {}, testRules, ""},
		{"level 1 client data", func(a *authenticator) { a.clientData = `","origin":"` + testOrigin + `"}` }, testRules, ""},
		{"client data with additions", func(a *authenticator) {
			a.clientData = `","origin":"` + testOrigin + `","crossOrigin":false,"other_keys_can_be_added_here":"x y"}`
		}, testRules, ""},
		{"no user", func(a *authenticator) { a.flags = 0x04 }, testRules, tlog.FaultPresence},
		{"user not verified", func(a *authenticator) { a.flags = 0x01 }, testRules, tlog.FaultVerification},
		{"synced", func(a *authenticator) { a.flags = 0x1d }, testRules, tlog.FaultSynced},
		{"may be synced", func(a *authenticator) { a.flags = 0x0d }, testRules, tlog.FaultSynced},
		{"synced and allowed", func(a *authenticator) { a.flags = 0x1d }, tlog.AssertionRules{Origins: testRules.Origins, AllowSynced: true}, ""},
		{"synced without being able to", func(a *authenticator) { a.flags = 0x15 }, tlog.AssertionRules{Origins: testRules.Origins, AllowSynced: true}, tlog.FaultClientData},
		{"extensions announced", func(a *authenticator) { a.flags = 0x85 }, testRules, tlog.FaultClientData},
		{"another origin", func(a *authenticator) {
			a.clientData = strings.Replace(a.clientData, "release.", "re1ease.", 1)
		}, testRules, tlog.FaultOrigin},
		{"another relying party", func(a *authenticator) { a.relyingParty = "evil.example" }, testRules, "refused"},
		{"in another origin's frame", func(a *authenticator) {
			a.clientData = strings.Replace(a.clientData, "false", "true", 1)
		}, testRules, "refused"},
		{"another type", func(a *authenticator) { a.clientData = `","type":"webauthn.create` + a.clientData }, testRules, "refused"},
		{"no origin", func(a *authenticator) { a.clientData = `"}` }, testRules, "refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			with := goodAuthenticator()
			test.change(&with)
			a, err := tlog.NewPasskeyAssertion(s, der(t, ben.passkey), testRelyingParty, ben.respond(t, s, with))
			if test.want == "refused" {
				if err == nil {
					t.Error("it was taken")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			err = tlog.VerifyAssertion(s, a, test.rules)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var fault *tlog.AssertionError
			if !errors.As(err, &fault) || fault.Fault != test.want {
				t.Errorf("the error is %v, not of fault %s", err, test.want)
			}
		})
	}
}

func TestKeyRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		key := keyFrom(t, rapid.String().Draw(r, "seed"))
		compressed, err := tlog.NewKey(der(t, key))
		if err != nil {
			r.Fatal(err)
		}
		again, err := compressed.DER()
		if err != nil || string(again) != string(der(t, key)) {
			r.Fatalf("the key came back as %x, %v", again, err)
		}
	})
}

// Of all single-bit changes of a signature, none may verify.
func TestNoBitOfASignatureMayChange(t *testing.T) {
	s := sampleStatement()
	a := newPerson(t, "ben").touch(t, s)
	for i := range 8 * len(a.Signature) {
		changed := a
		changed.Signature[i/8] ^= 1 << (i % 8)
		if tlog.VerifyAssertion(s, changed, testRules) == nil {
			t.Fatalf("bit %d may change", i)
		}
	}
}
