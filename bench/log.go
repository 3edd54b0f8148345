// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

const logOrigin = "de-bb/log"

var brandenburg = authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}}.WithDefaults()

// publicLogs measures how long a release takes until it is durable with its leaf,
// and until a checkpoint that covers it is signed, beside the same append without
// the log; then proofs, an audit, and tessera.
func publicLogs(ctx context.Context) ([]row, error) {
	r, err := newReleased(ctx)
	if err != nil {
		return nil, err
	}
	var rows []row
	ours := map[string]time.Duration{} // medians, by what tessera's are called
	for _, writers := range []int{1, 64} {
		say("public log: %d writers", writers)
		each := max(commits/writers, 20)
		bare, err := r.commit(ctx, writers, each, false)
		if err != nil {
			return nil, err
		}
		logged, err := r.commit(ctx, writers, each, true)
		if err != nil {
			return nil, err
		}
		who := "1 writer"
		if writers > 1 {
			who = fmt.Sprintf("%d writers", writers)
		}
		ours["entry until durable and integrated, "+who] = logged.durable.at(0.5)
		ours["entry until its checkpoint is published, "+who] = logged.signed.at(0.5)
		beside := func(s sample) string {
			return fmt.Sprintf("%.1f median, %.1f p99", float64(s.at(0.5))/float64(bare.durable.at(0.5)), float64(s.at(0.99))/float64(bare.durable.at(0.99)))
		}
		rows = append(rows,
			row{"release appended without the log, " + who, milliseconds(bare.durable.at(0.5)), milliseconds(bare.durable.at(0.99)), "", ""},
			row{"with its leaf, until durable, " + who, milliseconds(logged.durable.at(0.5)), milliseconds(logged.durable.at(0.99)), "without the log", beside(logged.durable)},
			row{"with its leaf, until its checkpoint is signed, " + who, milliseconds(logged.signed.at(0.5)), milliseconds(logged.signed.at(0.99)), "without the log", beside(logged.signed)},
		)
	}
	proofs, err := r.proofs(ours)
	if err != nil {
		return nil, err
	}
	rows = append(rows, proofs...)
	return append(rows, tessera(ctx, ours)...), nil
}

// commits is how many releases are measured for each row.
const commits = 1500

// released makes the events of releases.
type released struct {
	events   []journal.Event // that open the accounts of who warns, each a record
	people   map[operator.Role]person
	template []byte // a CAP message
	id       string // of its warning
	content  warning.Content
}

type person struct {
	name string
	sign func(operator.Statement) (operator.Assertion, error)
}

func newReleased(ctx context.Context) (*released, error) {
	r := &released{people: map[operator.Role]person{}}
	for _, role := range []operator.Role{operator.Author, operator.Releaser} {
		key, err := operator.GenerateKey()
		if err != nil {
			return nil, err
		}
		public, err := operator.PublicKey(key)
		if err != nil {
			return nil, err
		}
		name := string(role)
		r.people[role] = person{name, func(s operator.Statement) (operator.Assertion, error) { return operator.Assert(key, name, s) }}
		r.events = append(r.events,
			journal.NewEvent(operator.EventCreated, operator.Created{Name: name, FullName: name, Roles: []operator.Role{role}}),
			journal.NewEvent(operator.EventKeyEnrolled, operator.KeyEnrolled{Name: name, Key: operator.Key{
				ID: operator.KeyID(public), Type: operator.SoftwareKey, PublicKey: public, Enrolled: time.Now(),
			}}))
	}
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	rules, err := rulesOf(ctx, node.Config{Dir: dir, Roles: []node.Role{node.RoleCore}, Authority: brandenburg}.WithDefaults())
	if err != nil {
		return nil, err
	}
	draft, raw, err := composed(rules)
	r.template, r.id, r.content = raw, draft.Warning, draft.Content
	return r, err
}

// release makes the event of one release, signed by two.
func (r *released) release() (journal.Event, error) {
	var random [5]byte
	rand.Read(random[:])
	m := warning.Message{Number: 1, Kind: warning.KindAlert, Content: r.content, Sent: time.Now()}
	id := warning.NewID(brandenburg.ID, time.Now(), random)
	m.Identifier, m.CAP = id+".1", bytes.ReplaceAll(r.template, []byte(r.id), []byte(id))
	leaf, err := tlog.MessageLeaf(m.CAP)
	if err != nil {
		return journal.Event{}, err
	}
	m.Digest = leaf.Content
	for role, action := range map[operator.Role]operator.Action{operator.Author: operator.ActionRequest, operator.Releaser: operator.ActionRelease} {
		a, err := r.people[role].sign(operator.Statement{Action: action, Role: role, Warning: id, Message: m.Identifier, Digest: m.Digest})
		if err != nil {
			return journal.Event{}, err
		}
		m.Assertions = append(m.Assertions, a)
	}
	slices.SortFunc(m.Assertions, func(a, b operator.Assertion) int { return bytes.Compare([]byte(b.Action), []byte(a.Action)) })
	return journal.NewEvent(warning.EventReleased, warning.Released{Warning: id, Message: m}), nil
}

// scribe makes the scribe of an empty log, which looks people up in a directory.
func scribe(directory *operator.Directory) (*publiclog.Scribe, *publiclog.Tree, error) {
	tree := publiclog.NewTree()
	s, err := publiclog.NewScribe(publiclog.ScribeOptions{
		Authority: brandenburg, Origin: logOrigin, Operators: directory, Warnings: warning.NewBook(), Tree: tree,
		Regions: func(geo.Area) []string { return []string{"12"} },
	})
	return s, tree, err
}

