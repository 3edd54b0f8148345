// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Fault runs: whatever breaks in the middle of a command, every siren ends in a
// true state, none sounds twice for one frame, and none stays unreported.
package sirentest_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// field is a fleet behind a bad line, with clocks that can be moved.
type field struct {
	*sirentest.Rig
	t        *testing.T
	proxy    *sirentest.Proxy
	node     sirentest.Clock
	devices  sirentest.Clock
	link     *mqtt.Link
	stopLink func()
	counter  uint64
	dir      string
	stopSims func()
}

const speed = 20 // a minute of signal is three seconds

// TestMain lets all of them run beside each other: they wait most of their time.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func newField(t *testing.T, o sirentest.Options) *field {
	t.Helper()
	o.NoSimulator = true
	f := &field{Rig: sirentest.Start(t, o), t: t, dir: t.TempDir()}
	f.StopLink()
	f.proxy = sirentest.NewProxy(t, f.Endpoint.Address)
	f.Endpoint.Address = f.proxy.Address()
	f.startLink()
	f.startSirens()
	f.WaitConnected(o.Sirens)
	return f
}

func (f *field) background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	f.t.Cleanup(stop)
	return stop
}

func (f *field) startLink() {
	f.t.Helper()
	o := f.LinkOptions(f.Fleet)
	o.Now, o.Beacon = f.node.Now, time.Second
	var err error
	if f.link, err = mqtt.NewLink(o); err != nil {
		f.t.Fatal(err)
	}
	for _, s := range f.Fleet.States() {
		if s.Condition != siren.ConditionUnknown {
			f.link.Restore(s)
		}
	}
	f.stopLink = f.background(f.link.Run)
}

func (f *field) startSirens() {
	f.t.Helper()
	o := sirentest.SimulatorOptions(f.Endpoint, f.Sirens, f.dir)
	o.Speed, o.Wall = speed, f.devices.Wall
	var err error
	if f.Simulator, err = simulator.New(o); err != nil {
		f.t.Fatal(err)
	}
	f.stopSims = f.background(f.Simulator.Run)
}

// command signs a frame to all.
func (f *field) command(action siren.Action, signal uint8, ttl time.Duration) []byte {
	f.t.Helper()
	f.counter += 16
	frame, err := siren.Frame{
		Epoch: 1, Counter: f.counter, NotBefore: f.node.Now().UTC().Truncate(time.Second).Add(-time.Minute), TTL: time.Minute + ttl,
		Action: action, Signal: signal, ReplyWindow: 500 * time.Millisecond, Target: siren.All(),
	}.Sign(f.Issuer)
	if err != nil {
		f.t.Fatal(err)
	}
	return frame
}

// order is a command on its way.
type order struct {
	field *field
	frame string
	mu    sync.Mutex
	last  map[string]siren.Progress
	ended chan error
}

// give sends the frame to all sirens but those that are final already.
func (f *field) give(ctx context.Context, frame []byte, until time.Time, before *order) *order {
	f.t.Helper()
	parsed, err := siren.ParseFrame(frame)
	if err != nil {
		f.t.Fatal(err)
	}
	o := &order{field: f, frame: parsed.ID().String(), last: map[string]siren.Progress{}, ended: make(chan error, 1)}
	request := siren.Order{Frames: [][]byte{frame}, Until: until}
	for _, s := range f.Sirens {
		if before != nil {
			if p, said := before.last[s.ID]; said && p.Status.Final() {
				o.last[s.ID] = p
				continue
			}
		}
		request.Sirens = append(request.Sirens, s.ID)
	}
	go func() {
		o.ended <- f.link.Deliver(ctx, request, func(p siren.Progress) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.last[p.Siren] = p
		})
	}()
	return o
}

// begun counts the sirens that sound or have sounded.
func (o *order) begun() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.last {
		if p.Status == siren.StatusSounding || p.Status == siren.StatusDone {
			n++
		}
	}
	return n
}

// finish waits for the end and holds it to the truth. Away says which sirens
// were out of reach at the end; only they may be unreached.
func (o *order) finish(away func(id string) bool) {
	f := o.field
	f.t.Helper()
	o.end()
	sounded := f.sounded()
	for _, s := range f.Sirens {
		p := o.last[s.ID]
		starts := sounded[s.ID+" "+o.frame]
		switch {
		case p.Status == "" || !p.Status.Final():
			f.t.Errorf("%s stays unreported: %q %s", s.ID, p.Status, p.Reason)
		case p.Status == siren.StatusDone && starts != 1:
			f.t.Errorf("%s is said to be done and sounded %d times", s.ID, starts)
		case p.Status == siren.StatusRefused && starts != 0:
			f.t.Errorf("%s is said to have refused (%s) and sounded", s.ID, p.Reason)
		case p.Status != siren.StatusDone && !away(s.ID):
			f.t.Errorf("%s was in reach and ended as %s %s", s.ID, p.Status, p.Reason)
		}
	}
	f.onlyOnce()
}

