// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// mosquitto keeps the files of a mosquitto outside: what it is to ask sirens for,
// its own certificate, and which certificates were revoked.
type mosquitto struct {
	dir       string
	ca        *enrolment.CA
	book      *enrolment.Book
	authority string
	url       string
	// listed is how many certificates the list named when it was written last.
	listed  int
	written time.Time
}

// listInterval is how often the list of revoked certificates is written without
// need. It holds for a week.
const listInterval = 24 * time.Hour

// begin writes everything that is not there yet.
func (m *mosquitto) begin(now time.Time) error {
	topics, err := mqtt.NewTopics(m.authority)
	if err != nil {
		return err
	}
	u, err := url.Parse(m.url)
	if err != nil || u.Hostname() == "" || u.Port() == "" {
		return problem.New(problem.Invalid, fmt.Sprintf("%q is no broker address.", m.url), "Write mqtts://host:8883.")
	}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be made.", m.dir), "Check the directory's permissions.")
	}
	config := mqtt.MosquittoConfig(mosquittoFolder, "", u.Port())
	for name, content := range map[string]string{
		mqtt.MosquittoConfigFile: config, mqtt.MosquittoACLFile: topics.MosquittoACL(siren.GatewayName), mqtt.MosquittoCAFile: string(m.ca.PEM()),
	} {
		if err := m.write(name, []byte(content)); err != nil {
			return err
		}
	}
	if err := m.certify(u.Hostname(), now); err != nil {
		return err
	}
	return m.list(now)
}

// mosquittoFolder is where the configuration expects its files.
const mosquittoFolder = "/etc/mosquitto/sirens"

// certify makes the broker's certificate, when there is none or it is old.
func (m *mosquitto) certify(host string, now time.Time) error {
	raw, err := os.ReadFile(filepath.Join(m.dir, mqtt.MosquittoCertFile))
	if err == nil && !enrolment.Due(raw, now) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the broker's certificate: %w", err)
	}
	key, certificate, err := m.ca.ServerFiles([]string{host}, now)
	if err != nil {
		return err
	}
	return errors.Join(m.write(mqtt.MosquittoKeyFile, key), m.write(mqtt.MosquittoCertFile, certificate))
}

// list writes the list of revoked certificates, when it has grown or is old.
func (m *mosquitto) list(now time.Time) error {
	revoked := m.book.Revoked(now)
	if len(revoked) == m.listed && now.Sub(m.written) < listInterval {
		return nil
	}
	crl, err := m.ca.CRL(revoked, now)
	if err != nil {
		return err
	}
	if err := m.write(mqtt.MosquittoCRLFile, crl); err != nil {
		return err
	}
	m.listed, m.written = len(revoked), now
	return nil
}

func (m *mosquitto) write(name string, content []byte) error {
	path := filepath.Join(m.dir, name)
	if err := durable.Replace(path, content); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", path), "Check the disk and the directory's permissions.")
	}
	return nil
}

// run keeps the list until the context ends.
func (m *mosquitto) run(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(reportInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if err := m.list(now); err != nil {
				failed(err)
			}
		}
	}
}
