// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	natsjetstream "github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
)

const (
	// appenderEnv makes the test binary append to the journal in a directory
	// until it is killed. It prints "head SEQ DIGEST" once it has opened the
	// journal and whenever a record is acknowledged.
	appenderEnv = "TOCSIN_TEST_APPEND_TO"
	// unsyncedEnv makes it do so on a server without SyncAlways.
	unsyncedEnv = "TOCSIN_TEST_UNSYNCED"
)

// crashDraft is the content of the record with the sequence; its size varies.
func crashDraft(seq uint64) journal.Draft {
	text := fmt.Sprintf("record %d ", seq) + strings.Repeat("x", int(seq*7919%3000))
	return journal.Draft{
		Time: time.Unix(int64(seq), 0).UTC(), By: "node",
		Events: []journal.Event{journal.NewEvent("test.crash", text)},
	}
}

func runAppender(dir string) int {
	if err := appendForever(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

func appendForever(dir string) error {
	ctx := context.Background()
	var js natsjetstream.JetStream
	if os.Getenv(unsyncedEnv) != "" {
		var err error
		if js, _, err = openUnsynced(dir); err != nil {
			return err
		}
	} else {
		e, err := engine.Open(engine.Options{Dir: dir, Name: "appender"})
		if err != nil {
			return err
		}
		js = e.JetStream
	}
	j, err := jetstream.Open(ctx, js, jetstream.Options{})
	if err != nil {
		return err
	}
	head, err := j.Head(ctx)
	for err == nil {
		fmt.Println("head", head.Seq, head.Digest)
		head, err = j.Append(ctx, head.Seq, crashDraft(head.Seq+1))
	}
	return err
}

// appender is a running child and what it has acknowledged.
type appender struct {
	cmd    *exec.Cmd
	opened chan struct{}       // closed at the first head
	done   chan []journal.Head // all heads, once the output has ended
	stderr *strings.Builder
	// received counts the heads that have come so far.
	received atomic.Int64
}

func startAppender(t *testing.T, dir string, env ...string) *appender {
	t.Helper()
	a := &appender{
		cmd:    exec.Command(os.Args[0]),
		opened: make(chan struct{}), done: make(chan []journal.Head, 1), stderr: &strings.Builder{},
	}
	a.cmd.Env = append(append(os.Environ(), appenderEnv+"="+dir), env...)
	a.cmd.Stderr = a.stderr
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if a.cmd.ProcessState == nil {
			_ = a.cmd.Process.Kill()
			_ = a.cmd.Wait()
		}
	})
	go func() {
		var heads []journal.Head
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var seq uint64
			var digest string
			var head journal.Head
			_, err := fmt.Sscanf(lines.Text(), "head %d %s", &seq, &digest)
			if err != nil || head.Digest.UnmarshalText([]byte(digest)) != nil {
				break
			}
			head.Seq = seq
			if len(heads) == 0 {
				close(a.opened)
			}
			heads = append(heads, head)
			a.received.Add(1)
		}
		a.done <- heads
	}()
	return a
}

// kill ends the child at once and returns the heads it acknowledged, the first
// of which is the one it found.
func (a *appender) kill(t *testing.T) []journal.Head {
	t.Helper()
	if err := a.cmd.Process.Kill(); err != nil {
		t.Fatalf("the child has ended by itself: %v: %s", err, a.stderr)
	}
	heads := <-a.done
	err := a.cmd.Wait()
	if state, ok := errors.AsType[*exec.ExitError](err); !ok || state.Exited() {
		t.Fatalf("the child has ended by itself: %v: %s", err, a.stderr)
	}
	return heads
}

func (a *appender) awaitOpen(t *testing.T) {
	t.Helper()
	select {
	case <-a.opened:
	case <-time.After(eventually.Patience):
		a.kill(t)
		t.Fatalf("the child does not open the journal: %s", a.stderr)
	}
}

// lost counts the acknowledged records that a journal no longer has. Whatever
// else is wrong with it is an error.
func lost(ctx context.Context, js natsjetstream.JetStream, acknowledged map[uint64]journal.Digest) (int, error) {
	j, err := jetstream.Open(ctx, js, jetstream.Options{})
	if err != nil {
		return 0, err
	}
	head, err := j.Head(ctx)
	if err != nil || head.Seq == 0 {
		return len(acknowledged), err
	}
	missing := len(acknowledged)
	done := errors.New("done")
	err = j.Watch(ctx, 0, func(r journal.Record) error {
		want := crashDraft(r.Seq)
		if !bytes.Equal(r.Events[0].Body, want.Events[0].Body) {
			return fmt.Errorf("record %d has another content than was appended", r.Seq)
		}
		_, made, err := journal.EncodeRecord(want, journal.Head{Seq: r.Seq - 1, Digest: r.Previous})
		if err != nil {
			return err
		}
		if digest, ok := acknowledged[r.Seq]; ok {
			if digest != made.Digest {
				return fmt.Errorf("record %d is not the one that was acknowledged", r.Seq)
			}
			missing--
		}
		if r.Seq == head.Seq {
			return done
		}
		return nil
	})
	if errors.Is(err, done) {
		err = nil
	}
	return missing, err
}

// TestKill ends the process at random moments, in the midst of appending and of
// starting, again and again on one journal.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills 200 processes: half a minute")
	}
	const kills = 200
	dir := t.TempDir()
	acknowledged := map[uint64]journal.Digest{}
	var last uint64
	for kill := range kills {
		a := startAppender(t, dir)
		if kill%4 == 3 {
			time.Sleep(rand.N(60 * time.Millisecond))
		} else {
			a.awaitOpen(t)
			time.Sleep(20*time.Millisecond + rand.N(130*time.Millisecond))
		}
		heads := a.kill(t)
		if len(heads) > 0 && (heads[0].Seq < last || heads[0].Seq > last+1) {
			t.Fatalf("kill %d: record %d was acknowledged, the next start found %d", kill, last, heads[0].Seq)
		}
		for _, head := range heads {
			if want, ok := acknowledged[head.Seq]; ok && want != head.Digest {
				t.Fatalf("kill %d: record %d has changed", kill, head.Seq)
			}
			if head.Seq > 0 {
				acknowledged[head.Seq] = head.Digest
			}
			last = head.Seq
		}
	}
	s := &store{t: t, dir: dir}
	defer s.Close()
	s.start()
	if n, err := lost(t.Context(), s.engine.JetStream, acknowledged); n > 0 || err != nil {
		t.Fatalf("%d of %d acknowledged records are lost: %v", n, len(acknowledged), err)
	}
	t.Logf("%d kills, %d acknowledged records, 0 lost", kills, len(acknowledged))
}
