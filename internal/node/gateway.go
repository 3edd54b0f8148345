// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/bus"
	publicchannel "github.com/tocsin-alert/tocsin/internal/channel/public"
	sirenchannel "github.com/tocsin-alert/tocsin/internal/channel/siren"
	"github.com/tocsin-alert/tocsin/internal/channel/webhook"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/listener"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

// gateway is the role that faces devices and other people's systems.
type gateway struct {
	bus         bus.Bus
	logger      *slog.Logger
	fleet       *siren.Fleet
	book        *enrolment.Book
	link        *mqtt.Link
	ways        *ways
	listener    *listener.Listener // nil when the broker is outside
	credentials mqtt.Credentials   // of the listener where it speaks no TLS
	ca          *enrolment.CA      // nil there
	mosquitto   *mosquitto         // nil without a broker outside that knows certificates
	endpoint    mqtt.Endpoint
	keys        *sirenKeys
	channels    []dispatch.Channel
	stops       dispatch.Orders
}

func newGateway(n *Node, records journal.Journal, publicURL string, signals siren.Signals) (*gateway, error) {
	c := n.config.Sirens
	g := &gateway{fleet: siren.NewFleet(), book: enrolment.NewBook(), bus: n.bus, logger: n.logger}
	var err error
	if g.keys, err = openSirenKeys(n.config, n.logger); err != nil {
		return nil, err
	}
	endpoint, user, password, err := g.way(n)
	if err != nil {
		return nil, err
	}
	g.endpoint = endpoint
	if g.link, err = mqtt.NewLink(mqtt.LinkOptions{
		Endpoint: endpoint, User: user, Password: password, Authority: n.config.Authority.ID,
		Issuer: g.keys.signer, Epoch: c.Epoch, Keyset: g.keys.news, Version: g.keys.keyset.Version,
		Fleet: g.fleet, Telemetry: n.bus, Log: n.logger,
	}); err != nil {
		return nil, err
	}
	receivers := make([]webhook.Receiver, len(n.config.Webhooks))
	for i, w := range n.config.Webhooks {
		secret, err := readSecret(w.SecretFile)
		if err != nil {
			return nil, err
		}
		receivers[i] = webhook.Receiver{ID: w.ID, URL: w.URL, Secret: secret}
	}
	webhooks, err := webhook.New(webhook.Options{Receivers: receivers, PublicURL: publicURL})
	if err != nil {
		return nil, err
	}
	if g.ways, err = newWays(c, g, records); err != nil {
		return nil, err
	}
	sirens := sirenchannel.New(sirenchannel.Options{Fleet: g.fleet, Issuer: g.keys.signer, Second: g.keys.second, Keyset: g.keys.keyset, Epoch: c.Epoch, Route: g.ways.route, Signals: signals})
	g.stops = sirens.Stops()
	g.channels = []dispatch.Channel{sirens, publicchannel.New(publicchannel.Options{BaseURL: publicURL}), webhooks}
	return g, nil
}

// way opens the node's own listener, or names the broker outside.
func (g *gateway) way(n *Node) (endpoint mqtt.Endpoint, user, password string, err error) {
	c := n.config.Sirens
	if c.EnrolListen != "" {
		if g.ca, err = enrolment.OpenCA(c.CA, n.config.Authority.ID, time.Now()); err != nil {
			return endpoint, "", "", err
		}
		if err := g.enrol(n); err != nil {
			return endpoint, "", "", err
		}
	}
	if c.Broker != nil {
		if g.ca != nil {
			g.mosquitto = &mosquitto{dir: filepath.Join(n.config.Dir, "mosquitto"), ca: g.ca, book: g.book, authority: n.config.Authority.ID, url: c.Broker.URL}
		}
		return g.outside(c.Broker)
	}
	topics, err := mqtt.NewTopics(n.config.Authority.ID)
	if err != nil {
		return endpoint, "", "", err
	}
	options := listener.Options{Address: c.Listen, Topics: topics, Limits: listener.DefaultLimits(), Log: n.logger}
	if g.ca != nil {
		options.TLS = g.ca.Listen(c.hosts(), tls.RequireAndVerifyClientCert, time.Now)
		options.Admit = listener.Certificates(g.registered, g.book.Valid, time.Now)
		endpoint.TLS = g.ca.Dial(c.hosts()[0], time.Now)
	} else {
		if g.credentials.Secret, err = keptRandom(c.Secret); err != nil {
			return endpoint, "", "", err
		}
		options.Admit = listener.Passwords(g.registered, g.credentials)
		password = g.credentials.Password(siren.GatewayName)
	}
	if g.listener, err = listener.Open(options); err != nil {
		return endpoint, "", "", err
	}
	n.cleanup(g.listener.Stop)
	endpoint.Address = reachable(g.listener.Address())
	if endpoint.TLS != nil {
		endpoint.Address = "mqtts://" + endpoint.Address
	}
	return endpoint, siren.GatewayName, password, nil
}

func (g *gateway) registered(id string) bool {
	_, known := g.fleet.Siren(id)
	return known
}

// outside names a broker outside. The gateway shows it the certificate that is
// configured, or one of the sirens' own authority.
func (g *gateway) outside(b *BrokerConfig) (endpoint mqtt.Endpoint, user, password string, err error) {
	endpoint.Address, user = b.URL, b.User
	if b.PasswordFile != "" {
		if password, err = readSecret(b.PasswordFile); err != nil {
			return endpoint, "", "", err
		}
	}
	if g.ca != nil {
		endpoint.TLS = g.ca.Dial("", time.Now)
	}
	if b.CA != "" {
		trusted, err := trusting(b.CA)
		if err != nil {
			return endpoint, "", "", err
		}
		if endpoint.TLS != nil {
			trusted.GetClientCertificate = endpoint.TLS.GetClientCertificate
		}
		endpoint.TLS = trusted
	}
	if b.Certificate != "" {
		certificate, err := tls.LoadX509KeyPair(b.Certificate, b.Key)
		if err != nil {
			return endpoint, "", "", problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The certificate %s cannot be used.", b.Certificate), "Check that certificate and key are PEM files that belong together.")
		}
		if endpoint.TLS == nil {
			endpoint.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		endpoint.TLS.GetClientCertificate = nil
		endpoint.TLS.Certificates = []tls.Certificate{certificate}
	}
	return endpoint, user, password, nil
}

// run keeps the link to the broker.
func (g *gateway) run(ctx context.Context, ready func()) error {
	restore(ctx, g.bus, g.logger, g.link.Restore)
	ready()
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if g.listener != nil {
		beside.Go(func() { g.report(ctx) })
	}
	if g.mosquitto != nil {
		if err := g.mosquitto.begin(time.Now()); err != nil {
			return err
		}
		beside.Go(func() {
			g.mosquitto.run(ctx, func(err error) { g.logger.Error("cannot list revoked certificates for the broker", "error", err) })
		})
	}
	if err := g.link.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("siren link: %w", err)
	}
	return nil
}

// frames is all ways on which sirens answer: tests go there, and call nobody by radio.
func (g *gateway) frames() route.Frames { return route.Frames{Route: g.ways.route, Fleet: g.fleet} }
