// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// starts measures how long a node with a long journal takes until it serves.
func starts(ctx context.Context) ([]row, error) {
	var rows []row
	for _, records := range []int{10_000, 100_000} {
		say("start: a journal of %d records", records)
		took, err := startWith(ctx, records)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{fmt.Sprintf("start with %d records, all roles, to serving", records), milliseconds(took.at(0.5)), milliseconds(took.at(0.99)), "", ""})
	}
	return rows, nil
}

func startWith(ctx context.Context, records int) (sample, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	config := node.Config{
		Dir:       dir,
		Authority: authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}},
		Console:   node.ListenConfig{Listen: "127.0.0.1:0"}, Public: node.PublicConfig{ListenConfig: node.ListenConfig{Listen: "127.0.0.1:0"}},
		Sirens: node.SirenConfig{Listen: "127.0.0.1:0"},
	}.WithDefaults()
	rules, err := rulesOf(ctx, config)
	if err != nil {
		return nil, err
	}
	driver, err := engine.Open(engine.Options{Dir: filepath.Join(dir, "journal"), Name: "de-bb", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	j, err := jetstream.Open(ctx, driver.JetStream, jetstream.Options{})
	if err == nil {
		err = history(ctx, j, rules, records)
	}
	if closeErr := driver.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	var took sample
	for range rounds {
		begun := time.Now()
		running, err := node.New(ctx, config, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
		running.Stop()
	}
	return took, nil
}

// rulesOf gives the rules of a node that is started and stopped for it.
func rulesOf(ctx context.Context, config node.Config) (warning.Rules, error) {
	running, err := node.New(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return warning.Rules{}, err
	}
	defer running.Stop()
	return running.Rules(), nil
}

// peers runs the packages' own side-by-side benchmarks: the broker beside
// mosquitto and raw NATS with the same swarm, the journal beside bare publishes.
func peers(ctx context.Context) ([]row, error) {
	say("brokers and engines: the packages' own benchmarks")
	test := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchtime", "3x", "-timeout", "20m", "./internal/siren/mqtt", "./internal/journal/jetstream")
	test.Stderr = os.Stderr
	out, err := test.Output()
	if err != nil {
		return nil, fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	var rows []row
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		if name, figures, found := strings.Cut(lines.Text(), "\t"); found && strings.HasPrefix(name, "Benchmark") {
			rows = append(rows, peerRow(strings.TrimPrefix(strings.TrimSpace(name), "Benchmark"), strings.Fields(figures)))
		}
	}
	return rows, nil
}

// peerRow puts the figures of a benchmark's line into the table's columns. They
// are pairs of number and unit, after the number of rounds.
func peerRow(name string, figures []string) row {
	r := row{what: name}
	var others []string
	for i := 1; i+1 < len(figures); i += 2 {
		number, unit := figures[i], figures[i+1]
		switch unit {
		case "ms/fan-out":
			r.median = number + " ms"
		case "ms/worst":
			r.p99 = number + " ms (worst)"
		case "p50-µs":
			r.median = number + " µs"
		case "p99-µs":
			r.p99 = number + " µs"
		case "embedded/this":
			r.ratio = "embedded takes " + number + " of it"
		case "ns/op":
		default:
			others = append(others, number+" "+unit)
		}
	}
	r.peer = strings.Join(others, ", ")
	return r
}

// size measures the stripped binary.
func size(ctx context.Context) ([]row, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tocsin")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/tocsin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return []row{{"binary, stripped", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6), "", "", ""}}, nil
}
