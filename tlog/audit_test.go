// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/tlog"
)

// audit appends all entries to a new auditor and gives the results found.
func audit(t *testing.T, w *world, log *testLog) (*tlog.Auditor, []tlog.Result) {
	t.Helper()
	a, err := tlog.NewAuditor(w.trust, log.origin, nil)
	if err != nil {
		t.Fatal(err)
	}
	var results []tlog.Result
	for _, entry := range log.entries {
		for _, f := range a.Append(entry) {
			results = append(results, f.Result)
		}
	}
	return a, results
}

func TestAudit(t *testing.T) {
	w := newWorld(t)
	w.publish(w.log, tlog.KindUpdate, w.alert(2))
	w.publish(w.log, tlog.KindEnd, w.alert(3))
	a, results := audit(t, w, w.log)
	if len(results) > 0 {
		t.Fatalf("a good log: %v", results)
	}
	checkpoint := w.log.checkpoint(now)
	if findings := a.Confirm(checkpoint, now); len(findings) > 0 {
		t.Fatal(findings)
	}
	if findings := a.Confirm(checkpoint, now.Add(6*time.Minute)); len(findings) != 1 || findings[0].Result != tlog.StaleCheckpoint {
		t.Errorf("six minutes later: %v", findings)
	}

	t.Run("goes on from a state", func(t *testing.T) {
		raw, err := json.Marshal(a.State())
		if err != nil {
			t.Fatal(err)
		}
		var state tlog.AuditState
		if err := json.Unmarshal(raw, &state); err != nil {
			t.Fatal(err)
		}
		again, err := tlog.NewAuditor(w.trust, kreisOrigin, &state)
		if err != nil {
			t.Fatal(err)
		}
		grown := w.copyLog()
		last := w.base(tlog.KindLast, now)
		last.Origin = kreisOrigin
		grown.add(last)
		if findings := again.Append(grown.entries[len(grown.entries)-1]); len(findings) > 0 {
			t.Fatal(findings)
		}
		if findings := again.Confirm(grown.checkpoint(now), now); len(findings) > 0 {
			t.Fatal(findings)
		}
		if _, findings := again.Target(checkpoint); len(findings) != 1 || findings[0].Result != tlog.RolledBack {
			t.Errorf("an older checkpoint replayed: %v", findings)
		}
	})
	t.Run("fork", func(t *testing.T) {
		fork := newTestLog(t, kreisOrigin)
		for range w.log.entries {
			fork.append([]byte("hidden"))
		}
		if _, findings := a.Target(fork.checkpoint(now)); len(findings) != 1 || findings[0].Result != tlog.ForkedLog {
			t.Errorf("it found %v", findings)
		}
	})
	t.Run("another log's checkpoint", func(t *testing.T) {
		if _, findings := a.Target(w.far.checkpoint(now)); len(findings) != 1 || findings[0].Result != tlog.BadCheckpoint {
			t.Errorf("it found %v", findings)
		}
	})
}

// Each fault of a log is found, where it is.
func TestAuditFinds(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*world)
		want   []tlog.Result
	}{
		{"an entry that is no leaf", func(w *world) { w.log.append([]byte("no leaf")) }, []tlog.Result{tlog.BadLeaf}},
		{"a second beginning", func(w *world) { w.log.append(w.log.entries[0]) }, []tlog.Result{tlog.OutOfOrder}},
		{"the same message again", func(w *world) { w.log.add(w.release.leaf) }, []tlog.Result{tlog.OutOfOrder, tlog.OutOfOrder}},
		{"an update of nothing", func(w *world) {
			l := w.sign(w.log, tlog.KindUpdate, write(w.t, w.alert(2)))
			l.Warning += "x"
			w.assertions(l, w.anna, w.ben)
			w.log.add(l)
		}, []tlog.Result{tlog.OutOfOrder}},
		{"a leaf of the past", func(w *world) {
			l := w.base(tlog.KindRoles, start.Add(-time.Hour))
			l.Holder = "00000000000000bb"
			w.log.add(l)
		}, []tlog.Result{tlog.OutOfOrder}},
		{"a leaf after the last", func(w *world) {
			l := w.base(tlog.KindLast, now)
			l.Origin = kreisOrigin
			w.log.add(l)
			w.log.add(l)
		}, []tlog.Result{tlog.OutOfOrder}},
		{"another authority's leaf", func(w *world) { w.log.append(w.far.entries[1]) }, []tlog.Result{tlog.OutOfOrder, tlog.WrongAuthority, tlog.OutOfOrder}},
		{"an exercise", func(w *world) {
			l := w.base(tlog.KindRoles, now)
			l.Realm, l.Holder = tlog.Exercise, "00000000000000bb"
			w.log.add(l)
		}, []tlog.Result{tlog.WrongRealm}},
		{"a key enrolled again", func(w *world) { w.log.append(w.log.entries[3]) }, []tlog.Result{tlog.OutOfOrder, tlog.OutOfOrder}},
		{"a key that is revoked", func(w *world) {
			l := w.base(tlog.KindRevoke, start.Add(time.Minute))
			l.Key, l.Holder = w.ben.passkeyKey(w.t), "00000000000000bb"
			w.log.add(l)
			w.publish(w.log, tlog.KindUpdate, w.alert(2))
		}, []tlog.Result{tlog.KeyRevoked}},
		{"a role that was taken away", func(w *world) {
			l := w.base(tlog.KindRoles, start.Add(time.Minute))
			l.Holder, l.Roles = "00000000000000bb", []string{"author"}
			w.log.add(l)
			w.publish(w.log, tlog.KindUpdate, w.alert(2))
		}, []tlog.Result{tlog.KeyNotEnrolled}},
		{"two keys of one person", func(w *world) {
			l := w.sign(w.log, tlog.KindUpdate, write(w.t, w.alert(2)))
			w.assertions(l, w.anna, w.anna)
			w.log.add(l)
		}, []tlog.Result{tlog.AuthorIsReleaser}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.change(w)
			if _, got := audit(t, w, w.log); !slices.Equal(got, test.want) {
				t.Errorf("it found %v, not %v", got, test.want)
			}
		})
	}
}

// Entries that are not those under the checkpoint: one byte of one of them.
func TestAuditRecomputesTheRoot(t *testing.T) {
	w := newWorld(t)
	a, err := tlog.NewAuditor(w.trust, kreisOrigin, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, entry := range w.log.entries {
		if i == 2 {
			entry = append(slices.Clone(entry[:len(entry)-2]), 'x', '\n')
		}
		a.Append(entry)
	}
	if findings := a.Confirm(w.log.checkpoint(now), now); len(findings) != 1 || findings[0].Result != tlog.WrongRoot {
		t.Errorf("it found %v", findings)
	}
}

func TestCheckMessage(t *testing.T) {
	w := newWorld(t)
	if differences, err := tlog.CheckMessage(w.release.leaf, w.release.cap); err != nil || len(differences) > 0 {
		t.Errorf("%v, %v", differences, err)
	}
	if differences, err := tlog.CheckMessage(w.release.leaf, w.exerciseMessage()); err != nil || len(differences) == 0 {
		t.Errorf("another message: %v, %v", differences, err)
	}
}
