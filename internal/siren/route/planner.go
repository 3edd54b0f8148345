// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

const (
	// mostSingles is how long single calls may take together before a group call
	// replaces them although some of the group have answered: a second start of a
	// few is better than a first one that comes too late for many.
	mostSingles = 30 * time.Second
	// offlineGrace is how long a siren that is known to be offline may take to come back.
	offlineGrace = time.Second
	// attempts is how often a call is tried whose transmitter fails, retryAfter the
	// time between.
	attempts   = 3
	retryAfter = 5 * time.Second
)

// planner decides which way to which siren is used when. It is pure: it takes no
// clock, starts nothing and sends nothing.
type planner struct {
	waits Waits
	// window is over how long answers to frames are spread, latest when the last
	// call may begin, until when the order is over.
	window        time.Duration
	latest, until time.Time
	bearers       map[siren.PathKind]bool
	rests         map[string]time.Duration // by transmitter

	journeys map[string]*journey
	ordered  []*journey
	calls    []*attempt
	open     int
	news     []siren.Progress
}

// journey is how far one siren came.
type journey struct {
	siren   string
	steps   []Step
	at      int       // the step that was begun last; -1 for none
	due     time.Time // when the next one begins unless the siren answers
	status  siren.Status
	path    siren.PathKind // of what was reported last
	reason  string
	detail  string
	called  bool // a call to it went out
	refusal *siren.Progress
	last    siren.Progress // what a bearer said last
}

// attempt is one call of the ways.
type attempt struct {
	siren.Call
	wanted  bool
	sending bool
	tried   int
	sent    time.Time // zero for not yet
	after   time.Time // not before
}

// confirmed reports whether the siren itself said that it got the command.
func (j *journey) confirmed() bool {
	return j.status != siren.StatusWaiting && j.status != siren.StatusUnconfirmed && j.status != siren.StatusNotReached
}

// frames is the ways of a siren that has no others than MQTT.
var frames = []Step{{Kind: siren.PathMQTT}}

func newPlanner(o Order, waits Waits, callers []Caller, bearers map[siren.PathKind]Bearer) *planner {
	p := &planner{
		waits: waits, window: o.window(), latest: o.Latest, until: o.Until,
		bearers: map[siren.PathKind]bool{}, rests: map[string]time.Duration{}, journeys: map[string]*journey{},
	}
	for kind := range bearers {
		p.bearers[kind] = true
	}
	for _, c := range callers {
		p.rests[c.Name()] = c.Rest()
	}
	steps := map[string][]Step{}
	for _, s := range o.Ways.Sirens {
		steps[s.Siren] = s.Steps
	}
	for _, c := range o.Ways.Calls {
		p.calls = append(p.calls, &attempt{Call: c})
	}
	for _, id := range o.Sirens {
		if p.journeys[id] != nil {
			continue
		}
		j := &journey{siren: id, steps: frames, at: -1, status: siren.StatusWaiting}
		if own, ok := steps[id]; ok {
			j.steps = own
		}
		if o.Sounding[id] {
			j.status = siren.StatusSounding
		}
		p.journeys[id] = j
		p.ordered = append(p.ordered, j)
	}
	p.open = len(p.ordered)
	return p
}

// recall takes what is on record of an earlier run: a call that was sent is not
// sent again; one of which nobody knows is, but not before its rest is over.
func (p *planner) recall(c siren.Call, stage siren.CallStage, at time.Time) {
	for _, a := range p.calls {
		if a.Transmitter != c.Transmitter || a.Address != c.Address || a.Command != c.Command {
			continue
		}
		switch stage {
		case siren.CallSent:
			a.sent = at
			for _, id := range a.Sirens {
				if j := p.journeys[id]; j != nil {
					j.called, j.path = true, a.Kind
				}
			}
		case siren.CallFailed:
			a.tried++
			a.after = at.Add(p.rests[a.Transmitter])
		case siren.CallBegun:
			a.after = at.Add(p.rests[a.Transmitter])
		}
	}
}

// rest keeps calls back that went out for another order a short while ago, where
// receivers would take them for a repetition.
func (p *planner) rest(last func(siren.Call) time.Time) {
	for _, a := range p.calls {
		rest := p.rests[a.Transmitter]
		if rest == 0 {
			continue
		}
		if after := last(a.Call).Add(rest); after.After(a.after) {
			a.after = after
		}
	}
}

