// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// TestWhoHearsFollowsTheSirens lets three sirens of a row of hamlets answer one
// after the other: the people reached grow with each, and shrink with none.
func TestWhoHearsFollowsTheSirens(t *testing.T) {
	var cells []population.Cell
	var sirens []siren.Siren
	for i := range 3 {
		at := projection.Coordinate{Easting: 4_530_050 + 3000*float64(i), Northing: 3_260_050}
		cell := population.Cell{Centre: at, People: 100 * (i + 1)}
		cells = append(cells, cell)
		sirens = append(sirens, siren.Siren{ID: fmt.Sprint("s-", i), Number: uint32(i + 1), Position: cell.Point(), Signals: []string{"warning"}})
	}
	grid, err := population.New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	regions, err := geo.NewRegions(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{o: Options{Audience: &coverage.Audience{Grid: grid, Regions: regions}}, view: newView(newChanges())}
	if err := s.view.fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: sirens})}}); err != nil {
		t.Fatal(err)
	}
	content := warning.Content{Signal: "warning", Area: geo.Area{Circles: []geo.Circle{{Center: sirens[1].Position, Radius: 4000}}}}
	job := &dispatch.JobState{ID: "j", Channel: sirenChannel, Latest: map[string]dispatch.Receipt{}}
	for _, r := range sirens {
		job.Plan.Targets = append(job.Plan.Targets, dispatch.Target{ID: r.ID})
	}
	reached := func() int64 {
		h := s.heard(job, content)
		if h == nil || h.People != 600 {
			t.Fatalf("%+v", h)
		}
		return h.Reached
	}
	got := []int64{reached()}
	for _, r := range []dispatch.Receipt{
		{Target: "s-0", Outcome: dispatch.Sounding}, {Target: "s-0", Outcome: dispatch.Done}, {Target: "s-1", Outcome: dispatch.Refused}, {Target: "s-2", Outcome: dispatch.Reached},
	} {
		job.Latest[r.Target] = r
		got = append(got, reached())
	}
	if diff := cmp.Diff([]int64{0, 100, 100, 100, 400}, got); diff != "" {
		t.Error(diff)
	}
	round := vehicleRounds(s.heard(job, content).Missed, 2)
	if len(round) != 2 || round[0].People+round[1].People != 200 {
		t.Errorf("rounds: %+v", round)
	}
	// Nobody was heard of yet, so that all of them are without a siren.
	if n := s.bereft(); n == nil || *n != 600 {
		t.Errorf("bereft: %v", n)
	}
	if err := s.view.fleet.Observe([]byte(`{"siren":"s-2","condition":"ready"}`)); err != nil {
		t.Fatal(err)
	}
	if n := s.bereft(); n == nil || *n != 300 {
		t.Errorf("with one ready: %v", n)
	}
	s.o.Audience = nil
	if s.heard(job, content) != nil || s.bereft() != nil {
		t.Error("something is known without a census")
	}
}
