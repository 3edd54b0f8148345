// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package public is the role that citizens and other people's systems meet: the
// warning page, the feeds, the CAP messages, and the stream that tells open pages
// of a change. It knows released messages only. Everything is rendered once per
// change and served from memory, in forms that any cache may hold; it takes no
// input but place names and asks for no cookies. docs/formats/public.md
// describes the addresses for those who build on them.
package public

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Options sets up the role.
type Options struct {
	Authority authority.Authority
	Journal   journal.Journal
	// Bus says how the public log stands; without one nothing is proved.
	Bus bus.Bus
	// Trust is what the trust file says besides the log's name and keys.
	Trust     publiclog.TrustOptions
	Gazetteer *geo.Gazetteer
	// BaseURL is where the public reaches this role, such as
	// "https://warnung.example"; feeds and messages link there.
	BaseURL string
	// MapCredit is the line that the map data's licences ask for, empty for none.
	MapCredit string
	// MostStreams bounds the open event streams; 15,000 when zero.
	MostStreams int
	// Log takes what a person should know; slog.Default when nil.
	Log *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Role is the public role of a node.
type Role struct {
	authority   authority.Authority
	gazetteer   *geo.Gazetteer
	base        string
	mapCredit   string
	mostStreams int64
	log         *slog.Logger
	now         func() time.Time
	location    *time.Location
	canvas      *canvas

	book  *warning.Book
	tree  *publiclog.Tree
	index *logIndex
	// logTurns has a place for each who searches the log.
	logTurns chan struct{}
	bus      bus.Bus
	trust    publiclog.TrustOptions
	logged   logged
	news     news
	ledger   *journal.Ledger
	edition  atomic.Pointer[edition]
	streams  streams
	handler  http.Handler
}

// New makes the role. Nothing is read before Run; until then Handler answers
// that the service is starting.
func New(o Options) *Role {
	o.Authority = o.Authority.WithDefaults()
	role := &Role{
		authority:   o.Authority,
		gazetteer:   o.Gazetteer,
		base:        strings.TrimSuffix(o.BaseURL, "/"),
		mapCredit:   o.MapCredit,
		mostStreams: int64(cmp.Or(o.MostStreams, 15_000)),
		log:         cmp.Or(o.Log, slog.Default()),
		now:         o.Now,
		location:    o.Authority.Location(),
		book:        warning.NewBook(),
		tree:        publiclog.NewTree(),
		bus:         o.Bus,
		trust:       o.Trust,
	}
	role.logged.told = make(chan struct{}, 1)
	if role.now == nil {
		role.now = time.Now
	}
	role.canvas = newCanvas(role.gazetteer, o.Authority.Territory)
	role.index = newLogIndex(role.tree, role.book, role.gazetteer.Regions())
	role.logTurns = make(chan struct{}, logReaders)
	role.ledger = journal.NewLedger(o.Journal, journal.Projections{role.book, role.tree, role.index, &role.news}, role.now)
	role.streams.changed = make(chan struct{})
	role.handler = role.routes()
	return role
}

// Handler serves the public addresses. It is safe to use before and during Run.
func (role *Role) Handler() http.Handler { return role.handler }

// Run follows the journal and keeps what is served up to date, until the context
// ends; then it closes the event streams. It calls ready each time that what is
// served is up to date, and is itself called once.
func (role *Role) Run(ctx context.Context, ready func()) error {
	defer role.streams.close()
	if err := role.ledger.CatchUp(ctx); err != nil {
		return ended(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	followed := make(chan error, 1)
	go func() { followed <- role.ledger.Follow(ctx) }()
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() { role.watchLog(ctx) })
	for {
		seq, changed := role.ledger.Changed()
		next := role.publish(seq)
		ready()
		timer := time.NewTimer(next)
		select {
		case <-changed:
		case <-role.logged.told:
		case <-timer.C:
		case err := <-followed:
			timer.Stop()
			return ended(err)
		}
		timer.Stop()
	}
}

// ended is the error of a role that could not follow the journal any more; nil for
// one that was told to stop.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("public role: %w", err)
}

// news counts the events that the public may see something of. Most records of a
// journal are none: receipts, requests, operators.
type news int

// Apply implements journal.Projection.
func (n *news) Apply(r journal.Record) error {
	for _, e := range r.Events {
		if e.Kind == warning.EventReleased || e.Kind == warning.EventExpired {
			*n++
		}
	}
	return nil
}

// publish brings the edition up to date and returns how long it will stay so if
// nothing happens.
func (role *Role) publish(seq uint64) time.Duration {
	now := role.now().UTC()
	role.adopt()
	older := role.edition.Load()
	var selected selection
	current := false
	role.ledger.View(func() {
		if current = older != nil && older.news == role.news && older.holdsAt(now) && older.seals == role.seals(older.selection); !current {
			selected = selectFrom(role.book, now)
			selected.news = role.news
			selected.seals = role.seals(selected)
		}
	})
	if current {
		return older.next().Sub(now)
	}
	newer := role.newEdition(seq, now, selected, older)
	role.edition.Store(newer)
	if older != nil && older.version != newer.version {
		role.streams.tell()
	}
	newer.warm() // the news first
	return max(newer.next().Sub(role.now()), 0)
}
