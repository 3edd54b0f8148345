// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// lookout keeps what follows from the sirens' states: the fleet in numbers, whom
// it leaves without a siren, and who hears those that sound. Whoever asks brings it
// up to date first, at the price of the sirens that changed since and the cells in
// their earshot: many that change at once are gone through once, however many ask.
type lookout struct {
	mu sync.Mutex
	// changed gathers the sirens whose states changed; nil before the first look.
	changed *watcher
	// all is the registry, records the count of records about sirens, and at the
	// time of the last whole look. A newer one of them makes a whole look necessary.
	all     []siren.Siren
	records uint64
	at      time.Time
	seen    map[string]seen
	counts  SirenCounts
	bereft  *coverage.Bereft
	// followed holds who hears the sirens of a job, by its id.
	followed map[string]*followed
}

// seen is how a siren was counted.
type seen struct {
	condition siren.Condition
	ready     bool
	troubles  []string
}

// followed is who hears the sirens of one message.
type followed struct {
	job     *dispatch.JobState
	area    geo.Area
	signal  string
	planned time.Time
	targets map[string]struct{}
	// listeners is nil where nobody knows who lives in the area.
	listeners *coverage.Listeners
	// hearing is made when it is asked for, and forgotten when the numbers change.
	hearing *coverage.Hearing
}

const (
	// keptFollowed is how many messages are followed.
	keptFollowed = 32
	// wholeLook is how old a whole look may be: certificates run out by themselves.
	wholeLook = time.Minute
)

// look brings the lookout up to date. The caller holds its lock.
func (s *Service) look() {
	l := &s.lookout
	if l.changed == nil {
		l.changed, _ = s.view.changes.watch() // it watches as long as the service is there
	}
	records, changed := s.view.sirenRecords.Load(), s.view.changes.take(l.changed)
	all := s.view.fleet.All()
	moved := len(all) != len(l.all) || len(all) > 0 && &all[0] != &l.all[0]
	if moved || l.seen == nil {
		l.all, l.bereft = all, s.newBereft(all)
		if l.followed == nil {
			l.followed = map[string]*followed{}
		}
		for _, f := range l.followed {
			s.listen(f)
		}
	}
	if moved || l.seen == nil || records != l.records || s.o.Now().Sub(l.at).Abs() > wholeLook {
		l.records, l.at = records, s.o.Now()
		l.seen = make(map[string]seen, len(all))
		l.counts = SirenCounts{Total: len(all), ByCondition: map[siren.Condition]int{}, ByTrouble: map[string]int{}}
		for _, registered := range all {
			if registered.Generated {
				l.counts.Generated++
			}
			s.lookAt(registered)
		}
		return
	}
	for id := range changed.sirens {
		if registered, ok := s.view.fleet.Siren(id); ok {
			s.lookAt(registered)
		}
	}
}

// lookAt counts a siren as it is now, in place of how it was counted before.
func (s *Service) lookAt(registered siren.Siren) {
	l := &s.lookout
	state := s.view.fleet.State(registered.ID)
	now := seen{state.Condition, coverage.Ready(state.Condition), s.troubles(registered, state)}
	if before, was := l.seen[registered.ID]; was {
		l.counts.add(before, -1)
	}
	l.seen[registered.ID] = now
	l.counts.add(now, 1)
	if l.bereft != nil {
		l.bereft.Set(registered.ID, now.ready)
	}
	for _, f := range l.followed {
		f.hear(registered.ID, state)
	}
}

func (c *SirenCounts) add(s seen, n int) {
	if s.ready {
		c.Ready += n
	}
	if c.ByCondition[s.condition] += n; c.ByCondition[s.condition] == 0 {
		delete(c.ByCondition, s.condition)
	}
	for _, code := range s.troubles {
		if c.ByTrouble[code] += n; c.ByTrouble[code] == 0 {
			delete(c.ByTrouble, code)
		}
	}
}

