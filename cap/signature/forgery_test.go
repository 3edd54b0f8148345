// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signature

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap"
)

var update = flag.Bool("update", false, "make the vectors in testdata anew, with new keys")

// vector is a file in testdata/vectors with its verdict.
type vector struct {
	name string
	// rule refuses the message from a partner; "" if it is believed.
	rule cap.Rule
	// own is the profile that the message keeps, if it is believed.
	own bool
	why string
	raw string
}

// TestVectors holds Verify against the files, each for both profiles.
func TestVectors(t *testing.T) {
	dir := filepath.Join("testdata", "vectors")
	vectors := slices.Concat(genuine(t), changes(t), wrappings(t), references(t), values(t), lexicalTricks(t))
	pinned := []holder{holders()["RSA-3072"], holders()["P-256"]}
	if *update {
		writeVectors(t, dir, vectors, pinned)
	}
	keys := pinnedKeys(t)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.ContainsFunc(vectors, func(v vector) bool { return v.name+".xml" == file.Name() }) {
			t.Errorf("%s is not in the table: remove it", file.Name())
		}
	}
	accepted := 0
	for _, vector := range vectors {
		t.Run(vector.name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, vector.name+".xml"))
			if err != nil {
				t.Fatalf("%v; make it with -update", err)
			}
			for _, profile := range []Profile{ProfileOwn, ProfilePartner} {
				v, err := Verify(raw, VerifyOptions{Keys: keys, Profile: profile})
				if want := vector.rule == "" && (vector.own || profile == ProfilePartner); (err == nil) != want {
					t.Fatalf("%v: believed %t, want %t: %v, %v", profile, err == nil, want, v, err)
				}
				if err != nil && profile == ProfilePartner && ruleOf(err) != vector.rule {
					t.Errorf("refused by rule %q, want %q: %v", ruleOf(err), vector.rule, err)
				}
				if err == nil {
					accepted++
					if want := message(t); v.Alert.Identifier != want.Identifier || v.Alert.Info[0].Headline != want.Info[0].Headline || v.Alert.Status != want.Status {
						t.Errorf("believed another message:\n%s", v.Content)
					}
				}
			}
		})
	}
	t.Logf("%d vectors, %d of %d readings believed", len(vectors), accepted, 2*len(vectors))
}

func pinnedKeys(t testing.TB) []Key {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "pinned.pem"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParsePEM(file)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func writeVectors(t *testing.T, dir string, vectors []vector, pinned []holder) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var keys strings.Builder
	for _, h := range pinned {
		keys.WriteString(publicPEM(t, h.key.Public()))
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join("testdata", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("pinned.pem", keys.String())
	var table strings.Builder
	table.WriteString(vectorsHead)
	for _, v := range vectors {
		verdict := "refused by `" + string(v.rule) + "`"
		switch {
		case v.rule == "" && v.own:
			verdict = "believed"
		case v.rule == "":
			verdict = "believed from a partner"
		}
		write(filepath.Join("vectors", v.name+".xml"), v.raw)
		fmt.Fprintf(&table, "| %s | %s | %s |\n", v.name, verdict, v.why)
	}
	write("README.md", table.String())
}

const vectorsHead = `<!--
SPDX-FileCopyrightText: 2026 The Tocsin Authors
SPDX-License-Identifier: EUPL-1.2
-->

# Signed and forged messages

Each file in ` + "`vectors/`" + ` is a message and its verdict, for anybody who verifies signed CAP. The keys in
` + "`pinned.pem`" + ` are the only ones to believe: RSA with 3072 bits, and ECDSA on P-256. Where a vector says that
the pinned key signed it, digest and value are right, and only the form is against the rules. The private keys
were thrown away; ` + "`go test ./cap/signature -run TestVectors -update`" + ` makes all files and this page anew.

A message that is believed "from a partner" is not in Tocsin's own profile. All that are believed say the same:
whoever shows only what was verified shows one message.

| file | verdict | what it is |
| --- | --- | --- |
`

// verdicts makes vectors of one group, in the order in which they are added.
type verdicts []vector

func (v *verdicts) add(name string, rule cap.Rule, why, raw string) {
	*v = append(*v, vector{name: name, rule: rule, why: why, raw: raw})
}

// TestXMLSecBelievesWhatWeBelieve says that nothing passes here that xmlsec1
// would refuse.
func TestXMLSecBelievesWhatWeBelieve(t *testing.T) {
	x := newXMLSec(t)
	keys := pinnedKeys(t)
	for _, vector := range genuine(t) {
		raw, err := os.ReadFile(filepath.Join("testdata", "vectors", vector.name+".xml"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(keys, func(key Key) bool { return x.verify(t, publicPEM(t, key.Public), string(raw)) == nil }) {
			t.Errorf("xmlsec1 refuses %s", vector.name)
		}
	}
}

// TestNoPieceOfAVectorIsBelieved cuts every vector at many places.
func TestNoPieceOfAVectorIsBelieved(t *testing.T) {
	keys := pinnedKeys(t)
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for end := 0; end < len(bytes.TrimSpace(raw)); end += 97 {
			if v, err := Verify(raw[:end], VerifyOptions{Keys: keys, Profile: ProfilePartner}); err == nil {
				t.Errorf("the first %d bytes of %s are believed: %v", end, file, v)
			}
		}
	}
}
