// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package engine

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// ClusterOptions name an outside NATS cluster. Its servers must run JetStream
// with "sync_interval: always", else they lose acknowledged records when the
// power fails; a client cannot ask them whether they do.
type ClusterOptions struct {
	// URLs of some of its servers, such as "tls://nats-1.example:4222".
	URLs []string
	// CredentialsFile is a NATS credentials file; empty for none.
	CredentialsFile string
}

func (e *Engine) connectCluster(o Options) error {
	options := connOptions(o)
	if file := o.Cluster.CredentialsFile; file != "" {
		options = append(options, nats.UserCredentials(file))
	}
	var err error
	e.Conn, err = nats.Connect(strings.Join(o.Cluster.URLs, ","), options...)
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "no server of the cluster answers at "+redacted(o.Cluster.URLs),
			"Check the addresses, the network, and the credentials file.")
	}
	if limit := e.Conn.MaxPayload(); limit < maxPayload {
		return problem.New(problem.Unavailable,
			fmt.Sprintf("the cluster takes messages of %d bytes at most; the journal needs %d", limit, maxPayload),
			"Set max_payload to 4MB on every server of the cluster.")
	}
	return nil
}

// redacted lists the addresses without their passwords.
func redacted(urls []string) string {
	shown := make([]string, len(urls))
	for i, raw := range urls {
		shown[i] = "(an address that is no URL)"
		if u, err := url.Parse(raw); err == nil {
			shown[i] = u.Redacted()
		}
	}
	return strings.Join(shown, ", ")
}
