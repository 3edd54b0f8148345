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

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/tlog"
)

// signerBeside is a signer whose key is not the node's.
func signerBeside(t *testing.T, key string) *signer.Local {
	t.Helper()
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
	t.Cleanup(func() { by.Close() })
	return by
}

// serveSigner serves a signer until the test ends or stop is called.
func serveSigner(t *testing.T, socket string, by *signer.Local) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- signer.Serve(ctx, socket, by) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// An operator puts an old backup of the whole node back, key and all; the signer,
// which is not part of it, knows better. Warnings go out, and nothing is signed
// that contradicts what was.
func TestSignerOutlivesARestoredNode(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	by := signerBeside(t, filepath.Join(dir, "signer", "key"))
	serveSigner(t, socket, by)
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
	eventually.Holds(t, "the first warning is proved", func() bool { return bundled(n, first) })
	n.Stop()
	backup := filepath.Join(dir, "backup")
	if err := os.CopyFS(backup, os.DirFS(config.Dir)); err != nil {
		t.Fatal(err)
	}
	n = run(t, config)
	second := warn(t, n, author, releaser, 2)
	eventually.Holds(t, "the second warning is proved", func() bool { return bundled(n, second) })
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
	eventually.Holds(t, "the smaller log is refused", refused("entries"))
	third := warn(t, n, author, releaser, 3)
	fourth := warn(t, n, author, releaser, 4)
	eventually.Holds(t, "the other history is refused", refused("does not go on from"))
	for _, id := range []string{third, fourth} {
		eventually.Holds(t, "the warning is out", func() bool {
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

// While the signer is down a warning goes out as ever, and whoever has the node's
// trust file can see whose it is; when the signer is back, the log proves it.
func TestGradeCWhileTheSignerIsDown(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	by := signerBeside(t, filepath.Join(dir, "signer", "key"))
	stop := serveSigner(t, socket, by)
	config := brandenburg(filepath.Join(dir, "node"))
	config.Keys.Release = []operator.KeyType{operator.SoftwareKey}
	config.Log.Key, config.Log.Signer, config.Log.Origin = "", socket, "warnung.example/log"
	n := run(t, config)
	at := strings.TrimSuffix(n.Addresses().Public, "/")
	author, releaser := engage(t, n.Bus(), "anna", operator.Author), engage(t, n.Bus(), "ben", operator.Releaser)
	shows := func(path, what string) {
		t.Helper()
		eventually.Holds(t, path+" says "+what, func() bool {
			status, body := get(t, http.DefaultClient, at+path)
			return status == http.StatusOK && strings.Contains(body, what)
		})
	}
	first := warn(t, n, author, releaser, 1)
	shows("/en/warnings/"+first, `data-grade="B"`)
	_, file := get(t, http.DefaultClient, at+"/trust.json")
	trust, err := tlog.ParseTrust([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	verdict := func(id string, trust *tlog.Trust) tlog.Verdict {
		t.Helper()
		_, raw := get(t, http.DefaultClient, at+"/cap/"+id+".1.tocsin")
		bundle, err := tlog.ParseBundle([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		return tlog.Verify(bundle, trust, tlog.Options{Now: time.Now()})
	}

	stop()
	second := warn(t, n, author, releaser, 2)
	shows("/en/warnings/"+second, `data-grade="C"`)
	shows("/en/warnings/"+second, "Seal C: signed by the authority")
	shows("/warnings.json", `"grade":"C"`)
	shows("/feed.atom", `<category term="grade-c">`)
	shows("/en/warnings/"+first, `data-grade="B"`)
	if v := verdict(second, trust); v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeC {
		t.Errorf("%s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}
	other, _, err := publiclog.TrustOptions{Authority: config.Authority, Operator: "de-bb", Origin: config.Log.Origin, Issued: time.Now()}.Trust(trust.Authorities[0].Logs[0].Keys)
	if err != nil {
		t.Fatal(err)
	}
	without, err := tlog.ParseTrust(other, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := verdict(second, without); v.Result != tlog.BadIssuer {
		t.Errorf("who does not know the issuer's key says %s, grade %s", v.Result, v.Grade)
	}

	// The node starts again, and still cannot reach it.
	n.Stop()
	n = run(t, config)
	at = strings.TrimSuffix(n.Addresses().Public, "/")
	shows("/en/warnings/"+second, `data-grade="C"`)
	if v := verdict(second, trust); v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeC {
		t.Errorf("after a restart: %s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}

	serveSigner(t, socket, by)
	shows("/en/warnings/"+second, `data-grade="B"`)
	if v := verdict(second, without); v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeB {
		t.Errorf("with the signer back: %s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}
}
