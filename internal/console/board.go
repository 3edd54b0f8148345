// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/intake"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// Board gives the situation as the operator who asks sees it.
func (s *Service) Board(who Identity) Board {
	now := s.o.Now().UTC()
	b := Board{
		Seq: s.ledger.Applied(), ServerTime: now, Authority: s.authority(),
		Waiting: []Waiting{}, InForce: []InForce{}, OnShift: []Person{}, Sirens: s.fleetCounts(),
	}
	s.ledger.View(func() {
		for _, w := range s.view.book.Waiting() {
			b.Waiting = append(b.Waiting, s.waiting(who, w))
		}
		for _, w := range s.view.book.InForce(now) {
			b.InForce = append(b.InForce, s.inForce(w))
		}
		for _, state := range s.view.proposals.All() {
			if state.Status == intake.Open && s.view.adopted[state.Identifier] == "" {
				b.Proposals++
			}
		}
		for _, o := range s.view.directory.All() {
			if !o.Disabled && s.view.directory.SignedIn(o.Name, now) {
				b.OnShift = append(b.OnShift, Person{Name: o.Name, FullName: o.FullName, Roles: listed(o.Roles)})
			}
		}
		b.Channels = channelStates(b.InForce, s.view)
		b.Trouble = s.trouble(b)
	})
	return b
}

func (s *Service) authority() AuthorityInfo {
	a := s.o.Authority
	return AuthorityInfo{
		ID: a.ID, Name: a.Name, SenderName: a.SenderName, Realm: string(cmp.Or(a.Realm, authority.Live)), Languages: listed(a.Languages),
		TimeZone: a.TimeZone, Territory: listed(a.Territory), Bounds: s.maps.bounds, PublicURL: s.o.PublicURL,
	}
}

func (s *Service) waiting(who Identity, w *warning.Warning) Waiting {
	p := w.Pending
	return Waiting{
		Summary: summary(p.Content), Warning: w.ID, Identifier: p.Identifier, Kind: p.Kind,
		Author: s.person(p.Author()), At: p.At, Revision: p.Revision,
		Escalates: p.Escalates, Escalated: p.Escalated, Lapses: p.Lapses,
		NeedsYou: who.Has(operator.Releaser) && !s.signed(signersOf(p), who),
	}
}

func (s *Service) inForce(w *warning.Warning) InForce {
	last := w.Last()
	row := InForce{
		Summary: summary(last.Content), Warning: w.ID, Identifier: last.Identifier, Where: last.Content.Area,
		Since: w.Messages[0].Sent, Updated: last.Sent, Expires: last.Content.Expires,
		Messages: len(w.Messages), Deliveries: []Delivery{},
	}
	if w.Pending != nil {
		row.Pending = w.Pending.Kind
	}
	for _, job := range s.view.jobs.OfMessage(last.Identifier) {
		row.Deliveries = append(row.Deliveries, s.view.delivery(job))
	}
	return row
}

// summary is a content in one line.
func summary(c warning.Content) Summary {
	line := Summary{Event: c.Event, EventName: Words{}, Level: c.Level, Area: c.Area.Name, Headline: Words{}, Signal: c.Signal}
	if e, ok := wording.EventOf(c.Event); ok {
		line.EventName = Words(e.Name)
	}
	for tag, text := range c.Texts {
		line.Headline[tag] = text.Headline
	}
	return line
}

// delivery is a job in numbers, without its targets.
func (v *view) delivery(job *dispatch.JobState) Delivery {
	times := v.times[job.ID]
	d := Delivery{
		Job: job.ID, Message: job.Message, Channel: job.Channel, Planned: times.planned, Deadline: job.Plan.Deadline,
		Finished: times.finished, Last: times.last, Error: job.PlanError, Total: len(job.Plan.Targets), Counts: job.Counts(),
	}
	for outcome, n := range d.Counts {
		switch outcome {
		case dispatch.Reached, dispatch.Sounding, dispatch.Done:
			d.Good += n
		case dispatch.Refused, dispatch.NotReached:
			d.Bad += n
		default:
			d.Open += n
		}
	}
	return d
}

// channelStates adds up, per channel, what became of the newest messages of the
// warnings in force.
func channelStates(rows []InForce, v *view) []ChannelState {
	states := []ChannelState{}
	for _, row := range rows {
		for _, d := range row.Deliveries {
			i := slices.IndexFunc(states, func(c ChannelState) bool { return c.Channel == d.Channel })
			if i < 0 {
				i = len(states)
				states = append(states, ChannelState{Channel: d.Channel})
			}
			c := &states[i]
			c.Total, c.Open, c.Good, c.Bad = c.Total+d.Total, c.Open+d.Open, c.Good+d.Good, c.Bad+d.Bad
			if last := v.times[d.Job].last; last.After(c.Last) {
				c.Last = last
			}
			if d.Error != "" {
				c.Failed++
			}
		}
	}
	slices.SortFunc(states, func(a, b ChannelState) int { return cmp.Compare(a.Channel, b.Channel) })
	return states
}
