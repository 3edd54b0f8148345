// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/miekg/pkcs11"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	origin = "warnung.example/log"
	pin    = "7390"
)

// where SoftHSM2 lies in Debian and elsewhere.
var modules = []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"}

// bench is a SoftHSM2 of its own with a token.
type bench struct {
	*testing.T
	options
}

func newBench(t *testing.T) bench {
	t.Helper()
	b := bench{T: t}
	for _, path := range modules {
		if _, err := os.Stat(path); err == nil {
			b.module = path
			break
		}
	}
	tool, err := exec.LookPath("softhsm2-util")
	if b.module == "" || err != nil {
		t.Skip("no SoftHSM2 on this machine (Debian: softhsm2)")
	}
	dir := t.TempDir()
	conf, tokens := filepath.Join(dir, "softhsm2.conf"), filepath.Join(dir, "tokens")
	b.pinFile, b.state, b.socket = filepath.Join(dir, "pin"), filepath.Join(dir, "signed"), filepath.Join(dir, "s")
	b.token, b.origin = "tocsin test", origin
	if err := errors.Join(os.Mkdir(tokens, 0o700), os.WriteFile(b.pinFile, []byte(pin+"\n"), 0o600),
		os.WriteFile(conf, fmt.Appendf(nil, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	if out, err := exec.Command(tool, "--init-token", "--free", "--label", b.token, "--pin", pin, "--so-pin", "12345678").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return b
}

func (b bench) run(ctx context.Context, command string) error {
	return run(ctx, []string{
		command, "--module", b.module, "--token", b.token, "--pin-file", b.pinFile, "--origin", b.origin, "--state", b.state, "--socket", b.socket,
	})
}

func (b bench) create() {
	b.Helper()
	if err := b.run(b.Context(), "create"); err != nil {
		b.Fatal(err)
	}
}

// serve starts the signer and waits until it answers.
func (b bench) serve() (remote *signer.Remote, stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.run(ctx, "serve") }()
	remote = signer.Dial(b.socket)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := remote.Last(b.Context()); err == nil {
			break
		}
		select {
		case err := <-done:
			b.Fatal(err)
		default:
		}
		if time.Now().After(deadline) {
			b.Fatal("the signer does not come up")
		}
	}
	return remote, func() {
		remote.Close()
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

func (b bench) open() *token {
	b.Helper()
	t, err := openToken(b.module, b.token, pin)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

// history is a log whose entries begin with a word.
type history struct {
	word   string
	hashes []merkle.Hash
}

func (h *history) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = h.hashes[index]
	}
	return out, nil
}

// proposal is the history at a size, to a signer that has signed another.
func proposal(t *testing.T, word string, size, signed int64) publiclog.Proposal {
	t.Helper()
	h := &history{word: word}
	for i := range size {
		stored, err := merkle.StoredHashes(i, fmt.Appendf(nil, "%s %d", word, i), h)
		if err != nil {
			t.Fatal(err)
		}
		h.hashes = append(h.hashes, stored...)
	}
	root, err := merkle.TreeHash(size, h)
	if err != nil {
		t.Fatal(err)
	}
	p := publiclog.Proposal{Tree: tlog.Tree{Origin: origin, Size: size, Root: root}}
	if signed > 0 && signed < size {
		if p.Consistency, err = merkle.ProveTree(size, signed, h); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// The signer in front of a token is one as any other: it signs what goes on from
// what it signed, and nothing else, before and after a restart.
func TestSignerWithToken(t *testing.T) {
	b := newBench(t)
	b.create()
	remote, stop := b.serve()
	p := proposal(t, "a", 10, 0)
	signed, err := remote.Sign(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	vkeys, err := remote.Keys(t.Context())
	if err != nil || len(vkeys) != 2 {
		t.Fatalf("its keys are %q, %v", vkeys, err)
	}
	for _, vkey := range vkeys {
		key, err := tlog.NewVerifier(vkey)
		if err != nil {
			t.Fatal(err)
		}
		if tree, err := tlog.OpenCheckpoint(signed, key); err != nil || tree != p.Tree {
			t.Errorf("%s reads %v, %v", vkey, tree, err)
		}
	}
	stored, _ := os.ReadFile(b.state)
	if !bytes.Equal(stored, signed) {
		t.Errorf("it keeps %q", stored)
	}
	stop()
	remote, stop = b.serve()
	defer stop()
	for name, p := range map[string]publiclog.Proposal{
		"a smaller tree": proposal(t, "a", 9, 10), "a second root": proposal(t, "b", 10, 10), "another history": proposal(t, "b", 30, 10),
	} {
		if signed, err := remote.Sign(t.Context(), p); !errors.Is(err, publiclog.ErrRefused) || signed != nil {
			t.Errorf("%s: it answers %q, %v", name, signed, err)
		}
	}
	if _, err := remote.Sign(t.Context(), proposal(t, "a", 30, 10)); err != nil {
		t.Errorf("what goes on: %v", err)
	}
	again, err := remote.Keys(t.Context())
	if err != nil || again[0] != vkeys[0] || again[1] != vkeys[1] {
		t.Errorf("after a restart its keys are %q, %v", again, err)
	}
	if err := b.run(t.Context(), "keys"); err != nil {
		t.Error(err)
	}
}

// The private keys do not leave the token, whoever asks.
func TestKeyStaysInToken(t *testing.T) {
	b := newBench(t)
	b.create()
	in := b.open()
	defer in.close()
	signs, clock := labels(origin)
	for _, label := range []string{signs, clock} {
		object, found, err := in.find(pkcs11.CKO_PRIVATE_KEY, label)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		if _, err := in.module.GetAttributeValue(in.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)}); !errors.Is(err, pkcs11.Error(pkcs11.CKR_ATTRIBUTE_SENSITIVE)) {
			t.Errorf("%s: it answers %v", label, err)
		}
		if err := in.module.SetAttributeValue(in.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, true)}); err == nil {
			t.Errorf("%s can be made extractable", label)
		}
	}
}

// A token that drops its sessions, as at an unplugged reader, is taken up again.
func TestSessionLost(t *testing.T) {
	b := newBench(t)
	b.create()
	in := b.open()
	defer in.close()
	key, err := in.key(origin + " signs")
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("What a log says.\n")
	for range 3 {
		signature, err := key.Sign(nil, message, crypto.Hash(0))
		if err != nil || !ed25519.Verify(key.public, message, signature) {
			t.Fatalf("it signs %x, %v", signature, err)
		}
		slots, err := in.module.GetSlotList(true)
		if err != nil {
			t.Fatal(err)
		}
		for _, slot := range slots {
			if err := in.module.CloseAllSessions(slot); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := key.Sign(nil, message, crypto.SHA256); err == nil {
		t.Error("it signs a hash")
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t)
	if err := b.run(t.Context(), "serve"); !errors.Is(err, problem.NotFound) {
		t.Errorf("before there are keys: %v", err)
	}
	b.create()
	for _, c := range []struct {
		name, command string
		change        func(*bench)
		want          problem.Kind
	}{
		{"keys a second time", "create", func(*bench) {}, problem.Conflict},
		{"another log", "serve", func(b *bench) { b.origin = "other.example/log" }, problem.NotFound},
		{"no such token", "serve", func(b *bench) { b.token = "lost" }, problem.NotFound},
		{"no such module", "serve", func(b *bench) { b.module = "/nowhere.so" }, problem.NotFound},
		{"no PIN", "serve", func(b *bench) { b.pinFile += ".gone" }, problem.NotFound},
		{"the wrong PIN", "serve", func(b *bench) {
			b.pinFile += ".wrong"
			os.WriteFile(b.pinFile, []byte("0000"), 0o600)
		}, problem.Forbidden},
		{"a PIN that others may read", "serve", func(b *bench) {
			b.pinFile += ".open"
			os.WriteFile(b.pinFile, []byte(pin), 0o644)
		}, problem.Forbidden},
		{"its memory is lost", "serve", func(b *bench) { b.state += ".gone" }, problem.NotFound},
		{"no state named", "create", func(b *bench) { b.state = "" }, problem.Invalid},
		{"no such command", "sing", func(*bench) {}, problem.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := b
			c.change(&at)
			err := at.run(t.Context(), c.command)
			if p, ok := errors.AsType[*problem.Error](err); !ok || !errors.Is(err, c.want) || p.Remedy == "" {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestPoint(t *testing.T) {
	key := bytes.Repeat([]byte{7}, ed25519.PublicKeySize)
	for name, value := range map[string][]byte{"bare": key, "in DER": append([]byte{octetString, ed25519.PublicKeySize}, key...)} {
		if got, err := point(value); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	for name, value := range map[string][]byte{"empty": nil, "short": key[1:], "long": append(key, 1), "other DER": append([]byte{3, 32}, key...)} {
		if got, err := point(value); err == nil {
			t.Errorf("%s: %x", name, got)
		}
	}
}

func FuzzPoint(f *testing.F) {
	f.Add([]byte{octetString, 32, 1, 2, 3})
	f.Fuzz(func(t *testing.T, value []byte) {
		if key, err := point(value); err == nil && len(key) != ed25519.PublicKeySize {
			t.Errorf("%x is read as %x", value, key)
		}
	})
}
