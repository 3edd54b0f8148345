// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	// refresh is how often a checkpoint is signed when nothing happens, so that
	// none is older than a minute.
	refresh = 55 * time.Second
	// patience is how long the log may go without a signature, or a checkpoint
	// without its witnesses, before people hear of it.
	patience = time.Minute
	// retry is the pause after a signature that failed.
	retry = time.Second
	// scrubEvery is how often everything is read again.
	scrubEvery = 24 * time.Hour
	// collectFor bounds one round of the witnesses.
	collectFor = 20 * time.Second
	// lag is how long the tree may take to follow the journal.
	lag = 10 * time.Second
)

// KeeperOptions are what a keeper needs; Witnesses and Issuer may be nil, all else
// is required.
type KeeperOptions struct {
	Journal journal.Journal
	// Tree is folded by somebody else from the same journal: the core's, from
	// what it decided. Its root is compared with the keeper's own.
	Tree      *Tree
	Signer    Signer
	Witnesses Witnesses
	// Issuer vouches for messages while the signer cannot be reached.
	Issuer *Issuer
	// Trust says which witnesses count; it has the log and its keys.
	Trust  func(keys []string) (*tlog.Trust, error)
	Bus    bus.Bus
	Now    func() time.Time
	Logger *slog.Logger
}

// Keeper has checkpoints signed and says how the log stands. It belongs to the
// core's process.
type Keeper struct {
	o KeeperOptions
	// Of the signing goroutine: whether the signer has said what it signed last,
	// and the log's size when messages were last stated.
	met    bool
	stated int64

	telling sync.Mutex // so that no older state follows a newer one

	mu    sync.Mutex
	trust *tlog.Trust
	// own is the tree as the keeper computes it, from what it reads back of the
	// journal; grown is closed and replaced when it grows.
	own    tlog.Range
	origin string
	grown  chan struct{}
	state  State
	last   tlog.Tree // what State.Checkpoint is of
	asked  chan struct{}
	// broken is set once the roots differ.
	broken bool
	// failed is since when signatures fail, pending since when checkpoints lack
	// their quorum; zero while it is not so.
	failed, pending time.Time
}

// NewKeeper makes a keeper.
func NewKeeper(o KeeperOptions) *Keeper {
	k := &Keeper{o: o, grown: make(chan struct{}), asked: make(chan struct{}, 1)}
	if o.Issuer != nil {
		k.state.IssuerKeys = []string{o.Issuer.Public()}
	}
	return k
}

// Run keeps the log until the context ends. It calls ready when it follows the
// journal; signing begins then. It returns early only when the journal can no
// longer be followed.
func (k *Keeper) Run(ctx context.Context, ready func()) error {
	after, err := k.catchUp(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		if err := k.o.Journal.Watch(ctx, after, k.read); err != nil && ctx.Err() == nil {
			cancel(fmt.Errorf("public log cannot follow the journal: %w", err))
		}
	})
	work.Go(func() { k.collect(ctx) })
	work.Go(func() { k.scrubs(ctx) })
	ready()
	k.sign(ctx)
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

func (k *Keeper) catchUp(ctx context.Context) (uint64, error) {
	const batch = 1000
	for after := uint64(0); ; {
		records, err := k.o.Journal.Read(ctx, after, batch)
		if err != nil {
			return 0, fmt.Errorf("public log reads the journal: %w", err)
		}
		for _, r := range records {
			if err := k.read(r); err != nil {
				return 0, err
			}
			after = r.Seq
		}
		if len(records) < batch {
			return after, nil
		}
	}
}

// read takes the leaves of a record into the keeper's own tree.
func (k *Keeper) read(r journal.Record) error {
	raw, err := leaves(r)
	if err != nil || len(raw) == 0 {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, entry := range raw {
		if err := extend(&k.own, &k.origin, entry); err != nil {
			return err
		}
	}
	close(k.grown)
	k.grown = make(chan struct{})
	return nil
}

// extend adds an entry to a tree, or begins a new one.
func extend(own *tlog.Range, origin *string, entry []byte) error {
	l, err := tlog.ParseLeaf(entry)
	if err != nil {
		return fmt.Errorf("public log: %w", err)
	}
	if l.Kind == tlog.KindFirst {
		*own, *origin = tlog.Range{}, l.Origin
	}
	own.Append(merkle.RecordHash(entry))
	return nil
}

// seen gives the keeper's own tree and the channel that tells when it grows.
func (k *Keeper) seen() (tlog.Tree, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return tlog.Tree{Origin: k.origin, Size: k.own.Size, Root: k.own.Root()}, k.grown
}

// sign has every tree signed at once, and the newest again when a minute is over.
func (k *Keeper) sign(ctx context.Context) {
	var due time.Time
	for ctx.Err() == nil {
		tree, grown := k.seen()
		if tree.Size > 0 && (tree != k.lastTree() || !k.o.Now().Before(due)) {
			err := k.signTree(ctx, tree)
			due = k.o.Now().Add(refresh)
			if err != nil && ctx.Err() == nil {
				due = k.o.Now().Add(retry)
				k.trouble(err)
				k.issue(ctx, err)
				k.o.Logger.LogAttrs(ctx, slog.LevelError, "checkpoint not signed", slog.Int64("size", tree.Size), slog.Any("error", err))
				grown = nil // not faster than the retry
			}
			k.publish(ctx)
		}
		select {
		case <-ctx.Done():
		case <-grown:
		case <-time.After(max(due.Sub(k.o.Now()), 10*time.Millisecond)):
		}
	}
}

func (k *Keeper) lastTree() tlog.Tree {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last
}

// errRoot: two computations of one root differ.
var errRoot = errors.New("two computations of the log's root differ")

// signTree compares the tree with the one that was computed elsewhere, and has
// it signed.
func (k *Keeper) signTree(ctx context.Context, tree tlog.Tree) error {
	if k.stopped() {
		return errRoot
	}
	if err := k.meet(ctx); err != nil {
		return err
	}
	if err := k.compare(ctx, tree); err != nil {
		return err
	}
	before := k.lastTree()
	if before.Origin != tree.Origin {
		return fmt.Errorf("%w: its keys are those of the log %s, not %s", ErrRefused, before.Origin, tree.Origin)
	}
	if before.Size > tree.Size {
		return fmt.Errorf("%w: it has signed a log of %d entries, the journal has %d", ErrRefused, before.Size, tree.Size)
	}
	consistency, err := k.o.Tree.Consistency(before.Size, tree.Size)
	if err != nil {
		return err
	}
	signed, err := k.o.Signer.Sign(ctx, Proposal{Tree: tree, Consistency: consistency})
	if err != nil {
		k.met = false // it may have signed, and the answer is lost
		return err
	}
	return k.take(signed, k.o.Now())
}

func (k *Keeper) stopped() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.broken
}