// step begins what is due and ends what is over. It gives, by kind, the sirens
// whose frames are to be carried from now on; calls are fetched by take.
func (p *planner) step(now time.Time) map[siren.PathKind][]string {
	if !now.Before(p.until) {
		for _, j := range p.ordered {
			p.end(j, now)
		}
		return nil
	}
	start := map[siren.PathKind][]string{}
	var wanting []*journey
	for _, j := range p.ordered {
		if j.status == siren.StatusSounding && j.at < 0 {
			p.resume(j, start)
		}
		if j.status != siren.StatusWaiting {
			continue
		}
		before := j.at
		for j.at+1 < len(j.steps) && !now.Before(j.due) {
			j.at++
			step := j.steps[j.at]
			j.due = now.Add(p.waits[step.Kind])
			switch {
			case step.Reason != "":
				p.unusable(j, step, step.Reason, now)
			case step.Kind.Authenticated() && !p.bearers[step.Kind]:
				p.unusable(j, step, KeyNoTransmitter, now)
			case step.Kind.Authenticated():
				j.due = j.due.Add(p.window)
				start[step.Kind] = append(start[step.Kind], j.siren)
			}
		}
		if j.at != before && j.at >= 0 && j.steps[j.at].Reason == "" && !j.steps[j.at].Kind.Authenticated() {
			wanting = append(wanting, j)
		}
	}
	p.choose(wanting, now)
	return start
}

// resume asks a siren that sounded before a restart, on the ways that make
// nothing sound twice, how that ended.
func (p *planner) resume(j *journey, start map[siren.PathKind][]string) {
	j.at = len(j.steps) - 1
	for _, step := range j.steps {
		if p.bearers[step.Kind] {
			start[step.Kind] = append(start[step.Kind], j.siren)
		}
	}
}

// unusable notes a way that cannot be used; the next one is due at once. What the
// siren itself refused says more than that.
func (p *planner) unusable(j *journey, step Step, reason string, now time.Time) {
	j.due = now
	if !j.called {
		p.tell(j, siren.Progress{Status: siren.StatusWaiting, Reason: reason, Path: step.Kind, At: now})
	}
	switch {
	case j.at+1 < len(j.steps) || j.carried() || j.called || p.pending(j):
	case j.refusal != nil:
		p.tell(j, *j.refusal)
	default:
		p.tell(j, siren.Progress{Status: siren.StatusNotReached, Reason: reason, Path: step.Kind, At: now})
	}
}

// carried reports whether a bearer still works for the siren.
func (j *journey) carried() bool {
	return j.last.Status != siren.StatusNotReached && j.last.Status != siren.StatusRefused &&
		slices.ContainsFunc(j.steps[:j.at+1], func(s Step) bool { return s.Kind.Authenticated() })
}

// pending reports whether a call to the siren may still go out.
func (p *planner) pending(j *journey) bool {
	return slices.ContainsFunc(p.calls, func(a *attempt) bool {
		return (a.wanted || a.sending) && slices.Contains(a.Sirens, j.siren)
	})
}

// choose decides between group calls and single ones.
func (p *planner) choose(wanting []*journey, now time.Time) {
	groups := map[int][]*journey{}
	for _, j := range wanting {
		groups[j.steps[j.at].Group] = append(groups[j.steps[j.at].Group], j)
	}
	for place, members := range groups {
		if place > 0 && p.together(place, members) {
			p.want(place, now)
			continue
		}
		for _, j := range members {
			p.want(cmp.Or(j.steps[j.at].Own, place), now)
		}
	}
}

// together reports whether one call to the group serves its waiting members
// best: when it starts nobody a second time, or single calls would take too long.
func (p *planner) together(place int, waiting []*journey) bool {
	group := p.calls[place-1]
	if !group.sent.IsZero() {
		return true
	}
	var singles time.Duration
	untouched := group.Group && len(waiting) == len(group.Sirens)
	for _, j := range waiting {
		own := j.steps[j.at].Own
		switch {
		case own == 0:
			return true
		case !p.calls[own-1].sent.IsZero():
			untouched = false
		default:
			singles += p.calls[own-1].Airtime
		}
	}
	return untouched || singles > mostSingles && singles > group.Airtime
}

