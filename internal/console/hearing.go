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
