// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"context"
	"slices"
	"sync"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

// queue lets one at a time use a transmitter, higher priorities first and equal
// ones in the order in which they came.
type queue struct {
	mu      sync.Mutex
	busy    bool
	waiting []*turn
}

type turn struct {
	priority route.Priority
	ready    chan struct{}
}

// acquire waits for the transmitter; release gives it to the next.
func (q *queue) acquire(ctx context.Context, priority route.Priority) (release func(), err error) {
	q.mu.Lock()
	if !q.busy {
		q.busy = true
		q.mu.Unlock()
		return q.release, nil
	}
	t := &turn{priority, make(chan struct{})}
	at := slices.IndexFunc(q.waiting, func(other *turn) bool { return other.priority < priority })
	if at < 0 {
		at = len(q.waiting)
	}
	q.waiting = slices.Insert(q.waiting, at, t)
	q.mu.Unlock()
	select {
	case <-t.ready:
		return q.release, nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	at = slices.Index(q.waiting, t)
	if at >= 0 {
		q.waiting = slices.Delete(q.waiting, at, at+1)
	}
	q.mu.Unlock()
	if at < 0 {
		q.release() // the turn came while it was given up
	}
	return nil, ctx.Err()
}

func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.busy = false
		return
	}
	close(q.waiting[0].ready)
	q.waiting = q.waiting[1:]
}

// single carries out one call in its turn, for what takes one at a time.
func (q *queue) single(ctx context.Context, priority route.Priority, next func(most int) []siren.Call, carryOut func(siren.Call) error) []error {
	release, err := q.acquire(ctx, priority)
	if err != nil {
		return nil
	}
	defer release()
	calls := next(1)
	if len(calls) == 0 {
		return nil
	}
	return all(len(calls), carryOut(calls[0]))
}
