// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// envelope has somebody make a break-glass key and gives the name of its account,
// whose private key the test then has.
func (w *world) envelope(by string, role operator.Role) string {
	w.Helper()
	key, err := operator.GenerateKey()
	if err != nil {
		w.Fatal(err)
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		w.Fatal(err)
	}
	in := operator.PrepareSeal{Label: "Umschlag 1", Role: role, PublicKey: public, Box: []byte("encrypted")}
	if in.Assertion, err = operator.Assert(w.people[by].key, by, in.Statement()); err != nil {
		w.Fatal(err)
	}
	var accepted console.Accepted
	w.must(by, http.MethodPost, "/api/v1/seals", in, &accepted)
	w.people[accepted.ID] = &person{key: key}
	return accepted.ID
}

// seal is a break-glass key as somebody sees it.
func (w *world) seal(as, name string) console.SealState {
	w.Helper()
	var people console.People
	w.must(as, http.MethodGet, "/api/v1/people", nil, &people)
	i := slices.IndexFunc(people.Seals, func(s console.SealState) bool { return s.Name == name })
	if i < 0 {
		w.Fatalf("%s does not see %s: %+v", as, name, people.Seals)
	}
	return people.Seals[i]
}

func (w *world) confirmSeal(by, name string) {
	w.Helper()
	s := w.seal(by, name)
	lines := strings.Split(s.Key.Statement, "\n")
	if len(lines) < 6 {
		w.Fatalf("%s is not asked to confirm %+v", by, s)
	}
	assertion := w.sign(by, operator.ActionConfirmKey, operator.Role(lines[2]), lines[3], lines[4], w.digest(lines[5]))
	w.must(by, http.MethodPost, "/api/v1/operators/"+name+"/keys/"+s.Key.ID+"/confirm", console.KeyConfirmation{Assertion: assertion}, nil)
}

