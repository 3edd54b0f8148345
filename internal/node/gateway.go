// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/tocsin-alert/tocsin/internal/bus"
	publicchannel "github.com/tocsin-alert/tocsin/internal/channel/public"
	sirenchannel "github.com/tocsin-alert/tocsin/internal/channel/siren"
	"github.com/tocsin-alert/tocsin/internal/channel/webhook"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

// gateway is the role that faces devices and other people's systems.
type gateway struct {
	bus         bus.Bus
	logger      *slog.Logger
	fleet       *siren.Fleet
	link        *mqtt.Link
	route       *route.Route
	broker      *mqtt.Broker // nil when the broker is outside
	credentials mqtt.Credentials
	endpoint    mqtt.Endpoint
	signer      siren.Signer
	public      ed25519.PublicKey
	channels    []dispatch.Channel
	stops       dispatch.Orders
}

func newGateway(n *Node, publicURL string, signals siren.Signals) (*gateway, error) {
	c := n.config.Sirens
	g := &gateway{fleet: siren.NewFleet(), bus: n.bus, logger: n.logger}
	key, err := signingKey(c.SigningKey, "siren signing key")
	if err != nil {
		return nil, err
	}
	g.signer, g.public = siren.NewSigner(key), key.Public().(ed25519.PublicKey)
	endpoint, user, password, err := g.way(n)
	if err != nil {
		return nil, err
	}
	g.endpoint = endpoint
	if g.link, err = mqtt.NewLink(mqtt.LinkOptions{
		Endpoint: endpoint, User: user, Password: password, Authority: n.config.Authority.ID,
		Issuer: g.signer, Epoch: c.Epoch, Fleet: g.fleet, Telemetry: n.bus, Log: n.logger,
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
	g.route = route.New(route.Options{Bearers: map[siren.PathKind]route.Bearer{siren.PathMQTT: g.link}, Log: n.logger})
	sirens := sirenchannel.New(sirenchannel.Options{Fleet: g.fleet, Issuer: g.signer, Epoch: c.Epoch, Route: g.route, Signals: signals})
	g.stops = sirens.Stops()
	g.channels = []dispatch.Channel{sirens, publicchannel.New(publicchannel.Options{BaseURL: publicURL}), webhooks}
	return g, nil
}

// way opens the embedded broker, or names the one outside.
func (g *gateway) way(n *Node) (endpoint mqtt.Endpoint, user, password string, err error) {
	c := n.config.Sirens
	if c.Broker != nil {
		endpoint.Address, user = c.Broker.URL, c.Broker.User
		if c.Broker.PasswordFile != "" {
			if password, err = readSecret(c.Broker.PasswordFile); err != nil {
				return endpoint, "", "", err
			}
		}
		if c.Broker.CA != "" {
			if endpoint.TLS, err = trusting(c.Broker.CA); err != nil {
				return endpoint, "", "", err
			}
		}
		return endpoint, user, password, nil
	}
	secret, err := keptRandom(c.Secret)
	if err != nil {
		return endpoint, "", "", err
	}
	g.credentials = mqtt.Credentials{Secret: secret}
	options := mqtt.BrokerOptions{
		Address: c.Listen, Dir: filepath.Join(n.config.Dir, "mqtt"), Authority: n.config.Authority.ID, Credentials: g.credentials, Log: n.logger,
		Registered: func(id string) bool {
			_, known := g.fleet.Siren(id)
			return known
		},
	}
	if c.Certificate != "" {
		certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
		if err != nil {
			return endpoint, "", "", problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The certificate %s cannot be used.", c.Certificate), "Check that certificate and key are PEM files that belong together.")
		}
		options.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		if endpoint.TLS, err = itself(certificate); err != nil {
			return endpoint, "", "", err
		}
	}
	if g.broker, err = mqtt.StartBroker(options); err != nil {
		return endpoint, "", "", err
	}
	n.cleanup(g.broker.Stop)
	endpoint.Address = g.broker.Address()
	if endpoint.TLS != nil {
		endpoint.Address = "mqtts://" + endpoint.Address
	}
	return endpoint, mqtt.GatewayUser, g.credentials.Password(mqtt.GatewayUser), nil
}

// run keeps the link to the broker.
func (g *gateway) run(ctx context.Context, ready func()) error {
	restore(ctx, g.bus, g.logger, g.link.Restore)
	ready()
	if err := g.link.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("siren link: %w", err)
	}
	return nil
}

// issuer is the node as devices know it.
func (g *gateway) issuer(c Config) siren.Issuer {
	return siren.Issuer{
		PublicKey: g.public, Territory: c.Authority.Territory, Epoch: c.Sirens.Epoch,
		Actions: []siren.Action{siren.ActionSound, siren.ActionStop, siren.ActionTest, siren.ActionBeacon},
	}
}
