// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/tlog"
)

// The variables by which the test starts itself as a witness.
const (
	runDir    = "TOCSIN_TEST_WITNESS"
	runKey    = "TOCSIN_TEST_LOG"
	runForget = "TOCSIN_TEST_FORGET"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(runDir); dir != "" {
		fmt.Fprintln(os.Stderr, runWitness(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// runWitness serves until it is killed, and says where on its standard output.
func runWitness(dir string) error {
	if os.Getenv(runForget) != "" {
		os.Remove(filepath.Join(dir, name(origin)))
	}
	w, err := Open(Options{Dir: dir, Logs: map[string][]string{origin: {os.Getenv(runKey)}}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return w.Serve(context.Background(), listener)
}

// kills is how often the witness is killed; in the control until it is found out.
const kills = 60

// TestKilled kills a witness again and again while two histories of a log are
// handed to it. What it cosigned in all its lives must be one history that never
// shrinks; the same test finds a witness out that forgets.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	if faults := killed(t, kills, nil); len(faults) > 0 {
		t.Errorf("%d faults, the first: %v", len(faults), faults[0])
	}
	if faults := killed(t, 20*kills, []string{runForget + "=1"}); len(faults) == 0 {
		t.Error("a witness that forgets is not found out: the test is worth nothing")
	}
}

func killed(t *testing.T, times int, environment []string) (faults []error) {
	dir := create(t, "witness.example/1")
	raw, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	key, err := parseKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := NewVerifier(key.Public()[0])
	if err != nil {
		t.Fatal(err)
	}
	const most = 4000
	trunk := newLog(t, origin).grow(most, "entry")
	fork := newLog(t, origin).grow(50, "entry").grow(most, "other")
	random := rand.New(rand.NewPCG(1, 2))
	seen := &history{trunk: trunk, fork: fork, verifier: verifier}
	lives := 0
	for ; lives < times && len(seen.faults) == 0; lives++ {
		command := exec.Command(os.Args[0])
		command.Env = append(append(os.Environ(), runDir+"="+dir, runKey+"="+trunk.vkey), environment...)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		address, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatalf("the witness does not start again: %v", err)
		}
		url := "http://" + strings.TrimSpace(address) + path
		alive, die := context.WithCancel(context.Background())
		before := seen.answers.Load()
		var work sync.WaitGroup
		for _, l := range []*testLog{trunk, fork} {
			step := random.Int64N(20) + 1
			work.Go(func() { seen.push(alive, url, l, step) })
		}
		eventually.Holds(t, "the witness answers", func() bool { return seen.answers.Load() > before })
		time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
		die()
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // it was killed
		work.Wait()
	}
	if seen.cosigned == 0 {
		t.Fatal("nothing was cosigned")
	}
	t.Logf("%d cosigned in %d lives, up to %d entries", seen.cosigned, lives, seen.newest.Size)
	return seen.faults
}

// history is what was cosigned, by the answers that arrived.
type history struct {
	trunk, fork *testLog
	verifier    note.Verifier
	answers     atomic.Int64 // of whatever kind

	mu       sync.Mutex
	newest   tlog.Tree
	cosigned int
	faults   []error
}

// push hands a log to the witness step by step until the context ends.
func (h *history) push(ctx context.Context, url string, l *testLog, step int64) {
	old := int64(0)
	for size := int64(step); ctx.Err() == nil && size <= l.size; size = old + step {
		h.mu.Lock()
		before := h.newest
		h.mu.Unlock()
		next, err := h.ask(ctx, url, l.request(min(old, size), size))
		if other, ok := errors.AsType[*sizeError](err); ok {
			if other.size < before.Size {
				h.fault(fmt.Errorf("it has cosigned %d entries and knows of %d", before.Size, other.size))
			}
			old = other.size
			continue
		}
		if err != nil {
			old = 0 // a fork, or the witness is gone
			continue
		}
		old = size
		h.mu.Lock()
		h.cosigned++
		if next.Size < before.Size {
			h.faults = append(h.faults, fmt.Errorf("%d entries after %d", next.Size, before.Size))
		}
		if other := h.newest; other.Size > 0 {
			small := min(other.Size, next.Size)
			if isFork := other == h.fork.tree(other.Size) && other != h.trunk.tree(other.Size); small > 50 && isFork != (l == h.fork) {
				h.faults = append(h.faults, fmt.Errorf("two histories, of %d and %d entries", other.Size, next.Size))
			}
		}
		if next.Size > h.newest.Size {
			h.newest = next
		}
		h.mu.Unlock()
	}
}

func (h *history) fault(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, err)
}

func (h *history) ask(ctx context.Context, url string, r request) (tlog.Tree, error) {
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(r.encode()))
	if err != nil {
		return tlog.Tree{}, err
	}
	answer, err := http.DefaultClient.Do(post)
	if err != nil {
		return tlog.Tree{}, err
	}
	h.answers.Add(1)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return tlog.Tree{}, err
	}
	if answer.Header.Get("Content-Type") == typeSize {
		size, err := parseSize(strings.TrimSpace(string(body)))
		return tlog.Tree{}, errors.Join(err, &sizeError{size})
	}
	if answer.StatusCode != http.StatusOK || len(tlog.Cosignatures(append(r.checkpoint, body...), h.verifier)) != 1 {
		return tlog.Tree{}, fmt.Errorf("%s", answer.Status)
	}
	return tlog.UnsignedCheckpoint(r.checkpoint)
}
