// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/tlog"
)

// An operator puts an old backup of the whole node back, key and all; the signer,
// which is not part of it, knows better. Warnings go out, and nothing is signed
// that contradicts what was.
func TestSignerOutlivesARestoredNode(t *testing.T) {
	dir := t.TempDir()
	socket, key := filepath.Join(dir, "socket"), filepath.Join(dir, "signer", "key")
	_, recipient, err := signer.Passphrase("quiet horse, seven bells")
	if err != nil {
		t.Fatal(err)
	}
	made, err := signer.Create("warnung.example/log", key, key+StateSuffix, recipient)
	if err != nil {
		t.Fatal(err)
	}
	by, err := signer.Open(made, key+StateSuffix, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- signer.Serve(ctx, socket, by) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		by.Close()
	})
	config := brandenburg(filepath.Join(dir, "node"))
	config.Keys.Release = []operator.KeyType{operator.SoftwareKey}
	config.Log.Key, config.Log.Signer, config.Log.Origin = "", socket, "warnung.example/log"
	if faults := config.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}

	n := run(t, config)
	author, releaser := engage(t, n.Bus(), "anna", operator.Author), engage(t, n.Bus(), "ben", operator.Releaser)
	bundled := func(n *Node, id string) bool {
		status, _ := get(t, http.DefaultClient, n.Addresses().Public+"cap/"+id+".1.tocsin")
		return status == http.StatusOK
	}
	first := warn(t, n, author, releaser, 1)
	await(t, "the first warning is proved", func() bool { return bundled(n, first) })
	n.Stop()
	backup := filepath.Join(dir, "backup")
	if err := os.CopyFS(backup, os.DirFS(config.Dir)); err != nil {
		t.Fatal(err)
	}
	n = run(t, config)
	second := warn(t, n, author, releaser, 2)
	await(t, "the second warning is proved", func() bool { return bundled(n, second) })
	n.Stop()
	last, err := by.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	config.Dir = backup
	n = run(t, config)
	var mu sync.Mutex
	var state publiclog.State
	watching, stop := context.WithCancel(t.Context())
	defer stop()
	go publiclog.Watch(watching, n.Bus(), func(s publiclog.State) {
		mu.Lock()
		defer mu.Unlock()
		state = s
	}, func(err error) { t.Error(err) })
	refused := func(why string) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return state.Trouble == publiclog.TroubleRefused && strings.Contains(state.Detail, why)
		}
	}
	await(t, "the smaller log is refused", refused("entries"))
	third := warn(t, n, author, releaser, 3)
	fourth := warn(t, n, author, releaser, 4)
	await(t, "the other history is refused", refused("does not go on from"))
	for _, id := range []string{third, fourth} {
		await(t, "the warning is out", func() bool {
			status, _ := get(t, http.DefaultClient, n.Addresses().Public+"cap/"+id+".1.xml")
			return status == http.StatusOK
		})
		if bundled(n, id) {
			t.Errorf("%s is proved by a log that nobody may sign", id)
		}
	}
	after, err := by.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	was, _ := tlog.UnsignedCheckpoint(last)
	if is, err := tlog.UnsignedCheckpoint(after); err != nil || is != was {
		t.Errorf("signed was %v, now %v", was, is)
	}
}
