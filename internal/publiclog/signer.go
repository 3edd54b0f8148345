// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"context"
	"errors"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/tlog"
)

// Signer holds the log's keys and signs its checkpoints. It never signs two
// roots for one size, a smaller tree, or one that does not go on from the last
// that it signed: what it signed is durable before the signature leaves it. So
// it does not believe whoever asks, whose journal may come from an old backup.
// Package signer has one in the process and one behind a socket; another may sit
// on a hardware module, as long as the memory of what was signed sits with it.
type Signer interface {
	// Keys are the log's public keys, in the form of C2SP signed-note.
	Keys(ctx context.Context) ([]string, error)
	// Last is the newest checkpoint that was signed. That of an empty tree says
	// that nothing was.
	Last(ctx context.Context) ([]byte, error)
	// Sign gives the signed checkpoint of a tree, with the signer's own word for
	// the time. A tree may be signed again. Errors that are ErrRefused will not go
	// away by themselves.
	Sign(ctx context.Context, p Proposal) ([]byte, error)
}

// Proposal is a tree to sign.
type Proposal struct {
	Tree tlog.Tree
	// Consistency leads from the last tree that was signed to this one.
	Consistency []merkle.Hash
}

// ErrRefused is the error of a signer that must not sign.
var ErrRefused = errors.New("the signer refuses")

// Witnesses ask others to cosign. docs/formats/log.md says what a cosignature is.
type Witnesses interface {
	// Collect asks every witness to cosign a signed checkpoint, and hands on each
	// note with one or more cosignature lines as it arrives, in any form that
	// Cosign takes. It returns when all have answered or the context ends. It is
	// called by one goroutine at a time, after the checkpoint was published;
	// nothing waits for it but the next call. consistency gives the hashes that
	// lead from the tree that a witness saw last to this one.
	Collect(ctx context.Context, checkpoint []byte, consistency func(from int64) ([]merkle.Hash, error), yield func(lines []byte))
}
