// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/operator/operatortest"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// passkey is an authenticator with the id of the key that it enrolled.
type passkey struct {
	*operatortest.Authenticator
	id string
}

// enrol enrols a passkey as a browser does.
func (w *world) enrol(as string, flags byte) passkey {
	w.Helper()
	var asked console.Enrolment
	w.must(as, http.MethodGet, "/api/v1/keys/enrolment", nil, &asked)
	made, err := operatortest.New(asked.RelyingParty, asked.Origin)
	if err != nil {
		w.Fatal(err)
	}
	made.Flags |= flags
	data, client, err := made.Register([32]byte(asked.Challenge))
	if err != nil {
		w.Fatal(err)
	}
	var accepted console.Accepted
	w.must(as, http.MethodPost, "/api/v1/keys", console.KeyEnrolment{
		Passkey: &operator.Registration{AuthenticatorData: data, ClientDataJSON: client}, Label: "blue",
	}, &accepted)
	return passkey{made, accepted.ID}
}

// asserts signs a statement's text, as the API gives it.
func (w *world) asserts(as string, p passkey, statement string) operator.Assertion {
	w.Helper()
	lines := strings.Split(statement, "\n")
	s := operator.Statement{
		Action: operator.Action(lines[1]), Role: operator.Role(lines[2]), Warning: lines[3], Message: lines[4], Digest: w.digest(lines[5]),
	}
	data, client, signature, err := p.Sign(s.Challenge())
	if err != nil {
		w.Fatal(err)
	}
	return operator.Assertion{
		Operator: as, Role: s.Role, Action: s.Action, KeyID: p.id, KeyType: operator.Passkey, Signature: signature,
		Evidence: &operator.Evidence{AuthenticatorData: data, ClientDataJSON: client},
	}
}

func TestReleaseByPasskey(t *testing.T) {
	w := newWorld(t, "")
	annas, bens := w.enrol("anna", operatortest.BackupEligible), w.enrol("ben", 0)
	bensSynced := w.enrol("ben", operatortest.BackupEligible|operatortest.BackedUp)
	draft := w.prepare("anna", w.alert())
	command := w.requestOf("anna", draft)
	command.Assertion = w.asserts("anna", annas, draft.Statement)
	w.must("anna", http.MethodPost, "/api/v1/requests", command, nil)

	waiting := w.warning("ben", draft.Warning)
	release := w.releaseOf("ben", waiting)
	path := "/api/v1/warnings/" + waiting.ID + "/release"
	release.Assertion = w.asserts("ben", bensSynced, waiting.Pending.Statement)
	if refused := w.refused("ben", http.MethodPost, path, release, problem.Forbidden); !strings.Contains(refused.Detail, "kopiert") || refused.Remedy == "" {
		t.Errorf("a synced passkey is refused with %+v", refused)
	}
	release.Assertion = w.asserts("ben", bens, waiting.Pending.Statement)
	w.must("ben", http.MethodPost, path, release, nil)
	released := w.warning("anna", waiting.ID)
	if released.Status != warning.StatusInForce {
		t.Fatalf("after the release: %+v", released)
	}
	signatures := released.Messages[0].Assertions
	if len(signatures) != 2 || signatures[0].Marking != operator.SyncedPasskey || signatures[1].Marking != operator.Passkey || signatures[1].Evidence == nil {
		t.Errorf("signatures: %+v", signatures)
	}
	w.checkOffline(bens)
	var me console.Me
	w.must("ben", http.MethodGet, "/api/v1/me", nil, &me)
	if i := slices.IndexFunc(me.Keys, func(k operator.Key) bool { return k.ID == bens.id }); i < 0 || me.Keys[i].Credential.SignCount != bens.Count {
		t.Errorf("the counter is not kept: %+v", me.Keys)
	}
}

