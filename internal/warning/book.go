// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning

import (
	"maps"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
)

// Book is the projection of all warnings. A *Warning that it gives out never
// changes: applying an event replaces it.
type Book struct {
	warnings  map[string]*Warning
	order     []string          // ids in order of creation
	byMessage map[string]string // message identifier -> warning id
	// open holds the ids of warnings that still wait for something: a release,
	// an end or their expiry. It keeps Due and the board fast in a long history.
	open map[string]struct{}
	// unsettled holds the ids of chains whose newest message had not run out at
	// the last release; Unsettled leaves out those that have run out since.
	unsettled map[string]struct{}
}

// NewBook makes an empty book.
func NewBook() *Book {
	return &Book{warnings: map[string]*Warning{}, byMessage: map[string]string{}, open: map[string]struct{}{}, unsettled: map[string]struct{}{}}
}

// Warning gives a chain by its id.
func (b *Book) Warning(id string) (*Warning, bool) {
	w, ok := b.warnings[id]
	return w, ok
}

// ByMessage gives the chain to which a message belongs, released or pending.
func (b *Book) ByMessage(identifier string) (*Warning, bool) {
	return b.Warning(b.byMessage[identifier])
}

// All gives every chain, newest first.
func (b *Book) All() []*Warning {
	all := make([]*Warning, 0, len(b.order))
	for _, id := range slices.Backward(b.order) {
		all = append(all, b.warnings[id])
	}
	return all
}

// Waiting gives the chains with a pending request, the oldest request first.
func (b *Book) Waiting() []*Warning {
	return b.opened(
		func(w *Warning) bool { return w.Pending != nil },
		func(x, y *Warning) int { return x.Pending.At.Compare(y.Pending.At) })
}

// InForce gives the chains that are in force at the time, the gravest level
// first and the newest message first within a level.
func (b *Book) InForce(now time.Time) []*Warning {
	return b.opened(
		func(w *Warning) bool { return w.InForce(now) },
		func(x, y *Warning) int {
			if d := int(x.Last().Content.Level) - int(y.Last().Content.Level); d != 0 {
				return d
			}
			return y.Last().Sent.Compare(x.Last().Sent)
		})
}

func (b *Book) opened(keep func(*Warning) bool, order func(x, y *Warning) int) []*Warning {
	var kept []*Warning
	for id := range b.open {
		if w := b.warnings[id]; keep(w) {
			kept = append(kept, w)
		}
	}
	slices.SortFunc(kept, func(x, y *Warning) int {
		if d := order(x, y); d != 0 {
			return d
		}
		if x.ID < y.ID {
			return -1
		}
		return 1
	})
	return kept
}

// InForce reports whether the warning is in force at the time.
func (w *Warning) InForce(now time.Time) bool {
	return w.Status == StatusInForce && now.Before(w.Last().Content.Expires)
}

// Apply implements journal.Projection. It ignores events of other packages.
func (b *Book) Apply(r journal.Record) error {
	for _, e := range r.Events {
		if err := b.applyEvent(r, e); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) applyEvent(r journal.Record, e journal.Event) error {
	switch e.Kind {
	case EventRequested:
		body, err := journal.Decode[Requested](e)
		if err != nil {
			return err
		}
		w := b.next(body.Warning, r.Time)
		w.Pending = &body.Request
		w.Requests = max(w.Requests, body.Request.Number)
		b.byMessage[body.Request.Identifier] = w.ID
		b.store(w, Entry{At: r.Time, By: r.By, Event: e.Kind, Message: body.Request.Identifier, Revision: body.Request.Revision})
	case EventSigned:
		body, err := journal.Decode[Signed](e)
		if err != nil {
			return err
		}
		w := b.next(body.Warning, r.Time)
		pending := *w.Pending
		pending.Assertions = append(slices.Clip(pending.Assertions), body.Assertion)
		w.Pending = &pending
		b.store(w, Entry{At: r.Time, By: r.By, Event: e.Kind, Message: pending.Identifier})
	case EventReleased:
		body, err := journal.Decode[Released](e)
		if err != nil {
			return err
		}
		w := b.next(body.Warning, r.Time)
		w.Pending = nil
		w.Messages = append(slices.Clip(w.Messages), body.Message)
		w.Status = StatusInForce
		if body.Message.Kind == KindAllClear {
			w.Status = StatusEnded
		}
		b.byMessage[body.Message.Identifier] = w.ID
		maps.DeleteFunc(b.unsettled, func(id string, _ struct{}) bool {
			return !r.Time.Before(b.warnings[id].Last().Content.Expires)
		})
		b.unsettled[w.ID] = struct{}{}
		b.store(w, Entry{At: r.Time, By: r.By, Event: e.Kind, Message: body.Message.Identifier})
	case EventRefused, EventWithdrawn, EventStopped, EventLapsed:
		body, err := journal.Decode[Dropped](e)
		if err != nil {
			return err
		}
		w := b.next(body.Warning, r.Time)
		w.Pending = nil
		if len(w.Messages) == 0 {
			w.Status = StatusDropped
		}
		b.store(w, Entry{At: r.Time, By: r.By, Event: e.Kind, Message: body.Identifier, Reason: body.Reason})
	case EventEscalated:
		body, err := journal.Decode[Escalated](e)
		if err != nil {
			return err
		}
		w := b.next(body.Warning, r.Time)
		pending := *w.Pending
		pending.Escalated = r.Time
		w.Pending = &pending
		b.store(w, Entry{At: r.Time, By: r.By, Event: e.Kind, Message: body.Identifier, Reason: body.To})
	case EventExpired:
		body, err := journal.Decode[Expired](e)
		if err != nil {
			return err
		}
		w := b.next(body.Warning, r.Time)
		w.Status = StatusExpired
		b.store(w, Entry{At: r.Time, By: r.By, Event: e.Kind})
	}
	return nil
}

// next gives a copy of the warning to change, or a new one.
func (b *Book) next(id string, now time.Time) *Warning {
	if old, ok := b.warnings[id]; ok {
		w := *old
		return &w
	}
	b.order = append(b.order, id)
	return &Warning{ID: id, Created: now, Status: StatusWaiting}
}

func (b *Book) store(w *Warning, line Entry) {
	w.History = append(slices.Clip(w.History), line)
	b.warnings[w.ID] = w
	if w.Pending != nil || w.Status == StatusInForce {
		b.open[w.ID] = struct{}{}
	} else {
		delete(b.open, w.ID)
	}
}

// Unsettled gives the chains whose newest message may still have to be sent:
// it is released and has not run out. A chain that has ended stays unsettled
// until its all-clear runs out.
func (b *Book) Unsettled(now time.Time) []*Warning {
	var kept []*Warning
	for id := range b.unsettled {
		w := b.warnings[id]
		if last := w.Last(); now.Before(last.Content.Expires) {
			kept = append(kept, w)
		}
	}
	slices.SortFunc(kept, func(x, y *Warning) int { return x.Last().Sent.Compare(y.Last().Sent) })
	return kept
}

// Message gives a released message of the chain by its identifier.
func (w *Warning) Message(identifier string) (*Message, bool) {
	for i := range w.Messages {
		if w.Messages[i].Identifier == identifier {
			return &w.Messages[i], true
		}
	}
	return nil, false
}

// Addressed reports whether a released message of the chain with a siren signal
// is for what stands at a place.
func (w *Warning) Addressed(p geo.Point, ars geo.ARS) bool {
	return slices.ContainsFunc(w.Messages, func(m Message) bool {
		return m.Content.Signal != "" && (m.Content.Area.ContainsARS(ars) || m.Content.Area.ContainsPoint(p))
	})
}
