// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/agent"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// rooted gives a node a root and a keyset that the root signed.
func rooted(t *testing.T, config Config) Config {
	t.Helper()
	config.Sirens.Epoch = 3
	config.Sirens.SigningKey = filepath.Join(t.TempDir(), "signing-key")
	own, err := signingKey(config.Sirens.SigningKey, "siren signing key")
	if err != nil {
		t.Fatal(err)
	}
	key, err := siren.NewRootKey(make([]byte, siren.RootSeedBytes))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(d siren.Envelope, err error) siren.Envelope {
		if err == nil {
			d, err = d.Sign(key)
		}
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	root := sign(siren.Root{Version: 1, Threshold: 1, Keys: []siren.RootPublic{key.Public()}}.Envelope())
	keyset := sign(siren.Keyset{
		Version: 7, Root: 1, NotBefore: time.Unix(1e9, 0).UTC(), NotAfter: time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second),
		Issuers: []siren.Issuer{{
			PublicKey: own.Public().(ed25519.PublicKey), Epoch: 3, Territory: config.Authority.Territory, Actions: siren.AllActions,
		}},
	}.Envelope())
	config.Sirens.Root, config.Sirens.Keyset = filepath.Join(t.TempDir(), "root"), filepath.Join(t.TempDir(), "keyset")
	for path, d := range map[string]siren.Envelope{config.Sirens.Root: root, config.Sirens.Keyset: keyset} {
		if err := os.WriteFile(path, d.Encode(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config
}

// A board with two lines of configuration and a code becomes a siren of the
// node, over TLS with its own certificate, and sounds.
func TestBoardEnrolsAndSounds(t *testing.T) {
	t.Run("without a root", func(t *testing.T) { enrolAndSound(t, certified(t), 0) })
	t.Run("with a keyset", func(t *testing.T) { enrolAndSound(t, rooted(t, certified(t)), 7) })
}

func enrolAndSound(t *testing.T, config Config, keyset uint32) {
	n := run(t, config)
	awaitGateway(t, n)
	do(t, n.Bus(), siren.CommandRegister, operator.Node, siren.Registered{Sirens: []siren.Siren{{
		ID: "p-1", Number: 1, Name: "Potsdam", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06}, Signals: []string{"warning", "all-clear", "growl-test"},
	}}})
	code := enrolment.NewCode()
	hash, _ := enrolment.HashCode("p-1", code)
	do(t, n.Bus(), enrolment.CommandOpen, operator.Node, enrolment.Opening{Siren: "p-1", Hash: hash, Expires: time.Now().Add(time.Hour)})
	answer, err := n.Bus().Request(t.Context(), enrolment.InfoSubject, nil)
	if err != nil {
		t.Fatal(err)
	}
	var info enrolment.Info
	if err := json.Unmarshal(answer, &info); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	horn := filepath.Join(dir, "horn.sh")
	if err := os.WriteFile(horn, []byte("#!/bin/sh\necho \"$1\" >>'"+dir+"/sounded'\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "agent.yaml")
	if err := os.WriteFile(file, []byte(fmt.Sprintf("state: state\nhorn: {command: [%q]}\n", horn)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := agent.LoadConfig(file); err == nil || !strings.Contains(err.Error(), "number") {
		t.Errorf("before it is enrolled: %v", err)
	}
	enrol := agent.EnrolCommand{Siren: "p-1", URL: info.URL, Fingerprint: info.Fingerprint, Code: code}
	enrol.Config = file
	eventually.Holds(t, "the gateway knows of the code", func() bool { err = enrol.Run(t.Context()); return err == nil })
	set, err := agent.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	board, err := agent.New(agent.Options{
		Config: set, Log: slog.New(slog.DiscardHandler),
		// Its clock has no battery.
		Clock: func() time.Time { return time.Unix(0, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- board.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually.Holds(t, "the siren is ready", func() bool { return condition(t, n, "p-1") == siren.ConditionReady })

	if got := board.Status().Keyset; got != keyset {
		t.Errorf("the siren obeys the keyset %d, not %d", got, keyset)
	}
	f := siren.Frame{
		Epoch: config.Sirens.Epoch, Counter: 1 << 40, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute), TTL: 5 * time.Minute,
		Action: siren.ActionTest, Signal: 17, Target: siren.Numbers(1),
	}
	frame, err := f.Sign(n.gateway.keys.signer)
	if err != nil {
		t.Fatal(err)
	}
	var last siren.Progress
	order := siren.Order{Frames: [][]byte{frame}, Sirens: []string{"p-1"}, Until: time.Now().Add(time.Minute)}
	if err := n.gateway.link.Deliver(t.Context(), order, func(p siren.Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	if last.Status != siren.StatusDone || last.Reason != "" {
		t.Errorf("the growl test ended with %s %s", last.Status, last.Reason)
	}
	if sounded, err := os.ReadFile(filepath.Join(dir, "sounded")); err != nil || string(sounded) != "growl-test\n" {
		t.Errorf("sounded %q, %v", sounded, err)
	}
}
