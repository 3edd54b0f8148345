// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package console is the role that operators work with: it keeps its own view of
// the journal and of the sirens' telemetry, answers the JSON API under /api/v1,
// and gives the pages (console/pages) the same methods that the API has. It
// decides nothing: what operators ask for goes to the core as a command.
package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Options are what the console needs.
type Options struct {
	Journal   journal.Journal
	Bus       bus.Bus
	Authority authority.Authority
	Gazetteer *geo.Gazetteer
	// Rules compose and check messages, as the core's do. The console gives
	// them its own directory: Operators may be nil.
	Rules warning.Rules
	// Signals is the authority's table of siren signals; nil stands for Germany's.
	Signals siren.Signals
	// PublicURL is the address of the citizens' page, without a slash at its end.
	PublicURL string
	// Secure marks the cookies for HTTPS alone; it is false only where the
	// console is served over plain HTTP on the machine itself.
	Secure bool
	// BehindProxy says that a proxy ends the connections and names the asker in
	// the last element of X-Forwarded-For. Without one the header is not believed.
	BehindProxy bool
	// SignInService lets people sign in at a provider; nil for none.
	SignInService *openid.Provider
	// Audience knows where people live; nil where no census was imported.
	Audience *coverage.Audience
	// Planner keeps the studies of planners; nil where the node does not plan.
	Planner *study.Library
	// Background is GeoJSON that the map shows below everything; may be nil.
	Background []byte
	Now        func() time.Time
	Logger     *slog.Logger
}

// Service is the console's role.
type Service struct {
	o       Options
	view    *view
	ledger  *journal.Ledger
	signIns *signIns
	maps    mapFiles
	changes *changes
	lookout lookout
	rounds  roundsMade
	// sightings are of rogue alarms.
	sightings sightings
	refused   atomic.Pointer[siren.Refused]   // nil until the gateway has said what it refuses
	log       atomic.Pointer[publiclog.State] // nil until the core has said how it stands
	handler   http.Handler
	// description is the OpenAPI document.
	description []byte
	// streams counts the open streams; ended is closed when they have to end.
	streams atomic.Int32
	ended   chan struct{}
}

// New makes a console. It serves once Run has caught up with the journal.
func New(o Options) (*Service, error) {
	if o.Signals == nil {
		o.Signals = siren.GermanSignals()
	}
	changes := newChanges()
	s := &Service{o: o, view: newView(changes), changes: changes, signIns: newSignIns(o.Now), ended: make(chan struct{})}
	s.o.Rules.Operators = s.view.directory
	s.ledger = journal.NewLedger(o.Journal, s.view, o.Now)
	var err error
	if s.maps, err = newMapFiles(o.Gazetteer, o.Authority.Territory, o.Background); err != nil {
		return nil, fmt.Errorf("console: prepare map: %w", err)
	}
	s.offerOwn()
	if s.handler, err = s.newHandler(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return s, nil
}

// Run follows the journal and the telemetry until the context ends. It calls
// ready once the view shows all that is durable now. It returns early only when
// the journal can no longer be followed. It runs once.
func (s *Service) Run(ctx context.Context, ready func()) error {
	if err := s.ledger.CatchUp(ctx); err != nil {
		return fmt.Errorf("console: %w", err)
	}
	ready()
	defer close(s.ended)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { s.watchSirens(ctx) })
	work.Go(func() { s.watchRogues(ctx) })
	work.Go(func() { s.watchRefused(ctx) })
	work.Go(func() { s.watchLog(ctx) })
	// Where each siren is heard is reckoned before somebody waits for it.
	work.Go(func() { s.fleetCounts() })
	if err := s.ledger.Follow(ctx); err != nil && ctx.Err() == nil {
		err = fmt.Errorf("console cannot follow the journal: %w", err)
		cancel(err)
		return err
	}
	return nil
}

// Handler serves /api/v1/ and /api/openapi.json.
func (s *Service) Handler() http.Handler { return s.handler }

// watchSirens keeps the last state of every siren. Telemetry may be lost, so a
// watch that breaks begins again.
func (s *Service) watchSirens(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.o.Bus.WatchState(ctx, siren.StatePattern, func(_ string, data []byte) error {
			s.hearSiren(data)
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "siren telemetry broke off, watching again", slog.Any("error", err))
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// hearSiren takes a siren's telemetry, and tells those who watch what is new.
func (s *Service) hearSiren(data []byte) {
	if state, ok := s.view.fleet.take(data); ok {
		s.changes.siren(state.Siren)
	}
}

// commandTimeout bounds how long an operator waits for the core.
const commandTimeout = 10 * time.Second

// do sends a command and waits until the console's own view shows its record, so
// that whoever asked sees on the next page what they did.
func (s *Service) do(ctx context.Context, who Identity, name string, body any) (Accepted, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	result, err := command.Do(ctx, s.o.Bus, name, who.Name, body)
	if err != nil {
		return Accepted{}, refusal.In(catalogue.For(who.Language), err)
	}
	for {
		applied, changed := s.ledger.Changed()
		if applied >= result.Seq {
			return Accepted{Seq: result.Seq}, nil
		}
		select {
		case <-ctx.Done():
			// The record is durable; only this view lags. The caller learns that it
			// was accepted, since asking again would ask for it twice.
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "the console's view lags behind the journal", slog.Uint64("seq", result.Seq), slog.Uint64("applied", applied))
			}
			return Accepted{Seq: result.Seq}, nil
		case <-changed:
		}
	}
}

// notFound is the problem of a thing that is not there; the rule words it.
func notFound(rule, id string) error { return refusal.New(problem.NotFound, rule, id) }
