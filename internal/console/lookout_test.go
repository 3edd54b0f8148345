// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

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
	audience, err := coverage.NewAudience(coverage.AudienceOptions{Grid: grid, Gazetteer: geo.NewGazetteer(regions, nil)})
	if err != nil {
		t.Fatal(err)
	}
	changes := newChanges()
	s := &Service{o: Options{Audience: audience, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}, view: newView(changes), changes: changes}
	if err := s.view.fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: sirens})}}); err != nil {
		t.Fatal(err)
	}
	content := warning.Content{Signal: "warning", Area: geo.Area{Circles: []geo.Circle{{Center: sirens[1].Position, Radius: 4000}}}}
	job := &dispatch.JobState{ID: "j", Channel: sirenChannel, Latest: map[string]dispatch.Receipt{}}
	for _, r := range sirens {
		job.Plan.Targets = append(job.Plan.Targets, dispatch.Target{ID: r.ID})
	}
	reached := func() int64 {
		again := *job // with its receipts comes another
		h := s.heard(&again, content)
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
	round := vehicleRounds(s.heard(job, content).Stops, 2)
	if len(round) != 2 || round[0].People+round[1].People != 200 {
		t.Errorf("rounds: %+v", round)
	}
	// Nobody was heard of yet, so that all of them are without a siren.
	if n := s.fleetCounts().Bereft; n == nil || *n != 600 {
		t.Errorf("bereft: %v", n)
	}
	s.hearSiren([]byte(`{"siren":"s-2","condition":"ready"}`))
	if n := s.fleetCounts().Bereft; n == nil || *n != 300 {
		t.Errorf("with one ready: %v", n)
	}
	// A siren's own state counts before its receipt is there, and stays.
	early := *job
	early.ID, early.Latest = "k", map[string]dispatch.Receipt{"s-0": {Outcome: dispatch.Refused}}
	soon := time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	got = nil
	for _, state := range []string{
		`{"siren":"s-1","condition":"triggered","signal":"all-clear","soundingUntil":"` + soon + `"}`,
		`{"siren":"s-2","condition":"triggered","signal":"warning","soundingUntil":"` + soon + `"}`,
		`{"siren":"s-0","condition":"triggered","signal":"warning","soundingUntil":"` + soon + `"}`,
		`{"siren":"s-2","condition":"ready"}`,
	} {
		s.hearSiren([]byte(state))
		numbers, known := s.heardNumbers(&early, content)
		if !known {
			t.Fatal("not known")
		}
		got = append(got, numbers.Reached)
	}
	if diff := cmp.Diff([]int64{0, 300, 300, 300}, got); diff != "" {
		t.Error(diff)
	}
	s.o.Audience, s.lookout = nil, lookout{}
	if s.heard(job, content) != nil || s.fleetCounts().Bereft != nil {
		t.Error("something is known without a census")
	}
}
