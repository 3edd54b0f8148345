// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package node builds a running Tocsin from one configuration: the journal and
// the bus, and on them the roles that the configuration names.
package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/console/pages"
	"github.com/tocsin-alert/tocsin/internal/core"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/intake"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/public"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
	"github.com/tocsin-alert/tocsin/internal/siren/testrun"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/warning/assessment"
)

// Node is a running Tocsin.
type Node struct {
	config Config
	logger *slog.Logger
	bus    bus.Bus

	gazetteer *geo.Gazetteer
	rules     warning.Rules
	gateway   *gateway // nil when this process does not run it
	listeners []*httpListener
	addresses Addresses

	// roles run until stop; done carries the first error of any of them.
	roles sync.WaitGroup
	stop  context.CancelCauseFunc
	ctx   context.Context
	// cleanups undo what New did, the last first.
	cleanups []func()
	stopOnce sync.Once
}

// roleFunc is a role's main loop; it calls ready when it serves.
type roleFunc func(ctx context.Context, ready func()) error

// New opens listeners, journal and bus, starts the roles and returns when they
// serve. On an error nothing stays open. The context bounds the start alone.
func New(ctx context.Context, config Config, logger *slog.Logger) (_ *Node, err error) {
	n := &Node{config: config, logger: logger}
	n.ctx, n.stop = context.WithCancelCause(context.Background())
	defer func() {
		if err != nil {
			n.Stop()
		}
	}()

	// Listeners first: a port in use is said before anything is written.
	var consoleListener, publicListener *httpListener
	if config.Has(RoleConsole) {
		if consoleListener, err = n.listen(config.Console); err != nil {
			return nil, err
		}
		n.addresses.API = consoleListener.url()
		if config.Keys.Origin == "" {
			config.Keys.Origin = config.consoleOrigin(consoleListener.port())
			config.Keys = config.Keys.WithDefaults()
		}
		n.addresses.Console = cmp.Or(config.Keys.Origin, consoleListener.url()) + "/console/"
	}
	if config.Has(RolePublic) {
		publicListener = consoleListener
		if !config.Has(RoleConsole) || config.Public.Listen != config.Console.Listen {
			if publicListener, err = n.listen(config.Public.ListenConfig); err != nil {
				return nil, err
			}
		}
	}
	n.config = config // with what followed from the listeners
	publicURL := config.Public.URL
	if publicURL == "" && publicListener != nil {
		publicURL = publicListener.url()
	}
	n.addresses.Public = publicURL + "/"

	driver, err := engine.Open(engineOptions(config, logger))
	if err != nil {
		return nil, journalProblem(err)
	}
	n.cleanup(func() { closeAndLog(logger, "engine", driver.Close) })
	keeping := jetstream.Options{Replicas: replicas(config)}
	if config.Cluster == nil {
		keeping.FreeSpace = driver.FreeSpace // a cluster watches over its own disks
	}
	stored, err := jetstream.Open(ctx, driver.JetStream, keeping)
	if err != nil {
		return nil, journalProblem(fmt.Errorf("open journal: %w", err))
	}
	records := journal.Share(stored)
	if n.bus, err = natsbus.Open(ctx, natsbus.Options{Conn: driver.Conn, JetStream: driver.JetStream, Replicas: replicas(config), Log: logger}); err != nil {
		return nil, fmt.Errorf("open bus: %w", err)
	}
	if n.gazetteer, err = gazetteer(config.Dir); err != nil {
		return nil, err
	}

	table, err := siren.TableNamed(config.Sirens.Signals)
	if err != nil {
		return nil, err
	}
	directory := operator.NewDirectory()
	directory.Keys = config.Keys
	n.rules = warning.Rules{
		Authority: config.Authority, Operators: directory, Wording: assessment.Wording{Signals: table.Signals},
		Areas:     assessment.Areas{Known: n.gazetteer.Regions(), Territory: config.Authority.Territory},
		PublicURL: publicURL,
		Keys:      config.Keys,
	}
	var starting []roleFunc
	if config.Has(RoleCore) {
		proposals := intake.NewProposals()
		proposals.Self = config.Authority.Sender // what comes back to us is no news
		book, fleet := warning.NewBook(), siren.NewFleet()
		log, err := newLog(n, publiclog.KeeperOptions{Journal: records, Bus: n.bus, Logger: logger}, directory, book)
		if err != nil {
			return nil, err
		}
		starting = append(starting, core.New(core.Options{
			Journal: records, Bus: n.bus, Recorder: log.scribe, Now: time.Now, Logger: logger,
			Domains: map[string]core.Domain{
				"warning":  warning.Desk{Book: book, Rules: n.rules},
				"operator": directory,
				"siren":    registry{fleet, siren.NewRogues(), &siren.Stops{}, enrolment.NewBook(), directory, book},
				"siren-test": testplan.Desk{
					Book: testplan.NewBook(), Fleet: fleet, Operators: directory, Alarm: alarm(book), Zone: config.Authority.TimeZone,
				},
				"proposal": proposals,
			},
		}).Run, log.keeper.Run)
	}
	if config.Has(RoleGateway) {
		if n.gateway, err = newGateway(n, records, publicURL, table.Signals); err != nil {
			return nil, err
		}
		n.addresses.MQTT = n.gateway.endpoint.Address
		starting = append(starting, n.gateway.run, n.gateway.ways.serve, dispatch.NewRunner(dispatch.Options{
			Journal: records, Channels: n.gateway.channels, Orders: n.gateway.stops, Also: journal.Projections{n.gateway.fleet, n.gateway.book}, Now: time.Now, Logger: logger,
		}).Run, testrun.New(testrun.Options{
			Journal: records, Fleet: n.gateway.fleet, Link: n.gateway.frames(), Issuer: n.gateway.keys.signer, Epoch: config.Sirens.Epoch,
			Signals: table.Signals, Now: time.Now, Logger: logger,
		}).Run)
	}
	if config.Has(RolePublic) {
		role := public.New(public.Options{
			Authority: config.Authority, Journal: records, Bus: n.bus, Trust: config.trust("", time.Now()), Gazetteer: n.gazetteer, BaseURL: publicURL,
			MapCredit: germany.MapAttribution, Log: logger,
		})
		publicListener.mux.Handle("/", role.Handler())
		starting = append(starting, role.Run)
	}
	if config.Has(RoleConsole) {
		background, err := germany.Background()
		if err != nil {
			return nil, fmt.Errorf("load map background: %w", err)
		}
		people, err := audience(config, n.gazetteer)
		if err != nil {
			return nil, err
		}
		service, err := console.New(console.Options{
			Journal: records, Bus: n.bus, Authority: config.Authority, Gazetteer: n.gazetteer, Rules: n.rules, Signals: table.Signals,
			PublicURL: publicURL, Secure: config.Console.Certificate != "" || config.Console.BehindProxy,
			BehindProxy: config.Console.BehindProxy, SignInService: signInService(config),
			Background: background, Audience: people, Planner: n.planner(), Now: time.Now, Logger: logger,
		})
		if err != nil {
			return nil, err
		}
		faces, err := pages.New(pages.Options{Service: service, Logger: logger})
		if err != nil {
			return nil, fmt.Errorf("console pages: %w", err)
		}
		consoleListener.mux.Handle("/api/", service.Handler())
		consoleListener.mux.Handle("/console/", faces)
		if !config.Has(RolePublic) || publicListener != consoleListener {
			consoleListener.mux.Handle("GET /{$}", http.RedirectHandler("/console/", http.StatusFound))
		}
		starting = append(starting, service.Run)
	}
	if config.Has(RoleCore) && (config.Intake.Folder != "" || len(config.Intake.Feeds) > 0) {
		watcher := intake.NewWatcher(intake.WatcherOptions{Bus: n.bus, Folder: config.Intake.Folder, Feeds: config.Intake.Feeds, Logger: logger})
		starting = append(starting, func(ctx context.Context, ready func()) error {
			ready()
			return watcher.Run(ctx)
		})
	}
	if err := n.start(ctx, starting); err != nil {
		return nil, journalProblem(err)
	}
	records.Forget()
	if n.gateway != nil && n.gateway.listener != nil {
		n.gateway.listener.Serve() // not before the registry is known
	}
	if config.HomeAssistant != nil && config.Has(RoleGateway) {
		bridge, err := n.homeAssistant()
		if err != nil {
			return nil, err
		}
		n.roles.Go(func() { _ = bridge.Run(n.ctx) }) // it ends with the node alone
	}
	for _, l := range n.listeners {
		n.roles.Go(func() { n.serve(l) })
	}
	return n, nil
}

