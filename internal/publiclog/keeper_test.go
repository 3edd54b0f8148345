// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/tlog"
)

func TestEveryRecordGetsItsCheckpoint(t *testing.T) {
	j, by := memory.New(), newSigner(t)
	l := open(t, j, by)
	stop := l.run()
	l.hire("anna")
	before := l.signed()
	l.hire("ben")
	after := l.signed()
	trust, err := trustIn(brandenburg, after.Keys)
	if err != nil {
		t.Fatal(err)
	}
	auditor, err := tlog.NewAuditor(trust, origin, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.tree.Size() {
		if findings := auditor.Append(l.tree.Entry(i)); len(findings) > 0 {
			t.Error(findings)
		}
	}
	if findings := auditor.Confirm(after.Checkpoint, time.Now()); len(findings) > 0 {
		t.Error(findings)
	}
	older, err := tlog.UnsignedCheckpoint(before.Checkpoint)
	if err != nil || older.Size >= l.tree.Size() {
		t.Fatalf("the first checkpoint is of %d entries (%v)", older.Size, err)
	}
	// Everything is there again after a restart, without a new record.
	stop()
	again := open(t, j, by)
	again.run()
	again.hire("clara")
	latest := again.signed()
	if newest, _ := tlog.UnsignedCheckpoint(latest.Checkpoint); newest.Size != 4 {
		t.Errorf("after a restart the log has %d entries", newest.Size)
	}
}

func TestFlippedBits(t *testing.T) {
	t.Run("on disk", func(t *testing.T) {
		j := memory.New()
		l := open(t, j, newSigner(t))
		stop := l.run()
		l.hire("anna")
		l.hire("ben")
		l.signed()
		if err := l.keeper.Scrub(t.Context()); err != nil {
			t.Fatalf("a healthy log: %v", err)
		}
		stop()
		stored := j.Stored()
		at := bytes.Index(stored[1], []byte("holder "))
		stored[1][at+len("holder ")] ^= 1 // Stored shares its records with the journal
		err := l.keeper.Scrub(t.Context())
		if !errors.Is(err, journal.ErrCorrupt) {
			t.Errorf("a scrub says %v", err)
		}
	})
	t.Run("in memory", func(t *testing.T) {
		l := open(t, memory.New(), newSigner(t))
		var broken atomic.Bool
		l.keeper = publiclog.NewKeeper(publiclog.KeeperOptions{
			Journal: flipping{l.journal, &broken}, Tree: l.tree, Signer: l.signer, Bus: l.bus, Now: time.Now, Logger: quiet,
			Trust: func(keys []string) (*tlog.Trust, error) { return trustIn(brandenburg, keys) },
		})
		l.run()
		l.hire("anna")
		good := l.signed()
		broken.Store(true)
		l.hire("ben")
		state := l.await("that the roots differ", func(s publiclog.State) bool { return s.Trouble == publiclog.TroubleRoot })
		broken.Store(false)
		l.hire("clara")
		if err := l.keeper.Scrub(t.Context()); err != nil {
			t.Errorf("the journal itself is whole: %v", err)
		}
		is, _ := tlog.UnsignedCheckpoint(state.Checkpoint)
		was, _ := tlog.UnsignedCheckpoint(good.Checkpoint)
		if is != was {
			t.Errorf("after roots that differ %v was signed", is)
		}
	})
}

// flipping is a journal that is read with one wrong digit, as by bad memory.
type flipping struct {
	journal.Journal
	broken *atomic.Bool
}

func (f flipping) Watch(ctx context.Context, after uint64, yield func(journal.Record) error) error {
	return f.Journal.Watch(ctx, after, func(r journal.Record) error {
		if f.broken.Load() {
			for i, e := range r.Events {
				if at := bytes.Index(e.Body, []byte("holder ")); e.Kind == publiclog.EventLeaf && at >= 0 {
					body := bytes.Clone(e.Body)
					at += len("holder ")
					body[at] = "0123456789abcdef"[(bytes.IndexByte([]byte("0123456789abcdef"), body[at])+1)%16]
					r.Events[i].Body = body
				}
			}
		}
		return yield(r)
	})
}

// A signer that is away for a while keeps nobody from recording.
func TestSignerThatIsAway(t *testing.T) {
	by := newSigner(t)
	away := &sometimes{Signer: by}
	away.away.Store(true)
	l := open(t, memory.New(), away)
	l.run()
	l.hire("anna")
	l.hire("ben")
	away.away.Store(false)
	l.signed()
	// It signs, and its answer is lost.
	away.mute.Store(true)
	l.hire("clara")
	l.signed()
}

type sometimes struct {
	publiclog.Signer
	away, mute atomic.Bool
}

func (s *sometimes) Keys(ctx context.Context) ([]string, error) {
	if s.away.Load() {
		return nil, errors.New("away")
	}
	return s.Signer.Keys(ctx)
}

func (s *sometimes) Sign(ctx context.Context, p publiclog.Proposal) ([]byte, error) {
	signed, err := s.Signer.Sign(ctx, p)
	if s.mute.CompareAndSwap(true, false) {
		return nil, errors.New("the answer is lost")
	}
	return signed, err
}

// Cosignatures come when they come; with the quorum the checkpoint is witnessed.
func TestWitnessesAreNotWaitedFor(t *testing.T) {
	press, school, own := newCosigner(1, "witness.press.example"), newCosigner(2, "witness.school.example"), newCosigner(3, "witness.own.example")
	asked, release := make(chan []byte, 10), make(chan struct{})
	l := open(t, memory.New(), newSigner(t), func(o *publiclog.KeeperOptions) {
		o.Trust = func(keys []string) (*tlog.Trust, error) {
			_, trust, err := publiclog.TrustOptions{
				Authority: brandenburg, Operator: "brandenburg", Origin: origin, Issued: time.Now(), Quorum: &tlog.Quorum{Operators: 2},
				Witnesses: []tlog.Witness{{Key: press.key(), Operator: "press"}, {Key: school.key(), Operator: "school"}, {Key: own.key(), Operator: "brandenburg"}},
			}.Trust(keys)
			return trust, err
		}
		o.Witnesses = collector(func(ctx context.Context, checkpoint []byte, consistency func(int64) ([]merkle.Hash, error), yield func([]byte)) {
			asked <- checkpoint
			<-release
			tree, err := tlog.UnsignedCheckpoint(checkpoint)
			if err != nil {
				t.Error(err)
			}
			older, err := l0tree(consistency, tree)
			if err != nil {
				t.Errorf("consistency from %d: %v", older, err)
			}
			for _, c := range []*cosigner{own, press, school} {
				yield([]byte("— nobody AAAA\n" + c.line(t, tree)))
			}
		})
	})
	l.run()
	l.hire("anna")
	state := l.signed()
	if <-asked; state.Witnessed != nil {
		t.Error("witnessed before anyone answered")
	}
	l.hire("ben") // nobody has answered yet
	l.signed()
	close(release)
	size := l.tree.Size()
	state = l.await("a quorum for the newest", func(s publiclog.State) bool {
		tree, err := tlog.UnsignedCheckpoint(s.Witnessed)
		return err == nil && tree.Size == size
	})
	trust, err := trustIn(brandenburg, state.Keys)
	if err != nil {
		t.Fatal(err)
	}
	if _, log, _ := trust.Log(origin); log == nil {
		t.Error("the log is not its own")
	}
	keys := []string{state.Keys[0], press.key(), school.key(), own.key()}
	for _, vkey := range keys {
		key, err := tlog.NewVerifier(vkey)
		if err != nil {
			t.Fatal(err)
		}
		if tree, err := tlog.OpenCheckpoint(state.Witnessed, key); err != nil || tree.Size != size {
			t.Errorf("%s: %v", vkey, err)
		}
	}
	if n := bytes.Count(state.Witnessed, []byte("\n— ")); n != 5 {
		t.Errorf("the checkpoint has %d signature lines: two of the log and three of witnesses\n%s", n, state.Witnessed)
	}
}

// l0tree asks for the way from the first entry.
func l0tree(consistency func(int64) ([]merkle.Hash, error), tree tlog.Tree) (int64, error) {
	proof, err := consistency(1)
	if err == nil && tree.Size > 1 && len(proof) == 0 {
		err = errors.New("no hashes")
	}
	return 1, err
}

type collector func(context.Context, []byte, func(int64) ([]merkle.Hash, error), func([]byte))

func (c collector) Collect(ctx context.Context, checkpoint []byte, consistency func(int64) ([]merkle.Hash, error), yield func([]byte)) {
	c(ctx, checkpoint, consistency, yield)
}

type cosigner struct {
	name    string
	private ed25519.PrivateKey
}

func newCosigner(seed byte, name string) *cosigner {
	return &cosigner{name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

func (c *cosigner) key() string {
	return tlog.CosignerKey(c.name, c.private.Public().(ed25519.PublicKey))
}

func (c *cosigner) line(t *testing.T, tree tlog.Tree) string {
	t.Helper()
	signer, err := tlog.NewCosigner(c.name, c.private, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := tlog.SignCheckpoint(tree, signer)
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := bytes.Cut(raw, []byte("\n\n"))
	return string(line)
}

// Journals from before there was a log open it with all keys that count.
func TestOldJournal(t *testing.T) {
	j := memory.New()
	l := open(t, j, newSigner(t))
	for i, name := range []string{"anna", "ben"} {
		l.old(t, uint64(i), name)
	}
	l.run()
	if size := l.tree.Size(); size != 0 {
		t.Fatalf("the old journal has %d leaves", size)
	}
	_, err := l.ledger.Do(t.Context(), "node", func(now time.Time, _ uint64) ([]journal.Event, error) {
		return l.scribe.Complete(nil, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	l.signed()
	var kinds []string
	for i := range l.tree.Size() {
		leaf, err := tlog.ParseLeaf(l.tree.Entry(i))
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, string(leaf.Kind))
	}
	if got := fmt.Sprint(kinds); got != "[first key-enrolled key-enrolled]" {
		t.Errorf("the log opens with %s", got)
	}
}

// Witnesses that are silent for a minute are a trouble, until they answer.
func TestSilentWitnesses(t *testing.T) {
	press, school := newCosigner(1, "witness.press.example"), newCosigner(2, "witness.school.example")
	var late atomic.Int64
	var answering atomic.Bool
	rounds := make(chan struct{}, 100)
	l := open(t, memory.New(), newSigner(t), func(o *publiclog.KeeperOptions) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
		o.Trust = func(keys []string) (*tlog.Trust, error) {
			_, trust, err := publiclog.TrustOptions{
				Authority: brandenburg, Operator: "brandenburg", Origin: origin, Issued: time.Now(), Quorum: &tlog.Quorum{Operators: 2},
				Witnesses: []tlog.Witness{{Key: press.key(), Operator: "press"}, {Key: school.key(), Operator: "school"}},
			}.Trust(keys)
			return trust, err
		}
		o.Witnesses = collector(func(_ context.Context, checkpoint []byte, _ func(int64) ([]merkle.Hash, error), yield func([]byte)) {
			tree, err := tlog.UnsignedCheckpoint(checkpoint)
			if err != nil {
				t.Error(err)
			}
			yield([]byte(press.line(t, tree)))
			if answering.Load() {
				yield([]byte(school.line(t, tree)))
			}
			rounds <- struct{}{}
		})
	})
	l.run()
	l.hire("anna")
	if state := l.signed(); state.Trouble != "" {
		t.Errorf("at once: %s", state.Trouble)
	}
	<-rounds
	l.hire("ben") // asked again after the first round was taken in
	<-rounds
	late.Store(int64(61 * time.Second))
	l.hire("clara")
	state := l.await("that a minute of silence is a trouble", func(s publiclog.State) bool { return s.Trouble == publiclog.TroubleUnwitnessed })
	if state.Witnessed != nil || state.Detail == "" || state.Since.IsZero() {
		t.Errorf("%+v", state)
	}
	answering.Store(true)
	l.hire("deniz")
	size := l.tree.Size()
	l.await("that it is over", func(s publiclog.State) bool {
		tree, err := tlog.UnsignedCheckpoint(s.Witnessed)
		return err == nil && tree.Size == size && s.Trouble == ""
	})
}
