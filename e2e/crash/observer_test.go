// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package crash

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/logaudit"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/tlog"
)

// observer is somebody outside who remembers everything: which releases were
// acknowledged, and which checkpoints left the signer.
type observer struct {
	testing.TB
	place *place
	vkeys []string
	keys  []note.Verifier // of vkeys

	audit *logaudit.Audit // what anybody can run; nil before the first look
	log   *logaudit.Source

	released map[string]bool // acknowledged
	signed   []tlog.Tree     // each once, in their order
	entries  [][]byte        // of the log, as they were first seen
	hashes   hashes
	checked  int // how many of signed were held to the entries
}

type hashes []merkle.Hash

// ReadHashes implements merkle.HashReader.
func (h hashes) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = h[index]
	}
	return out, nil
}

// newObserver makes the key of the log and knows it from then on.
func newObserver(p *place) *observer {
	p.Helper()
	o := &observer{TB: p.TB, place: p, released: map[string]bool{}}
	key, err := signer.Create(origin, keyFile(p.signerDir), stateFile(p.signerDir))
	if err != nil {
		p.Fatal(err)
	}
	o.vkeys = key.Public()
	for _, vkey := range o.vkeys {
		verifier, err := tlog.NewVerifier(vkey)
		if err != nil {
			p.Fatal(err)
		}
		o.keys = append(o.keys, verifier)
	}
	return o
}

// hear takes note of what processes have said since they were heard last.
func (o *observer) hear(processes ...*process) {
	o.Helper()
	for _, p := range processes {
		released, signed := p.heard()
		o.remember(released, signed)
	}
}

func (o *observer) remember(released []string, signed [][]byte) {
	o.Helper()
	for _, identifier := range released {
		o.released[identifier] = true
	}
	for _, raw := range signed {
		tree, err := tlog.OpenCheckpoint(raw, o.keys...)
		if err != nil {
			o.Fatalf("what the signer gave out: %v", err)
		}
		last := o.last()
		switch {
		case tree == last:
		case tree.Size > last.Size:
			o.signed = append(o.signed, tree)
		default:
			o.Fatalf("after %d entries with the root %s the signer signed %d with the root %s", last.Size, last.Root, tree.Size, tree.Root)
		}
	}
}

// remembered is what a signer that does not run would find in its memory.
func (o *observer) remembered() (tlog.Tree, error) {
	raw, err := os.ReadFile(stateFile(o.place.signerDir))
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.OpenCheckpoint(raw, o.keys...)
}

// last is the newest tree that was signed.
func (o *observer) last() tlog.Tree {
	if len(o.signed) == 0 {
		return tlog.Tree{}
	}
	return o.signed[len(o.signed)-1]
}

// checkMemory holds the state of a signer that does not run to what left it.
func (o *observer) checkMemory() {
	o.Helper()
	if len(o.signed) == 0 {
		return
	}
	tree, err := o.remembered()
	if last := o.last(); err != nil || tree.Size < last.Size || tree.Size == last.Size && tree.Root != last.Root {
		o.Fatalf("the signer remembers %d entries with the root %s (%v), and has signed %d with the root %s", tree.Size, tree.Root, err, last.Size, last.Root)
	}
}

// look reads the log as it is served, and returns when it has come as far as all
// that is remembered: every acknowledged release in it, every signed checkpoint
// a tree of its entries.
func (o *observer) look() {
	o.Helper()
	deadline := time.Now().Add(eventually.Patience)
	if o.audit == nil {
		o.begin(deadline)
	}
	for {
		o.get("/log/checkpoint", deadline) // once it is there, the audit need not wait
		report, err := o.audit.Round(o.Context())
		if err != nil {
			o.Fatal(err)
		}
		if !report.OK() {
			o.Fatalf("the audit of the log: %+v", report.Findings)
		}
		missing := o.missing()
		if len(missing) == 0 && report.Size >= o.last().Size {
			o.follow(report.Size)
			return
		}
		if time.Now().After(deadline) {
			o.Fatalf("a log of %d entries lacks %d of %d acknowledged releases, such as %v; %d entries were signed", report.Size, len(missing), len(o.released), missing[:min(1, len(missing))], o.last().Size)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// begin reads the trust file of the node and begins the audit. The keys are those
// of the signer, whatever the node says.
func (o *observer) begin(deadline time.Time) {
	o.Helper()
	trust, err := tlog.ParseTrust(o.get("/trust.json", deadline), nil)
	if err != nil {
		o.Fatal(err)
	}
	if _, log, ok := trust.Log(origin); !ok || !slices.Equal(log.Keys, o.vkeys) {
		o.Fatalf("the node tells of another log or key: %+v", log)
	}
	if o.log, err = logaudit.Open("http://" + o.place.listen + "/log"); err != nil {
		o.Fatal(err)
	}
	if o.audit, err = logaudit.New(logaudit.Options{Log: o.log, Messages: o.log.Beside("cap"), Trust: trust, Now: time.Now}, nil); err != nil {
		o.Fatal(err)
	}
}

// get reads what the node serves there as soon as there is something.
func (o *observer) get(path string, deadline time.Time) []byte {
	o.Helper()
	for {
		raw, err := fetch("http://" + o.place.listen + path)
		if err == nil {
			return raw
		}
		if time.Now().After(deadline) {
			o.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func fetch(address string) ([]byte, error) {
	answer, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, answer.Status)
	}
	return raw, err
}

// missing are acknowledged releases that the audit did not come across.
func (o *observer) missing() []string {
	o.Helper()
	state, err := logaudit.ParseState(o.audit.State())
	if err != nil {
		o.Fatal(err)
	}
	var missing []string
	for identifier := range o.released {
		if _, ok := state.Audit.Messages[identifier]; !ok {
			missing = append(missing, identifier)
		}
	}
	slices.Sort(missing)
	return missing
}

// follow reads the entries that are new, and holds every checkpoint that was
// signed since to the root that follows from the entries, and to the one before
// it by a proof of consistency.
func (o *observer) follow(size int64) {
	o.Helper()
	err := o.log.Entries(o.Context(), logaudit.Span{From: int64(len(o.entries)), To: size, Size: size}, func(_ int64, entries [][]byte) error {
		for _, entry := range entries {
			stored, err := merkle.StoredHashes(int64(len(o.entries)), entry, o.hashes)
			if err != nil {
				return err
			}
			o.entries, o.hashes = append(o.entries, slices.Clone(entry)), append(o.hashes, stored...)
		}
		return nil
	})
	if err != nil {
		o.Fatal(err)
	}
	for ; o.checked < len(o.signed); o.checked++ {
		var older tlog.Tree
		if o.checked > 0 {
			older = o.signed[o.checked-1]
		}
		if err := o.goesOn(older, o.signed[o.checked]); err != nil {
			o.Fatal(err)
		}
	}
}

func (o *observer) goesOn(older, newer tlog.Tree) error {
	root, err := merkle.TreeHash(newer.Size, o.hashes)
	if err == nil && root != newer.Root {
		err = errors.New("the entries have another root")
	}
	if err == nil && older.Size > 0 {
		var proof merkle.TreeProof
		if proof, err = merkle.ProveTree(newer.Size, older.Size, o.hashes); err == nil {
			err = merkle.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root)
		}
	}
	if err != nil {
		return fmt.Errorf("a checkpoint of %d entries after one of %d: %w", newer.Size, older.Size, err)
	}
	return nil
}
