// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package oracle

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/witness"
	"github.com/tocsin-alert/tocsin/tlog"
)

// runWitness serves a witness of ours for one log, and gives its keys.
func runWitness(t *testing.T, name, origin, vkey string) (address *url.URL, keys []string) {
	t.Helper()
	dir := t.TempDir()
	if _, err := witness.Create(dir, name); err != nil {
		t.Fatal(err)
	}
	w, err := witness.Open(witness.Options{Dir: dir, Logs: map[string][]string{origin: {vkey}}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	if address, err = url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	return address, w.Keys()
}

// Tessera publishes nothing before the witnesses have cosigned: what it publishes
// shows that it accepts two of ours.
func TestWitnessesOfOursCosignForTessera(t *testing.T) {
	const name = "tessera.example/log"
	secret, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{3}, 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	policy := []string{"log " + vkey}
	var theirs []tessera.Witness
	var ours []note.Verifier
	for i := range 2 {
		address, keys := runWitness(t, fmt.Sprintf("witness.example/%d", i), name, vkey)
		w, err := tessera.NewWitness(keys[0], address)
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, w)
		policy = append(policy, fmt.Sprintf("witness w%d %s", i, keys[0]))
		for _, key := range keys {
			verifier, err := witness.NewVerifier(key)
			if err != nil {
				t.Fatal(err)
			}
			ours = append(ours, verifier)
		}
	}
	dir := t.TempDir()
	driver, err := posix.New(t.Context(), posix.Config{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithBatching(8, 10*time.Millisecond).
		WithCheckpointInterval(100*time.Millisecond).WithWitnesses(tessera.NewWitnessGroup(2, theirs[0], theirs[1]), nil)
	appender, shutdown, reader, err := tessera.NewAppender(t.Context(), driver, options)
	if err != nil {
		t.Fatal(err)
	}
	awaiter := tessera.NewPublicationAwaiter(t.Context(), reader.ReadCheckpoint, 20*time.Millisecond)
	var checkpoint []byte
	for i := range 20 {
		if _, checkpoint, err = awaiter.Await(t.Context(), appender.Add(t.Context(), tessera.NewEntry(fmt.Appendf(nil, "entry %d", i)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	parsed, err := torchwood.ParsePolicy(fmt.Appendf(nil, "%s\n%s\n%s\ngroup both 2 w0 w1\nquorum both\n", policy[0], policy[1], policy[2]))
	if err != nil {
		t.Fatal(err)
	}
	if c, _, err := torchwood.VerifyCheckpoint(checkpoint, parsed); err != nil || c.N < 20 {
		t.Errorf("torchwood: %v of %d entries", err, c.N)
	}
	// Tessera keeps one line of each witness, that of the key it was given.
	if got := tlog.Cosignatures(checkpoint, ours...); len(got) != 2 {
		t.Errorf("we read %v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "checkpoint")); err != nil {
		t.Error(err)
	}
}

// A checkpoint that torchwood wrote, asked for by hand as the specification says,
// and all the lines of the answer.
func TestWitnessOfOursCosignsForTorchwood(t *testing.T) {
	l := newLog(t, 300)
	address, keys := runWitness(t, "witness.example/1", origin, l.vkey)
	checkpoint, err := note.Sign(&note.Note{Text: torchwood.Checkpoint{Origin: origin, Tree: merkle.Tree{N: 300, Hash: l.tree.Root}}.String()}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(address.JoinPath("add-checkpoint").String(), "", bytes.NewReader(append([]byte("old 0\n\n"), checkpoint...)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v, %s %s", err, answer.Status, lines)
	}
	policy, err := torchwood.ParsePolicy([]byte("log " + l.vkey + "\nwitness w " + keys[0] + "\nquorum w\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := torchwood.VerifyCheckpoint(append(checkpoint, lines...), policy); err != nil {
		t.Errorf("torchwood: %v", err)
	}
	if _, _, err := torchwood.VerifyCheckpoint(checkpoint, policy); err == nil {
		t.Error("torchwood needs no witness")
	}
	quantum, err := witness.NewVerifier(keys[1])
	if err != nil {
		t.Fatal(err)
	}
	if got := tlog.Cosignatures(append(checkpoint, lines...), quantum); len(got) != 1 {
		t.Error("there is no ML-DSA-44 cosignature")
	}
}
