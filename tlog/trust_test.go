// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/tlog"
)

func TestParseTrust(t *testing.T) {
	w := newWorld(t)
	file := string(w.trustFile)
	for _, test := range []struct{ name, from, to, want string }{
		{"another version", "tocsin-trust/v1", "tocsin-trust/v2", "version"},
		{"an unknown field", `"issued"`, `"issue"`, `"issue"`},
		{"a field in other letters", `"version"`, `"Version"`, `"Version"`},
		{"a field twice", `"id": "kreis",`, `"id": "kreis", "id": "stadt",`, "twice"},
		{"something after", "\n}", "\n}{}", "after"},
		{"an authority twice", `"nachbar",`, `"kreis",`, "authorities[1].id"},
		{"a log twice", nachbarOrigin + `"`, kreisOrigin + `"`, "authorities[1].logs[0].origin"},
		{"a key of another name", `"origin": "` + kreisOrigin, `"origin": "log.other.example`, "keys[0]"},
		{"no territory", `"12063"`, ``, "authorities[1].territory"},
		{"a territory that is none", `"12063"`, `"1206"`, "authorities[1].territory"},
		{"a quorum of one", `"operators": 2`, `"operators": 1`, "quorum.operators"},
		{"a quorum that nobody meets", `"operators": 2`, `"operators": 5`, "quorum.operators"},
		{"a quorum with an unknown witness", `"operators": 2`, `"operators": 2, "witnesses": ["x"]`, "quorum.witnesses"},
		{"a realm that is none", `"exercise"`, `"drill"`, "realm"},
		{"a changed key", "witness.press.example+", "witness.press.example+f", "witnesses[0].key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := strings.Replace(file, test.from, test.to, 1)
			if changed == file {
				t.Fatal("the change changes nothing")
			}
			if _, err := tlog.ParseTrust([]byte(changed), nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// A witness with a key that this program cannot check counts for nothing, and
// spoils nothing.
func TestTrustWithAnUnknownAlgorithm(t *testing.T) {
	w := newWorld(t)
	var file map[string]any
	if err := json.Unmarshal(w.trustFile, &file); err != nil {
		t.Fatal(err)
	}
	for i, witness := range file["witnesses"].([]any) {
		if i > 0 {
			witness.(map[string]any)["key"] = mldsaKey(witnesses[i%3])
		}
	}
	file["witnesses"] = file["witnesses"].([]any)[:3]
	raw, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := tlog.ParseTrust(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := tlog.Verify(w.bundle(), trust, options()); v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeB || len(v.Witnesses) != 1 {
		t.Errorf("it is %s, grade %s, by %v: %s", v.Result, v.Grade, v.Witnesses, v.Detail)
	}
}

// Two witnesses of one operator are one.
func TestQuorumCountsOperators(t *testing.T) {
	w := newWorld(t)
	file := strings.Replace(string(w.trustFile), `"operator": "university"`, `"operator": "press"`, 1)
	trust, err := tlog.ParseTrust([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	b := w.bundle()
	b.Proof = keepSignatures(t, b.Proof, kreisOrigin, witnesses[0], witnesses[1])
	if v := tlog.Verify(b, trust, options()); v.Grade != tlog.GradeB || len(v.Witnesses) != 2 {
		t.Errorf("the grade is %s, by %v", v.Grade, v.Witnesses)
	}
	if v := tlog.Verify(b, w.trust, options()); v.Grade != tlog.GradeA {
		t.Errorf("with two operators the grade is %s", v.Grade)
	}
}

func FuzzTrust(f *testing.F) {
	f.Add([]byte(`{"version":"tocsin-trust/v1","issued":"2026-11-23T13:00:00Z","authorities":[{"id":"a","name":"A","operator":"a","territory":["12"],"senders":["a@a"],"logs":[]}]}`))
	f.Add([]byte(`{"version":"tocsin-trust/v1","authorities":[]}`))
	f.Add([]byte(`[{"a":[1,{"b":2}],"c":null}]`))
	b := newWorld(f).bundle()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if trust, err := tlog.ParseTrust(raw, nil); err == nil {
			tlog.Verify(b, trust, options())
		}
	})
}
