// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// alarm is a warning in force for all of Brandenburg, whose sirens have not yet
// answered, and someone who looks at it.
type alarm struct {
	*world
	grid    *population.Grid
	fleet   []siren.Siren
	options earshot.Options
	planned string
	warning string
	events  <-chan streamed
}

// inhabited is where people live in Brandenburg: the census of 2011 in cells of
// 1 km or 100 m where it is there, else as many cells by chance.
func inhabited(t testing.TB, cells int) *population.Grid {
	path := filepath.Join("..", "..", "..", "shared", "data", "population", "brandenburg_100m.csv.gz")
	grid, _, err := population.ReadFile(context.Background(), path, population.Options{})
	if err == nil {
		return grid
	}
	t.Logf("people are placed by chance: %v", err)
	random := rand.New(rand.NewPCG(1, 1))
	taken := map[projection.Coordinate]bool{}
	var list []population.Cell
	for len(list) < cells {
		at := projection.Coordinate{Easting: 4_450_050 + 100*float64(random.IntN(1500)), Northing: 3_220_050 + 100*float64(random.IntN(1500))}
		if !taken[at] {
			taken[at] = true
			list = append(list, population.Cell{Centre: at, People: 1 + random.IntN(60)})
		}
	}
	if grid, err = population.New(100, list); err != nil {
		t.Fatal(err)
	}
	return grid
}

func newAlarm(t testing.TB, sirens int, assumptions earshot.Assumptions) *alarm {
	t.Helper()
	a := &alarm{world: newWorld(t, ""), grid: inhabited(t, 78_641), options: earshot.Options{Assumptions: assumptions}}
	audience, err := coverage.NewAudience(coverage.AudienceOptions{Grid: a.grid, Gazetteer: a.world.options.Gazetteer, Assumptions: assumptions})
	if err != nil {
		t.Fatal(err)
	}
	a.world.options.Audience = audience
	a.service, a.server = a.start()
	random := rand.New(rand.NewPCG(2, 2))
	for i := range sirens {
		a.fleet = append(a.fleet, siren.Siren{
			ID: fmt.Sprintf("s-%d", i), Number: uint32(i + 1), Name: fmt.Sprint("Sirene ", i), ARS: "120540000000", Position: a.grid.Cell(random.IntN(a.grid.Len())).Point(),
			PublicKey: make([]byte, 32), Signals: []string{"warning"}, Equipment: siren.Equipment{Level: []float64{101, 109, 115}[random.IntN(3)], Height: 12},
		})
	}
	for part := range slices.Chunk(a.fleet, 500) {
		a.record(journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: part}))
	}
	in := a.alert()
	in.Content.Area, in.Content.Signal = geo.Area{Name: "Brandenburg", ARS: []geo.ARS{"12"}}, "warning"
	released := a.publish(in)
	message := released.Messages[0].Identifier
	a.planned, a.warning = dispatch.JobID(message, "siren"), released.ID
	plan := dispatch.Plan{Deadline: a.clock.Now().Add(time.Hour)}
	for _, s := range a.fleet {
		plan.Targets = append(plan.Targets, dispatch.Target{ID: s.ID})
	}
	a.record(journal.NewEvent(dispatch.EventPlanned, dispatch.Planned{Job: a.planned, Warning: released.ID, Message: message, Channel: "siren", Plan: plan}))
	request := a.request(http.MethodGet, "/api/v1/stream", nil)
	request.Header.Set("Authorization", "Bearer "+a.people["deniz"].token)
	a.events = a.watch(request)
	return a
}

// sounds has a siren say that it gives the signal, or that it is silent.
func (a *alarm) sounds(i int, condition siren.Condition) {
	a.Helper()
	state := siren.State{Siren: a.fleet[i].ID, Condition: condition, Mains: true, Battery: true, LastContact: a.clock.Now()}
	if condition == siren.ConditionTriggered {
		state.Signal, state.SoundingUntil = "warning", a.clock.Now().Add(time.Minute)
	}
	a.hear(state)
}

// until takes events until so many sirens sound, and counts those of reach.
func (a *alarm) until(sirens int) (last console.StreamReach, count int) {
	a.Helper()
	for {
		count++
		if err := json.Unmarshal([]byte(a.next(a.events, "reach")), &last); err != nil {
			a.Fatal(err)
		}
		if last.Sirens == sirens {
			return last, count
		}
	}
}

// batch is what the planner's map says of sirens.
func (a *alarm) batch(sounding []siren.Siren) coverage.Numbers {
	a.Helper()
	var sources []earshot.Source
	for _, s := range sounding {
		at, err := projection.LAEAEurope.Forward(s.Position)
		if err != nil {
			a.Fatal(err)
		}
		sources = append(sources, earshot.Source{ID: s.ID, Position: at, Rating: s.Equipment.Level, Height: s.Equipment.Height})
	}
	m, err := earshot.Compute(context.Background(), a.grid, sources, a.options)
	if err != nil {
		a.Fatal(err)
	}
	land, _ := a.world.options.Gazetteer.Regions().Lookup("12")
	numbers := coverage.Numbers{Sirens: len(sounding)}
	a.grid.Inside(land.Outline, func(i int) {
		numbers.People += int64(a.grid.People(i))
		if m.Heard[i] > 0 {
			numbers.Reached += int64(a.grid.People(i))
		}
	})
	return numbers
}

