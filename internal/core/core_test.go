// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package core

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// till is a domain: a till that gives out no more than it took in.
type till struct {
	balance int
	due     bool
}

type entry struct{ Amount int }

func (c *till) Apply(r journal.Record) error {
	for _, e := range r.Events {
		if e.Kind == "till.rung" {
			c.due = false
			continue
		}
		body, err := journal.Decode[entry](e)
		if err != nil {
			return err
		}
		c.balance += body.Amount
		c.due = true
	}
	return nil
}

func (c *till) Step(name, _ string, body json.RawMessage, _ time.Time) ([]journal.Event, error) {
	var e entry
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	switch {
	case name == "till.look":
		return nil, nil
	case c.balance+e.Amount < 0:
		return nil, problem.New(problem.Conflict, "There is not enough in the till.", "Pay in first.")
	}
	return []journal.Event{journal.NewEvent("till.entered", e)}, nil
}

func (c *till) Due(time.Time) []journal.Event {
	if !c.due {
		return nil
	}
	return []journal.Event{journal.NewEvent("till.rung", struct{}{})}
}

// silent is a recorder with nothing to add.
type silent struct{}

func (silent) Apply(journal.Record) error { return nil }

func (silent) Complete(events []journal.Event, _ time.Time) ([]journal.Event, error) {
	return events, nil
}

func start(t *testing.T, j journal.Journal) (*natsbus.Bus, *till) {
	t.Helper()
	driver, err := engine.Open(engine.Options{Dir: t.TempDir(), Name: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := natsbus.Open(t.Context(), natsbus.Options{Conn: driver.Conn, JetStream: driver.JetStream, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	domain := &till{}
	c := New(Options{Journal: j, Bus: b, Recorder: silent{}, Domains: map[string]Domain{"till": domain}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- c.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		driver.Close()
	})
	return b, domain
}

func TestCommandsAreDecidedOneAtATime(t *testing.T) {
	j := memory.New()
	b, _ := start(t, j)
	if _, err := command.Do(t.Context(), b, "till.enter", "anna", entry{100}); err != nil {
		t.Fatal(err)
	}
	// Forty people take ten each out of a hundred at once: ten get theirs.
	var work sync.WaitGroup
	var mu sync.Mutex
	given, refused := 0, 0
	for range 40 {
		work.Go(func() {
			_, err := command.Do(t.Context(), b, "till.enter", "ben", entry{-10})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				given++
			case errors.Is(err, problem.Conflict):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	work.Wait()
	if given != 10 || refused != 30 {
		t.Errorf("%d given, %d refused", given, refused)
	}
}

func TestRefusalsNameTheKind(t *testing.T) {
	j := memory.New()
	b, _ := start(t, j)
	if _, err := command.Do(t.Context(), b, "sky.fall", "anna", entry{-1}); !errors.Is(err, problem.Invalid) {
		t.Errorf("a command of nobody: %v", err)
	}
	if _, err := command.Do(t.Context(), b, "till.enter", "anna", entry{-1}); !errors.Is(err, problem.Conflict) {
		t.Errorf("what the rules refuse: %v", err)
	}
	if result, err := command.Do(t.Context(), b, "till.look", "anna", entry{}); err != nil || result.Seq != 0 {
		t.Errorf("a command that changes nothing: %v, %v", result, err)
	}
}

func TestAFullDiskIsSaidAndNothingIsLost(t *testing.T) {
	j := memory.New()
	b, _ := start(t, j)
	j.SetFull(true)
	_, err := command.Do(t.Context(), b, "till.enter", "anna", entry{5})
	if p, ok := errors.AsType[*problem.Error](err); !ok || p.Kind != problem.Unavailable || p.Remedy == "" {
		t.Fatalf("a full disk is answered with %v", err)
	}
	j.SetFull(false)
	result, err := command.Do(t.Context(), b, "till.enter", "anna", entry{7})
	if err != nil || result.Seq != 1 {
		t.Errorf("after space was made: %v, %v", result, err)
	}
}

func TestWhatFallsDueIsRecorded(t *testing.T) {
	j := memory.New()
	b, _ := start(t, j)
	if _, err := command.Do(t.Context(), b, "till.enter", "anna", entry{5}); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "what was due is recorded", func() bool {
		records, err := j.Read(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(records) == 2 && records[1].By == "node" && records[1].Events[0].Kind == "till.rung"
	})
}
