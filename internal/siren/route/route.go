// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Options are the ways that a node has.
type Options struct {
	// Bearers carry frames, by kind; Callers send calls, the first that serves a
	// siren is its own.
	Bearers map[siren.PathKind]Bearer
	Callers []Caller
	// Waits replace DefaultWaits, kind by kind.
	Waits Waits
	// Recorder is needed where there are callers.
	Recorder Recorder
	Log      *slog.Logger
}

// Route brings orders to sirens on all ways. It is safe for use by several goroutines.
type Route struct {
	options Options

	mu   sync.Mutex
	runs []*run
}

// New is a route over the ways.
func New(o Options) *Route {
	waits := DefaultWaits()
	for kind, wait := range o.Waits {
		if wait > 0 {
			waits[kind] = wait
		}
	}
	o.Waits = waits
	return &Route{options: o}
}

// Callers are those of the options.
func (r *Route) Callers() []Caller { return r.options.Callers }

// Order is an order on all ways.
type Order struct {
	siren.Order
	// ID names the order; calls are on record under it.
	ID   string
	Ways Ways
	// Sounding are those of the sirens that said before a restart that they sound:
	// they are asked for the end and not called.
	Sounding map[string]bool
	// Latest is when the last call may begin.
	Latest time.Time
	// Priority is that of the order's calls.
	Priority Priority
}

// window is over how long sirens spread their answers to the frames.
func (o Order) window() time.Duration {
	var longest time.Duration
	for _, b := range o.Frames {
		if f, err := siren.ParseFrame(b); err == nil {
			longest = max(longest, f.ReplyWindow)
		}
	}
	return longest
}

// counter is the highest of the order's frames: the newer of two orders has the higher one.
func (o Order) counter() uint64 {
	var highest uint64
	for _, b := range o.Frames {
		if f, err := siren.ParseFrame(b); err == nil {
			highest = max(highest, f.Counter)
		}
	}
	return highest
}

// run is one order on its way.
type run struct {
	route  *Route
	order  Order
	report func(siren.Progress)
	wake   chan struct{}
	failed chan error

	mu      sync.Mutex
	planner *planner
	busy    map[string]bool // by transmitter
	closed  bool
}

const (
	// stepPause is the least time between two looks for what is due.
	stepPause = 20 * time.Millisecond
	// recordTime is how long a call waits for its record: a warning is worth more
	// than its trace.
	recordTime = 2 * time.Second
)

// Deliver brings the order to its sirens until each has a final status, and
// reports every change of status, for one siren in order and never after it has
// returned. It returns the context's error when that ends first, and then no siren
// has a final status by it.
func (r *Route) Deliver(ctx context.Context, o Order, report func(siren.Progress)) error {
	d := &run{
		route: r, order: o, report: report, wake: make(chan struct{}, 1), failed: make(chan error, len(r.options.Bearers)+1),
		planner: newPlanner(o, r.options.Waits, r.options.Callers, r.options.Bearers), busy: map[string]bool{},
	}
	if len(o.Ways.Calls) > 0 {
		known, err := r.options.Recorder.Recall(ctx, o.ID)
		if err != nil {
			return fmt.Errorf("recall the calls of %s: %w", o.ID, err)
		}
		for _, called := range known {
			for _, c := range called.Calls {
				d.planner.recall(c, called.Stage, called.At)
			}
		}
		d.planner.rest(r.options.Recorder.Book.Last)
	}
	r.mu.Lock()
	r.runs = append(r.runs, d)
	r.mu.Unlock()
	r.supersede(d)
	var working sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		d.mu.Lock()
		d.closed = true
		d.mu.Unlock()
		cancel()
		working.Wait()
		r.mu.Lock()
		r.runs = slices.DeleteFunc(r.runs, func(other *run) bool { return other == d })
		r.mu.Unlock()
	}()
	for {
		if d.advance(ctx, &working) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-d.failed:
			return err
		case <-time.After(stepPause):
		}
		d.mu.Lock()
		rest := time.Until(d.planner.next())
		d.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-d.failed:
			return err
		case <-d.wake:
		case <-time.After(max(rest, 0)):
		}
	}
}

// supersede ends the older of two orders at the sirens that both are for.
func (r *Route) supersede(d *run) {
	for _, other := range r.current() {
		older, newer := other, d
		if d.order.counter() < other.order.counter() {
			older, newer = d, other
		}
		if other == d || older.order.counter() == newer.order.counter() {
			continue
		}
		older.mu.Lock()
		older.planner.supersede(newer.order.Sirens, time.Now())
		older.tell()
		older.mu.Unlock()
		older.nudge()
	}
}

