// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/tlog"
)

const origin = "warnung.example/log"

// history is a log of entries that begin with a word.
type history struct {
	hashes []merkle.Hash
	size   int64
}

func (h *history) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = h.hashes[index]
	}
	return out, nil
}

func (h *history) grow(t *testing.T, word string, size int64) *history {
	t.Helper()
	grown := &history{append([]merkle.Hash(nil), h.hashes...), h.size}
	for ; grown.size < size; grown.size++ {
		stored, err := merkle.StoredHashes(grown.size, fmt.Appendf(nil, "%s %d", word, grown.size), grown)
		if err != nil {
			t.Fatal(err)
		}
		grown.hashes = append(grown.hashes, stored...)
	}
	return grown
}

// from proposes the history to a signer that has signed so many entries.
func (h *history) from(t *testing.T, signed int64) publiclog.Proposal {
	t.Helper()
	root, err := merkle.TreeHash(h.size, h)
	if err != nil {
		t.Fatal(err)
	}
	p := publiclog.Proposal{Tree: tlog.Tree{Origin: origin, Size: h.size, Root: root}}
	if signed > 0 && signed < h.size {
		if p.Consistency, err = merkle.ProveTree(h.size, signed, h); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

type place struct{ key, state string }

func newPlace(t *testing.T) place {
	dir := t.TempDir()
	return place{filepath.Join(dir, "key"), filepath.Join(dir, "signed")}
}

func (p place) open(t *testing.T) *Local {
	t.Helper()
	key, err := Load(p.key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(key, p.state, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestSignerRefusesWhatDoesNotGoOn(t *testing.T) {
	empty := &history{}
	for _, c := range []struct {
		name    string
		propose func(t *testing.T, ten *history) publiclog.Proposal
		refused bool
	}{
		{"the same again", func(t *testing.T, ten *history) publiclog.Proposal { return ten.from(t, 10) }, false},
		{"one entry more", func(t *testing.T, ten *history) publiclog.Proposal { return ten.grow(t, "a", 11).from(t, 10) }, false},
		{"many entries more", func(t *testing.T, ten *history) publiclog.Proposal { return ten.grow(t, "a", 1000).from(t, 10) }, false},
		{"a smaller tree", func(t *testing.T, _ *history) publiclog.Proposal { return empty.grow(t, "a", 9).from(t, 10) }, true},
		{"no tree at all", func(t *testing.T, _ *history) publiclog.Proposal { return empty.from(t, 10) }, true},
		{"a second root of one size", func(t *testing.T, _ *history) publiclog.Proposal { return empty.grow(t, "b", 10).from(t, 10) }, true},
		{"a larger tree of another history", func(t *testing.T, _ *history) publiclog.Proposal {
			return empty.grow(t, "a", 9).grow(t, "b", 30).from(t, 10)
		}, true},
		{"without a proof", func(t *testing.T, ten *history) publiclog.Proposal {
			p := ten.grow(t, "a", 30).from(t, 10)
			p.Consistency = nil
			return p
		}, true},
		{"with the proof from another size", func(t *testing.T, ten *history) publiclog.Proposal { return ten.grow(t, "a", 30).from(t, 9) }, true},
		{"another log", func(t *testing.T, ten *history) publiclog.Proposal {
			p := ten.from(t, 10)
			p.Tree.Origin = "other.example/log"
			return p
		}, true},
		{"a negative size", func(t *testing.T, ten *history) publiclog.Proposal {
			p := ten.from(t, 10)
			p.Tree.Size = -1
			return p
		}, true},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %v", c.name, restart), func(t *testing.T) {
				at := newPlace(t)
				if _, err := Create(origin, at.key, at.state); err != nil {
					t.Fatal(err)
				}
				l := at.open(t)
				ten := empty.grow(t, "a", 10)
				if _, err := l.Sign(t.Context(), ten.from(t, 0)); err != nil {
					t.Fatal(err)
				}
				if restart {
					l.Close()
					l = at.open(t)
				}
				before, _ := l.Last(t.Context())
				p := c.propose(t, ten)
				signed, err := l.Sign(t.Context(), p)
				stored, _ := os.ReadFile(at.state)
				if c.refused {
					after, _ := l.Last(t.Context())
					if !errors.Is(err, publiclog.ErrRefused) || signed != nil || !bytes.Equal(before, after) || !bytes.Equal(stored, before) {
						t.Errorf("it answers %q, %v", signed, err)
					}
					return
				}
				if err != nil || !bytes.Equal(stored, signed) {
					t.Fatalf("it answers %v, and keeps %q", err, stored)
				}
				for _, vkey := range l.key.Public() {
					key, err := tlog.NewVerifier(vkey)
					if err != nil {
						t.Fatal(err)
					}
					if tree, err := tlog.OpenCheckpoint(signed, key); err != nil || tree != p.Tree {
						t.Errorf("%s reads %v, %v", vkey, tree, err)
					}
				}
			})
		}
	}
}

// What cannot be kept is not given out.
func TestUnkeptSignatureDoesNotLeave(t *testing.T) {
	at := newPlace(t)
	if _, err := Create(origin, at.key, at.state); err != nil {
		t.Fatal(err)
	}
	l := at.open(t)
	// A folder in the place of the state makes every write fail, for root too.
	if err := errors.Join(os.Rename(at.state, at.state+".kept"), os.Mkdir(at.state, 0o700)); err != nil {
		t.Fatal(err)
	}
	if signed, err := l.Sign(t.Context(), (&history{}).grow(t, "a", 3).from(t, 0)); err == nil || signed != nil {
		t.Fatalf("it gives out %q", signed)
	}
	if err := errors.Join(os.Remove(at.state), os.Rename(at.state+".kept", at.state)); err != nil {
		t.Fatal(err)
	}
	other := (&history{}).grow(t, "b", 3)
	if _, err := l.Sign(t.Context(), other.from(t, 0)); err != nil {
		t.Errorf("nothing left, so another tree may be signed: %v", err)
	}
}

func TestKeyAndStateBelongTogether(t *testing.T) {
	fresh := func(t *testing.T) place {
		at := newPlace(t)
		if _, err := Create(origin, at.key, at.state); err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, at place)
	}{
		{"the state is gone", func(t *testing.T, at place) { os.Remove(at.state) }},
		{"the state is of another key", func(t *testing.T, at place) {
			other := fresh(t)
			raw, _ := os.ReadFile(other.state)
			os.WriteFile(at.state, raw, 0o600)
		}},
		{"the state is empty", func(t *testing.T, at place) { os.WriteFile(at.state, nil, 0o600) }},
		{"a digit of the state is another", func(t *testing.T, at place) {
			raw, _ := os.ReadFile(at.state)
			raw[len(origin)+1]++
			os.WriteFile(at.state, raw, 0o600)
		}},
		{"another signer has it", func(t *testing.T, at place) { at.open(t) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := fresh(t)
			c.spoil(t, at)
			key, err := Load(at.key)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(key, at.state, time.Now)
			if p, ok := errors.AsType[*problem.Error](err); !ok || p.Remedy == "" {
				t.Errorf("it says %v", err)
			}
		})
	}
	t.Run("a key is not made over another", func(t *testing.T) {
		at := fresh(t)
		if _, err := Create(origin, at.key, at.state); !errors.Is(err, problem.Conflict) {
			t.Errorf("it says %v", err)
		}
	})
	t.Run("nor beside what a lost key signed", func(t *testing.T) {
		at := fresh(t)
		l := at.open(t)
		if _, err := l.Sign(t.Context(), (&history{}).grow(t, "a", 3).from(t, 0)); err != nil {
			t.Fatal(err)
		}
		os.Remove(at.key)
		if _, err := Create(origin, at.key, at.state); !errors.Is(err, problem.Conflict) {
			t.Errorf("it says %v", err)
		}
	})
}

func TestEncryptedKey(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	at := newPlace(t)
	made, err := Create(origin, at.key, at.state, identity.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(at.key)
	if bytes.Contains(raw, []byte(origin)) || !bytes.HasPrefix(raw, []byte("age-encryption.org/")) {
		t.Errorf("the key file is %q", raw[:40])
	}
	for _, identities := range [][]age.Identity{nil, {other}} {
		if _, err := Load(at.key, identities...); !errors.Is(err, problem.Unreadable) {
			t.Errorf("it opens with %v: %v", identities, err)
		}
	}
	read, err := Load(at.key, identity)
	if err != nil || read.Public()[0] != made.Public()[0] || read.Public()[1] != made.Public()[1] {
		t.Errorf("it reads %v, %v", read.Origin, err)
	}
	if err := os.Chmod(at.key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(at.key, identity); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestSocket(t *testing.T) {
	at := newPlace(t)
	if _, err := Create(origin, at.key, at.state); err != nil {
		t.Fatal(err)
	}
	l := at.open(t)
	path := filepath.Join(t.TempDir(), "s")
	remote := Dial(path)
	defer remote.Close()
	if _, err := remote.Last(t.Context()); err == nil || errors.Is(err, publiclog.ErrRefused) {
		t.Errorf("nobody answers: %v", err)
	}
	serve := func() (stop func()) {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- Serve(ctx, path, l) }()
		eventually.Holds(t, "the signer comes up", func() bool { _, err := remote.Last(t.Context()); return err == nil })
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	stop := serve()
	if err := Serve(t.Context(), path, l); !errors.Is(err, problem.Conflict) {
		t.Errorf("a second signer at the socket: %v", err)
	}
	ten := (&history{}).grow(t, "a", 10)
	signed, err := remote.Sign(t.Context(), ten.from(t, 0))
	last, _ := remote.Last(t.Context())
	if err != nil || !bytes.Equal(signed, last) {
		t.Errorf("it signs %q, %v, and has signed %q", signed, err, last)
	}
	keys, err := remote.Keys(t.Context())
	if err != nil || len(keys) != 2 || keys[0] != l.key.Public()[0] {
		t.Errorf("its keys are %v, %v", keys, err)
	}
	if _, err := remote.Sign(t.Context(), (&history{}).grow(t, "b", 20).from(t, 10)); !errors.Is(err, publiclog.ErrRefused) {
		t.Errorf("another history: %v", err)
	}
	stop()
	// A signer that was killed leaves its socket.
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	stop = serve()
	if _, err := remote.Sign(t.Context(), ten.grow(t, "a", 30).from(t, 10)); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	stop()
}

func FuzzParseKey(f *testing.F) {
	key, err := NewKey(origin)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key.encode())
	f.Add([]byte(keyVersion + "\norigin x\nsigns \nclock \n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if k, err := parseKey(raw); err == nil && !bytes.Equal(k.encode(), raw) {
			t.Errorf("%q is read, and written as %q", raw, k.encode())
		}
	})
}

// crooked is a module that breaks.
type crooked struct {
	ed25519.PrivateKey
	broken bool
}

func (c *crooked) Sign(random io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	signature, err := c.PrivateKey.Sign(random, message, o)
	if c.broken && err == nil {
		signature[7] ^= 1
	}
	return signature, err
}

// A module that signs wrongly is not believed, and nothing is kept of it.
func TestWrongSignatureDoesNotLeave(t *testing.T) {
	for broken := range 2 {
		modules := [2]*crooked{}
		for i := range modules {
			_, private, err := ed25519.GenerateKey(nil)
			if err != nil {
				t.Fatal(err)
			}
			modules[i] = &crooked{PrivateKey: private}
		}
		key, err := KeyOf(origin, modules[0], modules[1])
		if err != nil {
			t.Fatal(err)
		}
		at := newPlace(t)
		if err := Begin(key, at.state); err != nil {
			t.Fatal(err)
		}
		l, err := Open(key, at.state, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		before, _ := os.ReadFile(at.state)
		modules[broken].broken = true
		signed, err := l.Sign(t.Context(), (&history{}).grow(t, "a", 3).from(t, 0))
		after, _ := os.ReadFile(at.state)
		if err == nil || signed != nil || !bytes.Equal(before, after) {
			t.Errorf("it gives out %q, %v", signed, err)
		}
	}
}

func TestKeyIsEd25519(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := KeyOf(origin, other, other); err == nil {
		t.Error("an ECDSA key signs a log")
	}
}
