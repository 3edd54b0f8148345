// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/tlog"
)

// mostStatements is how many statements are given out, those of the newest
// messages. A leaf has at most tlog.MaxLeaf bytes.
const mostStatements = 256

// Statement is the node's own word for a message that no checkpoint covers yet
// (grade C; docs/formats/proof.md).
type Statement struct {
	// Index is the place of the message's leaf.
	Index int64 `json:"index"`
	// Note is the leaf as a signed note.
	Note string `json:"note"`
}

// Issuer signs leaves while the log's signer cannot be reached. Its key is not
// the log's: it lies where the node runs, and so proves less.
type Issuer struct {
	signer note.Signer
	public string
}

// NewIssuer makes the issuer of a key. The name is without blanks and plus signs.
func NewIssuer(name string, key ed25519.PrivateKey) (*Issuer, error) {
	public, err := note.NewEd25519VerifierKey(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("issuer key %q: %w", name, err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return nil, fmt.Errorf("issuer key %q: %w", name, err)
	}
	const algorithm = 1 // Ed25519, as x/mod writes it before the seed
	seed := base64.StdEncoding.EncodeToString(append([]byte{algorithm}, key.Seed()...))
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, verifier.KeyHash(), seed))
	if err != nil {
		return nil, fmt.Errorf("issuer key %q: %w", name, err)
	}
	return &Issuer{signer, public}, nil
}

// Public is the public key in the form of C2SP signed-note.
func (i *Issuer) Public() string { return i.public }

// State gives a leaf as a signed note.
func (i *Issuer) State(leaf []byte) (string, error) {
	signed, err := note.Sign(&note.Note{Text: string(leaf)}, i.signer)
	if err != nil {
		return "", fmt.Errorf("state leaf: %w", err)
	}
	return string(signed), nil
}

// issue states the messages that no checkpoint covers, since a signature failed.
// Where the signer refuses or the roots differ, the journal itself is in doubt,
// and nothing is stated. It is called by the signing goroutine alone.
func (k *Keeper) issue(ctx context.Context, failure error) {
	if k.o.Issuer == nil {
		return
	}
	size := k.o.Tree.Size()
	var stated []Statement
	if doubtful := errors.Is(failure, ErrRefused) || errors.Is(failure, errRoot); !doubtful {
		if size == k.stated {
			return
		}
		for index := size - 1; index >= k.lastTree().Size && len(stated) < mostStatements; index-- {
			entry := k.o.Tree.Entry(index)
			if l, err := tlog.ParseLeaf(entry); err != nil || !l.Kind.Carries() {
				continue
			}
			signed, err := k.o.Issuer.State(entry)
			if err != nil {
				k.o.Logger.LogAttrs(ctx, slog.LevelError, "message not stated", slog.Int64("index", index), slog.Any("error", err))
				continue
			}
			stated = append(stated, Statement{index, signed})
		}
		slices.Reverse(stated)
	}
	k.stated = size
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.Statements = stated
}