// meet asks a signer that is new to us for its keys and for what it signed last.
func (k *Keeper) meet(ctx context.Context) error {
	if k.met {
		return nil
	}
	keys, err := k.o.Signer.Keys(ctx)
	if err != nil {
		return err
	}
	last, err := k.o.Signer.Last(ctx)
	if err != nil {
		return err
	}
	trust, err := k.o.Trust(keys)
	if err != nil {
		return err
	}
	tree, err := tlog.UnsignedCheckpoint(last)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.met, k.trust = true, trust
	k.state.Origin, k.state.Keys, k.last = tree.Origin, keys, tree
	if tree.Size > 0 {
		k.state.Checkpoint = last
	}
	return nil
}

// compare waits until the tree of the core has come as far, and holds its root
// to ours.
func (k *Keeper) compare(ctx context.Context, tree tlog.Tree) error {
	late := time.NewTimer(lag)
	defer late.Stop()
	for {
		size, grown := k.o.Tree.Changed()
		if size >= tree.Size && k.o.Tree.Origin() == tree.Origin {
			break
		}
		select {
		case <-grown:
		case <-late.C:
			return fmt.Errorf("the core has %d entries, the journal %d", size, tree.Size)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	theirs, err := k.o.Tree.At(tree.Size)
	if err == nil && theirs != tree {
		err = fmt.Errorf("%w: of %d entries it is %s and %s", errRoot, tree.Size, theirs.Root, tree.Root)
	}
	return err
}

// take keeps a checkpoint that was signed.
func (k *Keeper) take(signed []byte, now time.Time) error {
	tree, err := tlog.UnsignedCheckpoint(signed)
	if err != nil {
		return fmt.Errorf("the signer answers with something else: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.Checkpoint, k.state.Signed, k.last = signed, now.UTC(), tree
	k.stated = 0
	k.state.Statements = slices.DeleteFunc(k.state.Statements, func(s Statement) bool { return s.Index < tree.Size })
	k.failed = time.Time{}
	if k.state.Trouble != TroubleUnwitnessed {
		k.settle("", nil)
	}
	select {
	case k.asked <- struct{}{}:
	default:
	}
	return nil
}

// trouble takes note of why a tree is not signed.
func (k *Keeper) trouble(err error) {
	now := k.o.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed.IsZero() {
		k.failed = now
	}
	switch {
	case errors.Is(err, errRoot):
		k.broken = true
		k.settle(TroubleRoot, err)
	case errors.Is(err, ErrRefused):
		k.settle(TroubleRefused, err)
	case now.Sub(k.failed) >= patience || !k.state.Signed.IsZero() && now.Sub(k.state.Signed) >= patience:
		k.settle(TroubleStuck, err)
	}
}

// settle sets the trouble, and since when. It is called with mu held.
func (k *Keeper) settle(trouble Trouble, err error) {
	if k.state.Trouble == TroubleRoot {
		return // for good
	}
	if k.state.Trouble != trouble {
		k.state.Since = k.o.Now().UTC()
	}
	k.state.Trouble, k.state.Detail = trouble, ""
	if err != nil {
		k.state.Detail = err.Error()
	}
	if trouble == "" {
		k.state.Since = time.Time{}
	}
}

// publish tells the other roles how the log stands.
func (k *Keeper) publish(ctx context.Context) {
	k.telling.Lock()
	defer k.telling.Unlock()
	k.mu.Lock()
	data, err := json.Marshal(k.state)
	k.mu.Unlock()
	if err == nil {
		err = k.o.Bus.PutState(ctx, Subject, data)
	}
	if err != nil && ctx.Err() == nil {
		k.o.Logger.LogAttrs(ctx, slog.LevelError, "state of the public log not published", slog.Any("error", err))
	}
}
