// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package ceremony

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// people are the root keys of a test, each from a seed of one byte.
func people(t *testing.T, seeds ...byte) (keys []siren.RootKey) {
	t.Helper()
	for _, seed := range seeds {
		key, err := siren.NewRootKey(bytes.Repeat([]byte{seed}, siren.RootSeedBytes))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

func sign(t *testing.T, v interface {
	Envelope() (siren.Envelope, error)
}, keys ...siren.RootKey) siren.Envelope {
	t.Helper()
	d, err := v.Envelope()
	for _, key := range keys {
		if err == nil {
			d, err = d.Sign(key)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func root(version uint32, keys ...siren.RootKey) siren.Root {
	r := siren.Root{Version: version, Threshold: 2, Quantum: []siren.DocumentKind{siren.KindRoot}}
	for _, key := range keys {
		r.Keys = append(r.Keys, key.Public())
	}
	return r
}

// A keyset of a later root reaches sirens that hold the first one together with
// the roots between, and without signatures that they do not need.
func TestOpenKeysetBehindItsRoot(t *testing.T) {
	keys := people(t, 1, 2, 3)
	first, second := root(1, keys...), root(2, keys[1:]...)
	keyset := siren.Keyset{
		Version: 4, Root: 2, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(4e9, 0),
		Issuers: []siren.Issuer{{PublicKey: make([]byte, 32), Territory: []geo.ARS{"12"}, Actions: siren.AllActions}},
	}
	path := filepath.Join(t.TempDir(), "keyset")
	next := sign(t, second, keys[1], keys[2])
	if err := Save(path, sign(t, first, keys...), next, sign(t, keyset, keys...)); err != nil {
		t.Fatal(err)
	}
	trust, message, err := OpenKeyset(path, first)
	if err != nil || trust.Root.Version != 2 || trust.Keyset.Version != 4 {
		t.Fatalf("root %d, keyset %d, %v", trust.Root.Version, trust.Keyset.Version, err)
	}
	if more := len(message) - len(next.Encode()); more > 300 {
		t.Errorf("the keyset takes %d bytes behind its root", more)
	}
	if got, err := LoadRoot(path); err != nil || got.Version != 2 {
		t.Errorf("the newest root of the file is %d, %v", got.Version, err)
	}
	for name, documents := range map[string][]siren.Envelope{
		"one signature": {next, sign(t, keyset, keys[1])},
		"no keyset":     {next},
		"no root":       {sign(t, keyset, keys...)},
		"a root that one of the old did not sign": {sign(t, second, keys[2]), sign(t, keyset, keys...)},
	} {
		if err := Save(path, documents...); err != nil {
			t.Fatal(err)
		}
		if _, _, err := OpenKeyset(path, first); !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	made, err := CreateKey(path, identity.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	key, err := LoadKey(path, identity)
	if err != nil || key.ID() != made.ID() {
		t.Errorf("read %v, %v", key.ID(), err)
	}
	public, err := LoadPublic(path + PublicSuffix)
	if err != nil || !bytes.Equal(public.Bytes(), made.Bytes()) {
		t.Errorf("read %v, %v", public.ID(), err)
	}
	if _, err := CreateKey(path, identity.Recipient()); !errors.Is(err, problem.Conflict) {
		t.Errorf("a key is overwritten: %v", err)
	}
	if _, err := LoadPublic(path); !errors.Is(err, problem.Unreadable) {
		t.Errorf("the private file is read as a public one: %v", err)
	}
}

func FuzzParsePlan(f *testing.F) {
	f.Add([]byte("version: 1\nnot_before: 2026-11-01T00:00:00Z\nnot_after: 2027-11-01T00:00:00Z\none_signature: {digits: 5, sirens: 200}\n" +
		"keys:\n  - {public_key: nqxv0qgANffXNC2/NlLc+gJjGw4Dm5nTRN5DiCUi0/M=, territory: [\"12\"], actions: [sound]}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := parsePlan(raw)
		if err != nil {
			return
		}
		k.Root = 1
		d, err := k.Envelope()
		if err != nil {
			return
		}
		if _, err := siren.ReadKeyset(d); err != nil {
			t.Fatalf("written, but cannot be read: %v", err)
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add(publicPrefix + "AAAA\n")
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := line(text, publicPrefix); err == nil {
			_, _ = siren.ParseRootPublic(b) // whatever it says, it says without a panic
		}
	})
}
