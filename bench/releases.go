// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/node/nodetest"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

const releaseCount = 400

// releases measures from the second signature to its durable record, beside a
// bare publish of as many bytes with the same settings.
func releases(ctx context.Context) ([]row, error) {
	say("releases: %d warnings, one after the other", releaseCount)
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	config := node.Config{
		Dir: dir, Roles: []node.Role{node.RoleCore},
		Keys:      operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}},
		Authority: authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}},
	}.WithDefaults()
	running, err := node.New(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer running.Stop()
	desk, err := nodetest.Open(ctx, running, "")
	if err != nil {
		return nil, err
	}
	var took sample
	var bytes int
	for range releaseCount {
		draft, release, err := desk.Request(ctx, nodetest.Flood("12"))
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		if err := desk.Release(ctx, release); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
		// A released record holds the content and its CAP form.
		content, err := json.Marshal(draft.Content)
		if err != nil {
			return nil, err
		}
		bytes = len(content) + len(draft.Canonical)*4/3 + 1200
	}
	bare, err := barePublish(ctx, bytes)
	if err != nil {
		return nil, err
	}
	return []row{
		{"second signature -> durable record", milliseconds(took.at(0.5)), milliseconds(took.at(0.99)), "bound p99 25 ms", fmt.Sprintf("%.2f of it", float64(took.at(0.99))/float64(25*time.Millisecond))},
		{fmt.Sprintf("bare JetStream publish, %d bytes", bytes), milliseconds(bare.at(0.5)), milliseconds(bare.at(0.99)), "", ""},
		{"release beside bare publish", "", "", "bare publish", fmt.Sprintf("%.1f median, %.1f p99", float64(took.at(0.5))/float64(bare.at(0.5)), float64(took.at(0.99))/float64(bare.at(0.99)))},
	}, nil
}

// barePublish publishes with nothing around it, on an engine as the node's.
func barePublish(ctx context.Context, bytes int) (sample, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	bare, err := engine.Open(engine.Options{Dir: dir, Name: "bench", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer bare.Close()
	if _, err := bare.JetStream.CreateStream(ctx, jetstream.StreamConfig{Name: "BARE", Subjects: []string{"bare"}}); err != nil {
		return nil, err
	}
	payload := make([]byte, bytes)
	var took sample
	for range releaseCount {
		begun := time.Now()
		if _, err := bare.JetStream.Publish(ctx, "bare", payload); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}
