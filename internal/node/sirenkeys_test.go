// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/ceremony"
	"github.com/tocsin-alert/tocsin/internal/siren/cosigner"
)

// keyed is a configuration with a root of two keys and the keyset that change makes of a right one.
func keyed(t *testing.T, signers int, change func(k *siren.Keyset)) Config {
	t.Helper()
	dir := t.TempDir()
	c := Config{Authority: authority.Authority{Territory: []geo.ARS{"12"}}, Sirens: SirenConfig{
		SigningKey: filepath.Join(dir, "first.pem"), SecondSigningKey: filepath.Join(dir, "second.pem"),
		Keyset: filepath.Join(dir, "keyset"), Root: filepath.Join(dir, "root"), Epoch: 4,
	}}
	first, second, err := MakeSirenKeys(c.Sirens)
	if err != nil {
		t.Fatal(err)
	}
	root := siren.Root{Version: 1, Threshold: 2}
	var keys []siren.RootKey
	for seed := range byte(2) {
		key, err := siren.NewRootKey(bytes.Repeat([]byte{seed}, siren.RootSeedBytes))
		if err != nil {
			t.Fatal(err)
		}
		keys, root.Keys = append(keys, key), append(root.Keys, key.Public())
	}
	k := siren.Keyset{
		Version: 3, Root: 1, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(4e9, 0), Limit: siren.Limit{Digits: 5},
		Issuers: []siren.Issuer{
			{PublicKey: first, Epoch: 4, Territory: []geo.ARS{"12"}, Actions: siren.AllActions},
			{PublicKey: second, Territory: []geo.ARS{"12"}, Seconds: true},
		},
	}
	change(&k)
	rootDocument, err := root.Envelope()
	if err == nil {
		err = ceremony.Save(c.Sirens.Root, rootDocument)
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := k.Envelope()
	for _, key := range keys[:signers] {
		if err == nil {
			d, err = d.Sign(key)
		}
	}
	if err == nil {
		err = ceremony.Save(c.Sirens.Keyset, d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSirenKeys(t *testing.T) {
	for _, c := range []struct {
		name    string
		signers int
		change  func(k *siren.Keyset)
		config  func(c *Config)
		says    string // empty: it starts
	}{
		{name: "a right keyset"},
		{name: "one signature of two", signers: 1, says: "is not one of root 1"},
		{name: "without the node's key", change: func(k *siren.Keyset) { k.Issuers = k.Issuers[1:] }, says: "does not hold the key"},
		{name: "another epoch", change: func(k *siren.Keyset) { k.Issuers[0].Epoch = 3 }, says: "sirens.epoch is 4"},
		{name: "without the right to stop", change: func(k *siren.Keyset) { k.Issuers[0].Actions = []siren.Action{1, 3, 4} }, says: "may not command stop"},
		{name: "a smaller territory", change: func(k *siren.Keyset) { k.Issuers[0].Territory = []geo.ARS{"12054"} }, says: "may not command sound in 12"},
		{name: "without the second key", change: func(k *siren.Keyset) { k.Issuers = k.Issuers[:1] }, says: "may not sign as the second"},
		{name: "a second key without that right", change: func(k *siren.Keyset) { k.Issuers[1].Seconds = false }, says: "may not sign as the second"},
		{name: "no second key configured", config: func(c *Config) { c.Sirens.SecondSigningKey = "" }},
		{name: "a cosigner that is down", config: func(c *Config) { c.Sirens.SecondSigningKey, c.Sirens.SecondSigner = "", c.Sirens.Root+"-socket" }},
		{name: "no keyset file", config: func(c *Config) { c.Sirens.Keyset += "-absent" }, says: "cannot be read"},
		{name: "a root that is a keyset", config: func(c *Config) { c.Sirens.Root = c.Sirens.Keyset }, says: "no root that follows"},
		{name: "without a keyset", config: func(c *Config) { c.Sirens.Keyset, c.Sirens.Root = "", "" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.signers == 0 {
				c.signers = 2
			}
			if c.change == nil {
				c.change = func(*siren.Keyset) {}
			}
			config := keyed(t, c.signers, c.change)
			if c.config != nil {
				c.config(&config)
			}
			k, err := openSirenKeys(config, slog.New(slog.DiscardHandler))
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				own, known := k.keyset.Find(k.signer.KeyID())
				if !known || !own.PublicKey.Equal(k.public) || own.Epoch != 4 {
					t.Errorf("the sirens obey %+v", k.keyset)
				}
				if config.Sirens.Keyset != "" {
					trust, err := siren.OpenTrust(k.news, k.root)
					if err != nil || trust.Keyset.Version != 3 {
						t.Errorf("sirens are told %+v, %v", trust.Keyset, err)
					}
				}
				return
			}
			p, ok := errors.AsType[*problem.Error](err)
			if !ok || p.Remedy == "" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, want %q and a remedy", err, c.says)
			}
		})
	}
}

// A cosigner that answers is held against the keyset as a file is.
func TestSirenKeysWithACosigner(t *testing.T) {
	config := keyed(t, 2, func(*siren.Keyset) {})
	for name, file := range map[string]string{"": config.Sirens.SecondSigningKey, "may not sign as the second": filepath.Join(t.TempDir(), "other.pem")} {
		key, err := SirenSigningKey(file)
		if err != nil {
			t.Fatal(err)
		}
		c := config
		c.Sirens.SecondSigningKey, c.Sirens.SecondSigner = "", filepath.Join(t.TempDir(), "s")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- cosigner.Serve(ctx, c.Sirens.SecondSigner, key, time.Now) }()
		probe := cosigner.Dial(c.Sirens.SecondSigner)
		eventually.Holds(t, "the cosigner comes up", func() bool { return probe.Public() != nil })
		_, err = openSirenKeys(c, slog.New(slog.DiscardHandler))
		if (err == nil) != (name == "") || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("it says %v, want %q", err, name)
		}
		probe.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestKeysetNeedsItsRoot(t *testing.T) {
	faults := SirenConfig{Listen: "127.0.0.1:0", Keyset: "keyset"}.validate()
	if len(faults) != 1 || faults[0].Field != "sirens.keyset" {
		t.Errorf("found %+v", faults)
	}
}

// The keys of one start are those of the next.
func TestSirenKeysStay(t *testing.T) {
	c := SirenConfig{SigningKey: filepath.Join(t.TempDir(), "key.pem")}
	first, second, err := MakeSirenKeys(c)
	if err != nil || second != nil {
		t.Fatal(second, err)
	}
	again, _, err := MakeSirenKeys(c)
	if err != nil || !ed25519.PublicKey.Equal(first, again) {
		t.Errorf("the second start has another key: %v", err)
	}
}
