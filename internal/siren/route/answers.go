// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// overcome are refusals of a frame, not of the signal: the horn is sound, and the
// next way may start it.
var overcome = []string{
	siren.ReasonExpired.Key(), siren.ReasonEarly.Key(), siren.ReasonUnknownKey.Key(), siren.ReasonEpoch.Key(), siren.ReasonStorage.Key(), KeyNotTriggered,
}

// answer takes news of one siren on one way. It reports whether a step has
// become due by it.
func (p *planner) answer(news siren.Progress, now time.Time) (due bool) {
	j := p.journeys[news.Siren]
	if j == nil || j.status.Final() || j.status == siren.StatusSounding && news.Status == siren.StatusSounding {
		return false
	}
	if news.Path.Authenticated() {
		j.last = news
	}
	more := j.at+1 < len(j.steps)
	hurry := func(t time.Time) {
		if more && t.Before(j.due) {
			j.due, due = t, true
		}
	}
	switch news.Status {
	case siren.StatusWaiting:
		if j.status == siren.StatusWaiting && (!j.called || !news.Path.Authenticated()) {
			p.tell(j, news)
		}
		if news.Reason == siren.KeyOffline {
			hurry(now.Add(offlineGrace))
		}
	case siren.StatusRefused:
		if j.status == siren.StatusSounding {
			return false
		}
		if !slices.Contains(overcome, news.Reason) {
			p.tell(j, news)
			return false
		}
		j.refusal = &news
		hurry(now)
		p.giveUp(j, news, more)
	case siren.StatusNotReached:
		if j.status == siren.StatusSounding {
			return false
		}
		if news.Reason == siren.KeySuperseded {
			p.supersede([]string{news.Siren}, now)
			return false
		}
		hurry(now)
		p.giveUp(j, news, more)
	case siren.StatusDone:
		// Where answers name no order, "ready" ends what was begun and nothing else.
		if news.Path.Authenticated() || j.status == siren.StatusSounding {
			p.tell(j, news)
		}
	default:
		p.tell(j, news)
	}
	return due
}

// supersede ends the order at sirens for which there is a newer one, on all ways:
// no call may start after an order to be silent what that has ended. A siren that
// sounds will say itself how that ends.
func (p *planner) supersede(ids []string, now time.Time) {
	for _, a := range p.calls {
		if a.sent.IsZero() && slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(a.Sirens, id) }) {
			a.tried = attempts
			if a.wanted {
				a.wanted = false
				p.failed(a, KeyShared, "", now)
			}
		}
	}
	for _, id := range ids {
		j := p.journeys[id]
		if j == nil || j.status != siren.StatusWaiting {
			continue
		}
		final := siren.Progress{Status: siren.StatusNotReached, Reason: siren.KeySuperseded, Path: j.path, State: j.last.State, At: now}
		if j.called {
			final.Status, final.Reason, final.Detail = siren.StatusUnconfirmed, KeyCalled, j.detail
		}
		p.tell(j, final)
	}
}

// giveUp ends a siren's journey when the way that failed was its last hope, and
// otherwise says why it goes on.
func (p *planner) giveUp(j *journey, news siren.Progress, more bool) {
	switch {
	case j.called:
	case more || p.pending(j):
		news.Status = siren.StatusWaiting
		p.tell(j, news)
	case j.refusal != nil:
		p.tell(j, *j.refusal)
	default:
		p.tell(j, news)
	}
}

// heard takes it that a receiver heard one of the calls on the air.
func (p *planner) heard(c siren.Call, detail string, now time.Time) {
	for _, a := range p.calls {
		if !SameCall(a.Call, c) || a.sent.IsZero() && !a.sending {
			continue
		}
		for _, id := range a.Sirens {
			if j := p.journeys[id]; j != nil && j.status == siren.StatusWaiting {
				j.called = true
				p.tell(j, siren.Progress{Status: siren.StatusWaiting, Reason: KeyHeard, Detail: detail, Path: a.Kind, At: now})
			}
		}
	}
}

// asked reports whether a siren was called on a way, so that what it says there
// can be an answer to the order.
func (p *planner) asked(id string, kind siren.PathKind) bool {
	return slices.ContainsFunc(p.calls, func(a *attempt) bool {
		return a.Kind == kind && (a.sending || !a.sent.IsZero()) && slices.Contains(a.Sirens, id)
	})
}

// end says what became of a siren when the order's time is over.
func (p *planner) end(j *journey, now time.Time) {
	if j.status.Final() {
		return
	}
	final := siren.Progress{Status: siren.StatusNotReached, Reason: j.reason, Detail: j.detail, Path: j.path, State: j.last.State, At: now}
	switch {
	case j.status == siren.StatusSounding:
		final.Status, final.Reason = siren.StatusEndUnknown, siren.KeyEndUnknown
	case j.called:
		final.Status = siren.StatusUnconfirmed
		if final.Reason == "" {
			final.Reason = KeyCalled
		}
	case j.refusal != nil:
		final = *j.refusal
	case final.Reason == "":
		final.Reason = siren.KeyNoAnswer
	}
	p.tell(j, final)
}

// tell notes news of a siren and reports it if it is any.
func (p *planner) tell(j *journey, news siren.Progress) {
	if j.status.Final() || j.status == news.Status && j.reason == news.Reason && j.path == news.Path && j.detail == news.Detail {
		return
	}
	j.status, j.reason, j.detail, j.path = news.Status, news.Reason, news.Detail, news.Path
	news.Siren = j.siren
	p.news = append(p.news, news)
	if news.Status.Final() {
		p.open--
	}
}

// fetch gives the news since it was last called.
func (p *planner) fetch() []siren.Progress {
	news := p.news
	p.news = nil
	return news
}

// settledElsewhere reports whether the siren has answered on another way than
// this, so that nothing needs to be sent to it here any more.
func (p *planner) settledElsewhere(id string, kind siren.PathKind) bool {
	j := p.journeys[id]
	return j == nil || j.confirmed() && j.path != "" && j.path != kind
}
