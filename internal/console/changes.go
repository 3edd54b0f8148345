// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"slices"
	"sync"
)

// changes tells those who watch what has changed since they last looked. It
// keeps, per watcher, one set of what changed and not a queue, so that a slow
// one costs no memory.
type changes struct {
	mu       sync.Mutex
	watchers map[*watcher]struct{}
}

// watcher is one who watches. wake has a value when there is something to take.
type watcher struct {
	wake    chan struct{}
	pending pending
}

// pending is what changed since the watcher last looked.
type pending struct {
	// seq is the newest journal record, zero for none.
	seq      uint64
	warnings map[string][]string
	sirens   map[string]struct{}
}

func newChanges() *changes { return &changes{watchers: map[*watcher]struct{}{}} }

// watch begins to watch; stop ends it.
func (c *changes) watch() (w *watcher, stop func()) {
	w = &watcher{wake: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers[w] = struct{}{}
	return w, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, w)
	}
}

// take gives what changed and forgets it.
func (c *changes) take(w *watcher) pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := w.pending
	w.pending = pending{}
	return taken
}

func (c *changes) record(seq uint64) {
	c.each(func(p *pending) { p.seq = seq })
}

func (c *changes) warning(id, event string) {
	c.each(func(p *pending) {
		if p.warnings == nil {
			p.warnings = map[string][]string{}
		}
		if !slices.Contains(p.warnings[id], event) {
			p.warnings[id] = append(p.warnings[id], event)
		}
	})
}

func (c *changes) siren(id string) {
	c.each(func(p *pending) {
		if p.sirens == nil {
			p.sirens = map[string]struct{}{}
		}
		p.sirens[id] = struct{}{}
	})
}

func (c *changes) each(note func(*pending)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for w := range c.watchers {
		note(&w.pending)
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}
