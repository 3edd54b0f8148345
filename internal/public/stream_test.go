// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// listener reads one event stream.
type listener struct {
	t      *testing.T
	events chan heard
	cancel context.CancelFunc
}

type heard struct {
	id, event string
	data      changeEvent
}

func listen(t *testing.T, address, lastID string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("GET /events: %s %v", response.Status, response.Header)
	}
	l := &listener{t: t, events: make(chan heard, 16), cancel: cancel}
	go func() {
		defer close(l.events)
		defer response.Body.Close()
		var h heard
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "id":
				h.id = value
			case "event":
				h.event = value
			case "data":
				if err := json.Unmarshal([]byte(value), &h.data); err != nil {
					t.Errorf("data %q: %v", value, err)
				}
			case "":
				if h.event != "" {
					l.events <- h
				}
				h = heard{}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range l.events { // until the reader has ended
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return l
}

func (l *listener) next() heard {
	l.t.Helper()
	return eventually.Receive(l.t, "the stream goes on", l.events)
}

// live is a station with the real clock, running.
func live(t *testing.T, change ...func(*Options)) (*station, string) {
	t.Helper()
	s := newStation(t, append(change, func(o *Options) { o.Now = time.Now })...)
	s.clock = time.Now()
	server := s.running(t)
	eventually.Holds(s.t, "the role has started", func() bool { return s.edition.Load() != nil })
	return s, server.URL
}

// send journals a message; the running role renders it by itself.
func (s *station) send(id string, m warning.Message) {
	s.t.Helper()
	s.append(journal.NewEvent(warning.EventReleased, warning.Released{Warning: id, Message: m}))
}

func TestStreamTellsOfChanges(t *testing.T) {
	s, address := live(t)
	l := listen(t, address, "")
	first := l.next()
	if first.event != "changed" || first.data.InForce != 0 || first.data.Version != s.edition.Load().version {
		t.Fatalf("on connecting: %+v", first)
	}
	began := time.Now()
	s.send("w1", s.compose("w1", warning.KindAlert, 1, flood))
	second := l.next()
	if second.data.InForce != 1 || second.data.Version == first.data.Version || second.data.Seq != 1 || !strings.HasPrefix(second.id, "1-") {
		t.Errorf("after the release: %+v", second)
	}
	t.Logf("release to event: %v", time.Since(began))
	within(t, s.page("/de/list"), `data-version="`+second.data.Version+`"`, "Hochwasser in Potsdam")

	// Records that the public does not see make no event: the next one is the update.
	s.append(journal.NewEvent("something.else", struct{}{}))
	s.send("w1", s.compose("w1", warning.KindUpdate, 2, flood))
	if third := l.next(); third.data.Seq != 3 {
		t.Errorf("after the update: %+v", third)
	}
}

func TestStreamResumes(t *testing.T) {
	s, address := live(t)
	l := listen(t, address, "")
	seen := l.next()
	l.cancel()
	missed := s.compose("w1", warning.KindAlert, 1, flood)
	s.send("w1", missed)
	eventually.Holds(s.t, "the warning is shown", func() bool { return len(s.edition.Load().inForce) == 1 })

	back := listen(t, address, seen.id).next()
	if back.data.InForce != 1 {
		t.Errorf("a reader that comes back does not hear what it missed: %+v", back)
	}
	current := listen(t, address, back.id)
	s.send("w1", s.compose("w1", warning.KindAllClear, 2, allClear()))
	if next := current.next(); next.data.InForce != 0 {
		t.Errorf("a reader that missed nothing hears something old first: %+v", next)
	}
}

func TestStreamTellsOfExpiry(t *testing.T) {
	s, address := live(t)
	content := flood
	content.Expires = time.Now().Add(6 * time.Second)
	s.send("w1", s.compose("w1", warning.KindAlert, 1, content))
	eventually.Holds(s.t, "the warning is shown", func() bool { return len(s.edition.Load().inForce) == 1 })
	l := listen(t, address, "")
	if first := l.next(); first.data.InForce != 1 {
		t.Fatalf("%+v", first)
	}
	if second := l.next(); second.data.InForce != 0 {
		t.Errorf("%+v", second)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s, address := live(t, func(o *Options) { o.MostStreams = 2 })
	first := listen(t, address, "")
	listen(t, address, "")
	response, err := http.Get(address + "/events")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("a third stream: %s", response.Status)
	}
	first.cancel()
	eventually.Holds(s.t, "the first stream has left", func() bool { _, open, _ := s.streams.next(); return open == 1 })
	listen(t, address, "").next()
}

func TestStreamsEndWithTheRole(t *testing.T) {
	s := newStation(t, func(o *Options) { o.Now = time.Now })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, func() {}) }()
	eventually.Holds(s.t, "the role has started", func() bool { return s.edition.Load() != nil })
	done := make(chan string, 1)
	go func() { done <- text(t, s.get("/events")) }()
	eventually.Holds(s.t, "the stream is open", func() bool { _, open, _ := s.streams.next(); return open == 1 })
	cancel()
	within(t, eventually.Receive(t, "the stream ends with its role", done), "retry: ", "event: changed", "data: {")
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if response := s.get("/healthz"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a role that has ended is healthy: %s", response.Status)
	}
	if response := s.get("/events"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a role that has ended takes streams: %s", response.Status)
	}
	if page := s.page("/de/"); page == "" {
		t.Error("the last state is no longer served")
	}
}

func TestManyReadersWhileThingsChange(t *testing.T) {
	s, address := live(t)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	errs := make(chan error, 8)
	for i := range cap(errs) {
		go func() {
			for n := range 40 {
				path := []string{"/de/", "/feed.atom", "/feed/12054.atom", "/warnings/w1", "/map.svg"}[(i+n)%5]
				response, err := client.Get(address + path)
				if err != nil {
					errs <- err
					return
				}
				response.Body.Close()
				if response.StatusCode != http.StatusOK && (path != "/warnings/w1" || response.StatusCode != http.StatusNotFound) {
					errs <- fmt.Errorf("GET %s: %s", path, response.Status)
					return
				}
			}
			errs <- nil
		}()
	}
	for n := range 10 {
		kind := warning.KindUpdate
		if n == 0 {
			kind = warning.KindAlert
		}
		s.send("w1", s.compose("w1", kind, n+1, flood))
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	eventually.Holds(s.t, "the last update is shown", func() bool {
		return strings.Contains(s.page("/warnings/w1"), `id="m-10"`)
	})
}