func (s *Service) newBereft(all []siren.Siren) *coverage.Bereft {
	if s.o.Audience == nil {
		return nil
	}
	bereft, err := s.o.Audience.Bereft(all)
	if err != nil {
		s.o.Logger.Warn("nobody knows who hears the sirens", slog.Any("error", err))
		return nil
	}
	return bereft
}

// fleetCounts is the fleet in numbers.
func (s *Service) fleetCounts() SirenCounts {
	l := &s.lookout
	l.mu.Lock()
	defer l.mu.Unlock()
	s.look()
	counts := l.counts
	counts.ByCondition, counts.ByTrouble = maps.Clone(counts.ByCondition), maps.Clone(counts.ByTrouble)
	if l.bereft != nil {
		n := int(l.bereft.People())
		counts.Bereft = &n
	}
	return counts
}

// heard is who in the area of a message hears the sirens that sounded for it; nil
// where that cannot be known.
func (s *Service) heard(job *dispatch.JobState, content warning.Content) *coverage.Hearing {
	s.lookout.mu.Lock()
	defer s.lookout.mu.Unlock()
	f := s.follow(job, content)
	if f == nil {
		return nil
	}
	if f.hearing == nil {
		hearing := f.listeners.Hearing()
		f.hearing = &hearing
	}
	return f.hearing
}

// heardNumbers is heard without the places.
func (s *Service) heardNumbers(job *dispatch.JobState, content warning.Content) (coverage.Numbers, bool) {
	s.lookout.mu.Lock()
	defer s.lookout.mu.Unlock()
	f := s.follow(job, content)
	if f == nil {
		return coverage.Numbers{}, false
	}
	return f.listeners.Numbers(), true
}

// follow gives a message's listeners as they are now; nil where nobody knows. The
// caller holds the lookout's lock.
func (s *Service) follow(job *dispatch.JobState, content warning.Content) *followed {
	if s.o.Audience == nil || job.Channel != sirenChannel || content.Signal == "" {
		return nil
	}
	s.look()
	l := &s.lookout
	f := l.followed[job.ID]
	switch {
	case f == nil:
		if len(l.followed) >= keptFollowed {
			clear(l.followed)
		}
		f = &followed{area: content.Area, signal: content.Signal, planned: s.view.times[job.ID].planned, targets: make(map[string]struct{}, len(job.Plan.Targets))}
		for _, t := range job.Plan.Targets {
			f.targets[t.ID] = struct{}{}
		}
		s.listen(f)
		l.followed[job.ID] = f
	case f.job == job:
		// A job never changes: with its receipts comes another.
		return f.known()
	}
	f.job = job
	for id := range f.targets {
		f.hear(id, s.view.fleet.State(id))
	}
	return f.known()
}

// listen begins to count by the registry as it is; what sounded has sounded.
func (s *Service) listen(f *followed) {
	before := f.listeners
	var err error
	if f.listeners, err = s.o.Audience.Listen(f.area, s.lookout.all); err != nil {
		s.o.Logger.Warn("nobody knows who hears the sirens", slog.Any("error", err))
	}
	f.hearing = nil
	if before == nil || f.listeners == nil {
		return
	}
	for id := range f.targets {
		f.listeners.Set(id, before.Sounds(id))
	}
}

func (f *followed) known() *followed {
	if f.listeners == nil {
		return nil
	}
	return f
}

// hear takes in what a siren's receipt and its state say. Its receipt decides;
// where there is none yet, its state does: it gives the signal, and did so after
// the message was planned. Once heard it stays so, for people have heard it.
func (f *followed) hear(id string, state siren.State) {
	if _, meant := f.targets[id]; !meant || f.listeners == nil {
		return
	}
	before, sounds := f.listeners.Sounds(id), false
	switch f.job.Latest[id].Outcome {
	case dispatch.Sounding, dispatch.Done, dispatch.Reached:
		sounds = true
	case dispatch.Refused, dispatch.NotReached:
	default:
		sounds = before || state.Condition == siren.ConditionTriggered && state.Signal == f.signal && state.SoundingUntil.After(f.planned)
	}
	if sounds != before {
		f.listeners.Set(id, sounds)
		f.hearing = nil
	}
}
