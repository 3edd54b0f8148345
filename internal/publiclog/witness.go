// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/tlog"
)

// collect asks the witnesses about each new checkpoint, the newest when there
// are several, until the context ends.
func (k *Keeper) collect(ctx context.Context) {
	if k.o.Witnesses == nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.asked:
		}
		k.mu.Lock()
		checkpoint, tree := k.state.Checkpoint, k.last
		k.mu.Unlock()
		round, cancel := context.WithTimeout(ctx, collectFor)
		k.o.Witnesses.Collect(round, checkpoint, func(from int64) ([]merkle.Hash, error) {
			return k.o.Tree.Consistency(from, tree.Size)
		}, func(lines []byte) {
			if k.cosigned(tree, checkpoint, lines) {
				k.publish(ctx)
			}
		})
		cancel()
		k.missing(tree)
		k.publish(ctx)
	}
}

// cosigned adds the lines of witnesses in the trust file to a checkpoint, and
// reports whether that told anything new. The checkpoint may no longer be the
// newest; then it counts if it is the first that the quorum has seen.
func (k *Keeper) cosigned(tree tlog.Tree, checkpoint, lines []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	base := checkpoint
	if under, err := tlog.UnsignedCheckpoint(k.state.Checkpoint); err == nil && under == tree {
		base = k.state.Checkpoint
	}
	cosigned := Cosign(base, lines, k.trust)
	if bytes.Equal(cosigned, base) {
		return false
	}
	if k.last == tree {
		k.state.Checkpoint = cosigned
	}
	if quorum(k.trust, cosigned, k.o.Now()) && !k.older(tree) {
		k.state.Witnessed = cosigned
		if k.state.Trouble == TroubleUnwitnessed {
			k.settle("", nil)
		}
	}
	return true
}

func quorum(trust *tlog.Trust, checkpoint []byte, now time.Time) bool {
	_, met := trust.Witnessed(checkpoint, now)
	return met
}

// older reports whether a larger tree than this was witnessed. It is called
// with mu held.
func (k *Keeper) older(tree tlog.Tree) bool {
	witnessed, err := tlog.UnsignedCheckpoint(k.state.Witnessed)
	return err == nil && witnessed.Origin == tree.Origin && witnessed.Size > tree.Size
}

// missing takes note of witnesses that were silent for too long.
func (k *Keeper) missing(tree tlog.Tree) {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, log, ok := k.trust.Log(tree.Origin)
	if !ok || log.Quorum == nil || quorum(k.trust, k.state.Checkpoint, k.o.Now()) {
		k.pending = time.Time{}
		return
	}
	if k.pending.IsZero() {
		k.pending = k.o.Now()
	}
	if k.state.Trouble == "" && k.o.Now().Sub(k.pending) >= patience {
		k.settle(TroubleUnwitnessed, errors.New("too few witnesses have cosigned"))
	}
}

// Cosign gives a checkpoint with the cosignatures of a note that are by witnesses
// of the trust file and hold, in place of older ones by the same keys. lines may
// be a signed note or signature lines alone; lines of others are left out.
func Cosign(checkpoint, lines []byte, trust *tlog.Trust) []byte {
	_, err := note.Open(checkpoint, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return checkpoint
	}
	n := unverified.Note
	if _, signatures, whole := bytes.Cut(lines, []byte("\n\n")); whole {
		lines = signatures
	}
	for _, w := range trust.Witnesses {
		key := w.Verifier()
		if key == nil {
			continue // of an algorithm that we cannot check
		}
		for line := range strings.Lines(string(lines)) {
			signed, err := note.Open([]byte(n.Text+"\n"+line), note.VerifierList(key))
			if err != nil {
				continue
			}
			n.UnverifiedSigs = slices.DeleteFunc(n.UnverifiedSigs, func(s note.Signature) bool {
				return s.Name == key.Name() && s.Hash == key.KeyHash()
			})
			n.UnverifiedSigs = append(n.UnverifiedSigs, signed.Sigs[0])
		}
	}
	cosigned, err := note.Sign(n)
	if err != nil {
		return checkpoint
	}
	return cosigned
}