// committed is how long releases took, until durable and until signed.
type committed struct{ durable, signed sample }

// commit has writers release at the same time, each so often.
func (r *released) commit(ctx context.Context, writers, each int, logged bool) (committed, error) {
	b, err := openCommits(ctx, logged)
	if err != nil {
		return committed{}, err
	}
	defer b.close()
	for i := range r.events {
		if _, err := b.do(ctx, r.events[i:i+1]); err != nil {
			return committed{}, err
		}
	}
	var out committed
	var failed error
	var mu sync.Mutex
	var work sync.WaitGroup
	begin := make(chan struct{})
	for range writers {
		events := make([]journal.Event, each)
		for i := range events {
			if events[i], err = r.release(); err != nil {
				return committed{}, err
			}
		}
		work.Go(func() {
			<-begin
			var durable, signed sample
			var err error
			for i := 0; i < each && err == nil; i++ {
				begun := time.Now()
				var size int64
				if size, err = b.do(ctx, events[i:i+1]); err != nil {
					break
				}
				durable = append(durable, time.Since(begun))
				if logged {
					err = b.signed.await(ctx, size)
					signed = append(signed, time.Since(begun))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			out.durable, out.signed = append(out.durable, durable...), append(out.signed, signed...)
			if err != nil {
				failed = err
			}
		})
	}
	close(begin)
	work.Wait()
	return out, failed
}

// bench is a journal with or without a log.
type bench struct {
	ledger *journal.Ledger
	scribe *publiclog.Scribe // nil without
	tree   *publiclog.Tree
	signed *progress
	undo   []func()
}

func openCommits(ctx context.Context, logged bool) (_ *bench, err error) {
	b := &bench{signed: &progress{grown: make(chan struct{})}}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	b.undo = append(b.undo, func() { os.RemoveAll(dir) })
	driver, err := engine.Open(engine.Options{Dir: filepath.Join(dir, "journal"), Name: "bench", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	b.undo = append(b.undo, func() { driver.Close() })
	j, err := jetstream.Open(ctx, driver.JetStream, jetstream.Options{})
	if err != nil {
		return nil, err
	}
	directory := operator.NewDirectory()
	if !logged {
		b.ledger = journal.NewLedger(j, journal.Projections{directory}, time.Now)
		return b, nil
	}
	if b.scribe, b.tree, err = scribe(directory); err != nil {
		return nil, err
	}
	b.ledger = journal.NewLedger(j, journal.Projections{directory, b.scribe}, time.Now)
	states, err := natsbus.Open(ctx, natsbus.Options{Conn: driver.Conn, JetStream: driver.JetStream})
	if err != nil {
		return nil, err
	}
	stateFile := filepath.Join(dir, "signed")
	key, err := signer.Create(logOrigin, filepath.Join(dir, "key"), stateFile)
	if err != nil {
		return nil, err
	}
	by, err := signer.Open(key, stateFile, time.Now)
	if err != nil {
		return nil, err
	}
	b.undo = append(b.undo, func() { by.Close() })
	return b, b.keep(ctx, publiclog.KeeperOptions{
		Journal: j, Tree: b.tree, Signer: measured{by, b.signed}, Bus: states, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Trust: func(keys []string) (*tlog.Trust, error) {
			_, trust, err := logTrust(keys)
			return trust, err
		},
	})
}

func logTrust(keys []string) ([]byte, *tlog.Trust, error) {
	return publiclog.TrustOptions{Authority: brandenburg, Operator: brandenburg.ID, Origin: logOrigin, Issued: time.Now()}.Trust(keys)
}

// keep runs the keeper until the bench is closed.
func (b *bench) keep(ctx context.Context, o publiclog.KeeperOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- publiclog.NewKeeper(o).Run(ctx, func() { close(ready) }) }()
	b.undo = append(b.undo, func() { cancel(); <-ended })
	select {
	case <-ready:
		return nil
	case err := <-ended:
		ended <- err
		return err
	}
}

func (b *bench) close() {
	for _, undo := range slices.Backward(b.undo) {
		undo()
	}
}

// do records events, with their leaves where there is a log, and gives the size
// of the log that has them.
func (b *bench) do(ctx context.Context, events []journal.Event) (size int64, err error) {
	_, err = b.ledger.Do(ctx, "bench", func(now time.Time, _ uint64) ([]journal.Event, error) {
		if b.scribe == nil {
			return events, nil
		}
		return b.scribe.Complete(events, now)
	})
	if b.tree != nil {
		size = b.tree.Size() // that or more
	}
	return size, err
}

// measured says what a signer has signed.
type measured struct {
	publiclog.Signer
	progress *progress
}

// Sign implements publiclog.Signer.
func (m measured) Sign(ctx context.Context, p publiclog.Proposal) ([]byte, error) {
	signed, err := m.Signer.Sign(ctx, p)
	if err == nil {
		m.progress.reach(p.Tree.Size)
	}
	return signed, err
}

// progress is the size of the newest tree that was signed.
type progress struct {
	mu    sync.Mutex
	size  int64
	grown chan struct{} // closed and replaced when it grows
}

func (p *progress) reach(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = size
	close(p.grown)
	p.grown = make(chan struct{})
}

func (p *progress) await(ctx context.Context, size int64) error {
	for {
		p.mu.Lock()
		reached, grown := p.size, p.grown
		p.mu.Unlock()
		if reached >= size {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
