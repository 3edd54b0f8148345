// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func brandenburg(dir string) Config {
	return Config{
		Dir:       dir,
		Authority: authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}},
		Console:   ListenConfig{Listen: "127.0.0.1:0"}, Public: PublicConfig{ListenConfig: ListenConfig{Listen: "127.0.0.1:0"}},
		Sirens: SirenConfig{Listen: "127.0.0.1:0"},
	}.WithDefaults()
}

func run(t *testing.T, config Config) *Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n, err := New(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Stop)
	return n
}

func get(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

func TestNodeServesAndStopsWithoutTrace(t *testing.T) {
	before := goleak.IgnoreCurrent()
	n := run(t, brandenburg(t.TempDir()))
	at := n.Addresses()
	client := &http.Client{Transport: &http.Transport{}}
	for _, path := range []string{at.Public, at.Public + "feed.atom", at.Public + "warnings.geojson", at.API + "/api/openapi.json", at.Console} {
		if status, _ := get(t, client, path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	client.CloseIdleConnections()
	awaitGateway(t, n)
	n.Stop()
	n.Stop()
	// Goroutines of the engine end on their own time on a busy machine.
	if !eventually.Is(func() bool { return goleak.Find(before) == nil }) {
		t.Fatal(goleak.Find(before))
	}
}

// awaitGateway waits until the gateway is connected to its own broker.
func awaitGateway(t *testing.T, n *Node) {
	t.Helper()
	eventually.Holds(t, "the gateway reaches its own listener", func() bool { connected, _ := n.gateway.link.Connected(); return connected })
}

func TestOneListenerOrTwo(t *testing.T) {
	config := brandenburg(t.TempDir())
	config.Public.Listen = "localhost:0"
	n := run(t, config)
	at := n.Addresses()
	if strings.HasPrefix(at.Public, at.API) {
		t.Fatalf("console %s and public %s share a listener", at.Console, at.Public)
	}
	// Browsers have passkeys under the name of this machine alone, and the rules know it.
	if origin := n.Rules().Keys.Origin; !strings.HasPrefix(origin, "http://localhost:") || at.Console != origin+"/console/" {
		t.Errorf("the console is to be opened at %s, passkeys work at %s", at.Console, origin)
	}
	if status, _ := get(t, http.DefaultClient, at.Public+"console/"); status != http.StatusNotFound {
		t.Errorf("the public listener serves the console: %d", status)
	}
	if status, _ := get(t, http.DefaultClient, at.Public+"api/v1/me"); status != http.StatusNotFound {
		t.Errorf("the public listener serves the API: %d", status)
	}
}

func TestStartRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, test := range []struct {
		name  string
		setup func(t *testing.T, c *Config)
		kind  problem.Kind
		says  string
	}{
		{"console port in use", func(_ *testing.T, c *Config) { c.Console.Listen = taken.Addr().String() }, problem.Conflict, taken.Addr().String()},
		{"siren port in use", func(_ *testing.T, c *Config) { c.Sirens.Listen = taken.Addr().String() }, problem.Unavailable, taken.Addr().String()},
		{"directory in use", func(t *testing.T, c *Config) { run(t, brandenburg(c.Dir)) }, problem.Conflict, ""},
		{"journal of a newer version", func(t *testing.T, c *Config) {
			path := filepath.Join(c.Dir, "journal", "version")
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("999\n"), 0o600)); err != nil {
				t.Fatal(err)
			}
		}, problem.Conflict, "newer"},
		{"no siren signing key in its file", func(t *testing.T, c *Config) {
			c.Sirens.SigningKey = filepath.Join(c.Dir, "empty.pem")
			if err := os.WriteFile(c.Sirens.SigningKey, []byte("nothing"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, problem.Unreadable, "empty.pem"},
		{"webhook secret missing", func(_ *testing.T, c *Config) {
			c.Webhooks = []WebhookConfig{{ID: "a", URL: "https://receiver.example/", SecretFile: c.Dir + "/none"}}
		}, problem.Unreadable, "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := brandenburg(t.TempDir())
			test.setup(t, &config)
			n, err := New(t.Context(), config, slog.New(slog.DiscardHandler))
			if err == nil {
				n.Stop()
				t.Fatal("it started")
			}
			p, ok := errors.AsType[*problem.Error](err)
			if !ok || p.Kind != test.kind || p.Remedy == "" || !strings.Contains(p.Error(), test.says) {
				t.Errorf("refused with %v, want a problem of kind %s that says %q and a remedy", err, test.kind, test.says)
			}
		})
	}
}
