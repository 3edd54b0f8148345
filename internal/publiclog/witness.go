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

// askAgain is when witnesses are asked again of whom too few answered.
const askAgain = 5 * time.Second

// collect asks the witnesses about each new checkpoint, the newest when there
// are several, until the context ends.
func (k *Keeper) collect(ctx context.Context) {
	if k.o.Witnesses == nil {
		return
	}
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.asked:
		case <-again:
		}
		met := k.round(ctx)
		k.witnessed(met)
		k.publish(ctx)
		if again = nil; !met {
			again = time.After(askAgain)
		}
	}
}

// round asks the witnesses about the newest checkpoint, and reports whether its
// quorum has cosigned, or it has none.
func (k *Keeper) round(ctx context.Context) (met bool) {
	k.mu.Lock()
	cosigned, tree, signed := k.state.Checkpoint, k.last, k.state.Signed
	_, log, _ := k.trust.Log(tree.Origin)
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, collectFor)
	defer cancel()
	k.o.Witnesses.Collect(ctx, cosigned, func(from int64) ([]merkle.Hash, error) {
		return k.o.Tree.Consistency(from, tree.Size)
	}, func(lines []byte) {
		cosigned = Cosign(cosigned, lines, k.trust)
		_, met = k.trust.Witnessed(cosigned, k.o.Now())
		k.cosigned(tree, cosigned, lines, met, signed)
		k.publish(ctx)
	})
	return met || log == nil || log.Quorum == nil
}

// cosigned keeps the cosignatures of a checkpoint that was signed at that time.
// It may no longer be the newest; then it counts if no larger one was witnessed.
func (k *Keeper) cosigned(tree tlog.Tree, cosigned, lines []byte, met bool, signed time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last == tree {
		k.state.Checkpoint = Cosign(k.state.Checkpoint, lines, k.trust)
	}
	if before, err := tlog.UnsignedCheckpoint(k.state.Witnessed); met && (err != nil || before.Origin != tree.Origin || before.Size <= tree.Size) {
		k.state.Witnessed, k.state.WitnessedAt = cosigned, signed
	}
}

// witnessed takes note of whether enough witnesses cosigned in a round.
func (k *Keeper) witnessed(met bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case met:
		k.pending = time.Time{}
		if k.state.Trouble == TroubleUnwitnessed {
			k.settle("", nil)
		}
	case k.pending.IsZero():
		k.pending = k.o.Now()
	case k.state.Trouble == "" && k.o.Now().Sub(k.pending) >= patience:
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
