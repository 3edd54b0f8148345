// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// enrol opens the listener at which sirens get their certificates.
func (g *gateway) enrol(n *Node) error {
	c := n.config.Sirens
	hosts := c.hosts()
	l, err := n.open(c.EnrolListen, g.ca.Listen(hosts, tls.VerifyClientCertIfGiven, time.Now), nil)
	if err != nil {
		return err
	}
	service := enrolment.NewService(enrolment.ServiceOptions{
		CA: g.ca, Book: g.book, Siren: g.fleet.Siren, Bus: n.bus, Authority: n.config.Authority.ID,
		URL: "https://" + net.JoinHostPort(hosts[0], l.port()), Broker: c.brokerURL(), Now: time.Now, Log: n.logger,
		Keyset: func() []byte { return g.keys.setup }, Keys: []enrolment.Key{enrolment.KeyOf(g.keys.keyset.Issuers[0])},
	})
	l.server.Handler, l.server.ConnState = service, atMost(enrolling)
	l.server.ReadTimeout, l.server.WriteTimeout, l.server.IdleTimeout = enrolTime, enrolTime, enrolTime
	stop, err := service.Inform()
	if err != nil {
		return err
	}
	n.cleanup(stop)
	return nil
}

const (
	// enrolling is how many connections to the service there may be at once, and
	// enrolTime how long each may take to say or hear something.
	enrolling = 256
	enrolTime = 15 * time.Second
)

// atMost closes the connections of an HTTP server that are beyond a number.
func atMost(limit int64) func(net.Conn, http.ConnState) {
	var open atomic.Int64
	return func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			if open.Add(1) > limit {
				c.Close()
			}
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
}

// reportInterval is how often it is told what the listener refuses.
const reportInterval = 5 * time.Second

// report tells what the listener refuses, whenever there is something new.
func (g *gateway) report(ctx context.Context) {
	ticker := time.NewTicker(reportInterval)
	defer ticker.Stop()
	told := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		refused, count := g.listener.Refusals(), 0
		state := siren.Refused{Counts: map[string]int{}, Last: make([]siren.Refusal, len(refused.Last))}
		for reason, n := range refused.Counts {
			state.Counts[string(reason)] = n
			count += n
		}
		if count == told {
			continue
		}
		for i, r := range refused.Last {
			state.Last[i] = siren.Refusal{At: r.At.UTC(), Siren: r.Siren, From: r.From, Reason: string(r.Reason), Detail: r.Cause.Error()}
		}
		data, err := json.Marshal(state)
		if err == nil {
			err = g.bus.PutState(ctx, siren.RefusedSubject, data)
		}
		if err != nil && ctx.Err() == nil {
			g.logger.Error("cannot tell what the siren listener refuses", "error", err)
			continue
		}
		told = count
	}
}

// hosts are the names and IP addresses under which sirens reach the gateway.
func (s SirenConfig) hosts() []string {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil
	}
	return []string{host}
}

// brokerURL is the address of the broker, as sirens use it.
func (s SirenConfig) brokerURL() string {
	if s.Broker != nil {
		return s.Broker.URL
	}
	return (&url.URL{Scheme: "mqtts", Host: s.Address}).String()
}

// reachable turns an address that stands for all of the machine into one that can
// be dialled on it.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return address
	}
	return net.JoinHostPort("localhost", port)
}
