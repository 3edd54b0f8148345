// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cosigner

import (
	"context"
	"crypto/ed25519"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func key(seed byte) ed25519.PrivateKey {
	b := make([]byte, ed25519.SeedSize)
	b[0] = seed
	return ed25519.NewKeyFromSeed(b)
}

func alarm() siren.Frame {
	return siren.Frame{Epoch: 1, Counter: 16, NotBefore: now, TTL: 10 * time.Minute, Action: siren.ActionSound, Signal: 1, Target: siren.All()}
}

func serve(t *testing.T, path string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, path, key(2), func() time.Time { return now }) }()
	probe := Dial(path)
	defer probe.Close()
	eventually.Holds(t, "the cosigner comes up", func() bool { return probe.Public() != nil })
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestCosigner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	remote := Dial(path)
	defer remote.Close()
	first := siren.NewSigner(key(1))
	if _, err := alarm().Sign(first, remote); err == nil {
		t.Error("signed although nobody answers")
	}
	stop := serve(t, path)
	raw, err := alarm().Sign(first, remote)
	if err != nil {
		t.Fatal(err)
	}
	if !siren.VerifyFrame(raw, key(1).Public().(ed25519.PublicKey)) || !siren.VerifySecond(raw, key(2).Public().(ed25519.PublicKey)) {
		t.Error("the signatures are not those of the two keys")
	}
	if err := Serve(t.Context(), path, key(3), time.Now); !errors.Is(err, problem.Conflict) {
		t.Errorf("a second cosigner at the socket: %v", err)
	}
	for name, spoil := range map[string]func(f *siren.Frame){
		"a stop":             func(f *siren.Frame) { f.Action, f.Signal = siren.ActionStop, 0 },
		"a test":             func(f *siren.Frame) { f.Action, f.Signal = siren.ActionTest, 16 },
		"one for tomorrow":   func(f *siren.Frame) { f.NotBefore = now.Add(24 * time.Hour) },
		"one of an hour ago": func(f *siren.Frame) { f.NotBefore = now.Add(-time.Hour) },
	} {
		f := alarm()
		spoil(&f)
		if _, err := f.Sign(first, remote); !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, message := range map[string]string{
		"a keyset": "tocsin siren document v1\nK", "an answer": "tocsin siren answer v2\n", "a frame of one": "tocsin siren frame v1\n", "nothing": "",
	} {
		if _, err := remote.Sign([]byte(message)); !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s is signed: %v", name, err)
		}
	}
	stop()
	if _, err := alarm().Sign(first, remote); !errors.Is(err, problem.Unavailable) {
		t.Errorf("after its end: %v", err)
	}
	serve(t, path)()
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte("tocsin siren frame v2\n\x02"))
	id := siren.KeyIDOf(key(2).Public().(ed25519.PublicKey))
	f.Fuzz(func(t *testing.T, message []byte) {
		if err := Check(message, id, now); err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%x: %v", message, err)
		}
	})
}
