// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

const (
	// heartbeat is how often a silent stream gets a comment, so that proxies keep
	// it and a lost connection is noticed on both ends.
	heartbeat = 20 * time.Second
	// streamWrite bounds one write to a reader who does not take it.
	streamWrite = 10 * time.Second
	// fetchesPerSecond is how many open pages may fetch the list in a second after
	// a change; they spread over as many seconds as that takes.
	fetchesPerSecond = 5000
)

// streams are the open event streams (Server-Sent Events, HTML Living Standard,
// section 9.2). Nothing is queued for a reader: who is slow gets the latest.
type streams struct {
	mu      sync.Mutex
	open    int64
	closed  bool
	changed chan struct{} // closed and replaced when the edition changes in content
}

// enter counts a stream in, unless there are too many or the role has ended.
func (s *streams) enter(most int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.open >= most {
		return false
	}
	s.open++
	return true
}

func (s *streams) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

// next gives the channel that tells of the next change, how many streams are
// open, and whether all are to end.
func (s *streams) next() (changed <-chan struct{}, open int64, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed, s.open, s.closed
}

func (s *streams) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// close ends all streams for good.
func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.changed)
	}
}

// changeEvent is the data of the event "changed".
type changeEvent struct {
	// Version names what is shown; a page that shows it has nothing to fetch.
	Version string `json:"version"`
	Seq     uint64 `json:"seq"`
	InForce int    `json:"inForce"`
	// Spread is the number of milliseconds over which pages should spread their
	// fetching, each at a random moment.
	Spread int64 `json:"spread"`
}

// events serves the stream. Its event ids begin with the journal sequence at which
// the content began to show. A reader is told
// the present version at once, so that nothing is missed between a page and its
// stream, or while a connection was lost; only one that comes back with the id of
// the present version has heard of it.
func (role *Role) events(w http.ResponseWriter, r *http.Request) {
	if !role.streams.enter(role.mostStreams) {
		w.Header().Set("Retry-After", fmt.Sprint(30+rand.IntN(60)))
		w.Header().Set("Cache-Control", cacheNever)
		http.Error(w, "Too many open streams. Fetch the feed instead, or try again later.", http.StatusServiceUnavailable)
		return
	}
	defer role.streams.leave()
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", cacheNever)
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	control := http.NewResponseController(w)
	write := func(text string) error {
		// Not every server has deadlines; then the connection's own limits hold.
		_ = control.SetWriteDeadline(time.Now().Add(streamWrite))
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return control.Flush()
	}
	if r.Method == http.MethodHead {
		return
	}
	if write(fmt.Sprintf("retry: %d\n\n", 2000+rand.IntN(3000))) != nil {
		return
	}
	told := ""
	if e := role.edition.Load(); e != nil && r.Header.Get("Last-Event-ID") == e.eventID() {
		told = e.version
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		changed, open, closed := role.streams.next()
		if closed {
			return
		}
		if e := role.edition.Load(); e != nil && e.version != told {
			data, _ := json.Marshal(changeEvent{ // plain values
				Version: e.version, Seq: e.seq, InForce: len(e.inForce), Spread: open * 1000 / fetchesPerSecond,
			})
			if write(fmt.Sprintf("id: %s\nevent: changed\ndata: %s\n\n", e.eventID(), data)) != nil {
				return
			}
			told = e.version
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-beat.C:
			if write(": still here\n\n") != nil {
				return
			}
		}
	}
}

// eventID is the journal sequence at which the present content began to show, and
// a part of its version, since time alone may change the content.
func (e *edition) eventID() string { return fmt.Sprintf("%d-%s", e.shownSince, e.version[:4]) }