// signInService is where people sign in besides; nil where none is configured.
func signInService(c Config) *openid.Provider {
	if c.OIDC == nil {
		return nil
	}
	return openid.New(*c.OIDC, c.Keys.Origin+pages.SignInReturn, time.Now)
}

// start runs the roles and waits until all of them serve.
func (n *Node) start(ctx context.Context, starting []roleFunc) error {
	var serving sync.WaitGroup
	for _, run := range starting {
		serving.Add(1)
		ready := sync.OnceFunc(serving.Done)
		n.roles.Go(func() {
			// A role that ends has failed: the node stops as a whole, so that
			// whoever watches over it starts it again.
			defer ready()
			if err := run(n.ctx, ready); err != nil && n.ctx.Err() == nil {
				n.logger.LogAttrs(n.ctx, slog.LevelError, "a role failed, the node stops", slog.Any("error", err))
				n.stop(err)
			}
		})
	}
	all := make(chan struct{})
	go func() {
		serving.Wait()
		close(all)
	}()
	select {
	case <-all:
		if n.ctx.Err() != nil {
			return context.Cause(n.ctx)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("start node: %w", context.Cause(ctx))
	}
}

// Wait returns when the node has stopped by itself or the context ends; it
// gives the error that stopped the node.
func (n *Node) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-n.ctx.Done():
		if cause := context.Cause(n.ctx); !errors.Is(cause, context.Canceled) {
			return cause
		}
		return nil
	}
}

