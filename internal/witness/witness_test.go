// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	merkle "golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/tlog"
)

func TestCosignsWhatGoesOn(t *testing.T) {
	l := newLog(t, origin).grow(300, "entry")
	dir := create(t, "witness.example/1")
	w := open(t, dir, l)
	keys := verifiers(t, w)
	for _, step := range [][2]int64{{0, 0}, {0, 1}, {1, 1}, {1, 7}, {7, 256}, {256, 256}, {256, 300}} {
		lines, err := w.add(l.request(step[0], step[1]))
		if err != nil {
			t.Fatalf("from %d to %d: %v", step[0], step[1], err)
		}
		got := tlog.Cosignatures(append(l.checkpoint(step[1]), lines...), keys...)
		want := []tlog.Cosignature{{Name: "witness.example/1", Time: now}, {Name: "witness.example/1", Time: now}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %d to %d: %s", step[0], step[1], diff)
		}
	}
	w.Close()
	// A new process goes on where the old one was.
	w = open(t, dir, l)
	var other *sizeError
	if _, err := w.add(l.request(7, 256)); !errors.As(err, &other) || other.size != 300 {
		t.Errorf("after a start from 7 to 256: %v", err)
	}
	if _, err := w.add(l.request(300, 300)); err != nil {
		t.Errorf("after a start at 300: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	l, stranger := newLog(t, origin).grow(20, "entry"), newLog(t, "log.stranger.example").grow(5, "entry")
	fork := newLog(t, origin).grow(5, "entry").grow(20, "other")
	impostor := newLog(t, origin).grow(20, "entry")
	impostor.signer = newLog(t, "x").signer
	w := open(t, create(t, "witness.example/1"), l)
	if _, err := w.add(l.request(0, 10)); err != nil {
		t.Fatal(err)
	}
	wrongProof := l.request(10, 20)
	wrongProof.proof = slices.Clone(wrongProof.proof)
	wrongProof.proof[0][3] ^= 1
	noProof := l.request(10, 20)
	noProof.proof = nil
	proofOfNothing := l.request(10, 10)
	proofOfNothing.proof = make(merkle.TreeProof, 1)
	extended := l.request(10, 20)
	extended.checkpoint = bytes.Replace(extended.checkpoint, []byte("\n\n"), []byte("\nmore\n\n"), 1)
	for name, test := range map[string]struct {
		request request
		want    error
	}{
		"a log it does not follow":  {stranger.request(0, 5), errUnknown},
		"another key":               {impostor.request(10, 20), errUnsigned},
		"no checkpoint":             {request{10, nil, []byte("hello")}, errMalformed},
		"an old size that is newer": {request{21, nil, l.checkpoint(20)}, errRange},
		"a wrong proof":             {wrongProof, errProof},
		"no proof":                  {noProof, errProof},
		"a proof where none is due": {proofOfNothing, errProof},
		"another root of that size": {request{10, nil, fork.checkpoint(10)}, errFork},
		"a fork that has grown":     {fork.request(10, 20), errProof},
		"a line more than it knows": {extended, errMalformed},
	} {
		if _, err := w.add(test.request); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	for _, r := range []request{l.request(0, 10), l.request(5, 10), l.request(0, 5), fork.request(5, 10)} {
		var other *sizeError
		if _, err := w.add(r); !errors.As(err, &other) || other.size != 10 {
			t.Errorf("from %d: %v", r.old, err)
		}
	}
	evidence, err := os.ReadFile(filepath.Join(w.dir.path, name(origin)+".fork"))
	if err != nil || !bytes.Contains(evidence, l.checkpoint(10)) || !bytes.Contains(evidence, fork.checkpoint(10)) {
		t.Errorf("the evidence of the fork is %q, %v", evidence, err)
	}
	if _, err := w.add(l.request(10, 20)); err != nil {
		t.Errorf("after all that, from 10 to 20: %v", err)
	}
}

// TestNeverCosignsTwoHistories asks for trees of two histories in any order.
func TestNeverCosignsTwoHistories(t *testing.T) {
	trunk := newLog(t, origin).grow(40, "entry")
	fork := newLog(t, origin).grow(12, "entry").grow(40, "other")
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "witness")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		if _, err := Create(dir, "witness.example/1"); err != nil {
			t.Fatal(err)
		}
		w := open(trunk.t, dir, trunk)
		defer func() { w.Close() }()
		var cosigned []tlog.Tree
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			if rapid.Float64().Draw(t, "restart") < 0.1 {
				w.Close()
				w = open(trunk.t, dir, trunk)
			}
			l := rapid.SampledFrom([]*testLog{trunk, fork}).Draw(t, "history")
			size := rapid.Int64Range(0, 40).Draw(t, "size")
			old := rapid.SampledFrom([]int64{w.logs[origin].newest.Size, 0, size}).Draw(t, "old")
			if _, err := w.add(l.request(min(old, size), size)); err == nil {
				cosigned = append(cosigned, l.tree(size))
			}
		}
		for i, tree := range cosigned {
			if i > 0 && tree.Size < cosigned[i-1].Size {
				t.Fatalf("%d after %d", tree.Size, cosigned[i-1].Size)
			}
		}
		if len(cosigned) > 0 {
			last := cosigned[len(cosigned)-1]
			for _, tree := range cosigned {
				if tree != trunk.tree(tree.Size) && last == trunk.tree(last.Size) || tree != fork.tree(tree.Size) && last == fork.tree(last.Size) {
					t.Fatalf("the tree of %d and that of %d are of two histories", tree.Size, last.Size)
				}
			}
		}
	})
}

