// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const (
	// streamPause is the least time between two batches: ten a second. With what it
	// takes to reckon, a page knows of a siren within 200 ms.
	streamPause = 100 * time.Millisecond
	// streamBeat is how often a quiet stream shows that it lives, and how often
	// it is looked at whether the session still does.
	streamBeat = 15 * time.Second
	// streamWrite bounds how long a batch may take to be written.
	streamWrite = 10 * time.Second
	// maxStreams bounds how many streams are open at once.
	maxStreams = 500
)

// StreamBoard is the data of the stream event "board".
type StreamBoard struct {
	// Seq is the journal sequence up to which the board has changed.
	Seq        uint64    `json:"seq"`
	ServerTime time.Time `json:"serverTime"`
}

// stream answers GET /api/v1/stream with server-sent events (HTML Living
// Standard, section 9.2): "board" when the board has changed, "warning" for each
// warning that has, "siren" with the states that have, "reach" with who hears the
// sirens of a warning in force. It tells what changed
// and not all that happened, so that a reader who was away reads the board anew
// and misses nothing.
func (s *Service) stream(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Identify(r); err != nil {
		return err
	}
	if s.streams.Add(1) > maxStreams {
		s.streams.Add(-1)
		return problem.New(problem.Unavailable, "Too many live views are open.", "Close views that nobody looks at, or read the board again and again.")
	}
	defer s.streams.Add(-1)
	watcher, stop := s.changes.watch()
	defer stop()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	out := streamWriter{w: w, control: http.NewResponseController(w)}
	told := map[string]StreamReach{}
	if err := out.send("board", StreamBoard{Seq: s.ledger.Applied(), ServerTime: s.o.Now().UTC()}); err != nil || s.sendReach(out, told) != nil {
		return nil // the reader went away
	}
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-s.ended:
			return nil
		case <-beat.C:
			if _, err := s.Identify(r); err != nil || out.beat() != nil {
				return nil
			}
		case <-watcher.wake:
			changed := s.changes.take(watcher)
			if s.sendReach(out, told) != nil || s.sendChanges(out, changed) != nil {
				return nil
			}
			select {
			case <-r.Context().Done():
				return nil
			case <-s.ended:
				return nil
			case <-time.After(streamPause):
			}
		}
	}
}

// sendReach tells who hears the sirens, of the warnings where that has changed
// since told.
func (s *Service) sendReach(out streamWriter, told map[string]StreamReach) error {
	for _, reach := range s.reaches() {
		if told[reach.Warning] == reach {
			continue
		}
		told[reach.Warning] = reach
		if err := out.send("reach", reach); err != nil {
			return err
		}
	}
	return nil
}

// reaches gives who hears the sirens of each warning in force.
func (s *Service) reaches() []StreamReach {
	var all []StreamReach
	if s.o.Audience == nil {
		return nil
	}
	s.ledger.View(func() {
		for _, w := range s.view.book.InForce(s.o.Now().UTC()) {
			last := w.Last()
			job, planned := s.view.jobs.Job(dispatch.JobID(last.Identifier, sirenChannel))
			if !planned {
				continue
			}
			if numbers, known := s.heardNumbers(job, last.Content); known {
				all = append(all, StreamReach{Warning: w.ID, Identifier: last.Identifier, Numbers: numbers})
			}
		}
	})
	return all
}

func (s *Service) sendChanges(out streamWriter, changed pending) error {
	if changed.seq > 0 {
		if err := out.send("board", StreamBoard{Seq: changed.seq, ServerTime: s.o.Now().UTC()}); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(changed.warnings)) {
		if err := out.send("warning", StreamWarning{Warning: id, Events: changed.warnings[id], Seq: changed.seq}); err != nil {
			return err
		}
	}
	if len(changed.sirens) == 0 {
		return nil
	}
	data := StreamSirens{Counts: s.fleetCounts(), States: make([]siren.State, 0, len(changed.sirens))}
	for _, id := range slices.Sorted(maps.Keys(changed.sirens)) {
		data.States = append(data.States, s.view.fleet.State(id))
	}
	return out.send("siren", data)
}

// streamWriter writes server-sent events.
type streamWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s streamWriter) send(event string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode stream event: %w", err)
	}
	return s.write("event: %s\ndata: %s\n\n", event, raw)
}

func (s streamWriter) beat() error { return s.write(": \n\n") }

func (s streamWriter) write(format string, args ...any) error {
	// Without a deadline a reader that stalls would hold its place for ever. A
	// writer that knows no deadlines, as in tests, is taken as it is.
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite))
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return fmt.Errorf("write stream: %w", err)
	}
	if err := s.control.Flush(); err != nil {
		return fmt.Errorf("write stream: %w", err)
	}
	return nil
}