// checkOffline checks the release with nothing but the journal's record of it, the
// public key and the origin, as someone without the node does.
func (w *world) checkOffline(p passkey) {
	w.Helper()
	records, err := w.journal.Read(w.Context(), 0, 1000)
	if err != nil {
		w.Fatal(err)
	}
	public, err := operator.PublicKey(p.Key)
	if err != nil {
		w.Fatal(err)
	}
	for _, r := range records {
		for _, e := range r.Events {
			if e.Kind != warning.EventReleased {
				continue
			}
			body, err := journal.Decode[warning.Released](e)
			if err != nil {
				w.Fatal(err)
			}
			m := body.Message
			release := m.Assertions[len(m.Assertions)-1]
			s := tlog.Statement{Action: tlog.ActionRelease, Role: tlog.RoleReleaser, Warning: body.Warning, Message: m.Identifier, Digest: m.Digest}
			assertion, err := tlog.NewPasskeyAssertion(s, public, p.RelyingParty, tlog.PasskeyResponse{
				AuthenticatorData: release.Evidence.AuthenticatorData, ClientDataJSON: release.Evidence.ClientDataJSON, Signature: release.Signature,
			})
			if err != nil {
				w.Fatal(err)
			}
			rules := tlog.AssertionRules{Origins: []string{p.Origin}, RefuseSoftware: true}
			if err := tlog.VerifyAssertion(s, assertion, rules); err != nil {
				w.Errorf("the release as it was recorded: %v", err)
			}
			s.Digest[0] ^= 1
			if err := tlog.VerifyAssertion(s, assertion, rules); err == nil {
				w.Error("the release holds for another content")
			}
			return
		}
	}
	w.Fatal("the journal has no release")
}

func TestAnAdministratorCannotEnrolSilently(t *testing.T) {
	w := newWorld(t, "")
	w.addPerson("emil", "Emil Sander", operator.Administrator)
	emils, claras := w.enrol("emil", 0), w.enrol("clara", 0)
	w.must("clara", http.MethodPatch, "/api/v1/operators/ben", `{"password":"a quite long password"}`, nil)
	fresh := w.enrol("ben", 0)

	keyOfBen := func(as string) console.PublicKey {
		var people console.People
		w.must(as, http.MethodGet, "/api/v1/people", nil, &people)
		for _, p := range people.People {
			for _, k := range p.Keys {
				if k.ID == fresh.id {
					return k
				}
			}
		}
		t.Fatalf("%s does not see the key", as)
		return console.PublicKey{}
	}
	var people console.People
	w.must("deniz", http.MethodGet, "/api/v1/people", nil, &people)
	var kinds []string
	for _, e := range people.Events[:2] {
		kinds = append(kinds, e.Kind+" of "+e.Of.FullName+" by "+e.By.FullName)
	}
	if got := strings.Join(kinds, ", "); got != "operator.key-enrolled of Ben Okafor by Ben Okafor, operator.password-set of Ben Okafor by Clara Voss" {
		t.Errorf("an observer reads: %s", got)
	}
	var board console.Board
	w.must("deniz", http.MethodGet, "/api/v1/board", nil, &board)
	if !slices.ContainsFunc(board.Trouble, func(line console.Trouble) bool {
		return line.Code == "key.awaits" && slices.Contains(line.Things, "Ben Okafor") && line.Text["de"] != "" && line.ToDo["en"] != ""
	}) {
		t.Errorf("the board does not say that a key awaits confirmation: %+v", board.Trouble)
	}
	if key := keyOfBen("clara"); !key.Awaits || key.Statement != "" {
		t.Errorf("clara is offered to confirm what she could have enrolled: %+v", key)
	}
	confirm := "/api/v1/operators/ben/keys/" + fresh.id + "/confirm"
	statement := keyOfBen("emil").Statement
	w.refused("clara", http.MethodPost, confirm, console.KeyConfirmation{Assertion: w.asserts("clara", claras, statement)}, problem.Forbidden)
	w.refused("anna", http.MethodPost, confirm, console.KeyConfirmation{Assertion: w.asserts("anna", claras, statement)}, problem.Forbidden)
	w.must("emil", http.MethodPost, confirm, console.KeyConfirmation{Assertion: w.asserts("emil", emils, statement)}, nil)
	if key := keyOfBen("anna"); key.Awaits || key.ConfirmedBy != "emil" {
		t.Errorf("after the confirmation: %+v", key)
	}
}
