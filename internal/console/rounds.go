// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/coverage/rounds"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// LoudspeakerRounds is where loudspeaker vehicles go, because no siren is heard there.
type LoudspeakerRounds struct {
	Warning    string           `json:"warning"`
	Identifier string           `json:"identifier"`
	Summary    Summary          `json:"summary"`
	At         time.Time        `json:"at"`
	Hearing    coverage.Hearing `json:"hearing"`
	// StopCount is how many stops there are, of which the rounds have the largest.
	StopCount int            `json:"stopCount"`
	Pace      RoundPace      `json:"pace"`
	Vehicles  []VehicleRound `json:"vehicles"`
}

// RoundPace is by what assumptions durations come about.
type RoundPace struct {
	// Speed is that between stops in km/h, Detour how much longer roads are than
	// straight lines, Hectare the seconds that one inhabited hectare takes.
	Speed   float64 `json:"speed"`
	Detour  float64 `json:"detour"`
	Hectare float64 `json:"hectare"`
}

// VehicleRound is one vehicle's way.
type VehicleRound struct {
	Stops []RoundStop `json:"stops"`
	// People live at the stops.
	People int64 `json:"people"`
	// Metres is the way from the first stop to the last, as the crow flies, and
	// Seconds how long driving and speaking take.
	Metres  float64 `json:"metres"`
	Seconds float64 `json:"seconds"`
}

// RoundStop is one stop of a round.
type RoundStop struct {
	coverage.Stop
	// Metres is the way from the stop before, as the crow flies; Seconds is when the
	// stop is done, since the first was reached.
	Metres  float64 `json:"metres"`
	Seconds float64 `json:"seconds"`
}

// MaxVehicles is how many vehicles rounds are proposed for.
const MaxVehicles = 20

// roundsMade is the last proposal, since page, map and files ask for the same.
type roundsMade struct {
	mu sync.Mutex
	// hearing is what it was made from: one never changes.
	hearing *coverage.Hearing
	made    []VehicleRound
}

// Rounds proposes a round for each of some vehicles through the places where the
// newest message's sirens are not heard.
func (s *Service) Rounds(id string, vehicles int) (LoudspeakerRounds, error) {
	out, hearing := LoudspeakerRounds{}, (*coverage.Hearing)(nil)
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
		if job, planned := s.view.jobs.Job(dispatch.JobID(last.Identifier, sirenChannel)); planned {
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
	pace := rounds.DefaultPace
	out.Pace = RoundPace{pace.Speed, pace.Detour, pace.Hectare.Seconds()}
	out.StopCount = hearing.StopCount
	vehicles = min(max(vehicles, 1), MaxVehicles)
	s.rounds.mu.Lock()
	defer s.rounds.mu.Unlock()
	if s.rounds.hearing != hearing || len(s.rounds.made) != vehicles {
		s.rounds.hearing, s.rounds.made = hearing, vehicleRounds(hearing.Stops, vehicles)
	}
	out.Vehicles = s.rounds.made
	return out, nil
}

// Unheard lists where nobody hears a siren of a warning: of its pending message
// the sirens that would sound, else of its last those that did. It is empty where
// that is not known.
func (s *Service) Unheard(id string) ([]coverage.Stop, error) {
	stops := []coverage.Stop{}
	err := notFound("warning.unknown", id)
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		if !ok {
			return
		}
		err = nil
		var hearing *coverage.Hearing
		if w.Pending != nil {
			reach, _ := s.reach(w.Pending.Content.Area, w.Pending.Content.Signal)
			hearing = reach.Hearing
		} else if last := w.Last(); last != nil {
			if job, planned := s.view.jobs.Job(dispatch.JobID(last.Identifier, sirenChannel)); planned {
				hearing = s.heard(job, last.Content)
			}
		}
		if hearing != nil {
			stops = hearing.Stops
		}
	})
	return stops, err
}

func vehicleRounds(stops []coverage.Stop, vehicles int) []VehicleRound {
	pace := rounds.DefaultPace
	work := func(s coverage.Stop) time.Duration { return time.Duration(s.Hectares) * pace.Hectare }
	plan := make([]rounds.Stop, len(stops))
	for i, s := range stops {
		// A stop is a cell of the census, which lies in Europe.
		at, _ := projection.LAEAEurope.Forward(s.Position)
		plan[i] = rounds.Stop{At: at, Work: work(s)}
	}
	list := []VehicleRound{}
	for _, way := range rounds.Plan(plan, vehicles, pace) {
		round := VehicleRound{Stops: []RoundStop{}, Metres: way.Metres, Seconds: way.Duration.Seconds()}
		done := time.Duration(0)
		for k, i := range way.Stops {
			stop := RoundStop{Stop: stops[i]}
			if k > 0 {
				stop.Metres = rounds.Distance(plan[way.Stops[k-1]], plan[i])
			}
			done += pace.Drive(stop.Metres) + work(stops[i])
			stop.Seconds = done.Seconds()
			round.Stops = append(round.Stops, stop)
			round.People += stops[i].People
		}
		list = append(list, round)
	}
	return list
}