// want asks for a call, unless it has gone out already.
func (p *planner) want(place int, now time.Time) {
	a := p.calls[place-1]
	switch {
	case !a.sent.IsZero():
		p.gone(a, a.sent, now)
	case !a.sending && a.tried < attempts:
		a.wanted = true
	}
}

// take gives the calls of a transmitter that are to go out now, at most most:
// those that reach many first. A call to sirens that have all answered is dropped.
func (p *planner) take(transmitter string, most int, now time.Time) []int {
	var ready []int
	for i, a := range p.calls {
		if a.Transmitter != transmitter || !a.wanted || now.Before(a.after) {
			continue
		}
		switch {
		case !p.needed(a):
			a.wanted = false
		case !now.Before(p.latest):
			a.wanted = false
			p.failed(a, siren.KeyExpired, "", now)
		default:
			ready = append(ready, i)
		}
	}
	slices.SortStableFunc(ready, func(x, y int) int { return cmp.Compare(len(p.calls[y].Sirens), len(p.calls[x].Sirens)) })
	ready = ready[:min(most, len(ready))]
	for _, i := range ready {
		p.calls[i].wanted, p.calls[i].sending = false, true
		p.calls[i].tried++
	}
	return ready
}

// needed reports whether one of the call's sirens has still to be reached.
func (p *planner) needed(a *attempt) bool {
	return slices.ContainsFunc(a.Sirens, func(id string) bool {
		j := p.journeys[id]
		return j != nil && j.status == siren.StatusWaiting
	})
}

// waiting reports whether a call of the transmitter could go out now.
func (p *planner) waiting(transmitter string, now time.Time) bool {
	return slices.ContainsFunc(p.calls, func(a *attempt) bool {
		return a.Transmitter == transmitter && a.wanted && !now.Before(a.after)
	})
}

// transmitted takes what became of a call that take gave.
func (p *planner) transmitted(i int, err error, now time.Time) {
	a := p.calls[i]
	a.sending = false
	if err == nil {
		a.sent = now
		p.gone(a, now, now)
		return
	}
	if a.tried < attempts {
		a.wanted, a.after = true, now.Add(max(retryAfter, p.rests[a.Transmitter]))
	}
	p.failed(a, KeyTransmitter, err.Error(), now)
}

// gone tells the call's sirens that it went out, and lets them wait for an answer.
func (p *planner) gone(a *attempt, sent, now time.Time) {
	reason := KeyCalled
	if a.Kind.Answers() {
		reason = KeyAsked
	}
	for _, id := range a.Sirens {
		j := p.journeys[id]
		if j == nil || j.status != siren.StatusWaiting {
			continue
		}
		if j.at >= 0 && j.steps[j.at].Kind == a.Kind {
			j.due = sent.Add(p.waits[a.Kind])
		}
		j.called = true
		if reason == KeyCalled && j.reason == KeyHeard {
			continue // a receiver may be faster than the transmitter's end, and says more
		}
		p.tell(j, siren.Progress{Status: siren.StatusWaiting, Reason: reason, Path: a.Kind, At: now,
			Detail: fmt.Sprintf("%s: %s, %.1f s on the air", a.Transmitter, a, a.Airtime.Seconds())})
	}
}

// failed tells the call's sirens that it did not go out; their next way is due.
func (p *planner) failed(a *attempt, reason, detail string, now time.Time) {
	for _, id := range a.Sirens {
		j := p.journeys[id]
		if j == nil || j.status != siren.StatusWaiting || j.called || j.at < 0 || j.steps[j.at].Kind != a.Kind {
			continue
		}
		j.due = now
		p.tell(j, siren.Progress{Status: siren.StatusWaiting, Reason: reason, Detail: detail, Path: a.Kind, At: now})
	}
}

// next is when step has something to do, if nothing happens before.
func (p *planner) next() time.Time {
	next := p.until
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	for _, j := range p.ordered {
		if j.status == siren.StatusWaiting && j.at+1 < len(j.steps) {
			sooner(j.due)
		}
	}
	for _, a := range p.calls {
		if a.wanted {
			sooner(a.after)
		}
	}
	return next
}
