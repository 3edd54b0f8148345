// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package crash kills nodes and signers under load, takes the power from their
// disks, and holds their public log to what an observer outside saw of it.
package crash

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
)

const origin = "warnung.brandenburg.example/log"

// The environment by which the test binary becomes one of the processes that are
// killed. Each says on its output, a line for each and at once, what has left it.
const (
	roleEnv   = "TOCSIN_TEST_CRASH"
	dirEnv    = "TOCSIN_TEST_DIR"
	socketEnv = "TOCSIN_TEST_SOCKET"
	listenEnv = "TOCSIN_TEST_LISTEN"
)

// What the processes say.
const (
	saysReady    = "ready"    // it serves
	saysReleased = "released" // a release was acknowledged: its identifier
	saysSigned   = "signed"   // a checkpoint leaves the signer: in base64
)

// roles are what the test binary can be.
var roles = map[string]func(context.Context) error{"node": runNode, "signer": runSigner}

func TestMain(m *testing.M) {
	run, ok := roles[os.Getenv(roleEnv)]
	if !ok {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Fprintln(os.Stderr, os.Getenv(roleEnv), "ends:", run(ctx))
	os.Exit(1)
}

var saying sync.Mutex

func say(words ...any) {
	saying.Lock()
	defer saying.Unlock()
	fmt.Println(words...)
}

// runSigner is a signer's own process.
func runSigner(ctx context.Context) error {
	dir := os.Getenv(dirEnv)
	key, err := signer.Load(keyFile(dir))
	if err != nil {
		return err
	}
	local, err := signer.Open(key, stateFile(dir), time.Now)
	if err != nil {
		return err
	}
	say(saysReady)
	return signer.Serve(ctx, os.Getenv(socketEnv), heard{local})
}

func keyFile(dir string) string   { return filepath.Join(dir, "key") }
func stateFile(dir string) string { return filepath.Join(dir, "key"+node.StateSuffix) }

// heard says what a signer gives out.
type heard struct{ *signer.Local }

// Sign implements publiclog.Signer.
func (h heard) Sign(ctx context.Context, p publiclog.Proposal) ([]byte, error) {
	signed, err := h.Local.Sign(ctx, p)
	if err == nil {
		say(saysSigned, base64.StdEncoding.EncodeToString(signed))
	}
	return signed, err
}

// runNode is a node under load.
func runNode(ctx context.Context) error {
	config := node.Config{
		Dir: os.Getenv(dirEnv), Roles: []node.Role{node.RoleCore, node.RolePublic},
		Keys:      operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}},
		Authority: authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}},
		Public:    node.PublicConfig{ListenConfig: node.ListenConfig{Listen: os.Getenv(listenEnv)}, URL: "https://warnung.brandenburg.example"},
		Log:       node.LogConfig{Signer: os.Getenv(socketEnv), Origin: origin},
	}.WithDefaults()
	running, err := node.New(ctx, config, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	return work(ctx, running)
}
