// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package onair

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

// Telemetry keeps the last states of things, and tells of them; a bus.Bus is one.
type Telemetry interface {
	PutState(ctx context.Context, subject string, data []byte) error
	WatchState(ctx context.Context, pattern string, yield func(subject string, data []byte) error) error
}

// GuardOptions are what a guard needs.
type GuardOptions struct {
	// Ledger's projection holds Book and Orders; Fleet, whose states the guard
	// keeps, is in step with the journal by somebody else.
	Ledger *journal.Ledger
	Book   *route.Book
	Orders *Orders
	Fleet  *siren.Fleet
	// Confirm takes it that one of our calls was heard.
	Confirm   func(call siren.Call, detail string)
	Telemetry Telemetry
	Now       func() time.Time
	Log       *slog.Logger
}

// Guard looks for alarms with no command of this node behind them.
type Guard struct {
	o    GuardOptions
	said chan Hearing

	mu        sync.Mutex
	sightings map[string]siren.RogueSighting
	raised    []time.Time // of the last hour
}

const (
	// fresh is how old what a siren said may be to be held against the orders of now.
	fresh = 2 * time.Minute
	// episode is how long the same call counts as the same alarm.
	episode = 10 * time.Minute
	// mostAnHour bounds what a flood of calls can write into the journal.
	mostAnHour = 100
	// mostSightings bounds what is remembered of alarms.
	mostSightings = 10_000
	backlog       = 256
)

// NewGuard is a guard with the options.
func NewGuard(o GuardOptions) *Guard {
	return &Guard{o: o, said: make(chan Hearing, backlog), sightings: map[string]siren.RogueSighting{}}
}

// Hear takes what a receiver heard. It does not block: beyond a backlog of many
// calls, what is heard is lost.
func (g *Guard) Hear(h Hearing) {
	select {
	case g.said <- h:
	default:
		g.o.Log.Warn("more calls are on the air than can be looked at", "receiver", h.Receiver)
	}
}

// Run guards until the context ends. The ledger is followed by somebody else.
func (g *Guard) Run(ctx context.Context) error {
	var working sync.WaitGroup
	defer working.Wait()
	working.Go(func() {
		for ctx.Err() == nil {
			err := g.o.Telemetry.WatchState(ctx, siren.StatePattern, func(_ string, data []byte) error {
				var s siren.State
				if err := json.Unmarshal(data, &s); err == nil {
					g.state(ctx, s)
				}
				return nil
			})
			if ctx.Err() == nil {
				g.o.Log.Warn("the states of sirens broke off, watching again", "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		}
	})
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case h := <-g.said:
			g.call(ctx, h)
		}
	}
}

// state looks at what a siren says of itself.
func (g *Guard) state(ctx context.Context, s siren.State) {
	g.o.Fleet.ObserveState(s)
	if g.o.Now().Sub(s.LastContact) > fresh {
		return
	}
	if _, suspicious := g.o.Orders.judge(s, g.o.Now()); !suspicious {
		return
	}
	g.raise(ctx, func(now time.Time) (siren.Rogue, bool) { return g.o.Orders.judge(s, now) })
}

// call looks at a call on the air.
func (g *Guard) call(ctx context.Context, h Hearing) {
	listeners := g.listeners(h.Call)
	if len(listeners) == 0 {
		return // the channel is shared with others
	}
	g.raise(ctx, func(time.Time) (siren.Rogue, bool) {
		if g.o.Book.Ours(h.Call, h.At) {
			return siren.Rogue{}, false
		}
		return siren.Rogue{
			ID: g.o.Orders.episode(h), Kind: siren.RogueCall, Receiver: h.Receiver, Path: h.Call.Kind,
			Call: h.Call.String(), Sirens: listeners[:min(len(listeners), siren.MaxRogueSirens)], At: h.At,
		}, true
	})
	if g.o.Book.Ours(h.Call, h.At) {
		g.o.Confirm(h.Call, fmt.Sprintf("%s, %s", h.Receiver, h.At.Format(time.RFC3339)))
	}
}

// listeners are the sirens that a call reaches.
func (g *Guard) listeners(c siren.Call) []string {
	var ids []string
	for _, s := range g.o.Fleet.All() {
		if slices.ContainsFunc(s.Paths, func(p siren.Path) bool {
			return p.Kind == c.Kind && slices.ContainsFunc([]string{p.Address, p.Group}, func(address string) bool {
				return address != "" && route.SameCall(siren.Call{Kind: p.Kind, Address: address}, c)
			})
		}) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// raise decides on the newest state of the journal whether there is a rogue
// alarm, and raises it unless it is known already: then it was noticed once more.
func (g *Guard) raise(ctx context.Context, judge func(now time.Time) (siren.Rogue, bool)) {
	var found siren.Rogue
	var is, known bool
	_, err := g.o.Ledger.Do(ctx, "node", func(now time.Time, _ uint64) ([]journal.Event, error) {
		if found, is = judge(now); !is {
			return nil, nil
		}
		if known = g.o.Orders.raised(found.ID); known || !g.allowed(now) {
			return nil, nil
		}
		return []journal.Event{journal.NewEvent(siren.EventRogue, found)}, nil
	})
	if err != nil {
		if ctx.Err() == nil {
			g.o.Log.Error("a rogue alarm is not on record", "rogue", found, "error", err)
		}
		return
	}
	if !is {
		return
	}
	if !known {
		g.o.Log.Error("an alarm with no command of ours behind it", "kind", found.Kind, "siren", found.Siren, "receiver", found.Receiver, "call", found.Call, "frame", found.Frame)
	}
	g.sight(ctx, found.ID)
}

// allowed keeps a flood out of the journal.
func (g *Guard) allowed(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.raised = slices.DeleteFunc(g.raised, func(at time.Time) bool { return now.Sub(at) > time.Hour })
	if len(g.raised) >= mostAnHour {
		return false
	}
	g.raised = append(g.raised, now)
	return true
}

// sight tells how often an alarm was noticed.
func (g *Guard) sight(ctx context.Context, id string) {
	g.mu.Lock()
	seen := g.sightings[id]
	seen.ID, seen.Times, seen.Last = id, seen.Times+1, g.o.Now().UTC()
	if len(g.sightings) < mostSightings {
		g.sightings[id] = seen
	}
	g.mu.Unlock()
	data, err := json.Marshal(seen)
	if err == nil {
		err = g.o.Telemetry.PutState(ctx, siren.RogueSubject(id), data)
	}
	if err != nil && ctx.Err() == nil {
		g.o.Log.Warn("cannot tell of a rogue alarm's sighting", "rogue", id, "error", err)
	}
}

// hash makes a name of what may hold any characters.
func hash(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return strings.ToLower(fmt.Sprintf("%x", h.Sum64()))
}