// sounded counts the starts of each siren for each frame.
func (f *field) sounded() map[string]int {
	counts := map[string]int{}
	for _, s := range f.Simulator.Sounded() {
		counts[s.Siren+" "+s.Frame]++
	}
	return counts
}

func (f *field) onlyOnce() {
	f.t.Helper()
	for what, n := range f.sounded() {
		if n > 1 {
			f.t.Errorf("%s sounded %d times", what, n)
		}
	}
}

// conditions waits until all sirens are in the condition that they ought to be in.
func (f *field) conditions(want func(id string) siren.Condition) {
	f.t.Helper()
	f.t.Cleanup(func() {
		if f.t.Failed() {
			f.t.Logf("the first siren: %+v", f.Fleet.States()[0])
		}
	})
	f.Wait("every siren's state is true", func() bool {
		for _, s := range f.Fleet.States() {
			if s.Condition != want(s.Siren) {
				return false
			}
		}
		return true
	})
}

func ready(string) siren.Condition { return siren.ConditionReady }

func nobody(string) bool { return false }

// every picks every n-th siren.
func (f *field) every(n int) func(client string) bool {
	picked := map[string]bool{}
	for i, s := range f.Sirens {
		picked[s.ID] = i%n == 0
	}
	return func(client string) bool { return picked[client] }
}

func TestTenPercentVanish(t *testing.T) {
	t.Parallel()
	f := newField(t, sirentest.Options{Sirens: 200})
	vanished := f.every(10)
	o := f.give(t.Context(), f.command(siren.ActionSound, 1, 60*time.Second), time.Now().Add(65*time.Second), nil)
	f.Wait("some have answered", func() bool { return o.begun() > 20 })
	f.proxy.Sever(vanished)
	o.finish(vanished)
	f.conditions(func(id string) siren.Condition {
		if vanished(id) {
			return siren.ConditionOffline
		}
		return siren.ConditionReady
	})
	// They are back after their frame has expired: they say so and stay silent.
	f.proxy.Sever(nobody)
	f.conditions(ready)
	f.onlyOnce()
}

// The node dies while it brings a command to sirens, in the middle of their
// answers; the next one takes the command up again with the same frame.
func TestNodeKilledMidDispatch(t *testing.T) {
	t.Parallel()
	f := newField(t, sirentest.Options{Sirens: 200})
	away := f.every(20)
	f.proxy.Sever(away)
	frame, until := f.command(siren.ActionSound, 1, 2*time.Minute), time.Now().Add(eventually.Patience)
	ctx, kill := context.WithCancel(t.Context())
	o := f.give(ctx, frame, until, nil)
	f.Wait("some have answered", func() bool { return o.begun() > 20 })
	f.stopLink()
	kill()
	<-o.ended
	f.proxy.Sever(nobody)
	f.startLink()
	again := f.give(t.Context(), frame, until, o)
	again.finish(nobody)
	f.conditions(ready)
}

func TestClockJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]func(*field){
		"the node's an hour forward":   func(f *field) { f.node.Jump(time.Hour) },
		"the node's an hour back":      func(f *field) { f.node.Jump(-time.Hour) },
		"the sirens' an hour forward":  func(f *field) { f.devices.Jump(time.Hour) },
		"the sirens' an hour back":     func(f *field) { f.devices.Jump(-time.Hour) },
		"both an hour forward":         func(f *field) { f.node.Jump(time.Hour); f.devices.Jump(time.Hour) },
		"apart, an hour in each sense": func(f *field) { f.node.Jump(time.Hour); f.devices.Jump(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newField(t, sirentest.Options{Sirens: 40})
			// The deadline is by the clock that jumps.
			o := f.give(t.Context(), f.command(siren.ActionSound, 1, time.Minute), f.node.Now().Add(90*time.Second), nil)
			f.Wait("some have answered", func() bool { return o.begun() > 5 })
			jump(f)
			// A deadline that has passed by the clock ends the order at once, and what
			// is not known by then is said to be unknown. A siren that is told the new
			// time before the frame reaches it refuses what is not of that time.
			o.finish(func(id string) bool {
				p := o.last[id]
				untimely := p.Reason == siren.ReasonEarly.Key() || p.Reason == siren.ReasonExpired.Key()
				return p.Status == siren.StatusEndUnknown || p.Status == siren.StatusNotReached || p.Status == siren.StatusRefused && untimely
			})
			// A siren asks for the time at most once a minute when beacons are behind.
			f.conditions(ready)
			// The next command reaches all of them.
			next := f.give(t.Context(), f.command(siren.ActionSound, 2, 2*time.Minute), f.node.Now().Add(eventually.Patience), nil)
			next.finish(nobody)
		})
	}
}

