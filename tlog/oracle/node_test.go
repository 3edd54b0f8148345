// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package oracle

import (
	"context"
	"fmt"
	"io"
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

	"github.com/tocsin-alert/tocsin/tlog"
)

// TestNodesLog runs a node whose log has 100,000 entries, and has others read it
// over HTTP as the node serves it: tessera's fsck, torchwood's client, and
// `tocsin log audit`.
func TestNodesLog(t *testing.T) {
	address, entries := serve(t)
	trustFile := filepath.Join(t.TempDir(), "trust.json")
	raw := fetch(t, address+"/trust.json")
	if err := os.WriteFile(trustFile, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	trust, err := tlog.ParseTrust(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, log, ok := trust.Log("de-bb/log")
	if !ok {
		t.Fatalf("the trust file is %s", raw)
	}
	key, err := tlog.NewVerifier(log.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	tree := awaitSize(t, address, entries, key)

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
		count := int64(0)
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
		out, err := exec.Command(build(t, "./cmd/tocsin"), "log", "audit", "--trust", trustFile, address+"/log").CombinedOutput()
		t.Logf("%s", out)
		if err != nil || !strings.Contains(string(out), fmt.Sprintf("%d entries, %d new, 100 messages compared", entries, entries)) {
			t.Errorf("%v", err)
		}
	})
}

// build builds a program of the node's module.
func build(t *testing.T, path string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(path))
	command := exec.Command("go", "build", "-o", binary, path)
	command.Dir = "../.."
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

// serve runs a node with a large log. It gives its public address and the number
// of entries.
func serve(t *testing.T) (address string, entries int64) {
	t.Helper()
	running := exec.Command(build(t, "./e2e/largelog"))
	running.Stderr = os.Stderr
	in, err := running.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := running.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := running.Wait(); err != nil {
			t.Error(err)
		}
	})
	if _, err := fmt.Fscan(out, &address, &entries); err != nil {
		t.Fatalf("the node does not start: %v", err)
	}
	if entries < size {
		t.Fatalf("the log has only %d entries", entries)
	}
	return address, entries
}

// awaitSize waits until the node serves a checkpoint of everything.
func awaitSize(t *testing.T, address string, entries int64, key note.Verifier) tlog.Tree {
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
