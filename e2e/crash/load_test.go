// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package crash

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"

	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/node/nodetest"
)

// writers is how many write warnings at a time.
const writers = 4

// work engages two people with new keys, which is in the log too, and has them
// ask for warnings and release them, as fast as the node takes them. It says when
// it begins and what was acknowledged.
func work(ctx context.Context, n *node.Node) error {
	var random [4]byte
	rand.Read(random[:])
	desk, err := nodetest.Open(ctx, n, "p"+hex.EncodeToString(random[:])+"-")
	if err != nil {
		return err
	}
	say(saysReady)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for ctx.Err() == nil {
				_, release, err := desk.Request(ctx, nodetest.Flood("12054"))
				if err == nil {
					err = desk.Release(ctx, release)
				}
				if err != nil {
					cancel(err)
					return
				}
				say(saysReleased, release.Identifier)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
