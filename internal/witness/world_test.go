// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/tlog"
)

const origin = "log.kreis.example/2026"

var now = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

// testLog is a log in memory, which signs whatever it is asked to.
type testLog struct {
	t      testing.TB
	origin string
	vkey   string
	signer note.Signer
	size   int64
	hashes []merkle.Hash
}

func newLog(t testing.TB, origin string) *testLog {
	t.Helper()
	seed := sha256.Sum256([]byte(origin))
	key := ed25519.NewKeyFromSeed(seed[:])
	vkey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	secret := fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", origin, strings.Split(vkey, "+")[1], base64.StdEncoding.EncodeToString(append([]byte{1}, key.Seed()...)))
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &testLog{t: t, origin: origin, vkey: vkey, signer: signer}
}

// ReadHashes implements merkle.HashReader.
func (l *testLog) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = l.hashes[index]
	}
	return out, nil
}

// grow appends entries of that text until the log has so many.
func (l *testLog) grow(size int64, text string) *testLog {
	l.t.Helper()
	for ; l.size < size; l.size++ {
		stored, err := merkle.StoredHashes(l.size, fmt.Appendf(nil, "%s %d", text, l.size), l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.hashes = append(l.hashes, stored...)
	}
	return l
}

func (l *testLog) tree(size int64) tlog.Tree {
	l.t.Helper()
	root, err := merkle.TreeHash(size, l)
	if err != nil {
		l.t.Fatal(err)
	}
	return tlog.Tree{Origin: l.origin, Size: size, Root: root}
}

func (l *testLog) checkpoint(size int64) []byte {
	l.t.Helper()
	raw, err := tlog.SignCheckpoint(l.tree(size), l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return raw
}

func (l *testLog) consistency(from, to int64) []merkle.Hash {
	l.t.Helper()
	if from == 0 || from >= to {
		return nil
	}
	proof, err := merkle.ProveTree(to, from, l)
	if err != nil {
		l.t.Fatal(err)
	}
	return proof
}

// request asks for the tree of a size, from an older one.
func (l *testLog) request(old, size int64) request {
	return request{old, l.consistency(old, size), l.checkpoint(size)}
}

func create(t testing.TB, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if _, err := Create(dir, name); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string, logs ...*testLog) *Witness {
	t.Helper()
	keys := map[string][]string{}
	for _, l := range logs {
		keys[l.origin] = []string{l.vkey}
	}
	w, err := Open(Options{Dir: dir, Logs: keys, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// verifiers are those of a witness's keys.
func verifiers(t testing.TB, w *Witness) []note.Verifier {
	t.Helper()
	var all []note.Verifier
	for _, key := range w.Keys() {
		verifier, err := NewVerifier(key)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, verifier)
	}
	return all
}
