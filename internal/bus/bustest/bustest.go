// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package bustest is the conformance suite of buses.
package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Run runs the suite. Connect gives one more connection to the same bus.
func Run(t *testing.T, fresh func(t *testing.T) (connect func() bus.Bus)) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, connect func() bus.Bus)
	}{
		{"a request is answered", answered},
		{"a handler's problem arrives whole", problems},
		{"a handler's other error tells nothing", internalError},
		{"a handler that panics", panics},
		{"nobody serves", nobody},
		{"nobody answers in time", tooLate},
		{"a role that comes late", comesLate},
		{"handlers run side by side", concurrently},
		{"stop waits for handlers", stopWaits},
		{"one of two servers answers", shared},
		{"too large", tooLarge},
		{"the last states and then new ones", states},
		{"the last states at once", statesNow},
		{"watch ends with the context", watchCancel},
		{"watch ends with yield's error", watchYieldError},
		{"no telemetry subjects", noTelemetry},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, fresh(t)) })
	}
}

func serve(t *testing.T, b bus.Bus, subject string, handler bus.Handler) (stop func()) {
	t.Helper()
	stop, err := b.Serve(subject, handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

func echo(_ context.Context, data []byte) ([]byte, error) { return data, nil }

func answered(t *testing.T, connect func() bus.Bus) {
	serve(t, connect(), "test.echo", echo)
	asker := connect()
	for _, data := range []string{"", "Sturm", string(bytes.Repeat([]byte("x"), 2<<20))} {
		got, err := asker.Request(t.Context(), "test.echo", []byte(data))
		if err != nil || string(got) != data {
			t.Errorf("answer to %d bytes: %d bytes, %v", len(data), len(got), err)
		}
	}
}

func problems(t *testing.T, connect func() bus.Bus) {
	want := &problem.Error{
		Kind: problem.Invalid, Message: "not so", Remedy: "do it so",
		Faults: []problem.Fault{{Field: "area", Rule: "area.open", Message: "open", Remedy: "close it"}},
		Err:    errors.New("a secret of ours"),
	}
	serve(t, connect(), "test.refuse", func(context.Context, []byte) ([]byte, error) {
		return nil, fmt.Errorf("wrapped: %w", want)
	})
	_, err := connect().Request(t.Context(), "test.refuse", nil)
	got, ok := errors.AsType[*problem.Error](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	expected := *want
	expected.Err = nil
	if diff := cmp.Diff(&expected, got); diff != "" {
		t.Errorf("problem (-want +got):\n%s", diff)
	}
}

func internalError(t *testing.T, connect func() bus.Bus) {
	serve(t, connect(), "test.fail", func(context.Context, []byte) ([]byte, error) {
		return nil, errors.New("a secret of ours")
	})
	_, err := connect().Request(t.Context(), "test.fail", nil)
	wantInternal(t, err)
}

func panics(t *testing.T, connect func() bus.Bus) {
	first := true
	serve(t, connect(), "test.panic", func(_ context.Context, data []byte) ([]byte, error) {
		if first {
			first = false
			panic("a secret of ours")
		}
		return data, nil
	})
	asker := connect()
	_, err := asker.Request(t.Context(), "test.panic", nil)
	wantInternal(t, err)
	if _, err := asker.Request(t.Context(), "test.panic", nil); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

func wantInternal(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, problem.Internal) || bytes.Contains([]byte(err.Error()), []byte("secret")) {
		t.Errorf("error is %v, want an Internal one without details", err)
	}
}

func nobody(t *testing.T, connect func() bus.Bus) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := connect().Request(ctx, "test.nobody", nil); !errors.Is(err, problem.Unavailable) {
		t.Errorf("error is %v, want Unavailable", err)
	}
}

func tooLate(t *testing.T, connect func() bus.Bus) {
	ended := make(chan struct{})
	serve(t, connect(), "test.slow", func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := connect().Request(ctx, "test.slow", nil); !errors.Is(err, problem.Unavailable) {
		t.Errorf("error is %v, want Unavailable", err)
	}
	eventually.Receive(t, "the handler's context ends with the asker's", ended)
}

func comesLate(t *testing.T, connect func() bus.Bus) {
	server := connect()
	answer := make(chan error, 1)
	asker := connect()
	go func() {
		_, err := asker.Request(t.Context(), "test.late", nil)
		answer <- err
	}()
	select {
	case err := <-answer:
		t.Fatalf("answered before anybody serves: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	serve(t, server, "test.late", echo)
	if err := <-answer; err != nil {
		t.Errorf("error is %v", err)
	}
}

func concurrently(t *testing.T, connect func() bus.Bus) {
	const requests = 50
	var together sync.WaitGroup
	together.Add(requests)
	serve(t, connect(), "test.together", func(context.Context, []byte) ([]byte, error) {
		// Ends only when all handlers run at once.
		together.Done()
		together.Wait()
		return nil, nil
	})
	asker := connect()
	var wait sync.WaitGroup
	for range requests {
		wait.Go(func() {
			if _, err := asker.Request(t.Context(), "test.together", nil); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func stopWaits(t *testing.T, connect func() bus.Bus) {
	entered, leave := make(chan struct{}), make(chan struct{})
	stop := serve(t, connect(), "test.stop", func(context.Context, []byte) ([]byte, error) {
		close(entered)
		<-leave
		return []byte("done"), nil
	})
	asker := connect()
	answer := make(chan error, 1)
	go func() {
		data, err := asker.Request(t.Context(), "test.stop", nil)
		if err == nil && string(data) != "done" {
			err = fmt.Errorf("answer is %q", data)
		}
		answer <- err
	}()
	eventually.Receive(t, "the request arrives", entered)
	stopped := make(chan struct{})
	go func() {
		stop()
		close(stopped)
	}()
	select {
	case <-stopped:
		t.Error("stop did not wait for the handler")
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	eventually.Receive(t, "stop returns", stopped)
	if err := <-answer; err != nil {
		t.Errorf("the request that ran: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := asker.Request(ctx, "test.stop", nil); !errors.Is(err, problem.Unavailable) {
		t.Errorf("after stop: %v, want Unavailable", err)
	}
}

func shared(t *testing.T, connect func() bus.Bus) {
	var mu sync.Mutex
	handled := 0
	count := func(context.Context, []byte) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		handled++
		return nil, nil
	}
	stopA := serve(t, connect(), "test.shared", count)
	stopB := serve(t, connect(), "test.shared", count)
	asker := connect()
	const requests = 20
	for range requests {
		if _, err := asker.Request(t.Context(), "test.shared", nil); err != nil {
			t.Fatal(err)
		}
	}
	stopA()
	stopB()
	if handled != requests {
		t.Errorf("%d requests were handled %d times", requests, handled)
	}
}

func tooLarge(t *testing.T, connect func() bus.Bus) {
	huge := make([]byte, 16<<20)
	serve(t, connect(), "test.huge", func(context.Context, []byte) ([]byte, error) { return huge, nil })
	asker := connect()
	if _, err := asker.Request(t.Context(), "test.huge", huge); !errors.Is(err, problem.TooLarge) {
		t.Errorf("request: error is %v, want TooLarge", err)
	}
	if _, err := asker.Request(t.Context(), "test.huge", nil); !errors.Is(err, problem.TooLarge) {
		t.Errorf("answer: error is %v, want TooLarge", err)
	}
	if err := asker.PutState(t.Context(), "telemetry.huge", huge); !errors.Is(err, problem.TooLarge) {
		t.Errorf("state: error is %v, want TooLarge", err)
	}
}

func put(t *testing.T, b bus.Bus, subject, value string) {
	t.Helper()
	if err := b.PutState(t.Context(), subject, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

var errEnough = errors.New("enough")

func states(t *testing.T, connect func() bus.Bus) {
	writer := connect()
	put(t, writer, "telemetry.siren.a", "1")
	put(t, writer, "telemetry.siren.a", "2")
	put(t, writer, "telemetry.siren.b", "1")
	put(t, writer, "telemetry.channel.a", "1")
	const last = 300
	known := make(chan struct{})
	var once sync.Once
	watched := make(chan error, 1)
	got := map[string][]string{}
	watcher := connect()
	go func() {
		watched <- watcher.WatchState(t.Context(), "telemetry.siren.*", func(subject string, data []byte) error {
			got[subject] = append(got[subject], string(data))
			if len(got) == 2 {
				once.Do(func() { close(known) })
			}
			if string(data) == fmt.Sprint(last) {
				return errEnough
			}
			return nil
		})
	}()
	eventually.Receive(t, "the last states come", known)
	for i := 3; i <= last; i++ {
		put(t, writer, "telemetry.siren.a", fmt.Sprint(i))
	}
	if err := eventually.Receive(t, "new states come", watched); !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1"}, got["telemetry.siren.b"]); diff != "" || len(got) != 2 {
		t.Errorf("%d subjects; b (-want +got):\n%s", len(got), diff)
	}
	// Of a the values before the watch are forgotten but for the last one; of
	// the later ones some may be overtaken, but none comes out of order.
	a := got["telemetry.siren.a"]
	if a[0] != "2" || a[len(a)-1] != fmt.Sprint(last) {
		t.Errorf("a begins with %s and ends with %s", a[0], a[len(a)-1])
	}
	before := 0
	for _, value := range a {
		var n int
		if _, err := fmt.Sscan(value, &n); err != nil || n <= before {
			t.Fatalf("%s comes after %d: %v", value, before, err)
		}
		before = n
	}
}

func statesNow(t *testing.T, connect func() bus.Bus) {
	writer, reader := connect(), connect()
	read := func(pattern string) map[string]string {
		t.Helper()
		got := map[string]string{}
		if err := reader.States(t.Context(), pattern, func(subject string, data []byte) error {
			got[subject] += string(data)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := read("telemetry.siren.*"); len(got) != 0 {
		t.Errorf("at first there is %v", got)
	}
	want := map[string]string{}
	for i := range 2500 {
		subject := fmt.Sprintf("telemetry.siren.%d", i%2000)
		put(t, writer, subject, fmt.Sprintf("%d;", i))
		want[subject] = fmt.Sprintf("%d;", i)
	}
	put(t, writer, "telemetry.other", "1")
	if diff := cmp.Diff(want, read("telemetry.siren.*")); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	err := reader.States(t.Context(), "telemetry.>", func(string, []byte) error { return errEnough })
	if !errors.Is(err, errEnough) {
		t.Errorf("error is %v", err)
	}
	if err := reader.States(t.Context(), "siren", nil); !errors.Is(err, problem.Invalid) {
		t.Errorf("error is %v, want Invalid", err)
	}
}

func watchCancel(t *testing.T, connect func() bus.Bus) {
	b := connect()
	put(t, b, "telemetry.a", "1")
	ctx, cancel := context.WithCancel(t.Context())
	returned := false
	err := b.WatchState(ctx, "telemetry.>", func(string, []byte) error {
		if returned {
			t.Error("yield was called after WatchState had returned")
		}
		cancel()
		return nil
	})
	returned = true
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	put(t, b, "telemetry.a", "2")
}

func watchYieldError(t *testing.T, connect func() bus.Bus) {
	b := connect()
	put(t, b, "telemetry.a", "1")
	put(t, b, "telemetry.b", "1")
	calls := 0
	err := b.WatchState(t.Context(), "telemetry.*", func(string, []byte) error {
		calls++
		return errEnough
	})
	if !errors.Is(err, errEnough) || calls != 1 {
		t.Errorf("error is %v after %d calls", err, calls)
	}
}

func noTelemetry(t *testing.T, connect func() bus.Bus) {
	b := connect()
	for _, subject := range []string{"", "siren.a", "telemetry", "telemetry.", "telemetry..a", "telemetry.a b"} {
		if err := b.PutState(t.Context(), subject, nil); !errors.Is(err, problem.Invalid) {
			t.Errorf("put %q: error is %v, want Invalid", subject, err)
		}
		err := b.WatchState(t.Context(), subject, func(string, []byte) error { return nil })
		if !errors.Is(err, problem.Invalid) {
			t.Errorf("watch %q: error is %v, want Invalid", subject, err)
		}
	}
}
