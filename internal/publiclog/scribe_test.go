// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/warning/warningtest"
	"github.com/tocsin-alert/tocsin/tlog"
)

// The simulator of warnings, with a scribe: after every step the log holds what
// was released and dropped, and at the end an auditor has nothing to say.
func TestSimulatedLog(t *testing.T) {
	people, err := warningtest.NewPeople()
	if err != nil {
		t.Fatal(err)
	}
	key, err := signer.NewKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	const seeds = 300
	kinds := map[tlog.Kind]int{}
	for seed := uint64(1); seed <= seeds; seed++ {
		var tree *publiclog.Tree
		var self = brandenburg
		s, err := warningtest.New(warningtest.Options{
			People: people, Releases: 2 + int(seed%2), Seed: seed,
			Recorder: func(rules warning.Rules, book *warning.Book) (warningtest.Recorder, error) {
				var scribe *publiclog.Scribe
				self = rules.Authority
				scribe, tree = scribes(t, self, people, book)
				return scribe, nil
			},
			After: inStep,
		})
		if err == nil {
			err = s.Run()
		}
		if err == nil {
			self.Policy = s.Rules.Authority.Policy
			var trust *tlog.Trust
			if trust, err = trustIn(self, key.Public()); err == nil {
				err = audit(trust, tree, s.Records, kinds)
			}
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	t.Logf("leaves: %v", kinds)
	for _, kind := range []tlog.Kind{tlog.KindFirst, tlog.KindEnrolment, tlog.KindRelease, tlog.KindUpdate, tlog.KindEnd, tlog.KindRefusal} {
		if kinds[kind] == 0 {
			t.Errorf("no run ever came to a leaf of kind %s", kind)
		}
	}
}

// inStep is the invariant: what the newest record tells, its leaves tell.
func inStep(records []journal.Record) error {
	if len(records) == 0 {
		return nil
	}
	r := records[len(records)-1]
	if err := publiclog.Check(r.Events); err != nil {
		return err
	}
	told, logged := 0, 0
	for _, e := range r.Events {
		switch {
		case e.Kind == publiclog.EventLeaf && strings.Contains(string(e.Body), "tocsin-leaf/v1 refusal"):
			logged++
		case slices.Contains([]string{warning.EventRefused, warning.EventWithdrawn, warning.EventStopped, warning.EventLapsed}, e.Kind):
			told++
		}
	}
	if told != logged {
		return fmt.Errorf("%d requests were dropped, %d leaves say so", told, logged)
	}
	return nil
}

// audit holds the log to the rules that outsiders hold it to.
func audit(trust *tlog.Trust, tree *publiclog.Tree, records []journal.Record, kinds map[tlog.Kind]int) error {
	again := publiclog.NewTree()
	messages := map[string][]byte{}
	for _, r := range records {
		if err := again.Apply(r); err != nil {
			return err
		}
		for _, e := range r.Events {
			if e.Kind == warning.EventReleased {
				body, err := journal.Decode[warning.Released](e)
				if err != nil {
					return err
				}
				messages[body.Message.Identifier] = body.Message.CAP
			}
		}
	}
	first, err := tree.At(tree.Size())
	if err != nil {
		return err
	}
	if second, err := again.At(again.Size()); err != nil || first != second {
		return fmt.Errorf("a replay leads to %v, not %v (%v)", second, first, err)
	}
	auditor, err := tlog.NewAuditor(trust, origin, nil)
	if err != nil {
		return err
	}
	for i := range tree.Size() {
		if findings := auditor.Append(tree.Entry(i)); len(findings) > 0 {
			return fmt.Errorf("an auditor finds %+v in\n%s", findings, tree.Entry(i))
		}
		l, err := tlog.ParseLeaf(tree.Entry(i))
		if err != nil {
			return err
		}
		kinds[l.Kind]++
		if l.Kind.Carries() {
			if differences, err := tlog.CheckMessage(l, messages[l.Identifier]); err != nil || len(differences) > 0 {
				return fmt.Errorf("leaf and message differ: %v %v", differences, err)
			}
			delete(messages, l.Identifier)
		}
	}
	if len(messages) > 0 {
		return fmt.Errorf("%d released messages are not in the log", len(messages))
	}
	return nil
}

func TestReleaseWithoutLeafIsRefused(t *testing.T) {
	people, err := warningtest.NewPeople()
	if err != nil {
		t.Fatal(err)
	}
	s, err := warningtest.New(warningtest.Options{People: people, Releases: 2, Seed: 3, Recorder: func(rules warning.Rules, book *warning.Book) (warningtest.Recorder, error) {
		scribe, _ := scribes(t, rules.Authority, people, book)
		return scribe, nil
	}})
	if err == nil {
		err = s.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, r := range s.Records {
		if !slices.ContainsFunc(r.Events, func(e journal.Event) bool { return e.Kind == warning.EventReleased }) {
			continue
		}
		tried++
		without := slices.DeleteFunc(slices.Clone(r.Events), func(e journal.Event) bool { return e.Kind == publiclog.EventLeaf })
		if publiclog.Check(without) == nil {
			t.Error("a release without its leaf passes")
		}
		for i, e := range r.Events {
			if e.Kind == publiclog.EventLeaf {
				other := slices.Clone(r.Events)
				other[i].Body = []byte(strings.Replace(string(e.Body), `\ncontent `, `\ncontent 0123`, 1))
				if publiclog.Check(other) == nil {
					t.Error("a release with a broken leaf passes")
				}
				other[i].Body = []byte(strings.Replace(string(e.Body), `\narea `, `\narea 01\narea `, 1))
				if publiclog.Check(other) != nil {
					t.Error("more areas than the message has are no contradiction")
				}
			}
		}
	}
	if tried == 0 {
		t.Fatal("nothing was released")
	}
}

// The life of accounts and keys, as the public sees it.
func TestKeysInTheLog(t *testing.T) {
	l := open(t, memory.New(), newSigner(t))
	if err := l.ledger.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	do := func(name, by string, body any) {
		t.Helper()
		l.command(name, by, body)
	}
	l.hire("anna")
	public := newPublicKey(t)
	do(operator.CommandEnrolKey, "anna", operator.EnrolKey{PublicKey: public})
	roles := []operator.Role{operator.Releaser, operator.Author}
	do(operator.CommandChange, operator.Node, operator.Change{Name: "anna", Roles: &roles})
	full := "Anna L."
	do(operator.CommandChange, operator.Node, operator.Change{Name: "anna", FullName: &full})
	do(operator.CommandRevokeKey, "anna", operator.KeyRevoked{Name: "anna", KeyID: operator.KeyID(public)})
	do(operator.CommandDisable, operator.Node, operator.Disabled{Name: "anna", Disabled: true})
	do(operator.CommandDisable, operator.Node, operator.Disabled{Name: "anna", Disabled: false})
	// A key that waits for its confirmation does not count yet, and is not there.
	do(operator.CommandCreate, operator.Node, operator.Create{Name: "clara", FullName: "C", Roles: []operator.Role{operator.Administrator}})
	do(operator.CommandEnrolKey, "clara", operator.EnrolKey{PublicKey: newPublicKey(t)})
	_, hash := operator.NewToken()
	do(operator.CommandIssueToken, "clara", operator.IssueToken{Operator: "anna", Label: "x", Hash: hash})
	waiting := newPublicKey(t)
	do(operator.CommandEnrolKey, "anna", operator.EnrolKey{PublicKey: waiting})
	do(operator.CommandRevokeKey, "anna", operator.KeyRevoked{Name: "anna", KeyID: operator.KeyID(waiting)})

	var got []string
	holders := map[string]bool{}
	var last time.Time
	for i := range l.tree.Size() {
		leaf, err := tlog.ParseLeaf(l.tree.Entry(i))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.TrimSpace(fmt.Sprintln(string(leaf.Kind), strings.Join(leaf.Roles, ","))))
		if leaf.Holder != "" {
			holders[leaf.Holder] = true
		}
		if takes := leaf.Kind == tlog.KindRevoke || leaf.Kind == tlog.KindRoles; takes && !leaf.Time.After(last) || leaf.Time.Before(last) {
			t.Errorf("entry %d has the time %v, after %v", i, leaf.Time, last)
		}
		last = leaf.Time
	}
	want := []string{"first", "key-enrolled author", "key-enrolled author", "roles author,releaser", "key-revoked", "roles", "roles author,releaser", "key-enrolled administrator"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	if len(holders) != 2 {
		t.Errorf("two people have the numbers %v", holders)
	}
}
