// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

const origin = "warnung.brandenburg.example/log"

var quiet = slog.New(slog.DiscardHandler)

var brandenburg = authority.Authority{
	ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"},
}.WithDefaults()

// scribes makes the scribe of a log, with its tree.
func scribes(t testing.TB, self authority.Authority, operators publiclog.Operators, book publiclog.Warnings) (*publiclog.Scribe, *publiclog.Tree) {
	t.Helper()
	tree := publiclog.NewTree()
	scribe, err := publiclog.NewScribe(publiclog.ScribeOptions{
		Authority: self, Origin: origin, Operators: operators, Warnings: book, Tree: tree,
		Regions: func(geo.Area) []string { return []string{"12"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return scribe, tree
}

// trustIn gives the trust in a log with those keys.
func trustIn(self authority.Authority, keys []string) (*tlog.Trust, error) {
	_, trust, err := publiclog.TrustOptions{Authority: self, Operator: "brandenburg", Origin: origin, Issued: time.Now()}.Trust(keys)
	return trust, err
}

// log is a journal with its people, scribe and keeper.
type log struct {
	testing.TB
	journal journal.Journal
	bus     bus.Bus
	people  *operator.Directory
	tree    *publiclog.Tree
	ledger  *journal.Ledger
	scribe  *publiclog.Scribe
	signer  publiclog.Signer
	keeper  *publiclog.Keeper
}

// open takes up a journal with a signer, and starts the keeper.
func open(t testing.TB, j journal.Journal, by publiclog.Signer, change ...func(*publiclog.KeeperOptions)) *log {
	t.Helper()
	l := &log{TB: t, journal: j, bus: newBus(t), people: operator.NewDirectory(), signer: by}
	l.scribe, l.tree = scribes(t, brandenburg, l.people, warning.NewBook())
	l.ledger = journal.NewLedger(j, journal.Projections{l.people, l.scribe}, time.Now)
	o := publiclog.KeeperOptions{
		Journal: j, Tree: l.tree, Signer: by, Bus: l.bus, Now: time.Now, Logger: quiet,
		Trust: func(keys []string) (*tlog.Trust, error) { return trustIn(brandenburg, keys) },
	}
	for _, f := range change {
		f(&o)
	}
	l.keeper = publiclog.NewKeeper(o)
	return l
}

// run starts following and keeping, until the test ends or stop is called.
func (l *log) run() (stop func()) {
	l.Helper()
	if err := l.ledger.CatchUp(l.Context()); err != nil {
		l.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		if err := l.ledger.Follow(ctx); err != nil && ctx.Err() == nil {
			l.Error(err)
		}
	})
	ready := make(chan struct{})
	work.Go(func() {
		if err := l.keeper.Run(ctx, func() { close(ready) }); err != nil {
			l.Error(err)
		}
	})
	<-ready
	stop = sync.OnceFunc(func() { cancel(); work.Wait() })
	l.Cleanup(stop)
	return stop
}

// hire opens an account with a key: one record with an enrolment.
func (l *log) hire(name string) {
	l.Helper()
	for _, step := range []struct {
		name, by string
		body     any
	}{
		{operator.CommandCreate, operator.Node, operator.Create{Name: name, FullName: name, Roles: []operator.Role{operator.Author}}},
		{operator.CommandEnrolKey, name, operator.EnrolKey{PublicKey: newPublicKey(l)}},
	} {
		l.command(step.name, step.by, step.body)
	}
}

func (l *log) command(name, by string, body any) {
	l.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		l.Fatal(err)
	}
	_, err = l.ledger.Do(l.Context(), by, func(now time.Time, _ uint64) ([]journal.Event, error) {
		events, err := l.people.Step(name, by, raw, now)
		if err != nil {
			return nil, err
		}
		return l.scribe.Complete(events, now)
	})
	if err != nil {
		l.Fatalf("%s: %v", name, err)
	}
}

// old records an account with a key as it was before there was a log.
func (l *log) old(t *testing.T, after uint64, name string) {
	t.Helper()
	public := newPublicKey(t)
	_, err := l.journal.Append(t.Context(), after, journal.Draft{Time: time.Now(), By: "node", Events: []journal.Event{
		journal.NewEvent(operator.EventCreated, operator.Created{Name: name, FullName: name, Roles: []operator.Role{operator.Author}}),
		journal.NewEvent(operator.EventKeyEnrolled, operator.KeyEnrolled{Name: name, Key: operator.Key{
			ID: operator.KeyID(public), Type: operator.SoftwareKey, PublicKey: public, Enrolled: time.Now(),
		}}),
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func newPublicKey(t testing.TB) []byte {
	t.Helper()
	key, err := operator.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// await gives the first state that fulfils the condition.
func (l *log) await(what string, fulfilled func(publiclog.State) bool) publiclog.State {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), eventually.Patience)
	defer cancel()
	var found publiclog.State
	enough := context.Canceled
	err := l.bus.WatchState(ctx, publiclog.Subject, func(_ string, data []byte) error {
		var state publiclog.State
		if err := json.Unmarshal(data, &state); err != nil {
			return err
		}
		if found = state; fulfilled(state) {
			return enough
		}
		return nil
	})
	if err != enough {
		l.Fatalf("waited in vain: %s; the log stands at %+v (%v)", what, found, err)
	}
	return found
}

// signed waits for the checkpoint of all that is in the tree.
func (l *log) signed() publiclog.State {
	l.Helper()
	size := l.tree.Size()
	return l.await("a checkpoint of everything", func(s publiclog.State) bool {
		t, err := tlog.UnsignedCheckpoint(s.Checkpoint)
		return err == nil && t.Size == size
	})
}

func newBus(t testing.TB) bus.Bus {
	t.Helper()
	driver, err := engine.Open(engine.Options{Dir: t.TempDir(), Name: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := driver.Close(); err != nil {
			t.Error(err)
		}
	})
	b, err := natsbus.Open(t.Context(), natsbus.Options{Conn: driver.Conn, JetStream: driver.JetStream})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newSigner makes a key and opens its signer.
func newSigner(t testing.TB) *signer.Local {
	t.Helper()
	dir := t.TempDir()
	key, err := signer.Create(origin, filepath.Join(dir, "key"), filepath.Join(dir, "signed"))
	if err != nil {
		t.Fatal(err)
	}
	by, err := signer.Open(key, filepath.Join(dir, "signed"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { by.Close() })
	return by
}
