// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"github.com/tocsin-alert/tocsin/internal/siren/homeassistant"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// homeAssistant is the bridge that the configuration asks for. It is to run once
// the gateway's registry has caught up with the journal.
func (n *Node) homeAssistant() (*homeassistant.Bridge, error) {
	c := n.config.HomeAssistant
	o := homeassistant.Options{
		Endpoint: mqtt.Endpoint{Address: c.URL}, User: c.User, Authority: n.config.Authority.ID, Prefix: c.Prefix,
		Regions: c.Regions, AllowTests: c.AllowTests, Fleet: n.gateway.fleet, Bus: n.bus, Logger: n.logger,
	}
	var err error
	if c.PasswordFile != "" {
		if o.Password, err = readSecret(c.PasswordFile); err != nil {
			return nil, err
		}
	}
	if c.CA != "" {
		if o.Endpoint.TLS, err = trusting(c.CA); err != nil {
			return nil, err
		}
	}
	return homeassistant.New(o), nil
}
