// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// streamed is one server-sent event.
type streamed struct{ event, data string }

// watch opens a stream and gives its events until the test ends.
func (w *world) watch(request *http.Request) <-chan streamed {
	w.Helper()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		w.Fatalf("stream: %d %v", answer.StatusCode, answer.Header)
	}
	events := make(chan streamed, 1000)
	go func() {
		defer close(events)
		var next streamed
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 4<<20) // the states of a whole fleet are one line
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				next.event = line[len("event: "):]
			case strings.HasPrefix(line, "data: "):
				next.data = line[len("data: "):]
			case line == "" && next.event != "":
				events <- next
				next = streamed{}
			}
		}
	}()
	return events
}

func (w *world) next(events <-chan streamed, event string) string {
	w.Helper()
	late := time.After(eventually.Patience)
	for {
		select {
		case got, open := <-events:
			if !open {
				w.Fatalf("the stream ended before %s", event)
			}
			if got.event == event {
				return got.data
			}
		case <-late:
			w.Fatalf("no event %s", event)
		}
	}
}

func TestStream(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1", "p-2")
	request := w.request(http.MethodGet, "/api/v1/stream", nil)
	request.Header.Set("Authorization", "Bearer "+w.people["deniz"].token)
	events := w.watch(request)
	var board console.StreamBoard
	if err := json.Unmarshal([]byte(w.next(events, "board")), &board); err != nil || board.Seq == 0 {
		t.Fatalf("first event: %+v %v", board, err)
	}
	waiting := w.ask("anna", w.alert())
	var changed console.StreamWarning
	if err := json.Unmarshal([]byte(w.next(events, "warning")), &changed); err != nil || changed.Warning != waiting.ID || changed.Events[0] != "warning.requested" {
		t.Errorf("warning: %+v %v", changed, err)
	}
	w.hear(siren.State{Siren: "p-1", Condition: siren.ConditionReady})
	var sirens console.StreamSirens
	if err := json.Unmarshal([]byte(w.next(events, "siren")), &sirens); err != nil || sirens.Counts.Ready != 1 || sirens.States[0].Siren != "p-1" {
		t.Errorf("siren: %+v %v", sirens, err)
	}
}

// A fleet that answers within a second must not become a thousand events.
func TestStreamGathers(t *testing.T) {
	w := newWorld(t, "")
	const fleet = 500
	names := make([]string, fleet)
	for i := range names {
		names[i] = fmt.Sprintf("p-%d", i)
	}
	w.fleetOf(names...)
	request := w.request(http.MethodGet, "/api/v1/stream", nil)
	request.Header.Set("Authorization", "Bearer "+w.people["deniz"].token)
	events := w.watch(request)
	w.next(events, "board")
	begun := time.Now()
	for _, name := range names {
		w.hear(siren.State{Siren: name, Condition: siren.ConditionTriggered})
	}
	batches := 0
	for ready := 0; ready < fleet; {
		var sirens console.StreamSirens
		if err := json.Unmarshal([]byte(w.next(events, "siren")), &sirens); err != nil {
			t.Fatal(err)
		}
		ready = sirens.Counts.Ready
		batches++
	}
	if most := int(time.Since(begun)/(100*time.Millisecond)) + 2; batches > most {
		t.Errorf("%d batches in %s", batches, time.Since(begun))
	}
}

func TestStreamNeedsASession(t *testing.T) {
	w := newWorld(t, "")
	if status := w.send(w.request(http.MethodGet, "/api/v1/stream", nil), nil); status != http.StatusUnauthorized {
		t.Errorf("status %d for nobody", status)
	}
}