// A line that stalls half-open is one on which nothing comes any more and nobody
// is told. Sirens and gateway find out by themselves within a minute.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	for name, match := range map[string]func(f *field) func(string) bool{
		"every fifth siren": func(f *field) func(string) bool { return f.every(5) },
		"the gateway":       func(*field) func(string) bool { return func(c string) bool { return strings.HasPrefix(c, "gateway-") } },
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("takes a minute")
			}
			t.Parallel()
			f := newField(t, sirentest.Options{Sirens: 50})
			if stalled := f.proxy.Stall(match(f)); stalled == 0 {
				t.Fatal("nothing stalls")
			}
			o := f.give(t.Context(), f.command(siren.ActionSound, 1, 150*time.Second), time.Now().Add(160*time.Second), nil)
			o.finish(nobody)
			f.conditions(ready)
		})
	}
}

// Somebody has recorded all that ever went over the broker, and sends it again,
// at once and an hour later, at a broker that lets everyone do everything.
func TestReplay(t *testing.T) {
	t.Parallel()
	f := newField(t, sirentest.Options{Sirens: 30, Address: sirentest.OpenMosquitto(t)})
	var mu sync.Mutex
	type recorded struct {
		topic   string
		payload []byte
	}
	var tape []recorded
	recording := true
	attacker, err := mqtt.Dial(t.Context(), mqtt.ClientOptions{
		Endpoint: f.Endpoint, ID: "attacker",
		Subscribe: []string{"tocsin/v1/" + sirentest.Authority + "/#"},
		Receive: func(topic string, payload []byte, _ bool) {
			mu.Lock()
			defer mu.Unlock()
			if recording {
				tape = append(tape, recorded{topic, payload})
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer attacker.Close()
	for _, c := range []struct {
		action siren.Action
		signal uint8
	}{{siren.ActionSound, 1}, {siren.ActionTest, 16}, {siren.ActionSound, 2}, {siren.ActionStop, 0}} {
		// The signal is given its time, so that it ends by itself.
		f.give(t.Context(), f.command(c.action, c.signal, 5*time.Minute), time.Now().Add(eventually.Patience), nil).end()
	}
	mu.Lock()
	recording = false
	mu.Unlock()
	before := len(f.Simulator.Sounded())
	if before != 3*len(f.Sirens) {
		t.Fatalf("%d starts of %d sirens by three signals", before, len(f.Sirens))
	}
	cut := f.Sirens[3].ID
	f.proxy.Sever(func(client string) bool { return client == cut })
	f.Wait("one is offline", func() bool { return f.Fleet.State(cut).Condition == siren.ConditionOffline })
	replay := func(when string) {
		t.Helper()
		for range 2 {
			for _, r := range tape {
				if err := attacker.Publish(r.topic, r.payload, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		// A genuine test behind it shows that all of it has been taken in.
		others := &order{last: map[string]siren.Progress{cut: {Status: siren.StatusNotReached}}}
		o := f.give(t.Context(), f.command(siren.ActionTest, 16, 2*time.Minute), f.node.Now().Add(eventually.Patience), others)
		o.finish(func(id string) bool { return id == cut })
		want := before + len(f.Sirens) - 1
		if after := len(f.Simulator.Sounded()); after != want {
			t.Errorf("%s: %d starts, want %d", when, after, want)
		}
		before = want
		if s := f.Fleet.State(cut); s.Condition != siren.ConditionOffline {
			t.Errorf("%s: a recording made the dead siren %s", when, s.Condition)
		}
	}
	replay(fmt.Sprintf("at once, %d messages", len(tape)))
	f.node.Jump(time.Hour)
	f.devices.Jump(time.Hour)
	replay("an hour later")
	// And behind a restart of all sirens, when they have nothing but their memory.
	f.stopSims()
	f.startSirens()
	f.WaitConnected(len(f.Sirens) - 1)
	before = len(f.Simulator.Sounded())
	replay("behind a restart")
}

// end waits for the end of an order.
func (o *order) end() {
	o.field.t.Helper()
	if err := eventually.Receive(o.field.t, "the order ends", o.ended); err != nil {
		o.field.t.Fatalf("deliver: %v", err)
	}
}
