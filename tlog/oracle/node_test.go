// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package oracle

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/node/nodetest"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	nodesOrigin = "de-bb/log"
	// warnings are in the node's log besides keys.
	warnings = 100
	// entries are all that are in it: the first, the keys of many and of the two
	// who warn, and the warnings.
	entries = 1 + size + 2 + warnings
)

// TestNodesLog runs a node whose log has 100,000 entries, and has others read it
// over HTTP as the node serves it: tessera's fsck, torchwood's client, and
// `tocsin log audit`.
func TestNodesLog(t *testing.T) {
	address := serve(t)
	trustFile := filepath.Join(t.TempDir(), "trust.json")
	raw := fetch(t, address+"/trust.json")
	if err := os.WriteFile(trustFile, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	trust, err := tlog.ParseTrust(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, log, ok := trust.Log(nodesOrigin)
	if !ok {
		t.Fatalf("the trust file is %s", raw)
	}
	key, err := tlog.NewVerifier(log.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	tree := awaitSize(t, address, key)

	t.Run("tessera", func(t *testing.T) {
		base, err := url.Parse(address + "/log/")
		if err != nil {
			t.Fatal(err)
		}
		fetcher, err := client.NewHTTPFetcher(base, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := fsck.New(log.Origin, key, fetcher, bundleHashes, fsck.Opts{N: 4}).Check(t.Context()); err != nil {
			t.Errorf("fsck: %v", err)
		}
	})
	t.Run("torchwood", func(t *testing.T) {
		fetcher, err := torchwood.NewTileFetcher(address+"/log", torchwood.WithConcurrencyLimit(4))
		if err != nil {
			t.Fatal(err)
		}
		reader, err := torchwood.NewClient(fetcher)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for index, entry := range reader.AllEntries(context.Background(), merkle.Tree{N: tree.Size, Hash: tree.Root}, 0) {
			if _, err := tlog.ParseLeaf(entry); err != nil {
				t.Fatalf("entry %d: %v", index, err)
			}
			count++
		}
		if err := reader.Err(); err != nil || count != entries {
			t.Errorf("its client read %d entries, %v", count, err)
		}
	})
	t.Run("tocsin log audit", func(t *testing.T) {
		binary := filepath.Join(t.TempDir(), "tocsin")
		build := exec.Command("go", "build", "-o", binary, "./cmd/tocsin")
		build.Dir = "../.."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		out, err := exec.Command(binary, "log", "audit", "--trust", trustFile, address+"/log").CombinedOutput()
		t.Logf("%s", out)
		if err != nil || !strings.Contains(string(out), fmt.Sprintf("%d entries, %d new, %d messages compared", entries, entries, warnings)) {
			t.Errorf("%v", err)
		}
	})
}

var brandenburg = authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}}

// serve runs a node with a log that is large enough, and gives its public address.
func serve(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	begun := time.Now()
	enrol(t, filepath.Join(dir, "journal"))
	t.Logf("%d keys enrolled in %s", size, time.Since(begun).Round(time.Second))
	running, err := node.New(t.Context(), node.Config{
		Dir: dir, Roles: []node.Role{node.RoleCore, node.RolePublic}, Authority: brandenburg,
		Keys:   operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}},
		Public: node.PublicConfig{ListenConfig: node.ListenConfig{Listen: "127.0.0.1:0"}},
		Log:    node.LogConfig{Origin: nodesOrigin},
	}.WithDefaults(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Stop)
	desk, err := nodetest.Open(t.Context(), running, "")
	if err != nil {
		t.Fatal(err)
	}
	for range warnings {
		_, release, err := desk.Request(t.Context(), nodetest.Flood("12"))
		if err == nil {
			err = desk.Release(t.Context(), release)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return strings.TrimSuffix(running.Addresses().Public, "/")
}

// enrol writes a journal as the core does, but for many people at a time, until
// 100,000 of their keys are in the log.
func enrol(t *testing.T, dir string) {
	t.Helper()
	driver, err := engine.Open(engine.Options{Dir: dir, Name: brandenburg.ID, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer driver.Close()
	j, err := jetstream.Open(t.Context(), driver.JetStream, jetstream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	directory := operator.NewDirectory()
	scribe, err := publiclog.NewScribe(publiclog.ScribeOptions{
		Authority: brandenburg.WithDefaults(), Origin: nodesOrigin, Operators: directory, Warnings: warning.NewBook(), Tree: publiclog.NewTree(),
		Regions: func(geo.Area) []string { return []string{"12"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	ledger := journal.NewLedger(j, journal.Projections{directory, scribe}, time.Now)
	const atOnce, keys = 100, 5 // keys are as many as one person may have
	for first := 0; first < size/keys; first += atOnce {
		for round := range 1 + keys {
			_, err := ledger.Do(t.Context(), operator.Node, func(now time.Time, _ uint64) ([]journal.Event, error) {
				var all []journal.Event
				for i := range atOnce {
					e, err := event(fmt.Sprintf("p%d", first+i), round == 0, now)
					if err != nil {
						return nil, err
					}
					all = append(all, e)
				}
				return scribe.Complete(all, now)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// event opens an account, or enrols a key. The rules that say who may have a key
// compare it with all others; here there are too many for that.
func event(name string, open bool, now time.Time) (journal.Event, error) {
	if open {
		return journal.NewEvent(operator.EventCreated, operator.Created{Name: name, FullName: name, Roles: []operator.Role{operator.Author}}), nil
	}
	key, err := operator.GenerateKey()
	if err != nil {
		return journal.Event{}, err
	}
	public, err := operator.PublicKey(key)
	return journal.NewEvent(operator.EventKeyEnrolled, operator.KeyEnrolled{Name: name, Key: operator.Key{
		ID: operator.KeyID(public), Type: operator.SoftwareKey, PublicKey: public, Enrolled: now,
	}}), err
}

// awaitSize waits until the node serves a checkpoint of everything.
func awaitSize(t *testing.T, address string, key note.Verifier) tlog.Tree {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		tree, err := tlog.OpenCheckpoint(fetch(t, address+"/log/checkpoint"), key)
		if err != nil {
			t.Fatal(err)
		}
		if tree.Size == entries {
			return tree
		}
		if time.Now().After(deadline) {
			t.Fatalf("the checkpoint is of %d entries", tree.Size)
		}
	}
}

func fetch(t *testing.T, address string) []byte {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	return raw
}
