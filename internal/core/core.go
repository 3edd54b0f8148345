// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package core is the role that decides: it serves commands from the bus, asks
// the rules of the package that owns them, and answers once the record is
// durable. It also does what the passing of time alone asks for. It knows the
// rules only through Domain; the node says which there are.
package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Domain is one package's rules over its own projection. Step decides and
// changes nothing; Apply folds what was decided. Both are called one at a time.
type Domain interface {
	journal.Projection
	// Step gives the events that follow from a command, or the *problem.Error
	// that forbids it. No events and no error means that nothing has to change.
	Step(name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error)
}

// Clocked is a domain in which things fall due.
type Clocked interface {
	// Due gives the events that time alone brings.
	Due(now time.Time) []journal.Event
}

// Recorder adds to what was decided what the same record must say besides.
type Recorder interface {
	journal.Projection
	// Complete gives the events of the record: those given, and what follows
	// from them. An error means that there must be no such record. It changes
	// nothing, and is called in turn with Step and Due.
	Complete(events []journal.Event, now time.Time) ([]journal.Event, error)
}

// Options are what a core needs; all fields are required.
type Options struct {
	Journal  journal.Journal
	Bus      bus.Bus
	Recorder Recorder
	// Domains are keyed by the first word of their commands' names.
	Domains map[string]Domain
	Now     func() time.Time
	Logger  *slog.Logger
}

// Core is the role.
type Core struct {
	o      Options
	ledger *journal.Ledger
}

// New makes a core.
func New(o Options) *Core {
	var all journal.Projections
	for _, d := range o.Domains {
		all = append(all, d)
	}
	all = append(all, o.Recorder)
	return &Core{o: o, ledger: journal.NewLedger(o.Journal, all, o.Now)}
}

// tick is how often the core looks for what has fallen due.
const tick = time.Second

// Run serves until the context ends. It calls ready once it does. It returns
// early only when the journal can no longer be followed.
func (c *Core) Run(ctx context.Context, ready func()) error {
	if err := c.ledger.CatchUp(ctx); err != nil {
		return err
	}
	stop, err := c.o.Bus.Serve(command.Subject, c.serve)
	if err != nil {
		return fmt.Errorf("serve commands: %w", err)
	}
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		if err := c.ledger.Follow(ctx); err != nil && ctx.Err() == nil {
			cancel(fmt.Errorf("core cannot follow the journal: %w", err))
		}
	})
	ready()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		c.due(ctx)
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			return nil
		case <-ticker.C:
		}
	}
}

func (c *Core) due(ctx context.Context) {
	_, err := c.ledger.Do(ctx, "node", func(now time.Time, _ uint64) ([]journal.Event, error) {
		var events []journal.Event
		for _, d := range c.o.Domains {
			if clocked, ok := d.(Clocked); ok {
				events = append(events, clocked.Due(now)...)
			}
		}
		return c.o.Recorder.Complete(events, now)
	})
	if err != nil && ctx.Err() == nil {
		c.o.Logger.LogAttrs(ctx, slog.LevelError, "what has fallen due is not recorded, trying again", slog.Any("error", err))
	}
}

// serve answers one command.
func (c *Core) serve(ctx context.Context, data []byte) ([]byte, error) {
	var envelope command.Envelope
	if err := json.Unmarshal(data, &envelope); err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The command cannot be read.", "Send a command envelope.")
	}
	prefix, _, _ := strings.Cut(envelope.Name, ".")
	domain, ok := c.o.Domains[prefix]
	if !ok {
		return nil, problem.New(problem.Invalid, fmt.Sprintf("There is no command %q.", envelope.Name), "See the API's description for what there is.")
	}
	head, err := c.ledger.Do(ctx, envelope.By, func(now time.Time, _ uint64) ([]journal.Event, error) {
		events, err := domain.Step(envelope.Name, envelope.By, envelope.Body, now)
		if err != nil {
			return nil, err
		}
		return c.o.Recorder.Complete(events, now)
	})
	if err != nil {
		return nil, c.refusal(ctx, envelope, err)
	}
	return json.Marshal(command.Result{Seq: head.Seq})
}

// refusal gives failures of the journal the words that a person needs.
func (c *Core) refusal(ctx context.Context, envelope command.Envelope, err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return err
	}
	c.o.Logger.LogAttrs(ctx, slog.LevelError, "command not recorded", slog.String("command", envelope.Name), slog.String("by", envelope.By), slog.Any("error", err))
	if errors.Is(err, journal.ErrFull) {
		return problem.Wrap(err, problem.Unavailable, "The journal's disk is full. Nothing was recorded and nothing was sent.", "Free space on the journal's disk (docs/runbooks/journal-full.md) and try again; warn by other means meanwhile.")
	}
	return problem.Wrap(err, problem.Unavailable, "The journal does not answer. It is not certain whether this was recorded.", "Look at the list before you try again.")
}
