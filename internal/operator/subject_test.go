// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/elliptic"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

func subjectOf(value string) Subject {
	return Subject{Issuer: "https://id.example", Claim: "sub", Value: value}
}

func TestSubjects(t *testing.T) {
	d := staffed(t)
	d.must(t, CommandLink, "clara", Linked{Name: "anna", Subject: subjectOf("7f3a")})
	if o, ok := d.Known(subjectOf("7f3a")); !ok || o.Name != "anna" {
		t.Fatalf("the subject is known as %+v", o)
	}
	for name, other := range map[string]Subject{
		"nobody": {}, "another value": subjectOf("7f3b"), "another issuer": {Issuer: "https://elsewhere.example", Claim: "sub", Value: "7f3a"},
		"another claim": {Issuer: "https://id.example", Claim: "preferred_username", Value: "7f3a"},
	} {
		if o, ok := d.Known(other); ok {
			t.Errorf("%s is known as %s", name, o.Name)
		}
	}
	for _, c := range []struct {
		name, by string
		body     Linked
		kind     problem.Kind
	}{
		{"one's own, without the role", "ben", Linked{Name: "ben", Subject: subjectOf("22d1")}, problem.Forbidden},
		{"that of another person", "clara", Linked{Name: "ben", Subject: subjectOf("7f3a")}, problem.Conflict},
		{"of nobody", "clara", Linked{Name: "otto", Subject: subjectOf("22d1")}, problem.NotFound},
		{"without an issuer", "clara", Linked{Name: "ben", Subject: Subject{Claim: "sub", Value: "22d1"}}, problem.Invalid},
		{"with a line break", "clara", Linked{Name: "ben", Subject: subjectOf("22d1\n")}, problem.Invalid},
		{"too long", "clara", Linked{Name: "ben", Subject: subjectOf(strings.Repeat("x", maxSubject+1))}, problem.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := d.do(CommandLink, c.by, c.body); !errors.Is(err, c.kind) {
				t.Errorf("the answer is %v, not %s", err, c.kind)
			}
		})
	}
}

// TestSubjectsLetNobodyEnrolSilently covers the ways of one who administers the
// node, and of one who runs the sign-in service.
func TestSubjectsLetNobodyEnrolSilently(t *testing.T) {
	keyOf := func(d *desk, name string) Key {
		o, _ := d.Operator(name)
		return o.Keys[len(o.Keys)-1]
	}
	enrol := func(t *testing.T, d *desk, name string) Key {
		t.Helper()
		d.must(t, CommandEnrolKey, name, EnrolKey{PublicKey: publicKey(t, elliptic.P256())})
		return keyOf(d, name)
	}
	t.Run("the first key of an account that was opened so", func(t *testing.T) {
		d := staffed(t)
		d.must(t, CommandCreate, "clara", Create{Name: "new", FullName: "New", Roles: []Role{Author}})
		d.must(t, CommandLink, "clara", Linked{Name: "new", Subject: subjectOf("1")})
		if enrol(t, d, "new").Awaits {
			t.Error("the first key awaits a confirmation")
		}
		if !enrol(t, d, "new").Awaits {
			t.Error("whoever runs the sign-in service can add a key")
		}
	})
	t.Run("a subject that replaces another", func(t *testing.T) {
		d := staffed(t)
		d.must(t, CommandCreate, "clara", Create{Name: "new", FullName: "New", Roles: []Role{Author}})
		d.must(t, CommandLink, "clara", Linked{Name: "new", Subject: subjectOf("1")})
		d.must(t, CommandLink, "clara", Linked{Name: "new", Subject: subjectOf("2")})
		if o, _ := d.Operator("new"); !slices.Equal(o.StandIns, []string{"clara"}) || !enrol(t, d, "new").Awaits {
			t.Errorf("who changed the subject could sign in: %+v", o)
		}
	})
	t.Run("a subject beside a key, taken away again", func(t *testing.T) {
		d := staffed(t)
		enrol(t, d, "anna")
		d.must(t, CommandLink, "clara", Linked{Name: "anna", Subject: subjectOf("1")})
		d.must(t, CommandLink, "clara", Linked{Name: "anna"})
		if !enrol(t, d, "anna").Awaits {
			t.Error("the trace of the way in is gone")
		}
	})
	t.Run("sessions end", func(t *testing.T) {
		d := staffed(t)
		_, hash := NewSession()
		d.must(t, CommandStartSession, "anna", StartSession{Hash: hash, Expires: d.now.Add(time.Hour)})
		d.must(t, CommandLink, "clara", Linked{Name: "anna", Subject: subjectOf("1")})
		if _, _, open := d.Session(hash, d.now); open {
			t.Error("the session is still open")
		}
	})
}
