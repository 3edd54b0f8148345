// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const (
	// broadcastFrom is the number of sirens from which a frame goes out once to
	// all instead of once to each.
	broadcastFrom = 9
	// firstRepeat and longestRepeat bound the time between two attempts. A siren
	// is reported as not answering when it is due for the third, after about ten
	// seconds: long enough for a wired bearer, short enough to send a
	// loudspeaker car while it still helps.
	firstRepeat   = 3 * time.Second
	longestRepeat = 30 * time.Second
	// ebb is how long no answer must have come before silent sirens are asked for
	// the second time. While answers of a whole fleet still come in, theirs may be
	// among them, and asking would only lengthen the line.
	ebb = 500 * time.Millisecond
	// answerTime is how long an answer may take beyond the reply window.
	answerTime = 5 * time.Second
	// earlyRetries is how often a siren whose clock was behind is asked again
	// after a beacon put it right.
	earlyRetries = 3
)

// order is an Order on its way.
type order struct {
	mu      sync.Mutex
	frames  []commanded
	targets map[string]*target
	open    int
	until   time.Time
	settled func(id string) bool
	report  func(siren.Progress)
	done    chan struct{}
	sent    bool
	// begun is when the frames went out first, heard when the last answer to them came.
	begun, heard time.Time
}

// commanded is one frame of an order.
type commanded struct {
	siren.Frame
	bytes  []byte
	sirens []string
}

// target is one siren of an order.
type target struct {
	frame    *commanded
	attempts int
	early    int
	next     time.Time // of the next attempt
	status   siren.Status
	reason   string
}