// TestReachFollowsTheSirens lets 300 sirens of a Land speak at once, some twice and
// some refuse, and holds the stream, the page's data and the rounds against the
// planner's map.
func TestReachFollowsTheSirens(t *testing.T) {
	a := newAlarm(t, 300, earshot.Assumptions{})
	if first, _ := a.until(0); first.Reached != 0 || first.People == 0 || first.Warning != a.warning {
		t.Fatalf("before any siren: %+v", first)
	}
	for i := range a.fleet[:200] {
		a.sounds(i, siren.ConditionTriggered)
	}
	last, count := a.until(200)
	if want := a.batch(a.fleet[:200]); last.Numbers != want || want.Reached == 0 {
		t.Errorf("%+v, want %+v", last.Numbers, want)
	}
	if count > 100 {
		t.Errorf("%d events for 200 sirens", count)
	}
	// They fall silent again, and were heard all the same; ten did not sound, as
	// their receipts say; ten others did, of which nothing else was heard.
	for i := range a.fleet[:200] {
		a.sounds(i, siren.ConditionReady)
	}
	var receipts []dispatch.Receipt
	for _, s := range a.fleet[:10] {
		receipts = append(receipts, dispatch.Receipt{Target: s.ID, Outcome: dispatch.NotReached, At: a.clock.Now()})
	}
	for _, s := range a.fleet[250:265] {
		receipts = append(receipts, dispatch.Receipt{Target: s.ID, Outcome: dispatch.Done, At: a.clock.Now()})
	}
	a.record(journal.NewEvent(dispatch.EventReceipts, dispatch.Receipts{Job: a.planned, Receipts: receipts}))
	last, _ = a.until(205)
	want := a.batch(slices.Concat(a.fleet[10:200], a.fleet[250:265]))
	if last.Numbers != want {
		t.Errorf("%+v, want %+v", last.Numbers, want)
	}
	var rounds console.LoudspeakerRounds
	a.must("deniz", http.MethodGet, "/api/v1/warnings/"+a.warning+"/rounds?vehicles=7", nil, &rounds)
	var stopped int64
	stops := 0
	for _, v := range rounds.Vehicles {
		stopped += v.People
		stops += len(v.Stops)
	}
	if len(rounds.Vehicles) != 7 || rounds.Hearing.Numbers != want || stops != min(rounds.StopCount, coverage.MaxStops) {
		t.Errorf("%d vehicles, %+v, %d of %d stops", len(rounds.Vehicles), rounds.Hearing.Numbers, stops, rounds.StopCount)
	}
	if stops == rounds.StopCount && stopped != want.Unreached() {
		t.Errorf("%d people at the stops, %d unreached", stopped, want.Unreached())
	}
	gpx, err := rounds.GPX("de", 0)
	if err != nil || len(gpx) == 0 {
		t.Error(err)
	}
	// A siren that moves is heard elsewhere, at once.
	moved := a.fleet[10]
	moved.Position = a.fleet[299].Position
	a.record(journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{moved}}))
	want = a.batch(slices.Concat([]siren.Siren{moved}, a.fleet[11:200], a.fleet[250:265]))
	a.until(205)
	a.must("deniz", http.MethodGet, "/api/v1/warnings/"+a.warning+"/rounds", nil, &rounds)
	if rounds.Hearing.Numbers != want {
		t.Errorf("after the move %+v, want %+v", rounds.Hearing.Numbers, want)
	}
}

// BenchmarkReachOfOneSiren is the time from the message of one siren, of 5,000 in
// Brandenburg, to the numbers of people on an open page's stream.
func BenchmarkReachOfOneSiren(b *testing.B) {
	for name, assumptions := range map[string]earshot.Assumptions{"cpg117": {}, "iso9613": {Model: earshot.ISO9613}} {
		b.Run(name, func(b *testing.B) {
			a := newAlarm(b, 5000, assumptions)
			a.until(0)
			var took []time.Duration
			sounding := 0
			for b.Loop() {
				began := time.Now()
				a.sounds(sounding%len(a.fleet), siren.ConditionTriggered)
				sounding++
				a.until(min(sounding, len(a.fleet)))
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms-median")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "ms-p99")
			b.ReportMetric(took[len(took)-1].Seconds()*1000, "ms-most")
		})
	}
}

// BenchmarkReachOfThousandSirens is the time from the first message of a thousand
// sirens that speak at once to the page's numbers with all of them, and how many
// times the stream spoke.
func BenchmarkReachOfThousandSirens(b *testing.B) {
	a := newAlarm(b, 5000, earshot.Assumptions{})
	a.until(0)
	var took, spoke float64
	rounds := 0
	for b.Loop() {
		if rounds == len(a.fleet)/1000 {
			b.StopTimer()
			b.Fatal("give at most -benchtime 5x")
		}
		began := time.Now()
		for i := range 1000 {
			a.sounds(1000*rounds+i, siren.ConditionTriggered)
		}
		rounds++
		_, count := a.until(1000 * rounds)
		took, spoke = took+time.Since(began).Seconds(), spoke+float64(count)
	}
	b.ReportMetric(1000*took/float64(rounds), "ms-all")
	b.ReportMetric(spoke/float64(rounds), "events")
}
