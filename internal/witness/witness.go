// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package witness cosigns the checkpoints of public logs for those who cannot
// watch the logs themselves (C2SP tlog-witness): Witness answers, Client asks.
// A witness vouches for one thing only, that the tree it cosigns goes on from
// the one that it cosigned before.
package witness

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Options are what a witness needs; all fields are required.
type Options struct {
	// Dir is the directory that Create made. No other process may use it.
	Dir string
	// Logs are the keys of the logs to cosign for, by their origins, in the form
	// of C2SP signed-note. Keys for cosignatures among them are passed over.
	Logs   map[string][]string
	Now    func() time.Time
	Logger *slog.Logger
}

// Witness is one in operation.
type Witness struct {
	key    Key
	dir    *directory
	now    func() time.Time
	logger *slog.Logger
	logs   map[string]*log
}

// log is what a witness knows of one log. The mutex is held from the comparison
// with the newest tree until the new one is durable.
type log struct {
	keys []note.Verifier

	mu     sync.Mutex
	newest tlog.Tree
	signed []byte // the checkpoint of newest; nil before the first
}

// Open takes up the key and what was cosigned before.
func Open(o Options) (*Witness, error) {
	dir, err := openDirectory(o.Dir)
	if err != nil {
		return nil, err
	}
	w := &Witness{dir: dir, now: o.Now, logger: o.Logger, logs: map[string]*log{}}
	if w.key, err = dir.key(); err == nil {
		for origin, keys := range o.Logs {
			if w.logs[origin], err = w.openLog(origin, keys); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, dir.close())
	}
	return w, nil
}

// Close lets go of the directory.
func (w *Witness) Close() error { return w.dir.close() }

// Keys are the public keys that cosign, in the form of C2SP signed-note.
func (w *Witness) Keys() []string { return w.key.Public() }

func (w *Witness) openLog(origin string, keys []string) (*log, error) {
	l := &log{newest: tlog.Tree{Origin: origin, Root: (&tlog.Range{}).Root()}}
	for _, key := range keys {
		verifier, err := note.NewVerifier(key)
		if err == nil {
			l.keys = append(l.keys, verifier)
		}
	}
	if len(l.keys) == 0 {
		return nil, problem.New(problem.Invalid, fmt.Sprintf("The log %s has no key for notes (Ed25519).", origin), "Name its key in the form NAME+HASH+KEY, as in its trust file.")
	}
	raw, err := w.dir.newest(origin)
	if err != nil || raw == nil {
		return l, err
	}
	if l.newest, err = tlog.UnsignedCheckpoint(raw); err != nil || l.newest.Origin != origin {
		return nil, problem.Wrap(err, problem.Conflict, fmt.Sprintf("What was cosigned last for %s cannot be read any more.", origin),
			"Do not remove the file: without it the witness could cosign a fork. docs/runbooks/witness.md says what to do.")
	}
	l.signed = raw
	return l, nil
}

// The reasons for which a checkpoint is not cosigned.
var (
	errUnknown  = errors.New("this witness does not follow that log")
	errUnsigned = errors.New("no key of the log signed the checkpoint")
	errRange    = errors.New("the old size is larger than the new one")
	errFork     = errors.New("another root was cosigned for that size")
	errProof    = errors.New("the proof does not lead from the tree that was cosigned last to this one")
)

// sizeError says that another tree was cosigned last than the log thinks.
type sizeError struct{ size int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("the tree that was cosigned last has %d entries", e.size)
}

// add cosigns a checkpoint, if all is well with it, and gives the signature
// lines. What it cosigns is durable before it returns.
func (w *Witness) add(r request) ([]byte, error) {
	claimed, err := tlog.UnsignedCheckpoint(r.checkpoint)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	l, ok := w.logs[claimed.Origin]
	if !ok {
		return nil, errUnknown
	}
	tree, err := tlog.OpenCheckpoint(r.checkpoint, l.keys...)
	if err != nil {
		return nil, errUnsigned
	}
	if r.old > tree.Size {
		return nil, errRange
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.signed != nil && tree.Size == l.newest.Size && tree.Root != l.newest.Root {
		w.fork(l, r.checkpoint)
	}
	if err := l.follows(tree, r); err != nil {
		return nil, err
	}
	if l.signed == nil || tree != l.newest {
		if err := w.dir.keep(tree.Origin, r.checkpoint); err != nil {
			return nil, fmt.Errorf("keep what is cosigned: %w", err)
		}
		l.newest, l.signed = tree, r.checkpoint
	}
	return w.key.cosign(tree, w.now())
}

// follows reports whether a tree goes on from the newest one.
func (l *log) follows(tree tlog.Tree, r request) error {
	empty := (&tlog.Range{}).Root()
	switch {
	case r.old != l.newest.Size:
		return &sizeError{l.newest.Size}
	case tree.Size == r.old && tree.Root != l.newest.Root && l.signed != nil:
		return errFork
	case tree.Size == 0 && tree.Root != empty, (tree.Size == r.old || r.old == 0) && len(r.proof) > 0:
		return errProof
	case tree.Size == r.old, r.old == 0:
		return nil
	}
	if err := merkle.CheckTree(r.proof, tree.Size, tree.Root, l.newest.Size, l.newest.Root); err != nil {
		return errProof
	}
	return nil
}

// fork keeps the evidence of a log that signed two roots for one size. It is
// called with the log's mutex held.
func (w *Witness) fork(l *log, other []byte) {
	path, err := w.dir.evidence(l.newest.Origin, l.signed, other)
	w.logger.Error("a log has signed two histories", slog.String("origin", l.newest.Origin), slog.Int64("size", l.newest.Size),
		slog.String("evidence", path), slog.Any("error", err))
}
