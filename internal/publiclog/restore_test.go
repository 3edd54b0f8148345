// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/witness"
	"github.com/tocsin-alert/tocsin/tlog"
)

// keyPlace is a signer's files.
type keyPlace struct{ key, state string }

func newKeyPlace(t *testing.T) keyPlace {
	t.Helper()
	dir := t.TempDir()
	p := keyPlace{filepath.Join(dir, "key"), filepath.Join(dir, "signed")}
	if _, err := signer.Create(origin, p.key, p.state); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p keyPlace) open(t testing.TB) *signer.Local {
	t.Helper()
	key, err := signer.Load(p.key)
	if err != nil {
		t.Fatal(err)
	}
	by, err := signer.Open(key, p.state, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { by.Close() })
	return by
}

// before is a log with its signer, of which an operator has an old backup, and
// what an auditor and a witness outside have seen of it since.
type before struct {
	*testing.T
	files   keyPlace
	journal *memory.Journal
	// records and memory are the backup.
	records [][]byte
	memory  []byte
	trust   *tlog.Trust
	auditor *tlog.Auditor
	witness *witness.Client
	signed  tlog.Tree // since the backup
}

func newBefore(t *testing.T) *before {
	t.Helper()
	b := &before{T: t, files: newKeyPlace(t), journal: memory.New()}
	by := b.files.open(t)
	l := open(t, b.journal, by)
	stop := l.run()
	l.hire("anna")
	keys := l.signed().Keys
	b.records = b.journal.Stored()
	var err error
	if b.memory, err = os.ReadFile(b.files.state); err != nil {
		t.Fatal(err)
	}
	l.hire("ben")
	l.hire("clara")
	checkpoint := l.signed().Checkpoint
	stop()
	by.Close()
	if b.signed, err = tlog.UnsignedCheckpoint(checkpoint); err != nil {
		t.Fatal(err)
	}
	if b.trust, err = trustIn(brandenburg, keys); err != nil {
		t.Fatal(err)
	}
	if b.auditor, err = tlog.NewAuditor(b.trust, origin, nil); err != nil {
		t.Fatal(err)
	}
	b.read(l.tree, b.signed.Size)
	if findings := b.auditor.Confirm(checkpoint, time.Now()); len(findings) > 0 {
		t.Fatal(findings)
	}
	b.startWitness(keys)
	if !b.cosigned(l.tree, checkpoint) {
		t.Fatal("the witness does not cosign a healthy log")
	}
	return b
}

// read gives the auditor the entries up to that size.
func (b *before) read(tree *publiclog.Tree, size int64) {
	b.Helper()
	for i := b.auditor.State().Size; i < size; i++ {
		if findings := b.auditor.Append(tree.Entry(i)); len(findings) > 0 {
			b.Fatal(findings)
		}
	}
}

func (b *before) startWitness(keys []string) {
	b.Helper()
	dir := b.TempDir()
	if _, err := witness.Create(dir, "witness.press.example"); err != nil {
		b.Fatal(err)
	}
	w, err := witness.Open(witness.Options{Dir: dir, Logs: map[string][]string{origin: keys[:1]}, Now: time.Now, Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	server := httptest.NewServer(w.Handler())
	b.Cleanup(server.Close)
	if b.witness, err = witness.NewClient([]witness.Peer{{URL: server.URL, Key: w.Keys()[0]}}, quiet); err != nil {
		b.Fatal(err)
	}
}

// cosigned reports whether the witness cosigns a checkpoint.
func (b *before) cosigned(tree *publiclog.Tree, checkpoint []byte) (yes bool) {
	b.Helper()
	under, err := tlog.UnsignedCheckpoint(checkpoint)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), eventually.Patience)
	defer cancel()
	b.witness.Collect(ctx, checkpoint, func(from int64) ([]merkle.Hash, error) { return tree.Consistency(from, under.Size) }, func([]byte) { yes = true })
	return yes
}

// restore brings back the records, the memory, or both, and takes the log up.
func (b *before) restore(records, remembered bool) *log {
	b.Helper()
	j := b.journal
	if records {
		var err error
		if j, err = memory.Open(b.records); err != nil {
			b.Fatal(err)
		}
	}
	if remembered {
		if err := os.WriteFile(b.files.state, b.memory, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	l := open(b.T, j, b.files.open(b.T))
	l.run()
	return l
}

// The memory alone is old: the journal leads from what it remembers to all that
// was ever signed, and on from there.
func TestRestoredMemoryOfTheSigner(t *testing.T) {
	b := newBefore(t)
	l := b.restore(false, true)
	l.hire("deniz")
	checkpoint := l.signed().Checkpoint
	target, findings := b.auditor.Target(checkpoint)
	if len(findings) > 0 || target.Size <= b.signed.Size {
		t.Fatalf("after %d entries it signs %d: %v", b.signed.Size, target.Size, findings)
	}
	b.read(l.tree, target.Size)
	if findings := b.auditor.Confirm(checkpoint, time.Now()); len(findings) > 0 {
		t.Error(findings)
	}
	if !b.cosigned(l.tree, checkpoint) {
		t.Error("the witness does not go on with it")
	}
}

// The journal alone is old: the signer knows better, whether the journal is only
// shorter or has gone on in another way.
func TestRestoredJournal(t *testing.T) {
	b := newBefore(t)
	l := b.restore(true, false)
	refused := func(s publiclog.State) bool { return s.Trouble == publiclog.TroubleRefused }
	l.await("that the smaller tree is refused", refused)
	for _, name := range []string{"eve", "fritz", "gerd"} {
		l.hire(name)
	}
	state := l.await("that the other history is refused", func(s publiclog.State) bool {
		return refused(s) && bytes.Contains([]byte(s.Detail), []byte("does not go on from"))
	})
	if newest, _ := tlog.UnsignedCheckpoint(state.Checkpoint); newest != b.signed {
		t.Errorf("what is published is %v, not what was signed last, %v", newest, b.signed)
	}
}

// Both are old: nothing inside can know. Whoever has seen more does: an auditor
// and a witness refuse the log while it is shorter, and when it has grown past
// what they know, so that it never rises to their grade again.
func TestRestoredJournalAndMemory(t *testing.T) {
	b := newBefore(t)
	l := b.restore(true, true)
	shorter := l.signed().Checkpoint
	if _, findings := b.auditor.Target(shorter); len(findings) != 1 || findings[0].Result != tlog.RolledBack {
		t.Errorf("of the shorter log the auditor says %v", findings)
	}
	if b.cosigned(l.tree, shorter) {
		t.Error("the witness cosigns the shorter log")
	}
	for _, name := range []string{"eve", "fritz", "gerd"} {
		l.hire(name)
	}
	longer := l.signed().Checkpoint
	newer, err := tlog.UnsignedCheckpoint(longer)
	if err != nil || newer.Size <= b.signed.Size {
		t.Fatalf("the other history has %d entries, %v", newer.Size, err)
	}
	consistency, err := l.tree.Consistency(b.signed.Size, newer.Size)
	if err == nil {
		err = merkle.CheckTree(consistency, newer.Size, newer.Root, b.signed.Size, b.signed.Root)
	}
	if err == nil {
		t.Error("the other history proves that it goes on from the first")
	}
	if b.cosigned(l.tree, longer) {
		t.Error("the witness cosigns the other history")
	}
}