func TestDirectory(t *testing.T) {
	l := newLog(t, origin).grow(3, "entry")
	dir := create(t, "witness.example/1")
	options := Options{Dir: dir, Logs: map[string][]string{origin: {l.vkey}}}
	if _, err := Create(dir, "witness.example/1"); !errors.Is(err, problem.Conflict) {
		t.Errorf("made twice: %v", err)
	}
	if _, err := Create(t.TempDir(), "two words"); !errors.Is(err, problem.Invalid) {
		t.Errorf("a name with a blank: %v", err)
	}
	w := open(t, dir, l)
	if _, err := Open(options); !errors.Is(err, problem.Conflict) {
		t.Errorf("used twice: %v", err)
	}
	if _, err := w.add(l.request(0, 3)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	newest := filepath.Join(dir, name(origin))
	raw, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	for what, damage := range map[string]func() error{
		"a torn checkpoint":     func() error { return os.WriteFile(newest, raw[:30], 0o600) },
		"an empty checkpoint":   func() error { return os.WriteFile(newest, nil, 0o600) },
		"another log's":         func() error { return os.WriteFile(newest, newLog(t, "other").checkpoint(0), 0o600) },
		"a key others may read": func() error { return os.Chmod(filepath.Join(dir, keyFile), 0o644) },
		"a torn key":            func() error { return os.WriteFile(filepath.Join(dir, keyFile), []byte(keyVersion+"\n"), 0o600) },
		"no key":                func() error { return os.Remove(filepath.Join(dir, keyFile)) },
	} {
		before, err := os.ReadFile(filepath.Join(dir, keyFile))
		if err != nil {
			t.Fatal(err)
		}
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if w, err := Open(options); err == nil {
			t.Errorf("%s: it opens", what)
			w.Close()
		}
		os.Remove(filepath.Join(dir, keyFile))
		os.WriteFile(filepath.Join(dir, keyFile), before, 0o600)
		os.WriteFile(newest, raw, 0o600)
	}
	if w, err := Open(options); err != nil {
		t.Errorf("mended: %v", err)
	} else {
		w.Close()
	}
	options.Logs = map[string][]string{origin: {tlog.CosignerKey(origin, make([]byte, 32))}}
	if _, err := Open(options); !errors.Is(err, problem.Invalid) {
		t.Errorf("a log without a key for notes: %v", err)
	}
}

func TestKeys(t *testing.T) {
	k, err := NewKey("witness.example/1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := parseKey(k.encode())
	if diff := cmp.Diff(k.Public(), again.Public()); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, raw := range []string{"", keyVersion + "\n", strings.Replace(string(k.encode()), "ed25519 ", "ed25519  ", 1), string(k.encode()) + "\n"} {
		if _, err := parseKey([]byte(raw)); err == nil {
			t.Errorf("%q is read", raw)
		}
	}
	for _, key := range append(k.Public(), newLog(t, origin).vkey) {
		if v, err := NewVerifier(key); err != nil || !strings.HasPrefix(key, v.Name()+"+") {
			t.Errorf("%.60s: %v", key, err)
		}
	}
	quantum := k.Public()[1]
	for _, key := range []string{"", "a+b", quantum[:100], quantum + "A", strings.Replace(quantum, "witness", "Witness", 1)} {
		if _, err := NewVerifier(key); err == nil {
			t.Errorf("%.60s is read", key)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte("old 0\n\nlog\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log AAAAAA==\n"))
	f.Add([]byte("old 12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parseRequest(body)
		if err != nil {
			return
		}
		if got := r.encode(); !bytes.Equal(got, body) {
			t.Errorf("%q became %q", body, got)
		}
	})
}
