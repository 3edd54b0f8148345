// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/coverage/rounds"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// hearings keeps what was reckoned last, so that pages that ask again while
// nothing changed get the same at once.
type hearings struct {
	mu     sync.Mutex
	byJob  map[string]heardBy
	dead   string
	bereft *int
}

// heardBy is who heard the sirens that sounded by some moment.
type heardBy struct {
	sounded string
	hearing *coverage.Hearing
}

// keptHearings is of how many messages the last is kept.
const keptHearings = 32

// heard is who in the area of a message hears the sirens that sounded for it; nil
// where that cannot be known. It is called within View.
func (s *Service) heard(job *dispatch.JobState, content warning.Content) *coverage.Hearing {
	if s.o.Audience == nil || job.Channel != sirenChannel || content.Signal == "" {
		return nil
	}
	sounded := map[string]bool{}
	var ids []string
	for _, t := range job.Plan.Targets {
		switch job.Latest[t.ID].Outcome {
		case dispatch.Sounding, dispatch.Done, dispatch.Reached:
			sounded[t.ID] = true
			ids = append(ids, t.ID)
		}
	}
	key := strings.Join(ids, " ")
	s.hearings.mu.Lock()
	kept, has := s.hearings.byJob[job.ID]
	s.hearings.mu.Unlock()
	if has && kept.sounded == key {
		return kept.hearing
	}
	hearing := s.o.Audience.In(content.Area, s.view.fleet.All(), func(r siren.Siren) bool { return sounded[r.ID] })
	s.hearings.mu.Lock()
	defer s.hearings.mu.Unlock()
	if len(s.hearings.byJob) >= keptHearings || s.hearings.byJob == nil {
		s.hearings.byJob = map[string]heardBy{}
	}
	s.hearings.byJob[job.ID] = heardBy{key, hearing}
	return hearing
}

// bereft is how many people the sirens that are not ready leave without one.
func (s *Service) bereft() *int {
	if s.o.Audience == nil {
		return nil
	}
	dead := map[string]bool{}
	var ids []string
	all := s.view.fleet.All()
	for _, r := range all {
		if !coverage.Ready(s.view.fleet.State(r.ID).Condition) {
			dead[r.ID] = true
			ids = append(ids, r.ID)
		}
	}
	s.hearings.mu.Lock()
	defer s.hearings.mu.Unlock()
	if key := strings.Join(ids, " "); s.hearings.bereft == nil || s.hearings.dead != key {
		people, err := s.o.Audience.Bereft(all, func(r siren.Siren) bool { return dead[r.ID] })
		if err != nil {
			return nil // a level that the registry would have refused
		}
		n := int(people)
		s.hearings.dead, s.hearings.bereft = key, &n
	}
	return s.hearings.bereft
}

// LoudspeakerRounds is where loudspeaker vehicles go, because no siren is heard there.
type LoudspeakerRounds struct {
	Warning    string           `json:"warning"`
	Identifier string           `json:"identifier"`
	Summary    Summary          `json:"summary"`
	At         time.Time        `json:"at"`
	Hearing    coverage.Hearing `json:"hearing"`
	Vehicles   []VehicleRound   `json:"vehicles"`
}

// VehicleRound is one vehicle's way.
type VehicleRound struct {
	Stops []coverage.Missed `json:"stops"`
	// People live at the stops.
	People int64 `json:"people"`
	// Metres is the way from the first stop to the last, as the crow flies.
	Metres float64 `json:"metres"`
}

// MaxVehicles is how many vehicles rounds are proposed for.
const MaxVehicles = 20

// Rounds proposes a round for each of some vehicles through the places where the
// newest message's sirens are not heard.
func (s *Service) Rounds(id string, vehicles int) (LoudspeakerRounds, error) {
	var out LoudspeakerRounds
	err := notFound("warning.unknown", id)
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		if !ok {
			return
		}
		last := w.Last()
		if last == nil {
			err = refusal.New(problem.Conflict, "warning.unreleased")
			return
		}
		job, planned := s.view.jobs.Job(dispatch.JobID(last.Identifier, sirenChannel))
		var hearing *coverage.Hearing
		if planned {
			hearing = s.heard(job, last.Content)
		}
		if hearing == nil {
			err = refusal.New(problem.Conflict, "rounds.unknown")
			return
		}
		err = nil
		out = LoudspeakerRounds{Warning: w.ID, Identifier: last.Identifier, Summary: summary(last.Content), At: s.o.Now().UTC(), Hearing: *hearing}
	})
	if err != nil {
		return LoudspeakerRounds{}, err
	}
	out.Vehicles = vehicleRounds(out.Hearing.Missed, min(max(vehicles, 1), MaxVehicles))
	return out, nil
}

func vehicleRounds(missed []coverage.Missed, vehicles int) []VehicleRound {
	stops := make([]projection.Coordinate, 0, len(missed))
	missed = slices.DeleteFunc(slices.Clone(missed), func(m coverage.Missed) bool {
		at, err := projection.LAEAEurope.Forward(m.Position)
		if err == nil {
			stops = append(stops, at)
		}
		return err != nil
	})
	list := []VehicleRound{}
	for _, way := range rounds.Plan(stops, vehicles) {
		round := VehicleRound{Stops: []coverage.Missed{}, Metres: rounds.Length(stops, way)}
		for _, stop := range way {
			round.Stops = append(round.Stops, missed[stop])
			round.People += missed[stop].People
		}
		list = append(list, round)
	}
	return list
}