// breaks opens a session with an envelope's key and has its account ask by it.
func (w *world) breaks(name string) {
	w.Helper()
	secret, hash := operator.NewSession()
	opening := operator.BreakSeal{Hash: hash, By: "Ben Okafor", Reason: "Sicherheitsschlüssel defekt"}
	assertion, err := operator.Assert(w.people[name].key, name, opening.Statement(name))
	if err != nil {
		w.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(w.request(http.MethodPost, "/api/v1/seals/"+name+"/session", console.SealBreaking{
		Secret: secret, By: opening.By, Reason: opening.Reason, Assertion: assertion,
	}))
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent || len(answer.Cookies()) != 1 {
		w.Fatalf("opening answers %s with %v", answer.Status, answer.Cookies())
	}
	cookie := answer.Cookies()[0]
	if raw, err := base64.RawURLEncoding.DecodeString(cookie.Value); err != nil || len(raw) != 32 || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode {
		w.Errorf("the session's cookie is %+v", cookie)
	}
	w.people[name].cookie = cookie
}

// leaves audits what the journal has of the public log, and gives its leaves and
// keys.
func (w *world) leaves() ([]*tlog.Leaf, tlog.KeyRing) {
	w.Helper()
	key, err := signer.NewKey("warnung.example/log")
	if err != nil {
		w.Fatal(err)
	}
	_, trust, err := publiclog.TrustOptions{
		Authority: brandenburg(), Operator: "de-bb", Origin: "warnung.example/log", ConsoleOrigin: keyPolicy.Origin, Issued: time.Now(),
	}.Trust(key.Public())
	if err != nil {
		w.Fatal(err)
	}
	auditor, err := tlog.NewAuditor(trust, "warnung.example/log", nil)
	if err != nil {
		w.Fatal(err)
	}
	records, err := w.journal.Read(w.Context(), 0, 1000)
	if err != nil {
		w.Fatal(err)
	}
	var all []*tlog.Leaf
	for _, r := range records {
		for _, e := range r.Events {
			if e.Kind != publiclog.EventLeaf {
				continue
			}
			text, err := journal.Decode[string](e)
			if err != nil {
				w.Fatal(err)
			}
			if findings := auditor.Append([]byte(text)); len(findings) > 0 {
				w.Errorf("an auditor finds %v in\n%s", findings, text)
			}
			leaf, err := tlog.ParseLeaf([]byte(text))
			if err != nil {
				w.Fatal(err)
			}
			all = append(all, leaf)
		}
	}
	return all, auditor.Keys()
}

func TestBreakGlass(t *testing.T) {
	w := newWorld(t, "")
	name := w.envelope("clara", operator.Releaser)
	path := "/api/v1/seals/" + name
	w.refused("", http.MethodGet, path, nil, problem.NotFound) // not confirmed yet
	if s := w.seal("clara", name); s.Key.Statement != "" || !s.Key.Awaits {
		t.Errorf("clara is asked to confirm her own: %+v", s)
	}
	w.confirmSeal("ben", name)
	var sealed console.SealedKey
	if w.call("", http.MethodGet, path, nil, &sealed); string(sealed.Box) != "encrypted" || sealed.Role != operator.Releaser {
		t.Errorf("whoever has the envelope gets %+v", sealed)
	}
	if _, keys := w.leaves(); keys[sealed.KeyID] != nil {
		t.Error("a key that lies sealed is in the public log")
	}

	w.breaks(name)
	var me console.Me
	w.must(name, http.MethodGet, "/api/v1/me", nil, &me)
	if me.BreakGlass == nil || me.BreakGlass.By != "Ben Okafor" || !slices.Equal(me.Roles, []operator.Role{operator.Releaser}) || !me.BreakGlass.Ends.Equal(w.clock.Now().Add(operator.SealLife)) {
		t.Errorf("the session says of itself: %+v", me)
	}
	var board console.Board
	w.must("deniz", http.MethodGet, "/api/v1/board", nil, &board)
	if len(board.Trouble) == 0 || board.Trouble[0].Code != "break-glass.open" || board.Trouble[0].Things[0] != "Umschlag 1" || board.Trouble[0].ToDo["en"] == "" {
		t.Errorf("no alarm for those on shift: %+v", board.Trouble)
	}
	if s := w.seal("deniz", name); !s.Open() || s.By != "Ben Okafor" || s.Reason == "" {
		t.Errorf("an observer sees %+v", s)
	}

	// A release by it, with a person's request.
	waiting := w.ask("anna", w.alert())
	release := w.releaseOf(name, waiting)
	release.Confirmation = waiting.Pending.Confirmation
	w.must(name, http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/release", release, nil)
	released := w.warning("anna", waiting.ID)
	if last := released.Messages[0].Assertions[1]; released.Status != warning.StatusInForce || last.Marking != operator.BreakGlassKey {
		t.Errorf("after the release: %s, signed by %+v", released.Status, last)
	}

	// What it does not do.
	w.refused(name, http.MethodGet, "/api/v1/operators", nil, problem.Forbidden)
	w.refused(name, http.MethodPost, "/api/v1/keys", console.KeyEnrolment{PublicKey: []byte("x")}, problem.Conflict)

	// Its end, which time brings.
	w.clock.advance(operator.SealLife)
	eventually.Holds(w, "the key ends", func() bool { return !w.seal("anna", name).Key.Revoked.IsZero() })
	w.refused(name, http.MethodGet, "/api/v1/me", nil, problem.Unauthenticated)
	w.refused("", http.MethodGet, path, nil, problem.NotFound)

	leaves, keys := w.leaves()
	record := keys[sealed.KeyID]
	if record == nil || record.Guard != tlog.BreakGlass || record.Revoked.Sub(record.Spans[0].From) != operator.SealLife {
		t.Errorf("the public log says of the key: %+v", record)
	}
	i := slices.IndexFunc(leaves, func(l *tlog.Leaf) bool { return l.Kind == tlog.KindRelease })
	if i < 0 || leaves[i].Assertions[1].Guard != tlog.BreakGlass {
		t.Error("the leaf of the release does not say that a break-glass key signed")
	}
}

// TestWhoMadeABreakGlassKeyIsBehindIt has an administrator who also writes
// warnings try to be two people.
func TestWhoMadeABreakGlassKeyIsBehindIt(t *testing.T) {
	w := newWorld(t, "")
	w.addPerson("gero", "Gero Thiel", operator.Administrator, operator.Author)
	name, other := w.envelope("gero", operator.Releaser), w.envelope("clara", operator.Releaser)
	w.confirmSeal("ben", name)
	w.confirmSeal("gero", other)
	w.breaks(name)
	w.breaks(other)
	waiting := w.ask("gero", w.alert())
	path := "/api/v1/warnings/" + waiting.ID + "/release"
	release := w.releaseOf(name, waiting)
	release.Confirmation = waiting.Pending.Confirmation
	w.refused(name, http.MethodPost, path, release, problem.Forbidden)
	if seen := w.warning(name, waiting.ID); seen.May.Release || !strings.Contains(seen.May.Refusals["release"], "Notfallschlüssel") {
		t.Error("the page offers the release")
	}
	// Round the console: the core refuses too.
	digest := w.digest(waiting.Pending.Digest)
	if _, err := command.Do(t.Context(), w.bus, warning.CommandRelease, name, warning.ReleaseCommand{
		Warning: waiting.ID, Identifier: waiting.Pending.Identifier, Digest: digest, Assertion: release.Assertion,
	}); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("the core answers %v", err)
	}
	release = w.releaseOf(other, waiting)
	release.Confirmation = waiting.Pending.Confirmation
	w.must(other, http.MethodPost, path, release, nil)
	w.leaves()
}