// advance begins what is due; it reports whether the order is over.
func (d *run) advance(ctx context.Context, working *sync.WaitGroup) (over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	start := d.planner.step(now)
	d.tell()
	if d.planner.open == 0 {
		return true
	}
	for kind, ids := range start {
		working.Go(func() { d.carry(ctx, kind, ids) })
	}
	for _, c := range d.route.options.Callers {
		if !d.busy[c.Name()] && d.planner.waiting(c.Name(), now) {
			d.busy[c.Name()] = true
			working.Go(func() { d.call(ctx, c) })
		}
	}
	return false
}

// tell passes the planner's news on. The caller holds the lock, so that no report
// comes after Deliver has returned.
func (d *run) tell() {
	for _, news := range d.planner.fetch() {
		if !d.closed {
			d.report(news)
		}
	}
}

func (d *run) nudge() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// carry has a bearer bring the frames to sirens.
func (d *run) carry(ctx context.Context, kind siren.PathKind, ids []string) {
	order := d.order.Order
	order.Sirens = ids
	order.Settled = func(id string) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.planner.settledElsewhere(id, kind)
	}
	err := d.route.options.Bearers[kind].Deliver(ctx, order, func(news siren.Progress) {
		news.Path = kind
		d.answer(news)
	})
	if err != nil && ctx.Err() == nil {
		select {
		case d.failed <- err:
		default:
		}
	}
}

func (d *run) answer(news siren.Progress) {
	d.mu.Lock()
	due := d.planner.answer(news, time.Now())
	over := d.planner.open == 0
	d.tell()
	d.mu.Unlock()
	if due || over {
		d.nudge()
	}
}

// call has a transmitter send what waits for it.
func (d *run) call(ctx context.Context, c Caller) {
	var taken []int
	var calls []siren.Call
	sent := c.Transmit(ctx, d.order.Priority, func(most int) []siren.Call {
		d.mu.Lock()
		taken = d.planner.take(c.Name(), most, time.Now())
		for _, i := range taken {
			calls = append(calls, d.planner.calls[i].Call)
		}
		d.tell()
		d.mu.Unlock()
		if len(calls) > 0 {
			d.record(ctx, siren.CallBegun, calls, nil)
		}
		return calls
	})
	byStage := map[siren.CallStage][]siren.Call{}
	var cause error
	for i, err := range sent[:min(len(sent), len(calls))] {
		stage := siren.CallSent
		if err != nil {
			stage, cause = siren.CallFailed, err
		}
		byStage[stage] = append(byStage[stage], calls[i])
	}
	if ctx.Err() == nil || cause == nil {
		for stage, calls := range byStage {
			d.record(ctx, stage, calls, cause)
		}
	}
	d.mu.Lock()
	for n, i := range taken {
		if n < len(sent) {
			d.planner.transmitted(i, sent[n], time.Now())
		}
	}
	d.busy[c.Name()] = false
	d.tell()
	d.mu.Unlock()
	d.nudge()
}

// record keeps a step of calls. Where that fails the calls go on.
func (d *run) record(ctx context.Context, stage siren.CallStage, calls []siren.Call, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	called := siren.Called{Order: d.order.ID, Stage: stage, Calls: calls, At: time.Now().UTC()}
	if cause != nil && stage == siren.CallFailed {
		called.Detail = cause.Error()
	}
	if err := d.route.options.Recorder.Record(ctx, called); err != nil {
		d.route.options.Log.Error("a call on the air is not on record", "order", d.order.ID, "stage", stage, "error", err)
	}
}

// current lists the orders on their way.
func (r *Route) current() []*run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.runs)
}

// Answer takes what a siren says on a way whose answers name no order, such as
// the status of a TETRA siren: it answers the orders that called it there.
func (r *Route) Answer(news siren.Progress) {
	for _, d := range r.current() {
		d.mu.Lock()
		asked := d.planner.asked(news.Siren, news.Path)
		d.mu.Unlock()
		if asked {
			d.answer(news)
		}
	}
}

// Heard takes it that a receiver heard a call on the air; detail says which, and when.
func (r *Route) Heard(c siren.Call, detail string) {
	for _, d := range r.current() {
		d.mu.Lock()
		d.planner.heard(c, detail, time.Now())
		d.tell()
		d.mu.Unlock()
	}
}
