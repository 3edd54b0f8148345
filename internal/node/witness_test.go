// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/witness"
	"github.com/tocsin-alert/tocsin/tlog"
)

// A node with three witnesses, one of which cannot be reached: the seal of what is
// released rises to A by itself on page, feed and bundle, and whoever has the
// trust file can see that it is so.
func TestSealRisesWithWitnesses(t *testing.T) {
	dir := t.TempDir()
	config := brandenburg(dir)
	config.Keys.Release = []operator.KeyType{operator.SoftwareKey}
	key, err := signer.Create(config.logOrigin(), config.Log.Key, config.Log.Key+StateSuffix)
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range []string{"press", "school", "radio"} {
		own := filepath.Join(dir, "witness", body)
		if _, err := witness.Create(own, "witness."+body+".example"); err != nil {
			t.Fatal(err)
		}
		w, err := witness.Open(witness.Options{Dir: own, Logs: map[string][]string{key.Origin: key.Public()}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		server := httptest.NewServer(w.Handler())
		t.Cleanup(server.Close)
		// One of them counts by its key of ML-DSA-44.
		config.Log.Witnesses = append(config.Log.Witnesses, WitnessConfig{URL: server.URL, Key: w.Keys()[i%2], Operator: body})
	}
	config.Log.Witnesses[2].URL = "http://127.0.0.1:1"
	config.Log.QuorumOperators = 2
	if faults := config.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	n := run(t, config)
	id := warn(t, n, engage(t, n.Bus(), "anna", operator.Author), engage(t, n.Bus(), "ben", operator.Releaser), 1)
	at := strings.TrimSuffix(n.Addresses().Public, "/")
	shows := func(path, what string) {
		t.Helper()
		eventually.Holds(t, path+" says "+what, func() bool {
			status, body := get(t, http.DefaultClient, at+path)
			return status == http.StatusOK && strings.Contains(body, what)
		})
	}
	shows("/en/", `data-grade="A"`)
	shows("/en/warnings/"+id, "Seal A")
	shows("/feed.atom", `<category term="grade-a">`)
	shows("/warnings.json", `"grade":"A"`)
	_, file := get(t, http.DefaultClient, at+"/trust.json")
	trust, err := tlog.ParseTrust([]byte(file), witness.NewVerifier)
	if err != nil {
		t.Fatal(err)
	}
	status, raw := get(t, http.DefaultClient, at+"/cap/"+id+".1.tocsin")
	bundle, err := tlog.ParseBundle([]byte(raw))
	if err != nil {
		t.Fatalf("%d: %v", status, err)
	}
	v := tlog.Verify(bundle, trust, tlog.Options{Now: time.Now()})
	if v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeA {
		t.Errorf("%s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}
	if names, _ := trust.Witnessed(bundle.Proof.Checkpoint, time.Now()); fmt.Sprint(names) != "[witness.press.example witness.school.example]" {
		t.Errorf("cosigned by %v", names)
	}
}