// stopTimeout bounds how long connections may take to end.
const stopTimeout = 5 * time.Second

// Stop ends everything in the opposite order of New. It may be called several times.
func (n *Node) Stop() {
	n.stopOnce.Do(func() {
		n.stop(nil)
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		for _, l := range n.listeners {
			if err := l.server.Shutdown(ctx); err != nil {
				l.server.Close()
			}
			l.net.Close()
		}
		n.roles.Wait()
		for _, undo := range slices.Backward(n.cleanups) {
			undo()
		}
	})
}

func (n *Node) cleanup(undo func()) { n.cleanups = append(n.cleanups, undo) }

func closeAndLog(logger *slog.Logger, what string, end func() error) {
	if err := end(); err != nil {
		logger.Error("could not close", slog.String("what", what), slog.Any("error", err))
	}
}

// Bus is the node's bus, for what runs in the same process.
func (n *Node) Bus() bus.Bus { return n.bus }

// Rules are those that the node decides by.
func (n *Node) Rules() warning.Rules { return n.rules }

// Gazetteer is what the node knows of regions and places.
func (n *Node) Gazetteer() *geo.Gazetteer { return n.gazetteer }

// Addresses are where a node is reached; empty for what this process does not run.
type Addresses struct {
	Console string // of the pages
	Public  string
	API     string // requests go to its /api/v1/
	MQTT    string // of the sirens' broker; host:port of a listener without TLS
}

// Addresses says where the node is reached.
func (n *Node) Addresses() Addresses { return n.addresses }

// SirenAccess is what a device needs to belong to the node's fleet.
type SirenAccess struct {
	Endpoint  mqtt.Endpoint
	Authority string
	Secret    []byte // of the passwords at the embedded broker
	// Keyset is what the device obeys at first, and Root the root of newer keysets.
	Keyset siren.Keyset
	Root   siren.Root
}

// SirenAccess gives access for devices at the embedded broker.
func (n *Node) SirenAccess() SirenAccess {
	return SirenAccess{
		Endpoint: n.gateway.endpoint, Authority: n.config.Authority.ID, Secret: n.gateway.credentials.Secret,
		Keyset: n.gateway.keys.keyset, Root: n.gateway.keys.root,
	}
}

// journalProblem says what to do about a journal that cannot be used.
func journalProblem(err error) error {
	switch {
	case errors.Is(err, journal.ErrNewerVersion):
		return problem.Wrap(err, problem.Conflict, "The journal was written by a newer Tocsin. Nothing was touched.", "Start the newer version again.")
	case errors.Is(err, journal.ErrCorrupt):
		return problem.Wrap(err, problem.Unavailable, "The journal is damaged.", "Follow docs/runbooks/journal-corrupt.md; do not delete anything.")
	}
	return err
}

func engineOptions(c Config, logger *slog.Logger) engine.Options {
	o := engine.Options{Dir: c.Dir + "/journal", Name: c.Authority.ID, Log: logger}
	if c.Cluster != nil {
		o.Cluster = &engine.ClusterOptions{URLs: c.Cluster.URLs, CredentialsFile: c.Cluster.CredentialsFile}
	}
	return o
}

func replicas(c Config) int {
	if c.Cluster == nil {
		return 1
	}
	return c.Cluster.Replicas
}
