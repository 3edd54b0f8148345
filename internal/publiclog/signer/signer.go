// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package signer holds the keys of a public log and signs its checkpoints: in
// the node's own process (Local), or in one of its own behind a unix socket
// (Serve, Dial).
package signer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Local is a signer in this process.
type Local struct {
	key   Key
	note  note.Signer
	check note.Verifier
	now   func() time.Time

	mu    sync.Mutex
	state *state
	last  []byte    // the newest checkpoint that was signed
	tree  tlog.Tree // of last
}

var _ publiclog.Signer = (*Local)(nil)

// Open takes up a key with the state that belongs to it. The state is locked
// until Close.
func Open(key Key, stateFile string, now func() time.Time) (*Local, error) {
	l := &Local{key: key, now: now}
	var err error
	if l.note, l.check, err = key.note(); err != nil {
		return nil, err
	}
	if l.state, l.last, err = openState(stateFile); err != nil {
		return nil, err
	}
	if l.tree, err = tlog.OpenCheckpoint(l.last, l.check); err != nil || l.tree.Origin != key.Origin {
		_ = l.state.close() // nothing was changed
		return nil, problem.Wrap(err, problem.Conflict, fmt.Sprintf("The signer's state %s does not belong to the key of %s.", stateFile, key.Origin),
			"Bring back the state file that was last beside this key; docs/runbooks/log-signer.md says what to do when it is lost.")
	}
	return l, nil
}

// Close lets go of the state.
func (l *Local) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.close()
}

// Keys implements publiclog.Signer.
func (l *Local) Keys(context.Context) ([]string, error) { return l.key.Public(), nil }

// Last implements publiclog.Signer.
func (l *Local) Last(context.Context) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last, nil
}

// Sign implements publiclog.Signer.
func (l *Local) Sign(_ context.Context, p publiclog.Proposal) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.follows(p); err != nil {
		return nil, err
	}
	signed, err := l.sign(p.Tree)
	if err != nil {
		return nil, err
	}
	if err := l.state.keep(signed); err != nil {
		return nil, fmt.Errorf("keep what is signed: %w", err)
	}
	l.last, l.tree = signed, p.Tree
	return signed, nil
}

// follows refuses every tree but the last one and those that go on from it.
func (l *Local) follows(p publiclog.Proposal) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", publiclog.ErrRefused, fmt.Sprintf(format, args...))
	}
	switch {
	case p.Tree.Origin != l.tree.Origin:
		return refuse("its keys are those of the log %s, not %s", l.tree.Origin, p.Tree.Origin)
	case p.Tree.Size < l.tree.Size:
		return refuse("it has signed a log of %d entries, this one has %d", l.tree.Size, p.Tree.Size)
	case p.Tree.Size == l.tree.Size && p.Tree.Root != l.tree.Root:
		return refuse("of %d entries it has signed the root %s, not %s", l.tree.Size, l.tree.Root, p.Tree.Root)
	case p.Tree.Size == l.tree.Size || l.tree.Size == 0:
		return nil
	}
	if err := merkle.CheckTree(p.Consistency, p.Tree.Size, p.Tree.Root, l.tree.Size, l.tree.Root); err != nil {
		return refuse("the log of %d entries does not go on from the %d that it has signed: %v", p.Tree.Size, l.tree.Size, err)
	}
	return nil
}

func (l *Local) sign(t tlog.Tree) ([]byte, error) {
	clock, err := tlog.NewCosigner(l.key.Origin, l.key.clock, l.now())
	if err != nil {
		return nil, err
	}
	signed, err := tlog.SignCheckpoint(t, l.note, clock)
	if err != nil {
		return nil, err
	}
	// A module that signs wrongly is found here, and not by those who verify.
	public, err := tlog.NewVerifier(l.key.Public()[1])
	if err != nil {
		return nil, err
	}
	if _, err := tlog.OpenCheckpoint(signed, l.check); err != nil {
		return nil, fmt.Errorf("the log's key signs wrongly: %w", err)
	}
	if len(tlog.Cosignatures(signed, public)) == 0 {
		return nil, errors.New("the log's second key signs wrongly")
	}
	return signed, nil
}
