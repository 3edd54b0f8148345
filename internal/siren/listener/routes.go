// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package listener

import (
	"slices"
	"strings"
	"sync"
)

// routes knows who listens to what, and what is retained.
type routes struct {
	mu sync.Mutex
	// exact holds those that listen to one topic, and wild those with wildcards:
	// gateways alone.
	exact    map[string][]*client
	wild     []wildRoute
	retained map[string][]byte // encoded, with the flag
}

type wildRoute struct {
	filter string
	to     *client
}

func newRoutes() *routes {
	return &routes{exact: map[string][]*client{}, retained: map[string][]byte{}}
}

func wildcard(filter string) bool { return strings.ContainsAny(filter, "+#") }

// add subscribes a client and sends it the answer and what is retained. All
// happens under the lock, so that nothing newer overtakes what is retained.
func (r *routes) add(c *client, filters []string, answer []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.enqueue(answer)
	for _, f := range filters {
		if !wildcard(f) {
			if !slices.Contains(r.exact[f], c) {
				r.exact[f] = append(r.exact[f], c)
			}
			if m, ok := r.retained[f]; ok {
				c.enqueue(m)
			}
			continue
		}
		if !slices.Contains(r.wild, wildRoute{f, c}) {
			r.wild = append(r.wild, wildRoute{f, c})
		}
		for topic, m := range r.retained {
			if covers(f, topic) {
				c.enqueue(m)
			}
		}
	}
}

// remove ends subscriptions of a client.
func (r *routes) remove(c *client, filters []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range filters {
		if wildcard(f) {
			r.wild = slices.DeleteFunc(r.wild, func(w wildRoute) bool { return w == wildRoute{f, c} })
			continue
		}
		left := slices.DeleteFunc(r.exact[f], func(other *client) bool { return other == c })
		if len(left) == 0 {
			delete(r.exact, f)
		} else {
			r.exact[f] = left
		}
	}
}

// publish brings a message to whoever listens. Where they have no room it waits
// before, so that a fleet that speaks at once is slowed down and loses nothing.
func (r *routes) publish(m message) {
	for _, c := range r.listening(m.topic) {
		c.await()
	}
	retain := m.retain
	m.retain = false
	b := publication(m)
	r.mu.Lock()
	defer r.mu.Unlock()
	if retain {
		if len(m.payload) == 0 {
			delete(r.retained, m.topic)
		} else {
			m.retain = true
			r.retained[m.topic] = publication(m)
		}
	}
	for _, c := range r.exact[m.topic] {
		c.enqueue(b)
	}
	for _, w := range r.wild {
		if covers(w.filter, m.topic) {
			w.to.enqueue(b)
		}
	}
}

// listening is those with wildcards that the topic is for.
func (r *routes) listening(topic string) (to []*client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.wild {
		if covers(w.filter, topic) {
			to = append(to, w.to)
		}
	}
	return to
}