// Deliver brings the frames to the sirens. It repeats them to whoever has not
// answered, and to whoever connects, until each has a final status, and reports
// every change of status once, from several goroutines but for one siren in
// order. It returns the context's error when that ends first, and then no siren
// has a final status by it. A frame delivered twice sounds once.
//
// A later order to the same siren supersedes this one there. A test is refused
// with problem.Conflict while an alarm or a stop is on its way.
func (l *Link) Deliver(ctx context.Context, request siren.Order, report func(siren.Progress)) error {
	o, err := l.prepare(request, report)
	if err != nil {
		return err
	}
	if err := l.admit(o); err != nil {
		return err
	}
	defer l.dismiss(o)
	l.begin(o, l.options.Now())
	l.announce(o)
	select {
	case <-o.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Link) prepare(request siren.Order, report func(siren.Progress)) (*order, error) {
	o := &order{
		targets: map[string]*target{}, until: request.Until, settled: request.Settled, report: report, done: make(chan struct{}),
	}
	if o.settled == nil {
		o.settled = func(string) bool { return false }
	}
	for i, b := range request.Frames {
		f, err := siren.ParseFrame(b)
		if err != nil {
			return nil, fmt.Errorf("deliver frame %d: %w", i, err)
		}
		if f.Action == siren.ActionBeacon || i > 0 && f.Action != o.frames[0].Action {
			return nil, errors.New("deliver frames: not all of one action")
		}
		o.frames = append(o.frames, commanded{Frame: f, bytes: b})
	}
	for _, id := range request.Sirens {
		if _, twice := o.targets[id]; twice {
			continue
		}
		t := &target{status: siren.StatusWaiting}
		o.targets[id] = t
		o.open++
		device, registered := l.options.Fleet.Siren(id)
		if !registered {
			t.status, t.reason = siren.StatusNotReached, siren.KeyUnknown
			continue
		}
		i := slices.IndexFunc(o.frames, func(f commanded) bool { return f.Target.Holds(device.Number, device.ARS) })
		if i < 0 {
			t.status, t.reason = siren.StatusNotReached, siren.KeyNotHeld
			continue
		}
		t.frame = &o.frames[i]
		t.frame.sirens = append(t.frame.sirens, id)
	}
	return o, nil
}

// admit takes the order among the current ones and lets newer ones supersede older ones.
func (l *Link) admit(o *order) error {
	if len(o.frames) == 0 {
		return nil
	}
	l.admission.Lock()
	defer l.admission.Unlock()
	now := l.options.Now()
	for _, other := range l.current() {
		if o.frames[0].Action == siren.ActionTest && other.frames[0].Action != siren.ActionTest {
			return problem.New(problem.Conflict, "an alarm is on its way to the sirens", "Test them when it has ended.")
		}
		for id, mine := range o.targets {
			switch theirs := other.targets[id]; {
			case theirs == nil || theirs.frame == nil || mine.frame == nil:
			case theirs.frame.Counter < mine.frame.Counter:
				l.supersede(other, id, now)
			case theirs.frame.Counter > mine.frame.Counter:
				mine.status, mine.reason = siren.StatusNotReached, siren.KeySuperseded
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders = append(l.orders, o)
	for _, f := range o.frames {
		l.issued = append(l.issued, validity{f.Counter, f.Expires()})
	}
	return nil
}

// supersede ends a siren's part in an older order, unless it acts on it: then it
// will say itself how that ended.
func (l *Link) supersede(o *order, id string, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.targets[id]; t.status == siren.StatusWaiting {
		o.move(l, id, siren.StatusNotReached, siren.KeySuperseded, now)
	}
}

func (l *Link) dismiss(o *order) {
	l.mu.Lock()
	l.orders = slices.DeleteFunc(l.orders, func(other *order) bool { return other == o })
	l.mu.Unlock()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.report = nil
}

func (l *Link) current() []*order {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.orders)
}

// begin reports what is known before anything is sent: who cannot be reached at
// all, and who has no connection now.
func (l *Link) begin(o *order, now time.Time) {
	connected, _ := l.Connected()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == 0 {
		close(o.done)
	}
	for id, t := range o.targets {
		switch {
		case t.status.Final():
			status, reason := t.status, t.reason
			t.status, t.reason = siren.StatusWaiting, ""
			o.move(l, id, status, reason, now)
		case !now.Before(o.until):
			o.move(l, id, siren.StatusNotReached, siren.KeyExpired, now)
		case !connected:
			o.move(l, id, siren.StatusWaiting, siren.KeyNoBroker, now)
		case l.state(id).Condition == siren.ConditionOffline:
			o.move(l, id, siren.StatusWaiting, siren.KeyOffline, now)
		}
	}
}

// move gives a siren its next status and reports it if it is news. The caller
// holds the order's lock, so that no report comes after Deliver has returned.
func (o *order) move(l *Link, id string, status siren.Status, reason string, now time.Time) {
	t := o.targets[id]
	if o.report == nil || t.status.Final() || t.status == status && t.reason == reason {
		return
	}
	if t.status == siren.StatusSounding && status == siren.StatusWaiting {
		return
	}
	t.status, t.reason = status, reason
	o.report(siren.Progress{Siren: id, Status: status, Reason: reason, State: l.state(id), At: now.UTC(), Attempt: t.attempts})
	if status.Final() {
		if o.open--; o.open == 0 {
			close(o.done)
		}
	}
}

// announce sends the order's frames for the first time, when there is a connection.
func (l *Link) announce(o *order) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sent {
		return
	}
	now := l.options.Now()
	for i := range o.frames {
		f := &o.frames[i]
		var waiting []string
		for _, id := range f.sirens {
			if !o.targets[id].status.Final() {
				waiting = append(waiting, id)
			}
		}
		topics := []string{l.topics.Broadcast()}
		if len(waiting) < broadcastFrom {
			topics = topics[:0]
			for _, id := range waiting {
				topics = append(topics, l.topics.Command(id))
			}
		}
		for _, topic := range topics {
			if !l.publish(topic, f.bytes) {
				return
			}
		}
		for _, id := range waiting {
			o.targets[id].attempts++
			o.targets[id].next = now.Add(f.ReplyWindow + firstRepeat)
		}
	}
	o.sent, o.begun = true, now
}

// flowing reports whether the answers to the first call still come in.
func (o *order) flowing(t *target, now time.Time) bool {
	return t.attempts == 1 && now.Sub(o.heard) < ebb && now.Sub(o.begun) < t.frame.ReplyWindow+longestRepeat
}

// greet sends a siren that has just connected the newest frame in force for it.
func (l *Link) greet(id string, now time.Time) {
	var newest *order
	var at *target
	for _, o := range l.current() {
		if t := o.targets[id]; t != nil && t.frame != nil && (at == nil || t.frame.Counter > at.frame.Counter) {
			newest, at = o, t
		}
	}
	if newest == nil {
		return
	}
	newest.mu.Lock()
	defer newest.mu.Unlock()
	if !at.status.Final() && !newest.settled(id) {
		l.ask(id, at, now)
	}
}

// ask sends the target its frame on its own topic. The caller holds the order's lock.
func (l *Link) ask(id string, t *target, now time.Time) {
	if !l.publish(l.topics.Command(id), t.frame.bytes) {
		return
	}
	t.attempts++
	wait := min(firstRepeat<<min(t.attempts-1, 8), longestRepeat)
	t.next = now.Add(t.frame.ReplyWindow + wait)
}

// repeat asks again whoever is due and ends what is over.
func (l *Link) repeat(now time.Time) {
	connected, _ := l.Connected()
	for _, o := range l.current() {
		l.announce(o)
		o.mu.Lock()
		for id, t := range o.targets {
			if t.status.Final() {
				continue
			}
			expires := t.frame.Expires().Add(t.frame.ReplyWindow + answerTime)
			switch {
			case t.status == siren.StatusWaiting && o.settled(id):
				o.move(l, id, siren.StatusNotReached, siren.KeySuperseded, now)
			case !now.Before(o.until), t.status == siren.StatusWaiting && t.attempts > 0 && !now.Before(expires) && !now.Before(t.next):
				l.giveUp(o, id, t, now)
			case !connected:
				o.move(l, id, siren.StatusWaiting, siren.KeyNoBroker, now)
			case !t.next.IsZero() && !now.Before(t.next) && !o.flowing(t, now):
				l.remark(o, id, t, now)
				l.ask(id, t, now)
			}
		}
		o.mu.Unlock()
	}
}

// remark reports a siren that should have answered by now.
func (l *Link) remark(o *order, id string, t *target, now time.Time) {
	reason := l.absence(id)
	if reason != siren.KeyNoAnswer || t.attempts > 1 {
		o.move(l, id, siren.StatusWaiting, reason, now)
	}
}

// absence is why a siren does not answer, as far as the link can tell.
func (l *Link) absence(id string) string {
	switch l.state(id).Condition {
	case siren.ConditionOffline:
		return siren.KeyOffline
	case siren.ConditionUnknown:
		return siren.KeyNeverHeard
	default:
		return siren.KeyNoAnswer
	}
}

func (l *Link) giveUp(o *order, id string, t *target, now time.Time) {
	switch {
	case t.status == siren.StatusSounding:
		o.move(l, id, siren.StatusEndUnknown, siren.KeyEndUnknown, now)
	case t.attempts == 0 && t.reason == siren.KeyNoBroker:
		o.move(l, id, siren.StatusNotReached, siren.KeyNoBroker, now)
	default:
		o.move(l, id, siren.StatusNotReached, l.absence(id), now)
	}
}

// settle takes an acknowledgement to the order that it answers.
func (l *Link) settle(id string, a siren.Answer, now time.Time) {
	for _, o := range l.current() {
		o.mu.Lock()
		if t := o.targets[id]; t != nil && t.frame != nil && t.frame.ID() == a.Frame && !t.status.Final() {
			o.heard = now
			l.acknowledge(o, id, t, a, now)
		}
		o.mu.Unlock()
	}
}

func (l *Link) acknowledge(o *order, id string, t *target, a siren.Answer, now time.Time) {
	switch a.Outcome {
	case siren.OutcomeAccepted:
		o.move(l, id, siren.StatusSounding, "", now)
		// If the end goes unsaid, ask for it.
		t.next = now.Add(a.Remaining + t.frame.ReplyWindow + firstRepeat)
	case siren.OutcomeDone:
		o.move(l, id, siren.StatusDone, a.Reason.Key(), now)
	case siren.OutcomeRefused:
		if a.Reason == siren.ReasonBadSignature {
			// Somebody sends a spoilt copy of the frame; the genuine one goes on.
			o.move(l, id, siren.StatusWaiting, a.Reason.Key(), now)
			return
		}
		if a.Reason == siren.ReasonEarly && t.early < earlyRetries {
			t.early++
			l.beacon(l.topics.Command(id), siren.All())
			l.ask(id, t, now)
			return
		}
		o.move(l, id, siren.StatusRefused, a.Reason.Key(), now)
	}
}
